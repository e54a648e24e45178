//! Whether a librdkafka client can reach its cluster, and if not, why.
//!
//! The calls of librdkafka only say that they timed out. The reason (connection refused, wrong
//! password, unknown certificate authority) arrives beside them, through callbacks, and is kept here.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    ClientContext,
    config::RDKafkaLogLevel,
    consumer::ConsumerContext,
    error::KafkaError,
    message::{DeliveryResult, Message as _, Timestamp},
    producer::ProducerContext,
};
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, sleep_until},
};

use super::{
    error::{Code, clean},
    ffi::Fault,
};
use crate::{
    client::call::{Call, Ended, cancelled},
    error::{ErrorKind, ToolError},
};

/// How long a call waits for a broker to come back once all of them are known to be away.
const GRACE: Duration = Duration::from_secs(1);

/// The most addresses whose last error is kept.
const ADDRESSES: usize = 8;

/// What one client knows about its connections.
pub(super) struct Health {
    servers: String,
    state: watch::Sender<State>,
}

#[derive(Default)]
struct State {
    /// The last error of each address, the latest one last.
    failures: Vec<Failure>,
    /// No broker is connected, and none could be.
    all_down: bool,
    /// The credentials were refused; trying again with them cannot help.
    refused: bool,
}

struct Failure {
    code: Code,
    address: String,
    reason: String,
}

impl Health {
    /// For a client that knows `servers`, the configured addresses.
    pub(super) fn new(servers: String) -> Arc<Self> {
        Arc::new(Self {
            servers,
            state: watch::Sender::default(),
        })
    }

    /// Whether a new client should be made rather than this one used again.
    pub(super) fn is_down(&self) -> bool {
        let state = self.state.borrow();
        state.all_down || state.refused
    }

    /// Whether the brokers do not accept the credentials.
    pub(super) fn is_refused(&self) -> bool {
        self.state.borrow().refused
    }

    /// Something was answered, so what failed before is over.
    pub(super) fn answered(&self) {
        self.state.send_if_modified(|state| {
            let changed = state.all_down || !state.failures.is_empty();
            state.all_down = false;
            state.failures.clear();
            changed
        });
    }

    /// Waits for `future` for as long as `call` lasts and waiting makes sense; `doing` is what fails
    /// otherwise.
    pub(super) async fn wait<T>(
        &self,
        call: &Call,
        doing: &str,
        future: impl Future<Output = T>,
    ) -> Result<T, ToolError> {
        tokio::select! {
            biased;
            waited = call.wait(future) => waited.map_err(|ended| match ended {
                Ended::Cancelled => cancelled(doing),
                Ended::TimedOut => self.unanswered(call, doing),
            }),
            error = self.failed() => Err(error.context(doing)),
        }
    }

    /// The error of a call that ran out of time.
    pub(super) fn unanswered(&self, call: &Call, doing: &str) -> ToolError {
        if self.is_down() {
            return self.error().context(doing);
        }
        let seconds = call.elapsed().as_secs_f64();
        let mut message = format!("{doing}: no answer from {} in {seconds:.1} s", self.servers);
        if let Some(reason) = self.last_reason() {
            message = format!("{message}; the last error of the connection was {reason}");
        }
        ToolError::new(ErrorKind::TimedOut, message)
            .hint("check that the brokers can be reached and are not overloaded, then try again")
    }

    /// Returns once it is certain that waiting longer is of no use.
    async fn failed(&self) -> ToolError {
        let mut state = self.state.subscribe();
        let mut down_since = None;
        loop {
            state.mark_unchanged();
            if let Err(error) = self.check(&mut down_since) {
                return error;
            }
            let over = down_since.map(|since| since + GRACE);
            tokio::select! {
                () = sleep_until(over.unwrap_or_else(Instant::now)), if over.is_some() => {}
                _ = state.changed() => {}
            }
        }
    }

    /// The same for a thread that asks again and again; it keeps in `down_since` for how long there
    /// has been no broker.
    pub(super) fn check(&self, down_since: &mut Option<Instant>) -> Result<(), ToolError> {
        let (refused, all_down) = {
            let state = self.state.borrow();
            (state.refused, state.all_down)
        };
        if refused {
            return Err(self.error());
        }
        if !all_down {
            *down_since = None;
        } else if down_since.get_or_insert_with(Instant::now).elapsed() >= GRACE {
            return Err(self.error());
        }
        Ok(())
    }

    /// Why there is no connection; for a call that got no answer.
    pub(super) fn error(&self) -> ToolError {
        let state = self.state.borrow();
        let Some(last) = state.failures.last() else {
            return ToolError::new(
                ErrorKind::Unreachable,
                format!("no Kafka broker answers at {}", self.servers),
            )
            .hint("check the address, and that the broker runs and can be reached from here");
        };
        let reasons: Vec<_> = state
            .failures
            .iter()
            .map(|f| format!("{}: {}", f.address, f.reason))
            .collect();
        let reasons = reasons.join("; ");
        let error = match last.code {
            Code::AUTHENTICATION => ToolError::new(
                ErrorKind::Unauthenticated,
                format!("SASL authentication failed at {reasons}"),
            )
            .hint("check the user or API key, its password or secret, and `sasl.mechanisms`"),
            Code::TLS => ToolError::new(
                ErrorKind::Unreachable,
                format!("no TLS connection to {reasons}"),
            )
            .hint(
                "if the certificate is signed by an authority of your own, name its file \
                         with the property `ssl.ca.location`; if the listener has no TLS, change \
                         `security.protocol`",
            ),
            Code::RESOLVE => ToolError::new(
                ErrorKind::Unreachable,
                format!("cannot find the host of {reasons}"),
            )
            .hint("check the spelling of the bootstrap servers, and the name service here"),
            _ => ToolError::new(
                ErrorKind::Unreachable,
                format!("cannot reach Kafka at {reasons}"),
            )
            .hint("check the bootstrap servers, that the broker runs, and `security.protocol`"),
        };
        error.code(last.code.name())
    }

    /// What is known about failed connections, to be added to a time-out; empty when there is nothing.
    fn last_reason(&self) -> Option<String> {
        self.state
            .borrow()
            .failures
            .last()
            .map(|f| format!("{}: {}", f.address, f.reason))
    }

    fn record(&self, code: Code, text: &str) {
        self.state.send_if_modified(|state| match code {
            Code::ALL_BROKERS_DOWN => {
                state.all_down = true;
                true
            }
            Code::AUTHENTICATION | Code::TLS | Code::RESOLVE | Code::TRANSPORT => {
                let (address, reason) = split_address(text);
                keep(&mut state.failures, code, address, reason);
                state.refused |= code == Code::AUTHENTICATION;
                true
            }
            _ => false,
        });
    }

    /// Keeps a line of the log for an address that has no error event, which says more.
    fn record_line(&self, text: &str) {
        let (address, reason) = split_address(text);
        self.state.send_if_modified(|state| {
            if state
                .failures
                .iter()
                .all(|failure| failure.address != address)
            {
                keep(&mut state.failures, Code::TRANSPORT, address, reason);
            }
            // The loss of one connection does not end a wait.
            false
        });
    }
}

fn keep(failures: &mut Vec<Failure>, code: Code, address: String, reason: String) {
    failures.retain(|failure| failure.address != address);
    if failures.len() == ADDRESSES {
        failures.remove(0);
    }
    failures.push(Failure {
        code,
        address,
        reason,
    });
}

/// Splits `sasl_ssl://host:9092/bootstrap: reason` into `host:9092` and the reason.
fn split_address(text: &str) -> (String, String) {
    let Some((broker, reason)) = text.split_once(": ") else {
        return ("a broker".to_owned(), clean(text));
    };
    let address = broker
        .split_once("://")
        .map_or(broker, |(_, address)| address);
    let address = address
        .rsplit_once('/')
        .map_or(address, |(address, _)| address);
    (clean(address), clean(reason))
}

/// What came of a record that was handed to librdkafka.
pub(super) struct Delivery {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) timestamp_ms: Option<i64>,
}

/// The callbacks of one librdkafka client.
pub(super) struct Context(pub(super) Arc<Health>);

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // Whatever level librdkafka gives it: a failure that matters is an error of a call.
        tracing::debug!(target: "librdkafka", ?level, facility, "{message}");
        // A connection that the other side closes is no error event, only a line: "[thrd:…]: …".
        if facility == "FAIL" {
            let text = message.split_once("]: ").map_or(message, |(_, text)| text);
            self.0.record_line(text);
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
        if let Some(code) = error.rdkafka_error_code() {
            self.0.record(Code::of(code), reason);
        }
    }
}

impl ConsumerContext for Context {}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<oneshot::Sender<Result<Delivery, Fault>>>;

    fn delivery(&self, result: &DeliveryResult<'_>, sender: Self::DeliveryOpaque) {
        let delivery = match result {
            Ok(record) => Ok(Delivery {
                partition: record.partition(),
                offset: record.offset(),
                timestamp_ms: match record.timestamp() {
                    Timestamp::NotAvailable => None,
                    Timestamp::CreateTime(time) | Timestamp::LogAppendTime(time) => Some(time),
                },
            }),
            Err((error, _)) => Err(Fault {
                code: error.rdkafka_error_code().map_or(Code::FAIL, Code::of),
                message: None,
            }),
        };
        // The receiver is gone when the call was given up.
        let _ = sender.send(delivery);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_and_reason_are_told_apart() {
        let (address, reason) = split_address(
            "sasl_ssl://127.0.0.1:9093/bootstrap: SASL authentication error: no (after 2ms)",
        );
        assert_eq!(address, "127.0.0.1:9093");
        assert_eq!(reason, "SASL authentication error: no (after 2ms)");
        assert_eq!(
            split_address("kafka:9092/7: Connection refused").0,
            "kafka:9092"
        );
    }

    #[test]
    fn an_answer_ends_the_trouble() {
        let health = Health::new("a:1".to_owned());
        health.record(Code::TRANSPORT, "a:1/bootstrap: Connection refused");
        assert!(!health.is_down(), "one broker of several may be away");
        health.record(Code::ALL_BROKERS_DOWN, "1/1 brokers are down");
        assert!(health.is_down());
        health.answered();
        assert!(!health.is_down());
        assert_eq!(health.last_reason(), None);
    }

    #[tokio::test]
    async fn refused_credentials_fail_at_once_and_a_broker_away_after_the_grace() {
        let health = Health::new("a:1".to_owned());
        let started = tokio::time::Instant::now();
        health.record(Code::TRANSPORT, "a:1/bootstrap: Connection refused");
        health.record(Code::ALL_BROKERS_DOWN, "1/1 brokers are down");
        let error = health.failed().await;
        assert!(started.elapsed() >= GRACE);
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert_eq!(
            error.message(),
            "cannot reach Kafka at a:1: Connection refused"
        );

        let started = tokio::time::Instant::now();
        health.record(Code::AUTHENTICATION, "a:1/bootstrap: invalid credentials");
        let error = health.failed().await;
        assert!(started.elapsed() < GRACE);
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(
            error.message(),
            "SASL authentication failed at a:1: invalid credentials"
        );
    }
}
