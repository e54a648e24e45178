//! Connections.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::errors::ApiError;
use super::http::{self, Answer, Request};
use super::routes;
use super::store::Store;

const MAX_BODY: usize = 8 * 1024 * 1024;

/// What every connection needs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: Mutex<Store>,
    pub(super) users: Vec<(String, String)>,
    pub(super) delay: Mutex<Duration>,
    /// How many requests are still to fail, and with which status.
    pub(super) failures: Mutex<(usize, u16)>,
}

impl Shared {
    pub(super) fn new(users: Vec<(String, String)>) -> Self {
        Self {
            store: Mutex::default(),
            users,
            delay: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    fn failure(&self) -> Option<u16> {
        let (count, status) = &mut *self.failures.lock();
        *count = count.checked_sub(1)?;
        Some(*status)
    }
}

/// The task that accepts connections; dropping it ends them all.
#[derive(Debug)]
pub(super) struct Server {
    port: u16,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(shared: Arc<Shared>, port: u16) -> io::Result<Self> {
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
                let shared = shared.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| serve(shared.clone(), request));
                    // A connection that breaks is the client's affair.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Self { port, task })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> Result<Answer, Infallible> {
    let delay = *shared.delay.lock();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let (head, body) = request.into_parts();
    if let Some(status) = shared.failure() {
        return Ok(http::error(&ApiError::new(
            status,
            u32::from(status),
            "a failure that was asked for",
        )));
    }
    if !http::is_allowed(&shared.users, &head.headers) {
        return Ok(http::unauthorized());
    }
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Ok(http::error(&ApiError::new(413, 413, error.to_string()))),
    };
    let answer =
        Request::new(&head, &body).and_then(|request| routes::route(&shared.store, &request));
    Ok(answer.unwrap_or_else(|error| http::error(&error)))
}
