//! Without a subcommand: serve MCP over standard input and output until the client goes away.

use std::time::Duration;

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::stdio_pipes};
use tokio::time::timeout;

use super::{Failure, setup::Ready};
use crate::server::{handler::Handler, stdio::Stdio};

/// How long the end waits for calls that are changing something.
const SETTLING: Duration = Duration::from_secs(5);

pub(super) async fn run(ready: &Ready) -> Result<(), Failure> {
    let tools = ready.toolbox.list().len();
    if tools == 0 {
        return Err(Failure::Usage(
            "no tool is on: `mcp-confluent tools` with the same options says why".to_owned(),
        ));
    }
    tracing::info!(
        tools,
        connections = ready.toolbox.connections().len(),
        "serving"
    );
    let outcome = tokio::select! {
        outcome = serve(ready) => outcome,
        () = stopped() => {
            tracing::info!("stopped by a signal");
            Ok(())
        }
    };
    // Running calls have been told to stop.
    if timeout(SETTLING, ready.toolbox.settled()).await.is_err() {
        tracing::warn!("ended although a call was still changing something");
    }
    outcome
}

async fn serve(ready: &Ready) -> Result<(), Failure> {
    let (read, write) = stdio_pipes();
    let service = match Handler::new(ready.toolbox.clone())
        .serve(Stdio::new(read, write))
        .await
    {
        Ok(service) => service,
        // The client went away before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => {
            return Err(Failure::Run(format!(
                "the session could not begin: {error}"
            )));
        }
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
        let (Ok(mut terminate), Ok(mut hangup), Ok(mut quit)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
            signal(SignalKind::quit()),
        ) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = quit.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
}
