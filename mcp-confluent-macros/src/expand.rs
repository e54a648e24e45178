//! What `#[confluent_tool]` writes: the function, untouched, and a table of constants.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Ident, LitStr, ReturnType, ext::IdentExt, spanned::Spanned};

use crate::{
    attribute::{self, ToolAttribute},
    docs, names,
    problems::Problems,
    signature::{Argument, Function, Parameter},
};

/// Expands `#[confluent_tool(attribute)] item`.
pub(crate) fn tool(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let problems = Problems::default();
    let attribute = ToolAttribute::parse(attribute, &problems);
    let Some(function) = Function::parse_item(item, &problems) else {
        let errors = problems.finish();
        return quote!(#item #errors);
    };
    function.check_shape(&problems);
    let parameters = function.parameters(&problems);
    let name = attribute::tool_name(&attribute, &function.signature.ident, &problems);
    let description = description(&function, &problems);
    if let Some(errors) = problems.finish() {
        // The function stays, so that nothing else in the crate breaks.
        let function = function
            .possible()
            .stripped(&quote!(#[allow(dead_code, unused_variables)]));
        return quote!(#function #errors);
    }
    let plain = function.signature.ident.unraw().to_string();
    let title = attribute
        .title
        .as_ref()
        .map_or_else(|| names::sentence(&plain), LitStr::value);
    Table {
        attribute,
        function,
        parameters,
        name,
        title,
        description,
    }
    .print()
}

fn description(function: &Function, problems: &Problems) -> String {
    docs::text(&function.attributes, problems).unwrap_or_else(|| {
        let ident = &function.signature.ident;
        problems.on(
            ident,
            format!(
                "tool `{}` has no doc comment\n\
                 write `/// ...` above it: the text is the tool's description",
                ident.unraw()
            ),
        );
        String::new()
    })
}

/// Everything that is printed.
struct Table {
    attribute: ToolAttribute,
    function: Function,
    parameters: Vec<Parameter>,
    name: String,
    title: String,
    description: String,
}

impl Table {
    fn print(&self) -> TokenStream {
        let function = self
            .function
            .stripped(&quote!(#[allow(clippy::too_many_arguments, clippy::unused_async)]));
        let cfgs = self.function.cfgs();
        let constants = self
            .parameters
            .iter()
            .enumerate()
            .map(|(i, it)| self.constant(i, it));
        let arguments = self.arguments();
        let tool = self.tool();
        let private = private();
        let symbol = format!(
            "mcp_confluent_tool_defined_twice__{}",
            self.name.replace('-', "_")
        );
        quote! {
            #function

            #(#cfgs)*
            const _: () = {
                #(#constants)*
                #arguments
                #tool
                ::mcp_confluent::__register! {
                    #[used]
                    #[unsafe(export_name = #symbol)]
                    static __TOOL_NAME: u8 = 0;
                }
                #private::inventory::submit! { #private::Entry::of::<__Tool>() }
            };
        }
    }

    /// The constant of one parameter. It alone asks for the parameter's trait, with the span of
    /// the parameter's type, so that a mistake is reported there, and once.
    fn constant(&self, index: usize, parameter: &Parameter) -> TokenStream {
        let constant = constant_name(index);
        match parameter {
            Parameter::Injected { ty, .. } => {
                let private = private_at(ty.span());
                quote_spanned! {ty.span()=>
                    const #constant: #private::Inject<#ty> = #private::Inject::<#ty>::new();
                }
            }
            Parameter::Argument(argument) => {
                let Argument {
                    ident,
                    ty,
                    name,
                    description,
                    keys,
                } = &**argument;
                let private = private_at(ty.span());
                let mut value =
                    quote_spanned!(ty.span()=> #private::Arg::<#ty>::new(#name, #description));
                if let Some(default) = &keys.default {
                    let default = default.expr(ty);
                    value.extend(quote!(.default(|| -> #ty { #default })));
                }
                let keywords = keys.keywords(ty);
                if !keywords.is_empty() {
                    value.extend(quote!(.keywords(&[#(#keywords),*])));
                }
                let private = private_at(ty.span());
                let declared = quote_spanned!(ty.span()=> #private::Arg<#ty>);
                let unclaimed = self.unclaimed(ident.span(), name);
                quote! {
                    const #constant: #declared = #value;
                    #unclaimed
                }
            }
        }
    }

    /// Checks that no injected parameter reads an argument of the same name.
    fn unclaimed(&self, span: Span, name: &str) -> TokenStream {
        let injected: Vec<_> = self.injected().map(|(i, _)| constant_name(i)).collect();
        if injected.is_empty() {
            return TokenStream::new();
        }
        let private = private_at(span);
        quote_spanned! {span=>
            const _: () = #private::unclaimed(#name, &[#(#injected.arguments()),*]);
        }
    }

    fn arguments(&self) -> TokenStream {
        let private = private();
        let arguments: Vec<_> = self
            .parameters
            .iter()
            .enumerate()
            .filter_map(|(i, parameter)| match parameter {
                Parameter::Argument(argument) => Some((constant_name(i), &**argument)),
                Parameter::Injected { .. } => None,
            })
            .collect();
        let constants: Vec<_> = arguments.iter().map(|(constant, _)| constant).collect();
        let fields: Vec<_> = arguments
            .iter()
            .map(|(_, argument)| &argument.ident)
            .collect();
        let types = arguments.iter().map(|(_, argument)| &argument.ty);
        let taken: Vec<_> = (0..arguments.len())
            .map(|i| format_ident!("__a{i}"))
            .collect();
        quote! {
            struct __Args {
                #(#fields: #types,)*
            }
            impl #private::Arguments for __Args {
                fn take(
                    __from: &mut #private::Object,
                    __problems: &mut ::std::vec::Vec<#private::Problem>,
                ) -> ::core::option::Option<Self> {
                    #(let #taken = #constants.take(__from, __problems);)*
                    ::core::option::Option::Some(Self { #(#fields: #taken?,)* })
                }
                fn describe(
                    __generator: &mut #private::schemars::SchemaGenerator,
                    __into: &mut #private::Properties,
                ) {
                    #(#constants.describe(__generator, __into);)*
                }
            }
            ::mcp_confluent::__arguments!(__Args);
        }
    }

    fn tool(&self) -> TokenStream {
        let private = private();
        let meta = self.meta();
        let returned = match &self.function.signature.output {
            ReturnType::Type(_, ty) => quote_spanned!(ty.span()=> type Return = #ty;),
            ReturnType::Default => TokenStream::new(),
        };
        let confirm = self
            .attribute
            .confirm
            .as_ref()
            .map(|question| self.confirm(question));
        let reads_when = self
            .attribute
            .reads_when
            .as_ref()
            .map(|condition| self.reads_when(condition));
        let call = self.call();
        quote! {
            struct __Tool;
            impl #private::Tool for __Tool {
                const META: &'static #private::Meta = &#meta;
                type Args = __Args;
                #returned
                #confirm
                #reads_when
                #call
            }
        }
    }

    fn meta(&self) -> TokenStream {
        let private = private();
        let Self {
            attribute,
            name,
            title,
            description,
            ..
        } = self;
        let ToolAttribute {
            effect,
            category,
            idempotent,
            long_running,
            experimental,
            requires,
            ..
        } = attribute;
        let confirm = attribute.confirm.is_some();
        let may_read = attribute.reads_when.is_some();
        let injected: Vec<_> = self.injected().map(|(i, _)| constant_name(i)).collect();
        let gate = (!requires.is_empty()).then(|| quote!(&[#(#requires),*]));
        quote! {
            #private::Meta {
                name: #name,
                title: #title,
                description: #description,
                effect: #private::Effect::#effect,
                category: #category,
                idempotent: #idempotent,
                long_running: #long_running,
                experimental: #experimental,
                confirm: #confirm,
                may_read: #may_read,
                requires: &[#(#injected.requires(),)* #gate],
                injected: &[#(#injected.arguments()),*],
                package: ::core::env!("CARGO_PKG_NAME"),
                file: ::core::file!(),
                line: ::core::line!(),
            }
        }
    }

    fn confirm(&self, question: &LitStr) -> TokenStream {
        let fields = self.fields();
        quote! {
            #[allow(unused_variables)]
            fn confirm(__args: &Self::Args) -> ::core::option::Option<::std::string::String> {
                let __Args { #(#fields),* } = __args;
                ::core::option::Option::Some(::std::format!(#question))
            }
        }
    }

    fn reads_when(&self, condition: &Expr) -> TokenStream {
        let fields = self.fields();
        quote! {
            #[allow(unused_variables)]
            fn only_reads(__args: &Self::Args) -> bool {
                let __Args { #(#fields),* } = __args;
                #condition
            }
        }
    }

    /// The names of the arguments.
    fn fields(&self) -> Vec<&Ident> {
        let arguments = self.parameters.iter();
        arguments
            .filter_map(|parameter| match parameter {
                Parameter::Argument(argument) => Some(&argument.ident),
                Parameter::Injected { .. } => None,
            })
            .collect()
    }

    fn call(&self) -> TokenStream {
        let private = private();
        let function = &self.function.signature.ident;
        let injected = self.injected().map(|(i, _)| {
            let (constant, value) = (constant_name(i), injected_name(i));
            quote!(let #value = #constant.get(&__cx).await?;)
        });
        let values = self.parameters.iter().enumerate().map(|(i, parameter)| {
            let value = injected_name(i);
            match parameter {
                Parameter::Injected {
                    by_reference: false,
                    ..
                } => quote!(#value),
                Parameter::Injected {
                    by_reference: true, ..
                } => quote!(&#value),
                Parameter::Argument(argument) => {
                    let field = &argument.ident;
                    quote!(__args.#field)
                }
            }
        });
        // With the span of the function's name, where a future that is not `Send` is reported.
        let future = quote_spanned! {function.span()=>
            ::std::boxed::Box::pin(async move {
                #(#injected)*
                ::core::result::Result::Ok(#function(#(#values),*).await)
            })
        };
        quote! {
            fn call(__cx: #private::ToolContext, __args: Self::Args) -> #private::Called<Self::Return> {
                #future
            }
        }
    }

    fn injected(&self) -> impl Iterator<Item = (usize, &Parameter)> {
        self.parameters
            .iter()
            .enumerate()
            .filter(|(_, parameter)| matches!(parameter, Parameter::Injected { .. }))
    }
}

fn constant_name(index: usize) -> Ident {
    format_ident!("__P{index}")
}

fn injected_name(index: usize) -> Ident {
    format_ident!("__i{index}")
}

fn private() -> TokenStream {
    private_at(Span::call_site())
}

/// The path of the library, with `span`: where a path stands decides where an error goes.
fn private_at(span: Span) -> TokenStream {
    quote_spanned!(span=> ::mcp_confluent::__private)
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
    fn expanded(attribute: TokenStream, item: &TokenStream) -> String {
        let file = syn::parse2(tool(attribute, item)).expect("the expansion is Rust");
        prettyplease::unparse(&file)
    }

    #[test]
    fn a_tool_with_everything() {
        check(
            "a_tool_with_everything",
            &expanded(
                quote!(
                    destructive,
                    idempotent,
                    long_running,
                    experimental,
                    category = Kafka,
                    title = "Delete them all",
                    confirm = "Delete {topics:?}?",
                    reads_when = topics.is_empty(),
                    requires(ACME),
                ),
                &quote! {
                    /// Delete topics and
                    /// every record in them.
                    ///
                    /// # For maintainers
                    /// Not sent.
                    #[cfg(unix)]
                    pub(crate) async fn delete_topics(
                        cx: &ToolContext,
                        kafka: Kafka,
                        /// Names of the topics.
                        #[arg(length = 1..=100, example = ["orders"])]
                        topics: Vec<String>,
                        /// Give up after this many seconds.
                        #[arg(default = 30, range = 1.., name = "timeoutSeconds")]
                        timeout: u64,
                        /// Kind of topic.
                        #[arg(default)]
                        r#type: Kind,
                    ) -> Result<Done> {
                        kafka.delete(topics).await
                    }
                },
            ),
        );
    }

    #[test]
    fn a_tool_without_parameters() {
        check(
            "a_tool_without_parameters",
            &expanded(
                quote!(read_only, category = Category::Other("acme")),
                &quote! {
                    /// Ping the cluster.
                    async fn ping() -> Result<Done> {
                        Ok(Done)
                    }
                },
            ),
        );
    }

    #[test]
    fn a_mistake_leaves_the_function() {
        check(
            "a_mistake_leaves_the_function",
            &expanded(
                quote!(readonly, category = Kafka),
                &quote! {
                    /// List the topics.
                    async fn list_topics(
                        /// How many at most.
                        #[arg(default = 10)]
                        limit: u32,
                    ) -> Result<Done> {
                        Ok(Done)
                    }
                },
            ),
        );
    }

    #[test]
    fn every_path_is_absolute() {
        let expanded = expanded(
            quote!(write, category = Kafka, confirm = "{a}"),
            &quote! {
                /// Text.
                async fn f(
                    kafka: Kafka,
                    /// Text.
                    #[arg(default = 1, range = 1..)]
                    a: u8,
                ) -> Result<Done> {}
            },
        );
        for name in [
            "Option",
            "Result::Ok",
            "Box",
            "String",
            "format!",
            "env!",
            "mcp_confluent::",
        ] {
            for (index, _) in expanded.match_indices(name) {
                let before = &expanded[..index];
                let own = before.ends_with("-> ");
                assert!(before.ends_with("::") || own, "{name} in {expanded}");
            }
        }
    }
}
