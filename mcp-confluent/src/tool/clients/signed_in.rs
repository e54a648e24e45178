//! The clients of a connection that signs in: where each service is follows from the resource that
//! the call names.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use super::ids::{EnvironmentId, FlinkPool};
use crate::{
    client::{
        catalog::CatalogClient,
        cloud::CloudClient,
        connect::ConnectClient,
        flink::FlinkClient,
        login::{Login, Plane, Resources},
        schema_registry::SchemaRegistryClient,
        tableflow::TableflowClient,
        telemetry::TelemetryClient,
    },
    config::Endpoints,
    connection::Connection,
    error::{Result, ToolError},
    tool::{context::ToolContext, inject::FromContext as _},
};

/// The sign-in of the connection, which every call shares.
///
/// # Errors
/// An endpoint is no URL.
pub(crate) fn login(connection: &Connection, endpoints: &Endpoints) -> Result<Arc<Login>> {
    connection.client(|connection| {
        let oauth = connection.config().sign_in();
        let oauth = oauth.ok_or_else(|| ToolError::internal("the connection does not sign in"))?;
        Login::new(connection.id(), oauth, endpoints)
    })
}

/// What the sign-in reaches.
pub(crate) fn resources(connection: &Connection, endpoints: &Endpoints) -> Result<Arc<Resources>> {
    let login = login(connection, endpoints)?;
    connection.client(|connection| {
        let oauth = connection.config().sign_in();
        let oauth = oauth.ok_or_else(|| ToolError::internal("the connection does not sign in"))?;
        Resources::new(login, oauth, endpoints)
    })
}

fn resources_of(cx: &ToolContext) -> Result<Arc<Resources>> {
    resources(cx.connection()?, &cx.inner().gates.config().endpoints)
}

pub(super) fn cloud(cx: &ToolContext) -> Ready<Result<Arc<CloudClient>>> {
    ready(resources_of(cx).and_then(|resources| {
        cx.connection()?.client(|connection| {
            CloudClient::signed_in(
                resources.control_plane(),
                resources.tokens(Plane::Control),
                connection.is_read_only(),
            )
        })
    }))
}

pub(super) fn tableflow(cx: &ToolContext) -> Ready<Result<Arc<TableflowClient>>> {
    ready(resources_of(cx).and_then(|resources| {
        cx.connection()?.client(|connection| {
            TableflowClient::signed_in(
                resources.control_plane(),
                resources.tokens(Plane::Control),
                connection.is_read_only(),
            )
        })
    }))
}

pub(super) fn telemetry(cx: &ToolContext) -> Ready<Result<Arc<TelemetryClient>>> {
    ready(resources_of(cx).and_then(|resources| {
        cx.connection()?.client(|_| {
            TelemetryClient::signed_in(resources.telemetry(), resources.tokens(Plane::Data))
        })
    }))
}

pub(super) fn connect(cx: &ToolContext) -> Result<Arc<ConnectClient>> {
    let resources = resources_of(cx)?;
    let logging = &cx.inner().gates.config().endpoints.logging;
    cx.connection()?.client(|connection| {
        let tokens = [Plane::Control, Plane::Data].map(|plane| resources.tokens(plane));
        let read_only = connection.is_read_only();
        ConnectClient::signed_in(resources.control_plane(), logging, tokens, read_only)
    })
}

pub(super) async fn flink(cx: &ToolContext) -> Result<Arc<FlinkClient>> {
    let resources = resources_of(cx)?;
    let pool = FlinkPool::from_context(cx).await?;
    let endpoint = resources
        .flink(&cx.call(), &pool.environment_id, &pool.compute_pool_id)
        .await?;
    let connection = cx.connection()?;
    connection.client_of(&endpoint, |connection| {
        FlinkClient::signed_in(
            &endpoint,
            resources.tokens(Plane::Data),
            connection.config(),
        )
    })
}

/// An environment that has no registry is told about only if the call needs one.
pub(super) async fn registry(cx: &ToolContext) -> Result<Arc<SchemaRegistryClient>> {
    let resources = resources_of(cx)?;
    let environment = EnvironmentId::from_context(cx).await?;
    let connection = cx.connection()?;
    let read_only = connection.is_read_only();
    match resources.registry(&cx.call(), environment.as_str()).await {
        Err(error) => Ok(Arc::new(SchemaRegistryClient::missing(error, read_only))),
        Ok(place) => connection.client_of(&place.endpoint, |_| {
            SchemaRegistryClient::signed_in(&place, resources.tokens(Plane::Data), read_only)
        }),
    }
}

pub(super) async fn catalog(cx: &ToolContext) -> Result<Arc<CatalogClient>> {
    let resources = resources_of(cx)?;
    let environment = EnvironmentId::from_context(cx).await?;
    let place = resources.registry(&cx.call(), environment.as_str()).await?;
    cx.connection()?.client_of(&place.endpoint, |connection| {
        let read_only = connection.is_read_only();
        CatalogClient::signed_in(&place, resources.tokens(Plane::Data), read_only)
    })
}

#[cfg(feature = "kafka")]
pub(super) async fn kafka(cx: &ToolContext) -> Result<Arc<crate::client::kafka::KafkaClient>> {
    use super::ids::CloudCluster;
    use crate::client::kafka::{KafkaClient, KafkaSettings, TokenSettings};

    let resources = resources_of(cx)?;
    let CloudCluster {
        environment_id,
        cluster_id,
    } = CloudCluster::from_context(cx).await?;
    let place = resources
        .cluster(&cx.call(), &environment_id, &cluster_id)
        .await?;
    let protocol = if place.tls {
        "sasl_ssl"
    } else {
        "sasl_plaintext"
    };
    let of = format!("{cluster_id} {protocol} {}", place.bootstrap_servers);
    cx.connection()?.client_of(&of, |connection| {
        let config = connection.config();
        let debug = config.sign_in().and_then(|it| it.kafka_debug.as_deref());
        let properties = [
            ("client.id", crate::config::CLIENT_ID),
            ("bootstrap.servers", &place.bootstrap_servers),
            ("security.protocol", protocol),
            ("sasl.mechanisms", "OAUTHBEARER"),
        ];
        let debug = debug.map(|contexts| ("debug", contexts));
        Ok(KafkaClient::new(KafkaSettings {
            connection: config.id.clone(),
            properties: properties
                .into_iter()
                .chain(debug)
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            tokens: Some(TokenSettings::SignIn {
                sign_in: resources.tokens(Plane::Data),
                cluster: cluster_id.clone(),
            }),
            read_only: config.read_only,
            protected_topics: super::kafka::protected(config),
        }))
    })
}
