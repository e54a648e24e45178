//! The metrics API of Confluent Cloud: series of measured values, and what can be measured.
//!
//! ```ignore
//! let query = MetricsQuery::new("io.confluent.kafka.server/received_bytes", Interval::last(hour))
//!     .only("resource.kafka.id", "lkc-abc123")
//!     .by("metric.topic");
//! let measured = client.query(call, &query).await?;
//! for series in &measured.series {
//!     println!("{:?}: {:?}", series.labels, series.last());
//! }
//! ```

mod descriptors;
mod interval;
mod query;

#[cfg(test)]
mod tests;

pub use self::{
    descriptors::{Label, MetricDescriptor, ResourceDescriptor},
    interval::Interval,
    query::{Aggregation, Granularity, Measured, MetricsQuery, Point, Series},
};

use serde::Deserialize;

use super::http::{HttpClient, HttpSettings};
use crate::{config::TelemetryBlock, error::Result};

/// The metrics API. Clones share connections.
#[derive(Debug, Clone)]
pub struct TelemetryClient {
    http: HttpClient,
}

impl TelemetryClient {
    /// A client of the metrics API that `block` describes; nothing is read or opened before the first
    /// call. It changes nothing, so it needs not know whether the connection is read-only.
    ///
    /// # Errors
    /// The endpoint is no URL, or a credential cannot be sent.
    pub fn new(block: &TelemetryBlock) -> Result<Self> {
        let name = if block.derived {
            "confluent_cloud"
        } else {
            "telemetry"
        };
        let mut settings = HttpSettings::new("metrics API", name, &block.endpoint);
        settings.auth = Some(block.auth.clone());
        settings.tls.clone_from(&block.tls);
        settings.read_only = true;
        Ok(Self {
            http: HttpClient::new(settings)?,
        })
    }

    /// A client of the metrics API at `endpoint` for whoever signed in.
    ///
    /// # Errors
    /// The endpoint is no URL.
    #[cfg(feature = "login")]
    pub fn signed_in(endpoint: &str, sign_in: super::login::SignedIn) -> Result<Self> {
        let settings = HttpSettings::signed_in("metrics API", endpoint, sign_in, true);
        Ok(Self {
            http: HttpClient::new(settings)?,
        })
    }
}

/// What stands beside the data of an answer.
#[derive(Debug, Default, Deserialize)]
struct Meta {
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Debug, Default, Deserialize)]
struct Pagination {
    next_page_token: Option<String>,
}

impl Meta {
    /// The token of the next page, if there is one.
    fn next(self) -> Option<String> {
        let next = self.pagination.next_page_token;
        next.filter(|token| !token.trim().is_empty())
    }
}
