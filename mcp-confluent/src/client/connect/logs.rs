//! What connectors wrote.

use serde::Deserialize;
use serde_json::json;

use super::{ConnectClient, ConnectCluster};
use crate::{
    client::http::{Call, Listed, Request, Wanted},
    error::{Result, ToolError},
};

/// Which lines are wanted.
#[derive(Debug, Clone)]
pub struct LogSearch<'a> {
    /// The name of the connector.
    pub connector: &'a str,
    /// The organization, where it is not that of the connection.
    pub organization: Option<&'a str>,
    /// The id of the connector, `lcc-…`: lines of an earlier one of the same name are left out.
    pub id: Option<&'a str>,
    /// `ERROR`, `WARN`, `INFO`, …
    pub levels: &'a [&'a str],
    /// The oldest moment, `2026-01-31T12:00:00Z`.
    pub start: &'a str,
    /// The newest moment.
    pub end: &'a str,
}

/// A line.
#[derive(Debug, Clone, Deserialize)]
pub struct LogEntry {
    /// When it was written, RFC 3339.
    pub timestamp: Option<String>,
    /// How grave it is.
    pub level: Option<String>,
    /// The task that wrote it, `task-0`.
    pub task_id: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// What was thrown.
    pub exception: Option<Exception>,
}

/// What was thrown.
#[derive(Debug, Clone, Deserialize)]
pub struct Exception {
    /// Where.
    pub stacktrace: Option<String>,
}

/// A value in a Confluent resource name, which it cannot leave.
fn crn_part(value: &str) -> String {
    value
        .replace('%', "%25")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

impl ConnectClient {
    /// Lines of a connector's log, newest first: `POST /logs/v1/search` at the logging endpoint.
    pub async fn logs(
        &self,
        call: &Call,
        of: &ConnectCluster,
        search: &LogSearch<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Listed<LogEntry>> {
        let organization = match search.organization {
            Some(organization) => organization,
            None => self.organization(call).await?,
        };
        let ConnectCluster {
            environment_id,
            cluster_id,
        } = of;
        let [organization, environment_id, cluster_id, connector] =
            [organization, environment_id, cluster_id, search.connector].map(crn_part);
        let mut filter = json!({ "level": search.levels });
        if let Some(id) = search.id {
            filter["id"] = id.into();
        }
        let body = json!({
            "crn": format!(
                "crn://confluent.cloud/organization={organization}/environment={environment_id}\
                 /cloud-cluster={cluster_id}/connector={connector}"
            ),
            "search": filter,
            "sort": "desc",
            "start_time": search.start,
            "end_time": search.end,
        });
        let request = Request::post("/logs/v1/search").json(&body).reads_only();
        self.logging.list(call, request, wanted).await
    }

    /// The organization that the key belongs to: `GET /org/v2/organizations`.
    async fn organization(&self, call: &Call) -> Result<&str> {
        #[derive(Deserialize)]
        struct Organization {
            id: String,
        }
        let found = self.organization.get_or_try_init(|| async {
            let request = Request::get("/org/v2/organizations");
            let wanted = Wanted::new(1, None);
            let listed = self.http.list::<Organization>(call, request, wanted).await;
            let listed = listed.map_err(|error| error.context("look up the organization"))?;
            let first = listed.items.into_iter().next();
            first.map(|organization| organization.id).ok_or_else(|| {
                ToolError::not_found("the key of `confluent_cloud` belongs to no organization")
                    .hint("give `organizationId`, or set `confluent_cloud.organization_id`")
            })
        });
        found.await.map(String::as_str)
    }
}
