//! From the keys that were found to the model: defaults, what follows from what, and the rules
//! that join several keys.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;

use super::{
    found::{Data, Fields, Found},
    glob::Glob,
    kafka_block::kafka,
    model::{
        CloudEnvironment, Config, ConnectionConfig, ConnectionKind, DirectServices, Extensions,
        OAuthConnection, TokenStore,
    },
    problems::Problems,
    server::{Confirm, Endpoints, SafetyConfig, ToolsConfig},
    services::{
        ClientCredentials, ConfluentCloudBlock, DEFAULT_CLOUD_ENDPOINT, DEFAULT_TELEMETRY_ENDPOINT,
        FlinkBlock, HttpAuth, SchemaRegistryBlock, TableflowBlock, TelemetryBlock,
    },
    tls::TlsConfig,
    url,
};

/// Builds the model and reports what only shows when keys are seen together.
pub(super) struct Assembler<'run> {
    pub(super) problems: &'run mut Problems,
    /// What relative paths start at.
    pub(super) folder: &'run Path,
}

impl Assembler<'_> {
    /// The whole configuration. What could not be built is left out; the problems say why.
    pub(super) fn config(&mut self, mut root: Fields) -> Config {
        let mut connections = Vec::new();
        let mut oauth_was_seen = false;
        for (id, found) in root.map("connections").unwrap_or_default() {
            let Data::Block(fields) = found.data else {
                continue;
            };
            if fields.kind == "oauth" && std::mem::replace(&mut oauth_was_seen, true) {
                self.problems.error(
                    &fields.place,
                    &fields.path,
                    "is a second connection of `type: oauth`, and there can be one",
                    "Use API keys (`type: direct`) for the other.",
                );
            }
            connections.push(self.connection(id, fields));
        }
        Config {
            connections,
            server: root
                .block("server")
                .map(|fields| self.server(fields))
                .unwrap_or_default(),
            safety: root
                .block("safety")
                .map(|fields| self.safety(fields))
                .unwrap_or_default(),
            tools: root.block("tools").map(tools).unwrap_or_default(),
            endpoints: root.block("endpoints").map(endpoints).unwrap_or_default(),
            otlp: root
                .block("otlp")
                .map(|fields| self.otlp(fields))
                .unwrap_or_default(),
            extensions: Extensions(any_entries(root.map("extensions"))),
            ..Config::default()
        }
    }

    fn connection(&mut self, id: String, mut fields: Fields) -> ConnectionConfig {
        let mut connection = ConnectionConfig::direct(id, DirectServices::default());
        connection.description = fields.text("description");
        connection.read_only = fields.flag("read_only").unwrap_or_default();
        connection.allow_tools = fields.texts("allow_tools").unwrap_or_default();
        connection.block_tools = fields.texts("block_tools").unwrap_or_default();
        if let Some(patterns) = fields.texts("protected_topics") {
            connection.protected_topics = patterns.into_iter().map(Glob::new).collect();
        }
        connection.kind = if fields.kind == "oauth" {
            ConnectionKind::OAuth(self.sign_in(&mut fields))
        } else {
            ConnectionKind::Direct(Box::new(self.services(&mut fields)))
        };
        connection
    }

    fn sign_in(&mut self, fields: &mut Fields) -> OAuthConnection {
        let environment = fields.text("ccloud_env");
        let environment = environment.and_then(|name| CloudEnvironment::named(&name));
        let mut oauth = OAuthConnection::new(environment.unwrap_or_default());
        oauth.kafka_debug = fields.text("kafka_debug");
        if let Some(client) = fields.text("client_id") {
            oauth.client_id = client;
        }
        if let Some(port) = fields.integer("callback_port") {
            oauth.callback_port = port;
        }
        let no_path = |c: char| !c.is_ascii_graphic() || matches!(c, '?' | '#');
        if fields
            .peek_text("callback_path")
            .is_some_and(|path| path.contains(no_path))
        {
            self.problems.error(
                fields.place_of("callback_path"),
                &fields.path_of("callback_path"),
                "is no path of a URL",
                "Write it as `/callback`.",
            );
        } else if let Some(path) = fields.text("callback_path") {
            oauth.callback_path = format!("/{}", path.trim_start_matches('/'));
        }
        oauth.open_browser = fields.flag("open_browser").unwrap_or(true);
        oauth.token_store = self.token_store(fields);
        oauth
    }

    fn token_store(&mut self, fields: &mut Fields) -> TokenStore {
        let (place, path) = (
            fields.place_of("token_file").clone(),
            fields.path_of("token_file"),
        );
        let store = fields.text("token_store");
        let file = self.file(fields, "token_file");
        match (store.as_deref(), file) {
            (Some("file"), Some(file)) => return TokenStore::File(file),
            (Some("file"), None) if !fields.failed => self.problems.error(
                &place,
                &path,
                "is missing, and `token_store: file` needs it",
                "Name a file; it is made so that its owner alone can read it.",
            ),
            (store, Some(_)) if store.is_some() || !fields.failed => self.problems.error(
                &place,
                &path,
                "has no effect without `token_store: file`",
                "Write that too, or remove this line.",
            ),
            (Some("memory"), None) => return TokenStore::Memory,
            _ => {}
        }
        TokenStore::Keyring
    }

    fn services(&mut self, fields: &mut Fields) -> DirectServices {
        let cloud_was_written = fields.has("confluent_cloud");
        let confluent_cloud = fields
            .block("confluent_cloud")
            .and_then(|block| self.confluent_cloud(block));
        let telemetry = match fields.block("telemetry") {
            Some(block) => self.telemetry(block, confluent_cloud.as_ref(), cloud_was_written),
            None => confluent_cloud.as_ref().map(|cloud| TelemetryBlock {
                endpoint: DEFAULT_TELEMETRY_ENDPOINT.to_owned(),
                auth: cloud.auth.clone(),
                derived: true,
                tls: cloud.tls.clone().filter(|tls| tls.enabled),
            }),
        };
        DirectServices {
            kafka: fields.block("kafka").map(|block| kafka(self, block)),
            schema_registry: fields
                .block("schema_registry")
                .and_then(|block| self.schema_registry(block)),
            confluent_cloud,
            tableflow: fields.block("tableflow").and_then(|mut block| {
                let auth = self.auth_of(&mut block, "auth", None)?;
                Some(TableflowBlock { auth })
            }),
            telemetry,
            flink: fields.block("flink").and_then(|block| self.flink(block)),
        }
    }

    fn schema_registry(&mut self, mut fields: Fields) -> Option<SchemaRegistryBlock> {
        let tls = self.tls_of_http(&mut fields, "endpoint");
        let parsed = fields.peek_text("endpoint");
        let parsed = parsed.and_then(|text| url::parse_all(text).ok());
        let (urls, user) = parsed.map(|parsed| (parsed.urls, parsed.user)).unzip();
        let user = user.flatten();
        let auth = self.auth_beside(&mut fields, "endpoint", "auth", tls.as_ref(), user);
        Some(SchemaRegistryBlock {
            endpoints: urls?,
            auth,
            tls,
        })
    }

    fn confluent_cloud(&mut self, mut fields: Fields) -> Option<ConfluentCloudBlock> {
        let tls = self.tls_of_http(&mut fields, "endpoint");
        let auth = self.auth_of(&mut fields, "auth", tls.as_ref());
        let endpoint = fields.text("endpoint");
        Some(ConfluentCloudBlock {
            endpoint: endpoint.unwrap_or_else(|| DEFAULT_CLOUD_ENDPOINT.to_owned()),
            auth: auth?,
            organization_id: fields.text("organization_id"),
            tls,
        })
    }

    fn telemetry(
        &mut self,
        mut fields: Fields,
        cloud: Option<&ConfluentCloudBlock>,
        cloud_was_written: bool,
    ) -> Option<TelemetryBlock> {
        let tls = self.tls_of_http(&mut fields, "endpoint");
        let says_nothing = !fields.has("auth") && !fields.has("endpoint") && !fields.failed;
        let auth = self
            .auth_of(&mut fields, "auth", tls.as_ref())
            .or_else(|| cloud.map(|cloud| cloud.auth.clone()));
        if says_nothing {
            self.problems.error(
                &fields.place,
                &fields.path,
                "is empty",
                "Write `endpoint`, `auth` or both, or remove the block.",
            );
        } else if auth.is_none() && !fields.failed && !cloud_was_written {
            self.problems.error(
                &fields.place,
                &fields.path_of("auth"),
                "is missing, and there is no `confluent_cloud.auth` to use instead",
                "Give it a Cloud API key in `auth`.",
            );
        }
        let endpoint = fields.text("endpoint");
        Some(TelemetryBlock {
            endpoint: endpoint.unwrap_or_else(|| DEFAULT_TELEMETRY_ENDPOINT.to_owned()),
            auth: auth?,
            derived: false,
            tls,
        })
    }

    fn flink(&mut self, mut fields: Fields) -> Option<FlinkBlock> {
        let tls = self.tls_of_http(&mut fields, "endpoint");
        let auth = self.auth_of(&mut fields, "auth", tls.as_ref());
        Some(FlinkBlock {
            endpoint: fields.text("endpoint")?,
            auth,
            environment_id: fields.text("environment_id")?,
            organization_id: fields.text("organization_id")?,
            compute_pool_id: fields.text("compute_pool_id")?,
            catalog_name: fields.text("catalog_name"),
            database_name: fields.text("database_name"),
            tls,
        })
    }

    /// The way to sign in at the URL under `endpoint`: what `auth` says, else the user and password
    /// in the URL.
    pub(super) fn auth_beside(
        &mut self,
        fields: &mut Fields,
        endpoint: &str,
        auth: &str,
        tls: Option<&TlsConfig>,
        user: Option<(String, SecretString)>,
    ) -> Option<HttpAuth> {
        let auth_was_written = fields.has(auth);
        let named = self.auth_of(fields, auth, tls);
        let Some((username, password)) = user else {
            return named;
        };
        if auth_was_written {
            self.problems.warn(
                fields.place_of(endpoint),
                &fields.path_of(endpoint),
                "holds a user, but `auth` says how to sign in",
                "The user in the URL is not used: remove it.",
            );
            return named;
        }
        Some(HttpAuth::Basic { username, password })
    }

    /// How to sign in to an HTTP service; `None` also for `type: none`.
    pub(super) fn auth_of(
        &mut self,
        fields: &mut Fields,
        name: &str,
        tls: Option<&TlsConfig>,
    ) -> Option<HttpAuth> {
        let mut auth = fields.block(name)?;
        match auth.kind {
            "api_key" => Some(HttpAuth::ApiKey {
                key: auth.text("key")?.into(),
                secret: auth.text("secret")?.into(),
            }),
            "basic" => Some(HttpAuth::Basic {
                username: auth.text("username")?,
                password: auth.text("password")?.into(),
            }),
            "bearer" => Some(HttpAuth::Bearer {
                token: auth.text("token")?.into(),
            }),
            "oauth" => Some(HttpAuth::OAuth(client_credentials(&mut auth)?)),
            "mtls" => {
                self.require_certificate(&auth, tls);
                Some(HttpAuth::Mtls)
            }
            _ => None,
        }
    }

    /// Reports `type: mtls` without a certificate to show.
    pub(super) fn require_certificate(&mut self, auth: &Fields, tls: Option<&TlsConfig>) {
        if tls.is_none_or(|tls| tls.cert_file.is_none() || !tls.enabled) {
            self.problems.error(
                &auth.place,
                &auth.path,
                "is `mtls`, but there is no certificate to show",
                "Write a `tls` block beside it with `cert_file` and `key_file`.",
            );
        }
    }

    /// The `tls` block of an HTTP service, whose URL says whether there is TLS.
    pub(super) fn tls_of_http(&mut self, fields: &mut Fields, endpoint: &str) -> Option<TlsConfig> {
        let place = fields.place_of("tls").clone();
        let path = fields.path_of("tls");
        let tls = self.tls(fields)?;
        let url = fields.peek_text(endpoint).map(str::to_ascii_lowercase);
        let in_the_clear = url.is_some_and(|url| url.starts_with("http://"));
        if tls.enabled && in_the_clear {
            self.problems.error(
                &place,
                &path,
                format!("has no effect, because `{endpoint}` starts with `http://`"),
                format!("Write `https://` in `{endpoint}`, or remove this block."),
            );
        } else if !tls.enabled && !in_the_clear {
            self.problems.error(
                &place,
                &path,
                format!("is switched off, but `{endpoint}` is not an `http://` URL"),
                format!("Write `http://` in `{endpoint}`, or remove `enabled`."),
            );
        }
        Some(tls)
    }

    /// The `tls` block.
    pub(super) fn tls(&mut self, fields: &mut Fields) -> Option<TlsConfig> {
        let mut tls = fields.block("tls")?;
        for (one, other) in [
            ("cert_file", "key_file"),
            ("key_file", "cert_file"),
            ("key_password", "key_file"),
        ] {
            if tls.has(one) && !tls.has(other) {
                self.problems.error(
                    tls.place_of(one),
                    &tls.path_of(one),
                    format!("stands alone: it needs `{other}` beside it"),
                    "A file that holds both certificate and key is named in both.",
                );
            }
        }
        Some(TlsConfig {
            enabled: tls.flag("enabled").unwrap_or(true),
            ca_file: self.file(&mut tls, "ca_file"),
            cert_file: self.file(&mut tls, "cert_file"),
            key_file: self.file(&mut tls, "key_file"),
            key_password: tls.text("key_password").map(Into::into),
            insecure_skip_verify: tls.flag("insecure_skip_verify").unwrap_or_default(),
        })
    }

    /// A file, seen from the folder of the configuration.
    pub(super) fn file(&self, fields: &mut Fields, name: &str) -> Option<PathBuf> {
        fields.text(name).map(|file| self.folder.join(file))
    }

    fn safety(&mut self, mut fields: Fields) -> SafetyConfig {
        let default = SafetyConfig::default();
        SafetyConfig {
            confirm: match fields.text("confirm").as_deref() {
                Some("require") => Confirm::Require,
                Some("never") => Confirm::Never,
                _ => Confirm::Ask,
            },
            default_timeout: fields
                .integer("default_timeout_seconds")
                .map_or(default.default_timeout, Duration::from_secs),
            max_result_bytes: fields
                .integer("max_result_bytes")
                .unwrap_or(default.max_result_bytes),
            audit_file: self.file(&mut fields, "audit_file"),
        }
    }
}

/// The client credentials of an `auth` block.
pub(super) fn client_credentials(auth: &mut Fields) -> Option<ClientCredentials> {
    Some(ClientCredentials {
        token_endpoint: auth.text("token_endpoint")?,
        client_id: auth.text("client_id")?,
        client_secret: auth.text("client_secret")?.into(),
        scope: auth.text("scope"),
        logical_cluster: auth.text("logical_cluster"),
        identity_pool: auth.text("identity_pool"),
    })
}

fn tools(mut fields: Fields) -> ToolsConfig {
    ToolsConfig {
        enable: fields.texts("enable").unwrap_or_default(),
        disable: fields.texts("disable").unwrap_or_default(),
        experimental: fields.flag("experimental").unwrap_or_default(),
        output_schemas: fields.flag("output_schemas").unwrap_or(true),
    }
}

fn endpoints(mut fields: Fields) -> Endpoints {
    let docs_search_key = fields.text("docs_search_key");
    let mut host = |name: &str| {
        let url = fields.text(name)?;
        Some(url.trim_end_matches('/').to_owned())
    };
    let default = Endpoints::default();
    Endpoints {
        login: host("login"),
        session: host("session"),
        cloud: host("cloud"),
        telemetry: host("telemetry"),
        flink: host("flink"),
        logging: host("logging").unwrap_or(default.logging),
        docs: host("docs").unwrap_or(default.docs),
        developer: host("developer").unwrap_or(default.developer),
        support: host("support").unwrap_or(default.support),
        docs_search: host("docs_search").unwrap_or(default.docs_search),
        docs_search_key,
    }
}

/// The texts of a map with free keys.
pub(super) fn text_entries(map: Option<Vec<(String, Found)>>) -> BTreeMap<String, String> {
    entries(map, |data| match data {
        Data::Text(text) => Some(text),
        _ => None,
    })
}

fn any_entries(map: Option<Vec<(String, Found)>>) -> BTreeMap<String, serde_json::Value> {
    entries(map, |data| match data {
        Data::Any(value) => Some(value),
        _ => None,
    })
}

fn entries<T>(
    map: Option<Vec<(String, Found)>>,
    read: impl Fn(Data) -> Option<T>,
) -> BTreeMap<String, T> {
    map.unwrap_or_default()
        .into_iter()
        .filter_map(|(name, found)| Some((name, read(found.data)?)))
        .collect()
}
