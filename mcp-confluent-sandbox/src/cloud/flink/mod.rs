//! Flink SQL: statements that run, on the topics of the broker and what the registry knows of them.
//!
//! Queries of `INFORMATION_SCHEMA` and of topics give rows; `CREATE TABLE` and `DROP TABLE` make and
//! delete topics; what would go on for ever runs until it is stopped or deleted, without doing
//! anything. How far a statement is depends on how often it was looked at, so that tests need no
//! clock.

mod avro;
mod run;
mod sql;
mod statement;
mod tables;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::run::{Done, run};
use self::statement::{Statement, scope, task_graph, texts};
use self::tables::Tables;
use super::call::{Call, Result, empty, ok, reply};
use super::errors::ApiError;
use super::world::{CLUSTER_NAME, COMPUTE_POOL, ENVIRONMENT, ENVIRONMENT_NAME, ORGANIZATION};
use crate::http::Answer;

/// Rows of one page of results.
const ROWS: usize = 100;
const MAX_STATEMENTS: usize = 1000;
const MAX_NAME: usize = 100;

/// The label of statements that lists leave out unless it is asked for.
const HIDDEN: &str = "user.confluent.io/hidden";

/// The statements by name.
#[derive(Debug)]
pub(super) struct Flink {
    statements: BTreeMap<String, Statement>,
}

impl Flink {
    pub(super) fn new() -> Self {
        let properties = BTreeMap::from([
            (
                "sql.current-catalog".to_owned(),
                ENVIRONMENT_NAME.to_owned(),
            ),
            ("sql.current-database".to_owned(), CLUSTER_NAME.to_owned()),
        ]);
        let running = || {
            Ok(Done {
                kind: "INSERT_INTO".to_owned(),
                endless: true,
                ..Done::default()
            })
        };
        let statement = |name: &str, sql: &str, outcome| {
            let statement = Statement::new(name, sql, properties.clone(), outcome);
            statement.of(Some("sa-shop01"))
        };
        let revenue = statement(
            "revenue-by-city",
            "INSERT INTO `revenue-by-city` SELECT city, SUM(total) FROM orders GROUP BY city",
            running(),
        );
        let mut cleaning = statement(
            "clean-page-views",
            "INSERT INTO `page-views-clean` SELECT * FROM `page-views` WHERE url IS NOT NULL",
            running(),
        );
        cleaning.fail(
            "org.apache.flink.util.FlinkRuntimeException",
            "Failed to deserialize consumer record ConsumerRecord(topic = page-views, partition = 2)",
        );
        let broken = statement(
            "join-payments",
            "INSERT INTO paid SELECT * FROM orders JOIN payment ON orders.orderId = payment.orderId",
            Err(
                "Table (or view) 'payment' does not exist, may be on a private cluster, or you do \
                 not have permission to access it."
                    .to_owned(),
            ),
        );
        let mut paused = statement(
            "orders-archive",
            "INSERT INTO archive SELECT * FROM orders",
            running(),
        );
        paused.set_stopped(true);
        let all = [
            revenue.settled(21),
            cleaning.settled(9),
            broken.settled(2),
            paused.settled(40),
        ];
        let all = all.into_iter();
        Self {
            statements: all.map(|it| (it.name.clone(), it)).collect(),
        }
    }
}

pub(super) fn answer(call: &mut Call<'_>) -> Result<Answer> {
    check_place(call)?;
    let name = ["statement_name", "name"]
        .map(|parameter| call.path(parameter).to_owned())
        .concat();
    let (_, what) = call.route.split_once("/statements").unwrap_or_default();
    match (call.route.split_once(' ').map_or("", |it| it.0), what) {
        ("GET", "") => list(call),
        ("POST", "") => create(call),
        ("GET", "/{statement_name}") => {
            let url = call.url;
            let statement = find(call, &name)?;
            statement.look();
            Ok(ok(&statement.describe(url)))
        }
        ("PUT", "/{statement_name}") => {
            let stopped = call.body["spec"]["stopped"] == true;
            find(call, &name)?.set_stopped(stopped);
            Ok(empty(202))
        }
        ("DELETE", "/{statement_name}") => {
            find(call, &name)?;
            call.world.flink.statements.remove(&name);
            Ok(empty(202))
        }
        ("GET", "/{statement_name}/exceptions") => {
            let exceptions = find(call, &name)?.exceptions();
            Ok(ok(&json!({
                "api_version": "sql/v1",
                "kind": "StatementExceptionList",
                "metadata": {},
                "data": exceptions,
            })))
        }
        ("GET", "/{statement_name}/task-graph") => {
            let statement = find(call, &name)?;
            match statement.phase() {
                "RUNNING" => Ok(ok(&task_graph())),
                _ => Ok(ok(&json!({}))),
            }
        }
        ("GET", "/{name}/results") => results(call, &name),
        _ => Err(ApiError::new(
            501,
            format!("{} is not in the sandbox", call.route),
        )),
    }
}

fn check_place(call: &Call<'_>) -> Result<()> {
    for (parameter, known) in [
        ("organization_id", ORGANIZATION),
        ("environment_id", ENVIRONMENT),
    ] {
        let given = call.path(parameter);
        if given != known {
            return Err(ApiError::not_found(format!("{parameter} {given}")));
        }
    }
    Ok(())
}

fn find<'a>(call: &'a mut Call<'_>, name: &str) -> Result<&'a mut Statement> {
    let found = call.world.flink.statements.get_mut(name);
    found.ok_or_else(|| ApiError::not_found(format!("statement {name}")))
}

fn list(call: &Call<'_>) -> Result<Answer> {
    let selector = call.query("label_selector").unwrap_or_default();
    let selected = |statement: &Statement| {
        let wanted = selector
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty());
        let fits = wanted.clone().all(|wanted| {
            let unequal = wanted.split_once("!=");
            let (label, value) = unequal
                .or_else(|| wanted.split_once('='))
                .unwrap_or((wanted, ""));
            let found = statement.labels.get(label).map(String::as_str);
            (found == Some(value)) != unequal.is_some()
        });
        fits && (selector.contains(HIDDEN) || !statement.labels.contains_key(HIDDEN))
    };
    let pool = call.query("spec.compute_pool_id");
    let statements = call.world.flink.statements.values();
    let statements = statements
        .filter(|_| pool.is_none_or(|pool| pool == COMPUTE_POOL))
        .filter(|statement| selected(statement));
    let statements: Vec<Value> = statements.map(|it| it.describe(call.url)).collect();
    call.page("StatementList", &statements)
}

fn create(call: &mut Call<'_>) -> Result<Answer> {
    let body = std::mem::take(&mut call.body);
    let name = body["name"].as_str().unwrap_or_default();
    let spec = &body["spec"];
    let sql = spec["statement"].as_str().unwrap_or_default();
    if !is_name(name) {
        return Err(ApiError::new(
            422,
            format!("`{name}` is no name of a statement: lower-case letters, digits, `-` and `.`"),
        ));
    }
    if sql.trim().is_empty() {
        return Err(ApiError::new(422, "spec.statement is missing"));
    }
    if spec["compute_pool_id"].as_str() != Some(COMPUTE_POOL) {
        let pool = &spec["compute_pool_id"];
        return Err(ApiError::not_found(format!("compute pool {pool}")));
    }
    if call.world.flink.statements.contains_key(name) {
        return Err(ApiError::new(
            409,
            format!("there is a statement {name} already"),
        ));
    }
    if call.world.flink.statements.len() >= MAX_STATEMENTS {
        return Err(ApiError::new(
            429,
            format!("the sandbox holds at most {MAX_STATEMENTS} statements"),
        ));
    }
    let properties = texts(spec["properties"].as_object());
    let outcome = run(sql, &scope(&properties), tables(call));
    let mut statement = Statement::new(name, sql, properties, outcome);
    statement.labels = texts(body["metadata"]["labels"].as_object());
    let statement = statement.of(spec["principal"].as_str());
    let described = statement.describe(call.url);
    call.world
        .flink
        .statements
        .insert(name.to_owned(), statement);
    Ok(reply(201, &described))
}

/// Words of lower-case letters, digits and `-`, joined by dots.
fn is_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= MAX_NAME
        && name.split('.').all(|word| {
            let inner = |c: char| edge(Some(c)) || c == '-';
            edge(word.chars().next()) && edge(word.chars().last()) && word.chars().all(inner)
        })
}

fn tables<'a>(call: &Call<'a>) -> Tables<'a> {
    Tables {
        broker: call.broker,
        registry: call.registry,
    }
}

fn results(call: &mut Call<'_>, name: &str) -> Result<Answer> {
    let start = match call.query("page_token") {
        None | Some("") => 0,
        Some(token) => token
            .strip_prefix("rows from ")
            .and_then(|start| start.parse().ok())
            .ok_or_else(|| ApiError::bad_request("page_token is not from here"))?,
    };
    let tables = tables(call);
    let url = call.url;
    let statement = find(call, name)?;
    let phase = statement.phase();
    if phase == "PENDING" {
        return Err(ApiError::new(
            409,
            format!("statement {name} is still pending"),
        ));
    }
    let mut done = match &statement.outcome {
        Ok(done) => done.clone(),
        Err(reason) => return Err(ApiError::bad_request(reason.clone())),
    };
    // What has been written in the meantime is there too.
    if done.endless
        && done.kind == "SELECT"
        && let Ok(again) = run(&statement.sql, &statement.scope(), tables)
    {
        done.rows = again.rows;
    }
    let start: usize = start;
    let rows = done.rows.get(start..).unwrap_or_default();
    let end = start + rows.len().min(ROWS);
    let data: Vec<Value> = rows
        .iter()
        .take(ROWS)
        .map(|row| json!({ "op": 0, "row": row }))
        .collect();
    let mut metadata = json!({});
    if end < done.rows.len() || (done.endless && phase == "RUNNING") {
        metadata["next"] = json!(format!(
            "{url}/sql/v1/organizations/{ORGANIZATION}/environments/{ENVIRONMENT}/statements/{name}\
             /results?page_token=rows%20from%20{end}"
        ));
    }
    Ok(ok(&json!({
        "api_version": "sql/v1",
        "kind": "StatementResult",
        "metadata": metadata,
        "results": { "data": data },
    })))
}
