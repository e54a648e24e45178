//! The sites that pages may be read from.

use reqwest::Url;

use super::client;
use crate::{
    client::http::HttpClient,
    config::Endpoints,
    error::{ErrorKind, Result, ToolError},
};

/// Where a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The product documentation.
    Docs,
    /// The developer site.
    Developer,
    /// The support site.
    Support,
}

impl Source {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docs => "product documentation",
            Self::Developer => "developer site",
            Self::Support => "support site",
        }
    }
}

/// One of the sites.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) source: Source,
    base: Url,
    pub(super) http: HttpClient,
}

impl Site {
    fn new(source: Source, endpoint: &str) -> Result<Self> {
        let http = client(source.name(), endpoint)?;
        let wrong = |why: &str| {
            let message = format!("the endpoint `{endpoint}` of the {} {why}", source.name());
            ToolError::new(ErrorKind::Unsupported, message)
                .hint("correct it under `endpoints:` in the configuration")
        };
        let base = Url::parse(endpoint).map_err(|error| wrong(&error.to_string()))?;
        if base.scheme() != "https" && !is_loopback(&base) {
            return Err(wrong("is not https"));
        }
        Ok(Self { source, base, http })
    }

    /// The path and query of `url` behind the endpoint of the site, if it is a page of it.
    pub(super) fn path_of(&self, url: &Url) -> Option<String> {
        let same_host = url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default();
        if !same_host || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let below = url
            .path()
            .strip_prefix(self.base.path().trim_end_matches('/'))?;
        if !below.starts_with('/') {
            return None;
        }
        let query = url.query().map(|query| format!("?{query}"));
        Some(format!("{below}{}", query.unwrap_or_default()))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// All of them.
#[derive(Debug, Clone)]
pub(super) struct Sites {
    pub(super) docs: Site,
    pub(super) developer: Site,
    pub(super) support: Site,
}

impl Sites {
    pub(super) fn new(endpoints: &Endpoints) -> Result<Self> {
        Ok(Self {
            docs: Site::new(Source::Docs, &endpoints.docs)?,
            developer: Site::new(Source::Developer, &endpoints.developer)?,
            support: Site::new(Source::Support, &endpoints.support)?,
        })
    }

    fn all(&self) -> [&Site; 3] {
        [&self.docs, &self.developer, &self.support]
    }

    /// The site that `url` is a page of, and its path there.
    pub(super) fn place(&self, url: &Url) -> Option<(&Site, String)> {
        let mut sites = self.all().into_iter();
        sites.find_map(|site| Some((site, site.path_of(url)?)))
    }

    /// The error of an address that is on none of the sites.
    pub(super) fn stranger(&self, url: &Url, what: &str) -> ToolError {
        let host = url.host_str().unwrap_or("nowhere");
        let known: Vec<_> = self
            .all()
            .map(|site| site.base.as_str().trim_end_matches('/'))
            .to_vec();
        ToolError::new(
            ErrorKind::Refused,
            format!(
                "{what} {}://{host}, which is not one of the documentation's",
                url.scheme()
            ),
        )
        .hint(format!(
            "give the address of a page below {}",
            known.join(", ")
        ))
    }
}
