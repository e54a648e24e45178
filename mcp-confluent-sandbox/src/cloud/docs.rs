//! A few pages of documentation, and the searches of the sites that have them.

use serde_json::{Value, json};

use super::call::{Call, Result, ok};
use super::errors::ApiError;
use crate::http::{Answer, answer as page};

/// Name, title and paragraphs of each page.
const PAGES: [(&str, &str, &[&str]); 4] = [
    (
        "consumer-lag",
        "Consumer lag",
        &[
            "The lag of a consumer group on a partition is the distance between the group's committed \
             offset and the high watermark.",
            "A lag that grows means that records are written faster than the group reads them: add \
             members, up to the number of partitions, or make processing faster.",
        ],
    ),
    (
        "retention",
        "Retention of records",
        &[
            "<code>retention.ms</code> says how long a topic keeps its records; <code>retention.bytes</code> \
             limits the size of each partition.",
            "With <code>cleanup.policy=compact</code> the newest record of each key is kept instead.",
        ],
    ),
    (
        "schema-compatibility",
        "Compatibility of schemas",
        &[
            "Under BACKWARD, which is the default, readers with a new schema can read data that was written \
             with the version before.",
            "Under FORWARD, readers with the version before can read new data; FULL is both.",
        ],
    ),
    (
        "dead-letters",
        "Dead letter topics",
        &[
            "A connector can put records that it cannot process into a dead letter topic, with the reason in \
             headers, instead of failing.",
        ],
    ),
];

/// Whether the path belongs to the documentation, which asks nobody for a key.
pub(super) fn is_open(path: &[String]) -> bool {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["guides", ..] | ["api", "search" | "v2", ..]
    )
}

pub(super) fn answer(call: &Call<'_>) -> Result<Answer> {
    match call.route {
        "POST /api/search" => {
            let asked = call.body["query"].as_str().unwrap_or_default();
            let limit = call.body["perPage"].as_u64().unwrap_or(10);
            let items = found(call, asked, usize::try_from(limit).unwrap_or(10));
            Ok(ok(&json!({ "documentation": { "items": items } })))
        }
        // Everything is on the developer site here.
        "GET /api/v2/help_center/articles/search.json" => Ok(ok(&json!({ "results": [] }))),
        "GET /guides/{page}" => {
            let name = call.path("page");
            let (_, title, paragraphs) = PAGES
                .iter()
                .find(|(known, ..)| *known == name)
                .ok_or_else(|| ApiError::not_found(format!("page {name}")))?;
            let text = paragraphs.join("</p><p>");
            let html = format!(
                "<!doctype html><html><head><title>{title}</title></head>\
                 <body><main><h1>{title}</h1><p>{text}</p></main></body></html>"
            );
            Ok(page(200, "text/html; charset=utf-8", html))
        }
        route => Err(ApiError::not_found(route)),
    }
}

/// The pages that have any of the words, those with more of them first.
fn found(call: &Call<'_>, asked: &str, limit: usize) -> Vec<Value> {
    let asked = asked.to_lowercase();
    let mut hits: Vec<_> = PAGES
        .iter()
        .map(|(name, title, paragraphs)| {
            let text = format!("{title} {}", paragraphs.join(" "));
            let lower = text.to_lowercase();
            let score = asked.split_whitespace().filter(|word| lower.contains(word));
            (score.count(), name, title, paragraphs)
        })
        .filter(|(score, ..)| *score > 0)
        .collect();
    hits.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
    let hits = hits.into_iter().take(limit);
    hits.map(|(_, name, title, paragraphs)| {
        json!({
            "title": title,
            "url": format!("{}/guides/{name}", call.url),
            "description": paragraphs[0],
        })
    })
    .collect()
}
