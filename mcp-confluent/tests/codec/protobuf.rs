//! Protobuf: generated schemas and values.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use mcp_confluent::codec::{Codec, SchemaKind};
use proptest::{collection, prelude::*};
use serde_json::{Map, Value, json};

use crate::source::{plain, there_and_back};

#[derive(Debug, Clone)]
enum Shape {
    Scalar(&'static str),
    Enum,
    /// A well-known type by the name it has in `google.protobuf`.
    Known(&'static str),
    Message(Vec<Field>),
}

#[derive(Debug, Clone)]
struct Field {
    label: Label,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Label {
    Plain,
    Optional,
    Repeated,
    /// A map with keys of this type.
    Map(&'static str),
    /// One of the fields of the message's only `oneof`.
    Choice,
}

const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32",
    "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
];
const KNOWN: [&str; 8] = [
    "Timestamp",
    "Duration",
    "Int64Value",
    "UInt64Value",
    "StringValue",
    "BoolValue",
    "BytesValue",
    "DoubleValue",
];
const KEYS: [&str; 5] = ["int32", "uint64", "bool", "string", "sfixed64"];

fn shape() -> impl Strategy<Value = Shape> {
    let flat = prop_oneof![
        4 => prop::sample::select(SCALARS.to_vec()).prop_map(Shape::Scalar),
        1 => Just(Shape::Enum),
        2 => prop::sample::select(KNOWN.to_vec()).prop_map(Shape::Known),
    ];
    flat.prop_recursive(3, 24, 6, message)
}

fn message(inner: impl Strategy<Value = Shape>) -> impl Strategy<Value = Shape> {
    let label = prop_oneof![
        2 => Just(Label::Plain),
        1 => Just(Label::Optional),
        1 => Just(Label::Repeated),
        1 => prop::sample::select(KEYS.to_vec()).prop_map(Label::Map),
        1 => Just(Label::Choice),
    ];
    let field = (label, inner).prop_map(|(label, shape)| Field { label, shape });
    collection::vec(field, 0..8).prop_map(Shape::Message)
}

/// The definition of a message and of those nested in it.
fn source(name: &str, fields: &[Field]) -> String {
    let (mut nested, mut declared, mut choice) = (Vec::new(), Vec::new(), Vec::new());
    for (index, field) in fields.iter().enumerate() {
        let ty = match &field.shape {
            Shape::Scalar(ty) => (*ty).to_owned(),
            Shape::Enum => ".acme.E".to_owned(),
            Shape::Known(name) => format!(".google.protobuf.{name}"),
            Shape::Message(fields) => {
                let name = format!("{name}M{index}");
                nested.push(source(&name, fields));
                name
            }
        };
        let rest = format!("field_{index} = {};", index * 7 + 1);
        match field.label {
            Label::Plain => declared.push(format!("{ty} {rest}")),
            Label::Optional => declared.push(format!("optional {ty} {rest}")),
            Label::Repeated => declared.push(format!("repeated {ty} {rest}")),
            Label::Map(key) => declared.push(format!("map<{key}, {ty}> {rest}")),
            Label::Choice => choice.push(format!("{ty} {rest}")),
        }
    }
    if !choice.is_empty() {
        declared.push(format!("oneof choice {{ {} }}", choice.join(" ")));
    }
    format!(
        "message {name} {{ {} {} }}\n",
        nested.join(" "),
        declared.join("\n")
    )
}

/// Values that differ from the type's default.
fn value(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Scalar(ty) => scalar(ty),
        Shape::Enum => prop::sample::select(vec![json!("ONE"), json!("LESS"), json!(77)]).boxed(),
        Shape::Known("Timestamp") => (1..9999u32, 1..13u8, 1..29u8, fraction())
            .prop_map(|(y, m, d, fraction)| {
                json!(format!("{y:04}-{m:02}-{d:02}T12:00:00{fraction}Z"))
            })
            .boxed(),
        Shape::Known("Duration") => (any::<bool>(), 1..315_576_000_000u64, fraction())
            .prop_map(|(negative, seconds, fraction)| {
                json!(format!(
                    "{}{seconds}{fraction}s",
                    if negative { "-" } else { "" }
                ))
            })
            .boxed(),
        Shape::Known(wrapper) => {
            let ty = wrapper.trim_end_matches("Value").to_lowercase();
            prop_oneof![scalar(&ty), Just(default(&ty))].boxed()
        }
        Shape::Message(fields) => fields_value(fields),
    }
}

fn fraction() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (1..1_000u32).prop_map(|n| format!(".{n:03}")),
        (1..1_000u32).prop_map(|n| format!(".123{n:03}")),
        (1..1_000u32).prop_map(|n| format!(".123456{n:03}")),
    ]
}

fn scalar(ty: &str) -> BoxedStrategy<Value> {
    match ty {
        "double" => prop_oneof![
            prop::num::f64::NORMAL.prop_map(Value::from),
            prop::sample::select(vec![json!("NaN"), json!("Infinity"), json!("-Infinity")]),
        ]
        .boxed(),
        "float" => prop::num::f32::NORMAL
            .prop_map(|float| json!(float.to_string().parse::<f64>().unwrap()))
            .boxed(),
        "int32" | "sint32" | "sfixed32" => not_zero(any::<i32>()),
        "uint32" | "fixed32" => not_zero(any::<u32>()),
        "int64" | "sint64" | "sfixed64" => text_of(any::<i64>()),
        "uint64" | "fixed64" => text_of(any::<u64>()),
        "bool" => Just(json!(true)).boxed(),
        "string" => any::<String>().prop_map(|text| json!(text + "x")).boxed(),
        _ => collection::vec(any::<u8>(), 1..20)
            .prop_map(|bytes| json!(BASE64.encode(bytes)))
            .boxed(),
    }
}

fn default(ty: &str) -> Value {
    match ty {
        "int64" | "uint64" => json!("0"),
        "string" | "bytes" => json!(""),
        "bool" => json!(false),
        _ => json!(0.0),
    }
}

fn not_zero<T: Into<Value> + std::fmt::Debug + 'static>(
    number: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Value> {
    let number = number.prop_map(Into::into);
    number
        .prop_map(|n: Value| if n == json!(0) { json!(1) } else { n })
        .boxed()
}

fn text_of<T: ToString + std::fmt::Debug + 'static>(
    number: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Value> {
    let text = number.prop_map(|number| number.to_string());
    text.prop_map(|n| json!(if n == "0" { "1" } else { &n }))
        .boxed()
}

fn key(ty: &str) -> BoxedStrategy<String> {
    match ty {
        "string" => any::<String>().boxed(),
        "bool" => any::<bool>().prop_map(|key| key.to_string()).boxed(),
        "int32" => any::<i32>().prop_map(|key| key.to_string()).boxed(),
        "uint64" => any::<u64>().prop_map(|key| key.to_string()).boxed(),
        _ => any::<i64>().prop_map(|key| key.to_string()).boxed(),
    }
}

fn fields_value(fields: &[Field]) -> BoxedStrategy<Value> {
    let choices: Vec<_> = (0..fields.len())
        .filter(|index| fields[*index].label == Label::Choice)
        .collect();
    let chosen = any::<prop::sample::Index>()
        .prop_map(move |index| (!choices.is_empty()).then(|| choices[index.index(choices.len())]));
    let values: Vec<_> = fields
        .iter()
        .map(|field| {
            let one = value(&field.shape);
            let value = match field.label {
                Label::Repeated => collection::vec(one, 1..4).prop_map(Value::Array).boxed(),
                Label::Map(ty) => collection::hash_map(key(ty), one, 1..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect()))
                    .boxed(),
                Label::Optional | Label::Choice => match &field.shape {
                    // Presence shows also what is the default.
                    Shape::Scalar(ty @ ("bool" | "string" | "int64")) => {
                        prop_oneof![one, Just(default(ty))].boxed()
                    }
                    _ => one,
                },
                Label::Plain => one,
            };
            (any::<bool>(), value)
        })
        .collect();
    let labels: Vec<_> = fields.iter().map(|field| field.label).collect();
    (chosen, values)
        .prop_map(move |(chosen, values)| {
            let mut object = Map::new();
            for (index, (present, value)) in values.into_iter().enumerate() {
                let present = match labels[index] {
                    Label::Choice => chosen == Some(index),
                    _ => present,
                };
                if present {
                    object.insert(format!("field{index}"), value);
                }
            }
            Value::Object(object)
        })
        .boxed()
}

fn cases() -> impl Strategy<Value = (String, Value)> {
    message(shape()).prop_flat_map(|shape| {
        let Shape::Message(fields) = &shape else {
            unreachable!("a message is a message");
        };
        let source = format!(
            "syntax = \"proto3\";\npackage acme;\n\
             import \"google/protobuf/duration.proto\";\n\
             import \"google/protobuf/timestamp.proto\";\n\
             import \"google/protobuf/wrappers.proto\";\n\
             enum E {{ NONE = 0; ONE = 1; LESS = -1; }}\n\
             message Other {{}}\n{}",
            source("M", fields)
        );
        (Just(source), value(&shape))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_comes_back_as_it_was((schema, given) in cases()) {
        let codec = Codec::default();
        let source = plain(SchemaKind::Protobuf, schema);
        let (payload, read) = there_and_back(&codec, &source, &given, Some("acme.M"));
        prop_assert_eq!(&read.value, &given, "{}", source.0.schema.text());
        prop_assert_eq!(read.message.as_deref(), Some("acme.M"));
        prop_assert_eq!(read.problem, None);
        prop_assert_eq!(&payload[..7], [0, 0, 0, 0, 7, 2, 2]);
    }
}
