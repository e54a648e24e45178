//! What can be measured.

use serde::{Deserialize, de::DeserializeOwned};

use super::{Meta, TelemetryClient};
use crate::{
    client::http::{Call, Request},
    error::Result,
};

/// How many descriptors are asked for at a time.
const AT_ONCE: usize = 1000;
/// The most pages that are read.
const MAX_PAGES: usize = 20;

/// A metric.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MetricDescriptor {
    /// Its name, `io.confluent.kafka.server/received_bytes`.
    pub name: String,
    /// What it measures.
    pub description: Option<String>,
    /// `COUNTER_INT64`, `GAUGE_INT64` and the like.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The unit, `By` for bytes.
    pub unit: Option<String>,
    /// How settled it is, `GENERAL_AVAILABILITY`.
    pub lifecycle_stage: Option<String>,
    /// What can be filtered and grouped by, as `metric.<key>`.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// The types of resources it is measured at, `kafka`.
    #[serde(default)]
    pub resources: Vec<String>,
}

/// A type of resource that is measured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ResourceDescriptor {
    /// Its name, `kafka`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is.
    pub description: Option<String>,
    /// What can be filtered and grouped by, as `resource.<key>`.
    #[serde(default)]
    pub labels: Vec<Label>,
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Its name, `kafka.id` or `topic`.
    pub key: String,
    /// What it says.
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Vec<T>,
    #[serde(default)]
    meta: Meta,
}

impl TelemetryClient {
    /// Every metric there is: `GET /v2/metrics/cloud/descriptors/metrics`.
    pub async fn metrics(&self, call: &Call) -> Result<Vec<MetricDescriptor>> {
        let request = Request::get("/v2/metrics/{dataset}/descriptors/metrics");
        self.descriptors(call, request).await
    }

    /// Every type of resource: `GET /v2/metrics/cloud/descriptors/resources`.
    pub async fn resources(&self, call: &Call) -> Result<Vec<ResourceDescriptor>> {
        let request = Request::get("/v2/metrics/{dataset}/descriptors/resources");
        self.descriptors(call, request).await
    }

    async fn descriptors<T: DeserializeOwned>(
        &self,
        call: &Call,
        request: Request,
    ) -> Result<Vec<T>> {
        let request = request.path("dataset", "cloud").query("page_size", AT_ONCE);
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = request
                .clone()
                .query_if_some("page_token", token.as_deref());
            let page: Envelope<T> = self.http.fetch(call, page).await?;
            all.extend(page.data);
            let next = page.meta.next();
            if next.is_none() || next == token {
                break;
            }
            token = next;
        }
        Ok(all)
    }
}
