//! JSON Schema: generated schemas and values.

use mcp_confluent::codec::{Codec, SchemaKind};
use proptest::{collection, prelude::*};
use serde_json::{Map, Value, json};

use crate::source::{plain, there_and_back};

/// A schema, and a value that it allows.
fn cases() -> impl Strategy<Value = (Value, Value)> {
    let leaf = prop_oneof![
        Just((json!({"type": "null"}), json!(null))),
        any::<bool>().prop_map(|b| (json!({"const": b}), json!(b))),
        any::<i64>().prop_map(|n| (json!({"type": "integer", "minimum": n}), json!(n))),
        any::<u64>().prop_map(|n| (json!({"type": "integer", "maximum": n}), json!(n))),
        prop::num::f64::NORMAL.prop_map(|n| (json!({"type": "number"}), json!(n))),
        any::<String>().prop_map(|s| {
            let length = s.chars().count();
            (
                json!({"type": "string", "maxLength": length, "minLength": length}),
                json!(s),
            )
        }),
        any::<String>().prop_map(|s| (json!({"enum": [s, 1]}), json!(s))),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(|items| {
                let (schemas, values): (Vec<_>, Vec<_>) = items.into_iter().unzip();
                let schema = if schemas.is_empty() {
                    json!({"type": "array", "maxItems": 0})
                } else {
                    json!({"type": "array", "items": schemas, "additionalItems": false})
                };
                (schema, Value::Array(values))
            }),
            collection::hash_map(any::<String>(), inner, 0..5).prop_map(|fields| {
                let mut properties = Map::new();
                let mut values = Map::new();
                for (name, (schema, value)) in fields {
                    properties.insert(name.clone(), schema);
                    values.insert(name, value);
                }
                let required: Vec<_> = properties.keys().cloned().collect();
                let schema = json!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                });
                (schema, Value::Object(values))
            }),
        ]
    })
    .prop_flat_map(|(schema, value)| {
        let referring = json!({"$ref": "#/definitions/x", "definitions": {"x": schema}});
        (prop::sample::select(vec![schema, referring]), Just(value))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_comes_back_as_it_was((schema, given) in cases()) {
        let source = plain(SchemaKind::Json, schema.to_string());
        let (payload, read) = there_and_back(&Codec::default(), &source, &given, None);
        prop_assert_eq!(&read.value, &given);
        prop_assert_eq!(read.problem, None);
        let text: Value = serde_json::from_slice(&payload[5..]).unwrap();
        prop_assert_eq!(text, given);
    }

    #[test]
    fn another_value_is_refused((schema, given) in cases()) {
        let source = plain(SchemaKind::Json, schema.to_string());
        let other = json!({"surely": ["not", given]});
        prop_assert!(Codec::default().prepare(&source.0.schema, &other, None).is_err());
    }
}
