//! `${NAME}` in values.
//!
//! | written | becomes |
//! |---|---|
//! | `${NAME}` | the variable's value; a problem when it is not set |
//! | `${NAME:-text}` | the value if the variable is set, even to nothing, else `text` (up to the first `}`) |
//! | `$${anything}` | `${anything}`, not looked up |
//!
//! A name is a letter or `_`, then letters, digits and `_`. Everything else (`$NAME`, `${1X}`)
//! stays as it is, with a warning where somebody most likely meant a variable. It happens after YAML was parsed and only in values, so that a value can break
//! neither the syntax nor a comment, and what a variable holds is never looked into again.

use super::{
    environment::Environment,
    problems::Problems,
    yaml::{Node, Value},
};

/// Replaces the variables in every value below `node`; text with a variable that is not set
/// becomes [`Value::Unset`].
pub(super) fn interpolate(node: &mut Node, environment: &Environment, problems: &mut Problems) {
    match &mut node.value {
        Value::Scalar(scalar) => {
            if let Some(what) = meant(&scalar.text) {
                let fix = "Write `${NAME}` or `${NAME:-text}`; `$${…}` stands for the text itself.";
                problems.warn(&node.place, &[], what, fix);
            }
            match expand(&scalar.text, environment) {
                Ok(Some(text)) => {
                    scalar.text = text;
                    scalar.interpolated = true;
                }
                Ok(None) => {}
                Err(unset) => {
                    let unreadable = unset.iter().filter(|name| environment.is_unreadable(name));
                    for name in unreadable {
                        let what =
                            format!("the value of {name} is not UTF-8, so it counts as not set");
                        problems.warn(&node.place, &[], what, "");
                    }
                    node.value = Value::Unset(unset);
                }
            }
        }
        Value::List(items) => {
            for item in items {
                interpolate(item, environment, problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                interpolate(&mut entry.value, environment, problems);
            }
        }
        Value::Null | Value::Unset(_) => {}
    }
}

/// What is odd about text that somebody most likely meant to name a variable.
fn meant(text: &str) -> Option<&'static str> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    if text.trim().strip_prefix('$').is_some_and(is_name) {
        return Some("looks like a variable, and is text: there are no braces round the name");
    }
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at..];
        if let Some((_, after)) = escaped(rest) {
            rest = after;
        } else if let Some((_, default, after)) = reference(rest) {
            if default.is_some_and(|default| default.contains("${")) {
                return Some("has a variable in a default, which is not replaced");
            }
            rest = after;
        } else if rest.starts_with("${") {
            return Some("holds `${`, and no variable follows that could be replaced");
        } else {
            rest = &rest[1..];
        }
    }
    None
}

/// `text` with its variables replaced, `None` if it has none, or the names of those not set.
fn expand(text: &str, environment: &Environment) -> Result<Option<String>, Vec<String>> {
    let mut expanded = String::new();
    let mut unset: Vec<String> = Vec::new();
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((literal, after)) = escaped(rest) {
            expanded.push_str(literal);
            found = true;
            rest = after;
        } else if let Some((name, default, after)) = reference(rest) {
            match environment.get(name).or(default) {
                Some(value) => expanded.push_str(value),
                None if unset.iter().any(|known| known == name) => {}
                None => unset.push(name.to_owned()),
            }
            found = true;
            rest = after;
        } else {
            expanded.push('$');
            rest = &rest[1..];
        }
    }
    if !unset.is_empty() {
        return Err(unset);
    }
    expanded.push_str(rest);
    Ok(found.then_some(expanded))
}

/// `$${…}` at the start: what it stands for, and what follows.
fn escaped(text: &str) -> Option<(&str, &str)> {
    let literal = text
        .strip_prefix("$")
        .filter(|rest| rest.starts_with("${"))?;
    let end = literal.find('}')? + 1;
    Some(literal.split_at(end))
}

/// `${NAME}` or `${NAME:-text}` at the start: name, default, and what follows.
fn reference(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let inner = text.strip_prefix("${")?;
    let end = inner
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    if let Some(after) = rest.strip_prefix('}') {
        return Some((name, None, after));
    }
    let default = rest.strip_prefix(":-")?;
    let end = default.find('}')?;
    Some((name, Some(&default[..end]), &default[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text, `None` where there is nothing to replace, or the names that are not set.
    type Expected = Result<Option<&'static str>, Vec<&'static str>>;

    #[test]
    fn what_was_most_likely_meant() {
        for text in [
            "$KAFKA_PASSWORD",
            "${MY-SECRET}",
            "a${X",
            "${A:-${B}}",
            "${}",
            "${1X}",
        ] {
            assert!(meant(text).is_some(), "{text}");
        }
        for text in [
            "",
            "${A}",
            "${A:-b}",
            "$${MY-SECRET}",
            "pa$$word",
            "$5",
            "$abc",
            "a$B",
            "$",
        ] {
            assert!(meant(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_grammar() {
        let environment =
            Environment::from_iter([("A", "1"), ("EMPTY", ""), ("_x9", "y"), ("LOOP", "${A}")]);
        let cases: [(&str, Expected); 29] = [
            ("", Ok(None)),
            ("plain", Ok(None)),
            ("${A}", Ok(Some("1"))),
            ("a${A}b${A}c", Ok(Some("a1b1c"))),
            ("${_x9}", Ok(Some("y"))),
            ("${EMPTY}", Ok(Some(""))),
            ("${EMPTY:-text}", Ok(Some(""))),
            ("${A:-text}", Ok(Some("1"))),
            ("${NO:-text}", Ok(Some("text"))),
            ("${NO:-}", Ok(Some(""))),
            ("${NO:-two\nlines}", Ok(Some("two\nlines"))),
            ("${NO:-a}b}", Ok(Some("ab}"))),
            ("${NO:-${A}}", Ok(Some("${A}"))),
            ("${NO:-a:-b}", Ok(Some("a:-b"))),
            ("${LOOP}", Ok(Some("${A}"))),
            ("$${A}", Ok(Some("${A}"))),
            ("$${not a name}", Ok(Some("${not a name}"))),
            ("$$${A}", Ok(Some("$${A}"))),
            ("$${A}${A}", Ok(Some("${A}1"))),
            ("$A", Ok(None)),
            ("$", Ok(None)),
            ("${1X}", Ok(None)),
            ("${A-b}", Ok(None)),
            ("${}", Ok(None)),
            ("${A", Ok(None)),
            ("${ A }", Ok(None)),
            ("${É}", Ok(None)),
            ("${NO}", Err(vec!["NO"])),
            ("${NO}${A}${OTHER}${NO}", Err(vec!["NO", "OTHER"])),
        ];
        for (text, expected) in cases {
            let expected = expected
                .map(|text| text.map(str::to_owned))
                .map_err(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(expand(text, &environment), expected, "{text}");
        }
    }
}
