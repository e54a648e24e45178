//! The services that are reached over HTTP.

use super::{
    Probe,
    reach::{self, Greeting},
    report::{Block, Finding, State},
};
use crate::config::{DirectServices, HttpAuth};

/// A service of a connection.
pub(super) struct Service {
    /// Its block in the configuration.
    block: &'static str,
    /// The key of its URL.
    key: &'static str,
    endpoint: String,
    signs_in: bool,
}

/// The services that have a URL.
pub(super) fn services(services: &DirectServices) -> Vec<Service> {
    let DirectServices { kafka, schema_registry, confluent_cloud, tableflow: _, telemetry, flink } =
        services;
    let service = |block, key, endpoint: &String, auth: Option<&HttpAuth>| Service {
        block,
        key,
        endpoint: endpoint.clone(),
        signs_in: auth.is_some(),
    };
    let kafka = kafka.as_ref().and_then(|kafka| {
        let endpoint = kafka.rest_endpoint.as_ref()?;
        Some(service("kafka", "rest_endpoint", endpoint, kafka.rest_auth.as_ref()))
    });
    let registry = schema_registry
        .as_ref()
        .map(|it| service("schema_registry", "endpoint", &it.endpoint, it.auth.as_ref()));
    let cloud = confluent_cloud
        .as_ref()
        .map(|it| service("confluent_cloud", "endpoint", &it.endpoint, Some(&it.auth)));
    let telemetry =
        telemetry.as_ref().map(|it| service("telemetry", "endpoint", &it.endpoint, Some(&it.auth)));
    let flink = flink.as_ref().map(|it| service("flink", "endpoint", &it.endpoint, it.auth.as_ref()));
    [kafka, registry, cloud, telemetry, flink].into_iter().flatten().collect()
}

pub(super) async fn check(probe: &Probe, service: Service) -> Block {
    let name = if service.key == "rest_endpoint" { "kafka REST" } else { service.block };
    let mut report = Block::new(probe.connection.id(), name, service.endpoint.clone());
    let key = [service.block, service.key];
    let finding = |what: String, host: &str, cause: &str| Finding {
        what,
        host: host.to_owned(),
        key: key.join("."),
        place: probe.place(&key),
        cause: cause.to_owned(),
    };
    if !service.signs_in {
        report.signed_in = State::Unused;
    }
    let (is_https, address) = address(&service.endpoint);
    if !is_https {
        report.tls = State::Unused;
    }
    if let Err(failure) = reach::connect(&address, probe.deadline).await {
        report.reachable = State::Bad;
        report.findings.push(finding(failure.what(), &address, failure.cause()));
        return report;
    }
    report.reachable = State::Good;
    match (is_https, reach::greet(&address, probe.deadline).await) {
        (true, Greeting::Plain) => {
            report.tls = State::Bad;
            let what = "the service speaks no TLS on this port".to_owned();
            report.findings.push(finding(what, &address, "write `http://`, or name the TLS port"));
        }
        (false, Greeting::Tls) => {
            report.tls = State::Bad;
            let what = "the service speaks TLS on this port".to_owned();
            report.findings.push(finding(what, &address, "write `https://`, or name the port without TLS"));
        }
        _ => report.add_note("the certificate, the sign-in and the permissions are not checked yet"),
    }
    report
}

/// Whether a URL is one of TLS, and its `host:port`.
fn address(url: &str) -> (bool, String) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let is_https = scheme.eq_ignore_ascii_case("https");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let port = if is_https { 443 } else { 80 };
    (is_https, if has_port { host.to_owned() } else { format!("{host}:{port}") })
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
