//! Lists that a service gives a page at a time, as the APIs of Confluent Cloud do: `page_size` and
//! `page_token` in, `data` and `metadata.next` out.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::{Call, HttpClient, Request};
use crate::error::{ErrorKind, Result, ToolError};

/// The most items that most services give at a time.
const AT_ONCE: usize = 100;
/// The most pages that are read for one list.
const MAX_PAGES: usize = 50;

/// How much of a long list is wanted, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// How many items at most.
    pub items: usize,
    /// [`Listed::next`] of the part before; `None` for the first part.
    pub token: Option<&'a str>,
    /// The most items that the service gives at a time.
    pub at_once: usize,
}

impl<'a> Wanted<'a> {
    /// So many items from there, of a service that gives at most 100 at a time.
    pub fn new(items: usize, token: Option<&'a str>) -> Self {
        Self {
            items,
            token,
            at_once: AT_ONCE,
        }
    }
}

/// The part of a long list that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items, in the order of the service.
    pub items: Vec<T>,
    /// The service's token for what comes after them; `None` if nothing does.
    pub next: Option<String>,
    /// How many there are in the whole list, if the service says so.
    pub total: Option<usize>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Envelope<T> {
    /// Some services write an empty list as `null`. An answer without it is no list.
    #[serde(deserialize_with = "list_or_null")]
    data: Vec<T>,
    metadata: Option<Metadata>,
}

fn list_or_null<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[derive(Deserialize, Default)]
struct Metadata {
    next: Option<String>,
    total_size: Option<i64>,
}

impl HttpClient {
    /// Reads a list: the pages of `request` after one another, until there are as many items as
    /// wanted, 50 pages were read, or the list ends. Where it stopped before the end,
    /// [`Listed::next`] says how to go on; nothing is left out between two parts.
    ///
    /// # Errors
    /// Those of a request; also if the service says that there is more without saying where.
    pub async fn list<T: DeserializeOwned>(
        &self,
        call: &Call,
        request: Request,
        wanted: Wanted<'_>,
    ) -> Result<Listed<T>> {
        let mut listed = Listed {
            items: Vec::new(),
            next: wanted.token.map(str::to_owned),
            total: None,
        };
        for _ in 0..MAX_PAGES {
            let missing = wanted.items.saturating_sub(listed.items.len());
            let page = request
                .clone()
                .query("page_size", missing.clamp(1, wanted.at_once))
                .query_if_some("page_token", listed.next.as_deref());
            let answer: Envelope<T> = self.fetch(call, page).await?;
            listed.items.extend(answer.data);
            let Metadata { next, total_size } = answer.metadata.unwrap_or_default();
            listed.total = total_size.and_then(|total| total.try_into().ok());
            let before = listed.next.take();
            listed.next = next.map(|next| page_token(&next)).transpose()?.flatten();
            if listed.next.is_some() && listed.next == before {
                let message = format!("{request} gave the same page token twice");
                return Err(ToolError::new(ErrorKind::Upstream, message));
            }
            if listed.next.is_none() || listed.items.len() >= wanted.items {
                break;
            }
        }
        Ok(listed)
    }
}

/// The token in what a service calls its next page: a URL with `page_token` in its query. Nothing
/// else of the URL is looked at, so that no service can send requests, and credentials, elsewhere.
/// `None` for a blank text, which is how some say that there is no next page.
///
/// # Errors
/// There is no token in it.
pub fn page_token(next: &str) -> Result<Option<String>> {
    let next = next.trim();
    if next.is_empty() {
        return Ok(None);
    }
    let (_, query) = next.split_once('?').unwrap_or(("", next));
    let query = query.split('#').next().unwrap_or_default();
    // A base is needed to have the query decoded; nothing is sent there.
    let decoded = reqwest::Url::parse(&format!("http://localhost/?{query}"));
    let token = decoded.ok().and_then(|url| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(name, value)| (name == "page_token").then(|| value.into_owned()))
    });
    match token.filter(|token| !token.is_empty()) {
        Some(token) => Ok(Some(token)),
        None => Err(ToolError::new(
            ErrorKind::Upstream,
            "the service says that there is a next page, but gives no `page_token` for it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_taken() {
        for (next, expected) in [
            (
                "https://evil.example/x?page_size=5&page_token=a%2Bb%3D",
                "a+b=",
            ),
            ("/org/v2/environments?page_token=abc#page_token=no", "abc"),
            (
                "https://host/p?page_token=UvmDWOB1iwfAIBPj6EYb&page_size=1",
                "UvmDWOB1iwfAIBPj6EYb",
            ),
        ] {
            assert_eq!(
                page_token(next).unwrap().as_deref(),
                Some(expected),
                "{next}"
            );
        }
        assert_eq!(page_token("  ").unwrap(), None);
        for next in ["https://host/p", "https://host/p?page_token=", "abc"] {
            assert_eq!(
                page_token(next).unwrap_err().kind(),
                ErrorKind::Upstream,
                "{next}"
            );
        }
    }
}
