//! Avro: generated schemas and values, with the Apache implementation as the judge of the bytes.

use std::collections::BTreeMap;

use apache_avro::{Schema, reader::datum::GenericDatumReader, writer::datum::GenericDatumWriter};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use mcp_confluent::codec::{Codec, SchemaKind};
use proptest::{collection, prelude::*};
use serde_json::{Map, Number, Value, json};
use uuid::Uuid;

use crate::source::{decode, expect_value, plain, there_and_back};

/// A type without its names: those are numbered when a schema is made of it.
#[derive(Debug, Clone)]
enum Shape {
    /// A type that is written as it stands.
    Leaf(Leaf),
    Enum(usize),
    Fixed(usize),
    FixedDecimal(usize, u32),
    FixedUuid,
    Duration,
    Array(Box<Shape>),
    Map(Box<Shape>),
    Record(Vec<Shape>),
    Union(Vec<Shape>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Leaf {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Uuid,
    Date,
    TimeMillis,
    TimeMicros,
    Timestamp(&'static str),
    Local(&'static str),
    Decimal(u32, u32),
}

impl Leaf {
    fn schema(self) -> Value {
        let logical = |ty: &str, name: &str| json!({"type": ty, "logicalType": name});
        match self {
            Self::Null => json!("null"),
            Self::Boolean => json!("boolean"),
            Self::Int => json!("int"),
            Self::Long => json!({"type": "long"}),
            Self::Float => json!("float"),
            Self::Double => json!("double"),
            Self::Bytes => json!("bytes"),
            Self::String => json!("string"),
            Self::Uuid => logical("string", "uuid"),
            Self::Date => logical("int", "date"),
            Self::TimeMillis => logical("int", "time-millis"),
            Self::TimeMicros => logical("long", "time-micros"),
            Self::Timestamp(unit) => logical("long", &format!("timestamp-{unit}")),
            Self::Local(unit) => logical("long", &format!("local-timestamp-{unit}")),
            Self::Decimal(precision, scale) => json!({
                "type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale,
            }),
        }
    }
}

impl Shape {
    fn schema(&self, names: &mut usize) -> Value {
        let mut name = || {
            *names += 1;
            format!("acme.N{names}")
        };
        match self {
            Self::Leaf(leaf) => leaf.schema(),
            Self::Enum(count) => {
                let symbols: Vec<_> = (0..*count).map(|n| format!("S{n}")).collect();
                json!({"type": "enum", "name": name(), "symbols": symbols})
            }
            Self::Fixed(size) => json!({"type": "fixed", "name": name(), "size": size}),
            Self::FixedDecimal(size, scale) => json!({
                "type": "fixed", "name": name(), "size": size, "logicalType": "decimal",
                "precision": digits_of(*size), "scale": scale,
            }),
            Self::FixedUuid => {
                json!({"type": "fixed", "name": name(), "size": 16, "logicalType": "uuid"})
            }
            Self::Duration => {
                json!({"type": "fixed", "name": name(), "size": 12, "logicalType": "duration"})
            }
            Self::Array(items) => json!({"type": "array", "items": items.schema(names)}),
            Self::Map(values) => json!({"type": "map", "values": values.schema(names)}),
            Self::Record(fields) => {
                let name = name();
                let fields: Vec<_> = fields
                    .iter()
                    .enumerate()
                    .map(|(n, field)| json!({"name": format!("f{n}"), "type": field.schema(names)}))
                    .collect();
                json!({"type": "record", "name": name, "fields": fields})
            }
            Self::Union(branches) => branches.iter().map(|b| b.schema(names)).collect(),
        }
    }

    /// What distinguishes the branches of a union; named types differ by their names.
    fn label(&self) -> Option<String> {
        match self {
            Self::Leaf(leaf) => {
                let schema = leaf.schema();
                let ty = schema.get("type").unwrap_or(&schema);
                ty.as_str().map(str::to_owned)
            }
            Self::Array(_) => Some("array".into()),
            Self::Map(_) => Some("map".into()),
            Self::Union(_) => Some("union".into()),
            _ => None,
        }
    }
}

/// As many digits as surely fit.
fn digits_of(size: usize) -> u32 {
    [0, 2, 4, 6, 9, 11, 14, 16, 18][size]
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Leaf::Null),
        Just(Leaf::Boolean),
        Just(Leaf::Int),
        Just(Leaf::Long),
        Just(Leaf::Float),
        Just(Leaf::Double),
        Just(Leaf::Bytes),
        Just(Leaf::String),
        Just(Leaf::Uuid),
        Just(Leaf::Date),
        Just(Leaf::TimeMillis),
        Just(Leaf::TimeMicros),
        prop::sample::select(vec!["millis", "micros", "nanos"]).prop_map(Leaf::Timestamp),
        prop::sample::select(vec!["millis", "micros", "nanos"]).prop_map(Leaf::Local),
        (1..40u32).prop_flat_map(|p| (Just(p), 0..=p).prop_map(|(p, s)| Leaf::Decimal(p, s))),
    ];
    let flat = prop_oneof![
        10 => leaf.prop_map(Shape::Leaf),
        1 => (1..5usize).prop_map(Shape::Enum),
        1 => (0..5usize).prop_map(Shape::Fixed),
        1 => (1..9usize).prop_flat_map(|size| {
            (0..=digits_of(size)).prop_map(move |scale| Shape::FixedDecimal(size, scale))
        }),
        1 => Just(Shape::FixedUuid),
        1 => Just(Shape::Duration),
    ];
    flat.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| Shape::Array(items.into())),
            inner.clone().prop_map(|values| Shape::Map(values.into())),
            collection::vec(inner.clone(), 0..6).prop_map(Shape::Record),
            collection::vec(inner, 1..6).prop_map(|branches| {
                let mut seen = vec!["union".to_owned()];
                let mut union = Vec::new();
                for branch in branches {
                    match branch.label() {
                        Some(label) if seen.contains(&label) => {}
                        label => {
                            seen.extend(label);
                            union.push(branch);
                        }
                    }
                }
                if union.is_empty() {
                    union.push(Shape::Leaf(Leaf::Null));
                }
                Shape::Union(union)
            }),
        ]
    })
}

/// A value of `shape`, every branch of a union tagged; `schema` is the schema made of it.
fn value(shape: &Shape, schema: &Value) -> BoxedStrategy<Value> {
    match shape {
        Shape::Leaf(leaf) => leaf_value(*leaf),
        Shape::Enum(count) => (0..*count).prop_map(|n| json!(format!("S{n}"))).boxed(),
        Shape::Fixed(size) => base64(*size..=*size),
        Shape::FixedDecimal(size, scale) => decimal(digits_of(*size), *scale),
        Shape::FixedUuid => any::<u128>().prop_map(uuid).boxed(),
        Shape::Duration => any::<(u32, u32, u32)>()
            .prop_map(
                |(months, days, millis)| json!({"months": months, "days": days, "millis": millis}),
            )
            .boxed(),
        Shape::Array(items) => collection::vec(value(items, &schema["items"]), 0..4)
            .prop_map(Value::Array)
            .boxed(),
        Shape::Map(values) => {
            let entry = (text(), value(values, &schema["values"]));
            collection::vec(entry, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect()))
                .boxed()
        }
        Shape::Record(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .zip(schema["fields"].as_array().unwrap())
                .map(|(field, schema)| value(field, &schema["type"]))
                .collect();
            fields
                .prop_map(|values| {
                    let named = values.into_iter().enumerate();
                    Value::Object(named.map(|(n, v)| (format!("f{n}"), v)).collect())
                })
                .boxed()
        }
        Shape::Union(branches) => {
            let tagged: Vec<_> = branches
                .iter()
                .zip(schema.as_array().unwrap())
                .map(|(branch, schema)| {
                    let tag = branch.label();
                    let tag = tag.unwrap_or_else(|| schema["name"].as_str().unwrap().to_owned());
                    value(branch, schema)
                        .prop_map(move |value| {
                            Value::Object(Map::from_iter([(tag.clone(), value)]))
                        })
                        .boxed()
                })
                .collect();
            prop::strategy::Union::new(tagged).boxed()
        }
    }
}

fn leaf_value(leaf: Leaf) -> BoxedStrategy<Value> {
    match leaf {
        Leaf::Null => Just(Value::Null).boxed(),
        Leaf::Boolean => any::<bool>().prop_map(Value::Bool).boxed(),
        Leaf::Int => any::<i32>().prop_map(Value::from).boxed(),
        Leaf::Long => prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)]
            .prop_map(Value::from)
            .boxed(),
        Leaf::Float => prop::num::f32::ANY
            .prop_map(|float| {
                let short = float.to_string().parse::<f64>().unwrap();
                Number::from_f64(short).map_or_else(|| named(short), Value::Number)
            })
            .boxed(),
        Leaf::Double => prop::num::f64::ANY
            .prop_map(|double| {
                Number::from_f64(double).map_or_else(|| named(double), Value::Number)
            })
            .boxed(),
        Leaf::Bytes => base64(0..=40),
        Leaf::String => text().prop_map(Value::String).boxed(),
        Leaf::Uuid => any::<u128>().prop_map(uuid).boxed(),
        // Texts are written here by another hand than the codec's.
        Leaf::Date => (0..10_000u32, 1..13u32, 1..29u32)
            .prop_map(|(y, m, d)| json!(format!("{y:04}-{m:02}-{d:02}")))
            .boxed(),
        Leaf::TimeMillis => time("millis").prop_map(Value::String).boxed(),
        Leaf::TimeMicros => time("micros").prop_map(Value::String).boxed(),
        Leaf::Timestamp(unit) => moment(unit).prop_map(|at| json!(at + "Z")).boxed(),
        Leaf::Local(unit) => moment(unit).prop_map(Value::String).boxed(),
        Leaf::Decimal(precision, scale) => decimal(precision, scale),
    }
}

fn named(double: f64) -> Value {
    json!(match () {
        () if double.is_nan() => "NaN",
        () if double > 0.0 => "Infinity",
        () => "-Infinity",
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        // What could be taken for something else.
        Just("NaN".to_owned()),
        Just("12".to_owned()),
        Just("1.5".to_owned()),
        Just("AAAA".to_owned()),
        Just("S0".to_owned()),
        Just("2026-11-23".to_owned()),
        Just("2026-11-23T00:00:00Z".to_owned()),
        Just("string".to_owned()),
    ]
}

fn uuid(value: u128) -> Value {
    json!(Uuid::from_u128(value).hyphenated().to_string())
}

fn base64(size: std::ops::RangeInclusive<usize>) -> BoxedStrategy<Value> {
    collection::vec(any::<u8>(), size)
        .prop_map(|bytes| json!(BASE64.encode(bytes)))
        .boxed()
}

fn decimal(precision: u32, scale: u32) -> BoxedStrategy<Value> {
    let digits = collection::vec(0..10u8, 1..=precision as usize);
    (digits, any::<bool>())
        .prop_map(move |(digits, negative)| {
            let scale = scale as usize;
            let digits: String = digits.iter().map(u8::to_string).collect();
            let digits = digits.trim_start_matches('0');
            let padded = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            let sign = if negative && !digits.is_empty() {
                "-"
            } else {
                ""
            };
            let point = if scale > 0 { "." } else { "" };
            json!(format!("{sign}{whole}{point}{fraction}"))
        })
        .boxed()
}

/// No fraction, or as many digits as are needed in groups of three.
fn time(unit: &'static str) -> impl Strategy<Value = String> {
    let digits = BTreeMap::from([("millis", 3), ("micros", 6), ("nanos", 9)])[unit];
    (0..24u8, 0..60u8, 0..60u8, 0..10u64.pow(digits)).prop_map(move |(h, m, s, fraction)| {
        let mut fraction = format!("{fraction:0width$}", width = digits as usize);
        while fraction.ends_with("000") {
            fraction.truncate(fraction.len() - 3);
        }
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{h:02}:{m:02}:{s:02}{point}{fraction}")
    })
}

fn moment(unit: &'static str) -> impl Strategy<Value = String> {
    // Nanoseconds in 64 bits reach from 1677 to 2262.
    let years = if unit == "nanos" {
        1678..2262u32
    } else {
        0..10_000u32
    };
    (years, 1..13u32, 1..29u32, time(unit))
        .prop_map(|(y, m, d, time)| format!("{y:04}-{m:02}-{d:02}T{time}"))
}

/// Whether `read` is `given`, where unions are always tagged in `given` and only at times in `read`.
fn is_same(shape: &Shape, schema: &Value, given: &Value, read: &Value) -> bool {
    match shape {
        Shape::Array(items) => {
            let (given, read) = (given.as_array().unwrap(), read.as_array().unwrap());
            given.len() == read.len()
                && given
                    .iter()
                    .zip(read)
                    .all(|(given, read)| is_same(items, &schema["items"], given, read))
        }
        Shape::Map(values) => {
            let (given, read) = (given.as_object().unwrap(), read.as_object().unwrap());
            given.len() == read.len()
                && given.iter().all(|(key, given)| {
                    read.get(key)
                        .is_some_and(|read| is_same(values, &schema["values"], given, read))
                })
        }
        Shape::Record(fields) => {
            fields.len() == read.as_object().unwrap().len()
                && fields.iter().enumerate().all(|(n, field)| {
                    let name = format!("f{n}");
                    let schema = &schema["fields"][n]["type"];
                    is_same(field, schema, &given[&name], &read[&name])
                })
        }
        Shape::Union(branches) => {
            let (tag, inner) = given.as_object().unwrap().iter().next().unwrap();
            let (branch, schema) = branches
                .iter()
                .zip(schema.as_array().unwrap())
                .find(|(branch, schema)| match branch.label() {
                    Some(label) => label == *tag,
                    None => schema["name"] == **tag,
                })
                .unwrap();
            let is_tagged = read
                .as_object()
                .is_some_and(|o| o.len() == 1 && o.contains_key(tag));
            (is_tagged && is_same(branch, schema, inner, &read[tag]))
                || kind(inner) == kind(read) && is_same(branch, schema, inner, read)
        }
        _ => given == read,
    }
}

fn kind(value: &Value) -> std::mem::Discriminant<Value> {
    std::mem::discriminant(value)
}

fn cases() -> impl Strategy<Value = (Shape, Value, Value)> {
    shape().prop_flat_map(|shape| {
        let schema = shape.schema(&mut 0);
        let value = value(&shape, &schema);
        (Just(shape), Just(schema), value)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_comes_back_as_it_was((shape, schema, given) in cases()) {
        let codec = Codec::default();
        let source = plain(SchemaKind::Avro, schema.to_string());
        let (payload, read) = there_and_back(&codec, &source, &given, None);
        prop_assert!(is_same(&shape, &schema, &given, &read.value), "{given} became {}", read.value);
        // What was read is, as it stands, the same payload again.
        let (again, read_again) = there_and_back(&codec, &source, &read.value, None);
        prop_assert_eq!(&payload, &again);
        prop_assert_eq!(&read.value, &read_again.value);
        let bytes = matches!(shape, Shape::Leaf(Leaf::Bytes | Leaf::Decimal(..)));
        if !bytes {
            let data = rewritten_by_apache(&schema, &payload[5..]);
            let theirs = [&payload[..5], &data].concat();
            let read_theirs = expect_value(decode(&codec, &source, &theirs, None));
            prop_assert_eq!(read_theirs.value, read_again.value);
        }
    }
}

/// The Apache implementation reads `data` to its end, and writes it again. Not byte for byte: it
/// has an order of its own for the entries of maps.
fn rewritten_by_apache(schema: &Value, mut data: &[u8]) -> Vec<u8> {
    let schema = Schema::parse(schema).unwrap();
    let value = GenericDatumReader::builder(&schema)
        .build()
        .unwrap()
        .read_value(&mut data)
        .unwrap();
    assert!(data.is_empty());
    GenericDatumWriter::builder(&schema)
        .build()
        .unwrap()
        .write_value_to_vec(value)
        .unwrap()
}
