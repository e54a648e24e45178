//! Example records in the Confluent wire format, by the schemas of a registry that was filled.

use std::io;

use crate::registry::Registry;
use crate::{Record, Sandbox};

const HOUR: i64 = 60 * 60 * 1000;

/// Fills the topics `invoices` (Avro, of two versions of the schema), `subscriptions` (JSON Schema) and
/// `shipments` (Protobuf) with a few records, by the schemas of a registry that was started with
/// [`preload`](crate::registry::RegistryOptions::preload).
///
/// # Errors
/// A topic is there already, or the registry lacks a schema.
pub fn preload_payloads(broker: &Sandbox, registry: &Registry) -> io::Result<()> {
    let start = crate::broker::now() - 24 * HOUR;
    let id = |subject: &str, version: u32| {
        registry.schema_id(subject, version).ok_or_else(|| {
            io::Error::other(format!(
                "the registry has no version {version} of {subject}"
            ))
        })
    };
    let (first, second) = (id("invoices-value", 1)?, id("invoices-value", 2)?);
    let invoices = [
        invoice(first, 7001, "c-1001", 3490, start, None),
        invoice(first, 7002, "c-1004", 12_480, start + HOUR, None),
        invoice(
            second,
            7003,
            "c-1002",
            890,
            start + 2 * HOUR,
            Some(("PAID", None)),
        ),
        invoice(
            second,
            7004,
            "c-1007",
            -2250,
            start + 3 * HOUR,
            Some(("OPEN", Some("credit for a broken teapot"))),
        ),
    ];
    fill(broker, "invoices", &invoices)?;

    let subscription = id("subscriptions-value", 1)?;
    let subscriptions = [
        ("s-1", "ada@example.com", "London"),
        ("s-2", "grace@example.com", "New York"),
        ("s-3", "linus@example.com", "Helsinki"),
    ];
    let subscriptions = subscriptions.map(|(key, email, city)| {
        let json =
            format!(r#"{{"id":"{key}","email":"{email}","addresses":[{{"city":"{city}"}}]}}"#);
        record(subscription, json.as_bytes())
            .key(key)
            .timestamp(start)
    });
    fill(broker, "subscriptions", &subscriptions)?;

    let shipment_id = id("shipments-value", 1)?;
    let shipments = [
        shipment(
            shipment_id,
            50_001,
            "Postbode",
            start,
            &[(51.5, -0.12), (52.09, 5.12)],
        ),
        shipment(
            shipment_id,
            50_002,
            "Parcelino",
            start + HOUR,
            &[(60.17, 24.94)],
        ),
    ];
    fill(broker, "shipments", &shipments)
}

fn fill(broker: &Sandbox, topic: &str, records: &[Record]) -> io::Result<()> {
    broker.create_topic(topic, 1)?;
    broker.produce(topic, 0, records)?;
    Ok(())
}

/// A value behind its prefix: a zero, and the id of the schema.
fn record(id: u32, payload: &[u8]) -> Record {
    let mut value = vec![0];
    value.extend(id.to_be_bytes());
    value.extend(payload);
    Record::new(value)
}

/// An Avro `shop.Invoice`; `status` and `note` are of the second version.
fn invoice(
    schema: u32,
    id: i64,
    customer: &str,
    cents: i64,
    issued_at: i64,
    second: Option<(&str, Option<&str>)>,
) -> Record {
    let mut bytes = Vec::new();
    zigzag(id, &mut bytes);
    text(customer, &mut bytes);
    // A decimal: the shortest two's complement.
    let number = cents.to_be_bytes();
    let filler = if cents < 0 { 0xff } else { 0 };
    let extra = number
        .windows(2)
        .take_while(|pair| pair[0] == filler && (pair[1] ^ filler) & 0x80 == 0);
    let number = &number[extra.count()..];
    zigzag(number.len().try_into().unwrap_or(0), &mut bytes);
    bytes.extend(number);
    text("EUR", &mut bytes);
    zigzag(issued_at, &mut bytes);
    if let Some((status, note)) = second {
        let symbols = ["UNKNOWN", "OPEN", "PAID"];
        let symbol = symbols.iter().position(|symbol| *symbol == status);
        zigzag(symbol.unwrap_or(0).try_into().unwrap_or(0), &mut bytes);
        zigzag(note.is_some().into(), &mut bytes);
        if let Some(note) = note {
            text(note, &mut bytes);
        }
    }
    record(schema, &bytes).key(customer).timestamp(issued_at)
}

fn text(text: &str, into: &mut Vec<u8>) {
    zigzag(text.len().try_into().unwrap_or(0), into);
    into.extend(text.as_bytes());
}

fn zigzag(number: i64, into: &mut Vec<u8>) {
    varint(((number << 1) ^ (number >> 63)).cast_unsigned(), into);
}

fn varint(mut number: u64, into: &mut Vec<u8>) {
    while number > 0x7f {
        into.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    into.push(number.to_le_bytes()[0]);
}

/// A Protobuf `shop.Shipment`.
fn shipment(schema: u32, order: i64, carrier: &str, at: i64, route: &[(f64, f64)]) -> Record {
    // The first message of the file.
    let mut bytes = vec![0];
    bytes.push(1 << 3);
    varint(order.cast_unsigned(), &mut bytes);
    field(2, carrier.as_bytes(), &mut bytes);
    let mut timestamp = vec![1 << 3];
    varint((at / 1000).cast_unsigned(), &mut timestamp);
    field(3, &timestamp, &mut bytes);
    for (latitude, longitude) in route {
        let mut point = Vec::new();
        for (number, degrees) in [(1, latitude), (2, longitude)] {
            point.push(number << 3 | 1);
            point.extend(degrees.to_le_bytes());
        }
        field(4, &point, &mut bytes);
    }
    let mut label = Vec::new();
    field(1, b"priority", &mut label);
    field(2, b"normal", &mut label);
    field(5, &label, &mut bytes);
    record(schema, &bytes)
        .key(format!("o-{order}"))
        .timestamp(at)
}

/// A field of bytes, text or a message.
fn field(number: u8, content: &[u8], into: &mut Vec<u8>) {
    into.push(number << 3 | 2);
    varint(content.len() as u64, into);
    into.extend(content);
}
