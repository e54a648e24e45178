//! What the attributes write for every kind of function: the function, untouched, and a table of
//! constants beside it.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Ident, ReturnType, ext::IdentExt, spanned::Spanned};

use crate::{
    attribute::Common,
    docs,
    kind::Kind,
    problems::Problems,
    signature::{Argument, Function, Parameter},
};

/// What is known of a function whatever its attribute is.
pub(crate) struct Table {
    pub(crate) kind: Kind,
    pub(crate) function: Function,
    pub(crate) parameters: Vec<Parameter>,
    name: String,
    title: String,
    description: String,
}

impl Table {
    /// Reads the function; where something is wrong it is reported.
    pub(crate) fn of(kind: Kind, function: Function, common: &Common, problems: &Problems) -> Self {
        function.check_shape(kind, problems);
        let parameters = function.parameters(kind, problems);
        let ident = &function.signature.ident;
        Self {
            kind,
            name: common.wire_name(ident, problems),
            title: common.title(ident),
            description: description(kind, &function, problems),
            parameters,
            function,
        }
    }

    /// The function alone, with the errors: it stays, so that nothing else in the crate breaks.
    pub(crate) fn give_up(self, errors: &TokenStream) -> TokenStream {
        let function = self
            .function
            .possible()
            .stripped(&quote!(#[allow(dead_code, unused_variables)]));
        quote!(#function #errors)
    }

    /// Everything. `item` implements the trait of its kind for a type, `entry` is what that type is
    /// registered as, and `symbol` says what two of the same would both be.
    pub(crate) fn print(
        &self,
        item: &TokenStream,
        entry: &TokenStream,
        symbol: &str,
    ) -> TokenStream {
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
        let private = private();
        let symbol = self.kind.symbol() + symbol;
        quote! {
            #function

            #(#cfgs)*
            const _: () = {
                #(#constants)*
                #arguments
                #item
                ::mcp_confluent::__register! {
                    #[used]
                    #[unsafe(export_name = #symbol)]
                    static __NAME: u8 = 0;
                }
                #private::inventory::submit! { #entry }
            };
        }
    }

    /// The name as part of a symbol.
    pub(crate) fn symbol(&self) -> String {
        self.name.replace('-', "_")
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
                let new = match self.kind {
                    Kind::Tool => Ident::new("new", ty.span()),
                    Kind::Resource | Kind::Prompt => Ident::new("text", ty.span()),
                };
                let mut value =
                    quote_spanned!(ty.span()=> #private::Arg::<#ty>::#new(#name, #description));
                if let Some(default) = &keys.default {
                    let default = default.expr(ty);
                    value.extend(quote!(.default(|| -> #ty { #default })));
                }
                let keywords = keys.keywords(ty);
                if !keywords.is_empty() {
                    value.extend(quote!(.keywords(&[#(#keywords),*])));
                }
                if let Some(complete) = &keys.complete {
                    let completer = completer(complete);
                    value.extend(quote!(.complete(#completer)));
                }
                let declared = quote_spanned!(ty.span()=> #private::Arg<#ty>);
                let unclaimed =
                    (self.kind == Kind::Tool).then(|| self.unclaimed(ident.span(), name));
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
        let arguments: Vec<_> = self.documented().collect();
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

    /// The `Meta` of the function; `behaviour` has the fields that only tools differ in.
    pub(crate) fn meta(&self, common: &Common, behaviour: &TokenStream) -> TokenStream {
        let private = private();
        let Self {
            name,
            title,
            description,
            ..
        } = self;
        let Common {
            category,
            experimental,
            ..
        } = common;
        let requires = self.requires(common);
        let injected: Vec<_> = self.injected().map(|(i, _)| constant_name(i)).collect();
        quote! {
            #private::Meta {
                name: #name,
                title: #title,
                description: #description,
                category: #category,
                experimental: #experimental,
                #behaviour
                requires: #requires,
                injected: &[#(#injected.arguments()),*],
                package: ::core::env!("CARGO_PKG_NAME"),
                file: ::core::file!(),
                line: ::core::line!(),
            }
        }
    }

    /// Everything that is asked of a connection, a list for each that asks.
    pub(crate) fn requires(&self, common: &Common) -> TokenStream {
        let requires = &common.requires;
        let injected = self.injected().map(|(i, _)| constant_name(i));
        let gate = (!requires.is_empty()).then(|| quote!(&[#(#requires),*]));
        quote!(&[#(#injected.requires(),)* #gate])
    }

    /// `type Args` and `type Return`.
    pub(crate) fn types(&self) -> TokenStream {
        let returned = match &self.function.signature.output {
            ReturnType::Type(_, ty) => quote_spanned!(ty.span()=> type Return = #ty;),
            ReturnType::Default => TokenStream::new(),
        };
        quote! {
            type Args = __Args;
            #returned
        }
    }

    /// The names of the arguments.
    pub(crate) fn fields(&self) -> Vec<&Ident> {
        self.documented()
            .map(|(_, argument)| &argument.ident)
            .collect()
    }

    /// `fn call`.
    pub(crate) fn call(&self) -> TokenStream {
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

    /// The documented parameters, each with the name of its constant.
    pub(crate) fn documented(&self) -> impl Iterator<Item = (Ident, &Argument)> {
        self.parameters
            .iter()
            .enumerate()
            .filter_map(|(i, parameter)| match parameter {
                Parameter::Argument(argument) => Some((constant_name(i), &**argument)),
                Parameter::Injected { .. } => None,
            })
    }
}

fn description(kind: Kind, function: &Function, problems: &Problems) -> String {
    docs::text(&function.attributes, problems).unwrap_or_else(|| {
        let ident = &function.signature.ident;
        let noun = kind.noun();
        problems.on(
            ident,
            format!(
                "{noun} `{}` has no doc comment\n\
                 write `/// ...` above it: the text is the {noun}'s description",
                ident.unraw()
            ),
        );
        String::new()
    })
}

/// A `fn(ToolContext)` that lists values, with the span of what the contributor wrote.
fn completer(complete: &Expr) -> TokenStream {
    let span = complete.span();
    if let Expr::Array(values) = complete {
        let values = values.elems.iter();
        return quote_spanned! {span=>
            |_| ::std::boxed::Box::pin(async {
                ::core::result::Result::Ok(::std::vec![#(::std::string::String::from(#values)),*])
            })
        };
    }
    quote_spanned!(span=> |__cx| ::std::boxed::Box::pin(#complete(__cx)))
}

fn constant_name(index: usize) -> Ident {
    format_ident!("__P{index}")
}

fn injected_name(index: usize) -> Ident {
    format_ident!("__i{index}")
}

pub(crate) fn private() -> TokenStream {
    private_at(Span::call_site())
}

/// The path of the library, with `span`: where a path stands decides where an error goes.
pub(crate) fn private_at(span: Span) -> TokenStream {
    quote_spanned!(span=> ::mcp_confluent::__private)
}
