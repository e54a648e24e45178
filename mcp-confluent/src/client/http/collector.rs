//! [`Collector`]: the way to a collector of OpenTelemetry.

use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use parking_lot::Mutex;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{runtime::Handle, time::timeout};

use super::{
    body::{self, Read},
    client::broken,
    transport::{Transport, Trust},
    url::BaseUrl,
};
use crate::{
    config::TlsConfig,
    error::{ErrorKind, Result, ToolError},
};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// How long it stays quiet about a collector that is away.
const QUIET: Duration = Duration::from_mins(5);

/// Sends what the exporters of OpenTelemetry give it. They run on threads without a reactor, so that
/// the requests themselves run on the runtime of the program.
pub(crate) struct Collector {
    inner: Arc<Inner>,
    runtime: Handle,
}

struct Inner {
    base: BaseUrl,
    headers: HeaderMap,
    transport: Transport,
    complained: Mutex<Option<Instant>>,
}

impl Collector {
    /// The collector behind `endpoint`; nothing is read or opened yet.
    ///
    /// # Errors
    /// The endpoint is no URL that routes can be put behind, or a header cannot be sent.
    pub(crate) fn new(
        endpoint: &str,
        headers: &BTreeMap<String, SecretString>,
        tls: Option<TlsConfig>,
        runtime: Handle,
    ) -> Result<Self> {
        let base = BaseUrl::parse(endpoint)?;
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            let unfit = |_| {
                let message = format!("the header `{name}` of `otlp.headers` cannot be sent");
                ToolError::new(ErrorKind::Unsupported, message)
            };
            let mut value = HeaderValue::from_str(value.expose_secret())
                .map_err(|error| unfit(error.to_string()))?;
            value.set_sensitive(true);
            let name = HeaderName::try_from(name).map_err(|error| unfit(error.to_string()))?;
            sent.insert(name, value);
        }
        let transport = Transport::new(tls, Trust::Configured, !base.is_loopback());
        Ok(Self {
            inner: Arc::new(Inner {
                base,
                headers: sent,
                transport,
                complained: Mutex::new(None),
            }),
            runtime,
        })
    }

    /// The URL of one of its routes.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn url(&self, route: &str) -> Result<String> {
        Ok(self.inner.base.join(route, "")?.into())
    }
}

impl HttpClient for Collector {
    fn send_bytes<'life, 'sending>(
        &'life self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'life: 'sending,
        Self: 'sending,
    {
        let inner = self.inner.clone();
        let sending = self.runtime.spawn(async move {
            let answer = timeout(ATTEMPT, inner.send(request)).await;
            let answer = answer.unwrap_or_else(|_| Err("no answer".to_owned()));
            if let Err(reason) = &answer {
                inner.complain(reason);
            }
            answer
        });
        Box::pin(async move { Ok(sending.await??) })
    }
}

impl Inner {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let said = |error: ToolError| error.message().to_owned();
        let client = self.transport.client().await.map_err(said)?;
        let (head, body) = request.into_parts();
        // The exporter adds headers that it finds in the environment. Which of them go where was
        // decided when the configuration was read.
        let kind = head.headers.get(CONTENT_TYPE).cloned();
        let sent = client
            .post(head.uri.to_string())
            .headers(self.headers.clone())
            .headers(kind.map(|kind| (CONTENT_TYPE, kind)).into_iter().collect())
            .body(body);
        let mut answer = sent
            .send()
            .await
            .map_err(|error| said(broken("sending", &error)))?;
        let status = answer.status();
        if !status.is_success() {
            self.complain(&format!("it answers {status}"));
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        // What there is to read says how much was taken; the rest of a long one says no more.
        if let Ok(Read::Whole(body)) = body::read(&mut answer, MAX_ANSWER_BYTES).await {
            *response.body_mut() = body.into();
        }
        Ok(response)
    }

    /// Warns, but not again and again.
    fn complain(&self, reason: &str) {
        let mut complained = self.complained.lock();
        if complained.is_some_and(|last| last.elapsed() < QUIET) {
            return;
        }
        *complained = Some(Instant::now());
        tracing::warn!(
            "traces and metrics do not reach the collector at {}: {reason}. What it does not take is \
             lost; this is said every {} minutes at most",
            self.base.host(),
            QUIET.as_secs() / 60,
        );
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Collector")
            .field("host", &self.inner.base.host())
            .finish_non_exhaustive()
    }
}
