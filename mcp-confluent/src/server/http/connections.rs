//! Connections: how many, how slow, and how they end.

use std::{sync::Arc, time::Duration};

use axum::{Router, http::StatusCode};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::{debug, warn};

use super::{limits::Limits, problem, tls::Tls};
use crate::server::metrics::Metrics;

/// How long to wait where no connection can be taken, for example without free file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Connections {
    router: Router,
    tls: Option<Tls>,
    metrics: Arc<Metrics>,
    graceful: GracefulShutdown,
    free: Arc<Semaphore>,
    head_time: Duration,
}

impl Connections {
    pub(super) fn new(
        router: Router,
        tls: Option<Tls>,
        metrics: Arc<Metrics>,
        limits: &Limits,
    ) -> Self {
        Self {
            router,
            tls,
            metrics,
            graceful: GracefulShutdown::new(),
            free: Arc::new(Semaphore::new(limits.connections)),
            head_time: limits.head,
        }
    }

    /// Takes connections until `stop` is cancelled.
    pub(super) async fn accept(&self, listener: &TcpListener, stop: &CancellationToken) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => self.answer(stream),
                Err(error) => {
                    warn!(%error, "no connection could be taken");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    fn answer(&self, stream: TcpStream) {
        // Answers are small and a client waits for each.
        drop(stream.set_nodelay(true));
        let place = self.free.clone().try_acquire_owned().ok();
        let router = match place {
            Some(_) => self.router.clone(),
            None => Router::new().fallback(busy),
        };
        let metrics = self.metrics.clone();
        let service = router
            .map_request(|request: hyper::Request<hyper::body::Incoming>| {
                request.map(axum::body::Body::new)
            })
            .map_response(move |answer: axum::response::Response| {
                metrics.answered(answer.status());
                answer
            });
        let service = TowerToHyperService::new(service);
        let mut http = http1::Builder::new();
        let head_time = self.head_time;
        http.timer(TokioTimer::new()).header_read_timeout(head_time);
        let watcher = self.graceful.watcher();
        let tls = self.tls.clone();
        tokio::spawn(async move {
            let outcome = match tls {
                None => {
                    let connection = http.serve_connection(TokioIo::new(stream), service);
                    watcher.watch(connection).await
                }
                Some(tls) => match timeout(head_time, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let connection = http.serve_connection(TokioIo::new(stream), service);
                        watcher.watch(connection).await
                    }
                    Ok(Err(error)) => return debug!(%error, "a TLS handshake failed"),
                    Err(_) => return debug!("a TLS handshake did not end in time"),
                },
            };
            if let Err(error) = outcome {
                debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }

    /// Waits until the running requests are answered, at most for `grace`.
    pub(super) async fn finish(self, grace: Duration) {
        if timeout(grace, self.graceful.shutdown()).await.is_err() {
            warn!("ended although requests were still running");
        }
    }
}

async fn busy() -> axum::response::Response {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "too many connections: try again in a moment",
    )
}
