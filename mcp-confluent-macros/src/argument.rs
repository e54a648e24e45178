//! The keys of `#[arg(…)]`, on a parameter of a function or a field of a type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, LitStr, Meta, Type, ext::IdentExt, spanned::Spanned};

use crate::{keys, kind::Kind, names, problems::Problems};

/// Keys of a field: headers and secrets are whole arguments.
pub(crate) const FIELD: &[&str] = &["default", "range", "length", "pattern", "name", "example"];
/// Keys of the content of a variant.
pub(crate) const CONTENT: &[&str] = &["range", "length", "pattern", "example"];
/// Keys of a variant.
pub(crate) const VARIANT: &[&str] = &["name"];

/// What `#[arg(…)]` says.
#[derive(Default)]
pub(crate) struct ArgKeys {
    pub(crate) default: Option<DefaultValue>,
    pub(crate) name: Option<LitStr>,
    /// An async function that lists values, or an array of them.
    pub(crate) complete: Option<Expr>,
    constraints: Vec<Constraint>,
}

/// The value of an argument that is left out.
pub(crate) enum DefaultValue {
    /// `default`: that of the type.
    OfType,
    /// `default = expression`
    Expr(Box<Expr>),
}

enum Constraint {
    Range(Expr),
    Length(Expr),
    Pattern(LitStr),
    Example(Expr),
    Header(LitStr),
    Secret,
}

/// Whether `attribute` is `#[arg(…)]`.
pub(crate) fn is_arg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("arg")
}

/// Whether `attribute` is a doc comment.
pub(crate) fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

impl ArgKeys {
    /// Reads every `#[arg(…)]` among `attributes`.
    pub(crate) fn parse(
        attributes: &[Attribute],
        known: &[&'static str],
        problems: &Problems,
    ) -> Self {
        let mut tokens = TokenStream::new();
        for attribute in attributes.iter().filter(|attribute| is_arg(attribute)) {
            match &attribute.meta {
                Meta::List(list) => {
                    let inner = &list.tokens;
                    tokens.extend(quote!(#inner,));
                }
                other => problems.on(other, "write the keys in parentheses: `#[arg(default)]`"),
            }
        }
        // Two lists that each end with a comma.
        let tokens = without_empty_items(tokens);
        let mut out = Self::default();
        for key in &keys::parse("arg", known, tokens, problems).keys {
            out.read(key, problems);
        }
        out
    }

    fn read(&mut self, key: &keys::Key, problems: &Problems) {
        let constraint = match key.name.to_string().as_str() {
            "default" => {
                self.default = match &key.value {
                    keys::Value::Expr(expr) => Some(DefaultValue::Expr(expr.clone())),
                    keys::Value::Wrong => None,
                    keys::Value::Word => Some(DefaultValue::OfType),
                    keys::Value::List(list) => {
                        problems.on(list, "write the default behind `=`: `default = 10`");
                        None
                    }
                };
                None
            }
            "name" => {
                self.name = key.literal("\"topicName\"", problems).cloned();
                None
            }
            "complete" => {
                self.complete = key.expr("topics", problems).cloned();
                None
            }
            "range" => range(key, "1..=100", problems).map(Constraint::Range),
            "length" => range(key, "1..=249", problems).map(Constraint::Length),
            "pattern" => key
                .literal("\"^[a-z]+$\"", problems)
                .cloned()
                .map(Constraint::Pattern),
            "example" => key
                .expr("\"orders\"", problems)
                .cloned()
                .map(Constraint::Example),
            "header" => {
                let name = key.literal("\"Topic\"", problems);
                if let Some(name) = name {
                    check_header(name, problems);
                }
                name.cloned().map(Constraint::Header)
            }
            _ => key.word(problems).then_some(Constraint::Secret),
        };
        self.constraints.extend(constraint);
    }

    /// The name on the wire: the one given, or `ident` in `camelCase`; checked.
    pub(crate) fn wire_name(&self, ident: &syn::Ident, problems: &Problems) -> String {
        let (name, span) = if let Some(name) = &self.name {
            (name.value(), name.span())
        } else {
            (names::camel_case(&ident.unraw().to_string()), ident.span())
        };
        if !names::is_argument_name(&name) {
            problems.at(
                span,
                "the name of an argument is a letter followed by letters, digits and `_`",
            );
        }
        name
    }

    /// `fn() -> Keywords` for each constraint, for an argument of type `ty`.
    ///
    /// What a type cannot have (the range of a text) is reported by rustc at `ty`.
    pub(crate) fn keywords(&self, ty: &Type) -> Vec<TokenStream> {
        let span = ty.span();
        let of = |function: &str, value: TokenStream| {
            let function = Ident::new(function, span);
            quote_spanned!(span=> || ::mcp_confluent::__private::#function::<#ty>(#value))
        };
        self.constraints
            .iter()
            .map(|constraint| match constraint {
                Constraint::Range(range) => of("range", range.to_token_stream()),
                Constraint::Length(range) => of("length", range.to_token_stream()),
                Constraint::Pattern(regex) => of("pattern", regex.to_token_stream()),
                Constraint::Example(value) => {
                    quote!(|| ::mcp_confluent::__private::example(#value))
                }
                Constraint::Header(name) => quote!(|| ::mcp_confluent::__private::header(#name)),
                Constraint::Secret => quote!(::mcp_confluent::__private::secret),
            })
            .collect()
    }
}

impl DefaultValue {
    /// An expression of the default.
    pub(crate) fn expr(&self, ty: &Type) -> TokenStream {
        match self {
            Self::OfType => {
                quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
            }
            Self::Expr(expr) => expr.to_token_stream(),
        }
    }
}

fn range(key: &keys::Key, example: &str, problems: &Problems) -> Option<Expr> {
    match key.expr(example, problems)? {
        range @ Expr::Range(_) => Some(range.clone()),
        other => {
            problems.on(
                other,
                format!("`{}` is a Rust range such as `{example}`", key.name),
            );
            None
        }
    }
}

/// A header name is an HTTP token; words joined by `-` are all of it that is needed.
fn check_header(name: &LitStr, problems: &Problems) {
    let text = name.value();
    let is_token = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !is_token || text.is_empty() || text.starts_with('-') || text.ends_with('-') {
        problems.on(
            name,
            "a header name is letters, digits and `-`, for example `Topic`",
        );
    }
}

fn without_empty_items(tokens: TokenStream) -> TokenStream {
    let mut after_comma = true;
    tokens
        .into_iter()
        .filter(|token| {
            let is_comma =
                matches!(token, proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ',');
            let keep = !(is_comma && after_comma);
            after_comma = is_comma;
            keep
        })
        .collect()
}

/// Reports what is wrong with `name` as the name of a whole argument.
pub(crate) fn check_reserved(kind: Kind, name: &str, span: Span, problems: &Problems) {
    if kind == Kind::Resource {
        if name == crate::uri::CONNECTION {
            let message =
                "`connection` is reserved: it routes the read, and `cx.connection()` has it";
            problems.at(span, message);
        }
    } else if let Some(why) = names::reserved(name) {
        problems.at(span, format!("`{name}` is reserved: {why}"));
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn parse(attributes: &[Attribute]) -> (ArgKeys, String) {
        let problems = Problems::default();
        let keys = ArgKeys::parse(attributes, Kind::Tool.argument_keys(), &problems);
        (
            keys,
            problems
                .finish()
                .map(|errors| errors.to_string())
                .unwrap_or_default(),
        )
    }

    #[test]
    fn keys_of_several_attributes_are_read_together() {
        let (keys, errors) = parse(&[
            parse_quote!(#[arg(default = 10, range = 1..=1000,)]),
            parse_quote!(#[arg(name = "maxRows", secret)]),
        ]);
        assert_eq!(errors, "");
        assert!(matches!(keys.default, Some(DefaultValue::Expr(_))));
        assert_eq!(keys.name.as_ref().unwrap().value(), "maxRows");
        assert_eq!(keys.keywords(&parse_quote!(u32)).len(), 2);
    }

    #[test]
    fn wrong_values_say_what_is_wanted() {
        let (_, errors) = parse(&[parse_quote!(#[arg(
            range = 5, length, pattern = 1, header = "X Y", default(3), secret = true
        )])]);
        for message in [
            "`range` is a Rust range such as `1..=100`",
            "`length` needs a value, for example `length = 1..=249`",
            "`pattern` is a text such as",
            "a header name is letters, digits and `-`",
            "write the default behind `=`",
            "`secret` is a word and takes no value",
        ] {
            assert!(errors.contains(message), "{message} is not in {errors}");
        }
        let (_, errors) = parse(&[parse_quote!(#[arg]), parse_quote!(#[arg = 5])]);
        assert_eq!(errors.matches("write the keys in parentheses").count(), 2);
    }

    #[test]
    fn a_wire_name_is_camel_case() {
        let problems = Problems::default();
        let keys = ArgKeys::default();
        assert_eq!(
            keys.wire_name(&parse_quote!(topic_name), &problems),
            "topicName"
        );
        assert_eq!(keys.wire_name(&parse_quote!(r#type), &problems), "type");
        assert!(problems.finish().is_none());
    }
}
