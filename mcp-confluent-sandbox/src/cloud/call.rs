//! [`Call`]: a request on its way to the service that answers it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::errors::ApiError;
use super::world::World;
use crate::broker::Broker;
use crate::http::{Answer, Request, answer};
use crate::registry::Shared as Registry;

/// How many entries a page has where the request does not say.
const PAGE_SIZE: usize = 10;
const MAX_PAGE_SIZE: usize = 100;

pub(super) type Result<T> = std::result::Result<T, ApiError>;

/// A request that fits its route.
pub(super) struct Call<'a> {
    /// Method and template of the path, as in the table of routes.
    pub(super) route: &'static str,
    pub(super) path: BTreeMap<&'static str, String>,
    pub(super) request: &'a Request<'a>,
    /// The body; `null` where there is none.
    pub(super) body: Value,
    pub(super) world: &'a mut World,
    /// The Kafka cluster of [`super::world::CLUSTER`].
    pub(super) broker: &'a Broker,
    pub(super) registry: &'a Registry,
    /// `http://127.0.0.1:PORT`.
    pub(super) url: &'a str,
}

impl Call<'_> {
    /// A value of the path; the route has to have it.
    pub(super) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.request.query(name)
    }

    /// The page of a list that `page_size` and `page_token` ask for.
    pub(super) fn page(&self, kind: &str, all: &[Value]) -> Result<Answer> {
        self.page_of(MAX_PAGE_SIZE, kind, all)
    }

    /// As [`Call::page`], of a service that gives up to `most` entries at a time.
    pub(super) fn page_of(&self, most: usize, kind: &str, all: &[Value]) -> Result<Answer> {
        let start = match self.query("page_token") {
            None | Some("") => 0,
            Some(token) => token
                .strip_prefix("from-")
                .and_then(|start| start.parse().ok())
                .filter(|start| *start <= all.len())
                .ok_or_else(|| ApiError::bad_request("page_token is not from here"))?,
        };
        let size = self.request.number("page_size", PAGE_SIZE);
        if !(1..=most).contains(&size) {
            return Err(ApiError::bad_request(format!(
                "page_size is not between 1 and {most}"
            )));
        }
        let end = all.len().min(start + size);
        let mut metadata = json!({ "total_size": all.len() });
        if end < all.len() {
            let path = self.request.segments.join("/");
            metadata["next"] = json!(format!(
                "{}/{path}?page_size={size}&page_token=from-{end}",
                self.url
            ));
        }
        Ok(ok(&json!({
            "api_version": self.request.segments[..2].join("/"),
            "kind": kind,
            "metadata": metadata,
            "data": all[start..end],
        })))
    }
}

pub(super) fn ok(body: &Value) -> Answer {
    reply(200, body)
}

pub(super) fn reply(status: u16, body: &Value) -> Answer {
    answer(status, "application/json", body.to_string())
}

/// An answer without a body.
pub(super) fn empty(status: u16) -> Answer {
    let mut answer = answer(status, "application/json", "");
    answer.headers_mut().clear();
    answer
}
