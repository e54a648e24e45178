//! What a statement does.

use serde_json::{Value, json};

use super::super::world::{CLUSTER, CLUSTER_NAME, ENVIRONMENT, ENVIRONMENT_NAME};
use super::sql::{Constant, Item, Select, Sql, parse};
use super::tables::{Column, Row, Table, Tables};
use crate::config::Overrides;
use crate::records::append_records;
use crate::storage::Record;

/// Partitions of a table that does not say how many.
const PARTITIONS: usize = 6;

/// What unqualified names mean, and how queries run.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) catalog: Option<String>,
    pub(super) database: Option<String>,
    /// Queries read what is there and end, instead of going on for ever.
    pub(super) snapshot: bool,
}

/// What became of a statement that was understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Done {
    /// Such as `SELECT`.
    pub(super) kind: String,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// Whether it goes on until it is stopped.
    pub(super) endless: bool,
}

type Result<T> = std::result::Result<T, String>;

/// Runs a statement.
///
/// # Errors
/// Why it failed, in a sentence.
pub(super) fn run(text: &str, scope: &Scope, tables: Tables<'_>) -> Result<Done> {
    let done = |kind: &str| Done {
        kind: kind.to_owned(),
        ..Done::default()
    };
    match parse(text)? {
        Sql::Select(query) => select(&query, scope, tables),
        Sql::ShowCatalogs => Ok(listing(
            "SHOW_CATALOGS",
            &["catalog name", "catalog id"],
            vec![vec![json!(ENVIRONMENT_NAME), json!(ENVIRONMENT)]],
        )),
        Sql::ShowDatabases => {
            check_catalog(scope.catalog.as_deref())?;
            Ok(listing(
                "SHOW_DATABASES",
                &["database name", "database id"],
                vec![vec![json!(CLUSTER_NAME), json!(CLUSTER)]],
            ))
        }
        Sql::ShowTables => {
            check_database(scope)?;
            let names = tables.names().into_iter().map(|name| vec![json!(name)]);
            Ok(listing("SHOW_TABLES", &["table name"], names.collect()))
        }
        Sql::Describe(path) => {
            let topic = topic(&path, scope, tables)?;
            let rows = tables.columns(&topic).into_iter().map(|column| {
                let nullable = if column.nullable { "NULL" } else { "NOT NULL" };
                vec![
                    json!(column.name),
                    json!(column.sql_type()),
                    json!(nullable),
                    json!(""),
                ]
            });
            let names = ["Column Name", "Data Type", "Nullable", "Extras"];
            Ok(listing("DESCRIBE", &names, rows.collect()))
        }
        Sql::CreateTable {
            table,
            if_not_exists,
            partitions,
            as_select,
        } => {
            let name = name(&table, scope)?;
            let state = &mut *tables.broker.state.lock();
            if state.topics.get(&name).is_some() {
                if if_not_exists {
                    return Ok(done("CREATE_TABLE"));
                }
                return Err(format!("Table '{name}' already exists."));
            }
            let partitions = partitions.unwrap_or(PARTITIONS);
            state
                .topics
                .check_new(&name, partitions)
                .map_err(|refusal| refusal.message.unwrap_or_default())?;
            state.topics.create(&name, partitions, Overrides::new());
            Ok(Done {
                endless: as_select,
                ..done(if as_select {
                    "CREATE_TABLE_AS"
                } else {
                    "CREATE_TABLE"
                })
            })
        }
        Sql::DropTable { table, if_exists } => {
            let name = name(&table, scope)?;
            let gone = tables.broker.state.lock().topics.delete(&name);
            if gone.is_none() && !if_exists {
                return Err(unknown(&name));
            }
            Ok(done("DROP_TABLE"))
        }
        Sql::Insert { table } => {
            topic(&table, scope, tables)?;
            Ok(Done {
                endless: true,
                ..done("INSERT_INTO")
            })
        }
        Sql::InsertValues { table, rows } => {
            insert(&topic(&table, scope, tables)?, rows, tables)?;
            Ok(done("INSERT_INTO"))
        }
        Sql::Other(word) => Ok(done(&word)),
    }
}

fn listing(kind: &str, columns: &[&str], rows: Vec<Row>) -> Done {
    let columns = columns.iter().map(|name| Column::new(name, "VARCHAR"));
    Done {
        kind: kind.to_owned(),
        columns: columns.collect(),
        rows,
        endless: false,
    }
}

fn unknown(name: &str) -> String {
    format!(
        "Table (or view) '{name}' does not exist, may be on a private cluster, or you do not have permission to access it."
    )
}

fn check_catalog(catalog: Option<&str>) -> Result<()> {
    match catalog {
        Some(ENVIRONMENT | ENVIRONMENT_NAME) => Ok(()),
        Some(other) => Err(format!(
            "A catalog with name or ID '{other}' cannot be resolved."
        )),
        None => Err("A current catalog has not been set.".to_owned()),
    }
}

fn check_database(scope: &Scope) -> Result<()> {
    check_catalog(scope.catalog.as_deref())?;
    match scope.database.as_deref() {
        Some(CLUSTER | CLUSTER_NAME) => Ok(()),
        Some(other) => Err(format!(
            "A database with name or ID '{other}' cannot be resolved."
        )),
        None => Err("A current database has not been set.".to_owned()),
    }
}

/// The name at the end of a path whose catalog and database are there.
fn name(path: &[String], scope: &Scope) -> Result<String> {
    let mut scope = scope.clone();
    let name = match path {
        [name] => name,
        [database, name] => {
            scope.database = Some(database.clone());
            name
        }
        [catalog, database, name] => {
            scope.catalog = Some(catalog.clone());
            scope.database = Some(database.clone());
            name
        }
        _ => return Err(unknown(&path.join("."))),
    };
    check_database(&scope)?;
    Ok(name.clone())
}

/// The topic of a table that is there.
fn topic(path: &[String], scope: &Scope, tables: Tables<'_>) -> Result<String> {
    let name = name(path, scope)?;
    if tables.names().contains(&name) {
        Ok(name)
    } else {
        Err(unknown(&name))
    }
}

fn insert(topic: &str, rows: Vec<Vec<Option<String>>>, tables: Tables<'_>) -> Result<()> {
    let columns = tables.columns(topic);
    let mut records = Vec::new();
    for row in rows {
        if row.len() != columns.len() {
            return Err(format!(
                "Column types of query result and sink for '{topic}' do not match: {} columns are expected, {} are given.",
                columns.len(),
                row.len()
            ));
        }
        let [key, values @ ..] = row.as_slice() else {
            continue;
        };
        let value = match (&columns[1..], values) {
            ([only], [value]) if only.name == "val" => value.clone(),
            (columns, values) => {
                let fields = columns.iter().zip(values);
                let fields = fields.map(|(column, value)| (column.name.clone(), json!(value)));
                Some(Value::Object(fields.collect()).to_string())
            }
        };
        records.push(Record {
            key: key.clone().map(String::into_bytes),
            value: value.map(String::into_bytes),
            ..Record::default()
        });
    }
    let state = &mut *tables.broker.state.lock();
    append_records(state, topic, 0, &records).map_err(|it| it.message.unwrap_or_default())?;
    tables.broker.appended.notify_waiters();
    Ok(())
}

fn select(query: &Select, scope: &Scope, tables: Tables<'_>) -> Result<Done> {
    let (table, endless) = match query.from.as_deref() {
        None => {
            let nothing = Table {
                columns: Vec::new(),
                rows: vec![Vec::new()],
            };
            (nothing, false)
        }
        Some([path @ .., schema, view]) if schema.eq_ignore_ascii_case("INFORMATION_SCHEMA") => {
            let catalog = path.last().or(scope.catalog.as_ref());
            check_catalog(catalog.map(String::as_str))?;
            let found = tables.view(view);
            (
                found.ok_or_else(|| unknown(&format!("{schema}.{view}")))?,
                false,
            )
        }
        Some(path) => {
            let topic = topic(path, scope, tables)?;
            (tables.records(&topic), !scope.snapshot)
        }
    };
    let position = |name: &str| {
        let found = table.columns.iter().position(|it| it.name == name);
        found.ok_or_else(|| format!("Column '{name}' not found in any table"))
    };
    let mut conditions = Vec::new();
    for condition in &query.conditions {
        conditions.push((position(&condition.column)?, condition));
    }
    let mut rows: Vec<&Row> = table
        .rows
        .iter()
        .filter(|row| {
            conditions.iter().all(|(at, condition)| {
                let cell = &row[*at];
                !cell.is_null() && (*cell == condition.value.as_str()) == condition.equal
            })
        })
        .collect();
    if let Some(limit) = query.limit {
        rows.truncate(limit);
    }
    let mut columns = Vec::new();
    let mut picks = Vec::new();
    let mut counts = false;
    for item in &query.items {
        match item {
            Item::Everything => {
                for (at, column) in table.columns.iter().enumerate() {
                    columns.push(column.clone());
                    picks.push(Pick::At(at));
                }
            }
            Item::Count => {
                counts = true;
                columns.push(Column::new("EXPR$0", "BIGINT"));
                picks.push(Pick::Value(json!(rows.len().to_string())));
            }
            Item::Column { name, alias } => {
                let at = position(name)?;
                columns.push(Column {
                    name: alias.clone(),
                    ..table.columns[at].clone()
                });
                picks.push(Pick::At(at));
            }
            Item::Constant { value, alias } => {
                let (kind, value) = match value {
                    Constant::Number(number) => ("INTEGER", json!(number)),
                    Constant::Text(text) => ("VARCHAR", json!(text)),
                };
                columns.push(Column::new(alias, kind));
                picks.push(Pick::Value(value));
            }
        }
    }
    let pick = |row: &Row| {
        let cells = picks.iter().map(|pick| match pick {
            Pick::At(at) => row.get(*at).cloned().unwrap_or_default(),
            Pick::Value(value) => value.clone(),
        });
        cells.collect::<Row>()
    };
    let rows = if counts {
        vec![pick(&Vec::new())]
    } else {
        rows.into_iter().map(pick).collect()
    };
    Ok(Done {
        kind: "SELECT".to_owned(),
        columns,
        rows,
        endless,
    })
}

/// Where a cell of the result comes from.
enum Pick {
    At(usize),
    Value(Value),
}
