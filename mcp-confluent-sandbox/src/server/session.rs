//! What a connection may ask before it is authenticated, and how it becomes so.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    ApiKey, SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest,
    SaslHandshakeResponse,
};
use kafka_protocol::protocol::StrBytes;

use crate::broker::{Broker, Peer};
use crate::security::{Exchange, MECHANISMS, Progress};

/// A connection and its authentication.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) peer: Peer,
    /// What is left of the authentication; `None` when it is done or not needed.
    exchange: Option<Exchange>,
}

impl Session {
    pub(super) fn new(peer: Peer, authenticated: bool) -> Self {
        Self {
            peer,
            exchange: authenticated.then(Exchange::default),
        }
    }

    /// Whether every request is answered.
    pub(super) fn is_open(&self) -> bool {
        self.exchange.is_none()
    }

    /// Whether a request is answered now.
    pub(super) fn admits(&self, key: ApiKey) -> bool {
        self.is_open()
            || matches!(
                key,
                ApiKey::ApiVersions | ApiKey::SaslHandshake | ApiKey::SaslAuthenticate
            )
    }

    /// Answers `SaslHandshake`; the flag says whether the connection stays.
    pub(super) fn handshake(
        &mut self,
        request: &SaslHandshakeRequest,
    ) -> (SaslHandshakeResponse, bool) {
        let response = SaslHandshakeResponse::default();
        let Some(exchange) = &mut self.exchange else {
            return (
                response.with_error_code(ResponseError::IllegalSaslState.code()),
                true,
            );
        };
        let response = response.with_mechanisms(MECHANISMS.map(StrBytes::from_static_str).to_vec());
        match Exchange::start(&request.mechanism) {
            Some(started) => {
                *exchange = started;
                (response, true)
            }
            None => (
                response.with_error_code(ResponseError::UnsupportedSaslMechanism.code()),
                false,
            ),
        }
    }

    /// Answers `SaslAuthenticate`; the flag says whether the connection stays.
    pub(super) fn authenticate(
        &mut self,
        broker: &Broker,
        request: &SaslAuthenticateRequest,
    ) -> (SaslAuthenticateResponse, bool) {
        let response = SaslAuthenticateResponse::default().with_error_message(None);
        let failed = |code: ResponseError, message: &str| {
            response
                .clone()
                .with_error_code(code.code())
                .with_error_message(Some(StrBytes::from_string(message.to_owned())))
        };
        let Some(exchange) = self.exchange.take() else {
            let message = "SaslAuthenticate request received after successful authentication";
            return (failed(ResponseError::IllegalSaslState, message), true);
        };
        let progress = exchange.step(&mut broker.state.lock().security, &request.auth_bytes);
        // Whatever happens, nothing but a right last message opens the connection.
        self.exchange = Some(Exchange::default());
        match progress {
            None => (
                failed(
                    ResponseError::IllegalSaslState,
                    "no SASL mechanism was chosen",
                ),
                false,
            ),
            Some(Progress::Failed(message)) => (
                failed(ResponseError::SaslAuthenticationFailed, &message),
                false,
            ),
            Some(Progress::Continue(next, bytes)) => {
                self.exchange = Some(next);
                (response.clone().with_auth_bytes(bytes.into()), true)
            }
            Some(Progress::Done(user, bytes)) => {
                self.exchange = None;
                self.peer.user = user;
                (response.clone().with_auth_bytes(bytes.into()), true)
            }
        }
    }
}
