//! The registry's service: who may ask, and how its answers look.

use bytes::Bytes;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::errors::ApiError;
use super::names::{DEFAULT, Subject};
use super::routes;
use super::schema::Kind;
use super::store::Store;
pub(super) use crate::http::{Answer, Request};
use crate::http::{Faults, Service, is_allowed};

const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";

/// What every connection needs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) store: Mutex<Store>,
    users: Vec<(String, String)>,
    pub(super) faults: Faults<u16>,
}

impl Shared {
    pub(super) fn new(users: Vec<(String, String)>) -> Self {
        Self {
            store: Mutex::default(),
            users,
            faults: Faults::default(),
        }
    }

    /// The answer to somebody who may ask.
    pub(crate) fn route(&self, request: &Request<'_>) -> Answer {
        routes::route(&self.store, request).unwrap_or_else(|refusal| error(&refusal))
    }

    /// The newest schema of a subject in the default context.
    pub(crate) fn latest(&self, subject: &str) -> Option<Readable> {
        let id = {
            let store = self.store.lock();
            let versions = store.subject(&Subject::parse(subject))?;
            let entry = versions.entries.values().rfind(|entry| !entry.deleted)?;
            entry.id
        };
        self.by_id(id)
    }

    /// The schema with this id in the default context.
    pub(crate) fn by_id(&self, id: u32) -> Option<Readable> {
        let store = self.store.lock();
        let schema = store.context(DEFAULT)?.schemas.get(&id)?;
        Some(Readable {
            kind: schema.kind,
            text: schema.text.clone(),
            references: store.referenced(schema)?,
        })
    }
}

/// A schema with all that is needed to read records with it.
#[derive(Debug)]
pub(crate) struct Readable {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// The texts that it refers to, each after those that it refers to itself.
    pub(crate) references: Vec<String>,
}

impl Service for Shared {
    type Fault = u16;

    fn faults(&self) -> &Faults<u16> {
        &self.faults
    }

    fn fail(&self, status: u16) -> Answer {
        error(&ApiError::new(
            status,
            u32::from(status),
            "a failure that was asked for",
        ))
    }

    fn too_large(&self, reason: String) -> Answer {
        error(&ApiError::new(413, 413, reason))
    }

    fn answer(&self, head: &Parts, body: &Bytes) -> Answer {
        if !is_allowed(&self.users, &head.headers) {
            return unauthorized();
        }
        match Request::new(head, body) {
            Ok(request) => self.route(&request),
            Err(reason) => error(&ApiError::malformed(reason)),
        }
    }
}

pub(super) fn json<T: DeserializeOwned>(request: &Request<'_>) -> Result<T, ApiError> {
    serde_json::from_slice(request.body).map_err(ApiError::malformed)
}

pub(super) fn answer(status: u16, body: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(body).unwrap_or_default();
    crate::http::answer(status, MEDIA_TYPE, body)
}

/// An answer that is a schema's text, as it is.
pub(super) fn text(body: String) -> Answer {
    crate::http::answer(200, MEDIA_TYPE, body)
}

fn error(error: &ApiError) -> Answer {
    answer(
        error.status,
        &json!({ "error_code": error.code, "message": error.message }),
    )
}

fn unauthorized() -> Answer {
    let mut answer = error(&ApiError::new(
        401,
        401,
        "the user or password is missing or wrong",
    ));
    answer.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"registry\""),
    );
    answer
}
