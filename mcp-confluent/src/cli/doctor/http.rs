//! The services that are reached over HTTP.

use std::slice::from_ref;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    Probe,
    reach::{self, Greeting},
    report::{Block, Finding, State},
};
use crate::{
    client::http::{Call, HttpClient, HttpSettings, Request},
    config::{DEFAULT_CLOUD_ENDPOINT, DirectServices, HttpAuth, TlsConfig},
    error::{ErrorKind, ToolError},
};

/// A service of a connection, and a question that changes nothing and is cheap to answer.
#[derive(Clone)]
pub(super) struct Service {
    /// What the table calls it.
    name: &'static str,
    /// Its block in the configuration.
    block: &'static str,
    /// The key of its URL in the block.
    key: &'static str,
    /// The key of its credentials in the block.
    auth_key: &'static str,
    /// Servers that stand in for each other.
    endpoints: Vec<String>,
    auth: Option<HttpAuth>,
    tls: Option<TlsConfig>,
    question: Request,
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
    let service = |block, endpoints: &[String], question| Service {
        name: block,
        block,
        key: "endpoint",
        auth_key: "auth",
        endpoints: endpoints.to_vec(),
        auth: None,
        tls: None,
        question,
    };
    let page = |template| Request::get(template).query("page_size", 1);
    let kafka = kafka.as_ref().and_then(|kafka| {
        let endpoint = kafka.rest_endpoint.as_ref()?;
        Some(Service {
            name: "kafka REST",
            key: "rest_endpoint",
            auth_key: if kafka.rest_auth.is_some() {
                "rest_auth"
            } else {
                "auth"
            },
            auth: kafka.rest_auth.clone(),
            tls: kafka.tls.clone(),
            ..service(
                "kafka",
                from_ref(endpoint),
                Request::get("/kafka/v3/clusters"),
            )
        })
    });
    let registry = schema_registry.as_ref().map(|it| Service {
        auth: it.auth.clone(),
        tls: it.tls.clone(),
        ..service(
            "schema_registry",
            &it.endpoints,
            Request::get("/subjects").query("limit", 1),
        )
    });
    let cloud = confluent_cloud.as_ref().map(|it| Service {
        auth: Some(it.auth.clone()),
        tls: it.tls.clone(),
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
        // Its key is the one of the block it follows from.
        block: if it.derived {
            "confluent_cloud"
        } else {
            "telemetry"
        },
        ..service(
            "telemetry",
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
    [kafka, registry, cloud, tableflow, telemetry, flink]
        .into_iter()
        .flatten()
        .collect()
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
    if let Err(error) = ask(probe, service, endpoint).await {
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
    report
}

async fn ask(probe: &Probe, service: &Service, endpoint: &str) -> Result<(), ToolError> {
    let mut settings = HttpSettings::new(service.name, service.block, endpoint);
    settings.auth.clone_from(&service.auth);
    settings.tls.clone_from(&service.tls);
    settings.read_only = true;
    let call = Call::new(probe.deadline, CancellationToken::new());
    HttpClient::new(settings)?
        .send(&call, service.question.clone())
        .await
        .map(drop)
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
    let finding = |what: String, keys: &[&str], cause: String| {
        let key = [&[service.block], keys].concat();
        Finding {
            what,
            host: address.to_owned(),
            key: key.join("."),
            place: probe.place(&key),
            cause,
        }
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
                    &[service.auth_key],
                    "the service wants a sign-in: write `auth`".to_owned(),
                )
            } else {
                finding(what, &secret(service), hint)
            }
        }
        ErrorKind::Denied => {
            if report.signed_in == State::Unknown {
                report.signed_in = State::Good;
            }
            report.allowed = State::Bad;
            finding(what, &[service.auth_key], hint)
        }
        ErrorKind::Unreachable | ErrorKind::TimedOut => {
            if let Err(failure) = reach::connect(address, probe.deadline).await {
                report.reachable = State::Bad;
                let cause = failure.cause().to_owned();
                finding(failure.what(), &[service.key], cause)
            } else {
                report.reachable = State::Good;
                let greeting = reach::greet(address, probe.deadline).await;
                silent(service, is_https, greeting, what, hint, report, finding)
            }
        }
        _ => {
            report.allowed = State::Bad;
            let cause = format!("the URL may be that of another service, or lack a path: {hint}");
            finding(what, &[service.key], cause)
        }
    };
    report.findings.push(found);
}

/// Somebody listens, and does not answer as a service does.
fn silent(
    service: &Service,
    is_https: bool,
    greeting: Greeting,
    what: String,
    hint: String,
    report: &mut Block,
    finding: impl Fn(String, &[&str], String) -> Finding,
) -> Finding {
    match (is_https, greeting) {
        (true, Greeting::Plain) => {
            report.tls = State::Bad;
            let what = format!("the service speaks no TLS on this port: {what}");
            finding(
                what,
                &[service.key],
                "write `http://`, or name the port with TLS".to_owned(),
            )
        }
        (false, Greeting::Tls) => {
            report.tls = State::Bad;
            let what = format!("the service speaks TLS on this port: {what}");
            finding(
                what,
                &[service.key],
                "write `https://`, or name the port without TLS".to_owned(),
            )
        }
        (true, Greeting::Tls) if what.contains("TLS") || what.contains("certificate") => {
            report.tls = State::Bad;
            let cause = "the certificate is signed by an authority that is not trusted here (name its file in \
                         `ca_file`), is for another name, or the service wants a client certificate (`cert_file` \
                         and `key_file`)";
            finding(what, &["tls", "ca_file"], cause.to_owned())
        }
        _ => {
            report.allowed = State::Bad;
            finding(what, &[service.key], hint)
        }
    }
}

/// The key of what proves who signs in.
fn secret(service: &Service) -> Vec<&'static str> {
    let auth = service.auth_key;
    match &service.auth {
        None => vec![auth],
        Some(HttpAuth::ApiKey { .. }) => vec![auth, "secret"],
        Some(HttpAuth::Basic { .. }) => vec![auth, "password"],
        Some(HttpAuth::Bearer { .. }) => vec![auth, "token"],
        Some(HttpAuth::Mtls) => vec!["tls", "cert_file"],
        Some(HttpAuth::OAuth(_)) => vec![auth, "client_secret"],
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
