//! What each attribute writes: its trait, implemented, in the table of the function.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, LitStr, ext::IdentExt};

use crate::{
    attribute::{PromptAttribute, ResourceAttribute, ToolAttribute},
    kind::Kind,
    problems::Problems,
    signature::Function,
    suggest,
    table::{Table, private, private_at},
    uri::{CONNECTION, Uri},
};

/// Expands `#[confluent_tool(attribute)] item`.
pub(crate) fn tool(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let problems = Problems::default();
    let attribute = ToolAttribute::parse(attribute, &problems);
    let Some(function) = Function::parse_item(Kind::Tool, item, &problems) else {
        let errors = problems.finish();
        return quote!(#item #errors);
    };
    let table = Table::of(Kind::Tool, function, &attribute.common, &problems);
    if let Some(errors) = problems.finish() {
        return table.give_up(&errors);
    }
    let ToolAttribute {
        common,
        effect,
        idempotent,
        long_running,
        confirm,
        reads_when,
    } = &attribute;
    let private = private();
    let (asks, may_read) = (confirm.is_some(), reads_when.is_some());
    let meta = table.meta(
        common,
        &quote! {
            effect: #private::Effect::#effect,
            idempotent: #idempotent,
            long_running: #long_running,
            confirm: #asks,
            may_read: #may_read,
            like: ::core::option::Option::None,
        },
    );
    let types = table.types();
    let confirm = confirm.as_ref().map(|question| ask_first(&table, question));
    let reads_when = reads_when
        .as_ref()
        .map(|condition| only_reads(&table, condition));
    let call = table.call();
    let tool = quote! {
        struct __Tool;
        impl #private::Tool for __Tool {
            const META: &'static #private::Meta = &#meta;
            #types
            #confirm
            #reads_when
            #call
        }
    };
    table.print(
        &tool,
        &quote!(#private::Entry::of::<__Tool>()),
        &table.symbol(),
    )
}

fn ask_first(table: &Table, question: &LitStr) -> TokenStream {
    let fields = table.fields();
    quote! {
        #[allow(unused_variables)]
        fn confirm(__args: &Self::Args) -> ::core::option::Option<::std::string::String> {
            let __Args { #(#fields),* } = __args;
            ::core::option::Option::Some(::std::format!(#question))
        }
    }
}

fn only_reads(table: &Table, condition: &Expr) -> TokenStream {
    let fields = table.fields();
    quote! {
        #[allow(unused_variables)]
        fn only_reads(__args: &Self::Args) -> bool {
            let __Args { #(#fields),* } = __args;
            #condition
        }
    }
}

/// The behaviour of what only reads; `like` is the tool that shows the same.
fn reads(like: Option<&LitStr>) -> TokenStream {
    let private = private();
    let like = option(like);
    quote! {
        effect: #private::Effect::ReadOnly,
        idempotent: false,
        long_running: false,
        confirm: false,
        may_read: false,
        like: #like,
    }
}

fn option(value: Option<&LitStr>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}

/// Expands `#[confluent_resource(attribute)] item`.
pub(crate) fn resource(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let problems = Problems::default();
    let attribute = ResourceAttribute::parse(attribute, &problems);
    let Some(function) = Function::parse_item(Kind::Resource, item, &problems) else {
        let errors = problems.finish();
        return quote!(#item #errors);
    };
    let table = Table::of(Kind::Resource, function, &attribute.common, &problems);
    if let Some(uri) = &attribute.uri {
        check_variables(uri, &table, &problems);
    }
    if let Some(list) = &attribute.list {
        check_list(list, &table, &problems);
    }
    let errors = problems.finish();
    // Without errors there is a URI: that it is missing is one.
    let (None, Some(uri)) = (&errors, &attribute.uri) else {
        return table.give_up(&errors.unwrap_or_default());
    };
    let private = private();
    let literal = &uri.literal;
    let meta = table.meta(&attribute.common, &reads(attribute.like.as_ref()));
    let mime_type = option(attribute.mime_type.as_ref());
    let list = attribute.list.is_some();
    let routed = (!uri.is_routed()).then(|| {
        let requires = table.requires(&attribute.common);
        let private = private_at(literal.span());
        quote_spanned!(literal.span()=> const _: () = #private::needs_no_connection(#requires);)
    });
    let (types, call) = (table.types(), table.call());
    let resource = quote! {
        #routed
        struct __Resource;
        impl #private::Resource for __Resource {
            const META: &'static #private::Meta = &#meta;
            const URI: &'static str = #literal;
            const MIME_TYPE: ::core::option::Option<&'static str> = #mime_type;
            const LIST: bool = #list;
            #types
            #call
        }
    };
    table.print(
        &resource,
        &quote!(#private::ResourceEntry::of::<__Resource>()),
        &uri.symbol(),
    )
}

/// Checks that each variable of the URI is an argument, and each argument a variable.
fn check_variables(uri: &Uri, table: &Table, problems: &Problems) {
    let arguments: Vec<_> = table
        .documented()
        .map(|(_, argument)| argument.name.as_str())
        .collect();
    for variable in &uri.variables {
        if variable == CONNECTION || arguments.contains(&variable.as_str()) {
            continue;
        }
        let meant = suggest::nearest(variable, &arguments)
            .map(|meant| format!("; did you mean `{{{meant}}}`?"))
            .unwrap_or_default();
        problems.on(
            &uri.literal,
            format!(
                "the URI has `{{{variable}}}`, and no argument is called `{variable}`{meant}\n\
                 write a documented parameter of that name, or take the variable out"
            ),
        );
    }
    for (_, argument) in table.documented() {
        if argument.name != CONNECTION && !uri.variables.contains(&argument.name) {
            problems.on(
                &argument.ident,
                format!(
                    "argument `{}` is no variable of the URI\n\
                     write `{{{}}}` into the URI, or remove the doc comment to have it injected",
                    argument.ident.unraw(),
                    argument.name
                ),
            );
        }
    }
}

/// Checks that the instances can be listed.
fn check_list(list: &syn::Ident, table: &Table, problems: &Problems) {
    let mut arguments = table.documented();
    match (arguments.next(), arguments.next()) {
        (None, _) => problems.on(
            list,
            "`list` is for a URI with a variable besides `{connection}`; this one is listed anyway",
        ),
        (Some((_, argument)), None) if argument.keys.complete.is_some() => {}
        (Some((_, argument)), None) => problems.on(
            list,
            format!(
                "`list` lists what `{{{0}}}` completes to\n\
                 say what that is: `#[arg(complete = ...)]` on `{0}`",
                argument.name
            ),
        ),
        _ => problems.on(
            list,
            "`list` is for a URI with one variable besides `{connection}`",
        ),
    }
}

/// Expands `#[confluent_prompt(attribute)] item`.
pub(crate) fn prompt(attribute: TokenStream, item: &TokenStream) -> TokenStream {
    let problems = Problems::default();
    let attribute = PromptAttribute::parse(attribute, &problems);
    let Some(function) = Function::parse_item(Kind::Prompt, item, &problems) else {
        let errors = problems.finish();
        return quote!(#item #errors);
    };
    let table = Table::of(Kind::Prompt, function, &attribute.common, &problems);
    if let Some(errors) = problems.finish() {
        return table.give_up(&errors);
    }
    let private = private();
    let meta = table.meta(&attribute.common, &reads(None));
    let skill = attribute.skill.is_some();
    let optional = attribute.skill.iter().flat_map(|_| table.documented());
    let optional = optional.map(|(constant, argument)| {
        let span = argument.ident.span();
        let private = private_at(span);
        quote_spanned!(span=> const _: () = #private::may_be_left_out(&#constant);)
    });
    let (types, call) = (table.types(), table.call());
    let prompt = quote! {
        #(#optional)*
        struct __Prompt;
        impl #private::Prompt for __Prompt {
            const META: &'static #private::Meta = &#meta;
            const SKILL: bool = #skill;
            #types
            #call
        }
    };
    table.print(
        &prompt,
        &quote!(#private::PromptEntry::of::<__Prompt>()),
        &table.symbol(),
    )
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
        unparsed(tool(attribute, item))
    }

    fn unparsed(expansion: TokenStream) -> String {
        let file = syn::parse2(expansion).expect("the expansion is Rust");
        prettyplease::unparse(&file)
    }

    #[test]
    fn a_resource_with_everything() {
        check(
            "a_resource_with_everything",
            &unparsed(resource(
                quote!(
                    uri = "kafka://{connection}/topics/{topicName}",
                    category = Kafka,
                    mime_type = "text/markdown",
                    list,
                    like = "get-topic-config",
                ),
                &quote! {
                    /// A topic.
                    async fn topic(
                        kafka: Kafka,
                        /// Name.
                        #[arg(complete = names::topics, length = 1..)]
                        topic_name: String,
                    ) -> Result<String> {
                        kafka.describe(topic_name).await
                    }
                },
            )),
        );
    }

    #[test]
    fn a_resource_without_variables() {
        check(
            "a_resource_without_variables",
            &unparsed(resource(
                quote!(uri = "acme://depots", category = Category::Other("acme")),
                &quote! {
                    /// The depots.
                    async fn depots(acme: Acme) -> Result<Depots> {
                        acme.depots()
                    }
                },
            )),
        );
    }

    #[test]
    fn a_prompt_that_is_a_skill() {
        check(
            "a_prompt_that_is_a_skill",
            &unparsed(prompt(
                quote!(category = Kafka, skill),
                &quote! {
                    /// Investigate lag.
                    async fn investigate_lag(
                        cx: &ToolContext,
                        /// Consumer group.
                        #[arg(complete = ["a", "b"])]
                        group: Option<String>,
                    ) -> Result<String> {
                        Ok(format!("{group:?}"))
                    }
                },
            )),
        );
    }

    #[test]
    fn variables_and_arguments_are_compared_both_ways() {
        let expanded = unparsed(resource(
            quote!(
                uri = "kafka://{connection}/topics/{topc}",
                category = Kafka,
                list
            ),
            &quote! {
                /// A topic.
                async fn topic(
                    /// Name.
                    topic: String,
                ) -> Result<String> {}
            },
        ));
        for message in [
            "no argument is called `topc`; did you mean `{topic}`?",
            "argument `topic` is no variable of the URI",
            "`list` lists what `{topic}` completes to",
        ] {
            assert!(expanded.contains(message), "{message} is not in {expanded}");
        }
        assert!(expanded.contains("async fn topic"), "{expanded}");
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
