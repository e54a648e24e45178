//! Catalogs and databases that calls name, or leave out.

use crate::{
    client::flink::{Compare, Query, Session},
    error::{Result, ToolError},
};

/// The catalog of a call: by name or id as given, else the environment.
pub(super) fn catalog_of<'a>(session: &'a Session<'_>, given: Option<&'a str>) -> &'a str {
    named(given).unwrap_or_else(|| session.environment_id())
}

/// The name of the database of a call: what was given, else `otherwise`; an id of a cluster is
/// looked up. `None` is all databases.
pub(super) async fn database_of(
    session: &Session<'_>,
    catalog: &str,
    given: Option<&str>,
    otherwise: Option<&str>,
) -> Result<Option<String>> {
    let Some(database) = named(given).or(otherwise) else {
        return Ok(None);
    };
    if !database.starts_with("lkc-") {
        return Ok(Some(database.to_owned()));
    }
    let query = Query::of(catalog, "SCHEMATA", &["SCHEMA_NAME"]).only(
        "SCHEMA_ID",
        Compare::Equal,
        database,
    );
    let rows = session.query(&query).await?;
    let name = rows.iter().find_map(|row| row.get("SCHEMA_NAME"));
    let name = name.ok_or_else(|| {
        let message = format!("the catalog `{catalog}` has no database `{database}`");
        ToolError::not_found(message).hint("list-flink-databases names those it has")
    })?;
    Ok(Some(name.to_owned()))
}

/// The trimmed text unless it is blank.
fn named(given: Option<&str>) -> Option<&str> {
    given.map(str::trim).filter(|given| !given.is_empty())
}
