//! The way of one prompt: find it, take the arguments, run, bound.

use rmcp::{
    ErrorData,
    model::{GetPromptResponse, GetPromptResult, JsonObject},
};
use serde_json::Value;

use crate::{
    error::{ErrorKind, ToolError},
    tool::{
        call::{Requester, named_connection, observed, reading},
        check::{Problem, normalise_and_check},
        failure::{ask_back, protocol_error},
        not_done::not_done,
        suggest,
        toolbox::{CONNECTION_ID, Toolbox},
        wording::echo,
    },
};

impl Toolbox {
    /// The messages of the prompt called `name`.
    pub(crate) async fn get_prompt(
        &self,
        name: &str,
        arguments: JsonObject,
        requester: Requester,
    ) -> Result<GetPromptResponse, ErrorData> {
        let failed = |error: &ToolError| protocol_error(error, None);
        let wrong = |mut problems: Vec<Problem>| {
            for problem in &mut problems {
                let of_tool = "is not an argument of this tool";
                if let Some(rest) = problem.message.strip_prefix(of_tool) {
                    problem.message = format!("is not an argument of this prompt{rest}");
                }
            }
            let what = format!("`{}` was not made", echo(name, 80));
            failed(&ToolError::argument(not_done(
                &what,
                "its arguments",
                &problems,
            )))
        };
        let Some(offer) = self.prompt(name) else {
            return Err(failed(&self.no_prompt(name)));
        };
        let meta = offer.entry.meta();
        // The id of the connection stays among the arguments: the text may have to name it.
        let named = named_connection(&arguments).filter(|_| offer.routed);
        let arguments = normalise_and_check(&offer.schema, arguments)
            .map_err(|problems| wrong(self.with_reasons(offer.entry, named, problems)))?;
        let named = arguments.get(CONNECTION_ID).and_then(Value::as_str);
        let connection = match named.filter(|_| offer.routed) {
            Some(id) => offer.viable.iter().find(|viable| viable.id() == id),
            None => offer.viable.first(),
        };
        let body = offer.entry.prepare(arguments.clone()).map_err(wrong)?;
        let context = self.context(meta, connection, offer.routed, arguments, requester, None);
        let span = tracing::info_span!(
            "prompt",
            prompt = meta.name,
            connection = connection.map(|connection| connection.id()),
            outcome = tracing::field::Empty,
            millis = tracing::field::Empty,
        );
        let running = reading(body, context.clone(), self.limit(meta));
        match observed(span, running).await {
            Ok(messages) => {
                let limit = self.gates.config().safety.max_result_bytes;
                let messages = messages.into_iter().map(|it| it.bounded(limit));
                Ok(GetPromptResult::new(messages.collect())
                    .with_description(meta.description)
                    .into())
            }
            Err(error) if error.kind() == ErrorKind::NeedsInput => ask_back(&context)
                .map(Into::into)
                .map_err(|error| failed(&error)),
            Err(error) => Err(failed(&error)),
        }
    }

    fn no_prompt(&self, name: &str) -> ToolError {
        let shown = echo(name, 80);
        let mut prompts = self.registry().prompts();
        if let Some(entry) = prompts.find(|entry| entry.meta().name == name) {
            let gap = self.gates.gap(entry);
            let reason = gap.map_or("it is off".into(), |gap| gap.reason());
            return ToolError::not_found(format!("`{shown}` is not available: {reason}"))
                .hint("the operator decides this in the configuration of the server");
        }
        let known = self.prompts().iter().map(|offer| offer.entry.meta().name);
        let meant = suggest::nearest(name, known)
            .map(|meant| format!("; did you mean `{meant}`?"))
            .unwrap_or_default();
        ToolError::not_found(format!("there is no prompt `{shown}`{meant}"))
    }
}
