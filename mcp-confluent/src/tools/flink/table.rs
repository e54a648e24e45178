//! `describe-flink-table` and `get-flink-table-info`.

use std::fmt::Write as _;

use super::place::{catalog_of, database_of};
use crate::{
    client::flink::{Compare, Query, Session},
    prelude::*,
};

/// A table that a call is about, and where it may be.
struct Wanted<'a> {
    catalog: &'a str,
    database: Option<String>,
    table: &'a str,
}

impl<'a> Wanted<'a> {
    async fn new(
        session: &'a Session<'_>,
        catalog: Option<&'a str>,
        database: Option<&str>,
        table: &'a str,
    ) -> Result<Self> {
        let catalog = catalog_of(session, catalog);
        let database = database_of(session, catalog, database, session.database()).await?;
        Ok(Self {
            catalog,
            database,
            table: table.trim(),
        })
    }

    fn query<'b>(&'b self, view: &'static str, columns: &'static [&'static str]) -> Query<'b> {
        let query =
            Query::of(self.catalog, view, columns).only("TABLE_NAME", Compare::Equal, self.table);
        match &self.database {
            Some(database) => query.only("TABLE_SCHEMA", Compare::Equal, database),
            None => query,
        }
    }

    fn missing(&self) -> ToolError {
        let Self { catalog, table, .. } = self;
        let place = match &self.database {
            Some(database) => format!("the database `{database}` of the catalog `{catalog}`"),
            None => format!("the catalog `{catalog}`"),
        };
        ToolError::not_found(format!("{place} has no table `{table}`"))
            .hint("list-flink-tables names the tables; a new topic takes a while to become one")
    }
}

/// Show the columns of a Flink SQL table.
#[confluent_tool(read_only, category = Flink)]
async fn describe_flink_table(
    flink: Flink,
    pool: FlinkPool,
    /// Name of the table: the topic's.
    #[arg(length = 1..)]
    table_name: String,
    /// Name or `env-…`, else the environment.
    catalog_name: Option<String>,
    /// Name or `lkc-…`, else the connection's.
    database_name: Option<String>,
) -> Result<FlinkTableColumns> {
    let session = flink.session(&pool);
    let (catalog, database) = (catalog_name.as_deref(), database_name.as_deref());
    let wanted = Wanted::new(&session, catalog, database, &table_name).await?;
    let query = wanted.query(
        "COLUMNS",
        &[
            "TABLE_SCHEMA",
            "COLUMN_NAME",
            "ORDINAL_POSITION",
            "DATA_TYPE",
            "FULL_DATA_TYPE",
            "IS_NULLABLE",
            "IS_GENERATED",
            "GENERATION_EXPRESSION",
            "IS_METADATA",
            "METADATA_KEY",
        ],
    );
    let rows = session
        .query(&query.only("IS_HIDDEN", Compare::Equal, "NO"))
        .await?;
    if rows.is_empty() {
        return Err(wanted.missing());
    }
    let mut columns: Vec<_> = rows
        .iter()
        .map(|row| FlinkTableColumn {
            database: row.text("TABLE_SCHEMA"),
            name: row.text("COLUMN_NAME"),
            position: row.get("ORDINAL_POSITION").and_then(|it| it.parse().ok()),
            r#type: row
                .get("FULL_DATA_TYPE")
                .map_or_else(|| row.text("DATA_TYPE"), str::to_owned),
            nullable: row.is_yes("IS_NULLABLE"),
            generated_as: row
                .get("GENERATION_EXPRESSION")
                .filter(|_| row.is_yes("IS_GENERATED"))
                .map(str::to_owned),
            metadata_key: row
                .get("METADATA_KEY")
                .filter(|_| row.is_yes("IS_METADATA"))
                .map(str::to_owned),
        })
        .collect();
    columns.sort_by(|a, b| (&a.database, a.position).cmp(&(&b.database, b.position)));
    Ok(FlinkTableColumns {
        catalog: wanted.catalog.to_owned(),
        table: wanted.table.to_owned(),
        columns,
    })
}

/// The columns of a table.
#[confluent_type(text("{}", self.prose()))]
struct FlinkTableColumns {
    /// Catalog that was asked.
    catalog: String,
    /// Name of the table.
    table: String,
    /// The columns in their order, by database.
    columns: Vec<FlinkTableColumn>,
}

/// A column of a table.
#[confluent_type]
struct FlinkTableColumn {
    /// Database of the table, by name.
    database: String,
    /// Name.
    name: String,
    /// Place in the table, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
    /// Type, such as `VARCHAR(2147483647)`.
    r#type: String,
    /// Whether it may be null.
    nullable: bool,
    /// Expression it is computed by.
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_as: Option<String>,
    /// What of the record's metadata it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata_key: Option<String>,
}

impl FlinkTableColumns {
    fn prose(&self) -> String {
        let mut text = String::new();
        let mut database = None;
        for column in &self.columns {
            if database != Some(&column.database) {
                database = Some(&column.database);
                let line = if text.is_empty() { "" } else { "\n" };
                text.push_str(&format!("{line}{}.{}:", column.database, self.table));
            }
            let null = if column.nullable { "" } else { " NOT NULL" };
            text.push_str(&format!("\n  {} {}{null}", column.name, column.r#type));
            if let Some(expression) = &column.generated_as {
                text.push_str(&format!(" AS {expression}"));
            }
            if let Some(key) = &column.metadata_key {
                text.push_str(&format!(" METADATA {key}"));
            }
        }
        text
    }
}

/// Show how a Flink SQL table is distributed and watermarked.
#[confluent_tool(read_only, category = Flink)]
async fn get_flink_table_info(
    flink: Flink,
    pool: FlinkPool,
    /// Name of the table: the topic's.
    #[arg(length = 1..)]
    table_name: String,
    /// Name or `env-…`, else the environment.
    catalog_name: Option<String>,
    /// Name or `lkc-…`, else the connection's.
    database_name: Option<String>,
) -> Result<FlinkTableInfos> {
    let session = flink.session(&pool);
    let (catalog, database) = (catalog_name.as_deref(), database_name.as_deref());
    let wanted = Wanted::new(&session, catalog, database, &table_name).await?;
    let query = wanted.query(
        "TABLES",
        &[
            "TABLE_CATALOG",
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
        ],
    );
    let rows = session.query(&query).await?;
    if rows.is_empty() {
        return Err(wanted.missing());
    }
    let tables = rows.iter().map(|row| {
        let fact = |column| row.get(column).map(str::to_owned);
        FlinkTableInfo {
            catalog: row.text("TABLE_CATALOG"),
            database: row.text("TABLE_SCHEMA"),
            name: row.text("TABLE_NAME"),
            r#type: row.text("TABLE_TYPE"),
            distributed: row.is_yes("IS_DISTRIBUTED"),
            distribution_algorithm: fact("DISTRIBUTION_ALGORITHM"),
            distribution_buckets: fact("DISTRIBUTION_BUCKETS").and_then(|it| it.parse().ok()),
            watermarked: row.is_yes("IS_WATERMARKED"),
            watermark_column: fact("WATERMARK_COLUMN"),
            watermark_expression: fact("WATERMARK_EXPRESSION"),
            watermark_hidden: row.is_yes("WATERMARK_IS_HIDDEN"),
            comment: fact("COMMENT"),
        }
    });
    let mut tables: Vec<_> = tables.collect();
    tables.sort_by(|a, b| a.database.cmp(&b.database));
    Ok(FlinkTableInfos { tables })
}

/// A table, once for each database that has one of the name.
#[confluent_type(text("{}", self.prose()))]
struct FlinkTableInfos {
    /// The tables, by database.
    tables: Vec<FlinkTableInfo>,
}

/// What is known of a table.
#[confluent_type]
struct FlinkTableInfo {
    /// Catalog, by name.
    catalog: String,
    /// Database, by name.
    database: String,
    /// Name.
    name: String,
    /// Such as `BASE TABLE` or `VIEW`.
    r#type: String,
    /// Whether rows are distributed over buckets.
    distributed: bool,
    /// How, such as `HASH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution_algorithm: Option<String>,
    /// Number of buckets: partitions of the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution_buckets: Option<u32>,
    /// Whether it has a watermark.
    watermarked: bool,
    /// Column of the watermark.
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark_column: Option<String>,
    /// Expression of the watermark.
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark_expression: Option<String>,
    /// Whether the watermark is one of the system.
    watermark_hidden: bool,
    /// What a person wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl FlinkTableInfos {
    fn prose(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            if !text.is_empty() {
                text.push('\n');
            }
            let FlinkTableInfo {
                catalog,
                database,
                name,
                r#type: kind,
                ..
            } = table;
            // Writing into a string cannot fail.
            let _ = write!(text, "{catalog}.{database}.{name}: {kind}");
            if let (Some(how), Some(buckets)) =
                (&table.distribution_algorithm, table.distribution_buckets)
            {
                let _ = write!(text, ", distributed by {how} into {buckets} buckets");
            }
            if let (Some(column), Some(by)) = (&table.watermark_column, &table.watermark_expression)
            {
                let _ = write!(text, ", watermark for {column} as {by}");
            }
            if let Some(comment) = &table.comment {
                let _ = write!(text, ", {comment:?}");
            }
        }
        text
    }
}
