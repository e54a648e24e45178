//! Costs.

use serde::Deserialize;

use super::{CloudClient, Reference};
use crate::{
    client::http::{Call, Listed, Request, Wanted},
    error::Result,
};

/// The most lines that the service gives at a time.
const AT_ONCE: usize = 1000;

/// A line of the bill: what one resource cost in one day.
#[derive(Debug, Clone, Deserialize)]
pub struct Cost {
    /// First day, `YYYY-MM-DD`.
    pub start_date: Option<String>,
    /// The day after the last one.
    pub end_date: Option<String>,
    /// For example `DAILY`.
    pub granularity: Option<String>,
    /// For example `KAFKA`.
    pub product: Option<String>,
    /// What is paid for, for example `KAFKA_STORAGE`.
    pub line_type: Option<String>,
    /// Dollars for one unit.
    pub price: Option<f64>,
    /// What `quantity` counts.
    pub unit: Option<String>,
    /// How many units.
    pub quantity: Option<f64>,
    /// Dollars before the discount.
    pub original_amount: Option<f64>,
    /// Dollars of the discount.
    pub discount_amount: Option<f64>,
    /// Dollars to pay.
    pub amount: Option<f64>,
    /// What it was paid for.
    pub resource: Option<CostResource>,
}

/// What a cost was paid for.
#[derive(Debug, Clone, Deserialize)]
pub struct CostResource {
    /// Its id.
    pub id: Option<String>,
    /// The name people gave it.
    pub display_name: Option<String>,
    /// The environment it is in.
    pub environment: Option<Reference>,
}

/// The days from `start` until before `end`, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy)]
pub struct Days<'a> {
    /// First day.
    pub start: &'a str,
    /// The day after the last one.
    pub end: &'a str,
}

impl CloudClient {
    /// The lines of the bill for these days: `GET /billing/v1/costs`.
    pub async fn costs(
        &self,
        call: &Call,
        days: Days<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Listed<Cost>> {
        let request = Request::get("/billing/v1/costs")
            .query("start_date", days.start)
            .query("end_date", days.end);
        let wanted = Wanted {
            at_once: AT_ONCE,
            ..wanted
        };
        self.http.list(call, request, wanted).await
    }
}
