//! Queries and their answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use super::{Interval, Meta, TelemetryClient};
use crate::{
    client::http::{Call, Request},
    error::{ErrorKind, Result, ToolError},
};

/// How the values of a bucket become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Aggregation {
    /// Their sum.
    #[default]
    Sum,
    /// The greatest.
    Max,
    /// Their mean.
    Avg,
    /// The least.
    Min,
    /// How many there are.
    Count,
}

/// The size of a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Granularity {
    /// A minute.
    #[default]
    #[serde(rename = "PT1M")]
    Minute,
    /// Five minutes.
    #[serde(rename = "PT5M")]
    FiveMinutes,
    /// A quarter of an hour.
    #[serde(rename = "PT15M")]
    QuarterHour,
    /// Half an hour.
    #[serde(rename = "PT30M")]
    HalfHour,
    /// An hour.
    #[serde(rename = "PT1H")]
    Hour,
    /// A day.
    #[serde(rename = "P1D")]
    Day,
    /// The whole interval.
    #[serde(rename = "ALL")]
    All,
}

/// What is asked of one metric.
#[derive(Debug, Clone)]
pub struct MetricsQuery {
    /// Name of the metric, `io.confluent.kafka.server/received_bytes`.
    pub metric: String,
    /// How the values of a bucket become one.
    pub aggregation: Aggregation,
    /// Labels with the value they must have, all of them.
    pub filter: Vec<(String, String)>,
    /// The size of a bucket.
    pub granularity: Granularity,
    /// From when to when.
    pub interval: Interval,
    /// Labels that make a series each.
    pub group_by: Vec<String>,
    /// How many points at most: 1 to 1000.
    pub limit: u32,
    /// [`Measured::next`] of the part before.
    pub page_token: Option<String>,
}

impl MetricsQuery {
    /// The sum of each minute in `interval`, at most 1000 points.
    pub fn new(metric: impl Into<String>, interval: Interval) -> Self {
        Self {
            metric: metric.into(),
            aggregation: Aggregation::default(),
            filter: Vec::new(),
            granularity: Granularity::default(),
            interval,
            group_by: Vec::new(),
            limit: 1000,
            page_token: None,
        }
    }

    /// Only what has this label, for example `resource.kafka.id`, with this value.
    #[must_use]
    pub fn only(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.filter.push((label.into(), value.into()));
        self
    }

    /// One series for each value of this label.
    #[must_use]
    pub fn by(mut self, label: impl Into<String>) -> Self {
        self.group_by.push(label.into());
        self
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "aggregations": [{ "metric": self.metric, "agg": self.aggregation }],
            "granularity": self.granularity,
            "intervals": [self.interval.to_string()],
            "limit": self.limit,
        });
        let mut filters: Vec<Value> = self
            .filter
            .iter()
            .map(|(field, value)| json!({ "field": field, "op": "EQ", "value": value }))
            .collect();
        match filters.len() {
            0 => {}
            1 => body["filter"] = filters.remove(0),
            _ => body["filter"] = json!({ "op": "AND", "filters": filters }),
        }
        if !self.group_by.is_empty() {
            body["group_by"] = json!(self.group_by);
            body["format"] = "GROUPED".into();
        }
        body
    }
}

/// The part of an answer that one request brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// One series without labels, or one for each combination of the labels grouped by; none where
    /// nothing was measured.
    pub series: Vec<Series>,
    /// The service's token for the points after these; `None` if there are none.
    pub next: Option<String>,
}

/// Points with the same labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// The labels that were grouped by, `metric.topic` and the like.
    pub labels: BTreeMap<String, String>,
    /// The points, in the order of the service, oldest first.
    pub points: Vec<Point>,
}

impl Series {
    /// The newest value.
    pub fn last(&self) -> Option<f64> {
        self.points.last()?.value.as_ref()?.as_f64()
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Point {
    /// When its bucket starts, as the service writes it (RFC 3339).
    pub timestamp: String,
    /// The value in the unit of the metric; `None` where nothing was measured.
    pub value: Option<Number>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    data: Vec<Map<String, Value>>,
    #[serde(default)]
    meta: Meta,
    /// Some failures come with a status of success.
    #[serde(default)]
    errors: Vec<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    detail: Option<String>,
}

impl TelemetryClient {
    /// What a metric measured: `POST /v2/metrics/cloud/query`.
    ///
    /// # Errors
    /// Those of a request; also if the service refuses the query in an answer that looks like success.
    pub async fn query(&self, call: &Call, query: &MetricsQuery) -> Result<Measured> {
        let request = Request::post("/v2/metrics/{dataset}/query")
            .path("dataset", "cloud")
            .query_if_some("page_token", query.page_token.as_deref())
            .json(&query.body())
            .reads_only();
        let answer: Envelope = self.http.fetch(call, request).await?;
        if !answer.errors.is_empty() {
            let details: Vec<_> = answer
                .errors
                .into_iter()
                .filter_map(|it| it.detail)
                .collect();
            return Err(ToolError::new(
                ErrorKind::Upstream,
                format!("the metrics API refused the query: {}", details.join("; ")),
            ));
        }
        Ok(Measured {
            series: series(answer.data)?,
            next: answer.meta.next(),
        })
    }
}

/// Rows with points of their own, or one row for each point.
fn series(rows: Vec<Map<String, Value>>) -> Result<Vec<Series>> {
    let mut found: Vec<Series> = Vec::new();
    for mut row in rows {
        let points = match row.remove("points") {
            Some(points) => serde_json::from_value(points)?,
            None => vec![Point {
                timestamp: row.remove("timestamp").map(text).unwrap_or_default(),
                value: row
                    .remove("value")
                    .map(serde_json::from_value)
                    .transpose()?
                    .flatten(),
            }],
        };
        let labels = row
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect();
        match found.iter_mut().find(|series| series.labels == labels) {
            Some(series) => series.points.extend(points),
            None => found.push(Series { labels, points }),
        }
    }
    Ok(found)
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}
