//! Queries of this program's own. Each runs as a hidden statement, which is always removed: after
//! the answer, after a failure, and, by a task of its own, when the call is given up.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};
use tracing::warn;

use super::{
    FlinkClient, NewStatement, Query, QueryRow, ResultRow, Scope, Session,
    reading::{Pause, failed},
    statements::Start,
};
use crate::{
    client::http::Call,
    error::{ErrorKind, Result, ToolError},
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long removing a statement may take, whatever became of the call.
const REMOVAL: Duration = Duration::from_secs(20);
/// How long a statement that was perhaps never started is looked for.
const LATE: Duration = Duration::from_secs(2);
const MAX_ROWS: usize = 20_000;

impl Session<'_> {
    /// Asks the catalog. Takes 30 seconds at most.
    pub async fn query(&self, query: &Query<'_>) -> Result<Vec<QueryRow>> {
        let mut removal = Removal::new(self);
        let answer = self.run(query, &mut removal).await;
        if removal.started {
            removal.run().await;
        }
        let rows = answer?.into_iter().map(|row| {
            let cells = row.row.into_iter().map(|cell| match cell {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            });
            QueryRow {
                columns: query.columns(),
                cells: cells.collect(),
            }
        });
        Ok(rows.collect())
    }

    async fn run(&self, query: &Query<'_>, removal: &mut Removal) -> Result<Vec<ResultRow>> {
        let until = (Instant::now() + PATIENCE).min(self.call.deadline());
        let name = removal.name.clone();
        let new = NewStatement {
            name: &name,
            sql: &query.to_string(),
            catalog: None,
            database: None,
        };
        let request = self.creation(new, Start::Internal).reads_only();
        match self.client.http.send(self.call, request).await {
            // The name is new: what is there is what an attempt before this one started.
            Err(error) if error.kind() != ErrorKind::Conflict => {
                removal.done = is_refusal(error.kind());
                return Err(error);
            }
            _ => removal.started = true,
        }
        let mut pause = Pause::new();
        loop {
            let statement = self.statement(&name).await?;
            match statement.status.phase.as_str() {
                "COMPLETED" => break,
                "FAILED" => {
                    return Err(failed(&statement).context("ask the catalog"));
                }
                phase @ ("STOPPED" | "DELETING") => {
                    let message = format!("the query of the catalog ended early: it is {phase}");
                    return Err(ToolError::new(ErrorKind::Upstream, message));
                }
                phase if Instant::now() >= until => {
                    let seconds = PATIENCE.as_secs();
                    let message =
                        format!("the catalog did not answer in {seconds} s: the query is {phase}");
                    return Err(ToolError::new(ErrorKind::TimedOut, message)
                        .hint("the compute pool may be busy: try again, or use another pool"));
                }
                _ => self.pause(&mut pause, until).await?,
            }
        }
        let mut rows = Vec::new();
        let mut token = None;
        loop {
            let page = self.results(&name, token.as_deref()).await?;
            rows.extend(page.rows);
            if rows.len() > MAX_ROWS {
                let message = format!("the catalog has more than {MAX_ROWS} rows for this");
                return Err(ToolError::new(ErrorKind::Upstream, message)
                    .hint("ask for one database or one table"));
            }
            if page.next.is_none() || page.next == token {
                return Ok(rows);
            }
            token = page.next;
        }
    }
}

/// Whether the service said no, so that nothing was started.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Argument
            | ErrorKind::Denied
            | ErrorKind::NotFound
            | ErrorKind::Refused
            | ErrorKind::Unauthenticated
            | ErrorKind::Unsupported
    )
}

/// Removes a statement, in a task of its own if it is dropped before it has done so.
struct Removal {
    client: FlinkClient,
    place: [String; 3],
    name: String,
    /// Whether it is known to be there.
    started: bool,
    done: bool,
}

impl Removal {
    fn new(session: &Session<'_>) -> Self {
        let Scope {
            organization_id,
            environment_id,
            compute_pool_id,
        } = session.scope;
        Self {
            client: session.client.clone(),
            place: [organization_id, environment_id, compute_pool_id].map(str::to_owned),
            name: format!("mcp-query-{:016x}", rand::random::<u64>()),
            started: false,
            done: false,
        }
    }

    async fn run(mut self) {
        self.remove().await;
        self.done = true;
    }

    async fn remove(&self) {
        let [organization_id, environment_id, compute_pool_id] = &self.place;
        let scope = Scope {
            organization_id,
            environment_id,
            compute_pool_id,
        };
        let call = Call::within(REMOVAL);
        let session = self.client.session(&call, scope);
        let mut again = !self.started;
        loop {
            // It is this program's own, so that a read-only connection may remove it too.
            let request = session.deletion(&self.name).reads_only();
            match self.client.http.send(&call, request).await {
                Err(error) if error.kind() == ErrorKind::NotFound && again => {
                    // The request to start it may still be on its way.
                    again = false;
                    sleep(LATE).await;
                }
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    warn!(statement = %self.name, %error, "a query of the catalog was left behind");
                    return;
                }
                _ => return,
            }
        }
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let rest = Self {
            client: self.client.clone(),
            place: self.place.clone(),
            name: self.name.clone(),
            started: self.started,
            // Otherwise it would go on for ever.
            done: true,
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { rest.remove().await });
        }
    }
}
