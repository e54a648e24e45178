//! The connectors of a shop: a source and a sink that work, and a sink that does not.

use std::collections::BTreeMap;

use super::connector::{Connector, LogEntry};
use crate::broker::now;

const MINUTE: i64 = 60 * 1000;

pub(super) fn connectors() -> Vec<Connector> {
    vec![page_views(), orders_archive(), payments_ledger()]
}

fn config(name: &str, own: &[(&str, &str)]) -> BTreeMap<String, String> {
    let common = [
        ("name", name),
        ("kafka.auth.mode", "KAFKA_API_KEY"),
        ("kafka.api.key", "SANDBOXKEY"),
        ("kafka.api.secret", "sandbox-kafka-secret"),
    ];
    let all = common.iter().chain(own);
    all.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn entry(minutes_ago: i64, level: &'static str, message: String) -> LogEntry {
    LogEntry {
        time: now() - minutes_ago * MINUTE,
        level,
        task: Some(0),
        message,
        trace: None,
    }
}

fn page_views() -> Connector {
    let log = (0..11).rev().map(|index| {
        let message = format!("Wrote {} records to page-views", 40 + index * 3);
        entry(1 + index * 5, "INFO", message)
    });
    Connector::settled(
        "lcc-shop01",
        config(
            "page-views-datagen",
            &[
                ("connector.class", "DatagenSource"),
                ("kafka.topic", "page-views"),
                ("output.data.format", "JSON"),
                ("quickstart", "PAGEVIEWS"),
                ("max.interval", "1000"),
                ("tasks.max", "1"),
            ],
        ),
        BTreeMap::new(),
        log.collect(),
    )
}

fn orders_archive() -> Connector {
    let mut log: Vec<_> = (0..11)
        .rev()
        .map(|index| {
            let message = format!("Committed offsets of orders; {} records", 17 + index * 2);
            entry(2 + index * 5, "INFO", message)
        })
        .collect();
    log.push(entry(
        1,
        "WARN",
        "The bucket answered slowly: 2300 ms for one part".to_owned(),
    ));
    Connector::settled(
        "lcc-shop02",
        config(
            "orders-archive",
            &[
                ("connector.class", "S3_SINK"),
                ("topics", "orders"),
                ("input.data.format", "JSON"),
                ("output.data.format", "JSON"),
                ("aws.access.key.id", "AKIASANDBOX"),
                ("aws.secret.access.key", "sandbox-aws-secret"),
                ("s3.bucket.name", "shop-archive"),
                ("time.interval", "HOURLY"),
                ("flush.size", "1000"),
                ("tasks.max", "2"),
            ],
        ),
        BTreeMap::new(),
        log,
    )
}

fn payments_ledger() -> Connector {
    let host = "ledger.shop.invalid";
    // Newer than an hour, so that who asks for the last hour gets all of them.
    let log = (0..25).rev().flat_map(|index| {
        let retry = entry(
            3 + index * 2,
            "WARN",
            format!("Write of 18 records failed, remaining retries: {index}"),
        );
        let error = LogEntry {
            trace: Some(Connector::trace(host)),
            ..entry(
                2 + index * 2,
                "ERROR",
                format!("Task failed: {host} is not known"),
            )
        };
        [retry, error]
    });
    Connector::settled(
        "lcc-shop03",
        config(
            "payments-ledger",
            &[
                ("connector.class", "PostgresSink"),
                ("topics", "payments"),
                ("input.data.format", "JSON"),
                ("connection.host", host),
                ("connection.port", "5432"),
                ("connection.user", "ledger"),
                ("connection.password", "sandbox-ledger-password"),
                ("db.name", "ledger"),
                ("insert.mode", "UPSERT"),
                ("tasks.max", "1"),
            ],
        ),
        BTreeMap::from([
            (("payments".to_owned(), 0), 41),
            (("payments".to_owned(), 1), 38),
        ]),
        log.collect(),
    )
}
