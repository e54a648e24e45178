//! Why a cluster that can be reached does not answer, or answers with a refusal.

use super::Check;
use crate::{
    cli::doctor::{
        reach::{self, Greeting},
        report::State,
        tls::{self, Certificate},
    },
    config::{ConfigSource, KafkaAuth, SecurityProtocol},
    error::{ErrorKind, ToolError},
};

impl Check<'_> {
    /// librdkafka does not take the settings at all.
    pub(super) fn wrong_settings(&mut self, error: &ToolError) {
        self.report.allowed = State::Bad;
        let what = error.message();
        let keys = self.kafka.extra_properties.keys();
        let named = keys
            .filter(|name| what.contains(*name))
            .max_by_key(|name| name.len());
        let mut key = vec!["kafka"];
        if let Some(name) = named {
            key.extend(["extra_properties", name]);
        }
        self.find(
            what,
            "this machine",
            &key,
            "librdkafka has no such setting, or not with this value: correct it or remove it",
        );
    }

    /// Why the identity provider gave no token.
    pub(super) fn no_token(&mut self, error: &ToolError) {
        self.report.signed_in = State::Bad;
        let endpoint = self
            .kafka
            .oauthbearer()
            .map(|it| it.credentials.token_endpoint.as_str());
        // A query may hold a key.
        let host = endpoint
            .and_then(|it| it.split('?').next())
            .unwrap_or_default();
        let (key, cause) = match error.kind() {
            ErrorKind::Unauthenticated | ErrorKind::Denied => (
                "client_secret",
                "the provider does not know this client, or not with this secret, or not for this `scope`",
            ),
            _ => (
                "token_endpoint",
                "the URL is not the provider's token endpoint, or the provider cannot be reached from here",
            ),
        };
        self.find(error.message(), host, &["kafka", "auth", key], cause);
    }

    /// Why the first question found no answer although somebody listens.
    pub(super) async fn explain(&mut self, error: &ToolError) {
        // The question has no arguments of its own.
        if error.kind() == ErrorKind::Argument {
            return self.wrong_settings(error);
        }
        let address = self.address.clone();
        let protocol = self.kafka.security_protocol();
        let what = error.message().to_owned();
        if error.kind() == ErrorKind::Unauthenticated {
            return self.explain_refusal(what, &address);
        }
        // The first four bytes that came, `HTTP`, read as a length.
        if what.contains("1213486160") {
            self.report.allowed = State::Bad;
            self.find(
                what,
                &address,
                &["kafka", "bootstrap_servers"],
                "this is the port of an HTTP service, and not of a Kafka listener: name that of the brokers",
            );
            return;
        }
        match (
            protocol.uses_tls(),
            reach::greet(&address, self.probe.deadline).await,
        ) {
            (true, Greeting::Plain) => self.explain_one_sided_tls(&what, &address, false),
            (false, Greeting::Tls) => self.explain_one_sided_tls(&what, &address, true),
            (true, Greeting::Tls) if is_about_tls(error) => {
                let seen = tls::certificate(&address, self.kafka.tls.as_ref(), self.probe.deadline);
                let seen = seen.await;
                self.explain_tls(what, &address, &seen);
            }
            _ if !protocol.uses_sasl() && protocol.uses_tls() => {
                self.report.signed_in = State::Bad;
                self.find(
                    what,
                    &address,
                    &["kafka", "tls", "cert_file"],
                    "the listener closes the connection after the TLS handshake: it wants a client certificate that \
                     it trusts (`cert_file` and `key_file`), or a sign-in (`auth`)",
                );
            }
            _ if !protocol.uses_sasl() => {
                self.report.signed_in = State::Bad;
                self.find(
                    what,
                    &address,
                    &["kafka", "auth"],
                    "the listener closes the connection: it most likely wants a sign-in, so write `auth`; or it is \
                     no Kafka listener at all",
                );
            }
            _ => {
                self.report.signed_in = State::Bad;
                let cause = format!(
                    "{}; the listener may want no sign-in, or be no Kafka listener at all",
                    error.hint_text().unwrap_or("nothing was answered")
                );
                self.find(what, &address, &["kafka", "auth"], cause);
            }
        }
    }

    /// One side speaks TLS, and the other does not.
    fn explain_one_sided_tls(&mut self, what: &str, address: &str, the_listener_does: bool) {
        self.report.tls = State::Bad;
        let sasl = self.kafka.security_protocol().uses_sasl();
        let protocol = SecurityProtocol::of(sasl, the_listener_does).as_str();
        let properties = &self.kafka.extra_properties;
        // Without a file there is no block to write.
        let of_variables = *self.probe.config.source() == ConfigSource::Environment;
        let (key, fix) = if properties.contains_key("security.protocol") {
            (
                "extra_properties",
                format!("write {protocol} as `security.protocol`"),
            )
        } else if of_variables {
            (
                "bootstrap_servers",
                format!("write `{protocol}://` in front of the brokers"),
            )
        } else {
            let fix = format!("write `tls: {{ enabled: {the_listener_does} }}` below `kafka`");
            if the_listener_does {
                let trust = "(with `ca_file` for an authority of your own)";
                ("tls", format!("{fix} {trust}"))
            } else if self.kafka.tls.is_some() {
                ("tls", fix)
            } else {
                ("auth", fix)
            }
        };
        let (what, cause) = if the_listener_does {
            (
                format!("the listener speaks TLS, and the connection does not: {what}"),
                fix,
            )
        } else {
            (
                format!("the listener speaks no TLS: {what}"),
                format!(
                    "{fix} if the listener is meant to be unencrypted, or name its TLS port in \
                     `bootstrap_servers`"
                ),
            )
        };
        self.find(what, address, &["kafka", key], cause);
    }

    /// Why a broker refuses the sign-in.
    fn explain_refusal(&mut self, what: String, address: &str) {
        if self.kafka.security_protocol().uses_tls() {
            self.report.tls = State::Good;
        }
        self.report.signed_in = State::Bad;
        let said = what.to_ascii_lowercase();
        let mechanism = ["unsupported", "not supported", "handshake failed"]
            .iter()
            .any(|it| said.contains(it));
        let unwanted = said.contains("current sasl state");
        let token = matches!(self.kafka.auth, KafkaAuth::OAuthBearer(_));
        let key: &[&str] = if mechanism && !unwanted {
            &["kafka", "auth", "type"]
        } else if unwanted || token {
            &["kafka", "auth"]
        } else {
            self.secret()
        };
        let cause = if unwanted {
            "this listener wants no sign-in: remove `auth`, or name the listener that wants one in \
             `bootstrap_servers`"
                .to_owned()
        } else if mechanism {
            "the broker does not offer this SASL mechanism: change `type`".to_owned()
        } else if token {
            "the provider gave a token that the brokers do not accept: check `scope`, `logical_cluster`, \
             `identity_pool` and `extensions`, and that the brokers trust this provider"
                .to_owned()
        } else {
            "the user or the password is wrong, or belongs to another cluster; an API key must be one for this \
             Kafka cluster"
                .to_owned()
        };
        self.find(what, address, key, cause);
    }

    /// Why TLS did not come about, or what came after it did not.
    fn explain_tls(&mut self, what: String, address: &str, seen: &Certificate) {
        let said = what.to_ascii_lowercase();
        let wants_certificate = [
            "certificate required",
            "bad certificate",
            "handshake failure",
            "certificate unknown",
            "unknown ca",
        ]
        .iter()
        .any(|alert| said.contains(alert));
        if wants_certificate {
            self.report.tls = State::Bad;
            self.find(
                what,
                address,
                &["kafka", "tls", "cert_file"],
                "the broker wants a client certificate that it trusts: name `cert_file` and `key_file`",
            );
        } else if let Some((cause, about_address)) = seen.cause() {
            self.report.tls = State::Bad;
            let key: &[&str] = if about_address {
                &["kafka", "bootstrap_servers"]
            } else {
                &["kafka", "tls", "ca_file"]
            };
            self.find(what, address, key, cause);
        } else if *seen == Certificate::Good && !self.kafka.security_protocol().uses_sasl() {
            self.report.tls = State::Good;
            self.report.signed_in = State::Bad;
            self.find(
                what,
                address,
                &["kafka", "auth"],
                "the listener closes the connection after the TLS handshake: it most likely wants a sign-in, so \
                 write `auth`; or it wants a client certificate (`cert_file` and `key_file` in `tls`)",
            );
        } else {
            self.report.tls = State::Bad;
            self.find(
                what,
                address,
                &["kafka", "tls"],
                "check the files in the `tls` block, and the port",
            );
        }
    }

    /// The key of what proves it.
    fn secret(&self) -> &'static [&'static str] {
        match &self.kafka.auth {
            KafkaAuth::ApiKey { .. } => &["kafka", "auth", "secret"],
            KafkaAuth::Plain { .. } | KafkaAuth::Scram { .. } => &["kafka", "auth", "password"],
            KafkaAuth::OAuthBearer(_) => &["kafka", "auth", "client_secret"],
            KafkaAuth::Gssapi { .. } => &["kafka", "auth", "keytab_file"],
            KafkaAuth::Mtls => &["kafka", "tls", "key_file"],
            // The mechanism is an extra property, and so is what it takes.
            KafkaAuth::None => &["kafka", "extra_properties"],
        }
    }
}

/// Whether librdkafka failed at TLS, and not before or after it.
fn is_about_tls(error: &ToolError) -> bool {
    let message = error.message().to_ascii_lowercase();
    error.code_text() == Some("_SSL") || message.contains("ssl") || message.contains("certificate")
}
