//! `install`: the entry that an MCP client needs, printed or written.

mod clients;
mod goose;
mod json;

use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf, absolute},
};

use clap::ValueEnum as _;
use serde_json::{Map, Value, json};

use self::clients::{Client, Format, Target};
use super::{Failure, complain, options::Options, print};
use crate::config::{ConfigFlags, Environment};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The client.
    #[arg(value_enum)]
    client: Client,
    /// Write the entry into the client's configuration; the file as it was is kept beside it.
    #[arg(long)]
    write: bool,
    /// For the project in this folder, not for every project of yours.
    #[arg(long)]
    project: bool,
    /// What the client calls the server.
    #[arg(long, default_value = "confluent")]
    name: String,
}

/// What the client is told.
struct Entry {
    name: String,
    command: String,
    args: Vec<String>,
}

impl Entry {
    /// In the shape that most clients share.
    fn json(&self, says_its_type: bool) -> Map<String, Value> {
        let kind = says_its_type.then(|| ("type".to_owned(), "stdio".into()));
        let rest = [
            ("command".to_owned(), self.command.as_str().into()),
            ("args".to_owned(), self.args.clone().into()),
        ];
        kind.into_iter().chain(rest).collect()
    }
}

pub(super) fn run(
    options: &Options,
    flags: &ConfigFlags,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let client = arguments.client;
    let target = client
        .target(arguments.project, |name| env::var_os(name))
        .map_err(Failure::Usage)?;
    if arguments.name.trim().is_empty() || arguments.name.chars().any(char::is_control) {
        return Err(Failure::Usage("--name: write a name".to_owned()));
    }
    let entry = Entry {
        name: arguments.name.trim().to_owned(),
        command: program()?,
        args: server_arguments(options, flags)?,
    };
    if arguments.write {
        write(&target, &entry)
    } else {
        show(client, &target, &entry)
    }
}

/// This program, by its full path: a client may have another search path.
fn program() -> Result<String, Failure> {
    let path = env::current_exe()
        .map_err(|error| Failure::Run(format!("the path of this program is unknown: {error}")))?;
    text(&path)
}

/// The options of this command line, with full paths: a client starts the server in another folder.
fn server_arguments(options: &Options, flags: &ConfigFlags) -> Result<Vec<String>, Failure> {
    let Options {
        config,
        env_file,
        kafka_config_file,
        oauth,
        ccloud_env,
        #[cfg(feature = "sandbox")]
        sandbox,
        allow_tools,
        block_tools,
        allow_tools_file,
        block_tools_file,
        // A client that is told to start the server talks over its pipes.
        transport: _,
        disable_auth: _,
        allowed_hosts: _,
        log_level,
        log_format: _,
    } = options;
    #[cfg(not(feature = "sandbox"))]
    let sandbox = &false;
    let config = match config {
        None if !sandbox => flags
            .found_file(Path::new(""), &mut Environment::of_process())
            .map_err(|error| Failure::Usage(error.to_string()))?,
        config => config.clone(),
    };
    let files = [&config, env_file, kafka_config_file];
    let configured = files.iter().any(|file| file.is_some()) || *oauth || *sandbox;
    if !configured {
        complain(
            "no configuration is named, so the server will read its environment variables; name a file with \
             --config, or write one with `mcp-confluent init`",
        );
    }
    let mut args = Vec::new();
    let files = [
        ("--config", &config),
        ("--env-file", env_file),
        ("--kafka-config-file", kafka_config_file),
        ("--allow-tools-file", allow_tools_file),
        ("--block-tools-file", block_tools_file),
    ];
    for (flag, file) in files {
        let Some(file) = file.as_ref().filter(|file| !file.as_os_str().is_empty()) else {
            continue;
        };
        if !file.is_file() {
            return Err(Failure::Usage(format!(
                "{flag}: there is no file {}",
                file.display()
            )));
        }
        args.extend([
            flag.to_owned(),
            text(&absolute(file).unwrap_or_else(|_| file.clone()))?,
        ]);
    }
    let values = [
        ("--ccloud-env", ccloud_env.clone()),
        ("--allow-tools", allow_tools.clone()),
        ("--block-tools", block_tools.clone()),
        (
            "--log-level",
            log_level.map(|level| level.as_str().to_owned()),
        ),
    ];
    for (flag, value) in values {
        args.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
    }
    let flags = [("--oauth", *oauth), ("--sandbox", *sandbox)];
    args.extend(
        flags
            .into_iter()
            .filter(|(_, on)| *on)
            .map(|(flag, _)| flag.to_owned()),
    );
    Ok(args)
}

fn text(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::Usage(format!("{} is not UTF-8", path.display())))
}

fn show(client: Client, target: &Target, entry: &Entry) -> Result<(), Failure> {
    let content = match target.format {
        Format::Json {
            servers,
            says_its_type,
        } => {
            let entry = json!({ servers: { &entry.name: entry.json(says_its_type) } });
            format!("{entry:#}\n")
        }
        Format::Goose => goose::shown(entry),
    };
    let name = client
        .to_possible_value()
        .map(|value| value.get_name().to_owned());
    complain(&format!(
        "this belongs in {}; `mcp-confluent install {} --write` merges it there",
        target.path.display(),
        name.unwrap_or_default()
    ));
    if let Some(command) = client.own_command(entry) {
        complain(&format!("or run: {command}"));
    }
    print(&content)
}

fn write(target: &Target, entry: &Entry) -> Result<(), Failure> {
    let Target { path, format } = target;
    let failed = |what: &str, error: io::Error| {
        Failure::Run(format!("{} cannot be {what}: {error}", path.display()))
    };
    let old = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("read", error)),
    };
    let before = old.as_deref().unwrap_or_default();
    let merged = match format {
        Format::Json {
            servers,
            says_its_type,
        } => json::merge(before, servers, &entry.name, &entry.json(*says_its_type)),
        Format::Goose => goose::merge(before, entry),
    };
    let after = merged.map_err(|why| {
        Failure::Run(format!(
            "{} was not changed: {why}\n    Without --write the entry is printed, to be put in by hand.",
            path.display()
        ))
    })?;
    if old.as_ref() == Some(&after) {
        return print(&format!(
            "{} has the entry `{}` already.\n",
            path.display(),
            entry.name
        ));
    }
    let mut said = format!(
        "Wrote the entry `{}` into {}.\n",
        entry.name,
        path.display()
    );
    if old.is_some() {
        let backup = backup(path).map_err(|error| failed("copied", error))?;
        said = format!("{said}The file as it was is {}.\n", backup.display());
    }
    replace(path, &after).map_err(|error| failed("written", error))?;
    print(&format!("{said}Restart the client to see the server.\n"))
}

/// Copies a file to a name beside it that is still free.
fn backup(path: &Path) -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 0 {
            ".bak".to_owned()
        } else {
            format!(".bak{number}")
        });
        let candidate = PathBuf::from(name);
        if !candidate.exists() {
            fs::copy(path, &candidate)?;
            return Ok(candidate);
        }
        number += 1;
    }
}

/// Replaces a file at once, so that a client never reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = behind_links(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    let new = PathBuf::from(name);
    // Nobody else may read it: it can hold the secrets of other servers.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    let mut replace = || {
        if let Ok(old) = fs::metadata(&path) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)
    };
    let replaced = replace();
    if replaced.is_err() {
        // What is left of it is of no use to anybody.
        let _ = fs::remove_file(&new);
    }
    replaced
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test reports by panicking")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_keeps_its_permissions_and_a_new_one_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("of/client.json");
        replace(&path, "one").unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(mode(&path), 0o640);
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn nothing_is_left_behind_by_what_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.json");
        // A folder cannot be replaced by a file.
        fs::create_dir_all(path.join("full")).unwrap();
        replace(&path, "text").unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

/// The file itself: a link goes on being one, also where it leads to nothing yet.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    // More would be a ring, which whoever opens it complains about.
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}
