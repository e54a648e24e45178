//! `list-flink-catalogs`, `list-flink-databases` and `list-flink-tables`.

use super::place::{catalog_of, database_of};
use crate::{
    client::flink::{Compare, Query},
    prelude::*,
};

/// What `INFORMATION_SCHEMA` is called where it lists itself.
pub(super) const ITSELF: &str = "INFORMATION_SCHEMA";

/// List the Flink SQL catalogs: the environments of Confluent Cloud.
#[confluent_tool(read_only, category = Flink)]
async fn list_flink_catalogs(flink: Flink, pool: FlinkPool) -> Result<FlinkCatalogs> {
    let session = flink.session(&pool);
    let query = Query::of(
        session.environment_id(),
        "CATALOGS",
        &["CATALOG_ID", "CATALOG_NAME"],
    );
    let rows = session.query(&query).await?;
    let mut catalogs: Vec<_> = rows
        .iter()
        .map(|row| FlinkCatalog {
            id: row.text("CATALOG_ID"),
            name: row.text("CATALOG_NAME"),
        })
        .collect();
    catalogs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(FlinkCatalogs { catalogs })
}

/// The catalogs of Flink SQL.
#[confluent_type(text("{}", self.prose()))]
struct FlinkCatalogs {
    /// The catalogs, by name.
    catalogs: Vec<FlinkCatalog>,
}

/// A catalog.
#[confluent_type]
struct FlinkCatalog {
    /// Id: that of the environment, `env-…`.
    id: String,
    /// Name.
    name: String,
}

impl FlinkCatalogs {
    fn prose(&self) -> String {
        let lines = self.catalogs.iter();
        let lines = lines.map(|catalog| format!("{} ({})", catalog.name, catalog.id));
        listed(lines, "No catalogs.")
    }
}

/// List the databases of a Flink SQL catalog: the Kafka clusters of an environment.
#[confluent_tool(read_only, category = Flink)]
async fn list_flink_databases(
    flink: Flink,
    pool: FlinkPool,
    /// Name or `env-…`, else the environment.
    catalog_name: Option<String>,
) -> Result<FlinkDatabases> {
    let session = flink.session(&pool);
    let catalog = catalog_of(&session, catalog_name.as_deref());
    let query = Query::of(catalog, "SCHEMATA", &["SCHEMA_ID", "SCHEMA_NAME"]).only(
        "SCHEMA_NAME",
        Compare::Unequal,
        ITSELF,
    );
    let rows = session.query(&query).await?;
    let mut databases: Vec<_> = rows
        .iter()
        .map(|row| FlinkDatabase {
            id: row.text("SCHEMA_ID"),
            name: row.text("SCHEMA_NAME"),
        })
        .collect();
    databases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(FlinkDatabases {
        catalog: catalog.to_owned(),
        databases,
    })
}

/// The databases of a catalog.
#[confluent_type(text("{}", self.prose()))]
struct FlinkDatabases {
    /// Catalog that was asked.
    catalog: String,
    /// The databases, by name.
    databases: Vec<FlinkDatabase>,
}

/// A database.
#[confluent_type]
struct FlinkDatabase {
    /// Id: that of the Kafka cluster, `lkc-…`.
    id: String,
    /// Name.
    name: String,
}

impl FlinkDatabases {
    fn prose(&self) -> String {
        let lines = self.databases.iter();
        let lines = lines.map(|database| format!("{} ({})", database.name, database.id));
        listed(lines, &format!("No databases in `{}`.", self.catalog))
    }
}

/// List the tables of a Flink SQL catalog: the topics of its Kafka clusters.
#[confluent_tool(read_only, category = Flink)]
async fn list_flink_tables(
    flink: Flink,
    pool: FlinkPool,
    page: Page,
    /// Name or `env-…`, else the environment.
    catalog_name: Option<String>,
    /// Name or `lkc-…`; all if left out.
    database_name: Option<String>,
) -> Result<Paged<FlinkTable>> {
    let session = flink.session(&pool);
    let catalog = catalog_of(&session, catalog_name.as_deref());
    let database = database_of(&session, catalog, database_name.as_deref(), None).await?;
    let columns = &["TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"];
    let query = Query::of(catalog, "TABLES", columns);
    let query = match &database {
        Some(database) => query.only("TABLE_SCHEMA", Compare::Equal, database),
        None => query.only("TABLE_SCHEMA", Compare::Unequal, ITSELF),
    };
    let rows = session.query(&query).await?;
    let tables = rows.iter().map(|row| {
        let (database, name) = (row.text("TABLE_SCHEMA"), row.text("TABLE_NAME"));
        let table = FlinkTable {
            r#type: row.text("TABLE_TYPE"),
            database,
            name,
        };
        (table.key(), table)
    });
    let paged = page.of(tables, |(key, _)| key);
    Ok(Paged {
        items: paged.items.into_iter().map(|(_, table)| table).collect(),
        next_page_token: paged.next_page_token,
        total: paged.total,
    })
}

/// A table.
#[confluent_type(text("{}.{} ({})", self.database, self.name, self.r#type))]
struct FlinkTable {
    /// Database, by name.
    database: String,
    /// Name: that of the topic.
    name: String,
    /// Such as `BASE TABLE` or `VIEW`.
    r#type: String,
}

impl FlinkTable {
    /// Different for each table, in the order of databases and names.
    fn key(&self) -> String {
        format!("{}.{}", self.database, self.name)
    }
}

/// One line for each, or `none`.
fn listed(lines: impl Iterator<Item = String>, none: &str) -> String {
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        none.to_owned()
    } else {
        format!("{}:\n{}", lines.len(), lines.join("\n"))
    }
}
