//! `list-schemas`.

use std::fmt::Write as _;

use super::shared::{self, SchemaVersion};
use crate::{
    client::schema_registry::{Deleted, RegisteredSchema, Version},
    prelude::*,
};

/// List the subjects of a schema registry with their schemas.
///
/// Those of a topic are `<topic>-value` and `<topic>-key`.
#[confluent_tool(read_only, category = SchemaRegistry)]
async fn list_schemas(
    registry: SchemaRegistry,
    progress: Progress,
    page: Page,
    /// Only the newest versions.
    #[arg(default = true)]
    latest_only: bool,
    /// Prefix of names; `:.name:` is a context, `:*:` all.
    subject_prefix: Option<String>,
    /// Also soft-deleted ones.
    #[arg(default)]
    deleted: bool,
) -> Result<SubjectList> {
    let which = if deleted {
        Deleted::Include
    } else {
        Deleted::Exclude
    };
    let (client, call) = (registry.client(), registry.call());
    let subjects = client
        .subjects(call, subject_prefix.as_deref(), which)
        .await?;
    let page = page.of(subjects, |subject| subject);
    let subjects = if latest_only {
        latest_of(&registry, &page.items, deleted, &progress).await
    } else {
        let mut subjects = Vec::new();
        for (done, subject) in page.items.iter().enumerate() {
            progress.report(done, page.items.len(), "subjects").await;
            let versions = shared::all_versions(&registry, subject, deleted).await;
            subjects.push(SubjectSchemas::new(subject, versions));
        }
        subjects
    };
    // One subject that cannot be read is a detail; all of them are a failure.
    if let [first, rest @ ..] = subjects.as_slice()
        && let Some(error) = &first.error
        && !rest.is_empty()
        && rest.iter().all(|subject| subject.versions.is_empty())
    {
        let message = format!(
            "none of the {} subjects can be read: {error}",
            subjects.len()
        );
        return Err(ToolError::new(ErrorKind::Upstream, message));
    }
    Ok(SubjectList {
        total: page.total.unwrap_or(subjects.len()),
        subjects,
        next_page_token: page.next_page_token,
    })
}

async fn latest_of(
    registry: &SchemaRegistry,
    subjects: &[String],
    deleted: bool,
    progress: &Progress,
) -> Vec<SubjectSchemas> {
    let wanted = subjects
        .iter()
        .map(|subject| (subject.clone(), Version::Latest))
        .collect();
    let answers = shared::fetch_versions(registry, wanted, deleted, Some(progress)).await;
    let answers = subjects.iter().zip(answers);
    answers
        .map(|(subject, answer)| SubjectSchemas::new(subject, Ok(vec![answer])))
        .collect()
}

/// Subjects of one registry.
#[confluent_type(text("{}", self.prose()))]
struct SubjectList {
    /// The subjects, sorted by name.
    subjects: Vec<SubjectSchemas>,
    /// How many there are on all pages.
    total: usize,
    /// Pass it as `pageToken` to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// A subject and its schemas.
#[confluent_type]
struct SubjectSchemas {
    /// Name.
    subject: String,
    /// The versions, ascending.
    versions: Vec<SchemaVersion>,
    /// Why versions are missing here.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl SubjectSchemas {
    fn new(subject: &str, answers: Result<Vec<Result<RegisteredSchema>>>) -> Self {
        let mut listed = Self {
            subject: subject.to_owned(),
            versions: Vec::new(),
            error: None,
        };
        for answer in answers.unwrap_or_else(|error| vec![Err(error)]) {
            match answer {
                Ok(found) => listed.versions.push(found.into()),
                Err(error) => listed.error = Some(error.to_string()),
            }
        }
        listed
    }
}

impl SubjectList {
    fn prose(&self) -> String {
        if self.subjects.is_empty() {
            return "No subjects.".to_owned();
        }
        let mut text = match self.total {
            1 => "1 subject:".to_owned(),
            total if total > self.subjects.len() => {
                format!("{} of {total} subjects:", self.subjects.len())
            }
            total => format!("{total} subjects:"),
        };
        // Writing into a string cannot fail.
        for subject in &self.subjects {
            for found in &subject.versions {
                let SchemaVersion {
                    version,
                    id,
                    schema_type,
                    schema,
                    ..
                } = found;
                let _ = write!(
                    text,
                    "\n{} v{version} (id {id}, {schema_type}): {schema}",
                    subject.subject
                );
            }
            if let Some(error) = &subject.error {
                let _ = write!(text, "\n{}: {error}", subject.subject);
            }
        }
        if let Some(token) = &self.next_page_token {
            let _ = write!(
                text,
                "\nThere is more: call again with `pageToken` {token:?}."
            );
        }
        text
    }
}
