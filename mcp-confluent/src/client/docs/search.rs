//! Searching all sites at once.

use std::collections::{BTreeSet, HashSet};

use reqwest::Url;
use serde_json::{Value, json};

use super::{DocsClient, PATIENCE, SearchEngine, Source, html, sites::Sites};
use crate::{
    client::http::{Call, Request},
    error::{ErrorKind, Result, ToolError},
};

/// What the developer site has, in the order its answer is read.
const CONTENT_TYPES: [&str; 8] = [
    "documentation",
    "tutorial",
    "course",
    "article",
    "quickstart",
    "recipe",
    "pattern",
    "faq",
];
/// Which site the next result comes from, as long as it has one.
const TURNS: [Source; 5] = [
    Source::Docs,
    Source::Developer,
    Source::Developer,
    Source::Docs,
    Source::Support,
];
const MAX_DESCRIPTION: usize = 300;
/// The most that the engine gives at a time.
const ENGINE_LIMIT: usize = 50;

/// A page that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// Its title.
    pub title: String,
    /// Its address, which [`DocsClient::page`] takes.
    pub url: String,
    /// The start of its text, or where the words were found.
    pub description: String,
    /// Where it belongs.
    pub source: Source,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The pages, the sites taking turns.
    pub results: Vec<SearchResult>,
    /// The sources that failed, with the reason; what they have is missing.
    pub failures: Vec<String>,
}

impl DocsClient {
    /// The pages that hold the words of `query`, at most `limit`. The sources are asked at once, each
    /// for at most ten seconds.
    ///
    /// # Errors
    /// Nothing was found and a source failed.
    pub async fn search(&self, call: &Call, query: &str, limit: usize) -> Result<Found> {
        let call = &call.at_most(PATIENCE);
        let (developer, support, engine) = tokio::join!(
            self.search_developer(call, query, limit),
            self.search_support(call, query, limit),
            self.search_engine(call, query, limit),
        );
        let mut hits = Vec::new();
        let mut failures = Vec::new();
        let mut kinds = HashSet::new();
        let mut advice = BTreeSet::new();
        for (name, answer) in [
            (Source::Developer.name(), developer),
            (Source::Support.name(), support),
            ("search of the documentation", engine),
        ] {
            match answer {
                Ok(found) => hits.extend(found),
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(error) => {
                    failures.push(format!("{name}: {}", error.message()));
                    kinds.insert(error.kind());
                    advice.insert(error.hint_text().unwrap_or_default().to_owned());
                }
            }
        }
        let results = in_turns(&self.sites, hits, limit);
        if results.is_empty() && !failures.is_empty() {
            let message = format!("the search found nothing: {}", failures.join("; "));
            // What all of them say, if they agree. A refusal is nothing that the caller could mend.
            let kind = [ErrorKind::Unreachable, ErrorKind::TimedOut]
                .into_iter()
                .find(|kind| kinds.len() == 1 && kinds.contains(kind))
                .unwrap_or(ErrorKind::Upstream);
            let hint = match advice.pop_first() {
                Some(hint) if advice.is_empty() && !hint.is_empty() => hint,
                _ => "try again in a moment; check the hosts under `endpoints:` and the proxy"
                    .to_owned(),
            };
            return Err(ToolError::new(kind, message).hint(hint));
        }
        Ok(Found { results, failures })
    }

    /// `POST /api/search` of the developer site.
    async fn search_developer(&self, call: &Call, query: &str, limit: usize) -> Result<Vec<Hit>> {
        let request = Request::post("/api/search").reads_only().json(&json!({
            "query": query,
            "page": 1,
            "perPage": limit,
            "contentTypes": CONTENT_TYPES,
        }));
        let answer: Value = self.sites.developer.http.fetch(call, request).await?;
        let groups = CONTENT_TYPES.iter().map(|name| &answer[*name]["items"]);
        let fields = &["/highlight/body", "/description", "/body"];
        Ok(groups
            .flat_map(|items| hits(items, "url", fields))
            .collect())
    }

    /// `GET /api/v2/help_center/articles/search.json` of the support site.
    async fn search_support(&self, call: &Call, query: &str, limit: usize) -> Result<Vec<Hit>> {
        let request = Request::get("/api/v2/help_center/articles/search.json")
            .query("query", query)
            .query("per_page", limit);
        let answer: Value = self.sites.support.http.fetch(call, request).await?;
        Ok(hits(&answer["results"], "html_url", &["/snippet", "/body"]))
    }

    /// `GET /api/v1/public/engines/search.json` of the engine, if its key is configured.
    async fn search_engine(&self, call: &Call, query: &str, limit: usize) -> Result<Vec<Hit>> {
        let Some(SearchEngine { http, key }) = &self.search else {
            return Ok(Vec::new());
        };
        let request = Request::get("/api/v1/public/engines/search.json")
            .query("engine_key", key)
            .query("q", query)
            .query("per_page", limit.saturating_mul(3).min(ENGINE_LIMIT))
            .query("page", 1);
        let answer: Value = http.fetch(call, request).await?;
        let pages = &answer["records"]["page"];
        Ok(hits(pages, "url", &["/highlight/body", "/body"]))
    }
}

/// A page as a source tells of it.
struct Hit {
    title: Option<String>,
    url: String,
    description: String,
}

/// The items that have an address; the description is the first of `fields` that is not blank.
fn hits(items: &Value, url: &str, fields: &[&str]) -> Vec<Hit> {
    let items = items.as_array().into_iter().flatten();
    let items = items.filter_map(|item| {
        let description = fields
            .iter()
            .filter_map(|field| item.pointer(field)?.as_str());
        let mut description = description.map(html::words).filter(|text| !text.is_empty());
        Some(Hit {
            title: title(&item["title"]),
            url: item[url].as_str()?.trim().to_owned(),
            description: shortened(description.next().unwrap_or_default()),
        })
    });
    items.collect()
}

/// The title, or the shortest of several.
fn title(title: &Value) -> Option<String> {
    let several = title.as_array().into_iter().flatten();
    let titles = std::iter::once(title)
        .chain(several)
        .filter_map(Value::as_str);
    let titles = titles.map(html::words).filter(|title| !title.is_empty());
    titles.min_by_key(String::len)
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_DESCRIPTION) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

/// One page after another, the sites taking turns, each page once.
fn in_turns(sites: &Sites, hits: Vec<Hit>, limit: usize) -> Vec<SearchResult> {
    let mut seen = HashSet::new();
    let mut waiting: Vec<SearchResult> = Vec::new();
    for hit in hits {
        let Some((url, source)) = address(sites, &hit.url) else {
            continue;
        };
        // The same page with another fragment is the same page.
        let page = url.split('#').next().unwrap_or_default();
        if seen.insert(page.trim_end_matches('/').to_owned()) {
            waiting.push(SearchResult {
                title: hit.title.unwrap_or_else(|| url.clone()),
                url,
                description: hit.description,
                source,
            });
        }
    }
    let mut results = Vec::new();
    for turn in TURNS.iter().cycle() {
        if results.len() >= limit || waiting.is_empty() {
            break;
        }
        if let Some(place) = waiting.iter().position(|result| result.source == *turn) {
            results.push(waiting.remove(place));
        }
    }
    results
}

/// The address of a page and its site; `None` for one elsewhere.
fn address(sites: &Sites, url: &str) -> Option<(String, Source)> {
    let url = Url::parse(url).ok()?;
    let (site, _) = sites.place(&url)?;
    Some((url.into(), site.source))
}
