//! Subjects and the contexts they are in: `:.staging:orders` is `orders` in the context `.staging`.

/// The default context.
pub(super) const DEFAULT: &str = ".";

/// A subject's name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) context: String,
    /// Empty for the context itself, as in `:.staging:`.
    pub(super) name: String,
}

impl Subject {
    pub(super) fn parse(text: &str) -> Self {
        match split(text) {
            Some((context, name)) => Self {
                context: context.to_owned(),
                name: name.to_owned(),
            },
            None => Self {
                context: DEFAULT.to_owned(),
                name: text.to_owned(),
            },
        }
    }

    /// The name of `text` as it is meant inside the context of this one.
    pub(super) fn beside(&self, text: &str) -> Self {
        match split(text) {
            Some(_) => Self::parse(text),
            None => Self {
                context: self.context.clone(),
                name: text.to_owned(),
            },
        }
    }

    /// How it is written in requests and answers.
    pub(super) fn qualified(&self) -> String {
        qualified(&self.context, &self.name)
    }
}

pub(super) fn qualified(context: &str, name: &str) -> String {
    if context == DEFAULT {
        name.to_owned()
    } else {
        format!(":{context}:{name}")
    }
}

/// The context and the rest of a qualified name; `*` is all contexts.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let (context, name) = text.strip_prefix(':')?.split_once(':')?;
    (context.starts_with('.') || context == "*").then_some((context, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_and_together() {
        for (text, context, name) in [
            ("orders", ".", "orders"),
            (":.staging:orders", ".staging", "orders"),
            (":.staging:", ".staging", ""),
            (":odd", ".", ":odd"),
            (":x:y", ".", ":x:y"),
        ] {
            let subject = Subject::parse(text);
            assert_eq!(
                (subject.context.as_str(), subject.name.as_str()),
                (context, name)
            );
            assert_eq!(subject.qualified(), text);
        }
        assert_eq!(Subject::parse(":.:orders").qualified(), "orders");
        assert_eq!(Subject::parse(":.a:x").beside("y").qualified(), ":.a:y");
        assert_eq!(Subject::parse(":.a:x").beside(":.b:y").qualified(), ":.b:y");
    }
}
