//! SQL in pieces, as Flink cuts it.

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a bare name or a number.
    Word,
    /// A name between quotes.
    Name,
    /// A text between single quotes.
    Text,
    /// One character of anything else.
    Symbol,
}

/// A piece and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As written, with its quotes.
    pub(super) text: &'a str,
    /// Bytes before it.
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The name or text without its quotes.
    pub(super) fn inner(&self) -> String {
        let (Kind::Name | Kind::Text, Some(quote)) = (self.kind, self.text.chars().next()) else {
            return self.text.to_owned();
        };
        let inner = &self.text[1..];
        let inner = inner.strip_suffix(quote).unwrap_or(inner);
        inner.replace(&format!("{quote}{quote}"), &quote.to_string())
    }
}

/// The pieces of `sql` without its comments.
///
/// Hints (`/*+ … */`) are not comments: what is in them is cut like everything else, so that a quote
/// in a hint hides nothing behind it.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if rest.starts_with("--") || rest.starts_with("//") {
            (None, rest.find(['\n', '\r']).unwrap_or(rest.len()))
        } else if rest.starts_with("/*") && !rest.starts_with("/*+") {
            (None, rest[2..].find("*/").map_or(rest.len(), |end| end + 4))
        } else {
            let escapes = tokens
                .last()
                .is_some_and(|it| it.is_word("E") && it.start + it.text.len() == at);
            match first {
                '\'' => (Some(Kind::Text), quoted(rest, '\'', escapes)),
                '`' | '"' => (Some(Kind::Name), quoted(rest, first, false)),
                _ => match rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')) {
                    Some(0) => (Some(Kind::Symbol), first.len_utf8()),
                    end => (Some(Kind::Word), end.unwrap_or(rest.len())),
                },
            }
        };
        if let Some(kind) = kind {
            tokens.push(Token {
                kind,
                text: &rest[..length],
                start: at,
            });
        }
        at += length;
    }
    tokens
}

/// The length of what begins with a quote, up to the quote that ends it; two quotes are one inside.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote => {
                    characters.next();
                }
                _ => return at + quote.len_utf8(),
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokens(sql).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_are_left_out_and_quotes_keep_together() {
        assert_eq!(
            texts("-- a\nSELECT/* b ; */'it''s -- c', `x``y`, \"z\" // d\r;"),
            ["SELECT", "'it''s -- c'", ",", "`x``y`", ",", "\"z\"", ";"]
        );
        assert_eq!(texts("/* open"), [""; 0]);
        assert_eq!(texts("'open"), ["'open"]);
        assert_eq!(texts("größe$1 é"), ["größe$1", "é"]);
    }

    #[test]
    fn a_hint_and_an_escape_hide_nothing() {
        let hint = "SELECT /*+ OPTIONS('a'='*/') */ 1; DROP";
        assert_eq!(texts(hint).last(), Some(&"DROP"));
        assert_eq!(texts(r"SELECT E'\''; DROP").last(), Some(&"DROP"));
        assert_eq!(texts(r"SELECT '\'; DROP").last(), Some(&"DROP"));
    }

    #[test]
    fn quotes_are_taken_off() {
        let inner: Vec<_> = tokens("`a``b` 'c''d' e").iter().map(Token::inner).collect();
        assert_eq!(inner, ["a`b", "c'd", "e"]);
    }
}
