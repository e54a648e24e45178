//! What is known of each connection as resources: how it is configured, and whether its services
//! answer.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::timeout;

use super::connections::{ConnectionCard, Named, describe_configured_connection};
use crate::{names, prelude::*, tool::gates::Gates};

/// How long a service has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a connection is configured, without its secrets, and which tools work on it.
#[confluent_resource(
    uri = "config://{connection}",
    category = Diagnostics,
    like = "describe-configured-connection"
)]
async fn configuration(cx: &ToolContext, gates: Gates) -> Result<ConnectionCard> {
    describe_configured_connection(gates, Named(cx.connection()?.clone())).await
}

/// Whether the services of a connection answer, and if not, why.
#[confluent_resource(
    uri = "health://{connection}",
    category = Diagnostics,
    like = "describe-configured-connection"
)]
async fn health(cx: &ToolContext) -> Result<HealthCard> {
    let (kafka, registry, cloud, flink) = tokio::join!(
        // On the heap, because they are large.
        Box::pin(service::<Kafka, _>(cx, names::topics)),
        Box::pin(service::<SchemaRegistry, _>(cx, names::subjects)),
        Box::pin(service::<Cloud, _>(cx, names::environments)),
        Box::pin(service::<Flink, _>(cx, names::statements)),
    );
    let services = [
        ("kafka", kafka),
        ("schema_registry", registry),
        ("confluent_cloud", cloud),
        ("flink", flink),
    ];
    let services: BTreeMap<_, _> = services
        .into_iter()
        .filter_map(|(name, health)| Some((name.to_owned(), health?)))
        .collect();
    Ok(HealthCard {
        connection_id: cx.connection()?.id().to_owned(),
        healthy: services.values().all(|service| service.problem.is_none()),
        services,
    })
}

/// Whether the service behind the client `C` lists something; `None` where the connection has none.
async fn service<C: FromContext, F: Future<Output = Result<Vec<String>>>>(
    cx: &ToolContext,
    names: impl FnOnce(ToolContext) -> F,
) -> Option<ServiceHealth> {
    let connection = cx.connection().ok()?;
    if !C::REQUIRES
        .iter()
        .all(|need| need.is_offered_by(connection))
    {
        return None;
    }
    // On a connection that signs in, what is there is named by each call.
    let mut arguments = C::ARGUMENTS.iter();
    if connection.config().services().is_none()
        && arguments.any(|argument| argument.if_signed_in().is_some())
    {
        return None;
    }
    let problem = match timeout(PATIENCE, names(cx.clone())).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    Some(ServiceHealth { problem })
}

/// Whether the services of a connection answer.
#[confluent_type(text("Connection \"{}\": {}", self.connection_id.escape_debug(), self.words()))]
struct HealthCard {
    /// The connection.
    connection_id: String,
    /// Whether all of them answer.
    healthy: bool,
    /// The services, under the names of the configuration file.
    services: BTreeMap<String, ServiceHealth>,
}

/// Whether one service answers.
#[confluent_type]
struct ServiceHealth {
    /// What is wrong; null if it answers.
    problem: Option<String>,
}

impl HealthCard {
    fn words(&self) -> &'static str {
        if self.healthy {
            "all services answer"
        } else {
            "not all services answer"
        }
    }
}
