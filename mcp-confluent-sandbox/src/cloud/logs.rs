//! Connector logs, and the tokens that they are read with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use super::call::{Call, Result, ok};
use super::connect::LogEntry;
use super::errors::ApiError;
use super::time::rfc3339;
use super::world::{CLUSTER, ENVIRONMENT, ORGANIZATION};
use crate::broker::now;
use crate::http::Answer;

const PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 200;
/// How long a token is good for, in milliseconds.
const TOKEN_LIFETIME: i64 = 10 * 60 * 1000;

/// The tokens that were given out: each with the time, in milliseconds, when it ends.
#[derive(Debug, Default)]
pub(super) struct Tokens(Vec<(String, i64)>);

impl Tokens {
    fn give(&mut self) -> String {
        let now = now();
        self.0.retain(|(_, end)| *end > now);
        let end = now + TOKEN_LIFETIME;
        let claims =
            json!({ "exp": end / 1000, "jti": format!("{:032x}", rand::random::<u128>()) });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.sandbox",
            part(json!({ "alg": "none" })),
            part(claims)
        );
        self.0.push((token.clone(), end));
        token
    }

    /// Whether a request carries one that is still good.
    pub(super) fn admit(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        given.is_some_and(|given| {
            let now = now();
            self.0
                .iter()
                .any(|(token, end)| token == given && *end > now)
        })
    }
}

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    match call.route {
        "POST /api/access_tokens" => {
            let token = call.world.tokens.give();
            Ok(ok(&json!({ "error": null, "token": token })))
        }
        "POST /logs/v1/search" => search(call),
        route => Err(ApiError::not_found(route)),
    }
}

fn search(call: &Call<'_>) -> Result<Answer> {
    let body = &call.body;
    let crn = body["crn"].as_str().unwrap_or_default();
    let cluster = format!(
        "crn://confluent.cloud/organization={ORGANIZATION}/environment={ENVIRONMENT}/cloud-cluster={CLUSTER}/connector="
    );
    let name = crn
        .strip_prefix(&cluster)
        .ok_or_else(|| ApiError::new(403, format!("no access to {crn}")))?;
    let (start, end) = (moment(body, "start_time")?, moment(body, "end_time")?);
    if start > end {
        return Err(ApiError::bad_request("start_time is after end_time"));
    }
    let levels: Option<Vec<&str>> = body["search"]["level"]
        .as_array()
        .map(|levels| levels.iter().filter_map(Value::as_str).collect());
    let id = body["search"]["id"].as_str();
    let text = body["search"]["search_text"].as_str().unwrap_or_default();
    let mut found: Vec<Value> = call
        .world
        .connectors
        .log(name)
        .filter(|(own, entry)| {
            let time = rfc3339(entry.time);
            id.is_none_or(|id| id == *own)
                && levels.as_ref().is_none_or(|it| it.contains(&entry.level))
                && entry.message.contains(text)
                && (start..=end).contains(&&time[..start.len()])
        })
        .map(|(id, entry)| shown(id, entry))
        .collect();
    found.sort_by(|a, b| a["timestamp"].as_str().cmp(&b["timestamp"].as_str()));
    if body["sort"] != "asc" {
        found.reverse();
    }
    page(call, &found)
}

/// A moment of the body, to the second.
fn moment<'a>(body: &'a Value, key: &str) -> Result<&'a str> {
    let text = body[key].as_str().unwrap_or_default();
    match text.strip_suffix('Z') {
        Some(text) if text.len() == "2026-01-01T00:00:00".len() => Ok(text),
        _ => Err(ApiError::bad_request(format!(
            "{key} is not like 2026-01-01T00:00:00Z"
        ))),
    }
}

fn shown(id: &str, entry: &LogEntry) -> Value {
    let mut shown = json!({
        "timestamp": rfc3339(entry.time),
        "level": entry.level,
        "id": id,
        "message": entry.message,
    });
    if let Some(task) = entry.task {
        shown["task_id"] = json!(format!("task-{task}"));
    }
    if let Some(trace) = &entry.trace {
        shown["exception"] = json!({ "stacktrace": trace });
    }
    shown
}

fn page(call: &Call<'_>, all: &[Value]) -> Result<Answer> {
    let start = match call.query("page_token") {
        None | Some("") => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|start| start.parse().ok())
            .filter(|start| *start <= all.len())
            .ok_or_else(|| ApiError::bad_request("page_token is not from here"))?,
    };
    let size = call.request.number("page_size", PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return Err(ApiError::bad_request(format!(
            "page_size is not between 1 and {MAX_PAGE_SIZE}"
        )));
    }
    let end = all.len().min(start + size);
    let mut metadata = json!({});
    if end < all.len() {
        metadata["next"] = json!(format!(
            "{}/logs/v1/search?page_size={size}&page_token=from-{end}",
            call.url
        ));
    }
    Ok(ok(&json!({
        "api_version": "logs/v1",
        "kind": "LoggingSearchResult",
        "metadata": metadata,
        "data": &all[start..end],
    })))
}
