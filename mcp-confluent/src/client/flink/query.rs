//! [`Query`]: a question about the catalog.

use std::fmt::{self, Display, Formatter};

use super::sql::{Literal, Name};

/// A query of one view of `INFORMATION_SCHEMA`. Names and values only get into it quoted.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    catalog: &'a str,
    view: &'static str,
    columns: &'static [&'static str],
    conditions: Vec<(&'static str, Compare, &'a str)>,
}

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// They are the same.
    Equal,
    /// They differ.
    Unequal,
}

/// A row of an answer: the cells by the names of their columns.
#[derive(Debug, Clone)]
pub struct QueryRow {
    pub(super) columns: &'static [&'static str],
    pub(super) cells: Vec<Option<String>>,
}

impl QueryRow {
    /// The cell of a column; `None` if it is null.
    pub fn get(&self, column: &str) -> Option<&str> {
        let position = self.columns.iter().position(|name| *name == column)?;
        self.cells.get(position)?.as_deref()
    }

    /// The cell of a column as text; empty if it is null.
    pub fn text(&self, column: &str) -> String {
        self.get(column).unwrap_or_default().to_owned()
    }

    /// Whether the cell says `YES`.
    pub fn is_yes(&self, column: &str) -> bool {
        self.get(column) == Some("YES")
    }
}

impl<'a> Query<'a> {
    /// The `columns` of `view` in `catalog`, by name or id.
    pub fn of(catalog: &'a str, view: &'static str, columns: &'static [&'static str]) -> Self {
        Self {
            catalog,
            view,
            columns,
            conditions: Vec::new(),
        }
    }

    /// Only rows where it holds; all conditions have to.
    #[must_use]
    pub fn only(mut self, column: &'static str, compare: Compare, value: &'a str) -> Self {
        self.conditions.push((column, compare, value));
        self
    }

    pub(super) fn columns(&self) -> &'static [&'static str] {
        self.columns
    }
}

impl Display for Query<'_> {
    /// As SQL.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        for (index, column) in self.columns.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Name(column))?;
        }
        let (catalog, view) = (Name(self.catalog), Name(self.view));
        write!(f, " FROM {catalog}.`INFORMATION_SCHEMA`.{view}")?;
        for (index, (column, compare, value)) in self.conditions.iter().enumerate() {
            let word = if index == 0 { "WHERE" } else { "AND" };
            let operator = match compare {
                Compare::Equal => "=",
                Compare::Unequal => "<>",
            };
            write!(f, " {word} {} {operator} {}", Name(column), Literal(value))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_cannot_leave_its_place() {
        let query = Query::of(
            "shop`; DROP TABLE x; --",
            "TABLES",
            &["TABLE_NAME", "COMMENT"],
        )
        .only("TABLE_SCHEMA", Compare::Unequal, "a")
        .only("TABLE_NAME", Compare::Equal, "x' OR ''='");
        assert_eq!(
            query.to_string(),
            "SELECT `TABLE_NAME`, `COMMENT` FROM `shop``; DROP TABLE x; --`.`INFORMATION_SCHEMA`.\
             `TABLES` WHERE `TABLE_SCHEMA` <> 'a' AND `TABLE_NAME` = 'x'' OR ''''='''"
        );
    }
}
