//! What was measured of a Flink SQL statement.

use std::{collections::BTreeMap, time::Duration};

use tokio::task::JoinSet;

use crate::{
    client::{
        Call,
        telemetry::{Interval, MetricsQuery, TelemetryClient},
    },
    prelude::Progress,
};

/// Label of the task that a value belongs to.
const TASK: &str = "metric.flink_task.id";
/// Queries that run at the same time.
const AT_ONCE: usize = 4;
/// Below this a watermark says that there is none yet, above its negative that the input has ended.
const NO_WATERMARK: f64 = -9.2e18;

/// How the values of tasks become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// One value of the whole statement.
    Statement,
    /// One value for each task.
    Tasks,
}

/// The newest values, by metric and task; the task is empty for the whole statement.
#[derive(Debug, Default)]
pub(super) struct Measured {
    values: BTreeMap<(&'static str, String), f64>,
    /// Why the first metric that could not be read could not.
    pub(super) failure: Option<String>,
}

/// Which statement is measured, and for how long back.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) statement: String,
    pub(super) pool: String,
    pub(super) back: Duration,
}

impl Measured {
    /// Reads metrics, several at a time. What cannot be read is missing, and the reason kept.
    pub(super) async fn read(
        client: &TelemetryClient,
        call: &Call,
        subject: &Subject,
        wanted: &[(Over, &'static str)],
        progress: &Progress,
    ) -> Self {
        let total = wanted.len();
        let mut answered = 0;
        let mut measured = Self::default();
        let mut wanted = wanted.iter().copied();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some((over, metric)) = wanted.next()
            {
                let (client, call) = (client.clone(), call.clone());
                let query = query(subject, over, metric);
                running.spawn(async move { (metric, client.query(&call, &query).await) });
            }
            let Some(done) = running.join_next().await else {
                return measured;
            };
            answered += 1;
            progress.report(answered, total, "metrics").await;
            match done {
                Ok((metric, Ok(found))) => {
                    for series in found.series {
                        let task = series.labels.get(TASK).cloned().unwrap_or_default();
                        if let Some(value) = series.last() {
                            measured.values.insert((metric, task), value);
                        }
                    }
                }
                Ok((_, Err(error))) => {
                    measured.failure.get_or_insert_with(|| error.to_string());
                }
                Err(error) => {
                    measured.failure.get_or_insert_with(|| error.to_string());
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn of(values: &[(&'static str, &str, f64)]) -> Self {
        let values = values
            .iter()
            .map(|(metric, task, value)| ((*metric, (*task).to_owned()), *value));
        Self {
            values: values.collect(),
            failure: None,
        }
    }

    /// Whether nothing was measured.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn all<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = f64> + 'a {
        let values = self.values.iter();
        values
            .filter(move |((name, _), _)| *name == metric)
            .map(|(_, value)| *value)
    }

    /// The value of one task, or of the statement for an empty name.
    pub(super) fn of_task(&self, metric: &'static str, task: &str) -> Option<f64> {
        self.values.get(&(metric, task.to_owned())).copied()
    }

    /// The sum over the tasks.
    pub(super) fn sum(&self, metric: &str) -> Option<f64> {
        self.all(metric).reduce(|a, b| a + b)
    }

    /// The greatest of the tasks.
    pub(super) fn max(&self, metric: &str) -> Option<f64> {
        self.all(metric).reduce(f64::max)
    }

    /// The mean of the tasks.
    pub(super) fn mean(&self, metric: &str) -> Option<f64> {
        let sum = self.sum(metric)?;
        let count = u32::try_from(self.all(metric).count()).ok()?;
        Some(sum / f64::from(count))
    }
}

fn query(subject: &Subject, over: Over, metric: &str) -> MetricsQuery {
    let interval = Interval::last(subject.back);
    let query = MetricsQuery::new(format!("io.confluent.flink/{metric}"), interval)
        .only("resource.flink_statement.name", &subject.statement)
        .only("resource.compute_pool.id", &subject.pool);
    match over {
        Over::Statement => query,
        Over::Tasks => query.by(TASK),
    }
}

/// Milliseconds of a second as a percentage.
pub(super) fn percent(millis_per_second: f64) -> f64 {
    (millis_per_second).round() / 10.0
}

/// A watermark as RFC 3339; `None` if there is none yet, or the input has ended and with it time.
pub(super) fn watermark(millis: f64) -> Option<String> {
    if millis <= NO_WATERMARK || millis >= -NO_WATERMARK {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a watermark is a whole number of milliseconds, and what saturates is no date"
    )]
    let time = chrono::DateTime::from_timestamp_millis(millis as i64)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_tasks_become_one() {
        let measured = Measured::of(&[("a", "1", 2.0), ("a", "2", 4.0), ("b", "", 7.0)]);
        assert_eq!(measured.sum("a"), Some(6.0));
        assert_eq!(measured.max("a"), Some(4.0));
        assert_eq!(measured.mean("a"), Some(3.0));
        assert_eq!(measured.of_task("b", ""), Some(7.0));
        assert_eq!(measured.sum("c"), None);
        assert!((percent(512.3) - 51.2).abs() < 1e-9);
    }

    #[test]
    fn the_watermarks_at_both_ends_of_time_are_none() {
        for none in [
            -9_223_372_036_854_775_808.0,
            9_223_372_036_854_775_807.0,
            1e300,
        ] {
            assert_eq!(watermark(none), None);
        }
        assert_eq!(watermark(0.0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
    }
}
