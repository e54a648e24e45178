//! Completion: what an argument of a prompt, or a variable of a URI, can be.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rmcp::{
    ErrorData,
    model::{CompleteRequestParams, CompletionInfo, JsonObject, Reference},
};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    argument::Completer,
    call::{Requester, reading},
    failure::protocol_error,
    meta::Meta,
    resource::template::CONNECTION,
    toolbox::{CONNECTION_ID, Toolbox},
    wording::echo,
};
use crate::{connection::Connection, error::ToolError};

/// How long a service may take. Somebody is typing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// What a completer is asked.
pub(crate) struct Question {
    meta: &'static Meta,
    completer: Completer,
    pub(crate) connection: Option<Arc<Connection>>,
}

impl Question {
    /// One for each of `connections`, or one without a connection where there are none.
    pub(crate) fn on(
        meta: &'static Meta,
        completer: Completer,
        connections: &[Arc<Connection>],
    ) -> Vec<Self> {
        let on = |connection| Self {
            meta,
            completer,
            connection,
        };
        if connections.is_empty() {
            return vec![on(None)];
        }
        connections.iter().cloned().map(Some).map(on).collect()
    }
}

/// What is completed, a prompt or a resource.
struct Target<'t> {
    meta: &'static Meta,
    completers: &'t [(&'static str, Completer)],
    /// The names of everything that can be completed.
    names: Vec<&'t str>,
    connections: &'t [Arc<Connection>],
    /// The name of the one that is a connection.
    route: &'static str,
}

impl Toolbox {
    /// What the argument can be that a client is about to give.
    ///
    /// # Errors
    /// There is no such prompt, resource or argument.
    pub(crate) async fn complete(
        &self,
        request: CompleteRequestParams,
        caller: &str,
        cancel: &CancellationToken,
    ) -> Result<CompletionInfo, ErrorData> {
        let target = self.target(&request.r#ref);
        let target = target.map_err(|error| protocol_error(&error, None))?;
        let argument = request.argument;
        let given = request.context.and_then(|context| context.arguments);
        let given = given.unwrap_or_default();
        if !target.names.contains(&argument.name.as_str()) {
            let names: Vec<_> = target
                .names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            let error = ToolError::argument(format!(
                "`{}` has no argument `{}`; it has {}",
                target.meta.name,
                echo(&argument.name, 80),
                if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                }
            ));
            return Err(protocol_error(&error, None));
        }
        let values = if argument.name == target.route {
            let ids = target.connections.iter().map(|it| it.id().to_owned());
            ids.collect()
        } else {
            let mut arguments = arguments(&given);
            arguments.insert(argument.name.clone(), argument.value.clone().into());
            let named = given.get(target.route).filter(|id| !id.is_empty());
            let completers = target.completers.iter();
            let questions = completers
                .filter(|(name, _)| *name == argument.name)
                .flat_map(|(_, completer)| {
                    Question::on(target.meta, *completer, target.connections)
                })
                .filter(|question| {
                    let connection = question.connection.as_ref();
                    // A connection that is not there has nothing.
                    named.is_none_or(|id| connection.is_none_or(|it| it.id() == id))
                });
            let questions: Vec<_> = questions.collect();
            let found = self.ask_all(&questions, &arguments, caller, cancel).await;
            found.into_iter().map(|(_, value)| value).collect()
        };
        Ok(fitting(values, &argument.value))
    }

    /// The answers to all of `questions`, asked at the same time, each with the index of its question.
    /// What fails is logged and has none.
    pub(crate) async fn ask_all(
        &self,
        questions: &[Question],
        arguments: &JsonObject,
        caller: &str,
        cancel: &CancellationToken,
    ) -> Vec<(usize, String)> {
        let mut asked = JoinSet::new();
        for (index, question) in questions.iter().enumerate() {
            let Question {
                meta,
                completer,
                connection,
            } = question;
            let requester = Requester::silent(caller, cancel);
            let connection = connection.as_ref();
            let context = self.context(meta, connection, false, arguments.clone(), requester, None);
            let answer = reading(*completer, context, PATIENCE);
            asked.spawn(async move { (index, answer.await) });
        }
        let mut found = Vec::new();
        for (index, values) in asked.join_all().await {
            match values {
                Ok(values) => found.extend(values.into_iter().map(|value| (index, value))),
                Err(error) => {
                    let of = questions[index].meta.name;
                    let connection = questions[index].connection.as_ref().map(|it| it.id());
                    tracing::warn!(of, connection, %error, "names could not be listed");
                }
            }
        }
        found
    }

    fn target(&self, reference: &Reference) -> Result<Target<'_>, ToolError> {
        match reference {
            Reference::Prompt(prompt) => {
                let offer = self.prompt(&prompt.name).ok_or_else(|| {
                    ToolError::argument(format!("there is no prompt `{}`", echo(&prompt.name, 80)))
                })?;
                let arguments = offer.prompt.arguments.iter().flatten();
                Ok(Target {
                    meta: offer.entry.meta(),
                    completers: &offer.completers,
                    names: arguments.map(|argument| argument.name.as_str()).collect(),
                    connections: &offer.viable,
                    route: CONNECTION_ID,
                })
            }
            Reference::Resource(resource) => {
                let uri = resource.uri.as_str();
                let offers = || self.resources().iter();
                let offer = offers()
                    .find(|offer| offer.template.text() == uri)
                    .or_else(|| offers().find(|offer| offer.template.matches(uri).is_some()))
                    .ok_or_else(|| {
                        ToolError::argument(format!(
                            "there is no resource template `{}`",
                            echo(uri, 200)
                        ))
                    })?;
                Ok(Target {
                    meta: offer.entry.meta(),
                    completers: &offer.completers,
                    names: offer.template.variables().collect(),
                    connections: &offer.routes,
                    route: CONNECTION,
                })
            }
            _ => Err(ToolError::argument(
                "only prompts and resource templates have something to complete",
            )),
        }
    }
}

fn arguments(given: &HashMap<String, String>) -> JsonObject {
    given
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect()
}

/// The values that begin with what was typed, whatever the case, as many as the protocol allows.
fn fitting(values: Vec<String>, typed: &str) -> CompletionInfo {
    let typed = typed.to_lowercase();
    let mut values: Vec<_> = values
        .into_iter()
        .filter(|value| value.to_lowercase().starts_with(&typed))
        .collect();
    values.sort_unstable();
    values.dedup();
    let total = values.len();
    values.truncate(CompletionInfo::MAX_VALUES);
    let mut info = CompletionInfo::default();
    info.has_more = Some(total > values.len());
    info.total = u32::try_from(total).ok();
    info.values = values;
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_the_beginning_in_any_case() {
        let values = ["orders", "Orders-2", "payments", "orders"].map(str::to_owned);
        let info = fitting(values.to_vec(), "oRD");
        assert_eq!(info.values, ["Orders-2", "orders"]);
        assert_eq!((info.total, info.has_more), (Some(2), Some(false)));
        assert_eq!(fitting(values.to_vec(), "x").values.len(), 0);
    }

    #[test]
    fn at_most_a_hundred_are_given_and_the_rest_is_counted() {
        let values = (0..250).map(|n| format!("topic-{n:03}")).collect();
        let info = fitting(values, "");
        assert_eq!(info.values.len(), 100);
        assert_eq!(info.values[0], "topic-000");
        assert_eq!((info.total, info.has_more), (Some(250), Some(true)));
    }
}
