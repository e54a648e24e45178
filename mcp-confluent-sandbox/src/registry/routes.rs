//! The routes of the API.

use std::borrow::Cow;

use hyper::Method;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::ApiError;
use super::http::{Answer, Request, answer, json as body, text};
use super::names::{self, Subject};
use super::operations::{SchemaBody, in_words};
use super::schema::Kind;
use super::settings;
use super::store::{Asked, Found, Store, Stored};

type Result<T> = std::result::Result<T, ApiError>;

/// Answers a request. `/contexts/.staging/…` is the same as `…` for the context `.staging`.
pub(super) fn route(store: &Mutex<Store>, request: &Request<'_>) -> Result<Answer> {
    let store = &mut *store.lock();
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["contexts", context, rest @ ..] if !rest.is_empty() => Call {
            store,
            request,
            context: Some(context),
        }
        .route(rest),
        all => Call {
            store,
            request,
            context: None,
        }
        .route(all),
    }
}

/// A request on its way.
pub(super) struct Call<'a> {
    pub(super) store: &'a mut Store,
    pub(super) request: &'a Request<'a>,
    /// The context that the path begins with.
    context: Option<&'a str>,
}

impl Call<'_> {
    fn route(&mut self, path: &[&str]) -> Result<Answer> {
        let ok = |value: Value| Ok(answer(200, &value));
        match (self.request.method, path) {
            (&Method::GET, []) => ok(json!({})),
            (&Method::GET, ["contexts"]) => ok(json!(self.store.context_names())),
            (&Method::GET, ["v1", "metadata", "version"]) => {
                ok(json!({ "version": env!("CARGO_PKG_VERSION"), "commitId": "sandbox" }))
            }
            (&Method::GET, ["v1", "metadata", "id"]) => {
                ok(json!({ "id": "sandbox", "scope": { "path": [], "clusters": {} } }))
            }
            (_, ["subjects", rest @ ..]) => self.subjects(rest),
            (&Method::GET, ["schemas", rest @ ..]) => self.schemas(rest),
            (&Method::POST, ["compatibility", "subjects", subject, "versions", rest @ ..]) => {
                self.compatibility(subject, rest)
            }
            (_, ["config", rest @ ..]) if rest.len() < 2 => {
                settings::level(self, rest.first().copied())
            }
            (_, ["mode", rest @ ..]) if rest.len() < 2 => {
                settings::mode(self, rest.first().copied())
            }
            _ => Err(no_route()),
        }
    }

    /// A subject of the path, in the context of the path.
    pub(super) fn subject(&self, name: &str) -> Subject {
        match self.context {
            Some(context) => Subject {
                context: context.to_owned(),
                name: String::new(),
            }
            .beside(name),
            None => Subject::parse(name),
        }
    }

    fn subjects(&mut self, path: &[&str]) -> Result<Answer> {
        let (request, deleted) = (self.request, self.request.flag("deleted"));
        let (permanent, normalize) = (request.flag("permanent"), request.flag("normalize"));
        let [name, rest @ ..] = path else {
            return if request.method == Method::GET {
                Ok(self.list())
            } else {
                Err(no_route())
            };
        };
        let subject = self.subject(name);
        match (request.method, rest) {
            (&Method::POST, []) => {
                let found = self
                    .store
                    .look_up(&subject, &body(request)?, normalize, deleted)?;
                Ok(answer(200, &self.whole(&found)))
            }
            (&Method::DELETE, []) => Ok(answer(
                200,
                &self.store.delete_subject(&subject, permanent)?,
            )),
            (&Method::GET, ["versions"]) => {
                let only = request.flag("deletedOnly");
                let versions = self.store.versions(&subject, deleted || only)?;
                let wanted = versions.iter().filter(|found| found.deleted || !only);
                let numbers: Vec<u32> = wanted.map(|found| found.version).collect();
                Ok(answer(200, &self.page(&numbers)))
            }
            (&Method::POST, ["versions"]) => {
                let found = self.store.register(&subject, &body(request)?, normalize)?;
                let mut registered = self.whole(&found);
                registered.subject = None;
                Ok(answer(200, &registered))
            }
            (&Method::DELETE, ["versions", version]) => {
                let asked = Asked::parse(version)?;
                Ok(answer(
                    200,
                    &self.store.delete_version(&subject, asked, permanent)?,
                ))
            }
            (&Method::GET, ["versions", version, rest @ ..]) => {
                let found =
                    self.store
                        .version_anywhere(&subject, Asked::parse(version)?, deleted)?;
                match rest {
                    [] => Ok(answer(200, &self.whole(&found))),
                    ["schema"] => Ok(text(self.text_of(&found.schema).into_owned())),
                    ["referencedby"] => {
                        let subject = Subject::parse(&found.subject);
                        let referring = self.store.referring(&subject, found.version);
                        let mut ids: Vec<u32> = referring.iter().map(|found| found.id).collect();
                        ids.sort_unstable();
                        ids.dedup();
                        Ok(answer(200, &ids))
                    }
                    _ => Err(no_route()),
                }
            }
            _ => Err(no_route()),
        }
    }

    fn list(&self) -> Answer {
        let mut names: Vec<String> = Vec::new();
        // Unlike the schemas, the subjects are those of all contexts unless somebody says otherwise.
        for found in self.filtered("*") {
            if names.last() != Some(&found.subject) {
                names.push(found.subject);
            }
        }
        answer(200, &self.page(&names))
    }

    /// The versions that `subjectPrefix`, `deleted` and `deletedOnly` let through: those of the
    /// context that the prefix or the path names, of the default one for a prefix without a context,
    /// and of `otherwise` without a prefix.
    fn filtered(&self, otherwise: &str) -> Vec<Found> {
        let (deleted, only) = (
            self.request.flag("deleted"),
            self.request.flag("deletedOnly"),
        );
        let prefix = self.request.query("subjectPrefix");
        let usual = prefix.map_or(otherwise, |_| names::DEFAULT);
        let prefix = prefix.unwrap_or_default();
        let (context, prefix) =
            names::split(prefix).unwrap_or((self.context.unwrap_or(usual), prefix));
        let mut all = self.store.all(|name| context == "*" || name == context);
        // A subject is deleted when no version is left.
        let live: Vec<String> = all
            .iter()
            .filter(|found| !found.deleted)
            .map(|found| found.subject.clone())
            .collect();
        all.retain(|found| {
            let is_named = Subject::parse(&found.subject).name.starts_with(prefix);
            let is_wanted = if only {
                !live.contains(&found.subject)
            } else {
                deleted || !found.deleted
            };
            is_named && is_wanted
        });
        all
    }

    fn schemas(&self, path: &[&str]) -> Result<Answer> {
        let deleted = self.request.flag("deleted");
        match path {
            [] => {
                let mut found = self.filtered(names::DEFAULT);
                if self.request.flag("latestOnly") {
                    let following: Vec<Option<String>> = found
                        .iter()
                        .skip(1)
                        .map(|next| Some(next.subject.clone()))
                        .chain([None])
                        .collect();
                    let mut following = following.into_iter();
                    found.retain(|found| {
                        following.next().flatten().as_ref() != Some(&found.subject)
                    });
                }
                let all: Vec<Whole<'_>> = found.iter().map(|found| self.whole(found)).collect();
                Ok(answer(200, &self.page(&all)))
            }
            ["types"] => Ok(answer(200, &["JSON", "PROTOBUF", "AVRO"])),
            ["ids", id, rest @ ..] => {
                let id: u32 = id.parse().map_err(|_| ApiError::schema_not_found())?;
                let (place, version) = self.place_of_id(id)?;
                let context = self.store.context(&place.context);
                let (context, schema) = context
                    .and_then(|context| Some((context, context.schemas.get(&id)?)))
                    .ok_or_else(ApiError::schema_not_found)?;
                let usages = || context.usages(&place.context, id, deleted);
                match rest {
                    [] => {
                        let says_where = self.subject_asked().is_some();
                        Ok(answer(
                            200,
                            &OfId {
                                subject: says_where.then(|| place.qualified()),
                                version: says_where.then_some(version),
                                schema: self.part(schema),
                            },
                        ))
                    }
                    ["schema"] => Ok(text(self.text_of(schema).into_owned())),
                    ["subjects"] => {
                        let mut names: Vec<String> =
                            usages().into_iter().map(|(name, _)| name).collect();
                        names.dedup();
                        Ok(answer(200, &names))
                    }
                    ["versions"] => {
                        let usages: Vec<Value> = usages()
                            .into_iter()
                            .map(|(subject, version)| json!({ "subject": subject, "version": version }))
                            .collect();
                        Ok(answer(200, &usages))
                    }
                    _ => Err(no_route()),
                }
            }
            ["guids", guid, rest @ ..] => {
                let found = self.by_guid(guid);
                let (_, _, schema) = *found.first().ok_or_else(ApiError::schema_not_found)?;
                match rest {
                    [] => Ok(answer(200, &self.part(schema))),
                    ["ids"] => {
                        let ids: Vec<Value> = found
                            .iter()
                            .map(|(context, id, _)| json!({ "context": context, "id": id }))
                            .collect();
                        Ok(answer(200, &ids))
                    }
                    _ => Err(no_route()),
                }
            }
            _ => Err(no_route()),
        }
    }

    /// The subject that the query names for an id, or the context of the path.
    fn subject_asked(&self) -> Option<Subject> {
        let named = self.request.query("subject");
        named
            .or(self.context.map(|_| ""))
            .map(|name| self.subject(name))
    }

    /// The subject and version that have the schema of an id.
    fn place_of_id(&self, id: u32) -> Result<(Subject, u32)> {
        let asked = self.subject_asked().unwrap_or_else(|| Subject::parse(""));
        let place = self.store.place_of_id(id, &asked);
        place.ok_or_else(ApiError::schema_not_found)
    }

    fn by_guid(&self, guid: &str) -> Vec<(&str, u32, &Stored)> {
        let Ok(guid) = guid.parse::<Uuid>() else {
            return Vec::new();
        };
        let contexts = self.store.context_names().into_iter();
        contexts
            .filter_map(|name| {
                let context = self.store.context(name)?;
                let id = context.id_of_guid(&guid)?;
                Some((name, id, context.schemas.get(&id)?.as_ref()))
            })
            .collect()
    }

    fn compatibility(&mut self, subject: &str, version: &[&str]) -> Result<Answer> {
        let against = match version {
            [] => None,
            [version] => Some(Asked::parse(version)?),
            _ => return Err(no_route()),
        };
        let subject = self.subject(subject);
        let asked: SchemaBody = body(self.request)?;
        let schema = self.store.read(&subject, &asked)?;
        let level = self.store.level_for(&subject);
        let problems = self.store.check(&subject, &schema, level, against)?;
        let mut result = json!({ "is_compatible": problems.is_empty() });
        if self.request.flag("verbose") {
            result["messages"] = json!(in_words(&problems));
        }
        Ok(answer(200, &result))
    }

    fn whole<'f>(&self, found: &'f Found) -> Whole<'f> {
        Whole {
            subject: Some(&found.subject),
            version: found.version,
            id: found.id,
            schema: self.part(&found.schema),
            deleted: found.deleted,
        }
    }

    fn part<'s>(&self, schema: &'s Stored) -> Part<'s> {
        let kind = schema.kind;
        Part {
            guid: schema.guid.to_string(),
            // Left out for Avro, as Confluent does.
            schema_type: (kind != Kind::Avro).then(|| kind.as_str()),
            references: &schema.references,
            metadata: schema.metadata.as_ref(),
            rule_set: schema.rules.as_ref(),
            schema: self.text_of(schema),
        }
    }

    /// The text, or with `format=serialized` a Protobuf file as it was compiled, in base64.
    fn text_of<'s>(&self, schema: &'s Stored) -> Cow<'s, str> {
        match schema.parsed.compiled() {
            Some(compiled) if self.request.query("format") == Some("serialized") => {
                Cow::Owned(compiled)
            }
            _ => Cow::Borrowed(&schema.text),
        }
    }

    /// The part of a list that `offset` and `limit` ask for.
    fn page<'l, T>(&self, all: &'l [T]) -> &'l [T] {
        let start = self.request.number("offset", 0).min(all.len());
        let length = self
            .request
            .number("limit", usize::MAX)
            .min(all.len() - start);
        &all[start..start + length]
    }
}

fn no_route() -> ApiError {
    ApiError::new(404, 404, "there is no such route")
}

/// A version as it is written in answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    version: u32,
    id: u32,
    #[serde(flatten)]
    schema: Part<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
}

/// The schema of an id as it is written in answers.
#[derive(Serialize)]
struct OfId<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(flatten)]
    schema: Part<'a>,
}

/// A schema as it is written in answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    guid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: &'a Vec<super::store::Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_set: Option<&'a Value>,
    schema: Cow<'a, str>,
}
