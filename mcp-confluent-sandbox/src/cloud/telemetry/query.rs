//! Queries.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::catalog::{Kind, METRICS, Metric};
use super::cut;
use super::filter::{Filter, Labels};
use crate::cloud::call::{Call, Result, ok};
use crate::cloud::errors::ApiError;
use crate::cloud::world::FLINK_TASKS;
use crate::http::Answer;

const MAX_MINUTES: i64 = 31 * 24 * 60;
const MAX_LIMIT: usize = 1000;
const LIMIT: usize = 100;

/// One value of one series.
struct Point {
    /// The labels that were grouped by.
    group: Labels,
    start: DateTime<Utc>,
    value: f64,
}

pub(super) fn answer(call: &Call<'_>) -> Result<Answer> {
    let body = &call.body;
    let metric = metric(&body["aggregations"])?;
    let filter = Filter::read(&body["filter"])?;
    let group_by = texts(&body["group_by"]);
    let fields = filter.comparisons().into_iter().map(|(field, _)| field);
    let mut at_resource = false;
    for field in fields.chain(group_by.iter().map(String::as_str)) {
        if !has_field(metric, field) {
            let name = metric.name;
            return Err(ApiError::bad_request(format!(
                "{name} has no label {field}"
            )));
        }
        at_resource |= field.starts_with("resource.");
    }
    if !at_resource {
        return Err(ApiError::bad_request(
            "filter by the id of a resource, or group by it",
        ));
    }
    let mut points = Vec::new();
    let granularity = body["granularity"].as_str().unwrap_or_default();
    let aggregation = body["aggregations"][0]["agg"].as_str().unwrap_or("SUM");
    for interval in texts(&body["intervals"]) {
        for bucket in buckets(&interval, granularity)? {
            points.extend(measure(
                call,
                metric,
                &filter,
                &group_by,
                aggregation,
                bucket,
            )?);
        }
    }
    points.sort_by(|a, b| (&a.group, a.start).cmp(&(&b.group, b.start)));

    let limit = call.body["limit"].as_u64().map(usize::try_from);
    let limit = limit.unwrap_or(Ok(LIMIT)).unwrap_or(usize::MAX);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::bad_request(format!(
            "limit is not between 1 and {MAX_LIMIT}"
        )));
    }
    let (page, next) = cut(call, &points, limit)?;
    let data = match body["format"].as_str().unwrap_or("FLAT") {
        "FLAT" => page.iter().map(flat).collect(),
        "GROUPED" => grouped(page),
        other => return Err(ApiError::bad_request(format!("format {other} is unknown"))),
    };
    let mut answer = json!({ "data": data });
    if let Some(next) = next {
        answer["meta"] = json!({ "pagination": { "page_size": limit, "next_page_token": next } });
    }
    Ok(ok(&answer))
}

fn metric(aggregations: &Value) -> Result<&'static Metric> {
    let [aggregation] = aggregations.as_array().map_or(&[][..], Vec::as_slice) else {
        return Err(ApiError::bad_request(
            "exactly one aggregation is supported",
        ));
    };
    let name = aggregation["metric"].as_str().unwrap_or_default();
    METRICS
        .iter()
        .find(|metric| metric.name == name)
        .ok_or_else(|| ApiError::bad_request(format!("the metric {name} is unknown")))
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

fn has_field(metric: &Metric, field: &str) -> bool {
    match field.split_once('.') {
        Some(("metric", label)) => metric.labels.contains(&label),
        Some(("resource", label)) => metric.resource_labels().any(|(name, _)| name == label),
        _ => false,
    }
}

/// Start and end of each bucket.
fn buckets(interval: &str, granularity: &str) -> Result<Vec<[DateTime<Utc>; 2]>> {
    let wrong = || ApiError::bad_request(format!("the interval {interval} is no start/end"));
    let (start, end) = interval.split_once('/').ok_or_else(wrong)?;
    let (start, end) = (super::time(start)?, super::time(end)?);
    let minutes = (end - start).num_minutes();
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(ApiError::bad_request(format!(
            "the interval {interval} is shorter than a minute or longer than 31 days"
        )));
    }
    let size = match granularity {
        "PT1M" => 1,
        "PT5M" => 5,
        "PT15M" => 15,
        "PT30M" => 30,
        "PT1H" => 60,
        "PT4H" => 240,
        "PT6H" => 360,
        "PT12H" => 720,
        "P1D" => 1440,
        "ALL" => return Ok(vec![[start, end]]),
        other => {
            return Err(ApiError::bad_request(format!(
                "granularity {other} is unknown"
            )));
        }
    };
    let size = TimeDelta::minutes(size);
    let offset = start.timestamp().rem_euclid(size.num_seconds());
    let first = start - TimeDelta::seconds(offset);
    let starts = std::iter::successors(Some(first), |start| Some(*start + size));
    Ok(starts
        .take_while(|start| *start < end)
        .map(|start| [start, start + size])
        .collect())
}

/// The value of each group in one bucket.
fn measure(
    call: &Call<'_>,
    metric: &Metric,
    filter: &Filter,
    group_by: &[String],
    aggregation: &str,
    [start, end]: [DateTime<Utc>; 2],
) -> Result<Vec<Point>> {
    let mut groups: BTreeMap<Labels, Vec<Vec<f64>>> = BTreeMap::new();
    for labels in rows(call, metric, filter) {
        if !filter.lets(&labels) {
            continue;
        }
        let minutes = minute(start)..minute(end);
        let samples = minutes
            .map(|minute| sample(metric, &labels, minute))
            .collect();
        let group = group_by
            .iter()
            .map(|field| (field.clone(), labels[field].clone()));
        groups.entry(group.collect()).or_default().push(samples);
    }
    let points = groups.into_iter().map(|(group, rows)| {
        let value = aggregate(metric.kind, aggregation, &rows)?;
        Ok(Point {
            group,
            start,
            value,
        })
    });
    points.collect()
}

/// Minutes since 1970.
fn minute(time: DateTime<Utc>) -> i32 {
    i32::try_from(time.timestamp().div_euclid(60)).unwrap_or(i32::MAX)
}

fn aggregate(kind: Kind, aggregation: &str, rows: &[Vec<f64>]) -> Result<f64> {
    let all = || rows.iter().flatten().copied();
    let count = f64::from(u32::try_from(all().count()).unwrap_or(u32::MAX));
    Ok(match (aggregation, kind) {
        ("SUM", Kind::Counter(_)) => all().sum(),
        // What stands at a value is not more because it was looked at twice.
        ("SUM", _) => rows.iter().filter_map(|row| row.last()).sum(),
        ("MAX", _) => all().fold(f64::MIN, f64::max),
        ("MIN", _) => all().fold(f64::MAX, f64::min),
        ("AVG", _) => all().sum::<f64>() / count,
        ("COUNT", _) => count,
        (other, _) => return Err(ApiError::bad_request(format!("agg {other} is unknown"))),
    })
}

/// The labels of everything that the metric is measured at.
fn rows(call: &Call<'_>, metric: &Metric, filter: &Filter) -> Vec<Labels> {
    let mut rows = vec![Labels::new()];
    let resources = metric.resource_labels().map(|(label, here)| {
        let field = format!("resource.{label}");
        let named = filter.comparisons().into_iter();
        let named = named.filter(|(name, _)| *name == field);
        let named = named.map(|(_, value)| value);
        let values: Vec<_> = match here {
            Some(value) => vec![value.to_owned()],
            None => named.map(ToOwned::to_owned).collect(),
        };
        (field, values)
    });
    let labels = metric.labels.iter().filter(|label| **label != "partition");
    let labels = labels.map(|label| (format!("metric.{label}"), values(call, label)));
    for (field, values) in resources.chain(labels) {
        rows = rows
            .iter()
            .flat_map(|row| {
                values.iter().map(|value| {
                    let mut row = row.clone();
                    row.insert(field.clone(), value.clone());
                    row
                })
            })
            .collect();
    }
    if metric.labels.contains(&"partition") {
        rows = rows
            .into_iter()
            .flat_map(|row| partitions(call, &row))
            .collect();
    }
    rows
}

/// The row once for each partition of its topic.
fn partitions(call: &Call<'_>, row: &Labels) -> Vec<Labels> {
    let state = call.broker.state.lock();
    let count = state
        .topics
        .get(&row["metric.topic"])
        .map_or(0, |topic| topic.partitions.len());
    let rows = (0..count).map(|partition| {
        let mut row = row.clone();
        row.insert("metric.partition".to_owned(), partition.to_string());
        row
    });
    rows.collect()
}

fn values(call: &Call<'_>, label: &str) -> Vec<String> {
    let owned = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect();
    let state = call.broker.state.lock();
    match label {
        "topic" => state
            .topics
            .iter()
            .map(|(name, _)| name.to_owned())
            .collect(),
        "consumer_group_id" => state.groups.iter().map(|(id, _)| id.to_owned()).collect(),
        "type" => owned(&["Fetch", "Metadata", "Produce"]),
        "flink_task.id" => owned(&FLINK_TASKS),
        "flink_operator.id" => owned(&["operator-1"]),
        _ => owned(&["sa-shop01"]),
    }
}

/// The value of a metric in one minute since 1970.
fn sample(metric: &Metric, labels: &Labels, minute: i32) -> f64 {
    match metric.kind {
        Kind::Counter(base) | Kind::Gauge(base) => {
            f64::from(base + hash(metric.name, labels, minute) % (base / 4 + 1))
        }
        Kind::Watermark(behind) => (f64::from(minute) + 1.0) * 60_000.0 - f64::from(behind),
    }
}

/// FNV-1a.
fn hash(name: &str, labels: &Labels, minute: i32) -> u32 {
    let labels = labels
        .iter()
        .flat_map(|(name, value)| name.bytes().chain(value.bytes()));
    let bytes = name.bytes().chain(labels).chain(minute.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn flat(point: &Point) -> Value {
    let mut row = Map::new();
    row.insert("timestamp".to_owned(), moment(point.start).into());
    row.insert("value".to_owned(), point.value.into());
    row.extend(
        point
            .group
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into())),
    );
    Value::Object(row)
}

fn grouped(points: &[Point]) -> Vec<Value> {
    let groups = points.chunk_by(|a, b| a.group == b.group);
    let groups = groups.map(|points| {
        let mut row: Map<_, Value> = Map::new();
        let labels = points.first().into_iter().flat_map(|point| &point.group);
        row.extend(labels.map(|(name, value)| (name.clone(), value.as_str().into())));
        let points = points
            .iter()
            .map(|point| json!({ "timestamp": moment(point.start), "value": point.value }));
        row.insert("points".to_owned(), points.collect());
        Value::Object(row)
    });
    groups.collect()
}
