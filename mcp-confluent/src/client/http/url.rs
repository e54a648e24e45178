//! Base URLs and the encoding of what is put into them.

use std::fmt::Write as _;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{ErrorKind, Result, ToolError};

/// Where a service is: scheme, host, port, and a path that every route is put behind.
#[derive(Debug, Clone)]
pub(in crate::client) struct BaseUrl {
    text: String,
    host: String,
    is_loopback: bool,
    /// Stands behind every route; may hold a key.
    query: Option<SecretString>,
}

impl BaseUrl {
    /// Reads an `http` or `https` URL. A path is kept, so that a registry below `/apis/ccompat/v7`
    /// works; a query or a fragment is refused, because no route could go behind it.
    pub(in crate::client) fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            // A query may hold a key.
            let shown = text.split(['?', '#']).next().unwrap_or_default();
            ToolError::new(
                ErrorKind::Unsupported,
                format!("the endpoint `{shown}` cannot be used: {why}"),
            )
            .hint("write it as https://host:port, with a path if the service has one")
        };
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it is neither http nor https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            // The text holds a password, so it is not repeated.
            return Err(ToolError::new(
                ErrorKind::Unsupported,
                "the endpoint holds a user or password",
            )
            .hint("put them into the `auth` block"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has a query or a fragment"));
        }
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Err(wrong("it has no host")),
        };
        let is_loopback = match url.host_str() {
            Some("localhost") => true,
            Some(host) => host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback()),
            None => false,
        };
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            text,
            host,
            is_loopback,
            query: None,
        })
    }

    /// Reads a URL that no route is put behind, so that it may have a query.
    pub(in crate::client) fn parse_with_query(text: &str) -> Result<Self> {
        let (text, query) = match text.split_once('?') {
            Some((text, query)) => (text, Some(query)),
            None => (text, None),
        };
        Ok(Self {
            query: query.map(Into::into),
            ..Self::parse(text)?
        })
    }

    /// The host, with the port where it is not the scheme's own.
    pub(in crate::client) fn host(&self) -> &str {
        &self.host
    }

    /// Whether the service runs on this machine.
    pub(in crate::client) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The URL of a route: `path` starts with `/`, and both it and `query` are encoded already.
    pub(in crate::client) fn join(&self, path: &str, query: &str) -> Result<Url> {
        let mut text = format!("{}{path}", self.text);
        let own = self.query.as_ref().map(ExposeSecret::expose_secret);
        let queries = own.into_iter().chain([query]);
        let queries = queries.filter(|query| !query.is_empty());
        for (mark, query) in ["?", "&"].into_iter().zip(queries) {
            text.extend([mark, query]);
        }
        Url::parse(&text)
            .map_err(|error| ToolError::internal(format!("{path} is no path: {error}")))
    }
}

/// Appends `value` percent-encoded: all but the characters RFC 3986 §2.3 calls unreserved.
pub(in crate::client) fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay_as_they_are() {
        let mut encoded = String::new();
        encode("aZ9-._~ /?#%&+=\\é\u{0}", &mut encoded);
        assert_eq!(encoded, "aZ9-._~%20%2F%3F%23%25%26%2B%3D%5C%C3%A9%00");
    }

    #[test]
    fn a_path_of_the_endpoint_is_kept() {
        for endpoint in [
            "http://host:8081/apis/ccompat/v7",
            "http://host:8081/apis/ccompat/v7/",
        ] {
            let base = BaseUrl::parse(endpoint).expect("a base URL");
            let url = base.join("/subjects", "deleted=true").expect("a URL");
            assert_eq!(
                url.as_str(),
                "http://host:8081/apis/ccompat/v7/subjects?deleted=true"
            );
            assert_eq!(base.host(), "host:8081");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_without_showing_a_password() {
        for bad in [
            "",
            "host:8081",
            "ftp://host",
            "https://host/?x=1",
            "https://h#f",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
        for secret in [
            "https://me:hunter2@host",
            "https://host/?key=hunter2",
            "host?hunter2",
        ] {
            let error = BaseUrl::parse(secret).expect_err("a secret");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_query_of_its_own_is_sent_and_not_shown() {
        let base = BaseUrl::parse_with_query("https://host/token?key=hunter2").expect("a base URL");
        let url = |query| base.join("", query).expect("a URL").to_string();
        assert_eq!(url(""), "https://host/token?key=hunter2");
        assert_eq!(url("a=b"), "https://host/token?key=hunter2&a=b");
        assert!(!format!("{base:?} {}", base.host()).contains("hunter2"));
    }

    #[test]
    fn loopback_is_known() {
        for (endpoint, expected) in [
            ("http://localhost:1", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:8081", true),
            ("https://registry.example.com", false),
        ] {
            let base = BaseUrl::parse(endpoint).expect("a base URL");
            assert_eq!(base.is_loopback(), expected, "{endpoint}");
        }
    }
}
