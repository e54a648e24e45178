//! `get-connector-error-summary`, `get-connector-error-recommendations`.

use serde_json::Value;

use super::shared::{has_failed, trace_head};
use crate::{
    client::connect::{ConnectorStatus, TaskState},
    policy::redact,
    prelude::*,
};

/// Summarize what is wrong with a connector: state, failed tasks, configuration errors, traces.
#[confluent_tool(read_only, category = Connect)]
async fn get_connector_error_summary(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<ErrorSummary> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    let status = client.status(call, connect.cluster(), name).await?;
    Ok(ErrorSummary::of(name, status))
}

/// What is wrong with one connector.
#[confluent_type(text("{}", self.prose()))]
struct ErrorSummary {
    /// Name of the connector.
    connector_name: String,
    /// State of the connector.
    state: String,
    /// Whether something is wrong. A connector that is paused or being started is all right.
    has_error: bool,
    /// How many tasks it has.
    total_tasks: usize,
    /// What the service says.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// What is wrong with its configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    validation_errors: Vec<ValidationError>,
    /// What the service read in the traces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    errors_from_trace: Vec<String>,
    /// More, in the service's own shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<Value>,
    /// Whether it is about field-level encryption.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_csfle_error: Option<bool>,
    /// Whether the plugin is still maintained.
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin_lifecycle: Option<String>,
    /// The tasks that have failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed_tasks: Vec<FailedTask>,
    /// Start of the connector's own trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    connector_trace_head: Option<String>,
}

/// An error in a configuration.
#[confluent_type]
struct ValidationError {
    /// Key; empty where the service names none.
    field: String,
    /// What is wrong with it.
    message: String,
}

/// A task that has failed.
#[confluent_type]
struct FailedTask {
    /// Number, from 0.
    id: i64,
    /// State.
    state: String,
    /// Who ran it.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_id: Option<String>,
    /// Start of what it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Start of its trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_head: Option<String>,
}

fn clean(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| redact::text(text).into_owned())
}

impl ValidationError {
    /// `key: reason`; the reason may hold more colons.
    fn of(text: &str) -> Self {
        let (field, message) = text.split_once(':').unwrap_or(("", text));
        Self {
            field: field.trim().to_owned(),
            message: redact::value(field, message.trim()).into_owned(),
        }
    }
}

impl FailedTask {
    fn of(task: &TaskState) -> Option<Self> {
        let state = task.state.as_deref().unwrap_or("UNKNOWN");
        has_failed(state).then(|| Self {
            id: task.id,
            state: state.to_owned(),
            worker_id: task.worker_id.clone(),
            message: trace_head(task.msg.as_deref()),
            trace_head: trace_head(task.trace.as_deref()),
        })
    }
}

impl ErrorSummary {
    fn of(name: &str, status: ConnectorStatus) -> Self {
        let state = status
            .connector
            .state
            .unwrap_or_else(|| "UNKNOWN".to_owned());
        let failed_tasks: Vec<_> = status.tasks.iter().filter_map(FailedTask::of).collect();
        let validation_errors = status.validation_errors.iter();
        let validation_errors: Vec<_> = validation_errors
            .map(|it| ValidationError::of(it))
            .collect();
        let summaries = [status.override_message, status.error_summary];
        let mut details = status.error_details;
        redact::json(&mut details);
        let empty = match &details {
            Value::Null => true,
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        Self {
            connector_name: name.to_owned(),
            has_error: has_failed(&state)
                || !failed_tasks.is_empty()
                || !validation_errors.is_empty(),
            total_tasks: status.tasks.len(),
            summary: summaries.iter().flatten().find_map(|text| clean(text)),
            validation_errors,
            errors_from_trace: status
                .errors_from_trace
                .iter()
                .filter_map(|text| clean(text))
                .collect(),
            error_details: (!empty).then_some(details),
            is_csfle_error: status.is_csfle_error,
            plugin_lifecycle: status.plugin_lifecycle,
            failed_tasks,
            connector_trace_head: trace_head(status.connector.trace.as_deref())
                .filter(|_| state != "RUNNING"),
            state,
        }
    }

    fn prose(&self) -> String {
        let name = &self.connector_name;
        if !self.has_error {
            return format!("{name} has no errors; it is {}.", self.state);
        }
        let mut text = format!(
            "{name} is {}; {} of {} tasks failed.",
            self.state,
            self.failed_tasks.len(),
            self.total_tasks
        );
        if let Some(summary) = &self.summary {
            text.push_str(&format!("\n{summary}"));
        }
        for error in &self.validation_errors {
            text.push_str(&format!("\n{}: {}", error.field, error.message));
        }
        for error in &self.errors_from_trace {
            text.push_str(&format!("\n{error}"));
        }
        let traces = self.failed_tasks.iter();
        let traces = traces.filter_map(|task| task.trace_head.as_ref().or(task.message.as_ref()));
        if let Some(trace) = self.connector_trace_head.iter().chain(traces).next() {
            text.push_str(&format!("\n{trace}"));
        }
        text
    }
}

/// Get Confluent Cloud's advice on the errors of a connector.
#[confluent_tool(read_only, category = Connect)]
async fn get_connector_error_recommendations(
    connect: Connect,
    /// Its name.
    #[arg(length = 1..)]
    connector_name: String,
) -> Result<AdviceOfCloud> {
    let name = connector_name.trim();
    let (client, call) = (connect.client(), connect.call());
    let advice = client.advice(call, connect.cluster(), name).await?;
    let event = advice.as_ref().and_then(|advice| advice.event_id.clone());
    if let Some(error) = advice.as_ref().and_then(|advice| advice.error.as_deref()) {
        let event = event.as_deref().unwrap_or("without an id");
        return Err(ToolError::new(
            ErrorKind::Upstream,
            format!(
                "Confluent Cloud could not make recommendations for connector {name} (event {event}): {}",
                redact::text(error)
            ),
        )
        .hint("look at get-connector-error-summary and get-connector-logs instead"));
    }
    let recommendations = advice.map(|advice| advice.recommendations);
    let recommendations = recommendations.unwrap_or_default();
    Ok(AdviceOfCloud {
        connector_name: name.to_owned(),
        recommendations: recommendations.iter().filter_map(|it| clean(it)).collect(),
        event_id: event,
    })
}

/// What is recommended for one connector.
#[confluent_type(text("{}", self.prose()))]
struct AdviceOfCloud {
    /// Name of the connector.
    connector_name: String,
    /// What to do; empty where nothing is wrong, or nothing is known of it.
    recommendations: Vec<String>,
    /// What they were made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
}

impl AdviceOfCloud {
    fn prose(&self) -> String {
        let name = &self.connector_name;
        if self.recommendations.is_empty() {
            return format!("There are no recommendations for {name}.");
        }
        let list = self.recommendations.join("\n- ");
        format!("Recommendations for {name}:\n- {list}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summary(status: Value) -> ErrorSummary {
        ErrorSummary::of("c", serde_json::from_value(status).unwrap())
    }

    #[test]
    fn what_rests_is_not_broken() {
        for state in ["RUNNING", "PAUSED", "PROVISIONING"] {
            let task = json!({"id": 0, "state": state, "msg": ""});
            let found =
                summary(json!({"connector": {"state": state, "trace": ""}, "tasks": [task]}));
            assert!(!found.has_error, "{state}");
            assert_eq!(found.prose(), format!("c has no errors; it is {state}."));
        }
        for status in [
            json!({"connector": {"state": "FAILED"}}),
            json!({"connector": null, "tasks": null}),
            json!({"connector": {"state": "RUNNING"}, "tasks": [{"id": 1, "state": "FAILED"}]}),
            json!({"connector": {"state": "RUNNING"}, "validation_errors": ["topics: none"]}),
        ] {
            assert!(summary(status).has_error);
        }
    }

    #[test]
    fn the_service_s_words_are_sorted_and_without_secrets() {
        let found = summary(json!({
            "connector": {"state": "FAILED", "trace": "at x://u:hunter2@h"},
            "override_message": "  ",
            "error_summary": " the login failed ",
            "validation_errors": ["topics: none: at all", "no colon"],
            "errors_from_trace": [{"error": "password=hunter2 is wrong"}, "plain", null],
            "error_details": {"password": "hunter2"},
            "is_csfle_error": false,
            "something_new": 1,
        }));
        assert_eq!(found.summary.as_deref(), Some("the login failed"));
        let errors: Vec<_> = found
            .validation_errors
            .iter()
            .map(|error| (error.field.as_str(), error.message.as_str()))
            .collect();
        assert_eq!(errors, [("topics", "none: at all"), ("", "no colon")]);
        assert_eq!(found.errors_from_trace, ["password=*** is wrong", "plain"]);
        assert!(!serde_json::to_string(&found).unwrap().contains("hunter2"));
        assert!(!found.prose().contains("hunter2"));
    }
}
