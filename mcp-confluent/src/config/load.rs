//! From a file to a [`Config`].

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    assemble::Assembler,
    environment::Environment,
    interpolate::interpolate,
    model::{Config, ConfigSource},
    problems::{ConfigError, Place, Problem, Problems, dotted},
    reader::{Reader, json},
    server::LogLevel,
    unset::{LEFT_OUT, settle},
    yaml::{self, Node, Value},
};

impl Config {
    /// Reads the YAML file at `path`; `environment` fills in its variables.
    ///
    /// Files that it names are not opened; relative ones are resolved against its folder.
    pub fn from_file(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let name: Arc<str> = path.to_string_lossy().into();
        let bytes = read(path, &name)?;
        let text = yaml::decode(&name, bytes).map_err(ConfigError::of)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let source = ConfigSource::File(path.to_path_buf());
        Self::read(&name, &text, folder, source, environment)
    }

    /// Reads YAML text; `name` is what problems call the file, and relative files are resolved
    /// against the folder it would stand in.
    pub fn from_yaml(
        name: &str,
        text: &str,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let source = ConfigSource::File(PathBuf::from(name));
        Self::read(&name.into(), text, folder, source, environment)
    }

    pub(super) fn read(
        name: &Arc<str>,
        text: &str,
        folder: &Path,
        source: ConfigSource,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let mut problems = Problems::default();
        let root = yaml::parse(name, text, &mut problems);
        let Some(mut root) = root.filter(|root| !matches!(root.value, Value::Null)) else {
            if !problems.any() {
                problems.error(
                    &Place::File(name.clone()),
                    &[],
                    "the file is empty",
                    "Start with `connections:`.",
                );
            }
            return Err(problems.into_error());
        };
        interpolate(&mut root, environment, &mut problems);
        settle(&mut root, &mut problems);
        let mut config = build(&root, folder, problems)?;
        config.source = source;
        config.take_floor(environment, name);
        let written = config.place_of(&["otlp"]).cloned();
        let odd = config.otlp.take_environment(environment, written.as_ref());
        config.warnings.extend(odd);
        Ok(config)
    }

    /// What the environment says beside a file: the wish not to be tracked always counts, the log
    /// level where the file has none.
    fn take_floor(&mut self, environment: &Environment, file: &Arc<str>) {
        self.server.do_not_track |= truthy(environment.get("DO_NOT_TRACK"));
        let level = environment
            .get("LOG_LEVEL")
            .map(str::trim)
            .filter(|level| !level.is_empty());
        if let Some(level) = level.filter(|_| self.server.log_level.is_none()) {
            self.server.log_level = LogLevel::named(&level.to_lowercase());
            if self.server.log_level.is_none() {
                self.warnings.push(Problem::new(
                    Place::Variable("LOG_LEVEL".into()),
                    "",
                    "is not used, because it is no log level",
                    format!("Write fatal, error, warn, info, debug or trace, there or in {file}."),
                ));
            }
        }
    }
}

/// `true` or `1`, exactly: what the reference takes as a yes in a variable.
pub(super) fn truthy(value: Option<&str>) -> bool {
    matches!(value, Some("true" | "1"))
}

/// The model of a tree whose variables are settled; fails if there is any problem.
pub(super) fn build(
    root: &Node,
    folder: &Path,
    mut problems: Problems,
) -> Result<Config, ConfigError> {
    let mut reader = Reader::new(&mut problems);
    let fields = reader.root(root);
    let places = std::mem::take(&mut reader.places);
    let config = fields.map(|fields| {
        let mut assembler = Assembler {
            problems: &mut problems,
            folder,
        };
        assembler.config(fields)
    });
    let warnings = problems.finish()?;
    let mut config = Config {
        places,
        warnings,
        ..config.unwrap_or_default()
    };
    for connection in &mut config.connections {
        let below = dotted(&["connections".to_owned(), connection.id.clone()]) + ".";
        let warnings = config.warnings.iter();
        let left_out =
            warnings.filter(|it| it.path().starts_with(&below) && it.what().starts_with(LEFT_OUT));
        connection.left_out = left_out.cloned().collect();
    }
    Ok(config)
}

/// Any YAML document as JSON: somebody else's file. Nothing in it means null.
pub(crate) fn yaml_value(name: &str, text: &str) -> Result<serde_json::Value, ConfigError> {
    let mut problems = Problems::default();
    let root = yaml::parse(&name.into(), text, &mut problems);
    problems.finish()?;
    Ok(root.as_ref().map_or(serde_json::Value::Null, json))
}

/// Whether a text is meant to be a configuration of this program: it has `connections` with keys below
/// them. What is no YAML is judged by its lines.
pub(super) fn is_ours(name: &Arc<str>, text: &str) -> bool {
    let is_map = |node: &Node| matches!(node.value, Value::Map(_));
    if let Some(root) = yaml::parse(name, text, &mut Problems::default()) {
        let connections = root.entry("connections").map(|entry| &entry.value);
        return connections.is_some_and(|it| {
            let mut entries = it.entries().iter();
            is_map(it) && (it.entries().is_empty() || entries.any(|entry| is_map(&entry.value)))
        });
    }
    let mut lines = text
        .lines()
        .map(|line| line.split(" #").next().unwrap_or(line));
    let rest = lines.find_map(|line| line.strip_prefix("connections:"));
    let mut below = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    rest.is_some_and(|rest| match rest.trim() {
        "" => below.next().is_some_and(|line| {
            line.starts_with([' ', '\t']) && line.trim_end().ends_with([':', '{', '}', '['])
        }),
        rest => rest.starts_with('{') && rest.contains(": {"),
    })
}

/// The bytes of a file; the error says why it cannot be read.
pub(super) fn read(path: &Path, name: &Arc<str>) -> Result<Vec<u8>, ConfigError> {
    fs::read(path).map_err(|error| {
        let (what, fix) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                "there is no such file".to_owned(),
                "Check the path; one that is not absolute starts at the current folder.",
            ),
            std::io::ErrorKind::PermissionDenied => (
                "the file may not be read".to_owned(),
                "Give the user of this program the right to read it.",
            ),
            _ => (format!("the file cannot be read: {error}"), "Name a file."),
        };
        ConfigError::of(Problem::new(Place::File(name.clone()), "", what, fix))
    })
}
