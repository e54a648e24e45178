//! `query-metrics`.

use std::collections::BTreeMap;

use crate::{
    client::telemetry::{self, Interval, Measured, MetricsQuery},
    prelude::*,
};

/// The label of a Kafka cluster.
const KAFKA_ID: &str = "resource.kafka.id";
/// Metrics that belong to a Kafka cluster.
const KAFKA_METRICS: &str = "io.confluent.kafka.server/";

/// Query a Confluent Cloud metric over time.
///
/// list-available-metrics has names and labels. Resources other than the connection's cluster need
/// their id in `filter`.
#[confluent_tool(read_only, category = Metrics)]
async fn query_metrics(
    cx: &ToolContext,
    telemetry: Telemetry,
    /// Such as `io.confluent.kafka.server/received_bytes`.
    #[arg(length = 1..)]
    metric: String,
    /// Where the metric is kept.
    #[arg(default = Dataset::Cloud)]
    dataset: Dataset,
    /// How the values of a bucket are combined.
    #[arg(default = Aggregation::Sum)]
    aggregation: Aggregation,
    /// Labels with their value: `{"resource.kafka.id": "lkc-…", "metric.topic": "orders"}`.
    #[arg(default)]
    filter: BTreeMap<String, String>,
    /// Size of a bucket.
    #[arg(default = Granularity::PT1M)]
    granularity: Granularity,
    /// ISO 8601: `start/end`, or a duration that ends now.
    #[arg(default = "PT1H".to_owned())]
    interval: String,
    /// Labels to group by, such as `metric.topic`.
    #[arg(default, name = "group_by")]
    group_by: Vec<String>,
    /// Maximum number of points.
    #[arg(default = 100, range = 1..=1000)]
    limit: u32,
    /// From `nextPageToken`, with the same `interval`.
    page_token: Option<String>,
) -> Result<Metrics> {
    let Dataset::Cloud = dataset;
    let filter = completed(cx, &metric, filter)?;
    let query = MetricsQuery {
        aggregation: aggregation.into(),
        filter: filter.clone().into_iter().collect(),
        granularity: granularity.into(),
        group_by: group_by.clone(),
        limit,
        page_token,
        ..MetricsQuery::new(&metric, Interval::parse(&interval)?)
    };
    let measured = telemetry.client().query(telemetry.call(), &query).await?;
    Ok(Metrics {
        metric,
        aggregation,
        granularity,
        interval: query.interval.to_string(),
        filter,
        group_by,
        points: measured.series.iter().map(|it| it.points.len()).sum(),
        next_page_token: measured.next.clone(),
        series: Series::all(measured),
    })
}

/// The filter without blank values, and with the cluster of the connection where a metric needs one.
fn completed(
    cx: &ToolContext,
    metric: &str,
    filter: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let filter = filter.into_iter();
    let filter = filter.map(|(label, value)| (label, value.trim().to_owned()));
    let mut filter: BTreeMap<_, _> = filter.filter(|(_, value)| !value.is_empty()).collect();
    if metric.starts_with(KAFKA_METRICS) && !filter.contains_key(KAFKA_ID) {
        let kafka = cx.connection()?.config().kafka();
        if let Some(cluster) = kafka.and_then(|kafka| kafka.cluster_id.clone()) {
            filter.insert(KAFKA_ID.to_owned(), cluster);
        }
    }
    Ok(filter)
}

/// Where measurements are kept.
#[confluent_type]
#[derive(Copy)]
enum Dataset {
    /// Cloud.
    Cloud,
}

/// How the values of a bucket are combined.
#[confluent_type]
#[derive(Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Aggregation {
    /// Sum.
    Sum,
    /// Max.
    Max,
    /// Avg.
    Avg,
    /// Min.
    Min,
    /// Count.
    Count,
}

impl From<Aggregation> for telemetry::Aggregation {
    fn from(aggregation: Aggregation) -> Self {
        match aggregation {
            Aggregation::Sum => Self::Sum,
            Aggregation::Max => Self::Max,
            Aggregation::Avg => Self::Avg,
            Aggregation::Min => Self::Min,
            Aggregation::Count => Self::Count,
        }
    }
}

/// Size of a bucket, an ISO 8601 duration; `ALL` is the whole interval.
#[confluent_type]
#[derive(Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Granularity {
    /// PT1M.
    PT1M,
    /// PT5M.
    PT5M,
    /// PT15M.
    PT15M,
    /// PT30M.
    PT30M,
    /// PT1H.
    PT1H,
    /// P1D.
    P1D,
    /// The whole interval.
    All,
}

impl From<Granularity> for telemetry::Granularity {
    fn from(granularity: Granularity) -> Self {
        match granularity {
            Granularity::PT1M => Self::Minute,
            Granularity::PT5M => Self::FiveMinutes,
            Granularity::PT15M => Self::QuarterHour,
            Granularity::PT30M => Self::HalfHour,
            Granularity::PT1H => Self::Hour,
            Granularity::P1D => Self::Day,
            Granularity::All => Self::All,
        }
    }
}

/// What a metric measured.
#[confluent_type(text("{}", self.prose()))]
struct Metrics {
    /// Name of the metric.
    metric: String,
    /// How values became one.
    aggregation: Aggregation,
    /// Size of a bucket.
    granularity: Granularity,
    /// Start and end.
    interval: String,
    /// Labels with the value they had to have.
    filter: BTreeMap<String, String>,
    /// Labels that were split by.
    group_by: Vec<String>,
    /// How many points there are in all series.
    points: usize,
    /// One series, or one for each combination of labels; none where nothing was measured.
    series: Vec<Series>,
    /// Pass it as `pageToken` for the points after these; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Points with the same labels.
#[confluent_type]
struct Series {
    /// The labels that were split by.
    labels: BTreeMap<String, String>,
    /// The points, oldest first.
    points: Vec<Point>,
}

/// One value.
#[confluent_type]
struct Point {
    /// When its bucket starts.
    timestamp: String,
    /// The value; null where nothing was measured.
    value: Option<f64>,
}

impl Series {
    fn all(measured: Measured) -> Vec<Self> {
        let series = measured.series.into_iter().map(|series| Self {
            labels: series.labels,
            points: series
                .points
                .into_iter()
                .map(|point| Point {
                    timestamp: point.timestamp,
                    value: point.value.and_then(|value| value.as_f64()),
                })
                .collect(),
        });
        series.collect()
    }

    fn prose(&self) -> String {
        let labels: Vec<_> = self
            .labels
            .iter()
            .map(|(label, value)| format!("{label}={value}"))
            .collect();
        let mut text = String::new();
        if !labels.is_empty() {
            text.push_str(&format!("\n{}", labels.join(", ")));
        }
        if self.points.is_empty() {
            text.push_str("\n  no points");
        }
        for point in &self.points {
            let value = point.value.map_or_else(|| "N/A".to_owned(), number);
            text.push_str(&format!("\n  {}: {value}", point.timestamp));
        }
        text
    }
}

impl Metrics {
    fn prose(&self) -> String {
        let list = |map: &BTreeMap<String, String>| {
            let pairs = map.iter().map(|(label, value)| format!("{label}={value}"));
            pairs.collect::<Vec<_>>().join(", ")
        };
        let mut text = format!("{} in {}", self.metric, self.interval);
        if !self.filter.is_empty() {
            text.push_str(&format!(", {}", list(&self.filter)));
        }
        if self.points == 0 {
            text.push_str(
                ": no data. Check the labels of the filter, or ask for a longer interval.",
            );
            return text;
        }
        text.push_str(&format!(": {} points", self.points));
        if !self.group_by.is_empty() {
            text.push_str(&format!(" in {} groups", self.series.len()));
        }
        for series in &self.series {
            text.push_str(&series.prose());
        }
        if let Some(token) = &self.next_page_token {
            text.push_str(&format!(
                "\nThere is more: call again with `pageToken` {token:?} and `interval` {:?}.",
                self.interval
            ));
        }
        text
    }
}

/// A whole number with its thousands set apart, another one with four decimals.
fn number(value: f64) -> String {
    if value.fract() != 0.0 || value.abs() >= 1e15 {
        return format!("{value:.4}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (value, expected) in [
            (0.0, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (-1_234_567.0, "-1,234,567"),
            (0.25, "0.2500"),
        ] {
            assert_eq!(number(value), expected);
        }
    }
}
