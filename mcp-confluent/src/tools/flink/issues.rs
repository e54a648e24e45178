//! `detect-flink-statement-issues`.

use std::time::Duration;

use super::metrics::{Measured, Over, Subject, percent};
use crate::{
    client::flink::{Statement, StatementException},
    prelude::*,
};

/// How far back is measured.
const BACK: Duration = Duration::from_mins(5);
pub(super) const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

const METRICS: [(Over, &str); 10] = [
    (Over::Tasks, "num_records_in"),
    (Over::Tasks, "num_records_out"),
    (Over::Tasks, "pending_records"),
    (Over::Tasks, "task/backpressure_time_ms_per_second"),
    (Over::Tasks, "task/busy_time_ms_per_second"),
    (Over::Tasks, "task/idle_time_ms_per_second"),
    (Over::Tasks, "num_late_records_in"),
    (Over::Tasks, "max_input_lateness_milliseconds"),
    (Over::Statement, "statement_utilization/current_cfus"),
    (Over::Tasks, "operator/state_size_bytes"),
];

/// Find what is wrong with a Flink SQL statement: phase, exceptions, last five minutes.
#[confluent_tool(read_only, category = Flink)]
async fn detect_flink_statement_issues(
    flink: Flink,
    pool: FlinkPool,
    telemetry: Option<Telemetry>,
    progress: Progress,
    /// Its name.
    #[arg(length = 1..=100)]
    statement_name: String,
    /// Also look at its metrics.
    #[arg(default = true)]
    include_metrics: bool,
) -> Result<FlinkIssues> {
    let session = flink.session(&pool);
    let subject = Subject {
        statement: statement_name.clone(),
        pool: pool.compute_pool_id.clone(),
        back: BACK,
    };
    let (statement, exceptions) = tokio::join!(
        session.statement(&statement_name),
        session.exceptions(&statement_name),
    );
    let statement = statement?;
    let measured = match telemetry.as_ref().filter(|_| include_metrics) {
        Some(telemetry) => {
            let (client, call) = (telemetry.client(), telemetry.call());
            Some(Measured::read(client, call, &subject, &METRICS, &progress).await)
        }
        None => None,
    };
    let mut issues = of_phase(&statement);
    // They are a detail: the phase says much without them.
    issues.extend(of_exceptions(&exceptions.unwrap_or_default()));
    let metrics_missing = match &measured {
        _ if !include_metrics => None,
        None => Some("the connection has no metrics: it lacks a `telemetry` block".to_owned()),
        Some(measured) if measured.is_empty() => {
            let nothing = || "nothing was measured in the last five minutes".to_owned();
            Some(measured.failure.clone().unwrap_or_else(nothing))
        }
        Some(measured) => measured.failure.clone(),
    };
    let metrics = measured.filter(|measured| !measured.is_empty());
    if let Some(measured) = &metrics {
        issues.extend(of_metrics(measured));
    }
    issues.sort_by_key(|issue| issue.severity);
    Ok(FlinkIssues {
        statement_name,
        phase: statement.status.phase,
        status_detail: statement.status.detail.filter(|it| !it.trim().is_empty()),
        issues,
        metrics: metrics.as_ref().map(FlinkMetrics::new),
        metrics_missing,
    })
}

/// What is wrong with a statement.
#[confluent_type(text("{}", self.prose()))]
struct FlinkIssues {
    /// Name of the statement.
    statement_name: String,
    /// Phase.
    phase: String,
    /// More about the phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_detail: Option<String>,
    /// What was found, the worst first.
    issues: Vec<FlinkIssue>,
    /// What was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<FlinkMetrics>,
    /// Why metrics are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_missing: Option<String>,
}

/// Something that is wrong.
#[confluent_type]
pub(super) struct FlinkIssue {
    /// What sort of trouble, such as `high_backpressure`.
    pub(super) r#type: String,
    /// How bad it is.
    pub(super) severity: FlinkSeverity,
    /// What was seen.
    pub(super) description: String,
    /// What may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suggestion: Option<String>,
    /// The value that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<f64>,
    /// Task it was seen in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task_name: Option<String>,
}

/// How bad something is.
#[confluent_type]
#[derive(Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(super) enum FlinkSeverity {
    /// It does not work.
    Critical,
    /// It is about to stop working.
    High,
    /// Somebody should look at it.
    Medium,
    /// It is good to know.
    Low,
}

impl FlinkIssue {
    fn new(kind: &str, severity: FlinkSeverity, description: impl Into<String>) -> Self {
        Self {
            r#type: kind.to_owned(),
            severity,
            description: description.into(),
            suggestion: None,
            value: None,
            task_name: None,
        }
    }

    /// One that was seen in a value.
    pub(super) fn measured(
        kind: &str,
        severity: FlinkSeverity,
        description: String,
        value: f64,
    ) -> Self {
        Self {
            value: Some(value),
            ..Self::new(kind, severity, description)
        }
    }

    fn helps(mut self, suggestion: &str) -> Self {
        self.suggestion = Some(suggestion.to_owned());
        self
    }

    pub(super) fn prose(&self) -> String {
        let severity = match self.severity {
            FlinkSeverity::Critical => "critical",
            FlinkSeverity::High => "high",
            FlinkSeverity::Medium => "medium",
            FlinkSeverity::Low => "low",
        };
        let mut text = format!("{severity} {}: {}", self.r#type, self.description);
        if let Some(suggestion) = &self.suggestion {
            text.push_str(&format!(" ({suggestion})"));
        }
        text
    }
}

/// What was last measured, over all tasks.
#[confluent_type]
struct FlinkMetrics {
    /// Records received in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_in: Option<f64>,
    /// Records emitted in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_out: Option<f64>,
    /// Records not read yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_records: Option<f64>,
    /// How much of its time the slowest task waits for those after it, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    backpressure_percent: Option<f64>,
    /// How much of their time tasks work, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    busy_percent: Option<f64>,
    /// How much of their time tasks have nothing to do, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_percent: Option<f64>,
    /// CFUs in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    cfus: Option<f64>,
    /// Bytes of state.
    #[serde(skip_serializing_if = "Option::is_none")]
    state_bytes: Option<f64>,
}

impl FlinkMetrics {
    fn new(measured: &Measured) -> Self {
        Self {
            records_in: measured.sum("num_records_in"),
            records_out: measured.sum("num_records_out"),
            pending_records: measured.sum("pending_records"),
            backpressure_percent: measured
                .max("task/backpressure_time_ms_per_second")
                .map(percent),
            busy_percent: measured.mean("task/busy_time_ms_per_second").map(percent),
            idle_percent: measured.mean("task/idle_time_ms_per_second").map(percent),
            cfus: measured.sum("statement_utilization/current_cfus"),
            state_bytes: measured.sum("operator/state_size_bytes"),
        }
    }
}

impl FlinkIssues {
    fn prose(&self) -> String {
        let Self {
            statement_name,
            phase,
            issues,
            ..
        } = self;
        let mut text = if issues.is_empty() {
            format!("Nothing wrong was found with `{statement_name}` ({phase}).")
        } else {
            format!("{} issue(s) of `{statement_name}` ({phase}):", issues.len())
        };
        for issue in issues {
            text.push('\n');
            text.push_str(&issue.prose());
        }
        if let Some(metrics) = &self.metrics {
            let facts = [
                ("records in", metrics.records_in, ""),
                ("out", metrics.records_out, ""),
                ("pending", metrics.pending_records, ""),
                ("backpressure", metrics.backpressure_percent, " %"),
                ("busy", metrics.busy_percent, " %"),
                ("idle", metrics.idle_percent, " %"),
                ("CFUs", metrics.cfus, ""),
            ];
            let facts = facts
                .iter()
                .filter_map(|(name, value, unit)| Some(format!("{name} {}{unit}", (*value)?)));
            let facts: Vec<_> = facts.collect();
            text.push_str(&format!("\nMetrics: {}", facts.join(", ")));
        }
        if let Some(why) = &self.metrics_missing {
            text.push_str(&format!("\nMetrics are missing: {why}"));
        }
        text
    }
}

fn of_phase(statement: &Statement) -> Vec<FlinkIssue> {
    use FlinkSeverity::{Critical, High, Medium};
    let status = &statement.status;
    let phase = status.phase.as_str();
    let mut issues = Vec::new();
    let issue = match phase {
        "FAILED" => Some(("statement_failed", Critical, "The statement failed")),
        "FAILING" => Some(("statement_failing", High, "The statement is about to fail")),
        "DEGRADED" => Some((
            "statement_degraded",
            High,
            "The statement runs worse than it should",
        )),
        "STOPPED" => Some(("statement_stopped", Medium, "The statement was stopped")),
        _ => None,
    };
    let detail = status.detail.as_deref().unwrap_or_default().trim();
    if let Some((kind, severity, words)) = issue {
        let reason = if detail.is_empty() {
            String::new()
        } else {
            format!(": {detail}")
        };
        issues.push(FlinkIssue::new(kind, severity, format!("{words}{reason}")));
    }
    let alarms = [
        "error",
        "fail",
        "issue",
        "problem",
        "attention",
        "contact support",
    ];
    let lower = detail.to_lowercase();
    if !matches!(phase, "FAILED" | "FAILING" | "DEGRADED")
        && alarms.iter().any(|word| lower.contains(word))
    {
        issues.push(FlinkIssue::new("status_warning", Medium, detail));
    }
    issues
}

/// What an exception is about, by the words in it.
const CAUSES: [(&str, FlinkSeverity, &[&str], &str); 5] = [
    (
        "memory_issue",
        FlinkSeverity::High,
        &["outofmemory"],
        "reduce the state, or use a larger compute pool",
    ),
    (
        "timeout",
        FlinkSeverity::Medium,
        &["timeout"],
        "look at the load and reachability of what it talks to",
    ),
    (
        "serialization_error",
        FlinkSeverity::High,
        &["serializ"],
        "compare the records with the schema of the topic",
    ),
    (
        "permission_error",
        FlinkSeverity::High,
        &["permission", "access denied"],
        "give its principal access to what it reads and writes",
    ),
    (
        "resource_not_found",
        FlinkSeverity::High,
        &["not found", "does not exist"],
        "make what is missing, or correct its name",
    ),
];
/// From how many exceptions on they are frequent; the service keeps ten.
const FREQUENT: usize = 5;

/// Each cause once, with the newest exception it was seen in.
fn of_exceptions(exceptions: &[StatementException]) -> Vec<FlinkIssue> {
    let mut issues = Vec::new();
    for (kind, severity, words, suggestion) in CAUSES {
        let found = exceptions.iter().find(|exception| {
            let text = format!("{} {}", exception.name, exception.message).to_lowercase();
            words.iter().any(|word| text.contains(word))
        });
        if let Some(found) = found {
            let issue = FlinkIssue::new(kind, severity, found.message.clone());
            issues.push(issue.helps(suggestion));
        }
    }
    if exceptions.len() >= FREQUENT {
        let count = exceptions.len();
        let description = format!("{count} exceptions are known, and only ten are kept");
        let issue = FlinkIssue::new("frequent_exceptions", FlinkSeverity::Medium, description);
        issues.push(issue.helps("get-flink-statement-exceptions shows them"));
    }
    issues
}

/// A value that is trouble from a bound on, the highest bound first.
struct Rule {
    value: Option<f64>,
    bounds: &'static [(f64, &'static str, FlinkSeverity)],
    words: &'static str,
    suggestion: &'static str,
}

fn of_metrics(measured: &Measured) -> Vec<FlinkIssue> {
    use FlinkSeverity::{High, Low, Medium};
    let rules = [
        Rule {
            value: measured
                .max("task/backpressure_time_ms_per_second")
                .map(percent),
            bounds: &[
                (50.0, "high_backpressure", High),
                (20.0, "moderate_backpressure", Medium),
            ],
            words: "% of its time a task waits for those after it",
            suggestion: "get-flink-statement-profile shows which task is slow",
        },
        Rule {
            value: measured.sum("pending_records"),
            bounds: &[
                (1_000_000.0, "high_lag", High),
                (100_000.0, "high_lag", Medium),
            ],
            words: "records are not read yet",
            suggestion: "give the compute pool more CFUs",
        },
        Rule {
            value: measured.sum("num_late_records_in"),
            bounds: &[
                (10_000.0, "late_data", High),
                (1_000.0, "late_data", Medium),
                (0.0, "late_data", Low),
            ],
            words: "records came after the watermark",
            suggestion: "let the watermark wait longer",
        },
        Rule {
            value: measured.max("max_input_lateness_milliseconds"),
            bounds: &[
                (300_000.0, "high_lateness", High),
                (60_000.0, "high_lateness", Medium),
            ],
            words: "ms late is the latest record",
            suggestion: "let the watermark wait longer, or look at the producers",
        },
        Rule {
            value: measured.sum("operator/state_size_bytes"),
            bounds: &[(10.0 * GIB, "large_state", Medium)],
            words: "bytes of state are kept",
            suggestion: "set a time to live for the state, or narrow the join or the window",
        },
    ];
    let mut issues = Vec::new();
    for rule in rules {
        let Some(value) = rule.value else { continue };
        let hit = rule.bounds.iter().find(|(bound, ..)| value > *bound);
        if let Some((_, kind, severity)) = hit {
            let words = format!("{value} {}", rule.words);
            let issue = FlinkIssue::measured(kind, *severity, words, value);
            issues.push(issue.helps(rule.suggestion));
        }
    }
    let idle = measured.mean("task/idle_time_ms_per_second").map(percent);
    let received = measured.sum("num_records_in");
    if let Some(idle) = idle.filter(|idle| *idle > 90.0)
        && received.is_some_and(|received| received <= 0.0)
    {
        let words = "it has nothing to do: no records come".to_owned();
        let issue = FlinkIssue::measured("no_input_data", Medium, words, idle);
        issues.push(issue.helps("check that its sources get records"));
    }
    issues
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kinds(issues: &[FlinkIssue]) -> Vec<(&str, FlinkSeverity)> {
        let issues = issues.iter();
        issues.map(|it| (it.r#type.as_str(), it.severity)).collect()
    }

    #[test]
    fn phases_and_details_are_judged() {
        use FlinkSeverity::{Critical, High, Medium};
        for (phase, detail, expected) in [
            ("FAILED", "an error", &[("statement_failed", Critical)][..]),
            ("FAILING", "", &[("statement_failing", High)]),
            ("DEGRADED", "problem", &[("statement_degraded", High)]),
            (
                "STOPPED",
                "Needs Attention",
                &[("statement_stopped", Medium), ("status_warning", Medium)],
            ),
            (
                "RUNNING",
                "please contact support",
                &[("status_warning", Medium)],
            ),
            ("RUNNING", "all is well", &[]),
        ] {
            let statement = json!({"status": {"phase": phase, "detail": detail}});
            let issues = of_phase(&serde_json::from_value(statement).unwrap());
            assert_eq!(kinds(&issues), expected, "{phase} {detail}");
        }
    }

    #[test]
    fn exceptions_are_judged_by_their_words_each_cause_once() {
        use FlinkSeverity::{High, Medium};
        let exception = |name: &str, message: &str| StatementException {
            name: name.to_owned(),
            message: message.to_owned(),
            timestamp: None,
        };
        let few = [
            exception("java.lang.OutOfMemoryError", "heap"),
            exception("x", "Table a does not exist; Access denied"),
            exception("x", "b does not exist"),
        ];
        assert_eq!(
            kinds(&of_exceptions(&few)),
            [
                ("memory_issue", High),
                ("permission_error", High),
                ("resource_not_found", High)
            ]
        );
        let many = vec![exception("TimeoutException", "Serialization"); 5];
        assert_eq!(
            kinds(&of_exceptions(&many)),
            [
                ("timeout", Medium),
                ("serialization_error", High),
                ("frequent_exceptions", Medium)
            ]
        );
    }

    #[test]
    fn metrics_are_judged_by_their_bounds() {
        use FlinkSeverity::{High, Low, Medium};
        let backpressure = "task/backpressure_time_ms_per_second";
        for (values, expected) in [
            (
                &[(backpressure, "1", 500.0)][..],
                &[("moderate_backpressure", Medium)][..],
            ),
            (
                &[(backpressure, "1", 200.0), (backpressure, "2", 510.0)],
                &[("high_backpressure", High)],
            ),
            (&[(backpressure, "1", 200.0)], &[]),
            (
                &[
                    ("pending_records", "1", 60_000.0),
                    ("pending_records", "2", 50_000.0),
                ],
                &[("high_lag", Medium)],
            ),
            (
                &[("pending_records", "1", 1_000_001.0)],
                &[("high_lag", High)],
            ),
            (&[("num_late_records_in", "1", 1.0)], &[("late_data", Low)]),
            (
                &[("num_late_records_in", "1", 1_001.0)],
                &[("late_data", Medium)],
            ),
            (&[("num_late_records_in", "1", 0.0)], &[]),
            (
                &[("max_input_lateness_milliseconds", "1", 300_001.0)],
                &[("high_lateness", High)],
            ),
            (
                &[("operator/state_size_bytes", "1", 11.0 * GIB)],
                &[("large_state", Medium)],
            ),
            (
                &[
                    ("task/idle_time_ms_per_second", "1", 990.0),
                    ("num_records_in", "1", 0.0),
                ],
                &[("no_input_data", Medium)],
            ),
            (&[("task/idle_time_ms_per_second", "1", 990.0)], &[]),
        ] {
            let issues = of_metrics(&Measured::of(values));
            assert_eq!(kinds(&issues), expected, "{values:?}");
        }
    }
}
