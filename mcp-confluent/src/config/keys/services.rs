//! The services that are reached over HTTP.

use super::{
    LINE, URL,
    auth::{CLOUD_AUTH, HTTP_AUTH, TLS_OF_HTTP},
};
use crate::config::shape::{Block, Key, Shape, Text};

pub(super) static SCHEMA_REGISTRY: Block = Block {
    name: "schema_registry",
    about: "A Confluent-compatible schema registry.",
    groups: &[&[
        Key::required(
            "endpoint",
            "URL of the registry, or several with commas between them: when one is unreachable, the \
             next is used.",
            Shape::Text(Text::Urls),
        ),
        Key::new(
            "auth",
            "How to sign in, if the registry requires it.",
            Shape::Union(&HTTP_AUTH),
        ),
        TLS_OF_HTTP,
    ]],
};

pub(super) static CONFLUENT_CLOUD: Block = Block {
    name: "confluent_cloud",
    about: "The control plane of Confluent Cloud.",
    groups: &[&[
        Key::new("endpoint", "URL of the control plane.", URL)
            .or(r#""https://api.confluent.cloud""#),
        Key::required(
            "auth",
            "How to sign in: a Cloud API key, not the key of a cluster.",
            Shape::Union(&CLOUD_AUTH),
        ),
        Key::new(
            "organization_id",
            "Id of the organization, so that it need not be looked up.",
            LINE,
        ),
        TLS_OF_HTTP,
    ]],
};

pub(super) static TABLEFLOW: Block = Block {
    name: "tableflow",
    about: "Tableflow in Confluent Cloud.",
    groups: &[&[Key::required(
        "auth",
        "How to sign in: a Tableflow API key.",
        Shape::Union(&CLOUD_AUTH),
    )]],
};

pub(super) static TELEMETRY: Block = Block {
    name: "telemetry",
    about: "The metrics API of Confluent Cloud; at least one of its keys.",
    groups: &[&[
        Key::new("endpoint", "URL of the metrics API.", URL)
            .or(r#""https://api.telemetry.confluent.cloud""#),
        Key::new(
            "auth",
            "How to sign in; if left out, as `confluent_cloud` does.",
            Shape::Union(&CLOUD_AUTH),
        ),
        TLS_OF_HTTP,
    ]],
};

pub(super) static FLINK: Block = Block {
    name: "flink",
    about: "Flink SQL in one environment and compute pool.",
    groups: &[&[
        Key::required("endpoint", "URL of Flink in the region.", URL),
        Key::required(
            "auth",
            "How to sign in: a Flink API key.",
            Shape::Union(&HTTP_AUTH),
        ),
        Key::required(
            "environment_id",
            "Id of the environment.",
            Shape::Text(Text::Id("env-")),
        ),
        Key::required("organization_id", "Id of the organization.", LINE),
        Key::required(
            "compute_pool_id",
            "Id of the compute pool that runs statements.",
            Shape::Text(Text::Id("lfcp-")),
        ),
        Key::new(
            "catalog_name",
            "Catalog that unqualified names belong to; usually the environment's display name.",
            LINE,
        ),
        Key::new(
            "database_name",
            "Database that unqualified names belong to; usually the cluster's display name.",
            LINE,
        ),
        TLS_OF_HTTP,
    ]],
};
