//! Tags: what they are, and what has them.

use serde::{Deserialize, Serialize};

use super::{Assignment, CatalogClient, NewTag, TagDefinition};
use crate::{
    client::http::{Call, Request},
    error::{ErrorKind, Result, ToolError},
};

/// Characters of a reason that are shown.
const MAX_REASON: usize = 600;

/// The answer for one of several things that were asked for: an error, or what was made.
#[derive(Deserialize)]
struct Answer {
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    error_code: Option<i64>,
    message: Option<String>,
}

impl CatalogClient {
    /// Every tag that is defined: `GET /catalog/v1/types/tagdefs`.
    pub async fn tag_definitions(&self, call: &Call) -> Result<Vec<TagDefinition>> {
        let request = Request::get("/catalog/v1/types/tagdefs");
        self.http.fetch(call, request).await
    }

    /// Defines tags; what became of each, in their order: `POST /catalog/v1/types/tagdefs`.
    pub async fn define_tags(&self, call: &Call, tags: &[NewTag]) -> Result<Vec<Result<()>>> {
        let request = Request::post("/catalog/v1/types/tagdefs");
        self.each(call, request, tags).await
    }

    /// Deletes a tag: `DELETE /catalog/v1/types/tagdefs/{tagName}`.
    pub async fn delete_tag(&self, call: &Call, tag: &str) -> Result<()> {
        let request = Request::delete("/catalog/v1/types/tagdefs/{tagName}").path("tagName", tag);
        let deleted = self.http.send(call, request).await;
        deleted
            .map(|_| ())
            .map_err(|error| look_at_tags(error, tag))
    }

    /// Gives tags to entities; what became of each, in their order: `POST /catalog/v1/entity/tags`.
    pub async fn assign(&self, call: &Call, wanted: &[Assignment]) -> Result<Vec<Result<()>>> {
        let request = Request::post("/catalog/v1/entity/tags");
        self.each(call, request, wanted).await
    }

    /// Takes a tag off an entity:
    /// `DELETE /catalog/v1/entity/type/{typeName}/name/{qualifiedName}/tags/{tagName}`.
    pub async fn unassign(&self, call: &Call, assignment: &Assignment) -> Result<()> {
        let request = Request::delete(
            "/catalog/v1/entity/type/{typeName}/name/{qualifiedName}/tags/{tagName}",
        )
        .path("typeName", &assignment.entity_type)
        .path("qualifiedName", &assignment.entity_name)
        .path("tagName", &assignment.tag);
        let removed = self.http.send(call, request).await;
        removed.map(|_| ()).map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.hint("search for the topic to see its name and its tags"),
            _ => error,
        })
    }

    /// Asks for several things at once, each of which can fail on its own in an answer that is a
    /// success.
    async fn each(
        &self,
        call: &Call,
        request: Request,
        wanted: &[impl Serialize],
    ) -> Result<Vec<Result<()>>> {
        let answers: Vec<Answer> = self.http.fetch(call, request.json(&wanted)).await?;
        let mut answers = answers.into_iter();
        let outcomes = wanted.iter().map(|_| match answers.next() {
            Some(Answer { error: None }) => Ok(()),
            Some(Answer { error: Some(error) }) => Err(error.into()),
            None => Err(ToolError::new(
                ErrorKind::Upstream,
                "the catalog does not say what became of it",
            )),
        });
        Ok(outcomes.collect())
    }
}

/// An unknown tag: the catalog says "bad request" in a search, "not found" elsewhere.
pub(super) fn look_at_tags(error: ToolError, tag: &str) -> ToolError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::Argument => {
            error.hint(format!("list the tags: perhaps there is no tag `{tag}`"))
        }
        _ => error,
    }
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> Self {
        // The status of HTTP, or a code that begins with it.
        let digits = refusal.error_code.unwrap_or_default().to_string();
        let kind = match digits.get(..3) {
            Some("400" | "422") => ErrorKind::Argument,
            Some("401") => ErrorKind::Unauthenticated,
            Some("403") => ErrorKind::Denied,
            Some("404") => ErrorKind::NotFound,
            Some("409") => ErrorKind::AlreadyExists,
            _ => ErrorKind::Upstream,
        };
        let message = refusal.message.unwrap_or_default();
        let message: String = message
            .chars()
            .filter(|character| !character.is_control())
            .take(MAX_REASON)
            .collect();
        let error = if message.trim().is_empty() {
            Self::new(kind, "the catalog refuses it and does not say why")
        } else {
            Self::new(kind, message)
        };
        if digits.len() > 3 {
            error.code(digits)
        } else {
            error
        }
    }
}
