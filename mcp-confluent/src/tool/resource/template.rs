//! [`Template`]: a URI with variables, RFC 6570 level 1.

use std::borrow::Cow;

/// The variable that routes a read to a connection.
pub(crate) const CONNECTION: &str = "connection";

/// A URI with variables; one without is its own only instance.
///
/// A variable stands for one or more characters up to the next `/`, `?` or `#`. Whatever is not an
/// unreserved character of RFC 3986 is percent-encoded in a value, so that it can hold anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    text: &'static str,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Text(&'static str),
    Variable(&'static str),
}

/// Values by the names of the variables.
pub(crate) type Values = Vec<(&'static str, String)>;

/// A value is not percent-encoded UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadEncoding;

impl Template {
    /// The template that `text` is; the attribute has checked it.
    pub(crate) fn new(text: &'static str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            if !before.is_empty() {
                parts.push(Part::Text(before));
            }
            parts.push(Part::Variable(name));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest));
        }
        Self { text, parts }
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    /// The names of the variables, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    /// Whether reads name their connection.
    pub(crate) fn is_routed(&self) -> bool {
        self.variables().any(|name| name == CONNECTION)
    }

    /// What two templates have in common that match the same URIs.
    pub(crate) fn shape(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => *text,
            Part::Variable(_) => "{}",
        });
        parts.collect()
    }

    /// The values of the variables in `uri`, decoded; `None` if it is not of this shape.
    pub(crate) fn matches(&self, uri: &str) -> Option<Result<Values, BadEncoding>> {
        let mut found = Vec::new();
        if !follow(&self.parts, uri, &mut found) {
            return None;
        }
        let decoded = found.into_iter().map(|(name, value)| {
            let value = decode(value).ok_or(BadEncoding)?;
            Ok((name, value.into_owned()))
        });
        Some(decoded.collect())
    }

    /// The URI with these values; `None` where one is missing or empty.
    pub(crate) fn expand(&self, values: &[(&str, &str)]) -> Option<String> {
        let mut uri = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => uri.push_str(text),
                Part::Variable(name) => {
                    let (_, value) = values.iter().find(|(known, _)| known == name)?;
                    if value.is_empty() {
                        return None;
                    }
                    encode(value, &mut uri);
                }
            }
        }
        Some(uri)
    }
}

fn follow<'u>(parts: &[Part], rest: &'u str, found: &mut Vec<(&'static str, &'u str)>) -> bool {
    match parts {
        [] => rest.is_empty(),
        [Part::Text(text), later @ ..] => rest
            .strip_prefix(text)
            .is_some_and(|rest| follow(later, rest, found)),
        [Part::Variable(name), later @ ..] => {
            let longest = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let ends = match later {
                // Nothing may be left over but what the next text begins with.
                [] => longest..=longest,
                _ => 1..=longest,
            };
            let known = found.len();
            for end in ends {
                if end == 0 || !rest.is_char_boundary(end) {
                    continue;
                }
                found.push((name, &rest[..end]));
                if follow(later, &rest[end..], found) {
                    return true;
                }
                found.truncate(known);
            }
            false
        }
    }
}

/// Appends `value` percent-encoded: all but the characters RFC 3986 §2.3 calls unreserved.
fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}

fn decode(value: &str) -> Option<Cow<'_, str>> {
    if !value.contains('%') {
        return Some(value.into());
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut parts = value.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: &str = "registry://{connection}/subjects/{subject}/versions/{version}";

    fn matched(template: &'static str, uri: &str) -> Option<Vec<String>> {
        let values = Template::new(template).matches(uri)?.unwrap();
        Some(values.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn any_value_comes_back_as_it_went_in() {
        let template = Template::new(SUBJECT);
        for subject in [
            "orders-value",
            ":.ctx:orders/value",
            "100%",
            "%2F",
            "../../etc",
            "Zahlungen für März",
            "数据",
            "a?b#c",
            "a{b}c",
            "..",
            " ",
        ] {
            let values = [
                ("connection", "prod/eu"),
                ("subject", subject),
                ("version", "3"),
            ];
            let uri = template.expand(&values).unwrap();
            assert!(uri.is_ascii() && !uri.contains(' '), "{uri}");
            let found = template.matches(&uri).unwrap().unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(found, values, "{uri}");
        }
    }

    #[test]
    fn a_slash_ends_a_value_unless_it_is_encoded() {
        let topic = "kafka://{connection}/topics/{topic}";
        assert_eq!(matched(topic, "kafka://a/topics/b").unwrap(), ["a", "b"]);
        assert_eq!(
            matched(topic, "kafka://a/topics/b%2Fc").unwrap(),
            ["a", "b/c"]
        );
        for other in [
            "kafka://a/topics/b/c",
            "kafka://a/topics/../groups/c",
            "kafka://a/topics/",
            "kafka:///topics/b",
            "kafka://a/topics/b?x",
            "kafka://a/topics/b#x",
            "xkafka://a/topics/b",
            "",
        ] {
            assert_eq!(matched(topic, other), None, "{other}");
        }
    }

    #[test]
    fn what_is_not_encoded_utf_8_is_told_apart_from_another_shape() {
        let template = Template::new("k://{a}");
        for uri in [
            "k://%", "k://%4", "k://%zz", "k://%FF", "k://a%C3", "k://%+1",
        ] {
            assert_eq!(template.matches(uri), Some(Err(BadEncoding)), "{uri}");
        }
        assert_eq!(matched("k://{a}", "k://für").unwrap(), ["für"]);
    }

    #[test]
    fn text_behind_a_variable_ends_it() {
        assert_eq!(
            matched("k://{a}-{b}.json", "k://x-y.json").unwrap(),
            ["x", "y"]
        );
        assert_eq!(
            matched("k://{a}.json", "k://x.json.json").unwrap(),
            ["x.json"]
        );
        assert_eq!(matched("k://{a}.json", "k://.json"), None);
    }

    #[test]
    fn a_uri_without_variables_is_itself() {
        assert_eq!(matched("acme://depots", "acme://depots"), Some(Vec::new()));
        assert_eq!(matched("acme://depots", "acme://depots/x"), None);
    }

    #[test]
    fn nothing_is_expanded_with_a_value_missing_or_empty() {
        let template = Template::new("k://{a}");
        assert_eq!(template.expand(&[("b", "x")]), None);
        assert_eq!(template.expand(&[("a", "")]), None);
    }

    #[test]
    fn templates_that_match_the_same_have_one_shape() {
        let shape = |text| Template::new(text).shape();
        assert_eq!(shape("k://{a}/x"), shape("k://{b}/x"));
        assert_ne!(shape("k://{a}/x"), shape("k://{a}/y"));
    }
}
