//! `get-flink-statement-profile`.

use std::time::Duration;

use super::{
    issues::{FlinkIssue, FlinkSeverity, GIB},
    metrics::{Measured, Over, Subject, percent, watermark},
};
use crate::{
    client::flink::{Task, TaskGraph},
    prelude::*,
};

const TASK_IN: &str = "task/num_records_in";
const TASK_OUT: &str = "task/num_records_out";
const STATE: &str = "operator/state_size_bytes";
const BUSY: &str = "task/busy_time_ms_per_second";
const IDLE: &str = "task/idle_time_ms_per_second";
const BACKPRESSURE: &str = "task/backpressure_time_ms_per_second";
const TASK_WATERMARK_IN: &str = "operator/current_input_watermark_ms";
const TASK_WATERMARK_OUT: &str = "operator/current_output_watermark_ms";
const RECORDS_IN: &str = "num_records_in";
const RECORDS_OUT: &str = "num_records_out";
const WATERMARK_IN: &str = "current_input_watermark_milliseconds";
const WATERMARK_OUT: &str = "current_output_watermark_milliseconds";
const CFUS: &str = "statement_utilization/current_cfus";
const PENDING: &str = "pending_records";
const LATE: &str = "num_late_records_in";

const METRICS: [(Over, &str); 15] = [
    (Over::Tasks, TASK_IN),
    (Over::Tasks, TASK_OUT),
    (Over::Tasks, STATE),
    (Over::Tasks, BUSY),
    (Over::Tasks, IDLE),
    (Over::Tasks, BACKPRESSURE),
    (Over::Tasks, TASK_WATERMARK_IN),
    (Over::Tasks, TASK_WATERMARK_OUT),
    (Over::Statement, RECORDS_IN),
    (Over::Statement, RECORDS_OUT),
    (Over::Statement, WATERMARK_IN),
    (Over::Statement, WATERMARK_OUT),
    (Over::Statement, CFUS),
    (Over::Statement, PENDING),
    (Over::Statement, LATE),
];

/// Show the tasks of a running Flink SQL statement, their connections and performance.
#[confluent_tool(read_only, category = Flink)]
async fn get_flink_statement_profile(
    flink: Flink,
    pool: FlinkPool,
    telemetry: Telemetry,
    progress: Progress,
    /// Its name.
    #[arg(length = 1..=100)]
    statement_name: String,
    /// Minutes to look back.
    #[arg(default = 5, range = 1..=60)]
    interval_minutes: u32,
    /// Also say what looks wrong.
    #[arg(default = true)]
    include_analysis: bool,
) -> Result<FlinkProfile> {
    let graph = flink.session(&pool).task_graph(&statement_name).await?;
    let subject = Subject {
        statement: statement_name.clone(),
        pool: pool.compute_pool_id.clone(),
        back: Duration::from_secs(60 * u64::from(interval_minutes)),
    };
    let (client, call) = (telemetry.client(), telemetry.call());
    let measured = Measured::read(client, call, &subject, &METRICS, &progress).await;
    let issues = include_analysis.then(|| judge(&graph, &measured));
    Ok(FlinkProfile {
        statement_name,
        interval_minutes,
        summary: FlinkSummary::new(&measured),
        tasks: graph
            .tasks
            .iter()
            .map(|task| FlinkTask::new(task, &measured))
            .collect(),
        issues,
        metrics_missing: measured.failure,
    })
}

/// How a statement runs.
#[confluent_type(text("{}", self.prose()))]
struct FlinkProfile {
    /// Name of the statement.
    statement_name: String,
    /// How many minutes were looked at.
    interval_minutes: u32,
    /// The whole statement.
    summary: FlinkSummary,
    /// Its tasks.
    tasks: Vec<FlinkTask>,
    /// What looks wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<Vec<FlinkIssue>>,
    /// Why metrics are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_missing: Option<String>,
}

/// What was last measured of a statement; what was not measured is absent.
#[confluent_type]
struct FlinkSummary {
    /// Records received in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_in: Option<f64>,
    /// Records emitted in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_out: Option<f64>,
    /// Bytes of state.
    #[serde(skip_serializing_if = "Option::is_none")]
    state_bytes: Option<f64>,
    /// Records not read yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_records: Option<f64>,
    /// Records behind the watermark.
    #[serde(skip_serializing_if = "Option::is_none")]
    late_records: Option<f64>,
    /// Watermark received, RFC 3339; absent before the first one and after the last record.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_watermark: Option<String>,
    /// Watermark emitted, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_watermark: Option<String>,
    /// CFUs in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    cfus: Option<f64>,
}

impl FlinkSummary {
    fn new(measured: &Measured) -> Self {
        let whole = |metric| measured.of_task(metric, "");
        Self {
            records_in: whole(RECORDS_IN),
            records_out: whole(RECORDS_OUT),
            state_bytes: measured.sum(STATE),
            pending_records: whole(PENDING),
            late_records: whole(LATE),
            input_watermark: whole(WATERMARK_IN).and_then(watermark),
            output_watermark: whole(WATERMARK_OUT).and_then(watermark),
            cfus: whole(CFUS),
        }
    }
}

/// A task of a statement; what was not measured is absent.
#[confluent_type]
struct FlinkTask {
    /// Id.
    id: String,
    /// Name.
    name: String,
    /// Ids of the tasks it gets records from.
    inputs: Vec<String>,
    /// What it does, in order.
    operators: Vec<String>,
    /// Records received in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_in: Option<f64>,
    /// Records emitted in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    records_out: Option<f64>,
    /// Bytes of state.
    #[serde(skip_serializing_if = "Option::is_none")]
    state_bytes: Option<f64>,
    /// How much of its time it works, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    busy_percent: Option<f64>,
    /// How much of its time it has nothing to do, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_percent: Option<f64>,
    /// How much of its time it waits for those after it, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    backpressure_percent: Option<f64>,
    /// Watermark received, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_watermark: Option<String>,
    /// Watermark emitted, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_watermark: Option<String>,
}

impl FlinkTask {
    fn new(task: &Task, measured: &Measured) -> Self {
        let value = |metric| measured.of_task(metric, &task.task_id);
        let operators = task.included_operators.iter();
        Self {
            id: task.task_id.clone(),
            name: task.task_name.clone(),
            inputs: task
                .input_tasks
                .iter()
                .map(|it| it.task_id.clone())
                .collect(),
            operators: operators.map(|it| it.operator_name.clone()).collect(),
            records_in: value(TASK_IN),
            records_out: value(TASK_OUT),
            state_bytes: value(STATE),
            busy_percent: value(BUSY).map(percent),
            idle_percent: value(IDLE).map(percent),
            backpressure_percent: value(BACKPRESSURE).map(percent),
            input_watermark: value(TASK_WATERMARK_IN).and_then(watermark),
            output_watermark: value(TASK_WATERMARK_OUT).and_then(watermark),
        }
    }

    fn prose(&self) -> String {
        let mut text = format!("{} {}", self.id, self.name);
        if !self.inputs.is_empty() {
            text.push_str(&format!(" <- {}", self.inputs.join(", ")));
        }
        let facts = [
            ("in", self.records_in, ""),
            ("out", self.records_out, ""),
            ("busy", self.busy_percent, " %"),
            ("idle", self.idle_percent, " %"),
            ("backpressure", self.backpressure_percent, " %"),
            ("state", self.state_bytes, " bytes"),
        ];
        text + &listed(&facts)
    }
}

/// The facts that are known, after a colon.
fn listed(facts: &[(&str, Option<f64>, &str)]) -> String {
    let facts = facts
        .iter()
        .filter_map(|(name, value, unit)| Some(format!("{name} {}{unit}", (*value)?)));
    let facts: Vec<_> = facts.collect();
    if facts.is_empty() {
        ": nothing was measured".to_owned()
    } else {
        format!(": {}", facts.join(", "))
    }
}

impl FlinkProfile {
    fn prose(&self) -> String {
        let Self {
            statement_name,
            interval_minutes,
            summary,
            ..
        } = self;
        let facts = [
            ("records in", summary.records_in, ""),
            ("out", summary.records_out, ""),
            ("pending", summary.pending_records, ""),
            ("late", summary.late_records, ""),
            ("state", summary.state_bytes, " bytes"),
            ("CFUs", summary.cfus, ""),
        ];
        let facts = listed(&facts);
        let mut text = format!("`{statement_name}`, last {interval_minutes} minute(s){facts}");
        for task in &self.tasks {
            text.push('\n');
            text.push_str(&task.prose());
        }
        for issue in self.issues.iter().flatten() {
            text.push('\n');
            text.push_str(&issue.prose());
        }
        if let Some(why) = &self.metrics_missing {
            text.push_str(&format!("\nMetrics are missing: {why}"));
        }
        text
    }
}

/// What looks wrong, the worst first.
fn judge(graph: &TaskGraph, measured: &Measured) -> Vec<FlinkIssue> {
    use FlinkSeverity::{High, Low, Medium};
    /// What is how bad from where on, the worst first.
    type Bounds = &'static [(f64, FlinkSeverity)];
    let mut issues = Vec::new();
    for task in &graph.tasks {
        let pressure = measured.of_task(BACKPRESSURE, &task.task_id).map(percent);
        if let Some(pressure) = pressure.filter(|pressure| *pressure > 50.0) {
            let severity = if pressure > 80.0 { High } else { Medium };
            let name = &task.task_name;
            let words = format!("`{name}` waits {pressure} % of its time for those after it");
            issues.push(FlinkIssue {
                task_name: Some(name.clone()),
                ..FlinkIssue::measured("high_backpressure", severity, words, pressure)
            });
        }
    }
    let rules: [(&str, Option<f64>, Bounds, &str); 3] = [
        (
            "high_consumer_lag",
            measured.of_task(PENDING, ""),
            &[(1_000_000.0, High), (100_000.0, Medium)],
            "records are not read yet",
        ),
        (
            "late_data",
            measured.of_task(LATE, ""),
            &[(10_000.0, High), (1_000.0, Medium), (0.0, Low)],
            "records came after the watermark",
        ),
        (
            "large_state",
            measured.sum(STATE),
            &[(10.0 * GIB, Medium)],
            "bytes of state are kept",
        ),
    ];
    for (kind, value, bounds, words) in rules {
        let Some(value) = value else { continue };
        if let Some((_, severity)) = bounds.iter().find(|(bound, _)| value > *bound) {
            let words = format!("{value} {words}");
            issues.push(FlinkIssue::measured(kind, *severity, words, value));
        }
    }
    let is_idle = |task: &Task| {
        let idle = measured.of_task(IDLE, &task.task_id).map(percent);
        idle.is_some_and(|idle| idle > 90.0)
    };
    let received = measured.of_task(RECORDS_IN, "");
    if !graph.tasks.is_empty()
        && graph.tasks.iter().all(is_idle)
        && let Some(received) = received.filter(|received| *received <= 0.0)
    {
        let words = "no task has anything to do: no records come".to_owned();
        issues.push(FlinkIssue::measured(
            "no_input_data",
            Medium,
            words,
            received,
        ));
    }
    issues.sort_by_key(|issue| issue.severity);
    issues
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kinds(
        graph: &serde_json::Value,
        values: &[(&'static str, &str, f64)],
    ) -> Vec<(String, FlinkSeverity)> {
        let graph = serde_json::from_value(graph.clone()).unwrap();
        let issues = judge(&graph, &Measured::of(values)).into_iter();
        issues.map(|it| (it.r#type, it.severity)).collect()
    }

    #[test]
    fn a_profile_is_judged_by_its_own_bounds() {
        use FlinkSeverity::{High, Low, Medium};
        let two = json!({"tasks": [{"task_id": "1", "task_name": "A"}, {"task_id": "2"}]});
        for (values, expected) in [
            (&[(BACKPRESSURE, "1", 500.0)][..], &[][..]),
            (
                &[(BACKPRESSURE, "1", 510.0)],
                &[("high_backpressure", Medium)],
            ),
            (
                &[(BACKPRESSURE, "1", 510.0), (BACKPRESSURE, "2", 810.0)],
                &[("high_backpressure", High), ("high_backpressure", Medium)],
            ),
            (
                &[(PENDING, "", 100_001.0)],
                &[("high_consumer_lag", Medium)],
            ),
            (&[(LATE, "", 3.0)], &[("late_data", Low)]),
            (
                &[(STATE, "1", 6.0 * GIB), (STATE, "2", 6.0 * GIB)],
                &[("large_state", Medium)],
            ),
            (
                &[
                    (IDLE, "1", 950.0),
                    (IDLE, "2", 990.0),
                    (RECORDS_IN, "", 0.0),
                ],
                &[("no_input_data", Medium)],
            ),
            (&[(IDLE, "1", 950.0), (RECORDS_IN, "", 0.0)], &[]),
        ] {
            let found = kinds(&two, values);
            let found: Vec<_> = found
                .iter()
                .map(|(kind, how)| (kind.as_str(), *how))
                .collect();
            assert_eq!(found, expected, "{values:?}");
        }
        let none = json!({"tasks": []});
        assert_eq!(kinds(&none, &[(RECORDS_IN, "", 0.0)]), []);
    }
}
