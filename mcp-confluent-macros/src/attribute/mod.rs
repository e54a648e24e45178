//! The keys of the attributes: [`Common`] ones here, the others in a file each.

mod prompt;
mod resource;
mod tool;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Expr, ExprPath, Ident, LitStr, Token, ext::IdentExt, parse::Parser, punctuated::Punctuated,
};

pub(crate) use self::{prompt::PromptAttribute, resource::ResourceAttribute, tool::ToolAttribute};
use crate::{keys, kind::Kind, names, problems::Problems};

/// The keys that tools, resources and prompts all have. Where one is wrong it is reported and left
/// out.
pub(crate) struct Common {
    kind: Kind,
    /// An expression of type `Category`.
    pub(crate) category: Option<TokenStream>,
    pub(crate) experimental: bool,
    name: Option<LitStr>,
    title: Option<LitStr>,
    pub(crate) requires: Vec<Expr>,
}

impl Common {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            category: None,
            experimental: false,
            name: None,
            title: None,
            requires: Vec::new(),
        }
    }

    /// Reads `key` if it is one of these; whether it was.
    fn read(&mut self, key: &keys::Key, problems: &Problems) -> bool {
        match key.name.to_string().as_str() {
            "category" => self.category = key.expr("Kafka", problems).map(category),
            "experimental" => self.experimental = key.word(problems),
            "name" => {
                self.name = key.literal("\"list-topics\"", problems).cloned();
                if let Some(name) = &self.name {
                    // A name that clients know from elsewhere may be in snake case.
                    let kebab = name.value().replace('_', "-");
                    check_name(self.kind, &kebab, name.span(), problems);
                }
            }
            "title" => self.title = key.literal("\"List topics\"", problems).cloned(),
            "requires" => self.requires = requires(key, problems),
            _ => return false,
        }
        true
    }

    /// Reports that the category is missing.
    fn check_category(keys: &keys::Keys, kind: Kind, problems: &Problems) {
        if !keys.mentions("category") {
            let message = match kind {
                Kind::Tool => "say what the tool works on, for example `category = Kafka`",
                Kind::Resource => "say what the resource is of, for example `category = Kafka`",
                Kind::Prompt => "say what the prompt is about, for example `category = Kafka`",
            };
            problems.at(Span::call_site(), message);
        }
    }

    /// The name on the wire: the one in the attribute, or the function's in `kebab-case`.
    pub(crate) fn wire_name(&self, function: &Ident, problems: &Problems) -> String {
        if let Some(name) = &self.name {
            return name.value();
        }
        let name = function.unraw().to_string().replace('_', "-");
        check_name(self.kind, &name, function.span(), problems);
        name
    }

    /// The name for people: the one in the attribute, or the function's as a sentence.
    pub(crate) fn title(&self, function: &Ident) -> String {
        self.title.as_ref().map_or_else(
            || names::sentence(&function.unraw().to_string()),
            LitStr::value,
        )
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

/// Checks the name of a tool, a resource or a prompt.
fn check_name(kind: Kind, name: &str, span: Span, problems: &Problems) {
    if !names::is_tool_name(name) {
        problems.at(
            span,
            format!(
                "a {} name is lowercase words joined by `-`, at most 64 characters; try \"{}\"",
                kind.noun(),
                names::suggested_tool_name(name)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_is_given_may_be_in_snake_case() {
        let read = |tokens| {
            let problems = Problems::default();
            let keys = keys::parse("confluent_tool", &["name"], tokens, &problems);
            let mut common = Common::new(Kind::Tool);
            common.read(&keys.keys[0], &problems);
            let name = common.wire_name(&quote::format_ident!("unused"), &problems);
            problems.finish().is_none().then_some(name)
        };
        let name = read(quote!(name = "get_weather"));
        assert_eq!(name.as_deref(), Some("get_weather"));
        assert_eq!(read(quote!(name = "get__weather")), None);
        assert_eq!(read(quote!(name = "Get_weather")), None);
    }

    #[test]
    fn a_bare_category_is_a_variant_and_any_other_is_an_expression() {
        let category = |tokens| category(&syn::parse2(tokens).unwrap()).to_string();
        let variant = quote!(::mcp_confluent::Category::Kafka).to_string();
        assert_eq!(category(quote!(Kafka)), variant);
        let other = quote!(Category::Other("acme"));
        assert_eq!(category(other.clone()), other.to_string());
    }
}
