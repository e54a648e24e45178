//! Billing: `list-billing-costs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::{
    client::{
        cloud::{self, Days},
        http::{Listed, Wanted},
    },
    prelude::*,
};

/// The longest range that the service answers for.
const MAX_DAYS: i64 = 31;

/// List the costs of a Confluent Cloud organization between two days, with totals by product.
///
/// The key needs a role that may see billing.
#[confluent_tool(read_only, category = Billing)]
async fn list_billing_costs(
    cloud: Cloud,
    page: Page<100>,
    /// First day, `YYYY-MM-DD`.
    #[arg(pattern = r"^\d{4}-\d{2}-\d{2}$")]
    start_date: String,
    /// End, `YYYY-MM-DD`, at most 31 days later.
    #[arg(pattern = r"^\d{4}-\d{2}-\d{2}$")]
    end_date: String,
) -> Result<CostReport> {
    check_range(&start_date, &end_date)?;
    let days = Days {
        start: &start_date,
        end: &end_date,
    };
    let costs = async |wanted| cloud.client().costs(cloud.call(), days, wanted).await;
    let shown = costs(page.wanted()).await?;
    // Only the first page comes with totals, and those are of the whole range.
    let totals = match (page.token(), &shown.next) {
        (Some(_), _) => None,
        (None, None) => Some(CostTotals::of(&shown.items, true)),
        (None, Some(_)) => {
            let whole = costs(Wanted::new(usize::MAX, None)).await?;
            Some(CostTotals::of(&whole.items, whole.next.is_none()))
        }
    };
    Ok(CostReport::new(shown, totals))
}

/// Refuses what is no range of days, with everything that is wrong with it.
fn check_range(start: &str, end: &str) -> Result<()> {
    let mut problems = Vec::new();
    let mut day = |name: &str, text: &str| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        if day.is_none() {
            problems.push(format!("`{name}`: there is no day {text}"));
        }
        day
    };
    if let (Some(start), Some(end)) = (day("startDate", start), day("endDate", end)) {
        let days = (end - start).num_days();
        if days < 0 {
            problems.push(format!("`endDate` {end} is before `startDate` {start}"));
        } else if days > MAX_DAYS {
            problems.push(format!(
                "from `startDate` to `endDate` are {days} days, and at most {MAX_DAYS} are allowed"
            ));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ToolError::argument(problems.join("; ")))
    }
}

/// Costs of an organization.
#[confluent_type(text("{}", self.prose()))]
struct CostReport {
    /// Lines of the bill.
    items: Vec<CostLine>,
    /// Totals of the whole range; only with the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<CostTotals>,
    /// Pass it as `pageToken` to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// How many lines there are on all pages, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
}

/// One line of the bill; amounts are US dollars.
#[confluent_type]
struct CostLine {
    /// First day.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// End of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// For example `DAILY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    granularity: Option<String>,
    /// For example `KAFKA`.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// What is paid for, for example `KAFKA_STORAGE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    line_type: Option<String>,
    /// Id of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
    /// Name of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    /// Environment of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment_id: Option<String>,
    /// Units used.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<f64>,
    /// What the units are.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Price of a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<f64>,
    /// Amount before the discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    original_amount: Option<f64>,
    /// Discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_amount: Option<f64>,
    /// Amount to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<f64>,
}

/// Totals of a range, in US dollars.
#[confluent_type]
struct CostTotals {
    /// Amount to pay.
    amount: f64,
    /// Amount before the discount.
    original_amount: f64,
    /// Discount.
    discount_amount: f64,
    /// How many lines were added up.
    lines: usize,
    /// Whether these are all; false if there are more lines than are read for one call.
    complete: bool,
    /// Amount to pay for each product, the largest first.
    products: Vec<ProductCost>,
}

/// What a product cost.
#[confluent_type]
struct ProductCost {
    /// For example `KAFKA`.
    product: String,
    /// Amount to pay.
    amount: f64,
}

impl From<cloud::Cost> for CostLine {
    fn from(cost: cloud::Cost) -> Self {
        let (id, name, environment) = cost.resource.map_or((None, None, None), |it| {
            (it.id, it.display_name, it.environment)
        });
        Self {
            start_date: cost.start_date,
            end_date: cost.end_date,
            granularity: cost.granularity,
            product: cost.product,
            line_type: cost.line_type,
            resource_id: id,
            resource_name: name,
            environment_id: environment.and_then(|environment| environment.id),
            quantity: cost.quantity,
            unit: cost.unit,
            price: cost.price,
            original_amount: cost.original_amount,
            discount_amount: cost.discount_amount,
            amount: cost.amount,
        }
    }
}

impl CostTotals {
    fn of(costs: &[cloud::Cost], complete: bool) -> Self {
        let sum = |amount: fn(&cloud::Cost) -> Option<f64>| {
            rounded(costs.iter().filter_map(amount).sum())
        };
        let mut products = BTreeMap::<&str, f64>::new();
        for cost in costs {
            let product = cost.product.as_deref().unwrap_or("OTHER");
            *products.entry(product).or_default() += cost.amount.unwrap_or_default();
        }
        let mut products: Vec<_> = products
            .into_iter()
            .map(|(product, amount)| ProductCost {
                product: product.to_owned(),
                amount: rounded(amount),
            })
            .collect();
        products.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Self {
            amount: sum(|cost| cost.amount),
            original_amount: sum(|cost| cost.original_amount),
            discount_amount: sum(|cost| cost.discount_amount),
            lines: costs.len(),
            complete,
            products,
        }
    }
}

/// Without the dust of adding fractions.
fn rounded(amount: f64) -> f64 {
    (amount * 1e6).round() / 1e6
}

impl CostReport {
    fn new(shown: Listed<cloud::Cost>, totals: Option<CostTotals>) -> Self {
        Self {
            items: shown.items.into_iter().map(CostLine::from).collect(),
            totals,
            next_page_token: shown.next,
            total: shown.total,
        }
    }

    fn prose(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        if let Some(totals) = &self.totals {
            let CostTotals {
                amount,
                original_amount,
                discount_amount,
                lines,
                complete,
                products,
            } = totals;
            let of = if *complete { "" } else { " the first" };
            let _ = write!(
                text,
                "${amount:.2} in all ({original_amount:.2} less {discount_amount:.2} discount), in{of} {lines} lines."
            );
            for ProductCost { product, amount } in products {
                let _ = write!(text, "\n{product}: ${amount:.2}");
            }
            text.push_str("\n\n");
        }
        let _ = write!(text, "{} lines:", self.items.len());
        for line in &self.items {
            text.push('\n');
            text.push_str(&line.prose());
        }
        if let Some(token) = &self.next_page_token {
            let _ = write!(
                text,
                "\nThere is more: call again with `pageToken` {token:?}."
            );
        }
        text
    }
}

impl CostLine {
    fn prose(&self) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let amount = self.amount.unwrap_or_default();
        let mut line = format!(
            "{} {} {}: ${amount:.2}",
            text(&self.start_date),
            text(&self.product),
            text(&self.line_type)
        );
        let names = [&self.resource_id, &self.resource_name];
        for name in names.into_iter().flatten() {
            line.push(' ');
            line.push_str(name);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_with_a_range_is_told() {
        for (start, end, problem) in [
            (
                "2024-02-30",
                "2024-13-01",
                Some(
                    "`startDate`: there is no day 2024-02-30; `endDate`: there is no day 2024-13-01",
                ),
            ),
            (
                "2024-02-02",
                "2024-02-01",
                Some("`endDate` 2024-02-01 is before `startDate` 2024-02-02"),
            ),
            (
                "2024-01-01",
                "2024-02-02",
                Some("from `startDate` to `endDate` are 32 days, and at most 31 are allowed"),
            ),
            ("2024-01-01", "2024-02-01", None),
            ("2024-01-01", "2024-01-01", None),
        ] {
            let found = check_range(start, end).err();
            assert_eq!(found.as_ref().map(ToolError::message), problem);
        }
    }

    #[test]
    fn totals_are_sums_without_dust() {
        let line = |product: Option<&str>, amount: f64| cloud::Cost {
            product: product.map(str::to_owned),
            amount: Some(amount),
            original_amount: Some(amount + 0.1),
            discount_amount: Some(0.1),
            start_date: None,
            end_date: None,
            granularity: None,
            line_type: None,
            price: None,
            unit: None,
            quantity: None,
            resource: None,
        };
        let costs = [
            line(Some("FLINK"), 0.1),
            line(Some("KAFKA"), 0.7),
            line(None, 0.0),
            line(Some("FLINK"), 0.2),
        ];
        let totals = CostTotals::of(&costs, true);
        assert_eq!(
            serde_json::to_value(totals).unwrap(),
            serde_json::json!({
                "amount": 1.0,
                "originalAmount": 1.4,
                "discountAmount": 0.4,
                "lines": 4,
                "complete": true,
                "products": [
                    {"product": "KAFKA", "amount": 0.7},
                    {"product": "FLINK", "amount": 0.3},
                    {"product": "OTHER", "amount": 0.0},
                ],
            })
        );
    }
}
