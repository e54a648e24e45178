//! The server on this machine that the browser comes back to.

use std::{convert::Infallible, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

use super::page::page;

/// More connections at a time are no browser.
const MAX_CONNECTIONS: usize = 32;
/// How long the browser has to take the last page.
const GRACE: Duration = Duration::from_secs(2);
/// How long a connection may say nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// What a browser brought, or a person pasted.
pub(super) struct Arrival {
    /// The query of the URL.
    pub(super) query: String,
    pub(super) reply: oneshot::Sender<Reply>,
}

/// What is shown for it.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// The server; it ends when this is dropped.
pub(super) struct Server {
    connections: JoinSet<()>,
    listener: TcpListener,
    path: Arc<str>,
    arrivals: mpsc::Sender<Arrival>,
    room: Arc<Semaphore>,
}

impl Server {
    /// A server that answers at `path` of `listener` and hands over what comes there.
    pub(super) fn new(listener: TcpListener, path: &str, arrivals: mpsc::Sender<Arrival>) -> Self {
        Self {
            connections: JoinSet::new(),
            listener,
            path: path.into(),
            arrivals,
            room: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        }
    }

    /// Answers until it is dropped.
    pub(super) async fn serve(&mut self) {
        loop {
            while self.connections.try_join_next().is_some() {}
            let Ok((stream, _)) = self.listener.accept().await else {
                // The system is short of something; that passes.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(permit) = self.room.clone().try_acquire_owned() else {
                continue;
            };
            let (path, arrivals) = (self.path.clone(), self.arrivals.clone());
            self.connections.spawn(async move {
                let _permit = permit;
                let service = service_fn(move |request| {
                    let (path, arrivals) = (path.clone(), arrivals.clone());
                    async move { Ok::<_, Infallible>(answer(&request, &path, &arrivals).await) }
                });
                // A connection that breaks is the browser's affair.
                let _ = http1::Builder::new()
                    .keep_alive(false)
                    .timer(TokioTimer::new())
                    .header_read_timeout(SILENCE)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    /// Takes nobody any more, and lets those who are there take their last page.
    pub(super) async fn finish(self) {
        let Self {
            mut connections,
            listener,
            arrivals,
            ..
        } = self;
        drop((listener, arrivals));
        // Whoever says nothing until then gets nothing.
        let _ = timeout(GRACE, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
    }
}

async fn answer(
    request: &Request<Incoming>,
    path: &str,
    arrivals: &mpsc::Sender<Arrival>,
) -> Response<Full<Bytes>> {
    if request.uri().path() != path {
        return shown(Reply {
            status: StatusCode::NOT_FOUND,
            title: "Nothing here",
            text: "This address is for the end of a sign-in only.".to_owned(),
        });
    }
    if request.method() != Method::GET {
        let mut response = shown(Reply {
            status: StatusCode::METHOD_NOT_ALLOWED,
            title: "Not like this",
            text: "A sign-in ends with a GET request.".to_owned(),
        });
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    let (reply, replied) = oneshot::channel();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let sent = arrivals.send(Arrival { query, reply }).await;
    let reply = match sent {
        Ok(()) => replied.await.ok(),
        Err(_) => None,
    };
    shown(reply.unwrap_or_else(|| Reply {
        status: StatusCode::GONE,
        title: "This sign-in has ended",
        text: "Start another one where this one began.".to_owned(),
    }))
}

fn shown(reply: Reply) -> Response<Full<Bytes>> {
    let body = page(reply.title, &reply.text);
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
