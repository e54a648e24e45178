//! The way of one read: find the resource, take the variables, run, bound.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rmcp::{
    ErrorData,
    model::{JsonObject, MetaObject, ReadResourceResponse, ReadResourceResult, ResourceContents},
};
use serde_json::json;

use super::{
    Contents,
    offer::ResourceOffer,
    template::{BadEncoding, CONNECTION, Template},
};
use crate::{
    connection::Connection,
    error::{ErrorKind, Result, ToolError},
    tool::{
        bound,
        call::{Requester, observed, reading},
        check::normalise_and_check,
        failure::{ask_back, protocol_error},
        gates::gap_on,
        not_done::not_done,
        toolbox::Toolbox,
        wording::echo,
    },
};

/// The longest URI that is looked at, in bytes.
const MAX_URI: usize = 8192;

/// A resource and what its URI said.
struct Located<'t> {
    offer: &'t ResourceOffer,
    connection: Option<&'t Arc<Connection>>,
    variables: JsonObject,
}

impl Toolbox {
    /// Reads the resource at `uri`.
    pub(crate) async fn read(
        &self,
        uri: &str,
        requester: Requester,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let failed = |error: &ToolError| protocol_error(error, Some(uri));
        let Located {
            offer,
            connection,
            variables,
        } = self.locate(uri).map_err(|error| failed(&error))?;
        let entry = offer.entry;
        let meta = entry.meta();
        let body = entry
            .prepare(variables.clone())
            .map_err(|problems| failed(&wrong_variables(uri, &problems)))?;
        let routed = connection.is_some();
        let context = self.context(meta, connection, routed, variables, requester, None);
        let span = tracing::info_span!(
            "read",
            resource = meta.name,
            connection = connection.map(|connection| connection.id()),
            outcome = tracing::field::Empty,
            millis = tracing::field::Empty,
        );
        let running = reading(body, context.clone(), self.limit(meta));
        match observed(span, running).await {
            Ok(contents) => {
                let limit = self.gates.config().safety.max_result_bytes;
                let contents = on_the_wire(contents, uri, entry.mime_type(), limit);
                let contents = contents.map_err(|error| failed(&error))?;
                Ok(ReadResourceResult::new(vec![contents]).into())
            }
            Err(error) if error.kind() == ErrorKind::NeedsInput => ask_back(&context)
                .map(Into::into)
                .map_err(|error| failed(&error)),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Whether something can be read at `uri`, as far as that is known without asking a service.
    pub(crate) fn can_read(&self, uri: &str) -> Result<(), ErrorData> {
        let located = self.locate(uri);
        located
            .map(drop)
            .map_err(|error| protocol_error(&error, Some(uri)))
    }

    fn locate(&self, uri: &str) -> Result<Located<'_>> {
        if uri.len() > MAX_URI {
            let message = format!(
                "a URI has at most {MAX_URI} bytes, this one has {}",
                uri.len()
            );
            return Err(ToolError::argument(message));
        }
        let found = self
            .resources()
            .iter()
            .find_map(|offer| Some((offer, offer.template.matches(uri)?)));
        let Some((offer, values)) = found else {
            return Err(self.not_there(uri));
        };
        let values = values.map_err(|BadEncoding| {
            ToolError::argument(format!(
                "`{}` cannot be read: a value in it is not percent-encoded UTF-8",
                echo(uri, 200)
            ))
        })?;
        let mut variables = JsonObject::new();
        let mut named = None;
        for (name, value) in values {
            if name == CONNECTION {
                named = Some(value);
            } else {
                variables.insert(name.to_owned(), value.into());
            }
        }
        let connection = match named {
            Some(id) => Some(self.route(offer, &id)?),
            None => None,
        };
        let variables = normalise_and_check(&offer.schema, variables)
            .map_err(|problems| wrong_variables(uri, &problems))?;
        Ok(Located {
            offer,
            connection,
            variables,
        })
    }

    fn route<'t>(&'t self, offer: &'t ResourceOffer, id: &str) -> Result<&'t Arc<Connection>> {
        if let Some(connection) = offer.routes.iter().find(|route| route.id() == id) {
            return Ok(connection);
        }
        let ids: Vec<_> = offer
            .routes
            .iter()
            .map(|route| format!("\"{}\"", echo(route.id(), 80)))
            .collect();
        let shown = echo(id, 80);
        let known = self.connections().iter().find(|known| known.id() == id);
        let gap = known.and_then(|known| gap_on(offer.entry, known));
        Err(ToolError::not_found(match gap {
            Some(gap) => format!(
                "the connection \"{shown}\" cannot serve this: {}",
                gap.reason()
            ),
            None => format!("there is no connection \"{shown}\""),
        })
        .hint(format!("what can serve it: {}", ids.join(", "))))
    }

    /// The error for a URI that nothing offered is at.
    fn not_there(&self, uri: &str) -> ToolError {
        let shown = echo(uri, 200);
        let off = self
            .registry()
            .resources()
            .find(|entry| Template::new(entry.uri()).matches(uri).is_some());
        let Some(entry) = off else {
            return ToolError::not_found(format!("there is no resource `{shown}`"))
                .hint("resources/list and resources/templates/list say what there is");
        };
        let gap = if Template::new(entry.uri()).is_routed() {
            self.gates.routed_gap(entry)
        } else {
            self.gates.server_gap(entry)
        };
        let reason = gap.map_or("it is off".into(), |gap| gap.reason());
        ToolError::not_found(format!("`{shown}` is not available: {reason}"))
            .hint("the operator decides this in the configuration of the server")
    }
}

fn wrong_variables(uri: &str, problems: &[crate::tool::check::Problem]) -> ToolError {
    let what = format!("`{}` was not read", echo(uri, 200));
    ToolError::argument(not_done(&what, "what it says", problems))
}

/// The contents as they go to the client, at most `limit` bytes.
fn on_the_wire(
    contents: Contents,
    uri: &str,
    mime_type: &str,
    limit: usize,
) -> Result<ResourceContents> {
    let contents = match contents {
        Contents::Text(mut text) => {
            bound::text(&mut text, limit);
            ResourceContents::text(text, uri)
        }
        Contents::Json(mut value) => {
            let cuts = bound::value(&mut value, limit);
            let contents = ResourceContents::text(value.to_string(), uri);
            if cuts.is_empty() {
                contents
            } else {
                let notes: Vec<_> = cuts.iter().map(ToString::to_string).collect();
                let mut meta = JsonObject::new();
                meta.insert("truncated".to_owned(), json!(notes));
                contents.with_meta(MetaObject(meta))
            }
        }
        Contents::Blob(bytes) if bytes.len() > limit => {
            let size = bytes.len();
            return Err(ToolError::new(
                ErrorKind::Refused,
                format!("it has {size} bytes, and at most {limit} are sent"),
            )
            .hint("the operator can raise `safety.max_result_bytes`"));
        }
        Contents::Blob(bytes) => ResourceContents::blob(BASE64_STANDARD.encode(bytes), uri),
    };
    Ok(contents.with_mime_type(mime_type))
}
