//! Names of what there is right now. They complete the arguments of prompts and the variables of
//! resources, `#[arg(complete = names::topics)]`, and are what `resources/list` shows.

use serde_json::Value;

use crate::{
    client::{http::Wanted, schema_registry::Deleted},
    error::Result,
    tool::{
        clients::{
            Cloud, Connect, Flink, SchemaRegistry,
            ids::{EnvironmentId, FlinkPool},
        },
        context::ToolContext,
        inject::FromContext,
    },
};

/// How many names are asked for where a service counts.
const MOST: usize = 500;

/// Topics of the cluster, without those Kafka keeps for itself.
#[cfg(feature = "kafka")]
pub async fn topics(cx: ToolContext) -> Result<Vec<String>> {
    let kafka = crate::tool::clients::Kafka::from_context(&cx).await?;
    let topics = kafka.client().topics(kafka.call()).await?;
    let topics = topics.into_iter().filter(|topic| !topic.internal);
    Ok(topics.map(|topic| topic.name).collect())
}

/// Consumer groups of the cluster.
#[cfg(feature = "kafka")]
pub async fn groups(cx: ToolContext) -> Result<Vec<String>> {
    let kafka = crate::tool::clients::Kafka::from_context(&cx).await?;
    let listed = kafka.client().list_groups(kafka.call(), &[], &[]).await?;
    match listed.errors.into_iter().next() {
        Some(error) if listed.groups.is_empty() => Err(error),
        _ => Ok(listed.groups.into_iter().map(|group| group.id).collect()),
    }
}

/// Subjects of the registry, in every context.
pub async fn subjects(cx: ToolContext) -> Result<Vec<String>> {
    let registry = SchemaRegistry::from_context(&cx).await?;
    let (client, call) = (registry.client(), registry.call());
    client.subjects(call, None, Deleted::Exclude).await
}

/// `latest`, and the versions of the subject that the request has named as `subject`.
pub async fn versions(cx: ToolContext) -> Result<Vec<String>> {
    let mut versions = vec!["latest".to_owned()];
    if let Some(subject) = given(&cx, "subject") {
        let registry = SchemaRegistry::from_context(&cx).await?;
        let (client, call) = (registry.client(), registry.call());
        let found = client.versions(call, subject, Deleted::Exclude).await?;
        versions.extend(found.iter().map(ToString::to_string));
    }
    Ok(versions)
}

/// Connectors of the Kafka cluster.
pub async fn connectors(cx: ToolContext) -> Result<Vec<String>> {
    let connect = Connect::from_context(&cx).await?;
    let found = connect
        .client()
        .connectors(connect.call(), connect.cluster());
    Ok(found.await?.into_iter().map(|it| it.name).collect())
}

/// Flink SQL statements, the first 500.
pub async fn statements(cx: ToolContext) -> Result<Vec<String>> {
    let flink = Flink::from_context(&cx).await?;
    let pool = FlinkPool::from_context(&cx).await?;
    let session = flink.session(&pool);
    let found = session.statements(None, Wanted::new(MOST, None)).await?;
    Ok(found.items.into_iter().map(|it| it.name).collect())
}

/// Ids of the environments, the first 500.
pub async fn environments(cx: ToolContext) -> Result<Vec<String>> {
    let cloud = Cloud::from_context(&cx).await?;
    let (client, call) = (cloud.client(), cloud.call());
    let found = client.environments(call, Wanted::new(MOST, None)).await?;
    Ok(found.items.into_iter().map(|it| it.id).collect())
}

/// Ids of the Kafka clusters in the environment that the request or the connection names, the first
/// 500.
pub async fn clusters(cx: ToolContext) -> Result<Vec<String>> {
    let cloud = Cloud::from_context(&cx).await?;
    let environment = EnvironmentId::from_context(&cx).await?;
    let (client, call) = (cloud.client(), cloud.call());
    let wanted = Wanted::new(MOST, None);
    let found = client.clusters(call, environment.as_str(), wanted).await?;
    Ok(found.items.into_iter().map(|it| it.id).collect())
}

/// What the request has given for `name`, if anything.
fn given<'c>(cx: &'c ToolContext, name: &str) -> Option<&'c str> {
    let given = cx.argument(name).and_then(Value::as_str)?;
    Some(given).filter(|given| !given.is_empty())
}
