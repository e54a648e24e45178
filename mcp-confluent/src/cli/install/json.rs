//! One more entry in a JSON file that belongs to somebody else.

use serde::Serialize as _;
use serde_json::{Map, Serializer, Value, ser::PrettyFormatter};

/// The text of the file with `entry` under `servers` and `name`; all else stays, in its order and
/// with its indentation.
///
/// # Errors
/// The file is no JSON object (it may have comments), or `servers` is something else in it.
pub(super) fn merge(text: &str, servers: &str, name: &str, entry: Value) -> Result<String, String> {
    let mut root = if text.trim().is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| format!("it is not plain JSON ({error}); it may have comments"))?
    };
    let Value::Object(map) = &mut root else {
        return Err("it is not a JSON object".to_owned());
    };
    let section = map
        .entry(servers)
        .or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(section) = section else {
        return Err(format!("`{servers}` in it is not an object"));
    };
    let known = section.insert(name.to_owned(), entry.clone());
    if known == Some(entry) {
        return Ok(text.to_owned());
    }
    Ok(printed(&root, indentation(text)))
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
    String::from_utf8_lossy(&bytes).into_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_else_stays_as_it_was() {
        let before = "{\n\t\"theme\": \"dark\",\n\t\"mcpServers\": {\n\t\t\"other\": {\n\t\t\t\"command\": \"x\"\n\t\t}\n\t},\n\t\"z\": 1.50\n}\n";
        let after = merge(before, "mcpServers", "confluent", json!({ "command": "y" })).unwrap();
        let expected = "{\n\t\"theme\": \"dark\",\n\t\"mcpServers\": {\n\t\t\"other\": {\n\t\t\t\"command\": \"x\"\n\t\t},\n\t\t\"confluent\": {\n\t\t\t\"command\": \"y\"\n\t\t}\n\t},\n\t\"z\": 1.5\n}\n";
        assert_eq!(after, expected);
        assert_eq!(
            merge(&after, "mcpServers", "confluent", json!({ "command": "y" })).unwrap(),
            after
        );
        let changed = merge(&after, "mcpServers", "confluent", json!({ "command": "z" })).unwrap();
        assert_eq!(changed, expected.replace("\"y\"", "\"z\""));
    }

    #[test]
    fn a_file_that_is_not_there_is_begun() {
        let after = merge("", "servers", "confluent", json!({})).unwrap();
        assert_eq!(
            after,
            "{\n  \"servers\": {\n    \"confluent\": {}\n  }\n}\n"
        );
    }

    #[test]
    fn what_is_not_understood_is_not_touched() {
        for text in ["{ // a comment\n}", "[]", "{\"servers\": []}", "{"] {
            assert!(
                merge(text, "servers", "confluent", json!({})).is_err(),
                "{text}"
            );
        }
    }
}
