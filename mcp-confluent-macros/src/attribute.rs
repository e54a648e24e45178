//! The keys of `#[confluent_tool(…)]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprPath, Ident, LitStr, Token, ext::IdentExt, parse::Parser, punctuated::Punctuated,
};

use crate::{keys, names, problems::Problems};

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
#[derive(Default)]
pub(crate) struct ToolAttribute {
    /// The variant of `Effect`, with the span of the word.
    pub(crate) effect: Option<Ident>,
    /// An expression of type `Category`.
    pub(crate) category: Option<TokenStream>,
    pub(crate) idempotent: bool,
    pub(crate) long_running: bool,
    pub(crate) experimental: bool,
    pub(crate) confirm: Option<LitStr>,
    /// Whether a call only reads, over its arguments.
    pub(crate) reads_when: Option<Expr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) title: Option<LitStr>,
    pub(crate) requires: Vec<Expr>,
}

impl ToolAttribute {
    pub(crate) fn parse(tokens: TokenStream, problems: &Problems) -> Self {
        let keys = keys::parse("confluent_tool", KEYS, tokens, problems);
        let mut out = Self::default();
        let mut has_category = keys.missed.contains(&"category");
        for key in &keys.keys {
            match key.name.to_string().as_str() {
                word @ ("read_only" | "write" | "destructive") => {
                    key.word(problems);
                    out.set_effect(word, key.span(), problems);
                }
                "idempotent" => out.idempotent = key.word(problems),
                "long_running" => out.long_running = key.word(problems),
                "experimental" => out.experimental = key.word(problems),
                "category" => {
                    has_category = true;
                    out.category = key.expr("Kafka", problems).map(category);
                }
                "confirm" => {
                    let example = "\"Delete {topics:?}?\"";
                    out.confirm = key.literal(example, problems).cloned();
                }
                "reads_when" => {
                    out.reads_when = key.expr("is_query(sql)", problems).cloned();
                }
                "name" => {
                    out.name = key.literal("\"list-topics\"", problems).cloned();
                    if let Some(name) = &out.name {
                        // A name that clients know from elsewhere may be in snake case.
                        check_name(&name.value().replace('_', "-"), name.span(), problems);
                    }
                }
                "title" => out.title = key.literal("\"List topics\"", problems).cloned(),
                _ => out.requires = requires(key, problems),
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
        if !has_category {
            problems.at(
                Span::call_site(),
                "say what the tool works on, for example `category = Kafka`",
            );
        }
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

/// A bare word is a variant of `Category`, looked up by rustc, so that it can suggest another;
/// anything else stands for itself.
fn category(expr: &Expr) -> TokenStream {
    match expr {
        Expr::Path(ExprPath {
            attrs,
            qself: None,
            path,
        }) if attrs.is_empty() => match path.get_ident() {
            Some(variant) => quote!(::mcp_confluent::Category::#variant),
            None => expr.to_token_stream(),
        },
        _ => expr.to_token_stream(),
    }
}

fn requires(key: &keys::Key, problems: &Problems) -> Vec<Expr> {
    let keys::Value::List(group) = &key.value else {
        if !matches!(key.value, keys::Value::Wrong) {
            let message = "`requires` lists what a connection must offer: `requires(ACME)`";
            problems.at(key.span(), message);
        }
        return Vec::new();
    };
    match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(group.stream()) {
        Ok(requirements) => requirements.into_iter().collect(),
        Err(error) => {
            problems.add(error);
            Vec::new()
        }
    }
}

/// Checks the name of a tool.
pub(crate) fn check_name(name: &str, span: Span, problems: &Problems) {
    if !names::is_tool_name(name) {
        problems.at(
            span,
            format!(
                "a tool name is lowercase words joined by `-`, at most 64 characters; try \"{}\"",
                names::suggested_tool_name(name)
            ),
        );
    }
}

/// The name on the wire: the one in the attribute, or the function's in `kebab-case`.
pub(crate) fn tool_name(
    attribute: &ToolAttribute,
    function: &Ident,
    problems: &Problems,
) -> String {
    if let Some(name) = &attribute.name {
        return name.value();
    }
    let name = function.unraw().to_string().replace('_', "-");
    check_name(&name, function.span(), problems);
    name
}

#[cfg(test)]
mod tests {
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
        assert!(attribute.idempotent && attribute.long_running && attribute.experimental);
        assert_eq!(attribute.confirm.unwrap().value(), "Delete {topics:?}?");
        assert!(attribute.reads_when.is_some());
        assert_eq!(attribute.name.unwrap().value(), "delete-all");
        assert_eq!(attribute.title.unwrap().value(), "Delete all");
        assert_eq!(attribute.requires.len(), 2);
    }

    #[test]
    fn a_bare_category_is_a_variant_and_any_other_is_an_expression() {
        let category = |tokens| parse(tokens).0.category.unwrap().to_string();
        let variant = quote!(::mcp_confluent::Category::Kafka).to_string();
        assert_eq!(category(quote!(write, category = Kafka)), variant);
        let other = quote!(Category::Other("acme"));
        assert_eq!(
            category(quote!(write, category = #other)),
            other.to_string()
        );
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
