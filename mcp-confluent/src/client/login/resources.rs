//! Where the services of a resource are: asked of the control plane, and known for a while.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Login, Plane, SignedIn};
use crate::{
    client::{
        cloud::CloudClient,
        http::{BaseUrl, Call, line},
    },
    config::{Endpoints, OAuthConnection},
    error::{ErrorKind, Result, ToolError},
};

/// How long an answer is used.
const KNOWN_FOR: Duration = Duration::from_mins(10);
/// How many of each kind are known.
const MOST_KNOWN: usize = 64;

/// What a sign-in reaches, and where it is.
pub struct Resources {
    login: Arc<Login>,
    cloud: CloudClient,
    endpoint: String,
    telemetry: String,
    flink: String,
    clusters: Known<ClusterPlace>,
    registries: Known<RegistryPlace>,
    flinks: Known<String>,
}

/// Where a Kafka cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterPlace {
    /// `host:port`, several with commas between them.
    pub bootstrap_servers: String,
    /// Whether the brokers speak TLS; only those of this machine may not.
    pub tls: bool,
}

/// Where a schema registry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryPlace {
    /// Its id, `lsrc-…`.
    pub id: String,
    /// Its URL.
    pub endpoint: String,
}

impl Resources {
    /// What `login` reaches. Nothing is asked yet.
    ///
    /// # Errors
    /// The endpoint of the control plane is no URL.
    pub fn new(login: Arc<Login>, oauth: &OAuthConnection, endpoints: &Endpoints) -> Result<Self> {
        let endpoint = endpoints.cloud(oauth.environment);
        let control = SignedIn::new(login.clone(), Plane::Control);
        Ok(Self {
            login,
            cloud: CloudClient::signed_in(&endpoint, control, true)?,
            endpoint,
            telemetry: endpoints.telemetry(oauth.environment),
            flink: endpoints.flink(oauth.environment),
            clusters: Known::default(),
            registries: Known::default(),
            flinks: Known::default(),
        })
    }

    /// The tokens of a plane.
    pub fn tokens(&self, plane: Plane) -> SignedIn {
        SignedIn::new(self.login.clone(), plane)
    }

    /// The URL of the control plane.
    pub fn control_plane(&self) -> &str {
        &self.endpoint
    }

    /// The URL of the metrics API.
    pub fn telemetry(&self) -> &str {
        &self.telemetry
    }

    /// The brokers of a cluster: `GET /cmk/v2/clusters/{id}`.
    pub async fn cluster(&self, call: &Call, environment: &str, id: &str) -> Result<ClusterPlace> {
        let key = format!("{environment}/{id}");
        if let Some(known) = self.clusters.get(&key) {
            return Ok(known);
        }
        let found = self.cloud.cluster(call, environment, id).await;
        let found = found.map_err(|error| {
            let doing = format!("look up the cluster `{}`", line(id, 80));
            unfound(
                error,
                &doing,
                "call list-environments, then list-clusters, for the ids",
            )
        })?;
        let Some(bootstrap) = found.spec.kafka_bootstrap_endpoint else {
            return Err(not_ready(&format!("the cluster `{id}` has no brokers yet")));
        };
        let place = cluster_place(&bootstrap)?;
        self.clusters.keep(key, place.clone());
        Ok(place)
    }

    /// The one registry of an environment: `GET /srcm/v3/clusters`.
    pub async fn registry(&self, call: &Call, environment: &str) -> Result<RegistryPlace> {
        if let Some(known) = self.registries.get(environment) {
            return Ok(known);
        }
        let found = self.cloud.registries(call, environment).await;
        let found = found.map_err(|error| {
            let doing = format!("look up the schema registry of `{}`", line(environment, 80));
            unfound(error, &doing, "call list-environments for the ids")
        })?;
        let [registry] = &found[..] else {
            return Err(if found.is_empty() {
                ToolError::not_found(format!("the environment `{environment}` has no schema registry"))
                    .hint("switch Stream Governance on in the environment, or give another `environmentId`")
            } else {
                ToolError::new(
                    ErrorKind::Unsupported,
                    format!(
                        "the environment `{environment}` has {} schema registries",
                        found.len()
                    ),
                )
                .hint("use a connection of `type: direct` that names one of them")
            });
        };
        let Some(endpoint) = &registry.spec.http_endpoint else {
            return Err(not_ready(&format!(
                "the schema registry `{}` has no endpoint yet",
                registry.id
            )));
        };
        let place = RegistryPlace {
            id: registry.id.clone(),
            endpoint: safe(endpoint)?,
        };
        self.registries.keep(environment.to_owned(), place.clone());
        Ok(place)
    }

    /// The URL of Flink in the region of a compute pool: `GET /fcpm/v2/compute-pools/{id}`.
    pub async fn flink(&self, call: &Call, environment: &str, pool: &str) -> Result<String> {
        let key = format!("{environment}/{pool}");
        if let Some(known) = self.flinks.get(&key) {
            return Ok(known);
        }
        let found = self.cloud.compute_pool(call, environment, pool).await;
        let found = found.map_err(|error| {
            let doing = format!("look up the compute pool `{}`", line(pool, 80));
            unfound(
                error,
                &doing,
                "call list-environments, then list-compute-pools, for the ids",
            )
        })?;
        let (Some(cloud), Some(region)) = (found.spec.cloud, found.spec.region) else {
            return Err(not_ready(&format!(
                "the compute pool `{pool}` has no region yet"
            )));
        };
        let endpoint = safe(&flink_url(&self.flink, &cloud, &region)?)?;
        self.flinks.keep(key, endpoint.clone());
        Ok(endpoint)
    }
}

/// What was asked a while ago, at most [`MOST_KNOWN`] of it.
struct Known<T>(Mutex<HashMap<String, (T, Instant)>>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Known<T> {
    fn get(&self, key: &str) -> Option<T> {
        self.get_at(key, Instant::now())
    }

    fn get_at(&self, key: &str, now: Instant) -> Option<T> {
        let known = self.0.lock();
        let (value, since) = known.get(key)?;
        (now - *since < KNOWN_FOR).then(|| value.clone())
    }

    fn keep(&self, key: String, value: T) {
        self.keep_at(key, value, Instant::now());
    }

    fn keep_at(&self, key: String, value: T, now: Instant) {
        let known = &mut *self.0.lock();
        known.retain(|_, (_, since)| now - *since < KNOWN_FOR);
        if known.len() >= MOST_KNOWN {
            let oldest = known.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                known.remove(&oldest);
            }
        }
        known.insert(key, (value, now));
    }
}

/// The brokers of a bootstrap endpoint, which may have a protocol in front. Tokens are sent in the
/// clear to this machine alone.
fn cluster_place(bootstrap: &str) -> Result<ClusterPlace> {
    let (protocol, servers) = bootstrap.split_once("://").unwrap_or(("", bootstrap));
    let clear = protocol.eq_ignore_ascii_case("SASL_PLAINTEXT");
    if clear {
        for server in servers.split(',') {
            safe(&format!("http://{}", server.trim()))?;
        }
    }
    Ok(ClusterPlace {
        bootstrap_servers: servers.to_owned(),
        tls: !clear,
    })
}

fn flink_url(template: &str, cloud: &str, region: &str) -> Result<String> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if !is_word(cloud) || !is_word(region) {
        return Err(ToolError::new(
            ErrorKind::Upstream,
            format!(
                "the control plane says that the compute pool is in the region `{}` of `{}`",
                line(region, 80),
                line(cloud, 80)
            ),
        ));
    }
    Ok(template
        .replace("{region}", &region.to_ascii_lowercase())
        .replace("{cloud}", &cloud.to_ascii_lowercase()))
}

/// A URL that tokens may be sent to: over TLS, or to this machine.
fn safe(url: &str) -> Result<String> {
    let parsed = BaseUrl::parse(url)?;
    let over_tls = url
        .get(..8)
        .is_some_and(|it| it.eq_ignore_ascii_case("https://"));
    if over_tls || parsed.is_loopback() {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    Err(ToolError::new(
        ErrorKind::Refused,
        format!(
            "no token is sent to {}, because it speaks no TLS",
            parsed.host()
        ),
    ))
}

/// The error of a look-up; ids that lead nowhere are what `list` is for.
fn unfound(error: ToolError, doing: &str, list: &'static str) -> ToolError {
    let error = error.context(doing);
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::Argument | ErrorKind::Denied => error.hint(list),
        _ => error,
    }
}

fn not_ready(message: &str) -> ToolError {
    ToolError::new(ErrorKind::Conflict, message.to_owned())
        .hint("wait until it is provisioned, then call again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_leave_this_machine_over_tls_only() {
        for good in [
            "https://pkc-1.aws.confluent.cloud:443",
            "HTTPS://x",
            "http://127.0.0.1:1/",
        ] {
            assert!(safe(good).is_ok(), "{good}");
        }
        for bad in ["http://pkc-1.aws.confluent.cloud", "ftp://x", "", "x:1"] {
            assert!(safe(bad).is_err(), "{bad}");
        }
        let place = cluster_place("SASL_SSL://pkc-1:9092").expect("a cluster");
        assert_eq!(
            (place.bootstrap_servers.as_str(), place.tls),
            ("pkc-1:9092", true)
        );
        assert!(cluster_place("pkc-1:9092").expect("a cluster").tls);
        assert!(
            !cluster_place("SASL_PLAINTEXT://127.0.0.1:9092")
                .expect("it")
                .tls
        );
        assert!(cluster_place("SASL_PLAINTEXT://pkc-1:9092").is_err());
        assert!(cluster_place("SASL_PLAINTEXT://127.0.0.1:1,pkc-1:9092").is_err());
        assert!(cluster_place("PLAINTEXT://pkc-1:9092").expect("it").tls);
    }

    #[test]
    fn the_url_of_flink_is_made_of_words() {
        let template = "https://flink.{region}.{cloud}.confluent.cloud";
        assert_eq!(
            flink_url(template, "AWS", "eu-central-1").expect("a URL"),
            "https://flink.eu-central-1.aws.confluent.cloud"
        );
        for bad in ["", "evil.example.com/", "a b", "x@y"] {
            assert!(flink_url(template, "AWS", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_known_is_bounded_in_time_and_number() {
        let known = Known::default();
        let mut now = Instant::now();
        known.keep_at("a".to_owned(), 1, now);
        assert_eq!(known.get("a"), Some(1));
        now += KNOWN_FOR;
        assert_eq!(known.get_at("a", now), None);
        for number in 0..=MOST_KNOWN {
            now += Duration::from_millis(1);
            known.keep_at(number.to_string(), number, now);
        }
        assert_eq!(known.get_at("0", now), None, "the oldest made room");
        assert_eq!(known.get_at("1", now), Some(1));
        assert_eq!(known.0.lock().len(), MOST_KNOWN);
    }
}
