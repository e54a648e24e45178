//! Environment files: `NAME=value`, one a line.
//!
//! Understood as the reference does: `export` in front and `NAME: value` are fine; `'…'`, `"…"`
//! and `` `…` `` quote, over several lines too; `\n` and `\r` mean line ends inside `"…"`; outside
//! quotes `#` starts a comment even without a space before it; nothing is expanded; of two lines
//! with one name the last wins. A line that cannot be read is skipped, here with a warning.

use std::sync::Arc;

use super::problems::{Place, Problem};

/// What an environment file holds.
#[derive(Default)]
pub(super) struct Dotenv {
    /// Names and values in the order of the file.
    pub(super) variables: Vec<(String, String)>,
    /// Lines that could not be read.
    pub(super) warnings: Vec<Problem>,
}

/// Reads the text of the environment file called `file`.
pub(super) fn parse(file: &Arc<str>, text: &str) -> Dotenv {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut read = Dotenv {
        variables: Vec::new(),
        warnings: Vec::new(),
    };
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut line = 1;
    while !rest.is_empty() {
        let taken = if let Some((name, value, taken)) = assignment(rest) {
            read.variables.push((name.to_owned(), value));
            taken
        } else {
            let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let first = rest[..end].trim();
            if !first.is_empty() && !first.starts_with('#') {
                read.warnings.push(Problem::new(
                    Place::Line {
                        file: file.clone(),
                        line,
                        column: 1,
                    },
                    "",
                    "this line is skipped, because it is not `NAME=value`",
                    "A name is made of letters, digits, `_`, `.` and `-`.",
                ));
            }
            end
        };
        let (taken, after) = rest.split_at(taken);
        line += taken.matches('\n').count();
        rest = after;
    }
    read
}

/// An assignment at the start of `text`: name, value, and how much of the text it takes.
fn assignment(text: &str) -> Option<(&str, String, usize)> {
    let start = text.trim_start_matches([' ', '\t']);
    let start = match start.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start_matches([' ', '\t']),
        _ => start,
    };
    let end = start.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))?;
    let (name, rest) = start.split_at(end);
    if name.is_empty() {
        return None;
    }
    // Also on a line below.
    let value = match rest.trim_start().strip_prefix('=') {
        Some(value) => value,
        None => rest
            .strip_prefix(':')
            .filter(|rest| rest.starts_with([' ', '\t', '\n']))?,
    };
    let below = value.trim_start();
    let (from, (value, taken)) = if let Some(read) = quoted(below) {
        (below, read)
    } else {
        let value = value.trim_start_matches([' ', '\t']);
        (value, unquoted(value))
    };
    Some((name, value, text.len() - from.len() + taken))
}

/// A value in quotes that is followed by nothing but a comment.
fn quoted(text: &str) -> Option<(String, usize)> {
    let quote = text
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'))?;
    let mut escaped = false;
    let close = text[1..].char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at + 1)
    })?;
    let after = &text[close + 1..];
    let line_end = after.find('\n').unwrap_or(after.len());
    let trailing = after[..line_end].trim();
    if !trailing.is_empty() && !trailing.starts_with('#') {
        return None;
    }
    Some((between(&text[1..close], Some(quote)), close + 1 + line_end))
}

/// A value up to `#` or the end of the line. Quotes round the whole of it are taken off, whatever stands
/// between them.
fn unquoted(text: &str) -> (String, usize) {
    let line = text.find('\n').unwrap_or(text.len());
    let value = text[..line].split('#').next().unwrap_or_default().trim();
    let quote = value
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'));
    let inner = quote.and_then(|quote| value[1..].strip_suffix(quote));
    (between(inner.unwrap_or(value), quote), line)
}

/// The value that stands behind `quote`.
fn between(text: &str, quote: Option<char>) -> String {
    if quote == Some('"') {
        text.replace("\\n", "\n").replace("\\r", "\r")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse(&".env".into(), text).variables
    }

    #[test]
    fn single_lines() {
        let cases = [
            ("A=1", "1"),
            ("A = 1 ", "1"),
            ("  export A=1", "1"),
            ("export\tA=1", "1"),
            ("A: 1", "1"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=a#b", "a"),
            ("A=a b # c", "a b"),
            ("A='a#b'", "a#b"),
            ("A='a' # c", "a"),
            ("A=\"a\\nb\"", "a\nb"),
            ("A='a\\nb'", "a\\nb"),
            ("A=`it's \"x\"`", "it's \"x\""),
            ("A='a\\'b'", "a\\'b"),
            ("A=\"two\nlines\"", "two\nlines"),
            ("A=\"open", "\"open"),
            ("A='a' b", "'a' b"),
            ("A=\"a\"b\"", "a\"b"),
            ("A='a'b'", "a'b"),
            ("A=`x`y` # c", "x`y"),
            ("A=\"x\" \"y\"", "x\" \"y"),
            ("A=\"x\\ny\"z", "\"x\ny\"z"),
            ("A='", "'"),
            ("A\n=1", "1"),
            ("A=\n'x'", "x"),
            ("A=${B}", "${B}"),
            ("A=a=b", "a=b"),
            ("\u{feff}A=1", "1"),
            ("A=1\r", "1"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                read(text),
                [("A".to_owned(), expected.to_owned())],
                "{text:?}"
            );
        }
        assert_eq!(read("export=1"), [("export".to_owned(), "1".to_owned())]);
        assert_eq!(read("a.b-c=1"), [("a.b-c".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn lines_that_cannot_be_read_are_named_but_not_shown() {
        let text = "# comment\n\nA=\"x\ny\"\nwhat secret is this\nB=2\r\n=3\nA:1\nC=3";
        let read = parse(&".env".into(), text);
        let names: Vec<&str> = read
            .variables
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["A", "B", "C"]);
        let lines: Vec<_> = read.warnings.iter().map(|w| w.place().line()).collect();
        assert_eq!(lines, [Some(5), Some(7), Some(8)]);
        assert!(!read.warnings[0].to_string().contains("secret"));
    }
}
