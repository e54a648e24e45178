//! What a check found, as a table and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::style::Style;

/// How one question about a service was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Not looked at, or not to be found out.
    #[default]
    Unknown,
    /// Well.
    Good,
    /// Not well.
    Bad,
    /// Not used by this connection.
    Unused,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Unknown => "?",
            Self::Good => "ok",
            Self::Bad => "FAILED",
            Self::Unused => "-",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Good => "ok",
            Self::Bad => "failed",
            Self::Unused => "unused",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug)]
pub(super) struct Finding {
    /// What failed, and where.
    pub(super) what: String,
    /// The host or hosts it is about.
    pub(super) host: String,
    /// The key that most likely has to change, below the connection: `kafka.auth.password`.
    pub(super) key: String,
    /// Where that key, or the nearest one above it, is set.
    pub(super) place: Option<String>,
    /// The likeliest cause and what to do.
    pub(super) cause: String,
}

/// What was found out about one block of a connection.
#[derive(Debug)]
pub(super) struct Block {
    connection: String,
    name: &'static str,
    target: String,
    pub(super) reachable: State,
    pub(super) tls: State,
    pub(super) signed_in: State,
    pub(super) allowed: State,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
}

impl Block {
    pub(super) fn new(connection: &str, name: &'static str, target: impl Into<String>) -> Self {
        Self {
            connection: connection.to_owned(),
            name,
            target: target.into(),
            reachable: State::Unknown,
            tls: State::Unknown,
            signed_in: State::Unknown,
            allowed: State::Unknown,
            findings: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Servers that stand in for each other, as one: that one of them is away is no failure while
    /// another one is there. At least one.
    pub(super) fn joined(mut servers: Vec<Self>) -> Self {
        let there = servers.iter().position(|it| it.reachable == State::Good);
        let mut joined = servers.remove(there.unwrap_or_default());
        for server in servers {
            joined.target = format!("{}, {}", joined.target, server.target);
            if there.is_some() && server.reachable == State::Bad {
                joined.notes.extend(server.findings.iter().map(|it| {
                    format!(
                        "{} does not answer ({}); another server does",
                        it.host, it.what
                    )
                }));
                continue;
            }
            for (own, other) in [
                (&mut joined.tls, server.tls),
                (&mut joined.signed_in, server.signed_in),
                (&mut joined.allowed, server.allowed),
            ] {
                if other == State::Bad {
                    *own = other;
                }
            }
            joined.findings.extend(server.findings);
            joined.notes.extend(server.notes);
        }
        joined
    }

    /// Something that is no failure, but good to know.
    pub(super) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    pub(super) fn failed(&self) -> bool {
        !self.findings.is_empty()
    }

    fn states(&self) -> [State; 4] {
        [self.reachable, self.tls, self.signed_in, self.allowed]
    }
}

const COLUMNS: [&str; 6] = [
    "CONNECTION",
    "SERVICE",
    "REACHABLE",
    "TLS",
    "SIGNED IN",
    "ALLOWED",
];

pub(super) fn table(blocks: &[Block], style: Style) -> String {
    let rows: Vec<[String; 6]> = blocks
        .iter()
        .map(|block| {
            let [reachable, tls, signed_in, allowed] =
                block.states().map(|it| it.word().to_owned());
            let connection = block.connection.escape_debug().to_string();
            [
                connection,
                block.name.to_owned(),
                reachable,
                tls,
                signed_in,
                allowed,
            ]
        })
        .collect();
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells
                .chain([COLUMNS[column].len()])
                .max()
                .unwrap_or_default()
        })
        .collect();
    let line = |cells: &[String], paint: &dyn Fn(usize, &str) -> String| {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            let padding = widths[column] + 2 - cell.chars().count();
            // Writing to a `String` cannot fail, here and below.
            let _ = write!(line, "{}{:padding$}", paint(column, cell), "");
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    };
    let mut text = line(&COLUMNS.map(str::to_owned), &|_, cell| style.heading(cell));
    for row in &rows {
        text.push_str(&line(row, &|column, cell| match cell {
            "ok" if column > 1 => style.good(cell),
            "FAILED" if column > 1 => style.bad(cell),
            _ => cell.to_owned(),
        }));
    }
    for block in blocks {
        for finding in &block.findings {
            let _ = writeln!(
                text,
                "\n{} {}\n  host:  {}\n  key:   {}\n  cause: {}",
                style.bad(format!(
                    "{} / {}:",
                    block.connection.escape_debug(),
                    block.name
                )),
                finding.what,
                finding.host,
                match &finding.place {
                    Some(place) => format!("{} ({place})", finding.key),
                    None => finding.key.clone(),
                },
                finding.cause,
            );
        }
        for note in &block.notes {
            let connection = block.connection.escape_debug();
            let _ = writeln!(text, "\n{connection} / {}: {note}", block.name);
        }
    }
    let failures: usize = blocks.iter().map(|block| block.findings.len()).sum();
    let _ = match failures {
        0 => writeln!(text, "\nNothing is wrong."),
        1 => writeln!(text, "\n1 thing is wrong."),
        count => writeln!(text, "\n{count} things are wrong."),
    };
    text
}

pub(super) fn json(blocks: &[Block]) -> Value {
    let blocks: Vec<_> = blocks
        .iter()
        .map(|block| {
            let findings: Vec<_> = block
                .findings
                .iter()
                .map(|finding| {
                    json!({
                        "what": finding.what,
                        "host": finding.host,
                        "key": finding.key,
                        "place": finding.place,
                        "cause": finding.cause,
                    })
                })
                .collect();
            json!({
                "connection": block.connection,
                "service": block.name,
                "target": block.target,
                "reachable": block.reachable.key(),
                "tls": block.tls.key(),
                "signedIn": block.signed_in.key(),
                "allowed": block.allowed.key(),
                "findings": findings,
                "notes": block.notes,
            })
        })
        .collect();
    json!({ "ok": blocks.iter().all(|block| block["findings"] == json!([])), "services": blocks })
}
