//! `check-flink-statement-health`.

use super::results::FlinkException;
use crate::{
    client::flink::{Statement, StatementException, without_secrets},
    prelude::*,
};

/// Check by phase and exceptions whether a Flink SQL statement is healthy.
///
/// detect-flink-statement-issues looks deeper and takes longer.
#[confluent_tool(read_only, category = Flink)]
async fn check_flink_statement_health(
    flink: Flink,
    pool: FlinkPool,
    /// Its name.
    #[arg(length = 1..=100)]
    statement_name: String,
) -> Result<FlinkHealth> {
    let session = flink.session(&pool);
    let (statement, exceptions) = tokio::join!(
        session.statement(&statement_name),
        session.exceptions(&statement_name)
    );
    // They are a detail: the phase says enough without them.
    Ok(FlinkHealth::new(&statement?, exceptions.ok()))
}

/// How a statement is.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum FlinkVerdict {
    /// It runs, or ended as it should.
    Healthy,
    /// Somebody should look at it.
    Warning,
    /// It failed or is about to.
    Critical,
    /// The phase says nothing about it.
    Unknown,
}

/// How a statement is, and why.
#[confluent_type(text("{}", self.prose()))]
struct FlinkHealth {
    /// Name of the statement.
    statement_name: String,
    /// The verdict.
    status: FlinkVerdict,
    /// Phase.
    phase: String,
    /// Why.
    message: String,
    /// How many exceptions there are; absent if they could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    exception_count: Option<usize>,
    /// The newest exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_exception: Option<FlinkException>,
    /// SQL, without the values of options that hold secrets.
    statement: String,
    /// Compute pool that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_pool_id: Option<String>,
}

impl FlinkHealth {
    fn new(statement: &Statement, exceptions: Option<Vec<StatementException>>) -> Self {
        let count = exceptions.as_ref().map(Vec::len);
        let latest = exceptions.and_then(|all| all.into_iter().next());
        let (status, message) = judge(statement, count.unwrap_or_default(), latest.as_ref());
        Self {
            statement_name: statement.name.clone(),
            status,
            phase: statement.status.phase.clone(),
            message,
            exception_count: count,
            latest_exception: latest.map(Into::into),
            statement: without_secrets(&statement.spec.statement).into_owned(),
            compute_pool_id: statement.spec.compute_pool_id.clone(),
        }
    }

    fn prose(&self) -> String {
        let Self {
            statement_name,
            phase,
            message,
            ..
        } = self;
        let status = match self.status {
            FlinkVerdict::Healthy => "healthy",
            FlinkVerdict::Warning => "warning",
            FlinkVerdict::Critical => "critical",
            FlinkVerdict::Unknown => "unknown",
        };
        let mut text = format!("`{statement_name}` is {phase}: {status}. {message}");
        if let Some(exception) = &self.latest_exception {
            text.push_str(&format!("\nNewest exception: {}", exception.prose()));
        }
        text
    }
}

fn judge(
    statement: &Statement,
    count: usize,
    latest: Option<&StatementException>,
) -> (FlinkVerdict, String) {
    let status = &statement.status;
    let detail = status.detail.as_deref().unwrap_or_default().trim();
    let reason = |otherwise: &str| {
        let newest = latest.map(|exception| exception.message.as_str());
        Some(detail)
            .filter(|detail| !detail.is_empty())
            .or(newest)
            .unwrap_or(otherwise)
            .to_owned()
    };
    match status.phase.as_str() {
        "RUNNING" if count == 0 => (FlinkVerdict::Healthy, "It runs without exceptions.".into()),
        "RUNNING" => (
            FlinkVerdict::Warning,
            format!("It runs, with {count} exception(s)."),
        ),
        "COMPLETED" => (FlinkVerdict::Healthy, "It came to its end.".into()),
        "FAILED" => (FlinkVerdict::Critical, reason("It failed.")),
        "FAILING" => (FlinkVerdict::Critical, reason("It is about to fail.")),
        "DEGRADED" => (
            FlinkVerdict::Warning,
            reason("It runs worse than it should."),
        ),
        "STOPPED" => (FlinkVerdict::Warning, reason("It was stopped.")),
        "PENDING" => (FlinkVerdict::Warning, "It has not started yet.".into()),
        _ => (
            FlinkVerdict::Unknown,
            reason("Nothing is known of this phase."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_phase_has_its_verdict() {
        use FlinkVerdict::{Critical, Healthy, Unknown, Warning};
        let exception = |message: &str| StatementException {
            message: message.to_owned(),
            ..StatementException::default()
        };
        for (phase, exceptions, expected, message) in [
            ("RUNNING", vec![], Healthy, "without exceptions"),
            ("RUNNING", vec![exception("x")], Warning, "1 exception(s)"),
            ("COMPLETED", vec![exception("x")], Healthy, "its end"),
            ("FAILED", vec![exception("broke")], Critical, "broke"),
            ("FAILED", vec![], Critical, "It failed."),
            ("FAILING", vec![], Critical, "about to"),
            ("DEGRADED", vec![], Warning, "worse"),
            ("STOPPED", vec![], Warning, "stopped"),
            ("PENDING", vec![], Warning, "not started"),
            ("DELETING", vec![], Unknown, "Nothing is known"),
        ] {
            let statement = json!({"name": "s", "status": {"phase": phase}});
            let statement: Statement = serde_json::from_value(statement).unwrap();
            let health = FlinkHealth::new(&statement, Some(exceptions));
            assert!(health.status == expected, "{phase}: {}", health.message);
            assert!(health.message.contains(message), "{}", health.message);
        }
        let failed = json!({"status": {"phase": "FAILED", "detail": "no such table"}});
        let failed: Statement = serde_json::from_value(failed).unwrap();
        let health = FlinkHealth::new(&failed, Some(vec![exception("x")]));
        assert_eq!(health.message, "no such table");
        assert_eq!(FlinkHealth::new(&failed, None).exception_count, None);
    }
}
