//! The keys of `#[confluent_tool(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Ident, LitStr};

use super::Common;
use crate::{keys, kind::Kind, problems::Problems};

const KEYS: &[&str] = &[
    "read_only",
    "write",
    "destructive",
    "category",
    "idempotent",
    "long_running",
    "confirm",
    "reads_when",
    "name",
    "title",
    "requires",
    "experimental",
];

/// What `#[confluent_tool(…)]` says. Where a key is wrong it is reported and left out.
pub(crate) struct ToolAttribute {
    pub(crate) common: Common,
    /// The variant of `Effect`, with the span of the word.
    pub(crate) effect: Option<Ident>,
    pub(crate) idempotent: bool,
    pub(crate) long_running: bool,
    pub(crate) confirm: Option<LitStr>,
    /// Whether a call only reads, over its arguments.
    pub(crate) reads_when: Option<Expr>,
}

impl ToolAttribute {
    pub(crate) fn parse(tokens: TokenStream, problems: &Problems) -> Self {
        let keys = keys::parse(Kind::Tool.attribute(), KEYS, tokens, problems);
        let mut out = Self {
            common: Common::new(Kind::Tool),
            effect: None,
            idempotent: false,
            long_running: false,
            confirm: None,
            reads_when: None,
        };
        for key in &keys.keys {
            if out.common.read(key, problems) {
                continue;
            }
            match key.name.to_string().as_str() {
                "idempotent" => out.idempotent = key.word(problems),
                "long_running" => out.long_running = key.word(problems),
                "confirm" => {
                    let example = "\"Delete {topics:?}?\"";
                    out.confirm = key.literal(example, problems).cloned();
                }
                "reads_when" => {
                    out.reads_when = key.expr("is_query(sql)", problems).cloned();
                }
                effect => {
                    key.word(problems);
                    out.set_effect(effect, key.span(), problems);
                }
            }
        }
        let meant_effect = ["read_only", "write", "destructive"]
            .iter()
            .any(|word| keys.missed.contains(word));
        if let (Some(effect), Some(reads_when)) = (&out.effect, &out.reads_when)
            && effect == "ReadOnly"
        {
            let message =
                "a `read_only` tool always reads; `reads_when` is for one that can do more";
            problems.on(reads_when, message);
        }
        if out.effect.is_none() && !meant_effect {
            problems.at(
                Span::call_site(),
                "say what the tool does to the cluster: `read_only`, `write` or `destructive`",
            );
        }
        Common::check_category(&keys, Kind::Tool, problems);
        out
    }

    fn set_effect(&mut self, word: &str, span: Span, problems: &Problems) {
        let variant = match word {
            "read_only" => "ReadOnly",
            "write" => "Write",
            _ => "Destructive",
        };
        if let Some(first) = &self.effect {
            let first = match first.to_string().as_str() {
                "ReadOnly" => "read_only",
                "Write" => "write",
                _ => "destructive",
            };
            let message = format!("a tool has one effect, and this one is already `{first}`");
            problems.at(span, message);
        } else {
            self.effect = Some(Ident::new(variant, Span::call_site()));
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::*;

    fn parse(tokens: TokenStream) -> (ToolAttribute, String) {
        let problems = Problems::default();
        let attribute = ToolAttribute::parse(tokens, &problems);
        (
            attribute,
            problems
                .finish()
                .map(|errors| errors.to_string())
                .unwrap_or_default(),
        )
    }

    #[test]
    fn every_key_is_read() {
        let (attribute, errors) = parse(quote!(
            destructive,
            category = Kafka,
            idempotent,
            long_running,
            experimental,
            confirm = "Delete {topics:?}?",
            reads_when = topics.is_empty(),
            name = "delete-all",
            title = "Delete all",
            requires(ACME, crate::OTHER)
        ));
        assert_eq!(errors, "");
        assert_eq!(attribute.effect.unwrap(), "Destructive");
        assert!(attribute.idempotent && attribute.long_running);
        assert_eq!(attribute.confirm.unwrap().value(), "Delete {topics:?}?");
        assert!(attribute.reads_when.is_some());
        let common = attribute.common;
        assert!(common.experimental && common.category.is_some());
        let function = format_ident!("other");
        let problems = Problems::default();
        assert_eq!(common.wire_name(&function, &problems), "delete-all");
        assert!(problems.finish().is_none());
        assert_eq!(common.title(&function), "Delete all");
        assert_eq!(common.requires.len(), 2);
    }

    #[test]
    fn an_effect_and_a_category_are_asked_for() {
        let (_, errors) = parse(quote!(idempotent));
        assert!(errors.contains("say what the tool does") && errors.contains("works on"));
        let (_, errors) = parse(quote!(readonly, categroy = Kafka));
        assert!(!errors.contains("say what"), "{errors}");
    }

    #[test]
    fn what_always_reads_has_no_condition_for_it() {
        let (_, errors) = parse(quote!(read_only, category = Kafka, reads_when = true));
        assert!(errors.contains("always reads"), "{errors}");
    }

    #[test]
    fn a_word_takes_no_value_and_a_text_needs_one() {
        let (_, errors) = parse(quote!(
            write = true,
            category = Kafka,
            name,
            title = 5,
            requires
        ));
        for message in [
            "`write` is a word and takes no value",
            "`name` needs a value, for example `name = \\\"list-topics\\\"`",
            "`title` is a text such as",
            "`requires` lists what",
        ] {
            assert!(errors.contains(message), "{message} is not in {errors}");
        }
    }
}
