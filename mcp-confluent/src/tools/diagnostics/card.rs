//! What may be shown of a connection.
//!
//! Every field of every block is named here, so that a new one does not compile until somebody has
//! decided whether it may be shown.

use std::collections::BTreeMap;

use crate::config::{
    ConfluentCloudBlock, ConnectionConfig, ConnectionKind, DirectServices, FlinkBlock, HttpAuth,
    KafkaAuth, KafkaBlock, OAuthConnection, SchemaRegistryBlock, TableflowBlock, TelemetryBlock,
    TlsConfig,
};

/// A connection without its secrets.
pub(super) struct Card {
    pub(super) kind: String,
    pub(super) ccloud_env: Option<String>,
    pub(super) kafka_debug: Option<String>,
    pub(super) blocks: Blocks,
}

type Blocks = BTreeMap<String, Fields>;
type Fields = BTreeMap<String, String>;

pub(super) fn of(connection: &ConnectionConfig) -> Card {
    match &connection.kind {
        ConnectionKind::Direct(services) => Card {
            kind: "direct".to_owned(),
            ccloud_env: None,
            kafka_debug: None,
            blocks: blocks(services),
        },
        ConnectionKind::OAuth(OAuthConnection {
            environment,
            kafka_debug,
            client_id,
            callback_port,
            callback_path,
            open_browser,
            token_store,
        }) => Card {
            kind: "oauth".to_owned(),
            ccloud_env: Some(environment.as_str().to_owned()),
            kafka_debug: kafka_debug.clone(),
            blocks: Blocks::from([(
                "sign_in".to_owned(),
                fields([
                    ("client_id", Some(client_id.clone())),
                    ("callback_port", Some(callback_port.to_string())),
                    ("callback_path", Some(callback_path.clone())),
                    ("open_browser", Some(open_browser.to_string())),
                    ("token_store", Some(token_store.as_str().to_owned())),
                ]),
            )]),
        },
    }
}

fn blocks(services: &DirectServices) -> Blocks {
    let DirectServices {
        kafka,
        schema_registry,
        confluent_cloud,
        tableflow,
        telemetry,
        flink,
    } = services;
    let blocks = [
        ("kafka", kafka.as_ref().map(of_kafka)),
        ("schema_registry", schema_registry.as_ref().map(of_registry)),
        ("confluent_cloud", confluent_cloud.as_ref().map(of_cloud)),
        ("tableflow", tableflow.as_ref().map(of_tableflow)),
        ("telemetry", telemetry.as_ref().map(of_telemetry)),
        ("flink", flink.as_ref().map(of_flink)),
    ];
    blocks
        .into_iter()
        .filter_map(|(name, fields)| Some((name.to_owned(), fields?)))
        .collect()
}

fn of_kafka(block: &KafkaBlock) -> Fields {
    let KafkaBlock {
        bootstrap_servers,
        named_protocol: _,
        auth,
        tls,
        rest_endpoint,
        rest_auth: _,
        cluster_id,
        env_id,
        // Any of them may be a secret.
        extra_properties: _,
    } = block;
    let servers = (!bootstrap_servers.is_empty()).then(|| bootstrap_servers.join(","));
    let protocol = (!bootstrap_servers.is_empty()).then(|| block.security_protocol().as_str());
    fields([
        ("bootstrap_servers", servers),
        ("security_protocol", protocol.map(str::to_owned)),
        ("auth_type", Some(kind_of_kafka_auth(auth).to_owned())),
        ("tls", tls.as_ref().map(of_tls)),
        ("rest_endpoint", rest_endpoint.clone()),
        ("cluster_id", cluster_id.clone()),
        ("env_id", env_id.clone()),
    ])
}

fn of_registry(block: &SchemaRegistryBlock) -> Fields {
    let SchemaRegistryBlock {
        endpoints,
        auth,
        tls,
    } = block;
    http(&endpoints.join(","), auth.as_ref(), tls.as_ref())
}

fn of_cloud(block: &ConfluentCloudBlock) -> Fields {
    let ConfluentCloudBlock {
        endpoint,
        auth,
        organization_id,
        tls,
    } = block;
    let mut fields = http(endpoint, Some(auth), tls.as_ref());
    fields.extend(
        organization_id
            .iter()
            .map(|id| ("organization_id".to_owned(), id.clone())),
    );
    fields
}

fn of_tableflow(block: &TableflowBlock) -> Fields {
    let TableflowBlock { auth } = block;
    fields([("auth_type", Some(kind_of_http_auth(Some(auth)).to_owned()))])
}

fn of_telemetry(block: &TelemetryBlock) -> Fields {
    let TelemetryBlock {
        endpoint,
        auth,
        derived,
        tls,
    } = block;
    let mut fields = http(endpoint, Some(auth), tls.as_ref());
    if *derived {
        fields.insert("follows_from".to_owned(), "confluent_cloud".to_owned());
    }
    fields
}

fn of_flink(block: &FlinkBlock) -> Fields {
    let FlinkBlock {
        endpoint,
        auth,
        environment_id,
        organization_id,
        compute_pool_id,
        catalog_name,
        database_name,
        tls,
    } = block;
    let mut all = http(endpoint, auth.as_ref(), tls.as_ref());
    all.extend(fields([
        ("environment_id", Some(environment_id.clone())),
        ("organization_id", Some(organization_id.clone())),
        ("compute_pool_id", Some(compute_pool_id.clone())),
        ("catalog_name", catalog_name.clone()),
        ("database_name", database_name.clone()),
    ]));
    all
}

fn http(endpoint: &str, auth: Option<&HttpAuth>, tls: Option<&TlsConfig>) -> Fields {
    fields([
        ("endpoint", Some(endpoint.to_owned())),
        ("auth_type", Some(kind_of_http_auth(auth).to_owned())),
        ("tls", tls.map(of_tls)),
    ])
}

fn of_tls(tls: &TlsConfig) -> String {
    let TlsConfig {
        enabled,
        ca_file,
        cert_file,
        key_file: _,
        key_password: _,
        insecure_skip_verify,
    } = tls;
    if !enabled {
        return "off".to_owned();
    }
    let mut words = vec!["on"];
    words.extend(ca_file.as_ref().map(|_| "own certificate authority"));
    words.extend(cert_file.as_ref().map(|_| "client certificate"));
    if *insecure_skip_verify {
        words.push("the server's certificate is not checked");
    }
    words.join(", ")
}

fn kind_of_kafka_auth(auth: &KafkaAuth) -> &'static str {
    match auth {
        KafkaAuth::None => "none",
        KafkaAuth::ApiKey { .. } => "api_key",
        KafkaAuth::Plain { .. } => "plain",
        KafkaAuth::Scram { .. } if auth.sasl_mechanism() == Some("SCRAM-SHA-256") => {
            "scram_sha_256"
        }
        KafkaAuth::Scram { .. } => "scram_sha_512",
        KafkaAuth::OAuthBearer(_) => "oauthbearer",
        KafkaAuth::Gssapi { .. } => "gssapi",
        KafkaAuth::Mtls => "mtls",
    }
}

fn kind_of_http_auth(auth: Option<&HttpAuth>) -> &'static str {
    match auth {
        None => "none",
        Some(HttpAuth::ApiKey { .. }) => "api_key",
        Some(HttpAuth::Basic { .. }) => "basic",
        Some(HttpAuth::Bearer { .. }) => "bearer",
        Some(HttpAuth::Mtls) => "mtls",
        Some(HttpAuth::OAuth(_)) => "oauth",
    }
}

fn fields<const N: usize>(fields: [(&str, Option<String>); N]) -> Fields {
    fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}
