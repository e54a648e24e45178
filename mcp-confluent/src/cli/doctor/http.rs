//! The services that are reached over HTTP.

use std::slice::from_ref;

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    Probe,
    reach::{self, Greeting},
    report::{Block, Finding, State},
    tls::{self, Certificate},
};
use crate::{
    client::http::{BROKEN, Call, HttpClient, HttpSettings, Request},
    config::{
        DEFAULT_CLOUD_ENDPOINT, DirectServices, FlinkBlock, HttpAuth, KafkaBlock,
        SchemaRegistryBlock, TlsConfig,
    },
    error::{ErrorKind, ToolError},
};

/// A service of a connection, and a question that changes nothing and is cheap to answer.
#[derive(Clone)]
pub(super) struct Service {
    /// What the table calls it.
    name: &'static str,
    /// Its block in the configuration.
    block: &'static str,
    /// The key of its URL below the connection.
    url_key: [&'static str; 2],
    /// The block that has its `tls`.
    tls_block: &'static str,
    /// The key of its credentials in the block.
    auth_key: &'static str,
    /// Servers that stand in for each other.
    endpoints: Vec<String>,
    auth: Option<HttpAuth>,
    tls: Option<TlsConfig>,
    /// Sent with every question.
    headers: Vec<(&'static str, String)>,
    question: Request,
    /// Whether the question names the cluster of `cluster_id`.
    named_cluster: bool,
    /// What is asked once that is answered.
    more: Vec<More>,
}

/// A further question.
#[derive(Clone)]
struct More {
    request: Request,
    /// The tools that need it answered; it is asked if any of them is on.
    tools: &'static [&'static str],
    /// The key below the connection that is wrong where there is no such thing.
    key: &'static [&'static str],
    /// It is refused as nonsense where it may be asked at all.
    refused_when_allowed: bool,
}

impl More {
    fn new(request: Request, tools: &'static [&'static str], key: &'static [&'static str]) -> Self {
        Self {
            request,
            tools,
            key,
            refused_when_allowed: false,
        }
    }
}

/// What the tools that register schemas need: a schema that is none is never registered, but only
/// those who may register one are told so.
fn may_register() -> More {
    let body = json!({ "schemaType": "AVRO", "schema": "{" });
    let request = Request::post("/subjects/{subject}/versions")
        .path(
            "subject",
            format!("mcp-confluent-doctor-{:08x}", rand::random::<u32>()),
        )
        .json(&body)
        .reads_only();
    More {
        refused_when_allowed: true,
        ..More::new(request, &["create-schema"], &["schema_registry", "auth"])
    }
}

/// The services that a connection reaches over HTTP.
pub(super) fn services(services: &DirectServices) -> Vec<Service> {
    let DirectServices {
        kafka,
        schema_registry,
        confluent_cloud,
        tableflow,
        telemetry,
        flink,
    } = services;
    let page = |template| Request::get(template).query("page_size", 1);
    let ids = kafka.as_ref().map(|it| (&it.env_id, &it.cluster_id));
    let rest = kafka.as_ref().and_then(rest);
    let registry = schema_registry.as_ref().map(registry);
    let cloud = confluent_cloud.as_ref().map(|it| Service {
        auth: Some(it.auth.clone()),
        tls: it.tls.clone(),
        more: of_the_ids(ids, flink.as_ref()),
        ..service(
            "confluent_cloud",
            from_ref(&it.endpoint),
            page("/org/v2/environments"),
        )
    });
    let of_cloud = confluent_cloud.as_ref();
    let tableflow = tableflow.as_ref().map(|it| Service {
        auth: Some(it.auth.clone()),
        tls: of_cloud.and_then(|cloud| cloud.tls.clone()),
        // It is at the control plane.
        url_key: ["confluent_cloud", "endpoint"],
        tls_block: "confluent_cloud",
        ..service(
            "tableflow",
            &[of_cloud.map_or(DEFAULT_CLOUD_ENDPOINT.to_owned(), |cloud| {
                cloud.endpoint.clone()
            })],
            page("/tableflow/v1/regions"),
        )
    });
    let telemetry = telemetry.as_ref().map(|it| Service {
        auth: Some(it.auth.clone()),
        tls: it.tls.clone(),
        // Its key and its certificates are those of the block it follows from; its URL is not.
        url_key: ["telemetry", "endpoint"],
        name: "telemetry",
        ..service(
            if it.derived {
                "confluent_cloud"
            } else {
                "telemetry"
            },
            from_ref(&it.endpoint),
            page("/v2/metrics/cloud/descriptors/resources"),
        )
    });
    let flink = flink.as_ref().map(|it| Service {
        auth: it.auth.clone(),
        tls: it.tls.clone(),
        ..service(
            "flink",
            from_ref(&it.endpoint),
            page("/sql/v1/organizations/{organization}/environments/{environment}/statements")
                .path("organization", &it.organization_id)
                .path("environment", &it.environment_id),
        )
    });
    [rest, registry, cloud, tableflow, telemetry, flink]
        .into_iter()
        .flatten()
        .collect()
}

/// A service that is asked only this.
fn service(block: &'static str, endpoints: &[String], question: Request) -> Service {
    Service {
        name: block,
        block,
        url_key: [block, "endpoint"],
        tls_block: block,
        auth_key: "auth",
        endpoints: endpoints.to_vec(),
        auth: None,
        tls: None,
        headers: Vec::new(),
        question,
        named_cluster: false,
        more: Vec::new(),
    }
}

fn rest(kafka: &KafkaBlock) -> Option<Service> {
    let endpoint = kafka.rest_endpoint.as_ref()?;
    let question = match &kafka.cluster_id {
        Some(id) => Request::get("/kafka/v3/clusters/{cluster}").path("cluster", id),
        None => Request::get("/kafka/v3/clusters"),
    };
    Some(Service {
        name: "kafka REST",
        url_key: ["kafka", "rest_endpoint"],
        auth_key: if kafka.rest_auth.is_some() {
            "rest_auth"
        } else {
            "auth"
        },
        auth: kafka.rest_auth.clone(),
        tls: kafka.tls.clone(),
        named_cluster: kafka.cluster_id.is_some(),
        ..service("kafka", from_ref(endpoint), question)
    })
}

fn registry(block: &SchemaRegistryBlock) -> Service {
    let compatibility = More::new(
        Request::get("/config"),
        &["get-compatibility"],
        &["schema_registry", "endpoint"],
    );
    // As the tools ask.
    let settings = HttpSettings::of_registry("schema_registry", block);
    Service {
        auth: settings.auth,
        tls: settings.tls,
        headers: settings.headers,
        more: vec![compatibility, may_register()],
        ..service(
            "schema_registry",
            &settings.endpoints,
            Request::get("/subjects").query("limit", 1),
        )
    }
}

/// Whether the control plane knows what the ids of other blocks name.
fn of_the_ids(
    kafka: Option<(&Option<String>, &Option<String>)>,
    flink: Option<&FlinkBlock>,
) -> Vec<More> {
    let mut more = Vec::new();
    if let Some((Some(environment), cluster)) = kafka {
        more.push(More::new(
            Request::get("/org/v2/environments/{id}").path("id", environment),
            &["read-environment", "list-clusters", "list-connectors"],
            &["kafka", "env_id"],
        ));
        if let Some(cluster) = cluster {
            more.push(More::new(
                Request::get("/cmk/v2/clusters/{id}")
                    .path("id", cluster)
                    .query("environment", environment),
                &["list-clusters", "list-connectors"],
                &["kafka", "cluster_id"],
            ));
            more.push(More::new(
                Request::get(
                    "/connect/v1/environments/{environment}/clusters/{cluster}/connectors",
                )
                .path("environment", environment)
                .path("cluster", cluster),
                &["list-connectors"],
                &["kafka", "cluster_id"],
            ));
        }
    }
    if let Some(flink) = flink {
        more.push(More::new(
            Request::get("/fcpm/v2/compute-pools/{id}")
                .path("id", &flink.compute_pool_id)
                .query("environment", &flink.environment_id),
            &["create-flink-statement"],
            &["flink", "compute_pool_id"],
        ));
    }
    more
}

/// Checks every server of the service, all at once.
pub(super) async fn check(probe: &Probe, service: Service) -> Block {
    let mut running = JoinSet::new();
    for (index, endpoint) in service.endpoints.iter().enumerate() {
        let (probe, service, endpoint) = (probe.clone(), service.clone(), endpoint.clone());
        running.spawn(async move { (index, check_server(&probe, &service, &endpoint).await) });
    }
    let mut servers = running.join_all().await;
    servers.sort_by_key(|(index, _)| *index);
    Block::joined(servers.into_iter().map(|(_, block)| block).collect())
}

async fn check_server(probe: &Probe, service: &Service, endpoint: &str) -> Block {
    let mut report = Block::new(probe.connection.id(), service.name, endpoint);
    let (is_https, address) = address(endpoint);
    if !is_https {
        report.tls = State::Unused;
    }
    if service.auth.is_none() {
        report.signed_in = State::Unused;
    }
    let files = service.tls.as_ref().map(tls::check_files);
    for fault in files.into_iter().flatten() {
        report.tls = State::Bad;
        let key = [service.tls_block, "tls", fault.key];
        report.findings.push(Finding {
            what: fault.what,
            host: "this machine".to_owned(),
            place: probe.place(&key),
            key: key.join("."),
            cause: fault.cause.to_owned(),
        });
    }
    if report.failed() {
        return report;
    }
    let client = match client(service, endpoint) {
        Ok(client) => client,
        Err(error) => {
            explain(probe, service, &error, &address, &mut report).await;
            return report;
        }
    };
    if let Err(error) = ask(probe, &client, service.question.clone()).await {
        explain(probe, service, &error, &address, &mut report).await;
        return report;
    }
    report.reachable = State::Good;
    report.allowed = State::Good;
    for state in [&mut report.tls, &mut report.signed_in] {
        if *state == State::Unknown {
            *state = State::Good;
        }
    }
    for more in &service.more {
        if more.tools.iter().any(|tool| probe.tools.contains(tool)) {
            ask_more(probe, &client, service, more, &address, &mut report).await;
        }
    }
    report
}

async fn ask_more(
    probe: &Probe,
    client: &HttpClient,
    service: &Service,
    more: &More,
    address: &str,
    report: &mut Block,
) {
    let Err(error) = ask(probe, client, more.request.clone()).await else {
        return;
    };
    let kind = error.kind();
    let hint = error.hint_text().unwrap_or("see the message");
    let of_service = |key: &[&'static str]| [&[service.block], key].concat();
    let (key, cause) = match kind {
        ErrorKind::Unauthenticated | ErrorKind::Denied => {
            let tools = more.tools.iter().filter(|tool| probe.tools.contains(*tool));
            let tools: Vec<_> = tools.map(|tool| format!("`{tool}`")).collect();
            (
                of_service(&[service.auth_key]),
                format!("{} needs this: {hint}", tools.join(", ")),
            )
        }
        ErrorKind::Argument if error.code_text() == Some(READ_ONLY_REGISTRY) => (
            vec!["read_only"],
            "the registry itself is read-only: write `read_only: true`, or have its mode changed"
                .to_owned(),
        ),
        // Registries differ in what they say to nonsense.
        _ if more.refused_when_allowed => return,
        ErrorKind::NotFound | ErrorKind::Argument => (
            more.key.to_vec(),
            "there is no such thing, or these credentials may not see it: check the id, and that \
             the credentials belong to the same organization"
                .to_owned(),
        ),
        _ => (service.url_key.to_vec(), hint.to_owned()),
    };
    report.allowed = State::Bad;
    report.findings.push(Finding {
        what: error.message().to_owned(),
        host: address.to_owned(),
        place: probe.place(&key),
        key: key.join("."),
        cause,
    });
}

/// What a registry answers whose subjects cannot be written to.
const READ_ONLY_REGISTRY: &str = "42205";

fn client(service: &Service, endpoint: &str) -> Result<HttpClient, ToolError> {
    let mut settings = HttpSettings::new(service.name, service.block, endpoint);
    settings.auth.clone_from(&service.auth);
    settings.tls.clone_from(&service.tls);
    settings.headers.clone_from(&service.headers);
    settings.read_only = true;
    HttpClient::new(settings)
}

async fn ask(probe: &Probe, client: &HttpClient, question: Request) -> Result<(), ToolError> {
    let call = Call::new(probe.most_of_the_time(), CancellationToken::new());
    client.send(&call, question).await.map(drop)
}

/// Why there was no good answer.
async fn explain(
    probe: &Probe,
    service: &Service,
    error: &ToolError,
    address: &str,
    report: &mut Block,
) {
    let is_https = report.tls != State::Unused;
    let hint = error.hint_text().unwrap_or("see the message").to_owned();
    let what = error.message().to_owned();
    let of_service = |keys: &[&'static str]| [&[service.block], keys].concat();
    let finding = |what: String, key: Vec<&'static str>, cause: String| Finding {
        what,
        host: address.to_owned(),
        key: key.join("."),
        place: probe.place(&key),
        cause,
    };
    if !matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::TimedOut) {
        report.reachable = State::Good;
        if is_https {
            report.tls = State::Good;
        }
    }
    let found = match error.kind() {
        ErrorKind::Unauthenticated => {
            report.signed_in = State::Bad;
            if service.auth.is_none() {
                finding(
                    what,
                    of_service(&[service.auth_key]),
                    "the service wants a sign-in: write `auth`".to_owned(),
                )
            } else {
                finding(what, secret(service), hint)
            }
        }
        ErrorKind::Denied => {
            if report.signed_in == State::Unknown {
                report.signed_in = State::Good;
            }
            report.allowed = State::Bad;
            finding(what, of_service(&[service.auth_key]), hint)
        }
        ErrorKind::Unreachable | ErrorKind::TimedOut => {
            if let Err(failure) = reach::connect(address, probe.deadline).await {
                report.reachable = State::Bad;
                let mut cause = failure.cause().to_owned();
                if service.url_key == ["telemetry", "endpoint"] && service.block != "telemetry" {
                    cause.push_str(
                        "; if the metrics are elsewhere, add a `telemetry` block with `endpoint`",
                    );
                }
                finding(failure.what(), service.url_key.to_vec(), cause)
            } else {
                report.reachable = State::Good;
                let seen = Seen {
                    is_https,
                    greeting: reach::greet(address, probe.deadline).await,
                    certificate: tls::certificate(address, service.tls.as_ref(), probe.deadline)
                        .await,
                };
                silent(service, &seen, what, hint, report, finding)
            }
        }
        ErrorKind::NotFound if service.named_cluster => {
            report.allowed = State::Bad;
            let cause = "there is no such cluster at this endpoint: check the id and the URL";
            finding(what, of_service(&["cluster_id"]), cause.to_owned())
        }
        _ => {
            report.allowed = State::Bad;
            let cause = format!("the URL may be that of another service, or lack a path: {hint}");
            finding(what, service.url_key.to_vec(), cause)
        }
    };
    report.findings.push(found);
}

/// What somebody who listens makes of TLS.
struct Seen {
    is_https: bool,
    greeting: Greeting,
    certificate: Certificate,
}

/// Somebody listens, and does not answer as a service does.
fn silent(
    service: &Service,
    seen: &Seen,
    what: String,
    hint: String,
    report: &mut Block,
    finding: impl Fn(String, Vec<&'static str>, String) -> Finding,
) -> Finding {
    let url = service.url_key.to_vec();
    let of_tls = |key| vec![service.tls_block, "tls", key];
    match (seen.is_https, seen.greeting) {
        (true, Greeting::Plain) => {
            report.tls = State::Bad;
            let what = format!("the service speaks no TLS on this port: {what}");
            finding(
                what,
                url,
                "write `http://`, or name the port with TLS".to_owned(),
            )
        }
        (false, Greeting::Tls) => {
            report.tls = State::Bad;
            let what = format!("the service speaks TLS on this port: {what}");
            finding(
                what,
                url,
                "write `https://`, or name the port without TLS".to_owned(),
            )
        }
        (true, Greeting::Tls) if what.contains("TLS") || what.contains("certificate") => {
            report.tls = State::Bad;
            match seen.certificate.cause() {
                Some((cause, true)) => finding(what, url, cause),
                Some((cause, false)) => finding(what, of_tls("ca_file"), cause),
                None => finding(
                    what,
                    of_tls("cert_file"),
                    "the service most likely wants a client certificate: name `cert_file` and `key_file`"
                        .to_owned(),
                ),
            }
        }
        _ => {
            report.allowed = State::Bad;
            // Nothing was changed that could be half done.
            let cause = if what.contains(BROKEN) {
                "whoever listens does not answer as an HTTP service: check the port, which may be that of another \
                 service, such as a Kafka broker"
                    .to_owned()
            } else {
                hint
            };
            finding(what, url, cause)
        }
    }
}

/// The key of what proves who signs in.
fn secret(service: &Service) -> Vec<&'static str> {
    let (block, auth) = (service.block, service.auth_key);
    match &service.auth {
        None => vec![block, auth],
        Some(HttpAuth::ApiKey { .. }) => vec![block, auth, "secret"],
        Some(HttpAuth::Basic { .. }) => vec![block, auth, "password"],
        Some(HttpAuth::Bearer { .. }) => vec![block, auth, "token"],
        Some(HttpAuth::Mtls) => vec![service.tls_block, "tls", "cert_file"],
        Some(HttpAuth::OAuth(_)) => vec![block, auth, "client_secret"],
    }
}

/// Whether a URL is one of TLS, and its `host:port`.
fn address(url: &str) -> (bool, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let is_https = scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    let port = if is_https { 443 } else { 80 };
    (
        is_https,
        if has_port {
            host.to_owned()
        } else {
            format!("{host}:{port}")
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment};

    #[test]
    fn a_url_that_follows_from_another_block_has_the_key_that_changes_it() {
        let file = "connections:\n  a:\n    type: direct\n    confluent_cloud:\n      endpoint: http://localhost:1\n      \
                    auth: &k {type: api_key, key: k, secret: s}\n    tableflow: {auth: *k}\n";
        let config = Config::from_yaml("c.yaml", file, &Environment::default()).unwrap();
        let services = services(config.connections[0].services().unwrap());
        let keys = services
            .iter()
            .map(|it| (it.name, it.url_key.join("."), it.block));
        let expected = [
            (
                "confluent_cloud",
                "confluent_cloud.endpoint",
                "confluent_cloud",
            ),
            ("tableflow", "confluent_cloud.endpoint", "tableflow"),
            ("telemetry", "telemetry.endpoint", "confluent_cloud"),
        ];
        let expected = expected.map(|(name, key, block)| (name, key.to_owned(), block));
        assert_eq!(keys.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_port_of_a_url_is_said_or_known() {
        for (url, expected) in [
            ("http://registry", (false, "registry:80")),
            ("https://registry/path:1", (true, "registry:443")),
            ("HTTPS://registry:8081/", (true, "registry:8081")),
            ("http://[::1]", (false, "[::1]:80")),
            ("http://[::1]:8081", (false, "[::1]:8081")),
        ] {
            assert_eq!(address(url), (expected.0, expected.1.to_owned()), "{url}");
        }
    }
}
