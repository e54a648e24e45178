//! Connections.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::message::Answer;

const MAX_BODY: usize = 8 * 1024 * 1024;

/// Something that answers requests.
pub(crate) trait Service: Send + Sync + 'static {
    /// What goes wrong on purpose.
    type Fault: Send;

    fn faults(&self) -> &Faults<Self::Fault>;

    /// The answer of a fault.
    fn fail(&self, fault: Self::Fault) -> Answer;

    /// The answer to a request whose body is larger than anybody needs.
    fn too_large(&self, reason: String) -> Answer;

    /// The answer to everything else.
    fn answer(&self, head: &Parts, body: &Bytes) -> Answer;
}

/// What a service is told to do wrong.
#[derive(Debug)]
pub(crate) struct Faults<F> {
    delay: Mutex<Duration>,
    /// One for each request that waits for its answer because of the delay, and one for this.
    waiting: Arc<()>,
    /// How many requests below which path are still to fail, and how.
    failures: Mutex<Vec<(String, usize, F)>>,
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self {
            delay: Mutex::default(),
            waiting: Arc::default(),
            failures: Mutex::default(),
        }
    }
}

impl<F: Clone> Faults<F> {
    /// Waits this long before each answer.
    pub(crate) fn set_delay(&self, delay: Duration) {
        *self.delay.lock() = delay;
    }

    /// How many requests wait for their answer because of the delay.
    pub(crate) fn waiting(&self) -> usize {
        Arc::strong_count(&self.waiting) - 1
    }

    /// The next `count` requests to paths that begin with `path` fail. What was asked for that path
    /// before is forgotten.
    pub(crate) fn fail_next(&self, path: &str, count: usize, fault: F) {
        let failures = &mut *self.failures.lock();
        failures.retain(|(other, ..)| other != path);
        failures.push((path.to_owned(), count, fault));
    }

    fn take(&self, path: &str) -> Option<F> {
        let failures = &mut *self.failures.lock();
        let place = failures
            .iter()
            .position(|(prefix, count, _)| *count > 0 && path.starts_with(prefix.as_str()))?;
        failures[place].1 -= 1;
        Some(failures[place].2.clone())
    }
}

/// The task that accepts connections; dropping it ends them all.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start<S>(service: Arc<S>, port: u16) -> io::Result<Self>
    where
        S: Service,
        S::Fault: Clone,
    {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            // Ends its tasks when it is dropped.
            let mut connections = JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                while connections.try_join_next().is_some() {}
                let service = service.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| serve(service.clone(), request));
                    // A connection that breaks is the client's affair.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self { port, task })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve<S>(service: Arc<S>, request: hyper::Request<Incoming>) -> Result<Answer, Infallible>
where
    S: Service,
    S::Fault: Clone,
{
    let delay = *service.faults().delay.lock();
    if !delay.is_zero() {
        let _waiting = service.faults().waiting.clone();
        tokio::time::sleep(delay).await;
    }
    let (head, body) = request.into_parts();
    if let Some(fault) = service.faults().take(head.uri.path()) {
        return Ok(service.fail(fault));
    }
    Ok(match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => service.answer(&head, &body.to_bytes()),
        Err(error) => service.too_large(error.to_string()),
    })
}
