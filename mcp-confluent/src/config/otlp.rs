//! The `otlp:` section and the variables of OpenTelemetry: where traces and metrics go, if anywhere.
//!
//! Nothing is sent unless the file or `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector. What the file
//! says wins over the variables, but for `OTEL_SDK_DISABLED`, which switches everything off.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;

use super::{
    assemble::Assembler,
    environment::Environment,
    found::{Data, Fields},
    problems::{Place, Problem},
    tls::TlsConfig,
    url::{self, percent_decoded},
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// Every variable that is read here.
pub(super) const VARIABLES: [&str; 6] = [
    ENDPOINT,
    HEADERS,
    PROTOCOL,
    SERVICE_NAME,
    RESOURCE_ATTRIBUTES,
    DISABLED,
];

/// The attribute that names this server.
const SERVICE: &str = "service.name";

/// The `otlp:` section: where traces and metrics go.
#[derive(Debug, Clone)]
pub struct OtlpConfig {
    /// Base URL of the collector; `None` sends nothing.
    pub endpoint: Option<String>,
    /// Sent with every request to it, by name in lower case.
    pub headers: BTreeMap<String, SecretString>,
    /// TLS beyond the system's trust store.
    pub tls: Option<TlsConfig>,
    /// Send traces.
    pub traces: bool,
    /// Send metrics.
    pub metrics: bool,
    /// Which part of the calls is traced whose client does not decide that, from 0 to 1.
    pub sample_ratio: f64,
    /// How often metrics are sent.
    pub interval: Duration,
    /// What is said about this process, `service.name` among it if somebody named it.
    pub resource: BTreeMap<String, String>,
}

impl Default for OtlpConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            headers: BTreeMap::new(),
            tls: None,
            traces: true,
            metrics: true,
            sample_ratio: 1.0,
            interval: Duration::from_mins(1),
            resource: BTreeMap::new(),
        }
    }
}

impl OtlpConfig {
    /// Adds what the environment says, and tells what is odd about it. `written` is where the section
    /// stands, if there is one.
    pub(super) fn take_environment(
        &mut self,
        environment: &Environment,
        written: Option<&Place>,
    ) -> Vec<Problem> {
        let given = |name| {
            let value = environment.get(name)?.trim();
            (!value.is_empty()).then_some(value)
        };
        if given(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            self.endpoint = None;
            return Vec::new();
        }
        let mut odd = Vec::new();
        let mut wrong = |name: &str, what: &str, fix: &str| {
            odd.push(Problem::new(Place::Variable(name.into()), "", what, fix));
        };
        if let Some(text) = given(ENDPOINT).filter(|_| self.endpoint.is_none()) {
            match url::parse(text) {
                _ if given(PROTOCOL) == Some("grpc") => wrong(
                    PROTOCOL,
                    "is `grpc`, which is not spoken here, so that nothing is sent to the collector",
                    "Set it to `http/protobuf`, and OTEL_EXPORTER_OTLP_ENDPOINT to the port for it, \
                     usually 4318.",
                ),
                Ok(endpoint) if endpoint.user.is_some() => wrong(
                    ENDPOINT,
                    "holds a user or password, and is not used",
                    "Put what the collector asks for into OTEL_EXPORTER_OTLP_HEADERS.",
                ),
                Ok(_) => self.endpoint = Some(text.to_owned()),
                Err((what, fix)) => wrong(ENDPOINT, &format!("{what}, and is not used"), fix),
            }
        } else if let Some(place) = written
            && self.endpoint.is_none()
            && (self.traces || self.metrics)
        {
            odd.push(Problem::new(
                place.clone(),
                "otlp",
                "names no collector, so that nothing is sent",
                format!("Write `endpoint`, or set {ENDPOINT}."),
            ));
        }
        if let Some(text) = given(HEADERS).filter(|_| self.headers.is_empty()) {
            for (name, value) in pairs(text) {
                let name = name.to_ascii_lowercase();
                match check_header(&name, &value) {
                    Ok(()) => drop(self.headers.insert(name, value.into())),
                    Err((what, _)) => odd.push(Problem::new(
                        Place::Variable(HEADERS.into()),
                        "",
                        format!("has an entry that {what}, which is not sent"),
                        "Write `name=value`, several with commas between them.",
                    )),
                }
            }
        }
        if let Some(name) = given(SERVICE_NAME) {
            let service = self.resource.entry(SERVICE.to_owned());
            service.or_insert_with(|| name.to_owned());
        }
        for (name, value) in given(RESOURCE_ATTRIBUTES).into_iter().flat_map(pairs) {
            if !name.is_empty() {
                self.resource.entry(name).or_insert(value);
            }
        }
        odd
    }
}

/// The pairs of a list as in `a=b,c=d`, percent-encoded.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            (percent_decoded(name.trim()), percent_decoded(value.trim()))
        })
}

/// Whether a header can be sent; the error says why not and what to write.
fn check_header(name: &str, value: &str) -> Result<(), (&'static str, &'static str)> {
    let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err((
            "is no name of a header",
            "Write letters, digits and hyphens, as in `x-api-key`.",
        ));
    }
    if value.is_empty() || !value.bytes().all(|c| (b' '..=b'~').contains(&c)) {
        return Err((
            "has a value that no header can have",
            "Write printable ASCII characters.",
        ));
    }
    Ok(())
}

impl Assembler<'_> {
    /// The `otlp` block.
    pub(super) fn otlp(&mut self, mut fields: Fields) -> OtlpConfig {
        let default = OtlpConfig::default();
        let tls = self.tls_of_http(&mut fields, "endpoint");
        let path = fields.path_of("headers");
        let mut headers = BTreeMap::new();
        for (name, found) in fields.map("headers").unwrap_or_default() {
            let Data::Text(value) = found.data else {
                continue;
            };
            match check_header(&name, &value) {
                Ok(()) => drop(headers.insert(name.to_ascii_lowercase(), value.into())),
                Err((what, fix)) => {
                    let path = [&path[..], &[name]].concat();
                    self.problems.error(&found.place, &path, what, fix);
                }
            }
        }
        let service = fields.text("service_name");
        OtlpConfig {
            endpoint: fields.text("endpoint"),
            headers,
            tls,
            traces: fields.flag("traces").unwrap_or(default.traces),
            metrics: fields.flag("metrics").unwrap_or(default.metrics),
            sample_ratio: fields.ratio("sample_ratio").unwrap_or(default.sample_ratio),
            interval: fields
                .integer("interval_seconds")
                .map_or(default.interval, Duration::from_secs),
            resource: service
                .map(|name| (SERVICE.to_owned(), name))
                .into_iter()
                .collect(),
        }
    }
}
