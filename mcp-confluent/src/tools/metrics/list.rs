//! `list-available-metrics`.

use crate::{
    client::telemetry::{Label, MetricDescriptor, ResourceDescriptor},
    prelude::*,
};

/// List the metrics for query-metrics, and their labels.
#[confluent_tool(read_only, category = Metrics)]
async fn list_available_metrics(
    telemetry: Telemetry,
    page: Page<200>,
    /// Only of this resource type.
    #[arg(name = "resource_type")]
    resource_type: Option<ResourceType>,
) -> Result<AvailableMetrics> {
    let (client, call) = (telemetry.client(), telemetry.call());
    let (metrics, resources) = tokio::join!(client.metrics(call), client.resources(call));
    let mut metrics = metrics?;
    // Without them, metrics can still be asked for.
    let (mut resources, note) = match resources {
        Ok(resources) => (resources, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    if let Some(wanted) = resource_type.map(ResourceType::name) {
        metrics.retain(|metric| metric.resources.iter().any(|it| it == wanted));
        resources.retain(|resource| resource.kind == wanted);
    }
    let page = page.of(metrics, |metric| &metric.name);
    Ok(AvailableMetrics {
        resources: resources.into_iter().map(Resource::from).collect(),
        resources_missing: note,
        metrics: page.items.into_iter().map(Metric::from).collect(),
        total: page.total,
        next_page_token: page.next_page_token,
    })
}

/// What is measured.
#[confluent_type]
#[derive(Copy)]
#[serde(rename_all = "snake_case")]
enum ResourceType {
    /// Kafka.
    Kafka,
    /// Connector.
    Connector,
    /// Compute pool.
    ComputePool,
    /// Flink statement.
    FlinkStatement,
    /// Schema registry.
    SchemaRegistry,
    /// Ksql.
    Ksql,
}

impl ResourceType {
    fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Connector => "connector",
            Self::ComputePool => "compute_pool",
            Self::FlinkStatement => "flink_statement",
            Self::SchemaRegistry => "schema_registry",
            Self::Ksql => "ksql",
        }
    }
}

/// Metrics and resources.
#[confluent_type(text("{}", self.prose()))]
struct AvailableMetrics {
    /// Types of resources.
    resources: Vec<Resource>,
    /// Why `resources` is empty although there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    resources_missing: Option<String>,
    /// Metrics of this page, sorted by name.
    metrics: Vec<Metric>,
    /// How many metrics there are on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
    /// Pass it as `pageToken` to get the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// A type of resource.
#[confluent_type]
struct Resource {
    /// Its name.
    #[arg(name = "type")]
    kind: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Labels to filter and group by.
    labels: Vec<String>,
}

/// A metric.
#[confluent_type]
struct Metric {
    /// Its name.
    name: String,
    /// What it measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whether it counts or is a gauge.
    #[arg(name = "type")]
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// How settled it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// Types of the resources it is measured at.
    resources: Vec<String>,
    /// Labels to filter and group by.
    labels: Vec<String>,
}

fn labels(of: &str, labels: Vec<Label>) -> Vec<String> {
    let labels = labels.into_iter();
    labels.map(|label| format!("{of}.{}", label.key)).collect()
}

impl From<ResourceDescriptor> for Resource {
    fn from(resource: ResourceDescriptor) -> Self {
        Self {
            kind: resource.kind,
            description: resource.description,
            labels: labels("resource", resource.labels),
        }
    }
}

impl From<MetricDescriptor> for Metric {
    fn from(metric: MetricDescriptor) -> Self {
        Self {
            name: metric.name,
            description: metric.description,
            kind: metric.kind,
            unit: metric.unit,
            stage: metric.lifecycle_stage,
            resources: metric.resources,
            labels: labels("metric", metric.labels),
        }
    }
}

impl Metric {
    fn line(&self) -> String {
        let facts: Vec<_> = [&self.kind, &self.unit]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .chain(self.resources.iter().map(String::as_str))
            .collect();
        let mut line = format!("{} ({})", self.name, facts.join(", "));
        if let Some(description) = &self.description {
            line.push_str(&format!(": {description}"));
        }
        if !self.labels.is_empty() {
            line.push_str(&format!(" Labels: {}", self.labels.join(", ")));
        }
        line
    }
}

impl AvailableMetrics {
    fn prose(&self) -> String {
        let mut text = String::new();
        for resource in &self.resources {
            text.push_str(&format!(
                "{}: {}\n",
                resource.kind,
                resource.labels.join(", ")
            ));
        }
        if let Some(reason) = &self.resources_missing {
            text.push_str(&format!("The types of resources are missing: {reason}\n"));
        }
        let total = self.total.unwrap_or(self.metrics.len());
        text.push_str(&format!("{} of {total} metrics:", self.metrics.len()));
        for metric in &self.metrics {
            text.push_str(&format!("\n{}", metric.line()));
        }
        if let Some(token) = &self.next_page_token {
            text.push_str(&format!(
                "\nThere is more: call again with `pageToken` {token:?}."
            ));
        }
        text
    }
}
