//! One more extension in goose's `config.yaml`.
//!
//! The file is edited as text, so that comments and everything else in it stay; what comes out is
//! read again, because YAML can be written in more ways than are edited here.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Entry;
use crate::config::yaml_value;

/// The text of the file with the entry under `extensions:`; an entry of that name is replaced.
///
/// # Errors
/// The file is no YAML map, or is written in a way that is not understood here.
pub(super) fn merge(text: &str, entry: &Entry) -> Result<String, String> {
    let read = |text: &str| {
        yaml_value("the file", text).map_err(|error| {
            let first = error.problems().first().map(ToString::to_string);
            first.unwrap_or_default()
        })
    };
    let mut wanted = match read(text)? {
        Value::Null => Value::Object(Map::new()),
        value @ Value::Object(_) => value,
        _ => return Err("it is not a YAML map".to_owned()),
    };
    let extensions = &mut wanted["extensions"];
    if extensions.is_null() {
        *extensions = json!({});
    }
    let Value::Object(extensions) = extensions else {
        return Err("`extensions` in it is not a map".to_owned());
    };
    let value = read(&block(entry, 0, &[]))?;
    let mut value = value.get(&entry.name).cloned().unwrap_or_default();
    if let Some(Value::Object(old)) = extensions.get(&entry.name) {
        let kept = old.iter().filter(|(key, _)| !OURS.contains(&key.as_str()));
        for (key, old) in kept {
            value[key] = old.clone();
        }
    }
    if extensions.get(&entry.name) == Some(&value) {
        return Ok(text.to_owned());
    }
    extensions.insert(entry.name.clone(), value);
    let after = edited(text, entry);
    if read(&after).ok() == Some(wanted) {
        Ok(after)
    } else {
        Err("`extensions` in it is not written as one entry below the other".to_owned())
    }
}

/// The entry alone, for a person to put in.
pub(super) fn shown(entry: &Entry) -> String {
    edited("", entry)
}

fn edited(text: &str, entry: &Entry) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let block = |depth, old: &[&str]| block(entry, depth, old).replace('\n', line_end);
    // With their ends.
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let section = lines.iter().enumerate().find_map(|(index, line)| {
        let rest = line.strip_prefix("extensions:")?;
        let value = rest.split(" #").next().unwrap_or(rest);
        let comment = rest[value.len()..].trim_end();
        matches!(value.trim(), "" | "{}" | "null" | "~").then_some((index, comment))
    });
    let Some((start, comment)) = section else {
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            line_end
        };
        return format!("{text}{gap}extensions:{line_end}{}", block(2, &[]));
    };
    let below = |line: &&&str| line.trim().is_empty() || line.starts_with([' ', '#']);
    let mut end = start + 1 + lines[start + 1..].iter().take_while(below).count();
    while end > start + 1 && !lines[end - 1].starts_with(' ') {
        end -= 1;
    }
    let depth = lines[start + 1..end]
        .iter()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map_or(2, |line| indent(line));
    let key = format!("{}:", yaml_key(&entry.name));
    let mut after = lines[..start].concat();
    after.extend(["extensions:", comment, line_end]);
    let mut own = Vec::new();
    let mut skipping = false;
    for line in &lines[start + 1..end] {
        let blank = line.trim().is_empty();
        if !blank && indent(line) <= depth {
            skipping = indent(line) == depth && line.trim_end() == format!("{:depth$}{key}", "");
        }
        if skipping {
            own.push(line.trim_end_matches(['\r', '\n']));
        } else {
            after.push_str(line);
        }
    }
    if !after.ends_with('\n') {
        after.push_str(line_end);
    }
    after.push_str(&block(depth, own.get(1..).unwrap_or_default()));
    after.push_str(&lines[end..].concat());
    after
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The keys of an entry that say what is started; the others of an entry that is there are a person's.
const OURS: [&str; 3] = ["type", "cmd", "args"];

/// The entry, indented. Strings are written as JSON, which YAML understands. `old` are the lines below
/// the key of the entry that is there.
fn block(entry: &Entry, depth: usize, old: &[&str]) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let args: Vec<_> = entry.args.iter().map(|arg| text(arg)).collect();
    let fresh = [
        ("type", "stdio".to_owned()),
        ("enabled", "true".to_owned()),
        ("name", text(&entry.name)),
        ("description", text("Apache Kafka and Confluent")),
        ("cmd", text(&entry.command)),
        ("args", format!("[{}]", args.join(", "))),
        ("envs", "{}".to_owned()),
        ("env_keys", "[]".to_owned()),
        ("timeout", "300".to_owned()),
    ];
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let inner = old.iter().find(|line| !is_blank(line));
    let inner = inner.map_or(depth + 2, |line| indent(line));
    let key_of = |line: &str| {
        let is_key =
            indent(line) == inner && !is_blank(line) && !line.trim_start().starts_with('-');
        is_key.then(|| {
            line.trim_start()
                .split(':')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
    };
    let mut block = format!("{:depth$}{}:\n", "", yaml_key(&entry.name));
    let mut kept = Vec::new();
    let mut ours = false;
    for line in old {
        if let Some(key) = key_of(line) {
            ours = OURS.contains(&key.as_str());
            if !ours {
                kept.push(key);
            }
        }
        if !ours {
            block.extend([line, "\n"]);
        }
    }
    for (key, value) in fresh {
        if !kept.iter().any(|it| it == key) {
            // Writing to a `String` cannot fail.
            let _ = writeln!(block, "{:inner$}{key}: {value}", "");
        }
    }
    block
}

fn yaml_key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(command: &str) -> Entry {
        Entry {
            name: "confluent".to_owned(),
            command: command.to_owned(),
            args: vec!["--sandbox".to_owned()],
        }
    }

    const ENTRY: &str = "  confluent:
    type: stdio
    enabled: true
    name: \"confluent\"
    description: \"Apache Kafka and Confluent\"
    cmd: \"/bin/x\"
    args: [\"--sandbox\"]
    envs: {}
    env_keys: []
    timeout: 300
";

    fn merge(text: &str, entry: &Entry) -> String {
        super::merge(text, entry).unwrap()
    }

    #[test]
    fn what_is_not_understood_is_not_touched() {
        for text in [
            "extensions: [\n bad: {\n",
            "extensions: {a: {enabled: true}}\n",
            "extensions: [a]\n",
            "extensions: &x\n  a: 1\n",
            "? extensions\n: a: 1\n",
            "- a\n",
            "a: 1\na: 2\n",
            "{extensions: {}}\n",
        ] {
            let merged = super::merge(text, &entry("/bin/x"));
            assert!(merged.is_err(), "{merged:?}");
        }
    }

    #[test]
    fn an_empty_file_is_begun() {
        assert_eq!(merge("", &entry("/bin/x")), format!("extensions:\n{ENTRY}"));
        assert_eq!(
            merge("GOOSE_MODEL: a", &entry("/bin/x")),
            format!("GOOSE_MODEL: a\nextensions:\n{ENTRY}")
        );
        assert_eq!(
            merge("extensions: {}\nb: 1\n", &entry("/bin/x")),
            format!("extensions:\n{ENTRY}b: 1\n")
        );
    }

    #[test]
    fn other_extensions_and_comments_stay() {
        let before =
            "a: 1 # one\nextensions:\n  developer:\n    enabled: true # yes\n\n# the end\nb: 2\n";
        let after = merge(before, &entry("/bin/x"));
        assert_eq!(
            after,
            format!(
                "a: 1 # one\nextensions:\n  developer:\n    enabled: true # yes\n{ENTRY}\n# the end\nb: 2\n"
            )
        );
        assert_eq!(merge(&after, &entry("/bin/x")), after);
        let in_the_middle = format!("extensions:\n{ENTRY}  developer:\n    enabled: true\n");
        assert_eq!(merge(&in_the_middle, &entry("/bin/x")), in_the_middle);
    }

    #[test]
    fn an_entry_of_the_name_is_replaced() {
        let before = "extensions:\n  confluent:\n    cmd: old\n    args:\n      - x\n  developer:\n    enabled: true\n";
        assert_eq!(
            merge(before, &entry("/bin/x")),
            format!("extensions:\n  developer:\n    enabled: true\n{ENTRY}")
        );
    }
    #[test]
    fn the_comment_of_the_section_and_the_ends_of_lines_stay() {
        for (section, after) in [
            ("extensions: # my tools", "extensions: # my tools"),
            ("extensions: {} # none # yet", "extensions: # none # yet"),
        ] {
            assert_eq!(
                merge(&format!("a: 1\n{section}\nb: 2"), &entry("/bin/x")),
                format!("a: 1\n{after}\n{ENTRY}b: 2")
            );
        }
        let entry_of_windows = ENTRY.replace('\n', "\r\n");
        assert_eq!(
            merge(
                "a: 1\r\nextensions:\r\n  x:\r\n    enabled: true\r\nb: 2\r\n",
                &entry("/bin/x")
            ),
            format!(
                "a: 1\r\nextensions:\r\n  x:\r\n    enabled: true\r\n{entry_of_windows}b: 2\r\n"
            )
        );
        assert_eq!(
            merge("extensions:\n  x:\n    enabled: true", &entry("/bin/x")),
            format!("extensions:\n  x:\n    enabled: true\n{ENTRY}")
        );
    }

    #[test]
    fn what_a_person_added_to_the_entry_stays() {
        let before = "extensions:\n  confluent:\n      cmd: old\n      envs:\n        # the local one\n        BOOTSTRAP_SERVERS: a:1\n      args:\n      - x\n      enabled: false\n";
        assert_eq!(
            merge(before, &entry("/bin/x")),
            "extensions:\n  confluent:\n      envs:\n        # the local one\n        BOOTSTRAP_SERVERS: a:1\n      enabled: false\n      type: stdio\n      name: \"confluent\"\n      description: \"Apache Kafka and Confluent\"\n      cmd: \"/bin/x\"\n      args: [\"--sandbox\"]\n      env_keys: []\n      timeout: 300\n"
        );
    }
}
