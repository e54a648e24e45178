//! `list-flink-statements`, `create-flink-statement` and `delete-flink-statements`.

use std::collections::BTreeMap;

use crate::{
    client::{
        flink::{self, NewStatement, SqlEffect, effect_of, without_secrets},
        http::Wanted,
    },
    prelude::*,
};

/// Characters of the SQL that a list shows.
const SHOWN: usize = 400;
/// Pages that are looked through for a phase.
const MAX_PAGES: usize = 10;
const HIDDEN: &str = "user.confluent.io/hidden";

/// List the Flink SQL statements of a compute pool.
#[confluent_tool(read_only, category = Flink)]
async fn list_flink_statements(
    flink: Flink,
    pool: FlinkPool,
    progress: Progress,
    page: Page<100>,
    /// Labels, such as `team=a,tier!=b`.
    label_selector: Option<String>,
    /// Phase, such as `RUNNING` or `FAILED`.
    status_phase: Option<String>,
) -> Result<Paged<FlinkStatement>> {
    let session = flink.session(&pool);
    let labels = label_selector.as_deref().filter(|it| !it.trim().is_empty());
    let wants_hidden = labels.is_some_and(|labels| labels.contains(HIDDEN));
    let is_wanted = |statement: &flink::Statement| {
        let labels = statement.metadata.labels.as_ref();
        let hidden = labels.is_some_and(|labels| labels.contains_key(HIDDEN));
        let phase = status_phase.as_deref().map(str::trim);
        (wants_hidden || !hidden)
            && phase.is_none_or(|phase| statement.status.phase.eq_ignore_ascii_case(phase))
    };
    let mut token = page.token().map(str::to_owned);
    let mut pages = 0;
    loop {
        let wanted = Wanted {
            token: token.as_deref(),
            ..page.wanted()
        };
        let mut listed = session.statements(labels, wanted).await?;
        let all = listed.items.len();
        listed.items.retain(is_wanted);
        pages += 1;
        progress.report(pages, MAX_PAGES, "pages").await;
        // A page without anything in it says nothing; the next one may.
        if !listed.items.is_empty() || listed.next.is_none() || pages == MAX_PAGES {
            let items = listed.items.into_iter();
            let is_whole = items.len() == all && status_phase.is_none();
            return Ok(Paged {
                items: items
                    .map(|it| FlinkStatement::new(it, Some(SHOWN)))
                    .collect(),
                next_page_token: listed.next,
                total: listed.total.filter(|_| is_whole),
            });
        }
        token = listed.next;
    }
}

/// Start a Flink SQL statement; get-flink-statement-results has the rows.
///
/// Queries also work on read-only connections; DROP and DELETE ask first.
#[confluent_tool(
    destructive,
    category = Flink,
    reads_when = effect_of(statement) == SqlEffect::Reads,
)]
async fn create_flink_statement(
    flink: Flink,
    pool: FlinkPool,
    ask: Ask,
    /// SQL, one statement.
    #[arg(length = 1..=131_072)]
    statement: String,
    /// New name: lower-case letters, digits, `-`, `.`.
    #[arg(
        length = 1..=100,
        pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    )]
    statement_name: String,
    /// Catalog of unqualified names.
    catalog_name: Option<String>,
    /// Database of unqualified names.
    database_name: Option<String>,
) -> Result<FlinkStatement> {
    let warning = match effect_of(&statement) {
        SqlEffect::Destroys => Some("What it removes may be lost"),
        SqlEffect::Unknown => Some("It is not known to be a query"),
        SqlEffect::Reads | SqlEffect::Writes => None,
    };
    if let Some(warning) = warning {
        let sql: String = without_secrets(&statement).chars().take(SHOWN).collect();
        ask.confirm(format!(
            "Run this as the Flink statement `{statement_name}`? {warning}: {}",
            sql.split_whitespace().collect::<Vec<_>>().join(" ")
        ))
        .await?;
    }
    let new = NewStatement {
        name: &statement_name,
        sql: &statement,
        catalog: catalog_name.as_deref(),
        database: database_name.as_deref(),
    };
    let created = flink.session(&pool).create(new).await;
    let created =
        created.map_err(|error| error.context(format_args!("start `{statement_name}`")))?;
    Ok(FlinkStatement::new(created, None))
}

/// Stop and delete one Flink SQL statement. Its tables stay.
#[confluent_tool(
    destructive,
    category = Flink,
    confirm = "Stop and delete the Flink statement `{statement_name}`? It cannot be resumed.",
)]
async fn delete_flink_statements(
    flink: Flink,
    pool: FlinkPool,
    /// Its name.
    #[arg(length = 1..=100)]
    statement_name: String,
) -> Result<FlinkStatementDeleted> {
    let deleted = flink.session(&pool).delete(&statement_name).await;
    deleted.map_err(|error| error.context(format_args!("delete `{statement_name}`")))?;
    Ok(FlinkStatementDeleted { statement_name })
}

/// A statement that is being deleted.
#[confluent_type(text("Flink statement `{}` is being deleted.", self.statement_name))]
struct FlinkStatementDeleted {
    /// Name of the statement.
    statement_name: String,
}

/// A Flink SQL statement.
#[confluent_type(text("{}", self.prose()))]
pub(super) struct FlinkStatement {
    /// Name.
    name: String,
    /// `PENDING`, `RUNNING`, `COMPLETED`, `STOPPED`, `FAILING`, `FAILED`, `DEGRADED` or `DELETING`.
    phase: String,
    /// More about the phase, such as why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// SQL, without the values of options that hold secrets; shortened in lists.
    statement: String,
    /// What it is, such as `SELECT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql_kind: Option<String>,
    /// Catalog of unqualified names.
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog_name: Option<String>,
    /// Database of unqualified names.
    #[serde(skip_serializing_if = "Option::is_none")]
    database_name: Option<String>,
    /// Compute pool that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_pool_id: Option<String>,
    /// Account it runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    /// Labels.
    labels: BTreeMap<String, String>,
    /// When it was started, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// When it last changed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<String>,
}

impl FlinkStatement {
    /// `limit` is how many characters of the SQL are shown.
    pub(super) fn new(statement: flink::Statement, limit: Option<usize>) -> Self {
        let flink::Statement {
            name,
            metadata,
            spec,
            status,
        } = statement;
        let mut sql = without_secrets(&spec.statement).into_owned();
        if let Some(limit) = limit
            && let Some((end, _)) = sql.char_indices().nth(limit)
        {
            sql.truncate(end);
            sql.push('…');
        }
        Self {
            name,
            phase: status.phase,
            detail: status.detail.filter(|detail| !detail.trim().is_empty()),
            statement: sql,
            sql_kind: status.traits.and_then(|traits| traits.sql_kind),
            catalog_name: spec.properties.catalog,
            database_name: spec.properties.database,
            compute_pool_id: spec.compute_pool_id,
            principal: spec.principal,
            labels: metadata.labels.unwrap_or_default(),
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
        }
    }

    fn prose(&self) -> String {
        let Self {
            name,
            phase,
            statement,
            ..
        } = self;
        let mut text = format!("{name}: {phase}");
        if let Some(detail) = &self.detail {
            text.push_str(&format!(" ({detail})"));
        }
        if let Some(created) = &self.created_at {
            text.push_str(&format!(", started {created}"));
        }
        format!("{text}\n  {}", statement.replace('\n', "\n  "))
    }
}
