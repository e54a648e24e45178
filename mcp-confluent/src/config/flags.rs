//! The command-line flags that decide where the configuration comes from.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    dotenv::{self, Dotenv},
    environment::Environment,
    load::{is_ours, read},
    model::{Config, ConfigSource},
    problems::{ConfigError, Place, Problem},
    properties,
    variables::{EnvironmentFlags, from_environment, naming_a_cluster, naming_services, of_server},
    yaml::decode,
};

/// The file that is read when no flag and nobody else says otherwise.
pub const DEFAULT_FILE: &str = "config.yaml";

/// The flags that decide where the configuration comes from, as they were typed. Blank values
/// count as not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that is either there or not"
)]
pub struct ConfigFlags {
    /// `-c`, `--config`: the YAML file.
    pub config: Option<PathBuf>,
    /// `-e`, `--env-file`: a file of variables that win over those of the process.
    pub env_file: Option<PathBuf>,
    /// `-k`, `--kafka-config-file`: a properties file for the Kafka client.
    pub kafka_config_file: Option<PathBuf>,
    /// `-t`, `--transport`, only if it was typed: names with commas between them.
    pub transport: Option<String>,
    /// `--disable-auth`.
    pub disable_auth: bool,
    /// `--allowed-hosts`: names with commas between them.
    pub allowed_hosts: Option<String>,
    /// `--oauth`.
    pub oauth: bool,
    /// `--ccloud-env`.
    pub ccloud_env: Option<String>,
    /// `--init-config`.
    pub init_config: bool,
    /// `--init-oauth-config`.
    pub init_oauth_config: bool,
}

impl ConfigFlags {
    /// Refuses flags that contradict each other, all of them at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let config = given_path(self.config.as_ref()).is_some();
        let rules = [
            (
                config && given_path(self.kafka_config_file.as_ref()).is_some(),
                "--kafka-config-file",
                "cannot be used with --config",
                "Write the settings under `kafka.extra_properties` in the file.",
            ),
            (
                config && self.disable_auth,
                "--disable-auth",
                "cannot be used with --config",
                "Write `server.auth.disabled: true` in the file.",
            ),
            (
                config && given(self.allowed_hosts.as_ref()).is_some(),
                "--allowed-hosts",
                "cannot be used with --config",
                "Write `server.auth.allowed_hosts` in the file.",
            ),
            (
                config && self.transport.is_some(),
                "--transport",
                "cannot be used with --config",
                "Write `server.transports` in the file.",
            ),
            (
                !self.oauth && given(self.ccloud_env.as_ref()).is_some(),
                "--ccloud-env",
                "needs --oauth",
                "In a file, write `ccloud_env` in a connection of `type: oauth`.",
            ),
            (
                config && self.oauth,
                "--oauth",
                "cannot be used with --config",
                "Write a connection of `type: oauth` in the file.",
            ),
            (
                self.init_config && self.init_oauth_config,
                "--init-config",
                "cannot be used with --init-oauth-config",
                "Choose one of the two.",
            ),
        ];
        let broken: Vec<Problem> = rules
            .into_iter()
            .filter(|(broken, ..)| *broken)
            .map(|(_, flag, what, fix)| Problem::new(Place::Flag(flag), "", what, fix))
            .collect();
        if broken.is_empty() {
            Ok(())
        } else {
            Err(ConfigError::all(broken))
        }
    }

    /// Refuses a file for `-k` that cannot be read, where [`load`](Self::load) is not called: whoever
    /// names a file wants to know. It is read, so a pipe is empty afterwards.
    pub fn check_files(&self, folder: &Path) -> Result<(), ConfigError> {
        match given_path(self.kafka_config_file.as_ref()) {
            Some(file) => read_text(&folder.join(file)).map(drop),
            None => Ok(()),
        }
    }

    /// Finds and reads the configuration.
    ///
    /// The environment file, if there is one, is read into `environment` first. Then the
    /// configuration is the file that `--config` names; else, unless a flag speaks for the
    /// variables (`-k`, `-t`, `--oauth`, `--disable-auth`, `--allowed-hosts`), `config.yaml` in
    /// `folder` if there is one (and it is no other program's); else what the variables say. Relative paths start at `folder`,
    /// which is empty for the current directory.
    pub fn load(
        &self,
        folder: &Path,
        environment: &mut Environment,
    ) -> Result<Config, ConfigError> {
        self.check()?;
        let read = self.read_env_file(folder)?;
        environment.set_all(read.variables);
        let mut warnings = read.warnings;
        let mut config = self.find(folder, environment)?;
        warnings.append(&mut config.warnings);
        config.warnings = warnings;
        Ok(config)
    }

    /// The variables of the environment file in the order of the file; none if none is named.
    pub fn env_file_variables(&self, folder: &Path) -> Result<Vec<(String, String)>, ConfigError> {
        self.read_env_file(folder).map(|read| read.variables)
    }

    fn read_env_file(&self, folder: &Path) -> Result<Dotenv, ConfigError> {
        let Some(file) = given_path(self.env_file.as_ref()) else {
            return Ok(Dotenv::default());
        };
        let (name, text) = read_text(&folder.join(file))?;
        Ok(dotenv::parse(&name, &text))
    }

    fn find(&self, folder: &Path, environment: &Environment) -> Result<Config, ConfigError> {
        if let Some(file) = given_path(self.config.as_ref()) {
            return Config::from_file(&folder.join(file), environment);
        }
        let found = folder.join(DEFAULT_FILE);
        let mut warnings = Vec::new();
        if !self.speaks_for_variables() && found.is_file() {
            match found_file(&found, environment) {
                Ok(config) => return Ok(config),
                Err(Unused::Wrong(error)) => return Err(error),
                Err(Unused::NotOurs(warning)) => warnings.push(warning),
            }
        }
        let properties = match given_path(self.kafka_config_file.as_ref()) {
            Some(file) => {
                let (name, text) = read_text(&folder.join(file))?;
                let properties = properties::parse(&name, &text);
                if properties.is_empty() && !self.oauth && !naming_a_cluster(environment) {
                    return Err(ConfigError::of(Problem::new(
                        Place::File(name),
                        "",
                        "has no settings, and no variable names a cluster",
                        "Write `bootstrap.servers=host:port`, or set BOOTSTRAP_SERVERS.",
                    )));
                }
                properties
            }
            None => Vec::new(),
        };
        let mut config = from_environment(environment, &self.for_variables(), &properties)?;
        config.warnings.append(&mut warnings);
        Ok(config)
    }

    /// What concerns the server and no connection, from the flags and the variables: for a program
    /// that makes its connections itself.
    pub fn load_server(&self, environment: &Environment) -> Result<Config, ConfigError> {
        let flags = EnvironmentFlags {
            oauth: false,
            ccloud_env: None,
            ..self.for_variables()
        };
        let config = from_environment(&of_server(environment), &flags, &[])?;
        Ok(Config {
            connections: Vec::new(),
            ..config
        })
    }

    /// The file that [`load`](Self::load) finds in `folder` where `--config` names none; `environment`
    /// holds the variables of the process.
    pub fn found_file(
        &self,
        folder: &Path,
        environment: &mut Environment,
    ) -> Result<Option<PathBuf>, ConfigError> {
        environment.set_all(self.env_file_variables(folder)?);
        let found = folder.join(DEFAULT_FILE);
        let name: Arc<str> = found.to_string_lossy().into();
        let is_found = given_path(self.config.as_ref()).is_none()
            && !self.speaks_for_variables()
            && found.is_file()
            && not_ours(&found, &name, environment).is_none();
        Ok(is_found.then_some(found))
    }

    fn for_variables(&self) -> EnvironmentFlags {
        EnvironmentFlags {
            transports: self.transport.clone(),
            disable_auth: self.disable_auth,
            allowed_hosts: given(self.allowed_hosts.as_ref()).cloned(),
            oauth: self.oauth,
            ccloud_env: given(self.ccloud_env.as_ref()).cloned(),
        }
    }

    fn speaks_for_variables(&self) -> bool {
        given_path(self.kafka_config_file.as_ref()).is_some()
            || self.oauth
            || !self.of_server().is_empty()
    }

    /// The flags about serving because of which a `config.yaml` in `folder` is not read, each with the
    /// key that says the same in the file; none if there is no such file.
    pub fn in_front_of_file(&self, folder: &Path) -> Vec<(&'static str, &'static str)> {
        if self.config.is_none() && folder.join(DEFAULT_FILE).is_file() {
            self.of_server()
        } else {
            Vec::new()
        }
    }

    /// The flags about serving that were given, each with its key in a file.
    fn of_server(&self) -> Vec<(&'static str, &'static str)> {
        let flags = [
            (
                self.transport.is_some(),
                ("--transport", "server.transports"),
            ),
            (
                self.disable_auth,
                ("--disable-auth", "server.auth.disabled"),
            ),
            (
                given(self.allowed_hosts.as_ref()).is_some(),
                ("--allowed-hosts", "server.auth.allowed_hosts"),
            ),
        ];
        let given = flags.into_iter().filter(|(given, _)| *given);
        given.map(|(_, flag)| flag).collect()
    }
}

/// Why a file that was found is not the configuration.
enum Unused {
    /// It has problems.
    Wrong(ConfigError),
    /// It belongs to another program, and variables are a configuration; the warning says so.
    NotOurs(Problem),
}

/// Whether a file that nobody named is left alone, and why. Many programs have a `config.yaml`: where
/// variables name a service, one that is not meant for this program is not used.
fn not_ours(path: &Path, name: &Arc<str>, environment: &Environment) -> Option<Problem> {
    let variables = naming_services(environment);
    if variables.is_empty() {
        return None;
    }
    let why = match read(path, name) {
        Ok(bytes) if is_ours(name, &String::from_utf8_lossy(&bytes)) => return None,
        Ok(_) => "it has no `connections` of this program",
        Err(_) => "it cannot be read",
    };
    Some(Problem::new(
        Place::File(name.clone()),
        "",
        format!("is not used: {why}, and {} is set", variables.join(" and ")),
        "Name it with --config if it is meant.",
    ))
}

/// Reads the file that nobody named.
fn found_file(path: &Path, environment: &Environment) -> Result<Config, Unused> {
    let name: Arc<str> = path.to_string_lossy().into();
    let place = || Place::File(name.clone());
    if let Some(warning) = not_ours(path, &name, environment) {
        return Err(Unused::NotOurs(warning));
    }
    let found = |error: ConfigError| {
        Unused::Wrong(error.beside(Problem::new(
            place(),
            "",
            "was found in this folder, because --config names no other",
            "",
        )))
    };
    let (_, text) = read_text(path).map_err(found)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let source = ConfigSource::FoundFile(path.to_path_buf());
    let mut config = Config::read(&name, &text, folder, source, environment).map_err(found)?;
    let unused: Vec<&str> = naming_services(environment)
        .into_iter()
        .filter(|variable| !text.contains(&format!("${{{variable}")))
        .collect();
    if !unused.is_empty() {
        config.warnings.push(Problem::new(
            place(),
            "",
            format!(
                "was found in this folder and does not use {}",
                unused.join(" and ")
            ),
            "Write `${NAME}` in it, or start with `--transport stdio` to use variables instead of the file.",
        ));
    }
    Ok(config)
}

fn given(value: Option<&String>) -> Option<&String> {
    value.filter(|value| !value.trim().is_empty())
}

fn given_path(path: Option<&PathBuf>) -> Option<&PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

/// Name and text of a file.
fn read_text(path: &Path) -> Result<(Arc<str>, String), ConfigError> {
    let name: Arc<str> = path.to_string_lossy().into();
    let bytes = read(path, &name)?;
    let text = decode(&name, bytes).map_err(ConfigError::of)?;
    Ok((name, text))
}
