//! The function below an attribute: its shape and its parameters.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, FnArg, GenericArgument, Ident, Pat, PatType, PathArguments, ReturnType, Safety,
    Signature, Type, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

use crate::{
    argument::{self, ArgKeys, is_arg, is_doc},
    docs,
    kind::Kind,
    problems::Problems,
};

/// A function whose body is kept as it was written.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

/// One parameter.
pub(crate) enum Parameter {
    /// Undocumented: the library gives it.
    Injected { ty: Box<Type>, by_reference: bool },
    /// Documented: the model gives it.
    Argument(Box<Argument>),
}

/// A documented parameter.
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) keys: ArgKeys,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Function {
    /// Parses the item; `None` after reporting that it is no function.
    pub(crate) fn parse_item(kind: Kind, item: &TokenStream, problems: &Problems) -> Option<Self> {
        let function: syn::Result<Self> = syn::parse2(item.clone());
        match (function, other_item(item.clone())) {
            (Ok(function), _) => Some(function),
            (_, Some(keyword)) => {
                let message = format!("`#[{}]` goes on an `async fn`", kind.attribute());
                problems.on(keyword, message);
                None
            }
            (Err(error), None) => {
                problems.add(error);
                None
            }
        }
    }

    /// Checks everything but the parameters.
    pub(crate) fn check_shape(&self, kind: Kind, problems: &Problems) {
        let signature = &self.signature;
        let noun = kind.noun();
        if let Some(token) = &signature.constness {
            problems.on(
                token,
                format!("a {noun} cannot be a `const fn`: it talks to a cluster"),
            );
        }
        if signature.asyncness.is_none() {
            problems.on(
                signature.fn_token,
                format!("a {noun} is an `async fn`: add `async` before `fn`"),
            );
        }
        if let Safety::Unsafe(token) = &signature.safety {
            problems.on(
                token,
                format!("a {noun} is a safe function: the server calls it with any arguments"),
            );
        }
        if let Some(abi) = &signature.abi {
            let message = format!("a {noun} is an ordinary Rust function: remove the ABI");
            problems.on(abi, message);
        }
        if let Some(variadic) = &signature.variadic {
            let message = format!("a {noun} has a fixed number of parameters");
            problems.on(variadic, message);
        }
        if !signature.generics.params.is_empty() {
            problems.on(
                &signature.generics,
                format!(
                    "a {noun} cannot be generic: its {} fixed when the server starts",
                    kind.shape()
                ),
            );
        }
        if let Some(clause) = &signature.generics.where_clause {
            problems.on(
                clause,
                format!("a {noun} cannot have a `where` clause: it is not generic"),
            );
        }
        match &signature.output {
            ReturnType::Default => problems.on(
                &signature.ident,
                format!(
                    "a {noun} returns `Result<T, E>`; {}",
                    kind.example_of_result()
                ),
            ),
            ReturnType::Type(_, ty) => {
                if let Some(opaque) = find_impl_trait(ty) {
                    problems.on(
                        opaque,
                        format!(
                            "a {noun} returns a concrete type, because its {} {} derived from it",
                            kind.derived_from_result(),
                            if kind == Kind::Prompt { "are" } else { "is" }
                        ),
                    );
                }
            }
        }
    }

    /// The parameters, in order. Where one is wrong it is reported and left out.
    pub(crate) fn parameters(&self, kind: Kind, problems: &Problems) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for input in &self.signature.inputs {
            match input {
                FnArg::Receiver(receiver) => problems.on(
                    receiver,
                    format!(
                        "a {} is a free function, so it has no `self`; take what it needs as parameters",
                        kind.noun()
                    ),
                ),
                FnArg::Typed(input) => parameters.extend(parameter(kind, input, problems)),
            }
        }
        check_names(&parameters, problems);
        parameters
    }

    /// The function without what only the attribute understands.
    pub(crate) fn stripped(&self, extra: &TokenStream) -> TokenStream {
        let Self {
            attributes,
            visibility,
            signature,
            body,
        } = self;
        let mut signature = signature.clone();
        for input in &mut signature.inputs {
            let attributes = match input {
                FnArg::Receiver(receiver) => &mut receiver.attrs,
                FnArg::Typed(input) => &mut input.attrs,
            };
            attributes.retain(|attribute| !is_doc(attribute) && !is_arg(attribute));
        }
        quote!(#(#attributes)* #extra #visibility #signature #body)
    }

    /// The function without what rustc would refuse a second time.
    pub(crate) fn possible(mut self) -> Self {
        self.signature.constness = None;
        self.signature.variadic = None;
        self
    }

    /// The `#[cfg]`s of the function.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("cfg"))
    }
}

/// The keyword of an item that is no function.
fn other_item(item: TokenStream) -> Option<TokenTree> {
    const ITEMS: [&str; 11] = [
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "mod",
        "type",
        "static",
        "use",
        "const",
        "macro_rules",
    ];
    let keyword = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let token = input.parse::<TokenTree>()?;
        input.parse::<TokenStream>()?;
        Ok(token)
    };
    keyword
        .parse2(item)
        .ok()
        .filter(|token| ITEMS.contains(&token.to_string().as_str()))
}

fn parameter(kind: Kind, input: &PatType, problems: &Problems) -> Option<Parameter> {
    for attribute in &input.attrs {
        let path = attribute.path();
        if path.is_ident("cfg") || path.is_ident("cfg_attr") {
            problems.on(
                attribute,
                format!(
                    "the parameters of a {0} do not depend on `#[cfg]`; put it on the whole {0}",
                    kind.noun()
                ),
            );
        }
    }
    let is_documented = input.attrs.iter().any(is_doc);
    let is_argument = is_documented || input.attrs.iter().any(is_arg);
    if !is_argument && !is_data(&input.ty) {
        return Some(injected(&input.ty));
    }
    argument(kind, input, problems).map(|argument| Parameter::Argument(Box::new(argument)))
}

fn injected(ty: &Type) -> Parameter {
    match ty {
        Type::Reference(reference) => Parameter::Injected {
            ty: reference.elem.clone(),
            by_reference: true,
        },
        ty => Parameter::Injected {
            ty: Box::new(ty.clone()),
            by_reference: false,
        },
    }
}

fn argument(kind: Kind, input: &PatType, problems: &Problems) -> Option<Argument> {
    let keys = ArgKeys::parse(&input.attrs, kind.argument_keys(), problems);
    let not_plain = format!(
        "an argument is a plain name, because the name becomes {}",
        kind.role_of_argument_name()
    );
    let Pat::Ident(pattern) = &*input.pat else {
        problems.on(&input.pat, not_plain);
        return None;
    };
    if pattern.by_ref.is_some() || pattern.subpat.is_some() {
        problems.on(pattern, not_plain);
        return None;
    }
    let ident = &pattern.ident;
    let name = keys.wire_name(ident, problems);
    let span = keys.name.as_ref().map_or(ident.span(), syn::LitStr::span);
    argument::check_reserved(kind, &name, span, problems);
    let description = docs::text(&input.attrs, problems);
    if description.is_none() {
        problems.on(
            ident,
            format!(
                "argument `{}` has no doc comment\nwrite `/// ...` above it: {}",
                ident.unraw(),
                kind.reader_of_argument_doc()
            ),
        );
    }
    if let Type::Reference(reference) = &*input.ty {
        let owned = owned(&reference.elem);
        problems.on(
            reference,
            format!("arguments are owned values; take `{owned}`"),
        );
        return None;
    }
    Some(Argument {
        ident: ident.clone(),
        ty: (*input.ty).clone(),
        name,
        description: description?,
        keys,
    })
}

/// The owned type to take instead of a reference to `ty`.
fn owned(ty: &Type) -> String {
    let plain = |ty: &Type| ty.to_token_stream().to_string().replace(' ', "");
    match ty {
        Type::Slice(slice) => format!("Vec<{}>", plain(&slice.elem)),
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        ty => plain(ty),
    }
}

fn check_names(parameters: &[Parameter], problems: &Problems) {
    let arguments: Vec<&Argument> = parameters
        .iter()
        .filter_map(|parameter| match parameter {
            Parameter::Argument(argument) => Some(&**argument),
            Parameter::Injected { .. } => None,
        })
        .collect();
    for (index, argument) in arguments.iter().enumerate() {
        let first = arguments[..index]
            .iter()
            .find(|earlier| earlier.name == argument.name);
        if let Some(first) = first {
            let message = format!(
                "arguments `{}` and `{}` are both called `{}`",
                first.ident.unraw(),
                argument.ident.unraw(),
                argument.name
            );
            match &argument.keys.name {
                Some(name) => problems.on(name, message),
                None => problems.on(&argument.ident, message),
            }
        }
    }
}

/// Whether a type is plain data by its look: then a parameter is an argument whose doc comment is
/// missing, and nothing that could be injected.
fn is_data(ty: &Type) -> bool {
    const DATA: [&str; 18] = [
        "bool", "char", "str", "String", "Value", "u8", "u16", "u32", "u64", "u128", "usize", "i8",
        "i16", "i32", "i64", "i128", "isize", "f64",
    ];
    match ty {
        Type::Reference(reference) => is_data(&reference.elem),
        Type::Slice(slice) => is_data(&slice.elem),
        Type::Array(array) => is_data(&array.elem),
        Type::Paren(inner) => is_data(&inner.elem),
        Type::Group(inner) => is_data(&inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_data),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return false;
            };
            let inner = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => arguments.args.last(),
                _ => None,
            };
            match inner {
                Some(GenericArgument::Type(inner)) => is_data(inner),
                _ => last.ident == "f32" || DATA.iter().any(|data| last.ident == data),
            }
        }
        _ => false,
    }
}

fn find_impl_trait(ty: &Type) -> Option<&Type> {
    match ty {
        Type::ImplTrait(_) => Some(ty),
        Type::Paren(inner) => find_impl_trait(&inner.elem),
        Type::Group(inner) => find_impl_trait(&inner.elem),
        Type::Reference(inner) => find_impl_trait(&inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find_impl_trait),
        Type::Path(path) => path.path.segments.iter().find_map(|segment| {
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                return None;
            };
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => find_impl_trait(ty),
                _ => None,
            })
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn plain_data_is_recognised_at_the_leaf() {
        let data: [Type; 7] = [
            parse_quote!(bool),
            parse_quote!(std::string::String),
            parse_quote!(Option<u32>),
            parse_quote!(Vec<Option<String>>),
            parse_quote!(HashMap<String, serde_json::Value>),
            parse_quote!(&str),
            parse_quote!(&[i32]),
        ];
        for ty in &data {
            assert!(is_data(ty), "{}", ty.to_token_stream());
        }
        let clients: [Type; 4] = [
            parse_quote!(Kafka),
            parse_quote!(&ToolContext),
            parse_quote!(Option<SchemaRegistry>),
            parse_quote!(acme::Client<String, Plan>),
        ];
        for ty in &clients {
            assert!(!is_data(ty), "{}", ty.to_token_stream());
        }
    }

    #[test]
    fn a_reference_names_the_owned_type() {
        assert_eq!(owned(&parse_quote!(str)), "String");
        assert_eq!(owned(&parse_quote!([i32])), "Vec<i32>");
        assert_eq!(owned(&parse_quote!(Vec<String>)), "Vec<String>");
    }

    #[test]
    fn a_hidden_impl_trait_is_found() {
        assert!(find_impl_trait(&parse_quote!(Result<(u8, impl Display), E>)).is_some());
        assert!(find_impl_trait(&parse_quote!(Result<Topics>)).is_none());
    }
}
