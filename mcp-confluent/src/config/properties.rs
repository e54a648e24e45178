//! Java properties files, as Kafka's own clients are configured with.

use std::sync::Arc;

use super::problems::Place;

/// One setting and where it stands.
#[derive(Clone)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) place: Place,
}

/// Reads the text of the properties file called `file`; of two settings with one name the last
/// counts.
pub(super) fn parse(file: &Arc<str>, text: &str) -> Vec<Property> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut properties: Vec<Property> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut logical = trimmed(line).to_owned();
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        while continues(&logical) {
            logical.pop();
            match lines.next() {
                Some((_, next)) => logical.push_str(trimmed(next)),
                None => break,
            }
        }
        let (name, value) = split(&logical);
        let column = line.chars().count() - trimmed(line).chars().count() + 1;
        let property = Property {
            name: unescaped(name),
            value: unescaped(value),
            place: Place::Line {
                file: file.clone(),
                line: index + 1,
                column,
            },
        };
        properties.retain(|other| other.name != property.name);
        properties.push(property);
    }
    properties
}

fn trimmed(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '\u{c}'])
}

/// Whether the line ends in an odd number of backslashes, so that the next one belongs to it.
fn continues(line: &str) -> bool {
    line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

/// Splits at the first `=`, `:` or space that is not escaped; space around it belongs to neither.
fn split(line: &str) -> (&str, &str) {
    const SPACE: [char; 3] = [' ', '\t', '\u{c}'];
    let mut escaped = false;
    let end = line.find(|c: char| {
        let ends = !escaped && (SPACE.contains(&c) || matches!(c, '=' | ':'));
        escaped = c == '\\' && !escaped;
        ends
    });
    let (name, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches(SPACE);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (name, rest.trim_start_matches(SPACE))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // UTF-16 units, because `\uD83D\uDE00` is one character.
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let escape = if c == '\\' { rest.next() } else { None };
        if escape == Some('u') {
            let digits: String = rest.clone().take(4).collect();
            if let Some(unit) = four_hex_digits(&digits) {
                units.push(unit);
                rest.nth(3);
                continue;
            }
        }
        plain.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        match escape {
            Some('t') => plain.push('\t'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some(other) => plain.push(other),
            None if c == '\\' => {}
            None => plain.push(c),
        }
    }
    plain.push_str(&String::from_utf16_lossy(&units));
    plain
}

fn four_hex_digits(digits: &str) -> Option<u16> {
    let all = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    all.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse(&"client.properties".into(), text)
            .into_iter()
            .map(|property| (property.name, property.value))
            .collect()
    }

    #[test]
    fn single_settings() {
        let cases = [
            ("a=1", ("a", "1")),
            ("a = 1 ", ("a", "1 ")),
            ("a:1", ("a", "1")),
            ("a 1", ("a", "1")),
            ("a", ("a", "")),
            ("a=", ("a", "")),
            ("  a=b=c", ("a", "b=c")),
            ("a=#b", ("a", "#b")),
            ("a\\=b=c", ("a=b", "c")),
            ("a=1,\\\n   2", ("a", "1,2")),
            ("a=1\\\\", ("a", "1\\")),
            ("a=\\u00e9\\t\\x", ("a", "é\tx")),
            ("a=\\uD83D\\uDE00!", ("a", "😀!")),
            ("a=\\u12", ("a", "u12")),
            ("a=1\\", ("a", "1")),
            ("\u{feff}a=1\r\n", ("a", "1")),
        ];
        for (text, (name, value)) in cases {
            assert_eq!(
                read(text),
                [(name.to_owned(), value.to_owned())],
                "{text:?}"
            );
        }
    }

    #[test]
    fn comments_repetition_and_lines() {
        let text = "# a=1\n! b=2\n\na=1,\\\n  2\nb=3\na=4\n";
        let properties = parse(&"client.properties".into(), text);
        let shown: Vec<String> = properties
            .iter()
            .map(|property| format!("{}={} {}", property.name, property.value, property.place))
            .collect();
        assert_eq!(
            shown,
            ["b=3 client.properties:6:1", "a=4 client.properties:7:1"]
        );
    }
}
