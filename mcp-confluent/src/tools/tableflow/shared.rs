//! What several of these tools take.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    client::{http::Wanted, tableflow::Place},
    prelude::*,
};

/// How many items a page has where the call does not say.
const PAGE_SIZE: usize = 10;

impl From<CloudCluster> for Place {
    fn from(cluster: CloudCluster) -> Self {
        Self {
            environment: cluster.environment_id,
            cluster: cluster.cluster_id,
        }
    }
}

/// The cluster of a call whose settings may name it, in `environment` and `kafkaCluster`; the
/// connection's where they do not.
pub(super) struct NamedPlace(pub(super) Place);

impl FromContext for NamedPlace {
    const REQUIRES: &'static [Requirement] = &[];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let settings = ["tableflowTopicConfig", "tableflowCatalogIntegrationConfig"];
        let settings = settings.iter().find_map(|name| cx.argument(name));
        let named = |part: &str| {
            let id = settings?.get(part)?.get("id")?.as_str()?.trim();
            (!id.is_empty()).then(|| id.to_owned())
        };
        if let (Some(environment), Some(cluster)) = (named("environment"), named("kafkaCluster")) {
            return Ok(Self(Place {
                environment,
                cluster,
            }));
        }
        let Ok(cluster) = CloudCluster::from_context(cx).await else {
            let connection = cx.connection()?.id();
            return Err(ToolError::argument(format!(
                "the settings must name `environment` and `kafkaCluster`, each as `{{\"id\": …}}`: the \
                 connection `{connection}` does not name both"
            )));
        };
        let mut place = Place::from(cluster);
        place.environment = named("environment").unwrap_or(place.environment);
        place.cluster = named("kafkaCluster").unwrap_or(place.cluster);
        Ok(Self(place))
    }
}

/// A page whose size may be written as a text, and whose first token may be `"0"`: callers exist that
/// always send both so.
pub(super) struct LenientPage {
    size: usize,
    token: Option<String>,
}

/// A whole number, or its digits in a text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Size {
    Number(usize),
    Digits(String),
}

impl JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^[1-9][0-9]{0,3}$" })
    }
}

impl ToolArg for Size {}

impl FromContext for LenientPage {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = &[
        ArgSpec::new::<Option<Size>>("pageSize", "Items per page.").default(|| PAGE_SIZE.into()),
        ArgSpec::new::<Option<String>>("pageToken", "From `nextPageToken`."),
    ];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        let size = cx.argument("pageSize").and_then(|size| match size {
            Value::String(digits) => digits.parse().ok(),
            size => usize::try_from(size.as_u64()?).ok(),
        });
        let token = cx.argument("pageToken").and_then(Value::as_str);
        Ok(Self {
            size: size.unwrap_or(PAGE_SIZE),
            token: token
                .filter(|token| !matches!(token.trim(), "" | "0"))
                .map(str::to_owned),
        })
    }
}

impl LenientPage {
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted::new(self.size, self.token.as_deref())
    }
}
