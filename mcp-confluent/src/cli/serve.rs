//! Without a subcommand: serve MCP over standard input and output until the client goes away.

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::stdio_pipes};

use super::{Failure, setup::Ready};
use crate::server::{handler::Handler, stdio::Stdio};

pub(super) async fn run(ready: &Ready) -> Result<(), Failure> {
    tokio::select! {
        outcome = serve(ready) => outcome,
        () = stopped() => {
            tracing::info!("stopped by a signal");
            Ok(())
        }
    }
}

async fn serve(ready: &Ready) -> Result<(), Failure> {
    let (read, write) = stdio_pipes();
    let service = match Handler::new(ready.toolbox.clone()).serve(Stdio::new(read, write)).await {
        Ok(service) => service,
        // The client went away before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(Failure::Run(format!("the session could not begin: {error}"))),
    };
    service
        .waiting()
        .await
        .map(|reason| tracing::debug!(?reason, "the session ended"))
        .map_err(|error| Failure::Run(format!("the session broke: {error}")))
}

/// Returns at the first signal that asks the process to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // Without handlers the signals end the process, which is what is wanted.
        let (Ok(mut terminate), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
}
