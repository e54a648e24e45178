//! [`Request`]: a route with its values, encoded where they must be.

use std::{
    borrow::Cow,
    fmt::{self, Display, Write as _},
};

use reqwest::{Method, Url};
use serde::Serialize;

use super::url::{BaseUrl, encode};
use crate::error::{Result, ToolError};

/// One request to a service.
///
/// The route is a template that stands in the source, for example
/// `/subjects/{subject}/versions/{version}`; values only come in through [`Request::path`] and
/// [`Request::query`], which encode them.
///
/// ```ignore
/// Request::get("/subjects/{subject}/versions/{version}")
///     .path("subject", subject)
///     .path("version", version)
///     .query("deleted", true)
/// ```
#[derive(Clone)]
pub struct Request {
    method: Method,
    template: Cow<'static, str>,
    path: Vec<(&'static str, String)>,
    query: String,
    body: Option<Result<Vec<u8>>>,
    reads_only: bool,
    repeatable: bool,
    follows_itself: bool,
}

impl Request {
    fn new(method: Method, template: impl Into<Cow<'static, str>>) -> Self {
        let reads = method == Method::GET;
        Self {
            method,
            template: template.into(),
            path: Vec::new(),
            query: String::new(),
            body: None,
            reads_only: reads,
            repeatable: reads,
            follows_itself: false,
        }
    }

    /// Reads the page at `path`, which starts with `/` and comes out of a parsed URL, so it is encoded
    /// already. A redirection is an answer: see [`Response::location`](super::Response::location).
    pub(crate) fn page(path: &str) -> Self {
        Self {
            follows_itself: true,
            // What looks like a place for a value is none.
            ..Self::new(Method::GET, path.replace('{', "%7B").replace('}', "%7D"))
        }
    }

    /// Reads `template`.
    pub fn get(template: &'static str) -> Self {
        Self::new(Method::GET, template)
    }

    /// Posts to `template`.
    pub fn post(template: &'static str) -> Self {
        Self::new(Method::POST, template)
    }

    /// Puts to `template`.
    pub fn put(template: &'static str) -> Self {
        Self::new(Method::PUT, template)
    }

    /// Patches `template`.
    pub fn patch(template: &'static str) -> Self {
        Self::new(Method::PATCH, template)
    }

    /// Deletes `template`.
    pub fn delete(template: &'static str) -> Self {
        Self::new(Method::DELETE, template)
    }

    /// Puts `value` in the place of `{name}`.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: impl Display) -> Self {
        self.path.push((name, value.to_string()));
        self
    }

    /// Adds `name=value` to the query; a name may come more than once.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Display) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        encode(name, &mut self.query);
        self.query.push('=');
        encode(&value.to_string(), &mut self.query);
        self
    }

    /// [`Request::query`] where there is a value.
    #[must_use]
    pub fn query_if_some(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sends `body` as JSON.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body).map_err(ToolError::from));
        self
    }

    /// Says that this changes nothing although its method could, so that a read-only connection may
    /// send it and a lost answer may be asked for again.
    #[must_use]
    pub fn reads_only(mut self) -> Self {
        self.reads_only = true;
        self.repeatable = true;
        self
    }

    /// Says that sending it twice is the same as sending it once.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Says that it must not be sent twice although it changes nothing: a second one would be refused.
    #[must_use]
    pub fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    /// The template of its path, if it stands in the source and so holds no values.
    pub(super) fn route(&self) -> Option<&'static str> {
        match self.template {
            Cow::Borrowed(template) => Some(template),
            Cow::Owned(_) => None,
        }
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.reads_only
    }

    pub(super) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Whether the caller looks at redirections.
    pub(super) fn follows_itself(&self) -> bool {
        self.follows_itself
    }

    pub(super) fn body(&self) -> Result<Option<Vec<u8>>> {
        self.body.clone().transpose()
    }

    pub(super) fn url(&self, base: &BaseUrl) -> Result<Url> {
        base.join(&self.filled()?, &self.query)
    }

    /// The template with its values in place.
    fn filled(&self) -> Result<String> {
        let defect = |what: &str| ToolError::internal(format!("the route {self} {what}"));
        let mut filled = String::with_capacity(self.template.len() + 16);
        let mut used = 0;
        let mut rest = &*self.template;
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| defect("has an open brace"))?;
            let (_, value) = self
                .path
                .iter()
                .find(|(given, _)| *given == name)
                .ok_or_else(|| defect(&format!("was given no {name}")))?;
            filled.push_str(literal);
            push_segment(name, value, &mut filled)?;
            used += 1;
            rest = after;
        }
        filled.push_str(rest);
        if used != self.path.len() {
            return Err(defect("was given a value it has no place for"));
        }
        Ok(filled)
    }
}

/// Appends one encoded path segment.
fn push_segment(name: &str, value: &str, into: &mut String) -> Result<()> {
    // An empty segment is another route, and URL parsers resolve dots even when they are encoded.
    if matches!(value, "" | "." | "..") {
        return Err(ToolError::argument(format!(
            "`{value}` cannot be a {}: it has no place in a URL",
            name.replace('_', " ")
        )));
    }
    encode(value, into);
    Ok(())
}

impl Display for Request {
    /// The method and the template, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method.as_str())?;
        f.write_char(' ')?;
        f.write_str(&self.template)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request")
            .field(&format_args!("{self}"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn url(request: &Request) -> Result<String> {
        let base = BaseUrl::parse("http://host/prefix")?;
        request.url(&base).map(String::from)
    }

    #[test]
    fn values_cannot_leave_their_segment() {
        let subject = |name: &str| {
            url(&Request::get("/subjects/{subject}/versions").path("subject", name)).expect("a URL")
        };
        for (name, expected) in [
            ("../../config", "..%2F..%2Fconfig"),
            ("a?permanent=true", "a%3Fpermanent%3Dtrue"),
            ("a#b", "a%23b"),
            ("%2e%2e", "%252e%252e"),
            ("a\\..\\b", "a%5C..%5Cb"),
            (":.ctx:größe", "%3A.ctx%3Agr%C3%B6%C3%9Fe"),
            ("{subject}", "%7Bsubject%7D"),
            ("a\r\nX: y", "a%0D%0AX%3A%20y"),
            ("...", "..."),
        ] {
            assert_eq!(
                subject(name),
                format!("http://host/prefix/subjects/{expected}/versions")
            );
        }
    }

    #[test]
    fn a_segment_that_a_url_cannot_hold_is_the_callers_mistake() {
        for name in ["", ".", ".."] {
            let request = Request::delete("/subjects/{subject}").path("subject", name);
            let error = url(&request).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::Argument);
        }
    }

    #[test]
    fn query_values_cannot_leave_their_place() {
        let request = Request::get("/subjects")
            .query("subjectPrefix", "a&deleted=true#é+ ")
            .query("x", 1)
            .query_if_some("y", None::<u8>)
            .query("x", 2);
        assert_eq!(
            url(&request).expect("a URL"),
            "http://host/prefix/subjects?subjectPrefix=a%26deleted%3Dtrue%23%C3%A9%2B%20&x=1&x=2"
        );
    }

    #[test]
    fn a_route_and_its_values_must_fit() {
        for request in [
            Request::get("/subjects/{subject}"),
            Request::get("/subjects").path("subject", "s"),
            Request::get("/subjects/{subject").path("subject", "s"),
        ] {
            assert_eq!(
                url(&request).expect_err("a defect").kind(),
                ErrorKind::Internal
            );
        }
    }
}
