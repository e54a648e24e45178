//! `search-product-docs`.

use crate::{
    client::docs::{self, Found},
    prelude::*,
};

/// Search Confluent's documentation, developer site and support articles.
///
/// The query goes to public sites: no secrets.
#[confluent_tool(read_only, category = Docs)]
async fn search_product_docs(
    docs: Docs,
    /// Words to search for.
    #[arg(length = 1..=500, pattern = r"\S")]
    query: String,
    /// Maximum number of results.
    #[arg(default = 10, range = 1..=50)]
    limit: u32,
) -> Result<SearchResults> {
    let limit = limit as usize;
    let found = docs
        .client()
        .search(docs.call(), query.trim(), limit)
        .await?;
    Ok(found.into())
}

/// What was found.
#[confluent_type(text("{}", self.prose()))]
struct SearchResults {
    /// Pages, the best of each site first.
    results: Vec<SearchResult>,
    /// Sources that failed, so that what they have is missing.
    warnings: Vec<String>,
}

/// A page.
#[confluent_type]
struct SearchResult {
    /// Title.
    title: String,
    /// Address.
    url: String,
    /// What it is about.
    description: String,
    /// Where it belongs.
    source: Source,
}

/// A site.
#[confluent_type]
#[derive(Copy)]
enum Source {
    /// Product documentation.
    Docs,
    /// Developer site.
    Developer,
    /// Support site.
    Support,
}

impl From<docs::Source> for Source {
    fn from(source: docs::Source) -> Self {
        match source {
            docs::Source::Docs => Self::Docs,
            docs::Source::Developer => Self::Developer,
            docs::Source::Support => Self::Support,
        }
    }
}

impl From<Found> for SearchResults {
    fn from(found: Found) -> Self {
        let results = found.results.into_iter().map(|result| SearchResult {
            title: result.title,
            url: result.url,
            description: result.description,
            source: result.source.into(),
        });
        Self {
            results: results.collect(),
            warnings: found.failures,
        }
    }
}

impl SearchResults {
    fn prose(&self) -> String {
        let mut text = if self.results.is_empty() {
            "Nothing found. Try fewer or other words.".to_owned()
        } else {
            format!("{} results:", self.results.len())
        };
        for result in &self.results {
            text.push_str(&format!("\n- {} {}", result.title, result.url));
            if !result.description.is_empty() {
                text.push_str(&format!("\n  {}", result.description));
            }
        }
        for warning in &self.warnings {
            text.push_str(&format!("\nWithout {warning}"));
        }
        text
    }
}
