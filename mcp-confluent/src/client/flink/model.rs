//! What Flink says of its statements.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Where statements run.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The organization.
    pub organization_id: &'a str,
    /// The environment, `env-…`.
    pub environment_id: &'a str,
    /// The compute pool, `lfcp-…`.
    pub compute_pool_id: &'a str,
}

/// A statement to be started.
#[derive(Debug, Clone, Copy)]
pub struct NewStatement<'a> {
    /// Its name, new in the environment.
    pub name: &'a str,
    /// The SQL.
    pub sql: &'a str,
    /// The catalog of unqualified names.
    pub catalog: Option<&'a str>,
    /// The database of unqualified names.
    pub database: Option<&'a str>,
}

/// A statement.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Statement {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Labels and times.
    #[serde(default)]
    pub metadata: StatementMetadata,
    /// What was asked for.
    #[serde(default)]
    pub spec: StatementSpec,
    /// How far it is.
    #[serde(default)]
    pub status: StatementStatus,
}

/// Labels and times of a statement.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatementMetadata {
    /// When it was started, RFC 3339.
    pub created_at: Option<String>,
    /// When it last changed, RFC 3339.
    pub updated_at: Option<String>,
    /// Its labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// What a statement was asked to do.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatementSpec {
    /// The SQL.
    #[serde(default)]
    pub statement: String,
    /// What unqualified names mean.
    #[serde(default)]
    pub properties: StatementProperties,
    /// The pool that runs it.
    pub compute_pool_id: Option<String>,
    /// The account it runs as.
    pub principal: Option<String>,
}

/// Properties of a statement. The others may hold secrets, so that they are not read.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatementProperties {
    /// The catalog of unqualified names.
    #[serde(rename = "sql.current-catalog")]
    pub catalog: Option<String>,
    /// The database of unqualified names.
    #[serde(rename = "sql.current-database")]
    pub database: Option<String>,
}

/// How far a statement is.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatementStatus {
    /// `PENDING`, `RUNNING`, `COMPLETED`, `FAILED` …; empty if the service does not say.
    #[serde(default)]
    pub phase: String,
    /// More about the phase, such as why it failed.
    pub detail: Option<String>,
    /// What is known of its results.
    #[serde(default)]
    pub traits: Option<StatementTraits>,
}

/// What is known of the results of a statement.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatementTraits {
    /// What it is, such as `SELECT`.
    pub sql_kind: Option<String>,
    /// Whether it ends by itself.
    pub is_bounded: Option<bool>,
    /// Its columns.
    pub schema: Option<ResultSchema>,
}

/// The columns of results.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ResultSchema {
    /// The columns.
    #[serde(default)]
    pub columns: Vec<ResultColumn>,
}

/// A column of results.
#[derive(Debug, Clone, Deserialize)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
}

/// The type of a column.
#[derive(Debug, Clone, Deserialize)]
pub struct ColumnType {
    /// Such as `BIGINT` or `ROW`.
    #[serde(rename = "type")]
    pub name: String,
}

/// Something that went wrong in a statement.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StatementException {
    /// The class of the exception.
    #[serde(default)]
    pub name: String,
    /// What it says.
    #[serde(default)]
    pub message: String,
    /// When, RFC 3339.
    pub timestamp: Option<String>,
}

/// One change of the result of a statement.
#[derive(Debug, Clone, Deserialize)]
pub struct ResultRow {
    /// 0 insert, 1 the row before an update, 2 the row after it, 3 delete.
    #[serde(default)]
    pub op: u8,
    /// The cells in the order of the columns: a text, null, or a list of cells.
    #[serde(default)]
    pub row: Vec<Value>,
}

/// The tasks that a running statement consists of.
#[derive(Debug, Clone, Deserialize)]
pub struct TaskGraph {
    /// The tasks.
    pub tasks: Vec<Task>,
}

/// One task of a statement.
#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    /// Its name.
    #[serde(default)]
    pub task_name: String,
    /// Its id, which metrics are about.
    pub task_id: String,
    /// The tasks it gets its records from.
    #[serde(default)]
    pub input_tasks: Vec<InputTask>,
    /// What it does.
    #[serde(default)]
    pub included_operators: Vec<Operator>,
}

/// Where a task gets records from.
#[derive(Debug, Clone, Deserialize)]
pub struct InputTask {
    /// The other task.
    pub task_id: String,
}

/// One step of a task.
#[derive(Debug, Clone, Deserialize)]
pub struct Operator {
    /// Its name.
    #[serde(default)]
    pub operator_name: String,
}
