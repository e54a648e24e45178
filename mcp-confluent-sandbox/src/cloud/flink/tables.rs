//! What Flink sees of the cluster: each topic is a table.

use std::collections::HashMap;

use bytes::Buf as _;
use kafka_protocol::records::RecordBatchDecoder;
use serde_json::{Value, json};

use super::super::world::{CLUSTER, CLUSTER_NAME, ENVIRONMENT, ENVIRONMENT_NAME};
use super::avro;
use crate::broker::Broker;
use crate::registry::{Kind, Readable, Shared};
use crate::storage::PartitionLog;

/// Records that a query looks at, at most.
const MAX_RECORDS: usize = 10_000;

/// A column of a table or of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The name of the type, such as `BIGINT`.
    pub(super) kind: &'static str,
    pub(super) nullable: bool,
}

impl Column {
    pub(super) fn new(name: &str, kind: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            nullable: true,
        }
    }

    /// As the API describes it.
    pub(super) fn describe(&self) -> Value {
        let mut kind = json!({ "type": self.kind, "nullable": self.nullable });
        match self.kind {
            "VARCHAR" => kind["length"] = json!(2_147_483_647),
            "TIMESTAMP_WITH_LOCAL_TIME_ZONE" => kind["precision"] = json!(3),
            _ => {}
        }
        json!({ "name": self.name, "type": kind })
    }

    /// The type as SQL writes it.
    pub(super) fn sql_type(&self) -> &'static str {
        match self.kind {
            "VARCHAR" => "VARCHAR(2147483647)",
            "TIMESTAMP_WITH_LOCAL_TIME_ZONE" => "TIMESTAMP(3) WITH LOCAL TIME ZONE",
            kind => kind,
        }
    }
}

/// One cell; `null` or a string, or a list for a row or an array.
pub(super) type Row = Vec<Value>;

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

/// What there is to query.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) broker: &'a Broker,
    pub(super) registry: &'a Shared,
}

impl Tables<'_> {
    /// The topics that are tables, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let state = self.broker.state.lock();
        let names = state.topics.iter().map(|(name, _)| name);
        names
            .filter(|name| !name.starts_with("__"))
            .map(ToOwned::to_owned)
            .collect()
    }

    fn partitions(&self, topic: &str) -> usize {
        let state = self.broker.state.lock();
        state.topics.get(topic).map_or(0, |it| it.partitions.len())
    }

    /// The columns of a topic's table: those of its schema, or the record as it is.
    pub(super) fn columns(&self, topic: &str) -> Vec<Column> {
        let schema = self.registry.latest(&format!("{topic}-value"));
        let value = schema.as_ref().and_then(value_columns);
        let mut columns = vec![Column::new("key", "VARCHAR")];
        columns.extend(value.unwrap_or_else(|| vec![Column::new("val", "VARCHAR")]));
        columns
    }

    /// The records of a topic as rows, in the order of time.
    pub(super) fn records(&self, topic: &str) -> Table {
        let columns = self.columns(topic);
        let schema = self.registry.latest(&format!("{topic}-value"));
        let mut records = {
            let state = self.broker.state.lock();
            let partitions = state.topics.get(topic).map(|it| it.partitions.as_slice());
            let partitions = partitions.unwrap_or_default();
            let records = partitions.iter().flat_map(read);
            records.take(MAX_RECORDS).collect::<Vec<_>>()
        };
        records.sort_by_key(|record| record.timestamp);
        let kind = schema.map(|schema| schema.kind);
        // A record is read with the schema it was written with, whatever is the latest.
        let mut writers = HashMap::new();
        let rows = records.into_iter().map(|record| {
            let mut row = vec![text(record.key.as_deref())];
            let value = record.value.as_deref();
            let decoded = match (kind, value) {
                (Some(Kind::Json), Some(value)) => from_json(value),
                (Some(Kind::Avro), Some([0, a, b, c, d, rest @ ..])) => {
                    let id = u32::from_be_bytes([*a, *b, *c, *d]);
                    let writer = writers.entry(id).or_insert_with(|| {
                        let schema = self.registry.by_id(id)?;
                        avro::Schema::new(&schema)
                    });
                    writer.as_ref().and_then(|schema| schema.decode(rest))
                }
                _ => None,
            };
            for column in &columns[1..] {
                row.push(match &decoded {
                    Some(fields) => cell(&fields[&column.name]),
                    None if columns.len() == 2 && column.name == "val" => text(value),
                    None => Value::Null,
                });
            }
            row
        });
        Table {
            rows: rows.collect(),
            columns,
        }
    }

    /// A view of `INFORMATION_SCHEMA`.
    pub(super) fn view(&self, name: &str) -> Option<Table> {
        let (columns, rows): (&[&str], Vec<Row>) = match name.to_ascii_uppercase().as_str() {
            "CATALOGS" => (
                &["CATALOG_ID", "CATALOG_NAME"],
                vec![vec![json!(ENVIRONMENT), json!(ENVIRONMENT_NAME)]],
            ),
            "SCHEMATA" => (
                &["CATALOG_ID", "CATALOG_NAME", "SCHEMA_ID", "SCHEMA_NAME"],
                [
                    ("INFORMATION_SCHEMA", "INFORMATION_SCHEMA"),
                    (CLUSTER, CLUSTER_NAME),
                ]
                .iter()
                .map(|(id, name)| {
                    vec![
                        json!(ENVIRONMENT),
                        json!(ENVIRONMENT_NAME),
                        json!(id),
                        json!(name),
                    ]
                })
                .collect(),
            ),
            "TABLES" => (&TABLES, self.tables()),
            "COLUMNS" => (&COLUMNS, self.all_columns()),
            _ => return None,
        };
        let columns = columns.iter().map(|name| Column::new(name, "VARCHAR"));
        Some(Table {
            columns: columns.collect(),
            rows,
        })
    }

    fn tables(&self) -> Vec<Row> {
        let views = ["CATALOGS", "COLUMNS", "SCHEMATA", "TABLES"];
        let views = views.iter().map(|name| {
            let mut row = vec![json!(ENVIRONMENT), json!(ENVIRONMENT_NAME)];
            row.extend([json!("INFORMATION_SCHEMA"), json!("INFORMATION_SCHEMA")]);
            row.extend([json!(name), json!("SYSTEM TABLE"), json!("NO")]);
            row.extend([Value::Null, Value::Null, json!("NO")]);
            row.extend([Value::Null, Value::Null, Value::Null, Value::Null]);
            row
        });
        let topics = self.names().into_iter().map(|name| {
            let mut row = place(&name);
            row.extend([json!("BASE TABLE"), json!("YES"), json!("HASH")]);
            row.extend([json!(self.partitions(&name).to_string()), json!("YES")]);
            row.extend([json!("$rowtime"), json!("SOURCE_WATERMARK()"), json!("YES")]);
            row.push(Value::Null);
            row
        });
        views.chain(topics).collect()
    }

    fn all_columns(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for name in self.names() {
            let mut columns = self.columns(&name);
            columns.push(Column {
                nullable: false,
                ..Column::new("$rowtime", "TIMESTAMP_WITH_LOCAL_TIME_ZONE")
            });
            for (position, column) in columns.iter().enumerate() {
                let hidden = column.name == "$rowtime";
                let yes = |is: bool| json!(if is { "YES" } else { "NO" });
                let mut row = place(&name);
                row.extend([json!(column.name), json!((position + 1).to_string())]);
                row.extend([
                    yes(column.nullable),
                    json!(column.kind),
                    json!(column.sql_type()),
                ]);
                row.extend([yes(hidden), json!("NO"), Value::Null, yes(hidden)]);
                row.extend([Value::Null, Value::Null]);
                rows.push(row);
            }
        }
        rows
    }
}

const TABLES: [&str; 14] = [
    "TABLE_CATALOG_ID",
    "TABLE_CATALOG",
    "TABLE_SCHEMA_ID",
    "TABLE_SCHEMA",
    "TABLE_NAME",
    "TABLE_TYPE",
    "IS_DISTRIBUTED",
    "DISTRIBUTION_ALGORITHM",
    "DISTRIBUTION_BUCKETS",
    "IS_WATERMARKED",
    "WATERMARK_COLUMN",
    "WATERMARK_EXPRESSION",
    "WATERMARK_IS_HIDDEN",
    "COMMENT",
];
const COLUMNS: [&str; 16] = [
    "TABLE_CATALOG_ID",
    "TABLE_CATALOG",
    "TABLE_SCHEMA_ID",
    "TABLE_SCHEMA",
    "TABLE_NAME",
    "COLUMN_NAME",
    "ORDINAL_POSITION",
    "IS_NULLABLE",
    "DATA_TYPE",
    "FULL_DATA_TYPE",
    "IS_HIDDEN",
    "IS_GENERATED",
    "GENERATION_EXPRESSION",
    "IS_METADATA",
    "METADATA_KEY",
    "COMMENT",
];

/// Ids and names of the catalog and the database, and the name of the table.
fn place(table: &str) -> Row {
    [ENVIRONMENT, ENVIRONMENT_NAME, CLUSTER, CLUSTER_NAME, table]
        .map(Value::from)
        .to_vec()
}

struct Stored {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

/// The records that can be read; compressed batches cannot.
fn read(log: &PartitionLog) -> Vec<Stored> {
    let (mut bytes, _) = log.read(log.start(), log.end(), usize::MAX, true);
    let mut records = Vec::new();
    while bytes.has_remaining() && records.len() < MAX_RECORDS {
        let length = bytes.get(8..12).map_or(0, |it| {
            let length = u32::from_be_bytes([it[0], it[1], it[2], it[3]]);
            length as usize + 12
        });
        if length == 0 || length > bytes.len() {
            break;
        }
        let mut batch = bytes.split_to(length);
        if let Ok(set) = RecordBatchDecoder::decode(&mut batch) {
            let set = set.records.into_iter().filter(|record| !record.control);
            records.extend(set.map(|record| Stored {
                timestamp: record.timestamp,
                key: record.key.map(|key| key.to_vec()),
                value: record.value.map(|value| value.to_vec()),
            }));
        }
    }
    records
}

/// The text, or bytes in the way Flink writes them.
pub(super) fn text(bytes: Option<&[u8]>) -> Value {
    use std::fmt::Write as _;
    let Some(bytes) = bytes else {
        return Value::Null;
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        return json!(text);
    }
    let mut hex = String::from("x'");
    for byte in bytes {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex.push('\'');
    json!(hex)
}

/// A JSON value behind the five bytes that name its schema, or without them.
fn from_json(value: &[u8]) -> Option<Value> {
    let value = match value {
        [0, _, _, _, _, rest @ ..] => rest,
        value => value,
    };
    serde_json::from_slice(value).ok()
}

/// Scalars are texts, rows and lists are lists.
fn cell(value: &Value) -> Value {
    match value {
        Value::Null | Value::String(_) => value.clone(),
        Value::Bool(is) => json!(is.to_string().to_uppercase()),
        Value::Number(number) => json!(number.to_string()),
        Value::Array(items) => items.iter().map(cell).collect(),
        Value::Object(fields) => fields.values().map(cell).collect(),
    }
}

fn value_columns(schema: &Readable) -> Option<Vec<Column>> {
    match schema.kind {
        Kind::Avro => avro::Schema::new(schema)?.columns(),
        Kind::Json => {
            let schema: Value = serde_json::from_str(&schema.text).ok()?;
            let required = schema["required"].as_array();
            let columns = schema["properties"].as_object()?.iter().map(|(name, of)| {
                let kind = match of["type"].as_str() {
                    Some("integer") => "BIGINT",
                    Some("number") => "DOUBLE",
                    Some("boolean") => "BOOLEAN",
                    Some("array") => "ARRAY",
                    Some("object") => "ROW",
                    _ => "VARCHAR",
                };
                Column {
                    name: name.clone(),
                    kind,
                    nullable: !required.is_some_and(|it| it.iter().any(|it| it == name.as_str())),
                }
            });
            Some(columns.collect())
        }
        Kind::Protobuf => None,
    }
}
