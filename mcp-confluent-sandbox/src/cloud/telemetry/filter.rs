//! The filter of a query: equality and order of labels, joined by AND, OR and NOT.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cloud::call::Result;
use crate::cloud::errors::ApiError;

/// Labels with their values.
pub(super) type Labels = BTreeMap<String, String>;

#[derive(Debug)]
pub(super) enum Filter {
    Everything,
    Is(String, String),
    After(String, String, bool),
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
}

impl Filter {
    pub(super) fn read(filter: &Value) -> Result<Self> {
        let wrong = |what: &str| ApiError::bad_request(format!("filter: {what} in {filter}"));
        let Some(fields) = filter.as_object() else {
            return match filter {
                Value::Null => Ok(Self::Everything),
                _ => Err(wrong("no object")),
            };
        };
        let known = ["op", "field", "value", "filter", "filters"];
        if let Some(stranger) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(wrong(&format!("{stranger} is unknown")));
        }
        let text = |name: &str| {
            let value = fields.get(name).and_then(Value::as_str);
            value
                .map(ToOwned::to_owned)
                .ok_or_else(|| wrong(&format!("no {name}")))
        };
        let parts = || {
            let parts = fields.get("filters").and_then(Value::as_array);
            let parts = parts.ok_or_else(|| wrong("no filters"))?;
            parts.iter().map(Self::read).collect::<Result<Vec<_>>>()
        };
        Ok(match text("op")?.as_str() {
            "EQ" => Self::Is(text("field")?, text("value")?),
            "GT" => Self::After(text("field")?, text("value")?, false),
            "GTE" => Self::After(text("field")?, text("value")?, true),
            "AND" => Self::All(parts()?),
            "OR" => Self::Any(parts()?),
            "NOT" => Self::Not(Box::new(Self::read(
                fields.get("filter").ok_or_else(|| wrong("no filter"))?,
            )?)),
            op => return Err(wrong(&format!("op {op} is unknown"))),
        })
    }

    /// The fields with the values they are compared with.
    pub(super) fn comparisons(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Everything => Vec::new(),
            Self::Is(field, value) | Self::After(field, value, _) => vec![(field, value)],
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().flat_map(Self::comparisons).collect()
            }
            Self::Not(part) => part.comparisons(),
        }
    }

    pub(super) fn lets(&self, labels: &Labels) -> bool {
        match self {
            Self::Everything => true,
            Self::Is(field, value) => labels.get(field) == Some(value),
            Self::After(field, value, or_equal) => labels
                .get(field)
                .is_some_and(|it| it > value || (*or_equal && it == value)),
            Self::All(parts) => parts.iter().all(|part| part.lets(labels)),
            Self::Any(parts) => parts.iter().any(|part| part.lets(labels)),
            Self::Not(part) => !part.lets(labels),
        }
    }
}
