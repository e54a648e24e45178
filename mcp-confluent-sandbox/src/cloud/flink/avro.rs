//! Avro records, as far as an example needs them.

use serde_json::{Map, Value, json};

/// The Flink type of an Avro type, and whether it can be null.
pub(super) fn column_type(schema: &Value) -> (&'static str, bool) {
    match schema {
        Value::Array(branches) => {
            let nullable = branches.iter().any(|it| it == "null");
            let other = branches.iter().find(|it| *it != "null");
            (other.map_or("VARCHAR", |it| column_type(it).0), nullable)
        }
        Value::Object(of) => {
            let kind = match (of["type"].as_str(), of.get("logicalType")) {
                (Some("record"), _) => "ROW",
                (Some("array"), _) => "ARRAY",
                (Some("map"), _) => "MAP",
                (Some("enum"), _) => "VARCHAR",
                (Some("fixed"), _) => "VARBINARY",
                (_, Some(logical)) if logical == "timestamp-millis" => {
                    "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
                }
                (_, Some(logical)) if logical == "decimal" => "DECIMAL",
                _ => column_type(&of["type"]).0,
            };
            (kind, false)
        }
        Value::String(name) => {
            let kind = match name.as_str() {
                "int" => "INTEGER",
                "long" => "BIGINT",
                "float" => "FLOAT",
                "double" => "DOUBLE",
                "boolean" => "BOOLEAN",
                "bytes" => "VARBINARY",
                "string" => "VARCHAR",
                _ => "ROW",
            };
            (kind, false)
        }
        _ => ("VARCHAR", true),
    }
}

/// The fields of a record behind the five bytes that name its schema. `None` if they are not there,
/// the bytes do not fit the schema, or it uses a type that another schema defines.
pub(super) fn decode(schema: &str, bytes: &[u8]) -> Option<Value> {
    let [0, _, _, _, _, rest @ ..] = bytes else {
        return None;
    };
    let schema: Value = serde_json::from_str(schema).ok()?;
    let mut rest = rest;
    value(&schema, &mut rest, 0)
}

fn value(schema: &Value, rest: &mut &[u8], depth: usize) -> Option<Value> {
    if depth > 32 {
        return None;
    }
    match schema {
        Value::Array(branches) => {
            let branch = usize::try_from(long(rest)?).ok()?;
            value(branches.get(branch)?, rest, depth + 1)
        }
        Value::Object(of) => match of["type"].as_str() {
            Some("record") => {
                let mut fields = Map::new();
                for field in of["fields"].as_array()? {
                    let name = field["name"].as_str()?.to_owned();
                    fields.insert(name, value(&field["type"], rest, depth + 1)?);
                }
                Some(Value::Object(fields))
            }
            Some("enum") => {
                let symbol = usize::try_from(long(rest)?).ok()?;
                of["symbols"].get(symbol).cloned()
            }
            Some("array") => {
                let mut items = Vec::new();
                blocks(rest, |rest| {
                    items.push(value(&of["items"], rest, depth + 1)?);
                    Some(())
                })?;
                Some(Value::Array(items))
            }
            Some("map") => {
                let mut entries = Map::new();
                blocks(rest, |rest| {
                    let key = String::from_utf8(sized(rest)?.to_vec()).ok()?;
                    entries.insert(key, value(&of["values"], rest, depth + 1)?);
                    Some(())
                })?;
                Some(Value::Object(entries))
            }
            Some("fixed") => {
                let size = usize::try_from(of["size"].as_u64()?).ok()?;
                take(rest, size).map(|bytes| json!(String::from_utf8_lossy(bytes)))
            }
            _ => value(&of["type"], rest, depth + 1),
        },
        Value::String(name) => match name.as_str() {
            "null" => Some(Value::Null),
            "boolean" => take(rest, 1).map(|bytes| json!(bytes == [1])),
            "int" | "long" => long(rest).map(Value::from),
            "float" => {
                let bytes = take(rest, 4)?.try_into().ok()?;
                Some(json!(f32::from_le_bytes(bytes)))
            }
            "double" => {
                let bytes = take(rest, 8)?.try_into().ok()?;
                Some(json!(f64::from_le_bytes(bytes)))
            }
            "string" | "bytes" => sized(rest).map(|bytes| json!(String::from_utf8_lossy(bytes))),
            _ => None,
        },
        _ => None,
    }
}

fn blocks(rest: &mut &[u8], mut item: impl FnMut(&mut &[u8]) -> Option<()>) -> Option<()> {
    loop {
        let mut count = long(rest)?;
        if count == 0 {
            return Some(());
        }
        if count < 0 {
            long(rest)?;
            count = count.checked_neg()?;
        }
        for _ in 0..count {
            item(rest)?;
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count = usize::try_from(long(rest)?).ok()?;
    take(rest, count)
}

fn long(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_by_its_schema() {
        let schema = json!({"type": "record", "name": "R", "fields": [
            {"name": "id", "type": "long"},
            {"name": "note", "type": ["null", "string"]},
            {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
        ]});
        let bytes = [
            0, 0, 0, 0, 7, 0xf6, 0x01, 2, 4, b'h', b'i', 2, 2, 2, b'x', 0,
        ];
        assert_eq!(
            decode(&schema.to_string(), &bytes),
            Some(json!({"id": 123, "note": "hi", "kind": "B", "tags": ["x"]}))
        );
        assert_eq!(decode(&schema.to_string(), &bytes[..8]), None);
        assert_eq!(decode(&schema.to_string(), b"{}"), None);
        assert_eq!(column_type(&schema["fields"][1]["type"]), ("VARCHAR", true));
    }
}
