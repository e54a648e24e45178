//! Long lists, a page at a time: [`Page`] asks, [`Paged`] answers.

use std::fmt::Write as _;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    error::Result,
    tool::{
        argument::{ArgSpec, range},
        context::ToolContext,
        inject::FromContext,
        output::{Prose, Rendered, ToolOutput},
        requirement::Requirement,
        schema,
    },
};

const DEFAULT_SIZE: u32 = 1000;
const MAX_SIZE: u32 = 10_000;

/// Which part of a long list the call asks for. Adds `pageSize` and `pageToken` to the arguments
/// of a tool that takes it; a page has `SIZE` items where the call does not say.
#[derive(Debug, Clone)]
pub struct Page<const SIZE: u32 = DEFAULT_SIZE> {
    size: usize,
    token: Option<String>,
}

#[diagnostic::do_not_recommend]
impl<const SIZE: u32> FromContext for Page<SIZE> {
    const REQUIRES: &'static [Requirement] = &[];

    const ARGUMENTS: &'static [ArgSpec] = &[
        ArgSpec::new::<Option<u32>>("pageSize", "Items per page.")
            .default(|| SIZE.into())
            .keywords(&[|| range::<Option<u32>>(1..=MAX_SIZE)]),
        ArgSpec::new::<Option<String>>("pageToken", "From `nextPageToken`."),
    ];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let size = cx.argument("pageSize").and_then(Value::as_u64);
        let size = size
            .and_then(|size| u32::try_from(size).ok())
            .unwrap_or(SIZE);
        let token = cx
            .argument("pageToken")
            .and_then(Value::as_str)
            .filter(|token| !token.trim().is_empty())
            .map(str::to_owned);
        Ok(Self {
            size: size.clamp(1, MAX_SIZE) as usize,
            token,
        })
    }
}

impl<const SIZE: u32> Page<SIZE> {
    /// How many items to return at most: 1 to 10,000.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The token the caller was given with the page before, as it was given out.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The page as a service that cuts its lists itself is asked for it.
    #[cfg(feature = "http")]
    pub fn wanted(&self) -> crate::client::http::Wanted<'_> {
        crate::client::http::Wanted::new(self.size, self.token())
    }

    /// The page of a whole list, sorted by `key`, which must be different for each item.
    ///
    /// A page goes on behind the last key of the one before, so what is added or removed in the
    /// meantime shifts nothing.
    pub fn of<T>(&self, items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> &str) -> Paged<T> {
        let mut items: Vec<T> = items.into_iter().collect();
        items.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        let total = items.len();
        if let Some(last) = &self.token {
            let seen = items.partition_point(|item| key(item) <= last.as_str());
            items.drain(..seen);
        }
        let more = items.len() > self.size;
        items.truncate(self.size);
        let next_page_token = items
            .last()
            .filter(|_| more)
            .map(|last| key(last).to_owned());
        Paged {
            items,
            next_page_token,
            total: Some(total),
        }
    }
}

/// One page of a long list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Paged<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Pass it as `pageToken` to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// How many items there are on all pages, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<usize>,
}

impl<T> Paged<T> {
    /// A page that another service cut, with that service's token for the next one.
    pub fn new(items: Vec<T>, next_page_token: Option<String>) -> Self {
        Self {
            items,
            next_page_token,
            total: None,
        }
    }
}

#[cfg(feature = "http")]
impl<T, U: Into<T>> From<crate::client::http::Listed<U>> for Paged<T> {
    fn from(listed: crate::client::http::Listed<U>) -> Self {
        Self {
            items: listed.items.into_iter().map(Into::into).collect(),
            next_page_token: listed.next,
            total: listed.total,
        }
    }
}

impl<T: Prose> ToolOutput for Paged<T> {
    fn schema() -> Option<JsonObject> {
        Some(schema::output::<Self>())
    }

    fn render(self) -> Result<Rendered> {
        let mut text = match (self.items.len(), self.total) {
            (0, _) => "Nothing found.".to_owned(),
            (count, Some(total)) if total > count => {
                format!("{count} of {total}{}:", noun::<T>(total))
            }
            (count, _) => format!("{count}{}:", noun::<T>(count)),
        };
        for item in &self.items {
            text.push('\n');
            text.push_str(&item.prose());
        }
        if let Some(token) = &self.next_page_token {
            let _ = write!(
                text,
                "\nThere is more: call again with `pageToken` {token:?}."
            );
        }
        Ok(Rendered::prose(text).structured(serde_json::to_value(self)?))
    }
}

/// What `count` items are called, behind a space: the last word in the name of their type.
fn noun<T: Prose>(count: usize) -> String {
    let name = T::schema_name();
    let Some(word) = name.rfind(|c: char| c.is_ascii_uppercase()) else {
        return String::new();
    };
    let word = name[word..].to_ascii_lowercase();
    match (count, word.strip_suffix('y')) {
        (1, _) => format!(" {word}"),
        (_, Some(stem)) => format!(" {stem}ies"),
        _ => format!(" {word}s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn page(arguments: Value) -> Page {
        let arguments = serde_json::from_value(arguments).unwrap();
        Page::from_context(&ToolContext::for_tests(None, arguments))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn pages_follow_each_other_to_the_end() {
        let topics = ["d", "b", "a", "c", "e"].map(str::to_owned);
        let mut seen = Vec::new();
        let mut token = Value::Null;
        loop {
            let page = page(json!({"pageSize": 2, "pageToken": token})).await;
            let paged = page.of(topics.clone(), |topic| topic);
            assert_eq!(paged.total, Some(5));
            seen.push(paged.items.concat());
            match paged.next_page_token {
                Some(next) => token = next.into(),
                None => break,
            }
        }
        assert_eq!(seen, ["ab", "cd", "e"]);
    }

    #[tokio::test]
    async fn what_is_removed_in_the_meantime_shifts_nothing() {
        let page = page(json!({"pageSize": 2, "pageToken": "b"})).await;
        let paged = page.of(["c", "d"].map(str::to_owned), |topic| topic);
        assert_eq!(paged.items, ["c", "d"]);
        assert_eq!(paged.next_page_token, None);
    }

    #[tokio::test]
    async fn a_page_has_a_size_without_being_asked() {
        assert_eq!(page(json!({})).await.size(), DEFAULT_SIZE as usize);
        let cx = ToolContext::for_tests(None, JsonObject::new());
        assert_eq!(Page::<100>::from_context(&cx).await.unwrap().size(), 100);
    }

    #[test]
    fn prose_lists_the_items_and_the_way_on() {
        let paged = Paged {
            items: vec!["orders".to_owned()],
            next_page_token: Some("orders".to_owned()),
            total: Some(3),
        };
        let rendered = paged.render().unwrap();
        assert_eq!(
            rendered.text,
            "1 of 3:\norders\nThere is more: call again with `pageToken` \"orders\"."
        );
        assert_eq!(
            rendered.structured.unwrap(),
            json!({"items": ["orders"], "nextPageToken": "orders", "total": 3})
        );
        let schema = Paged::<String>::schema().unwrap();
        assert_eq!(schema["required"], json!(["items"]));
        assert_eq!(schema["additionalProperties"], json!(false));
    }
}
