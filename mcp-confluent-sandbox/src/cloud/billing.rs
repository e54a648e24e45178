//! The bill: every day costs the same, whatever was done that day.

use serde_json::{Value, json};

use super::call::{Call, Result};
use super::errors::ApiError;
use super::time;
use super::world::{CLUSTER, CLUSTER_NAME, COMPUTE_POOL, ENVIRONMENT};
use crate::http::Answer;

const MAX_DAYS: i64 = 31;
const MAX_PAGE_SIZE: usize = 1000;

/// What a day costs.
const LINES: [Line; 5] = [
    line("KAFKA", "KAFKA_BASE", "Hours", 0.154, 24.0, 0.0),
    line("KAFKA", "KAFKA_STORAGE", "GB-hours", 0.000_110, 3120.0, 0.0),
    line("KAFKA", "KAFKA_NETWORK_WRITE", "GB", 0.05, 12.5, 0.0),
    line("CONNECT", "CONNECT_NUM_TASKS", "Hours", 0.1, 24.0, 0.4),
    line("FLINK", "FLINK_NUM_CFUS", "CFU-hours", 0.21, 36.0, 0.0),
];

struct Line {
    product: &'static str,
    kind: &'static str,
    unit: &'static str,
    price: f64,
    quantity: f64,
    discount: f64,
}

const fn line(
    product: &'static str,
    kind: &'static str,
    unit: &'static str,
    price: f64,
    quantity: f64,
    discount: f64,
) -> Line {
    Line {
        product,
        kind,
        unit,
        price,
        quantity,
        discount,
    }
}

pub(super) fn answer(call: &Call<'_>) -> Result<Answer> {
    let day = |name| {
        let text = call.query(name).unwrap_or_default();
        time::day(text).ok_or_else(|| ApiError::bad_request(format!("{name}: {text} is no day")))
    };
    let (start, end) = (day("start_date")?, day("end_date")?);
    if !(0..=MAX_DAYS).contains(&(end - start)) {
        return Err(ApiError::bad_request(format!(
            "end_date is not between start_date and {MAX_DAYS} days later"
        )));
    }
    let lines: Vec<Value> = (start..end)
        .flat_map(|day| LINES.iter().map(move |line| cost(day, line)))
        .collect();
    call.page_of(MAX_PAGE_SIZE, "CostList", &lines)
}

fn cost(day: i64, line: &Line) -> Value {
    let original = line.price * line.quantity;
    let (id, name) = if line.product == "FLINK" {
        (COMPUTE_POOL, "analytics")
    } else {
        (CLUSTER, CLUSTER_NAME)
    };
    json!({
        "api_version": "billing/v1",
        "kind": "Cost",
        "start_date": time::written_day(day),
        "end_date": time::written_day(day + 1),
        "granularity": "DAILY",
        "network_access_type": "INTERNET",
        "product": line.product,
        "line_type": line.kind,
        "price": line.price,
        "unit": line.unit,
        "quantity": line.quantity,
        "original_amount": original,
        "discount_amount": line.discount,
        "amount": original - line.discount,
        "resource": {
            "id": id,
            "display_name": name,
            "environment": { "id": ENVIRONMENT },
        },
    })
}
