//! Compatibility levels and modes: global, of a context (`:.staging:`), of a subject.

use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check::Level;
use super::errors::ApiError;
use super::http::{Answer, answer, json};
use super::names::Subject;
use super::routes::Call;
use super::store::{Mode, Store};

#[derive(Deserialize)]
struct LevelBody {
    compatibility: Option<String>,
}

#[derive(Deserialize)]
struct ModeBody {
    mode: Option<String>,
}

/// Where a setting is kept.
enum Place {
    Global,
    Context(String),
    Subject(Subject),
}

impl Place {
    fn of(call: &Call<'_>, subject: Option<&str>) -> Self {
        match subject.map(|subject| call.subject(subject)) {
            None => Self::Global,
            Some(subject) if subject.name.is_empty() => Self::Context(subject.context),
            Some(subject) => Self::Subject(subject),
        }
    }

    fn level<'a>(&self, store: &'a mut Store) -> &'a mut Option<Level> {
        match self {
            Self::Global => &mut store.level,
            Self::Context(context) => &mut store.context_mut(context).level,
            Self::Subject(subject) => {
                let context = store.context_mut(&subject.context);
                &mut context
                    .subjects
                    .entry(subject.name.clone())
                    .or_default()
                    .level
            }
        }
    }

    fn mode<'a>(&self, store: &'a mut Store) -> &'a mut Option<Mode> {
        match self {
            Self::Global => &mut store.mode,
            Self::Context(context) => &mut store.context_mut(context).mode,
            Self::Subject(subject) => {
                let context = store.context_mut(&subject.context);
                &mut context
                    .subjects
                    .entry(subject.name.clone())
                    .or_default()
                    .mode
            }
        }
    }

    /// What counts here: for the subject, or one that has no setting of its own.
    fn stand_in(&self) -> Subject {
        match self {
            Self::Global => Subject::parse(""),
            Self::Context(context) => Subject {
                context: context.clone(),
                name: String::new(),
            },
            Self::Subject(subject) => subject.clone(),
        }
    }

    fn unset(&self, code: u32, what: &str) -> ApiError {
        let name = self.stand_in().qualified();
        ApiError::new(
            404,
            code,
            format!("subject '{name}' has no {what} of its own"),
        )
    }
}

pub(super) fn level(call: &mut Call<'_>, subject: Option<&str>) -> Result<Answer, ApiError> {
    let place = Place::of(call, subject);
    let is_global = matches!(place, Place::Global);
    let now = call.store.level_for(&place.stand_in());
    let name = |level: Level| json!({ "compatibilityLevel": level.as_str() });
    match *call.request.method {
        Method::GET => {
            let own = own_level(&place, call.store);
            if own.is_none() && !is_global && !call.request.flag("defaultToGlobal") {
                return Err(place.unset(40408, "compatibility level"));
            }
            Ok(answer(200, &name(now)))
        }
        Method::PUT => {
            let body: LevelBody = json(call.request)?;
            let level = body
                .compatibility
                .as_deref()
                .and_then(|level| level.parse().ok());
            let Some(level) = level else {
                return Err(ApiError::new(
                    422,
                    42203,
                    "there is no such compatibility level",
                ));
            };
            *place.level(call.store) = Some(level);
            Ok(answer(200, &json!({ "compatibility": level.as_str() })))
        }
        Method::DELETE => {
            let was = own_level(&place, call.store);
            if was.is_none() && !is_global {
                return Err(place.unset(40408, "compatibility level"));
            }
            *place.level(call.store) = None;
            Ok(answer(200, &name(was.unwrap_or(now))))
        }
        _ => Err(not_allowed()),
    }
}

pub(super) fn mode(call: &mut Call<'_>, subject: Option<&str>) -> Result<Answer, ApiError> {
    let place = Place::of(call, subject);
    let is_global = matches!(place, Place::Global);
    let now = call.store.mode_for(&place.stand_in());
    let name = |mode: Mode| -> Value { json!({ "mode": mode.as_str() }) };
    match *call.request.method {
        Method::GET => {
            let own = own_mode(&place, call.store);
            if own.is_none() && !is_global && !call.request.flag("defaultToGlobal") {
                return Err(place.unset(40409, "mode"));
            }
            Ok(answer(200, &name(own.unwrap_or(now))))
        }
        Method::PUT => {
            let body: ModeBody = json(call.request)?;
            let Some(mode) = body.mode.as_deref().and_then(Mode::parse) else {
                return Err(ApiError::new(422, 42204, "there is no such mode"));
            };
            if mode == Mode::Import && !call.request.flag("force") && !is_empty(&place, call.store)
            {
                let message = "IMPORT needs a place without schemas, or force=true";
                return Err(ApiError::new(422, 42205, message));
            }
            *place.mode(call.store) = Some(mode);
            Ok(answer(200, &name(mode)))
        }
        Method::DELETE if !is_global => {
            let Some(was) = own_mode(&place, call.store) else {
                return Err(place.unset(40409, "mode"));
            };
            *place.mode(call.store) = None;
            Ok(answer(200, &name(was)))
        }
        _ => Err(not_allowed()),
    }
}

/// The setting itself, without making a place for it.
fn own_level(place: &Place, store: &Store) -> Option<Level> {
    match place {
        Place::Global => store.level,
        Place::Context(context) => store.context(context)?.level,
        Place::Subject(subject) => store.subject(subject)?.level,
    }
}

fn own_mode(place: &Place, store: &Store) -> Option<Mode> {
    match place {
        Place::Global => store.mode,
        Place::Context(context) => store.context(context)?.mode,
        Place::Subject(subject) => store.subject(subject)?.mode,
    }
}

fn is_empty(place: &Place, store: &Store) -> bool {
    match place {
        Place::Global => store.all(|_| true).is_empty(),
        Place::Context(context) => store.all(|name| name == context).is_empty(),
        Place::Subject(subject) => store.versions(subject, true).is_err(),
    }
}

fn not_allowed() -> ApiError {
    ApiError::new(405, 405, "this route has no such method")
}
