//! Statements as they are, started and deleted.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    NewStatement, ResultRow, Session, SqlEffect, Statement, StatementException, TaskGraph,
    effect_of, given, sql::targets_of,
};
use crate::{
    client::http::{Listed, Request, Wanted, page_token},
    error::{ErrorKind, Result, ToolError},
};

/// One page of results.
pub(super) struct ResultPage {
    pub(super) rows: Vec<ResultRow>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    metadata: Next,
    #[serde(default)]
    results: Data,
}

#[derive(Deserialize, Default)]
struct Next {
    next: Option<String>,
}

#[derive(Deserialize, Default)]
struct Data {
    #[serde(default)]
    data: Vec<ResultRow>,
}

/// How a statement is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// By a person.
    Named,
    /// By this program, for one answer: lists leave it out, and a query reads what is there and
    /// ends.
    Internal,
}

impl Session<'_> {
    /// `request` with the place filled in.
    pub(super) fn at(&self, request: Request) -> Request {
        request
            .path("organization_id", self.scope.organization_id)
            .path("environment_id", self.scope.environment_id)
    }

    /// The statements of the compute pool; `labels` is a selector such as `team=a,tier!=b`:
    /// `GET …/statements`.
    pub async fn statements(
        &self,
        labels: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Statement>> {
        let request = Request::get(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements",
        )
        .query("spec.compute_pool_id", self.scope.compute_pool_id)
        .query_if_some("label_selector", labels);
        let http = &self.client.http;
        http.list(self.call, self.at(request), wanted).await
    }

    /// One statement: `GET …/statements/{statement_name}`.
    pub async fn statement(&self, name: &str) -> Result<Statement> {
        let request = Request::get(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements/{statement_name}",
        );
        let request = self.at(request).path("statement_name", name);
        self.client.http.fetch(self.call, request).await
    }

    /// Starts a statement: `POST …/statements`. It is pending then.
    ///
    /// # Errors
    /// Also if it changes something and the connection is read-only, or a table is a protected
    /// topic.
    pub async fn create(&self, new: NewStatement<'_>) -> Result<Statement> {
        self.check_targets(new.sql)?;
        let mut request = self.creation(new, Start::Named);
        if effect_of(new.sql) == SqlEffect::Reads {
            // Sent twice, the second one would be refused: the name is taken.
            request = request.reads_only().not_repeatable();
        }
        self.client.http.fetch(self.call, request).await
    }

    pub(super) fn creation(&self, new: NewStatement<'_>, start: Start) -> Request {
        let client = self.client;
        let mut properties = Map::new();
        for (name, value) in [
            (
                "sql.current-catalog",
                given(new.catalog, client.catalog.as_deref()),
            ),
            (
                "sql.current-database",
                given(new.database, client.database.as_deref()),
            ),
            (
                "sql.snapshot.mode",
                (start == Start::Internal).then_some("now"),
            ),
        ] {
            if let Some(value) = value {
                properties.insert(name.to_owned(), value.into());
            }
        }
        let mut body = json!({
            "name": new.name,
            "organization_id": self.scope.organization_id,
            "environment_id": self.scope.environment_id,
            "spec": {
                "statement": new.sql,
                "compute_pool_id": self.scope.compute_pool_id,
                "properties": properties,
            },
        });
        if start == Start::Internal {
            body["metadata"] = json!({ "labels": { "user.confluent.io/hidden": "true" } });
        }
        let request = Request::post(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements",
        );
        self.at(request).json(&body)
    }

    fn check_targets(&self, sql: &str) -> Result<()> {
        for target in targets_of(sql) {
            let protected = &self.client.protected_topics;
            if let Some(pattern) = protected.iter().find(|it| it.matches(&target)) {
                let message = format!(
                    "the statement was not sent: it changes the topic `{target}`, which `{}` protects",
                    pattern.as_str()
                );
                return Err(ToolError::new(ErrorKind::Refused, message)
                    .hint("the operator decides this: `protected_topics` of the connection"));
            }
        }
        Ok(())
    }

    /// Stops and deletes a statement: `DELETE …/statements/{statement_name}`. The service goes on
    /// with it on its own.
    pub async fn delete(&self, name: &str) -> Result<()> {
        let request = self.deletion(name).repeatable();
        self.client.http.send(self.call, request).await?;
        Ok(())
    }

    pub(super) fn deletion(&self, name: &str) -> Request {
        let request = Request::delete(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements/{statement_name}",
        );
        self.at(request).path("statement_name", name)
    }

    /// What went wrong in a statement, the newest first; the service keeps ten:
    /// `GET …/statements/{statement_name}/exceptions`.
    pub async fn exceptions(&self, name: &str) -> Result<Vec<StatementException>> {
        #[derive(Deserialize)]
        struct List {
            #[serde(default)]
            data: Vec<StatementException>,
        }
        let request = Request::get(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements/{statement_name}/exceptions",
        );
        let request = self.at(request).path("statement_name", name);
        let mut list: List = self.client.http.fetch(self.call, request).await?;
        list.data.sort_by(|a, b| b.timestamp.cmp(&a.timestamp));
        Ok(list.data)
    }

    /// The tasks of a running statement: `GET …/statements/{statement_name}/task-graph`, which the
    /// published description does not have.
    ///
    /// # Errors
    /// Also if it does not run.
    pub async fn task_graph(&self, name: &str) -> Result<TaskGraph> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "Graph")]
            graph: Option<Value>,
        }
        let request = Request::get(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements/{statement_name}/task-graph",
        );
        let request = self.at(request).path("statement_name", name);
        let answer: Answer = self.client.http.fetch(self.call, request).await?;
        let Some(graph) = answer
            .graph
            .filter(|graph| !graph.is_null() && *graph != "")
        else {
            let message = format!("the statement `{name}` has no tasks: it does not run");
            return Err(ToolError::new(ErrorKind::Conflict, message)
                .hint("check-flink-statement-health says what became of it"));
        };
        // A text that holds JSON.
        let graph = match &graph {
            Value::String(text) => serde_json::from_str(text),
            other => TaskGraph::deserialize(other),
        };
        graph.map_err(|error| {
            let message = format!("the task graph of `{name}` has an unexpected form: {error}");
            ToolError::new(ErrorKind::Upstream, message)
        })
    }

    /// One page of results: `GET …/statements/{name}/results`.
    pub(super) async fn results(&self, name: &str, token: Option<&str>) -> Result<ResultPage> {
        let request = Request::get(
            "/sql/v1/organizations/{organization_id}/environments/{environment_id}/statements/{name}/results",
        );
        let request = self.at(request).path("name", name);
        let request = request.query_if_some("page_token", token);
        let page: Results = self.client.http.fetch(self.call, request).await?;
        let next = page.metadata.next.as_deref().map(page_token);
        Ok(ResultPage {
            rows: page.results.data,
            next: next.transpose()?.flatten(),
        })
    }
}
