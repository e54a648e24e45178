//! Names and texts, quoted so that they stay what they are.

use std::fmt::{self, Display, Formatter, Write as _};

/// A name of a catalog, database, table or column: between backticks.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a>(pub &'a str);

/// A text: between single quotes.
#[derive(Debug, Clone, Copy)]
pub struct Literal<'a>(pub &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        quoted(self.0, '`', f)
    }
}

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        quoted(self.0, '\'', f)
    }
}

fn quoted(text: &str, quote: char, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char(quote)?;
    for character in text.chars() {
        if character == quote {
            f.write_char(quote)?;
        }
        f.write_char(character)?;
    }
    f.write_char(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_are_doubled() {
        assert_eq!(Name("a`.`b").to_string(), "`a``.``b`");
        assert_eq!(Literal("' OR ''='").to_string(), "''' OR ''''='''");
        assert_eq!(Literal("\\").to_string(), "'\\'");
        assert_eq!(Name("größe").to_string(), "`größe`");
    }
}
