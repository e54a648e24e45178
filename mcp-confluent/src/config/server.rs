//! What concerns the whole server: transports, limits, tools, outside hosts.

use std::{fmt, path::PathBuf, time::Duration};

use secrecy::SecretString;

use super::model::CloudEnvironment;

/// The `server:` section.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// How clients reach the server; never empty, each at most once.
    pub transports: Vec<Transport>,
    /// What is logged; `None` if neither the file nor `LOG_LEVEL` says.
    pub log_level: Option<LogLevel>,
    /// The wish not to be measured. This program never measures anyone; it is kept because files
    /// and environments carry it.
    pub do_not_track: bool,
    /// Where the HTTP transports listen.
    pub http: HttpConfig,
    /// Who may call over HTTP.
    pub auth: ServerAuth,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            transports: vec![Transport::Stdio],
            log_level: None,
            do_not_track: false,
            http: HttpConfig::default(),
            auth: ServerAuth::default(),
        }
    }
}

/// How clients reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Standard input and output.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// Server-sent events, which the protocol has deprecated.
    Sse,
}

impl Transport {
    pub(super) const ALL: [Self; 3] = [Self::Stdio, Self::Http, Self::Sse];

    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Sse => "sse",
        }
    }

    /// The transport called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|transport| transport.as_str() == name)
    }
}

/// What is logged: this and everything more severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Only what ends the program.
    Fatal,
    /// What failed.
    Error,
    /// What looks wrong.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    const ALL: [Self; 6] = [
        Self::Fatal,
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// Its name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// The level called `name`, in lower case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Where the HTTP transports listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// The port; 0 is any free one.
    pub port: u16,
    /// The address to bind.
    pub host: String,
    /// Path of streamable HTTP.
    pub mcp_endpoint: String,
    /// Path where an SSE stream starts.
    pub sse_endpoint: String,
    /// Path that SSE clients post to.
    pub sse_message_endpoint: String,
    /// HTTPS instead of HTTP.
    pub tls: Option<HttpTls>,
}

/// The certificate of the HTTP transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpTls {
    /// The certificate and its chain, PEM.
    pub cert_file: PathBuf,
    /// Its private key, PEM without a password.
    pub key_file: PathBuf,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            port: 8080,
            host: "127.0.0.1".to_owned(),
            mcp_endpoint: "/mcp".to_owned(),
            sse_endpoint: "/sse".to_owned(),
            sse_message_endpoint: "/messages".to_owned(),
            tls: None,
        }
    }
}

/// Who may call over HTTP.
#[derive(Debug, Clone)]
pub struct ServerAuth {
    /// The key that clients must send; at least 32 characters.
    pub api_key: Option<SecretString>,
    /// Nobody is asked for a key.
    pub disabled: bool,
    /// Host names that requests may be addressed to.
    pub allowed_hosts: Vec<String>,
    /// Access tokens are accepted too.
    pub oauth: Option<ServerOAuth>,
    /// How many requests a minute one caller may send; `None` sets no limit.
    pub requests_per_minute: Option<u32>,
}

/// Whose access tokens are accepted over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOAuth {
    /// Who issues them: the `iss` of each.
    pub issuer: String,
    /// Whom they have to be for, the `aud` of each: the URL of this server as clients know it.
    pub audience: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: String,
}

impl Default for ServerAuth {
    fn default() -> Self {
        Self {
            api_key: None,
            disabled: false,
            allowed_hosts: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            oauth: None,
            requests_per_minute: None,
        }
    }
}

/// The `safety:` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetyConfig {
    /// Who has to agree before something is destroyed.
    pub confirm: Confirm,
    /// How long a call may take unless its tool says otherwise.
    pub default_timeout: Duration,
    /// How large the text of a result may grow, in bytes.
    pub max_result_bytes: usize,
    /// Where every changing call is recorded, one JSON line each.
    pub audit_file: Option<PathBuf>,
}

impl Default for SafetyConfig {
    fn default() -> Self {
        Self {
            confirm: Confirm::Ask,
            default_timeout: Duration::from_mins(1),
            max_result_bytes: 100_000,
            audit_file: None,
        }
    }
}

/// Who has to agree before something is destroyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Confirm {
    /// A person if the client can ask one, otherwise a second call with a token.
    #[default]
    Ask,
    /// A person; where none can be asked, nothing happens.
    Require,
    /// Nobody.
    Never,
}

/// The `tools:` section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolsConfig {
    /// Categories that are on; empty means all.
    pub enable: Vec<String>,
    /// Categories that are off, even if enabled above.
    pub disable: Vec<String>,
    /// Tools that are marked experimental are listed too.
    pub experimental: bool,
    /// `tools/list` says what results look like; without, it is half as long.
    pub output_schemas: bool,
}

impl Default for ToolsConfig {
    fn default() -> Self {
        Self {
            enable: Vec::new(),
            disable: Vec::new(),
            experimental: false,
            output_schemas: true,
        }
    }
}

impl ToolsConfig {
    /// Whether tools of `category` (`kafka`, `schema-registry`, …) are on.
    pub fn allows_category(&self, category: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == category);
        (self.enable.is_empty() || named(&self.enable)) && !named(&self.disable)
    }
}

/// The `endpoints:` section: every outside host that no connection names, without a slash at the
/// end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where a person signs in, if it is not the usual host; see [`Endpoints::login`].
    pub login: Option<String>,
    /// Where API keys and sign-ins are exchanged, if it is not the usual host; see
    /// [`Endpoints::session`].
    pub session: Option<String>,
    /// The control plane for sign-ins, if it is not the usual host; see [`Endpoints::cloud`].
    pub cloud: Option<String>,
    /// The metrics for sign-ins, if they are not at the usual host; see [`Endpoints::telemetry`].
    pub telemetry: Option<String>,
    /// Flink for sign-ins, if it is not at the usual hosts; see [`Endpoints::flink`].
    pub flink: Option<String>,
    /// Connector logs of Confluent Cloud.
    pub logging: String,
    /// The product documentation.
    pub docs: String,
    /// The developer site and its search.
    pub developer: String,
    /// The support site and its search.
    pub support: String,
    /// The search behind the product documentation.
    pub docs_search: String,
    /// The key of that search, which its own web page shows to everybody; without one it is not asked.
    pub docs_search_key: Option<String>,
}

impl Endpoints {
    /// Where a person signs in to the given Confluent Cloud.
    pub fn login(&self, environment: CloudEnvironment) -> &str {
        self.login.as_deref().unwrap_or(match environment {
            CloudEnvironment::Devel => "https://login.confluent-dev.io",
            CloudEnvironment::Stag => "https://login-stag.confluent-dev.io",
            CloudEnvironment::Prod => "https://login.confluent.io",
        })
    }

    /// Where API keys and sign-ins are exchanged for short-lived tokens.
    pub fn session(&self, environment: CloudEnvironment) -> String {
        let usual = || format!("https://{}", environment.domain());
        self.session.clone().unwrap_or_else(usual)
    }

    /// The control plane that a sign-in reaches.
    pub fn cloud(&self, environment: CloudEnvironment) -> String {
        let usual = || format!("https://api.{}", environment.domain());
        self.cloud.clone().unwrap_or_else(usual)
    }

    /// The metrics that a sign-in reaches.
    pub fn telemetry(&self, environment: CloudEnvironment) -> String {
        let usual = || format!("https://api.telemetry.{}", environment.domain());
        self.telemetry.clone().unwrap_or_else(usual)
    }

    /// The Flink that a sign-in reaches, with `{region}` and `{cloud}` for those of a compute pool.
    pub fn flink(&self, environment: CloudEnvironment) -> String {
        let usual = || {
            format!(
                "https://flink.{{region}}.{{cloud}}.{}",
                environment.domain()
            )
        };
        self.flink.clone().unwrap_or_else(usual)
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            login: None,
            session: None,
            cloud: None,
            telemetry: None,
            flink: None,
            logging: "https://api.logging.confluent.cloud".to_owned(),
            docs: "https://docs.confluent.io".to_owned(),
            developer: "https://developer.confluent.io".to_owned(),
            support: "https://support.confluent.io".to_owned(),
            docs_search: "https://search-api.swiftype.com".to_owned(),
            docs_search_key: None,
        }
    }
}
