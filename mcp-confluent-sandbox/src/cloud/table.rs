//! The table of routes: what a request may hold.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::http::Request;

/// Derived from Confluent Cloud's published description by `routes.py`.
const PUBLISHED: &str = include_str!("routes.json");
/// What has no published description, or differs from it.
const MORE: &str = include_str!("more-routes.json");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    #[serde(default)]
    query: Map<String, Value>,
    body: Option<Value>,
}

/// One route.
#[derive(Debug)]
pub(super) struct Route {
    /// Method and path, such as `GET /org/v2/environments/{id}`.
    pub(super) name: &'static str,
    method: &'static str,
    segments: Vec<&'static str>,
    operation: Operation,
}

static TABLE: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let read = |text| -> BTreeMap<&'static str, Operation> {
        serde_json::from_str(text).expect("the tables are well-formed")
    };
    let mut routes = read(PUBLISHED);
    routes.extend(read(MORE));
    let mut routes: Vec<Route> = routes
        .into_iter()
        .map(|(name, operation)| {
            let (method, path) = name.split_once(' ').unwrap_or((name, ""));
            Route {
                name,
                method,
                segments: path.trim_start_matches('/').split('/').collect(),
                operation,
            }
        })
        .collect();
    // A word of the path comes before a value in its place.
    routes.sort_by_key(|route| {
        let values = route.segments.iter().map(|segment| value_name(segment));
        values.map(|name| name.is_some()).collect::<Vec<_>>()
    });
    routes
});

fn value_name(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The route of a request and the values of its path.
pub(super) fn find(
    request: &Request<'_>,
) -> Option<(&'static Route, BTreeMap<&'static str, String>)> {
    TABLE.iter().find_map(|route| {
        if route.method != request.method.as_str() || route.segments.len() != request.segments.len()
        {
            return None;
        }
        let mut values = BTreeMap::new();
        for (&expected, given) in route.segments.iter().zip(&request.segments) {
            match value_name(expected) {
                Some(name) => {
                    values.insert(name, given.clone());
                }
                None if expected == given => {}
                None => return None,
            }
        }
        Some((route, values))
    })
}

impl Route {
    /// Everything in the request that does not belong there, or is missing.
    pub(super) fn problems(&self, request: &Request<'_>, body: Option<&Value>) -> Vec<String> {
        let mut problems = self.query_problems(&request.query);
        match (&self.operation.body, body) {
            (Some(shape), Some(body)) => check(shape, body, "body", &mut problems),
            (None, Some(Value::Object(fields))) if fields.is_empty() => {}
            (None, Some(_)) => problems.push("body: nobody expects one".to_owned()),
            (_, None) => {}
        }
        problems
    }

    fn query_problems(&self, query: &[(String, String)]) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, value) in query {
            let Some(shape) = field(&self.operation.query, name) else {
                problems.push(format!("query: {name} is unknown"));
                continue;
            };
            let kind = match shape {
                Value::Array(items) => items.first().and_then(Value::as_str),
                shape => shape.as_str(),
            };
            let fits = match kind {
                Some("number" | "integer") => value.parse::<f64>().is_ok(),
                Some("boolean") => matches!(value.as_str(), "true" | "false"),
                _ => true,
            };
            if !fits {
                problems.push(format!("query: {name} is no {}", kind.unwrap_or_default()));
            }
            let times = query.iter().filter(|(other, _)| other == name).count();
            if times > 1 && !shape.is_array() {
                problems.push(format!("query: {name} comes {times} times"));
            }
        }
        for name in required(&self.operation.query) {
            if !query
                .iter()
                .any(|(given, value)| given == name && !value.is_empty())
            {
                problems.push(format!("query: {name} is missing"));
            }
        }
        problems
    }
}

/// The shape of the field called `name`.
fn field<'a>(shape: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    shape
        .get(name)
        .or_else(|| shape.get(&format!("{name}!")))
        .or_else(|| shape.get("*"))
}

fn required(shape: &Map<String, Value>) -> impl Iterator<Item = &str> {
    shape.keys().filter_map(|name| name.strip_suffix('!'))
}

fn check(shape: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    match shape {
        Value::String(kind) => {
            let fits = match kind.as_str() {
                "string" => value.is_string(),
                "number" | "integer" => value.is_number(),
                "boolean" => value.is_boolean(),
                "object" => value.is_object(),
                _ => true,
            };
            if !fits && !value.is_null() {
                problems.push(format!("{at}: is no {kind}"));
            }
        }
        Value::Array(items) => {
            let (Some(shape), Some(values)) = (items.first(), value.as_array()) else {
                problems.push(format!("{at}: is no list"));
                return;
            };
            for (index, value) in values.iter().enumerate() {
                check(shape, value, &format!("{at}[{index}]"), problems);
            }
        }
        Value::Object(fields) => match fields.get("one of") {
            Some(Value::Array(shapes)) => one_of(shapes, value, at, problems),
            _ => object(fields, value, at, problems),
        },
        _ => {}
    }
}

fn object(fields: &Map<String, Value>, value: &Value, at: &str, problems: &mut Vec<String>) {
    let Some(values) = value.as_object() else {
        if !value.is_null() {
            problems.push(format!("{at}: is no object"));
        }
        return;
    };
    for (name, value) in values {
        match field(fields, name) {
            Some(shape) => check(shape, value, &format!("{at}.{name}"), problems),
            None => problems.push(format!("{at}.{name}: is unknown")),
        }
    }
    for name in required(fields).filter(|name| !values.contains_key(*name)) {
        problems.push(format!("{at}.{name}: is missing"));
    }
}

/// The value has to fit one of the shapes; what is wrong with the nearest is told.
fn one_of(shapes: &[Value], value: &Value, at: &str, problems: &mut Vec<String>) {
    let tried = shapes.iter().map(|shape| {
        let mut problems = Vec::new();
        check(shape, value, at, &mut problems);
        problems
    });
    if let Some(fewest) = tried.min_by_key(Vec::len) {
        problems.extend(fewest);
    }
}
