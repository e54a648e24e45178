//! The keys of `#[confluent_resource(…)]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::LitStr;

use super::Common;
use crate::{keys, kind::Kind, problems::Problems, uri::Uri};

const KEYS: &[&str] = &[
    "uri",
    "category",
    "name",
    "title",
    "mime_type",
    "list",
    "like",
    "requires",
    "experimental",
];

/// What `#[confluent_resource(…)]` says. Where a key is wrong it is reported and left out.
pub(crate) struct ResourceAttribute {
    pub(crate) common: Common,
    pub(crate) uri: Option<Uri>,
    pub(crate) mime_type: Option<LitStr>,
    /// The word that has its instances listed.
    pub(crate) list: Option<Ident>,
    /// The tool that shows the same.
    pub(crate) like: Option<LitStr>,
}

impl ResourceAttribute {
    pub(crate) fn parse(tokens: TokenStream, problems: &Problems) -> Self {
        let keys = keys::parse(Kind::Resource.attribute(), KEYS, tokens, problems);
        let mut out = Self {
            common: Common::new(Kind::Resource),
            uri: None,
            mime_type: None,
            list: None,
            like: None,
        };
        for key in &keys.keys {
            if out.common.read(key, problems) {
                continue;
            }
            match key.name.to_string().as_str() {
                "uri" => {
                    let uri = key.literal("\"kafka://{connection}/topics/{topic}\"", problems);
                    out.uri = uri.and_then(|uri| Uri::parse(uri, problems));
                }
                "mime_type" => {
                    out.mime_type = key.literal("\"application/json\"", problems).cloned();
                    if let Some(mime_type) = &out.mime_type {
                        check_mime_type(mime_type, problems);
                    }
                }
                "like" => out.like = key.literal("\"describe-topic\"", problems).cloned(),
                _ => out.list = key.word(problems).then(|| key.name.clone()),
            }
        }
        if !keys.mentions("uri") {
            problems.at(
                Span::call_site(),
                "say where the resource is, for example `uri = \"kafka://{connection}/topics/{topic}\"`",
            );
        }
        Common::check_category(&keys, Kind::Resource, problems);
        out
    }
}

/// A type and a subtype, and whatever parameters behind them.
fn check_mime_type(mime_type: &LitStr, problems: &Problems) {
    let text = mime_type.value();
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let is_sound = essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
    if !is_sound {
        problems.on(
            mime_type,
            "a MIME type is two words joined by `/`, for example `text/markdown`",
        );
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn parse(tokens: TokenStream) -> (ResourceAttribute, String) {
        let problems = Problems::default();
        let attribute = ResourceAttribute::parse(tokens, &problems);
        let errors = problems.finish().map(|errors| errors.to_string());
        (attribute, errors.unwrap_or_default())
    }

    #[test]
    fn every_key_is_read() {
        let (attribute, errors) = parse(quote!(
            uri = "kafka://{connection}/topics/{topic}",
            category = Kafka,
            name = "topic",
            title = "Topic",
            mime_type = "application/json; charset=utf-8",
            list,
            like = "get-topic-config",
            requires(ACME),
            experimental
        ));
        assert_eq!(errors, "");
        assert!(attribute.uri.is_some() && attribute.list.is_some());
        assert!(attribute.mime_type.is_some() && attribute.like.is_some());
    }

    #[test]
    fn a_uri_and_a_category_are_asked_for_all_at_once() {
        let (_, errors) = parse(quote!(mime_type = "json"));
        for message in [
            "say where the resource is",
            "say what the resource is of",
            "two words joined by `/`",
        ] {
            assert!(errors.contains(message), "{message} is not in {errors}");
        }
        // What was probably meant is not missing too.
        let (_, errors) = parse(quote!(url = "a://b", category = Kafka));
        assert!(errors.contains("did you mean `uri`?"), "{errors}");
        assert!(!errors.contains("say where"), "{errors}");
    }
}
