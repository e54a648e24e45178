//! One more entry in a JSON file that belongs to somebody else.
//!
//! The file is edited as text: comments, numbers, order and indentation stay as they are. Some clients
//! allow comments and commas before a closing bracket, so both are understood.

use std::ops::Range;

use serde::Serialize as _;
use serde_json::{Map, Serializer, Value, ser::PrettyFormatter};

/// The text of the file with `entry` under `servers` and `name`; all else stays, keys of an entry of that
/// name included that `entry` does not have.
///
/// # Errors
/// The file is no JSON object, `servers` is something else in it, or the entry is a server behind a URL.
pub(super) fn merge(
    text: &str,
    servers: &str,
    name: &str,
    entry: &Map<String, Value>,
) -> Result<String, String> {
    let mark = if text.starts_with('\u{feff}') {
        "\u{feff}"
    } else {
        ""
    };
    let text = &text[mark.len()..];
    let named = || Value::from_iter([(name, Value::Object(entry.clone()))]);
    if text.trim().is_empty() {
        let file = Value::from_iter([(servers, named())]);
        return Ok(format!("{}\n", printed(&file, "  ")));
    }
    let (plain, _) = without_comments(text);
    let root: Value =
        serde_json::from_str(&plain).map_err(|error| format!("it is not JSON ({error})"))?;
    let Value::Object(root) = root else {
        return Err("it is not a JSON object".to_owned());
    };
    let after = match root.get(servers) {
        None => with(text, &[], servers, &named()),
        Some(Value::Object(section)) => match section.get(name) {
            Some(Value::Object(old)) => {
                if ["url", "serverUrl", "httpUrl"]
                    .iter()
                    .any(|key| old.contains_key(*key))
                {
                    return Err(format!(
                        "`{name}` in it is a server behind a URL; choose another --name"
                    ));
                }
                let changed = entry
                    .iter()
                    .filter(|(key, value)| old.get(*key) != Some(value));
                changed.fold(text.to_owned(), |text, (key, value)| {
                    with(&text, &[servers, name], key, value)
                })
            }
            _ => with(text, &[servers], name, &Value::Object(entry.clone())),
        },
        Some(_) => return Err(format!("`{servers}` in it is not an object")),
    };
    Ok(format!("{mark}{after}"))
}

/// The text of a JSON object with `value` under `key` of the object at `path`, which is there.
fn with(text: &str, path: &[&str], key: &str, value: &Value) -> String {
    let (plain, comments) = without_comments(text);
    let document = Document {
        text,
        plain: &plain,
        comments,
        unit: indentation(text),
        line_end: if text.contains("\r\n") { "\r\n" } else { "\n" },
    };
    let root = document.object(plain.find('{').unwrap_or_default());
    let object = path.iter().fold(root, |outer, key| {
        let at = outer.value_of(key).map_or(0, |value| value.start);
        document.object(at)
    });
    document.with(&object, key, value)
}

/// The text with comments and commas before a closing bracket as spaces, so that every position
/// stays what it was; and where the comments are.
fn without_comments(text: &str) -> (String, Vec<Range<usize>>) {
    let mut plain = text.as_bytes().to_vec();
    let mut comments = Vec::new();
    let mut comma = None;
    let mut at = 0;
    while at < plain.len() {
        let rest = &text.as_bytes()[at..];
        let length = match rest {
            [b'/', b'/', ..] => rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')),
            // Without its end it is left for the parser to complain about.
            [b'/', b'*', after @ ..] => match after.windows(2).position(|two| two == b"*/") {
                Some(end) => Some(end + 4),
                None => break,
            },
            [b'"', ..] => {
                at += string_length(rest);
                comma = None;
                continue;
            }
            [byte, ..] => {
                match byte {
                    b',' => comma = Some(at),
                    b'}' | b']' => {
                        if let Some(comma) = comma.take() {
                            plain[comma] = b' ';
                        }
                    }
                    byte if byte.is_ascii_whitespace() => {}
                    _ => comma = None,
                }
                at += 1;
                continue;
            }
            [] => break,
        };
        let end = length.map_or(plain.len(), |length| at + length);
        for byte in &mut plain[at..end] {
            if *byte != b'\n' && *byte != b'\r' {
                *byte = b' ';
            }
        }
        comments.push(at..end);
        at = end;
    }
    (String::from_utf8_lossy(&plain).into_owned(), comments)
}

/// The length of the string that `bytes` begin with, quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut escaped = false;
    let close = bytes.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    close.map_or(bytes.len(), |close| close + 2)
}

/// A file that is known to be an object.
struct Document<'t> {
    text: &'t str,
    /// The same without comments, byte for byte at the same place.
    plain: &'t str,
    comments: Vec<Range<usize>>,
    /// One step of its indentation.
    unit: &'t str,
    line_end: &'static str,
}

/// Where an object and its members stand.
struct Object {
    open: usize,
    close: usize,
    /// Key, where the key begins, where its value is.
    members: Vec<(String, usize, Range<usize>)>,
}

impl Object {
    /// The value that counts: of two with one key the last.
    fn value_of(&self, key: &str) -> Option<&Range<usize>> {
        let found = self.members.iter().rev().find(|(name, ..)| name == key);
        found.map(|(.., value)| value)
    }
}

impl Document<'_> {
    /// The object whose bracket is at `open`.
    fn object(&self, open: usize) -> Object {
        let bytes = self.plain.as_bytes();
        let mut members = Vec::new();
        let mut at = open + 1;
        loop {
            at = self.skip(at, |byte| byte.is_ascii_whitespace() || byte == b',');
            if bytes.get(at) != Some(&b'"') {
                return Object {
                    open,
                    close: at,
                    members,
                };
            }
            let key = at..at + string_length(&bytes[at..]);
            let name = serde_json::from_str(&self.plain[key.clone()]).unwrap_or_default();
            let start = self.skip(key.end, |byte| byte.is_ascii_whitespace() || byte == b':');
            at = self.value_end(start);
            members.push((name, key.start, start..at));
        }
    }

    fn skip(&self, at: usize, skipped: impl Fn(u8) -> bool) -> usize {
        let rest = &self.plain.as_bytes()[at..];
        at + rest.iter().take_while(|byte| skipped(**byte)).count()
    }

    /// Where the value that begins at `start` ends.
    fn value_end(&self, start: usize) -> usize {
        let bytes = self.plain.as_bytes();
        let mut depth = 0_usize;
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at += string_length(&bytes[at..]) - 1,
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return at,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && matches!(bytes[at - 1], b'"' | b'}' | b']') {
                return at;
            }
        }
        at
    }

    /// The text with `value` under `key` of `object`.
    fn with(&self, object: &Object, key: &str, value: &Value) -> String {
        let text = self.text;
        if let Some(old) = object.value_of(key) {
            let value = self.value(value, self.indent_of_line(old.start));
            return [&text[..old.start], &value, &text[old.end..]].concat();
        }
        let Some((_, first_key, _)) = object.members.first() else {
            return self.with_first(object, key, value);
        };
        let last = object
            .members
            .last()
            .map_or(object.open, |(.., value)| value.end);
        let first_in_its_line = text[..*first_key]
            .trim_end_matches([' ', '\t'])
            .ends_with('\n');
        if !first_in_its_line {
            let entry = format!(", {}: {value}", Value::from(key));
            return [&text[..last], &entry, &text[last..]].concat();
        }
        let indent = self.indent_of_line(*first_key);
        let entry = self.entry(key, value, indent);
        // Behind what stands in the line of the last one: its comma, its comment.
        let comma = self.after_comments(last, false);
        let has_comma = text[comma..].starts_with(',');
        let end = self.after_comments(if has_comma { comma + 1 } else { last }, true);
        let [before, after] = if has_comma { ["", ","] } else { [",", ""] };
        [
            &text[..last],
            before,
            &text[last..end],
            self.line_end,
            &entry,
            after,
            &text[end..],
        ]
        .concat()
    }

    /// The text with the first member of an object that has none.
    fn with_first(&self, object: &Object, key: &str, value: &Value) -> String {
        let Object { open, close, .. } = *object;
        let inside = |comment: &&Range<usize>| comment.start > open && comment.end <= close;
        let start = self
            .comments
            .iter()
            .rfind(inside)
            .map_or(open + 1, |it| it.end);
        let outer = self.indent_of_line(open);
        let entry = self.entry(key, value, &[outer, self.unit].concat());
        let end = self.line_end;
        [
            &self.text[..start],
            end,
            &entry,
            end,
            outer,
            &self.text[close..],
        ]
        .concat()
    }

    fn entry(&self, key: &str, value: &Value, indent: &str) -> String {
        format!(
            "{indent}{}: {}",
            Value::from(key),
            self.value(value, indent)
        )
    }

    /// The value for a line that is indented like this.
    fn value(&self, value: &Value, indent: &str) -> String {
        printed(value, self.unit).replace('\n', &[self.line_end, indent].concat())
    }

    /// Behind the space and the comments at `at`; within its line, if `in_line`.
    fn after_comments(&self, at: usize, in_line: bool) -> usize {
        let space = |byte: u8| byte == b' ' || byte == b'\t';
        let bytes = self.text.as_bytes();
        let mut end = at;
        loop {
            while bytes
                .get(end)
                .is_some_and(|byte| space(*byte) || (!in_line && byte.is_ascii_whitespace()))
            {
                end += 1;
            }
            match self.comments.iter().find(|comment| comment.start == end) {
                Some(comment) if !in_line || !self.text[comment.clone()].contains('\n') => {
                    end = comment.end;
                }
                _ => break,
            }
        }
        let at_line_end = matches!(bytes.get(end), None | Some(b'\n' | b'\r'));
        if in_line && !at_line_end { at } else { end }
    }

    /// What the line of `at` is indented with.
    fn indent_of_line(&self, at: usize) -> &str {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = &self.text[start..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }
}

/// What the first indented line begins with.
fn indentation(text: &str) -> &str {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| &line[..line.len() - line.trim_start().len()])
        .find(|indent| !indent.is_empty())
        .unwrap_or("  ")
}

fn printed(value: &Value, indent: &str) -> String {
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent.as_bytes());
    // JSON values can always be written to memory.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merge(text: &str, servers: &str, entry: &Value) -> Result<String, String> {
        super::merge(text, servers, "confluent", entry.as_object().unwrap())
    }

    fn merged(before: &str, entry: &Value) -> String {
        let after = merge(before, "mcpServers", entry).unwrap();
        let again = merge(&after, "mcpServers", entry).unwrap();
        assert_eq!(again, after, "a second time changes nothing");
        let (plain, _) = without_comments(after.trim_start_matches('\u{feff}'));
        let read: Value = serde_json::from_str(&plain).unwrap_or_else(|e| panic!("{e}: {after}"));
        for (key, value) in entry.as_object().unwrap() {
            assert_eq!(read["mcpServers"]["confluent"][key], *value, "{after}");
        }
        after
    }

    #[test]
    fn everything_else_stays_as_it_was() {
        let before = "{\n\t\"theme\": \"dark\",\n\t\"mcpServers\": {\n\t\t\"other\": {\n\t\t\t\"command\": \"x\"\n\t\t}\n\t},\n\t\"z\": 1.50\n}\n";
        let after = merged(before, &json!({ "command": "y" }));
        let expected = "{\n\t\"theme\": \"dark\",\n\t\"mcpServers\": {\n\t\t\"other\": {\n\t\t\t\"command\": \"x\"\n\t\t},\n\t\t\"confluent\": {\n\t\t\t\"command\": \"y\"\n\t\t}\n\t},\n\t\"z\": 1.50\n}\n";
        assert_eq!(after, expected);
        let changed = merged(&after, &json!({ "command": "z" }));
        assert_eq!(changed, expected.replace("\"y\"", "\"z\""));
    }

    #[test]
    fn comments_and_last_commas_stay() {
        let before = "{\r\n  // mine\r\n  \"mcpServers\": {\r\n    \"a\": { \"command\": \"//x,}\" }, // the first\r\n    /* off,\r\n       for now */\r\n  },\r\n}\r\n";
        assert_eq!(
            merged(before, &json!({ "command": "y" })),
            "{\r\n  // mine\r\n  \"mcpServers\": {\r\n    \"a\": { \"command\": \"//x,}\" }, // the first\r\n    \"confluent\": {\r\n      \"command\": \"y\"\r\n    },\r\n    /* off,\r\n       for now */\r\n  },\r\n}\r\n"
        );
        assert_eq!(
            merged("{ // mine\n}\n", &json!({})),
            "{ // mine\n  \"mcpServers\": {\n    \"confluent\": {}\n  }\n}\n"
        );
        assert_eq!(
            merged("{\n  \"a\": 1 // one\n}\n", &json!({})),
            "{\n  \"a\": 1, // one\n  \"mcpServers\": {\n    \"confluent\": {}\n  }\n}\n"
        );
    }

    #[test]
    fn what_stands_in_one_line_stays_in_one() {
        assert_eq!(
            merged(
                "\u{feff}{\"big\": 12345678901234567890123, \"mcpServers\": {\"a\\u0062\": [1, \"]\"]}}",
                &json!({ "x": 1 })
            ),
            "\u{feff}{\"big\": 12345678901234567890123, \"mcpServers\": {\"a\\u0062\": [1, \"]\"], \"confluent\": {\"x\":1}}}"
        );
        merged("{}", &json!({ "x": 1 }));
        merged("{\"mcpServers\":{}}", &json!({ "x": 1 }));
        merged(
            "{\"mcpServers\":{\"confluent\":{\"old\":[{}]},\"b\":2}}",
            &json!({ "x": 1 }),
        );
        merged("{\"a\":null}", &json!({ "x": "\"}" }));
    }

    #[test]
    fn what_a_person_added_to_the_entry_stays() {
        let before = "{\n  \"mcpServers\": {\n    \"confluent\": {\n      \"command\": \"npx\",\n      \"args\": [\n        \"-y\"\n      ],\n      // mine\n      \"env\": { \"BOOTSTRAP_SERVERS\": \"a:1\" },\n      \"autoApprove\": []\n    }\n  }\n}\n";
        let entry = json!({ "type": "stdio", "command": "y", "args": [] });
        assert_eq!(
            merged(before, &entry),
            before
                .replace("npx", "y")
                .replace("[\n        \"-y\"\n      ]", "[]")
                .replace(
                    "\"autoApprove\": []",
                    "\"autoApprove\": [],\n      \"type\": \"stdio\""
                )
        );
        let remote = "{\"mcpServers\": {\"confluent\": {\"url\": \"http://x\"}}}";
        assert!(merge(remote, "mcpServers", &entry).is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_begun() {
        let after = merge("", "servers", &json!({})).unwrap();
        assert_eq!(
            after,
            "{\n  \"servers\": {\n    \"confluent\": {}\n  }\n}\n"
        );
    }

    #[test]
    fn what_is_not_understood_is_not_touched() {
        for text in [
            "[]",
            "{\"servers\": []}",
            "{",
            "{} x",
            "{ /* open }",
            "{\"a\": 1,, }",
            "{'a': 1}",
        ] {
            assert!(merge(text, "servers", &json!({})).is_err(), "{text}");
        }
    }
}
