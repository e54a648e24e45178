//! The metrics API: what can be measured, and series of made-up values.
//!
//! The values are a function of metric, labels and minute, so that the same question has the same
//! answer, and what is asked for an hour is the sum of its minutes. Topics and consumer groups are
//! those of the broker.

mod catalog;
mod filter;
mod query;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use self::catalog::{METRICS, RESOURCES};
use super::call::{Call, Result, ok};
use super::errors::ApiError;
use crate::http::Answer;

/// How many descriptors a page has where the request does not say.
const PAGE_SIZE: usize = 20;

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    if call.path("dataset") != "cloud" {
        return Err(ApiError::not_found(format!(
            "dataset {}",
            call.path("dataset")
        )));
    }
    match call.route {
        "POST /v2/metrics/{dataset}/query" => query::answer(call),
        "GET /v2/metrics/{dataset}/descriptors/metrics" => {
            let wanted = call.query("resource_type");
            let metrics = METRICS.iter().filter(|metric| {
                wanted.is_none_or(|wanted| metric.resources().any(|it| it == wanted))
            });
            let metrics: Vec<_> = metrics.map(catalog::Metric::descriptor).collect();
            descriptors(call, &metrics)
        }
        "GET /v2/metrics/{dataset}/descriptors/resources" => {
            let resources: Vec<_> = RESOURCES
                .iter()
                .map(catalog::Resource::descriptor)
                .collect();
            descriptors(call, &resources)
        }
        route => Err(ApiError::not_found(route)),
    }
}

fn descriptors(call: &Call<'_>, all: &[Value]) -> Result<Answer> {
    let size = call.request.number("page_size", PAGE_SIZE);
    let (page, next) = cut(call, all, size)?;
    let mut pagination = json!({ "page_size": size, "total_size": all.len() });
    if let Some(next) = next {
        pagination["next_page_token"] = next;
    }
    Ok(ok(
        &json!({ "data": page, "meta": { "pagination": pagination }, "links": {} }),
    ))
}

/// The part of `all` that `page_token` asks for, and the token of the next one.
fn cut<'a, T>(call: &Call<'_>, all: &'a [T], size: usize) -> Result<(&'a [T], Option<Value>)> {
    let start = match call.query("page_token") {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|start| start.parse::<usize>().ok())
            .filter(|start| *start <= all.len())
            .ok_or_else(|| ApiError::bad_request("page_token is not from here"))?,
    };
    let end = all.len().min(start + size);
    let next = (end < all.len()).then(|| json!(format!("from-{end}")));
    Ok((&all[start..end], next))
}

/// A point in time, RFC 3339.
fn time(text: &str) -> Result<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|error| ApiError::bad_request(format!("`{text}` is no time: {error}")))
}
