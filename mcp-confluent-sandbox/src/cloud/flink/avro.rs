//! Avro records, as far as an example needs them.

use std::collections::HashMap;

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::tables::{Column, text};
use crate::registry::Readable;

/// A schema with the types it names.
#[derive(Debug)]
pub(super) struct Schema {
    root: Value,
    /// By full name and by the last part of it.
    named: HashMap<String, Value>,
}

impl Schema {
    /// `None` if a text is no JSON.
    pub(super) fn new(schema: &Readable) -> Option<Self> {
        let mut named = HashMap::new();
        for text in &schema.references {
            name_types(&serde_json::from_str(text).ok()?, "", &mut named);
        }
        let root = serde_json::from_str(&schema.text).ok()?;
        name_types(&root, "", &mut named);
        Some(Self { root, named })
    }

    /// What a table of such records has. `None` if it is no record.
    pub(super) fn columns(&self) -> Option<Vec<Column>> {
        let fields = self.root["fields"].as_array()?.iter().map(|field| {
            let (kind, nullable) = self.column_type(&field["type"]);
            Column {
                name: field["name"].as_str().unwrap_or_default().to_owned(),
                kind,
                nullable,
            }
        });
        Some(fields.collect())
    }

    /// The fields of a record. `None` if the bytes do not fit the schema.
    pub(super) fn decode(&self, mut bytes: &[u8]) -> Option<Value> {
        self.value(&self.root, &mut bytes, 0)
    }

    /// The Flink type of an Avro type, and whether it can be null.
    fn column_type(&self, schema: &Value) -> (&'static str, bool) {
        match schema {
            Value::Array(branches) => {
                let nullable = branches.iter().any(|it| it == "null");
                let other = branches.iter().find(|it| *it != "null");
                (
                    other.map_or("VARCHAR", |it| self.column_type(it).0),
                    nullable,
                )
            }
            Value::Object(of) => {
                let kind = match (of["type"].as_str(), logical_type(schema)) {
                    (Some("record"), _) => "ROW",
                    (Some("array"), _) => "ARRAY",
                    (Some("map"), _) => "MAP",
                    (Some("enum"), _) => "VARCHAR",
                    (_, Some("timestamp-millis" | "timestamp-micros")) => {
                        "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
                    }
                    (_, Some("date")) => "DATE",
                    (_, Some("decimal")) => "DECIMAL",
                    (Some("fixed"), _) => "VARBINARY",
                    _ => self.column_type(&of["type"]).0,
                };
                (kind, false)
            }
            Value::String(name) => match (name.as_str(), self.named.get(name)) {
                (_, Some(named)) => self.column_type(named),
                ("int", _) => ("INTEGER", false),
                ("long", _) => ("BIGINT", false),
                ("float", _) => ("FLOAT", false),
                ("double", _) => ("DOUBLE", false),
                ("boolean", _) => ("BOOLEAN", false),
                ("bytes", _) => ("VARBINARY", false),
                ("string", _) => ("VARCHAR", false),
                _ => ("ROW", false),
            },
            _ => ("VARCHAR", true),
        }
    }

    fn value(&self, schema: &Value, rest: &mut &[u8], depth: usize) -> Option<Value> {
        if depth > 32 {
            return None;
        }
        match schema {
            Value::Array(branches) => {
                let branch = usize::try_from(long(rest)?).ok()?;
                self.value(branches.get(branch)?, rest, depth + 1)
            }
            Value::Object(of) => self.object(of, schema, rest, depth),
            Value::String(name) => match (name.as_str(), self.named.get(name)) {
                (_, Some(named)) => self.value(named, rest, depth + 1),
                ("null", _) => Some(Value::Null),
                ("boolean", _) => take(rest, 1).map(|bytes| json!(bytes == [1])),
                ("int" | "long", _) => long(rest).map(Value::from),
                ("float", _) => {
                    let bytes = take(rest, 4)?.try_into().ok()?;
                    Some(json!(f32::from_le_bytes(bytes)))
                }
                ("double", _) => {
                    let bytes = take(rest, 8)?.try_into().ok()?;
                    Some(json!(f64::from_le_bytes(bytes)))
                }
                ("string", _) => sized(rest).map(|bytes| json!(String::from_utf8_lossy(bytes))),
                ("bytes", _) => sized(rest).map(|bytes| text(Some(bytes))),
                _ => None,
            },
            _ => None,
        }
    }

    fn object(
        &self,
        of: &Map<String, Value>,
        schema: &Value,
        rest: &mut &[u8],
        depth: usize,
    ) -> Option<Value> {
        let scale = of.get("scale").and_then(Value::as_u64).unwrap_or(0);
        let scale = usize::try_from(scale).ok()?;
        match (of["type"].as_str(), logical_type(schema)) {
            (Some("record"), _) => {
                let mut fields = Map::new();
                for field in of["fields"].as_array()? {
                    let name = field["name"].as_str()?.to_owned();
                    fields.insert(name, self.value(&field["type"], rest, depth + 1)?);
                }
                Some(Value::Object(fields))
            }
            (Some("enum"), _) => {
                let symbol = usize::try_from(long(rest)?).ok()?;
                of["symbols"].get(symbol).cloned()
            }
            (Some("array"), _) => {
                let mut items = Vec::new();
                blocks(rest, |rest| {
                    items.push(self.value(&of["items"], rest, depth + 1)?);
                    Some(())
                })?;
                Some(Value::Array(items))
            }
            (Some("map"), _) => {
                let mut entries = Map::new();
                blocks(rest, |rest| {
                    let key = String::from_utf8(sized(rest)?.to_vec()).ok()?;
                    entries.insert(key, self.value(&of["values"], rest, depth + 1)?);
                    Some(())
                })?;
                Some(Value::Object(entries))
            }
            (Some("fixed"), logical) => {
                let size = usize::try_from(of["size"].as_u64()?).ok()?;
                let bytes = take(rest, size)?;
                match logical {
                    Some("decimal") => decimal(bytes, scale),
                    _ => Some(text(Some(bytes))),
                }
            }
            (Some("bytes"), Some("decimal")) => decimal(sized(rest)?, scale),
            (Some("int"), Some("date")) => {
                let at = DateTime::from_timestamp(long(rest)?.checked_mul(86_400)?, 0)?;
                Some(json!(at.format("%Y-%m-%d").to_string()))
            }
            (Some("long"), Some("timestamp-millis")) => {
                let at = DateTime::from_timestamp_millis(long(rest)?)?;
                Some(json!(at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()))
            }
            (Some("long"), Some("timestamp-micros")) => {
                let at = DateTime::from_timestamp_micros(long(rest)?)?;
                Some(json!(at.format("%Y-%m-%d %H:%M:%S%.6f").to_string()))
            }
            _ => self.value(&of["type"], rest, depth + 1),
        }
    }
}

/// Remembers the named types in `schema`; `namespace` is that around it.
fn name_types(schema: &Value, namespace: &str, named: &mut HashMap<String, Value>) {
    match schema {
        Value::Array(branches) => {
            for branch in branches {
                name_types(branch, namespace, named);
            }
        }
        Value::Object(of) => {
            let own = of.get("namespace").and_then(Value::as_str);
            let own = own.unwrap_or(namespace);
            if let Some(name) = of.get("name").and_then(Value::as_str) {
                let full = if name.contains('.') || own.is_empty() {
                    name.to_owned()
                } else {
                    format!("{own}.{name}")
                };
                let short = full.rsplit('.').next().unwrap_or(&full).to_owned();
                named.insert(short, schema.clone());
                named.insert(full, schema.clone());
            }
            let fields = of.get("fields").and_then(Value::as_array);
            for part in fields.into_iter().flatten() {
                name_types(&part["type"], own, named);
            }
            for key in ["type", "items", "values"] {
                if let Some(part) = of.get(key).filter(|part| !part.is_string()) {
                    name_types(part, own, named);
                }
            }
        }
        _ => {}
    }
}

fn logical_type(schema: &Value) -> Option<&str> {
    schema["logicalType"].as_str()
}

/// Two's complement, big-endian. `None` with more than 38 digits, which no Flink decimal has.
fn decimal(bytes: &[u8], scale: usize) -> Option<Value> {
    if bytes.len() > 16 || scale > 38 {
        return None;
    }
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    let unscaled = bytes.iter().fold(start, |number: i128, byte| {
        (number << 8) | i128::from(*byte)
    });
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if negative { "-" } else { "" };
    let point = if scale == 0 { "" } else { "." };
    Some(json!(format!("{sign}{whole}{point}{fraction}")))
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
    use crate::registry::Kind;

    fn schema(text: &Value, references: &[Value]) -> Schema {
        let readable = Readable {
            kind: Kind::Avro,
            text: text.to_string(),
            references: references.iter().map(Value::to_string).collect(),
        };
        Schema::new(&readable).unwrap()
    }

    #[test]
    fn a_record_is_read_by_its_schema() {
        let text = json!({"type": "record", "name": "R", "fields": [
            {"name": "id", "type": "long"},
            {"name": "note", "type": ["null", "string"]},
            {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A", "B"]}},
            {"name": "tags", "type": {"type": "array", "items": "string"}},
        ]});
        let schema = schema(&text, &[]);
        let bytes = [0xf6, 0x01, 2, 4, b'h', b'i', 2, 2, 2, b'x', 0];
        assert_eq!(
            schema.decode(&bytes),
            Some(json!({"id": 123, "note": "hi", "kind": "B", "tags": ["x"]}))
        );
        assert_eq!(schema.decode(&bytes[..3]), None);
        let columns = schema.columns().unwrap();
        assert_eq!((columns[1].kind, columns[1].nullable), ("VARCHAR", true));
    }

    #[test]
    fn types_of_other_schemas_and_logical_types_are_read() {
        let money = json!({"type": "record", "namespace": "shop", "name": "Money", "fields": [
            {"name": "amount", "type": {
                "type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2,
            }},
        ]});
        let text = json!({"type": "record", "namespace": "shop", "name": "Bill", "fields": [
            {"name": "total", "type": "Money"},
            {"name": "paid", "type": "shop.Money"},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {"name": "raw", "type": "bytes"},
        ]});
        let schema = schema(&text, &[money]);
        let bytes = [4, 0xff, 0x6a, 2, 5, 2, 2, 2, 0xff];
        assert_eq!(
            schema.decode(&bytes),
            Some(json!({
                "total": {"amount": "-1.50"},
                "paid": {"amount": "0.05"},
                "at": "1970-01-01 00:00:00.001",
                "day": "1970-01-02",
                "raw": "x'ff'",
            }))
        );
        let kinds: Vec<_> = schema.columns().unwrap().iter().map(|it| it.kind).collect();
        assert_eq!(
            kinds,
            [
                "ROW",
                "ROW",
                "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
                "DATE",
                "VARBINARY"
            ]
        );
    }
}
