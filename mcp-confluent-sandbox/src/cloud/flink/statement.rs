//! [`Statement`]: one statement and how far it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::world::{COMPUTE_POOL, ENVIRONMENT, FLINK_TASKS, ORGANIZATION};
use super::run::{Done, Scope};
use super::tables::Column;
use crate::broker::now;

/// Exceptions that are kept.
const MAX_EXCEPTIONS: usize = 10;

#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) name: String,
    pub(super) sql: String,
    pub(super) properties: BTreeMap<String, String>,
    pub(super) labels: BTreeMap<String, String>,
    principal: Option<String>,
    /// What it does, or why it failed.
    pub(super) outcome: Result<Done, String>,
    pub(super) stopped: bool,
    /// How often somebody looked at it: it is pending first, then running, then where it ends.
    looks: u32,
    uid: Uuid,
    created: i64,
    updated: i64,
    exceptions: Vec<Value>,
}

impl Statement {
    pub(super) fn new(
        name: &str,
        sql: &str,
        properties: BTreeMap<String, String>,
        outcome: Result<Done, String>,
    ) -> Self {
        let mut statement = Self {
            name: name.to_owned(),
            sql: sql.to_owned(),
            properties,
            labels: BTreeMap::new(),
            principal: None,
            outcome,
            stopped: false,
            looks: 0,
            uid: Uuid::from_bytes(rand::random()),
            created: now(),
            updated: now(),
            exceptions: Vec::new(),
        };
        if let Err(reason) = statement.outcome.clone() {
            statement.fail("org.apache.flink.table.api.ValidationException", &reason);
        }
        statement
    }

    pub(super) fn of(mut self, principal: Option<&str>) -> Self {
        self.principal = principal.map(ToOwned::to_owned);
        self
    }

    /// As it is after it has been there for a while.
    pub(super) fn settled(mut self, days: i64) -> Self {
        self.looks = 2;
        self.created -= days * 24 * 60 * 60 * 1000;
        self
    }

    /// Adds an exception; the newest comes first.
    pub(super) fn fail(&mut self, name: &str, message: &str) {
        let exception = json!({
            "kind": "StatementException",
            "name": name,
            "message": format!("{name}: {message}"),
            "timestamp": rfc3339(self.updated),
        });
        self.exceptions.insert(0, exception);
        self.exceptions.truncate(MAX_EXCEPTIONS);
    }

    pub(super) fn exceptions(&self) -> &[Value] {
        if self.looks > 0 {
            &self.exceptions
        } else {
            &[]
        }
    }

    pub(super) fn look(&mut self) {
        self.looks = self.looks.saturating_add(1);
    }

    pub(super) fn set_stopped(&mut self, stopped: bool) {
        self.stopped = stopped;
        self.updated = now();
    }

    pub(super) fn phase(&self) -> &'static str {
        match (&self.outcome, self.looks) {
            _ if self.stopped => "STOPPED",
            (_, 0) => "PENDING",
            (Err(_), _) => "FAILED",
            (Ok(_), 1) => "RUNNING",
            (Ok(done), _) if done.endless => "RUNNING",
            (Ok(_), _) => "COMPLETED",
        }
    }

    pub(super) fn scope(&self) -> Scope {
        scope(&self.properties)
    }

    /// As the API describes it.
    pub(super) fn describe(&self, url: &str) -> Value {
        let phase = self.phase();
        let mut status = json!({ "phase": phase, "detail": "", "network_kind": "PUBLIC" });
        match (&self.outcome, phase) {
            (Err(reason), "FAILED") => status["detail"] = json!(reason),
            (Ok(_), "PENDING") => status["detail"] = json!("Statement is pending execution"),
            (Ok(done), _) => {
                let columns: Vec<_> = done.columns.iter().map(Column::describe).collect();
                status["traits"] = json!({
                    "sql_kind": done.kind,
                    "is_bounded": !done.endless,
                    "is_append_only": true,
                    "schema": { "columns": columns },
                });
                status["scaling_status"] =
                    json!({ "scaling_state": "OK", "last_updated": rfc3339(self.updated) });
            }
            _ => {}
        }
        let mut spec = json!({
            "statement": self.sql,
            "properties": self.properties,
            "compute_pool_id": COMPUTE_POOL,
            "stopped": self.stopped,
        });
        if let Some(principal) = &self.principal {
            spec["principal"] = json!(principal);
        }
        let name = &self.name;
        let path =
            format!("organizations/{ORGANIZATION}/environments/{ENVIRONMENT}/statements/{name}");
        json!({
            "api_version": "sql/v1",
            "kind": "Statement",
            "metadata": {
                "self": format!("{url}/sql/v1/{path}"),
                "uid": self.uid.to_string(),
                "resource_version": self.looks.to_string(),
                "created_at": rfc3339(self.created),
                "updated_at": rfc3339(self.updated),
                "labels": self.labels,
            },
            "name": name,
            "organization_id": ORGANIZATION,
            "environment_id": ENVIRONMENT,
            "spec": spec,
            "status": status,
        })
    }
}

/// The tasks that a statement runs as, as the service gives them: JSON in a string.
pub(super) fn task_graph() -> Value {
    let operator = |number: u32, id: &str, name: &str| json!({ "num": number, "operator_id": id, "operator_name": name });
    let tasks = json!({ "tasks": [
        {
            "task_name": "Source",
            "task_id": FLINK_TASKS[0],
            "input_tasks": [],
            "included_operators": [
                operator(1, "op-1", "TableSourceScan"),
                operator(2, "op-2", "Calc"),
            ],
        },
        {
            "task_name": "Sink",
            "task_id": FLINK_TASKS[1],
            "input_tasks": [{ "task_id": FLINK_TASKS[0], "num": 1 }],
            "included_operators": [operator(3, "op-3", "Sink")],
        },
    ]});
    json!({ "Graph": tasks.to_string() })
}

pub(super) fn scope(properties: &BTreeMap<String, String>) -> Scope {
    let property = |name: &str| properties.get(name).cloned();
    Scope {
        catalog: property("sql.current-catalog"),
        database: property("sql.current-database"),
        snapshot: property("sql.snapshot.mode").as_deref() == Some("now"),
    }
}

/// The texts of an object of texts.
pub(super) fn texts(object: Option<&Map<String, Value>>) -> BTreeMap<String, String> {
    let entries = object.into_iter().flatten();
    entries
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Milliseconds since 1970 as RFC 3339.
fn rfc3339(milliseconds: i64) -> String {
    let seconds = milliseconds.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days of the proleptic Gregorian calendar, in years that begin in March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_read_them() {
        for (milliseconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_772_438_400_000, "2026-03-02T08:00:00Z"),
        ] {
            assert_eq!(rfc3339(milliseconds), expected);
        }
    }
}
