//! The clients: where each keeps its configuration, and in which shape.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use super::Entry;

/// An MCP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Client {
    /// Claude Code.
    ClaudeCode,
    /// Claude Desktop.
    ClaudeDesktop,
    /// Cursor.
    Cursor,
    /// Visual Studio Code.
    Vscode,
    /// goose.
    Goose,
    /// Gemini CLI.
    Gemini,
}

/// A file that a client reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) format: Format,
}

/// The shape of such a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON with the servers by name under one key.
    Json {
        /// The key.
        servers: &'static str,
        /// Whether an entry says `"type": "stdio"`.
        says_its_type: bool,
    },
    /// goose's YAML.
    Goose,
}

/// Where programs of this system keep their settings.
#[derive(Debug, Clone, Copy)]
enum System {
    Mac,
    Windows,
    Other,
}

impl System {
    const HERE: Self = if cfg!(target_os = "macos") {
        Self::Mac
    } else if cfg!(windows) {
        Self::Windows
    } else {
        Self::Other
    };
}

impl Client {
    /// The file of the client: that of the person, or that of the project in the current folder.
    /// `variable` looks at the environment.
    pub(super) fn target(
        self,
        project: bool,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Target, String> {
        let format = self.format();
        let path = if project {
            self.project_file().map(PathBuf::from).ok_or_else(|| {
                "this client has one configuration for everything: leave --project out".to_owned()
            })?
        } else {
            self.own_file(System::HERE, variable)?
        };
        Ok(Target { path, format })
    }

    fn format(self) -> Format {
        match self {
            Self::ClaudeCode => Format::Json {
                servers: "mcpServers",
                says_its_type: true,
            },
            Self::ClaudeDesktop | Self::Cursor | Self::Gemini => Format::Json {
                servers: "mcpServers",
                says_its_type: false,
            },
            Self::Vscode => Format::Json {
                servers: "servers",
                says_its_type: true,
            },
            Self::Goose => Format::Goose,
        }
    }

    fn project_file(self) -> Option<&'static str> {
        match self {
            Self::ClaudeCode => Some(".mcp.json"),
            Self::Cursor => Some(".cursor/mcp.json"),
            Self::Vscode => Some(".vscode/mcp.json"),
            Self::Gemini => Some(".gemini/settings.json"),
            Self::ClaudeDesktop | Self::Goose => None,
        }
    }

    /// The file of the person, as the client's own documentation names it for each system.
    fn own_file(
        self,
        system: System,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<PathBuf, String> {
        let folder = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
                .ok_or_else(|| {
                    format!("the variable {name} is not set, so the client's file cannot be found")
                })
        };
        let home = || {
            folder(if matches!(system, System::Windows) {
                "USERPROFILE"
            } else {
                "HOME"
            })
        };
        // Where desktop programs keep their settings.
        let settings = || match system {
            System::Mac => Ok(home()?.join("Library/Application Support")),
            System::Windows => folder("APPDATA"),
            System::Other => folder("XDG_CONFIG_HOME").or_else(|_| Ok(home()?.join(".config"))),
        };
        Ok(match self {
            Self::ClaudeCode => home()?.join(".claude.json"),
            Self::ClaudeDesktop => settings()?.join("Claude/claude_desktop_config.json"),
            Self::Cursor => home()?.join(".cursor/mcp.json"),
            Self::Vscode => settings()?.join("Code/User/mcp.json"),
            Self::Gemini => home()?.join(".gemini/settings.json"),
            Self::Goose => match system {
                System::Windows => {
                    folder("APPDATA")?.join(Path::new("Block/goose/config/config.yaml"))
                }
                System::Mac => home()?.join(".config/goose/config.yaml"),
                System::Other => settings()?.join("goose/config.yaml"),
            },
        })
    }

    /// The client's own command that does the same, where there is one.
    pub(super) fn own_command(self, entry: &Entry) -> Option<String> {
        let start = match self {
            Self::ClaudeCode => "claude mcp add --scope user",
            Self::Gemini => "gemini mcp add --scope user",
            _ => return None,
        };
        // Both would take the server's flags for their own, unless `--` stands where they document it.
        let mut command = match self {
            Self::ClaudeCode => format!(
                "{start} {} -- {}",
                quoted(&entry.name),
                quoted(&entry.command)
            ),
            _ => format!(
                "{start} {} {} --",
                quoted(&entry.name),
                quoted(&entry.command)
            ),
        };
        for argument in &entry.args {
            command.push(' ');
            command.push_str(&quoted(argument));
        }
        Some(command)
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && word.chars().all(|c| {
            c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ',' | ':' | '=')
        });
    if plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(name: &str) -> Option<OsString> {
        match name {
            "HOME" | "USERPROFILE" => Some("/home/me".into()),
            "APPDATA" => Some("/home/me/AppData/Roaming".into()),
            _ => None,
        }
    }

    #[test]
    fn every_client_has_its_file_on_every_system() {
        let files = |client: Client| {
            [System::Mac, System::Windows, System::Other].map(|system| {
                client
                    .own_file(system, variables)
                    .unwrap()
                    .display()
                    .to_string()
            })
        };
        assert_eq!(files(Client::ClaudeCode), ["/home/me/.claude.json"; 3]);
        assert_eq!(files(Client::Cursor), ["/home/me/.cursor/mcp.json"; 3]);
        assert_eq!(files(Client::Gemini), ["/home/me/.gemini/settings.json"; 3]);
        assert_eq!(
            files(Client::ClaudeDesktop),
            [
                "/home/me/Library/Application Support/Claude/claude_desktop_config.json",
                "/home/me/AppData/Roaming/Claude/claude_desktop_config.json",
                "/home/me/.config/Claude/claude_desktop_config.json",
            ]
        );
        assert_eq!(
            files(Client::Vscode),
            [
                "/home/me/Library/Application Support/Code/User/mcp.json",
                "/home/me/AppData/Roaming/Code/User/mcp.json",
                "/home/me/.config/Code/User/mcp.json",
            ]
        );
        assert_eq!(
            files(Client::Goose),
            [
                "/home/me/.config/goose/config.yaml",
                "/home/me/AppData/Roaming/Block/goose/config/config.yaml",
                "/home/me/.config/goose/config.yaml",
            ]
        );
    }

    #[test]
    fn without_a_home_the_variable_is_named() {
        let error = Client::Cursor
            .own_file(System::Other, |_| None)
            .unwrap_err();
        assert!(error.contains("HOME"), "{error}");
    }

    #[test]
    fn the_flags_of_the_server_are_not_taken_for_those_of_the_client() {
        let entry = Entry {
            name: "kafka".to_owned(),
            command: "/bin/x".to_owned(),
            args: vec!["--config".to_owned(), "a b".to_owned()],
        };
        let command = |client: Client| client.own_command(&entry);
        assert_eq!(
            command(Client::ClaudeCode).unwrap(),
            "claude mcp add --scope user kafka -- /bin/x --config 'a b'"
        );
        assert_eq!(
            command(Client::Gemini).unwrap(),
            "gemini mcp add --scope user kafka /bin/x -- --config 'a b'"
        );
        assert_eq!(command(Client::Cursor), None);
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("/usr/bin/mcp-confluent"), "/usr/bin/mcp-confluent");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
    }
}
