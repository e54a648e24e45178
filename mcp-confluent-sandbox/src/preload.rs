//! A little believable data for a first look: a shop's last day.

use kafka_protocol::ResponseError;

use crate::broker::{Refusal, State, now};
use crate::config::Overrides;
use crate::records::append_records;
use crate::storage::Record;

const DAY: i64 = 24 * 60 * 60 * 1000;

const ORDERS: i64 = 240;
const CUSTOMERS: [(&str, &str, &str); 8] = [
    ("c-1001", "Ada", "London"),
    ("c-1002", "Grace", "New York"),
    ("c-1003", "Linus", "Helsinki"),
    ("c-1004", "Margaret", "Boston"),
    ("c-1005", "Edsger", "Rotterdam"),
    ("c-1006", "Barbara", "Los Angeles"),
    ("c-1007", "Donald", "Milwaukee"),
    ("c-1008", "Katherine", "Hampton"),
];
const PRODUCTS: [(&str, i64); 6] = [
    ("kettle", 3490),
    ("teapot", 2250),
    ("mug", 890),
    ("tea tin", 1240),
    ("strainer", 640),
    ("tray", 1775),
];

/// Keys and values.
type Settings = &'static [(&'static str, &'static str)];

/// Topics: the name, the partitions and the settings of each.
const TOPICS: [(&str, usize, Settings); 7] = [
    ("orders", 3, &[]),
    ("payments", 2, &[("retention.ms", "2592000000")]),
    ("customers", 2, &[("cleanup.policy", "compact")]),
    (
        "page-views",
        4,
        &[("retention.ms", "86400000"), ("compression.type", "lz4")],
    ),
    ("orders.dead-letters", 1, &[]),
    ("cool", 1, &[]),
    ("hello", 1, &[]),
];

/// Fills an empty broker.
pub(crate) fn fill(state: &mut State) -> Result<(), Refusal> {
    for (name, partitions, configs) in TOPICS {
        let configs = configs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        state
            .topics
            .create(name, partitions, configs.collect::<Overrides>());
    }
    let start = now() - DAY;
    spread(
        state,
        "orders",
        (0..ORDERS).map(|index| order(start, index)),
    )?;
    // The newest orders are not paid yet.
    spread(
        state,
        "payments",
        (0..ORDERS - 6).map(|index| payment(start, index)),
    )?;
    spread(state, "customers", customers(start))?;
    spread(
        state,
        "page-views",
        (0..ORDERS * 4).map(|index| page_view(start, index)),
    )?;
    append_records(state, "orders.dead-letters", 0, &dead_letters(start))?;
    append_records(state, "cool", 0, &cool(start))?;
    append_records(state, "hello", 0, &hello(start))?;

    follow(state, "billing", "orders", &[0, 1, 4])?;
    follow(state, "billing", "payments", &[0, 2])?;
    follow(state, "analytics", "page-views", &[35, 0, 60, 12])?;
    follow(state, "analytics", "orders", &[0, 0, 0])
}

/// Appends records to the partitions that their keys belong to.
fn spread(
    state: &mut State,
    topic: &str,
    records: impl Iterator<Item = Record>,
) -> Result<(), Refusal> {
    let count = state
        .topics
        .get(topic)
        .map_or(1, |topic| topic.partitions.len());
    let mut partitions = vec![Vec::new(); count];
    for record in records {
        let hash = crc32c::crc32c(record.key.as_deref().unwrap_or_default()) as usize;
        if let Some(partition) = partitions.get_mut(hash % count) {
            partition.push(record);
        }
    }
    for (index, records) in (0..).zip(&partitions) {
        append_records(state, topic, index, records)?;
    }
    Ok(())
}

/// Commits offsets of a group without members, so far behind the end of each partition.
fn follow(state: &mut State, group: &str, topic: &str, lags: &[i64]) -> Result<(), Refusal> {
    for (index, lag) in (0..).zip(lags) {
        let end = state.topics.partition(topic, index)?.end();
        let group = state
            .groups
            .get_or_create(group)
            .map_err(|code: ResponseError| Refusal::from(code))?;
        group.set_protocol_type("consumer");
        group.set_offset(topic, index, (end - lag).max(0));
    }
    Ok(())
}

/// The time of one of `count` events that are spread over the day, not too evenly.
fn moment(start: i64, index: i64, count: i64) -> i64 {
    let step = DAY / count;
    start + index * step + (index * 7919) % (step / 2)
}

fn pick<T: Copy>(items: &[T], index: i64) -> T {
    items[usize::try_from(index).unwrap_or(0) % items.len()]
}

fn order_id(index: i64) -> String {
    format!("o-{}", 50_000 + index)
}

fn total(index: i64) -> i64 {
    pick(&PRODUCTS, index * 5 + index / 4).1 * (1 + index % 3)
}

/// Cents as a decimal number.
fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn order(start: i64, index: i64) -> Record {
    let (customer, _, city) = pick(&CUSTOMERS, index * 3 + index / 8);
    let (product, price) = pick(&PRODUCTS, index * 5 + index / 4);
    let (id, quantity) = (order_id(index), 1 + index % 3);
    let value = format!(
        r#"{{"orderId":"{id}","customerId":"{customer}","city":"{city}","items":[{{"product":"{product}","quantity":{quantity},"price":{}}}],"total":{},"currency":"EUR"}}"#,
        money(price),
        money(total(index)),
    );
    Record::new(value)
        .key(customer)
        .timestamp(moment(start, index, ORDERS))
        .header("content-type", "application/json")
        .header(
            "trace-id",
            format!("{:016x}", index.wrapping_mul(0x9e37_79b9_7f4a)),
        )
}

fn payment(start: i64, index: i64) -> Record {
    let id = order_id(index);
    let (status, method) = (
        if index % 23 == 22 { "declined" } else { "paid" },
        pick(&["card", "invoice", "wallet"], index),
    );
    let value = format!(
        r#"{{"paymentId":"p-{}","orderId":"{id}","amount":{},"method":"{method}","status":"{status}"}}"#,
        90_000 + index,
        money(total(index)),
    );
    let mut record = Record::new(value)
        .key(id)
        .timestamp(moment(start, index, ORDERS) + 45_000);
    // One header for each attempt.
    for attempt in 0..=i64::from(index % 11 == 10) {
        record = record.header("attempt", format!("{}", attempt + 1));
    }
    record
}

fn customers(start: i64) -> impl Iterator<Item = Record> {
    let known = CUSTOMERS
        .iter()
        .zip(0..)
        .map(move |((id, name, city), index)| {
            let value = format!(
                r#"{{"customerId":"{id}","name":"{name}","city":"{city}","newsletter":{}}}"#,
                index % 2 == 0
            );
            Record::new(value)
                .key(*id)
                .timestamp(start + index * 60_000)
        });
    let moved = Record::new(
        r#"{"customerId":"c-1003","name":"Linus","city":"Portland","newsletter":true}"#,
    )
    .key("c-1003")
    .timestamp(start + DAY / 2);
    let gone = Record::tombstone("c-1005").timestamp(start + DAY * 3 / 4);
    known.chain([moved, gone])
}

fn page_view(start: i64, index: i64) -> Record {
    let session = format!("s-{}", 700 + (index * 13) % 97);
    let page = pick(
        &["/", "/tea", "/teapots", "/cart", "/checkout", "/about"],
        index * 7 + index / 5,
    );
    let value = format!(
        r#"{{"session":"{session}","page":"{page}","ms":{}}}"#,
        40 + (index * 31) % 900
    );
    Record::new(value)
        .key(session)
        .timestamp(moment(start, index, ORDERS * 4))
}

fn dead_letters(start: i64) -> Vec<Record> {
    vec![
        Record::new(r#"{"orderId":"o-50017","total":"twelve"}"#)
            .key("c-1002")
            .timestamp(start + DAY / 3)
            .header("error", "total: expected a number, found \"twelve\"")
            .header("source", "orders"),
        Record::new(vec![0x00, 0xff, 0xfe, 0x07, 0x42])
            .timestamp(start + DAY / 2)
            .header("error", "the value is neither JSON nor text")
            .header("source", "orders"),
    ]
}

fn cool(start: i64) -> Vec<Record> {
    let facts = [
        "Honey does not spoil.",
        "An octopus has three hearts.",
        "A day on Venus is longer than its year.",
        "Bananas are berries; strawberries are not.",
        "Wombats leave cubes.",
    ];
    let facts = facts.iter().zip(0..);
    facts
        .map(|(fact, index)| {
            Record::new(format!(
                r#"{{"fact":"{fact}","coolness":{}}}"#,
                7 + index % 4
            ))
            .key(format!("fact-{}", index + 1))
            .timestamp(moment(start, index, 5))
        })
        .collect()
}

fn hello(start: i64) -> Vec<Record> {
    let greetings = [
        ("en", "Hello"),
        ("fr", "Bonjour"),
        ("fi", "Hei"),
        ("ja", "こんにちは"),
        ("es", "¡Hola!"),
    ];
    let greetings = greetings.iter().zip(0..);
    greetings
        .map(|((language, greeting), index)| {
            Record::new(*greeting)
                .key(*language)
                .timestamp(moment(start, index, 5))
                .header("language", *language)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::SandboxOptions;
    use crate::broker::Broker;
    use crate::storage::Isolation;

    use super::*;

    #[test]
    fn the_data_is_of_the_last_day_and_groups_lag_behind_it() {
        let broker = Broker::new(&SandboxOptions::new());
        let mut state = broker.state.lock();
        fill(&mut state).expect("an empty broker can be filled");
        for (name, topic) in state.topics.iter() {
            let mut records = 0;
            for log in &topic.partitions {
                records += log.end_for(Isolation::ReadCommitted);
                let oldest = log
                    .first_not_older(0, log.end())
                    .expect("records in every partition");
                let newest = log.newest().expect("records in every partition");
                assert!(oldest.timestamp >= now() - DAY - 60_000, "{name}");
                assert!(newest.timestamp <= now(), "{name}");
            }
            assert!(records > 1, "{name} has only {records} records");
        }
        assert!(state.groups.get("billing").is_some() && state.groups.get("analytics").is_some());
    }
}
