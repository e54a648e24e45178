//! `init`: a configuration file to start from.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use super::{Failure, options::Options, print};
use crate::config::{DEFAULT_FILE, STARTER, STARTER_OAUTH};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A connection that signs in to Confluent Cloud in the browser, instead of a plain Kafka.
    #[arg(long)]
    pub(super) oauth: bool,
}

pub(super) fn run(options: &Options, arguments: &Arguments) -> Result<(), Failure> {
    let named = options.config.as_deref();
    let named = named.filter(|path| !path.as_os_str().is_empty());
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let shown = path.display();
    let text = if arguments.oauth {
        STARTER_OAUTH
    } else {
        STARTER
    };
    write_new(path, text).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Run(format!(
            "init: {shown} is there already, and nothing was written\n    Move it away first, or go on \
             with it: `mcp-confluent doctor` checks it."
        )),
        _ => Failure::Run(format!("init: {shown} cannot be written: {error}")),
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ignored = match ignore(&path.with_file_name(".gitignore"), &name) {
        Ok(true) => format!("{name} was added to .gitignore."),
        Ok(false) => format!("{name} is in .gitignore already."),
        Err(error) => {
            format!("Keep {name} out of git yourself: .gitignore cannot be written: {error}")
        }
    };
    let program = match named {
        Some(_) => format!("mcp-confluent --config {shown}"),
        None => "mcp-confluent".to_owned(),
    };
    let next = if arguments.oauth {
        format!(
            "Next: `{program} install <client>` tells an MCP client about it. The browser opens when a call\n\
             needs it, or with `{program} login`."
        )
    } else {
        format!(
            "Next: put your cluster into it, then `{program} doctor` checks it and\n\
             `{program} install <client>` tells an MCP client about it."
        )
    };
    print(&format!("Wrote {shown}.\n{ignored}\n{next}\n"))
}

/// Writes a file that must not be there yet, and that nobody else may read.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Makes sure that a line of the file at `path` is `name`; whether it was added.
fn ignore(path: &Path, name: &str) -> io::Result<bool> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let anchored = format!("/{name}");
    if text
        .lines()
        .map(str::trim)
        .any(|line| line == name || line == anchored)
    {
        return Ok(false);
    }
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{newline}{name}\n").as_bytes())?;
    Ok(true)
}
