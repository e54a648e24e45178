//! `#[confluent_type]`: data that goes into or comes out of a tool.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Field, Fields, Generics, Ident, Item, ItemEnum, ItemStruct, Meta, Token, Type,
    ext::IdentExt, parse::Parser, punctuated::Punctuated,
};

use crate::{
    argument::{self, ArgKeys, DefaultValue, is_arg},
    docs, keys,
    problems::Problems,
};

/// Expands `#[confluent_type(attribute)] item`.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let problems = Problems::default();
    let text = text(attribute, &problems);
    let expanded = match syn::parse2(item.clone()) {
        Ok(Item::Struct(item)) => structure(item, text.as_ref(), &problems),
        Ok(Item::Enum(item)) => enumeration(item, text.as_ref(), &problems),
        Ok(other) => {
            problems.at(
                keyword_span(&other),
                "`#[confluent_type]` goes on a struct with named fields or on an enum",
            );
            item
        }
        Err(error) => {
            problems.add(error);
            item
        }
    };
    let errors = problems.finish();
    quote!(#expanded #errors)
}

fn keyword_span(item: &Item) -> Span {
    match item {
        Item::Fn(item) => item.sig.fn_token.span,
        Item::Union(item) => item.union_token.span,
        Item::Type(item) => item.type_token.span,
        Item::Trait(item) => item.trait_token.span,
        Item::Impl(item) => item.impl_token.span,
        Item::Mod(item) => item.mod_token.span,
        _ => Span::call_site(),
    }
}

/// The arguments of `text("format", …)`.
fn text(attribute: TokenStream, problems: &Problems) -> Option<TokenStream> {
    let keys = keys::parse("confluent_type", &["text"], attribute, problems);
    let key = keys.keys.first()?;
    match &key.value {
        keys::Value::List(list) if !list.stream().is_empty() => Some(list.stream()),
        keys::Value::Wrong => None,
        _ => {
            let example = "`text(\"{} topics\", self.names.len())`";
            problems.at(
                key.span(),
                format!("`text` is a format string and its values: {example}"),
            );
            None
        }
    }
}

fn structure(mut item: ItemStruct, text: Option<&TokenStream>, problems: &Problems) -> TokenStream {
    let description = described("type", &item.ident, &item.attrs, problems);
    check_generics(&item.generics, problems);
    let mut defaults = Defaults::new(&item.ident);
    match &mut item.fields {
        Fields::Named(fields) => {
            for field in &mut fields.named {
                complete_field(field, &mut defaults, problems);
            }
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 && text.is_none() => {}
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => problems.on(
            &fields.unnamed,
            "a result with a text has named fields: they are the keys of its structured content",
        ),
        Fields::Unnamed(fields) => {
            problems.on(&fields.unnamed, "name the fields: a model reads the names");
        }
        Fields::Unit => problems.on(
            &item.ident,
            "a type without fields is written `struct Name {}`",
        ),
    }
    let ident = item.ident.clone();
    let container = container(
        &item.attrs,
        &description,
        &["rename_all", "deny_unknown_fields"],
    );
    print(&container, &item, &ident, text, &defaults)
}

fn enumeration(mut item: ItemEnum, text: Option<&TokenStream>, problems: &Problems) -> TokenStream {
    let description = described("type", &item.ident, &item.attrs, problems);
    check_generics(&item.generics, problems);
    if text.is_some() {
        problems.on(
            &item.ident,
            "a result with a text is a struct: its root must be an object",
        );
    }
    let mut defaults = Defaults::new(&item.ident);
    for variant in &mut item.variants {
        let description = described("variant", &variant.ident, &variant.attrs, problems);
        let keys = ArgKeys::parse(&variant.attrs, argument::VARIANT, problems);
        variant.attrs.retain(|attribute| !is_arg(attribute));
        let name = keys.name.map(|name| quote!(#[serde(rename = #name)]));
        variant.attrs.extend(attributes(
            &quote!(#name #[schemars(description = #description)]),
        ));
        match &mut variant.fields {
            Fields::Named(fields) => {
                for field in &mut fields.named {
                    complete_field(field, &mut defaults, problems);
                }
            }
            Fields::Unnamed(fields) if fields.unnamed.len() > 1 => {
                problems.on(&fields.unnamed, "name the fields: a model reads the names");
            }
            Fields::Unnamed(fields) => {
                for field in &mut fields.unnamed {
                    complete_content(field, problems);
                }
            }
            Fields::Unit => {}
        }
    }
    let ident = item.ident.clone();
    let container = container(
        &item.attrs,
        &description,
        &["rename_all", "rename_all_fields", "deny_unknown_fields"],
    );
    print(&container, &item, &ident, None, &defaults)
}

/// The text of a type, a variant or a field, which must have one.
fn described(what: &str, ident: &Ident, attrs: &[Attribute], problems: &Problems) -> String {
    docs::text(attrs, problems).unwrap_or_else(|| {
        problems.on(
            ident,
            format!(
                "{what} `{}` has no doc comment\n\
                 write `/// ...` above it: the text goes into the schema",
                ident.unraw()
            ),
        );
        String::new()
    })
}

fn check_generics(generics: &Generics, problems: &Problems) {
    if !generics.params.is_empty() {
        problems.on(
            generics,
            "a `#[confluent_type]` is not generic: its schema is one schema",
        );
    }
}

/// Gives a named field its description, and what its `#[arg(…)]` says.
fn complete_field(field: &mut Field, defaults: &mut Defaults, problems: &Problems) {
    let Some(ident) = field.ident.clone() else {
        return;
    };
    let description = described("field", &ident, &field.attrs, problems);
    let keys = ArgKeys::parse(&field.attrs, argument::FIELD, problems);
    let name = keys.name.as_ref().map(|name| {
        keys.wire_name(&ident, problems);
        quote!(#[serde(rename = #name)])
    });
    let default = keys.default.as_ref().map(|default| match default {
        DefaultValue::OfType => quote!(#[serde(default)]),
        DefaultValue::Expr(expr) => {
            let path = defaults.add(expr, &field.ty);
            quote!(#[serde(default = #path)])
        }
    });
    let constraints = constraints(&keys, &field.ty);
    field.attrs.retain(|attribute| !is_arg(attribute));
    field.attrs.extend(attributes(&quote! {
        #name #default
        #[schemars(description = #description)]
        #constraints
    }));
}

/// The content of a variant with one unnamed field is described by the variant.
fn complete_content(field: &mut Field, problems: &Problems) {
    let keys = ArgKeys::parse(&field.attrs, argument::CONTENT, problems);
    let constraints = constraints(&keys, &field.ty);
    field.attrs.retain(|attribute| !is_arg(attribute));
    field.attrs.extend(attributes(&constraints));
}

fn constraints(keys: &ArgKeys, ty: &Type) -> TokenStream {
    let keywords = keys.keywords(ty);
    if keywords.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[schemars(transform = |schema: &mut ::mcp_confluent::__private::schemars::Schema| {
            ::mcp_confluent::__private::apply(schema, &[#(#keywords),*]);
        })]
    }
}

/// Functions that make the default values of fields, which serde finds by path.
struct Defaults {
    owner: Ident,
    functions: Vec<TokenStream>,
}

impl Defaults {
    fn new(owner: &Ident) -> Self {
        Self {
            owner: owner.clone(),
            functions: Vec::new(),
        }
    }

    fn add(&mut self, value: impl ToTokens, ty: &Type) -> String {
        let name = format_ident!("__default_{}", self.functions.len());
        self.functions.push(quote! {
            #[doc(hidden)]
            fn #name() -> #ty {
                #value
            }
        });
        format!("{}::{name}", self.owner)
    }
}

/// The attributes of the type, before its own ones.
fn container(attrs: &[Attribute], description: &str, serde: &[&str]) -> TokenStream {
    let own = given(attrs, "derive");
    let derives = [
        ("Debug", quote!(::core::fmt::Debug)),
        ("Clone", quote!(::core::clone::Clone)),
        (
            "Serialize",
            quote!(::mcp_confluent::__private::serde::Serialize),
        ),
        (
            "Deserialize",
            quote!(::mcp_confluent::__private::serde::Deserialize),
        ),
        (
            "JsonSchema",
            quote!(::mcp_confluent::__private::schemars::JsonSchema),
        ),
    ]
    .into_iter()
    .filter(|(name, _)| !own.iter().any(|given| given == name))
    .map(|(_, path)| path);
    let own = given(attrs, "serde");
    let serde = serde
        .iter()
        .filter(|key| !own.iter().any(|own| own == **key))
        .map(|key| {
            let key = Ident::new(key, Span::call_site());
            if key == "deny_unknown_fields" {
                quote!(#key)
            } else {
                quote!(#key = "camelCase")
            }
        });
    quote! {
        #[derive(#(#derives),*)]
        #[serde(crate = "::mcp_confluent::__private::serde", #(#serde),*)]
        #[schemars(crate = "::mcp_confluent::__private::schemars", description = #description)]
    }
}

/// The names listed in `#[attribute(…)]`.
fn given(attrs: &[Attribute], attribute: &str) -> Vec<String> {
    let lists = attrs
        .iter()
        .filter(|it| it.path().is_ident(attribute))
        .filter_map(|it| match &it.meta {
            Meta::List(list) => Some(list.tokens.clone()),
            _ => None,
        });
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    lists
        .filter_map(|tokens| parse.parse2(tokens).ok())
        .flatten()
        .filter_map(|meta| {
            meta.path()
                .segments
                .last()
                .map(|last| last.ident.to_string())
        })
        .collect()
}

fn attributes(tokens: &TokenStream) -> Vec<Attribute> {
    Attribute::parse_outer
        .parse2(tokens.clone())
        .unwrap_or_default()
}

fn print(
    container: &TokenStream,
    item: &impl ToTokens,
    ident: &Ident,
    text: Option<&TokenStream>,
    defaults: &Defaults,
) -> TokenStream {
    let functions = &defaults.functions;
    let defaults = (!functions.is_empty()).then(|| quote!(impl #ident { #(#functions)* }));
    let prose = text.map(|text| {
        quote! {
            fn prose(&self) -> ::std::string::String {
                ::std::format!(#text)
            }
        }
    });
    let output = text.map(|_| {
        quote! {
            impl ::mcp_confluent::__private::ToolOutput for #ident {
                fn schema() -> ::core::option::Option<::mcp_confluent::__private::Object> {
                    ::core::option::Option::Some(::mcp_confluent::__private::output::<Self>())
                }
                fn render(self) -> ::mcp_confluent::Result<::mcp_confluent::__private::Rendered> {
                    ::mcp_confluent::__private::render(&self)
                }
            }
        }
    });
    quote! {
        #container
        #item
        #defaults
        const _: () = {
            impl ::mcp_confluent::__private::ToolArg for #ident {}
            impl ::mcp_confluent::__private::Prose for #ident { #prose }
            #output
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the snapshot of the test.
    #[track_caller]
    fn check(name: &str, expanded: &str) {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name, expanded);
        });
    }

    /// What the attribute writes, formatted.
    fn expanded(attribute: TokenStream, item: TokenStream) -> String {
        let file = syn::parse2(expand(attribute, item)).expect("the expansion is Rust");
        prettyplease::unparse(&file)
    }

    #[test]
    fn a_result_with_a_text() {
        check(
            "a_result_with_a_text",
            &expanded(
                quote!(text("{} topics", self.names.len())),
                quote! {
                    /// Topics of
                    /// one cluster.
                    #[derive(PartialEq, Clone)]
                    pub struct Topics {
                        /// Their names.
                        #[arg(length = 1.., name = "topicNames")]
                        names: Vec<String>,
                        /// How many were asked for.
                        #[arg(default = 10, range = 1..=100)]
                        limit: u32,
                    }
                },
            ),
        );
    }

    #[test]
    fn an_enum_with_every_kind_of_variant() {
        check(
            "an_enum_with_every_kind_of_variant",
            &expanded(
                TokenStream::new(),
                quote! {
                    /// Where to start.
                    #[serde(rename_all = "UPPERCASE")]
                    enum Start {
                        /// At the oldest record.
                        Earliest,
                        /// At this offset.
                        #[arg(name = "at")]
                        Offset(#[arg(range = 0..)] i64),
                        /// In this window.
                        Window {
                            /// Its start.
                            #[arg(default)]
                            from_ms: i64,
                        },
                    }
                },
            ),
        );
    }

    #[test]
    fn a_mistake_leaves_the_type_and_its_traits() {
        let expanded = expanded(
            quote!(),
            quote!(
                struct Topics {
                    names: Vec<String>,
                }
            ),
        );
        assert!(
            expanded.contains("type `Topics` has no doc comment"),
            "{expanded}"
        );
        assert!(
            expanded.contains("field `names` has no doc comment"),
            "{expanded}"
        );
        assert!(expanded.contains("ToolArg for Topics"), "{expanded}");
    }
}
