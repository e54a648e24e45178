//! The rules of the `server:` section.

use super::{
    assemble::Assembler,
    found::Fields,
    problems::Place,
    server::{HttpConfig, HttpTls, LogLevel, ServerAuth, ServerConfig, ServerOAuth, Transport},
};

impl Assembler<'_> {
    /// Builds the section.
    pub(super) fn server(&mut self, mut fields: Fields) -> ServerConfig {
        let transports = fields.texts("transports").map(|names| {
            names
                .iter()
                .filter_map(|name| Transport::named(name))
                .collect()
        });
        let default = ServerConfig::default();
        ServerConfig {
            transports: transports.unwrap_or(default.transports),
            log_level: fields
                .text("log_level")
                .and_then(|name| LogLevel::named(&name)),
            do_not_track: fields.flag("do_not_track").unwrap_or_default(),
            http: fields
                .block("http")
                .map_or(default.http, |block| self.http(block)),
            auth: fields
                .block("auth")
                .map_or(default.auth, |block| self.server_auth(block)),
        }
    }

    fn server_auth(&mut self, mut fields: Fields) -> ServerAuth {
        let switch = match fields.place_of("disabled") {
            Place::Flag(flag) => (*flag).to_owned(),
            _ => "`disabled`".to_owned(),
        };
        let disabled = fields.flag("disabled").unwrap_or_default();
        for (name, what) in [("api_key", "key"), ("oauth", "token")] {
            if disabled && fields.has(name) {
                self.problems.error(
                    fields.place_of(name),
                    &fields.path_of(name),
                    format!(
                        "contradicts {switch}: no {what} is asked for when authentication is off"
                    ),
                    "Remove one of the two.",
                );
            }
        }
        let place = fields.place_of("allowed_hosts").clone();
        let hosts = fields.texts("allowed_hosts").map(|hosts| {
            hosts
                .into_iter()
                .map(|host| host.to_lowercase())
                .collect::<Vec<_>>()
        });
        if hosts.as_ref().is_some_and(Vec::is_empty) {
            self.problems.warn(
                &place,
                &fields.path_of("allowed_hosts"),
                "is empty, so that every HTTP request is refused",
                "Name the hosts that clients use, or remove the line.",
            );
        }
        ServerAuth {
            api_key: fields.text("api_key").map(Into::into),
            disabled,
            allowed_hosts: hosts.unwrap_or_else(|| ServerAuth::default().allowed_hosts),
            oauth: fields.block("oauth").and_then(|mut oauth| {
                Some(ServerOAuth {
                    issuer: oauth.text("issuer")?,
                    audience: oauth.text("audience")?,
                    jwks_url: oauth.text("jwks_url")?,
                })
            }),
            requests_per_minute: fields.integer("requests_per_minute"),
        }
    }

    fn http(&mut self, mut fields: Fields) -> HttpConfig {
        let default = HttpConfig::default();
        let tls = fields.block("tls").and_then(|mut tls| {
            Some(HttpTls {
                cert_file: self.file(&mut tls, "cert_file")?,
                key_file: self.file(&mut tls, "key_file")?,
            })
        });
        let mut path = |name: &str, default: String| {
            let place = fields.place_of(name).clone();
            let Some(text) = fields.text(name) else {
                return default;
            };
            // The reference takes a route without its slash, so files may have one.
            let path = if text.starts_with('/') {
                text
            } else {
                format!("/{text}")
            };
            if let Some((what, fix)) = wrong_path(&path) {
                self.problems
                    .error(&place, &fields.path_of(name), what, fix);
            }
            path
        };
        HttpConfig {
            tls,
            mcp_endpoint: path("mcp_endpoint", default.mcp_endpoint),
            sse_endpoint: path("sse_endpoint", default.sse_endpoint),
            sse_message_endpoint: path("sse_message_endpoint", default.sse_message_endpoint),
            port: fields.integer("port").unwrap_or(default.port),
            host: fields.text("host").unwrap_or(default.host),
        }
    }
}

/// Paths that the HTTP server answers itself; of the last, whatever is below it too.
const TAKEN: [&str; 5] = [
    "/ping",
    "/metrics",
    "/healthz",
    "/readyz",
    "/.well-known/oauth-protected-resource",
];

/// Why nothing can be served at `path`, and what to write instead.
pub(crate) fn wrong_path(path: &str) -> Option<(&'static str, &'static str)> {
    // RFC 3986 §3.3, without `:` and `*`, which routes are written with.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()+,;=@".contains(&byte);
    if !path.starts_with('/') || !path.bytes().all(fits) {
        return Some((
            "is no plain path of a URL",
            "Write it as `/mcp`: without a host, a query, spaces, placeholders and `*`.",
        ));
    }
    let below_metadata = path.starts_with("/.well-known/oauth-protected-resource/");
    let taken = TAKEN.contains(&path) || below_metadata;
    taken.then_some((
        "is a path that the server answers itself",
        "Write another one, such as `/mcp`.",
    ))
}
