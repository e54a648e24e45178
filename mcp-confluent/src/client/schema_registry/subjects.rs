//! Subjects and their versions.

use super::{
    Deleted, RegisteredSchema, Registration, Schema, SchemaRegistryClient, Version, context_of,
    errors, without_context,
};
use crate::{
    client::http::{Call, Request},
    error::Result,
};

impl SchemaRegistryClient {
    /// The subjects, sorted: of all contexts, or those that begin with `prefix`. A prefix without a
    /// context is of the default one (`:.:`), unlike `:.staging:`; `:*:` is all contexts.
    pub async fn subjects(
        &self,
        call: &Call,
        prefix: Option<&str>,
        deleted: Deleted,
    ) -> Result<Vec<String>> {
        let request = Request::get("/subjects").query_if_some("subjectPrefix", prefix);
        let mut subjects: Vec<String> = self.fetch(call, with_deleted(request, deleted)).await?;
        // Apicurio does not know the parameter.
        if let Some(prefix) = prefix {
            subjects.retain(|subject| begins_with(subject, prefix));
        }
        subjects.sort_unstable();
        Ok(subjects)
    }

    /// The versions of a subject, ascending.
    pub async fn versions(&self, call: &Call, subject: &str, deleted: Deleted) -> Result<Vec<u32>> {
        let request = Request::get("/subjects/{subject}/versions").path("subject", subject);
        let mut versions: Vec<u32> = self.fetch(call, with_deleted(request, deleted)).await?;
        versions.sort_unstable();
        Ok(versions)
    }

    /// One version of a subject; `deleted` also finds one that is soft-deleted.
    pub async fn version(
        &self,
        call: &Call,
        subject: &str,
        version: Version,
        deleted: bool,
    ) -> Result<RegisteredSchema> {
        let request = Request::get("/subjects/{subject}/versions/{version}")
            .path("subject", subject)
            .path("version", version)
            .query_if_some("deleted", deleted.then_some(true));
        let found = self.fetch(call, request).await;
        found.map_err(|error| error.context(format_args!("version {version} of `{subject}`")))
    }

    /// Registers `schema` under `subject`; the same schema again is the same version.
    ///
    /// With `normalize`, what differs in form only is the same.
    pub async fn register(
        &self,
        call: &Call,
        subject: &str,
        schema: &Schema,
        normalize: bool,
    ) -> Result<Registration> {
        let request = Request::post("/subjects/{subject}/versions")
            .path("subject", subject)
            .query_if_some("normalize", normalize.then_some(true))
            .json(schema)
            .repeatable();
        self.fetch(call, request).await
    }

    /// The version of `subject` that holds `schema`; `deleted` also finds one that is soft-deleted.
    ///
    /// # Errors
    /// Code 40401 without the subject, 40403 without the schema.
    pub async fn lookup(
        &self,
        call: &Call,
        subject: &str,
        schema: &Schema,
        normalize: bool,
        deleted: bool,
    ) -> Result<RegisteredSchema> {
        let request = Request::post("/subjects/{subject}")
            .path("subject", subject)
            .query_if_some("normalize", normalize.then_some(true))
            .query_if_some("deleted", deleted.then_some(true))
            .json(schema)
            .reads_only();
        self.fetch(call, request).await
    }

    /// Deletes a subject and returns the versions that were deleted.
    ///
    /// A soft deletion can be undone by registering again; a `permanent` one needs a soft one before.
    pub async fn delete_subject(
        &self,
        call: &Call,
        subject: &str,
        permanent: bool,
    ) -> Result<Vec<u32>> {
        let request = Request::delete("/subjects/{subject}")
            .path("subject", subject)
            .query_if_some("permanent", permanent.then_some(true));
        self.fetch(call, request).await
    }

    /// Deletes one version of a subject and returns its number.
    pub async fn delete_version(
        &self,
        call: &Call,
        subject: &str,
        version: Version,
        permanent: bool,
    ) -> Result<u32> {
        let request = Request::delete("/subjects/{subject}/versions/{version}")
            .path("subject", subject)
            .path("version", version)
            .query_if_some("permanent", permanent.then_some(true));
        self.fetch(call, request).await
    }

    /// The ids of the schemas that reference this version.
    pub async fn referenced_by(
        &self,
        call: &Call,
        subject: &str,
        version: Version,
    ) -> Result<Vec<u32>> {
        let request = Request::get("/subjects/{subject}/versions/{version}/referencedby")
            .path("subject", subject)
            .path("version", version);
        self.fetch(call, request).await
    }

    /// The contexts, as `.` (the default one) and `.name`, sorted.
    pub async fn contexts(&self, call: &Call) -> Result<Vec<String>> {
        let contexts = self.fetch(call, Request::get("/contexts")).await;
        let contexts: Vec<String> =
            contexts.map_err(|error| errors::unsupported(error, "contexts"))?;
        let mut contexts: Vec<String> = contexts
            .iter()
            // Apicurio writes the default one as `:.:`.
            .map(|context| context.trim_matches(':').to_owned())
            .collect();
        contexts.sort_unstable();
        Ok(contexts)
    }
}

/// Whether a subject begins with a prefix, which may name a context or all of them.
fn begins_with(subject: &str, prefix: &str) -> bool {
    if let Some(start) = prefix.strip_prefix(":*:") {
        without_context(subject).starts_with(start)
    } else if let Some(start) = prefix.strip_prefix(":.:") {
        // Answers leave the name of the default context out.
        context_of(subject).is_none() && without_context(subject).starts_with(start)
    } else {
        subject.starts_with(prefix)
    }
}

fn with_deleted(request: Request, deleted: Deleted) -> Request {
    match deleted {
        Deleted::Exclude => request,
        Deleted::Include => request.query("deleted", true),
        Deleted::Only => request.query("deletedOnly", true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_name_a_context() {
        for (prefix, expected) in [
            (":.:", &["orders"][..]),
            (":.:ord", &["orders"]),
            (":.:x", &[]),
            ("ord", &["orders"]),
            (":.staging:", &[":.staging:orders"]),
            (":.staging:x", &[]),
            (":*:", &["orders", ":.staging:orders"]),
            (":*:ord", &["orders", ":.staging:orders"]),
            (":*:x", &[]),
        ] {
            let mut subjects = vec!["orders", ":.staging:orders"];
            subjects.retain(|subject| begins_with(subject, prefix));
            assert_eq!(subjects, expected, "{prefix}");
        }
    }
}
