//! Confluent's documentation: searching it, and reading a page of it as Markdown.
//!
//! Only the hosts that the configuration names under `endpoints:` are ever asked, whatever an
//! address, an answer or a redirection says.

mod html;
mod page;
mod search;
mod sites;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub use self::{
    page::Page,
    search::{Found, SearchResult},
    sites::Source,
};

use self::sites::Sites;
use super::http::{HttpClient, HttpSettings};
use crate::{config::Endpoints, error::Result};

/// How long one source may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Larger pages are no documentation.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The documentation. Clones share connections.
#[derive(Debug, Clone)]
pub struct DocsClient {
    sites: Sites,
    search: Option<SearchEngine>,
}

/// The engine behind the search box of the product documentation.
#[derive(Debug, Clone)]
struct SearchEngine {
    http: HttpClient,
    key: String,
}

impl DocsClient {
    /// A client of the documentation at `endpoints`; nothing is opened before the first call.
    ///
    /// # Errors
    /// An endpoint is no `https` URL; `http` is good enough for this machine alone.
    pub fn new(endpoints: &Endpoints) -> Result<Self> {
        let search = match &endpoints.docs_search_key {
            Some(key) => Some(SearchEngine {
                http: client("search of the documentation", &endpoints.docs_search)?,
                key: key.clone(),
            }),
            None => None,
        };
        Ok(Self {
            sites: Sites::new(endpoints)?,
            search,
        })
    }
}

/// A client without credentials that changes nothing.
fn client(service: &'static str, endpoint: &str) -> Result<HttpClient> {
    let mut settings = HttpSettings::new(service, "endpoints", endpoint);
    settings.read_only = true;
    settings.accept = "text/markdown, application/json, text/html;q=0.9, */*;q=0.1";
    settings.max_response_bytes = MAX_BYTES;
    HttpClient::new(settings)
}
