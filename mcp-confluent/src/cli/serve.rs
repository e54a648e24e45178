//! Without a subcommand: serve MCP over standard input and output until the client goes away, over
//! HTTP until a signal comes, or both.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::stdio_pipes};
use tokio_util::sync::CancellationToken;

use super::{Failure, complain, setup::Ready, signals::Signals};
use crate::{
    config::Transport,
    server::{handler::Handler, stdio::Stdio},
};

/// How long calls may still answer after the client has said its last word. Clients wait two seconds
/// for the end before they send a signal.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// `ENXIO`.
#[cfg(target_os = "linux")]
const NO_READER: i32 = 6;

pub(super) async fn run(ready: &Ready) -> Result<(), Failure> {
    // The list itself is made when a client asks for it: it takes longer than all else here.
    let tools = ready.toolbox.count();
    if tools == 0 {
        return Err(Failure::Usage(
            "no tool is on: `mcp-confluent tools` with the same options says why".to_owned(),
        ));
    }
    let config = &ready.toolbox.gates().config().server;
    let over_stdio = config.transports.contains(&Transport::Stdio);
    if over_stdio && io::stdin().is_terminal() {
        complain(
            "serving an MCP client over standard input and output, which is not for typing: \
             `mcp-confluent install --help` says how to connect a client, Ctrl-C ends",
        );
    }
    // Before the first word to a client, who may end this process right after it.
    let mut signals = Signals::listen();
    let stop = CancellationToken::new();
    let http = http(ready, stop.clone()).await?;
    tracing::info!(
        tools,
        connections = ready.toolbox.connections().len(),
        "serving"
    );
    let serving = async {
        if over_stdio {
            stdio(ready).await?;
        }
        // A client that leaves ends its own session, not those of others.
        match &http {
            Some(_) => std::future::pending().await,
            None => Ok(()),
        }
    };
    let outcome = tokio::select! {
        outcome = serving => outcome,
        () = signals.next() => {
            tracing::info!("stopped by a signal");
            Ok(())
        }
    };
    stop.cancel();
    if let Some(http) = http {
        drop(http.await);
    }
    // Running calls have been told to stop.
    ready.settle().await;
    outcome
}

/// Serves HTTP in the background, if the configuration says so, until `stop`.
#[cfg(feature = "http")]
async fn http(
    ready: &Ready,
    stop: CancellationToken,
) -> Result<Option<tokio::task::JoinHandle<()>>, Failure> {
    use crate::server::http::HttpServer;

    let config = &ready.toolbox.gates().config().server;
    if !config.transports.contains(&Transport::Http) {
        return Ok(None);
    }
    let place = format!("{}:{}", config.http.host, config.http.port);
    let cannot = |error: io::Error| Failure::Run(format!("cannot listen on {place}: {error}"));
    let server = HttpServer::bind(ready.toolbox.clone(), config)
        .await
        .map_err(cannot)?;
    let url = server.url().map_err(cannot)?;
    complain(&format!("serving Streamable HTTP at {url}"));
    Ok(Some(tokio::spawn(server.serve(stop))))
}

#[cfg(not(feature = "http"))]
async fn http(
    _: &Ready,
    _: CancellationToken,
) -> Result<Option<tokio::task::JoinHandle<()>>, Failure> {
    Ok(None)
}

async fn stdio(ready: &Ready) -> Result<(), Failure> {
    let (read, write) = stdio_pipes();
    let transport = Stdio::new(read, write);
    let ended = transport.ended();
    let serving = Handler::new(ready.toolbox.clone()).serve(transport);
    // On the heap, because it is large.
    let service = match Box::pin(serving).await {
        Ok(service) => service,
        // The client went away before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => {
            return Err(Failure::Run(format!(
                "the session could not begin: {error}"
            )));
        }
    };
    let give_up = service.cancellation_token();
    let leaving = async {
        ended.cancelled().await;
        // Whoever pipes requests in reads the answers after the last one; a client that was closed
        // does not.
        tokio::select! {
            () = tokio::time::sleep(LAST_ANSWERS) => {}
            () = nobody_reads() => {}
        }
        give_up.cancel();
        std::future::pending().await
    };
    let reason = tokio::select! {
        reason = service.waiting() => reason,
        never = leaving => never,
    };
    reason
        .map(|reason| tracing::debug!(?reason, "the session ended"))
        .map_err(|error| Failure::Run(format!("the session broke: {error}")))
}

/// Returns when standard output is a pipe that nobody reads any more.
#[cfg(target_os = "linux")]
async fn nobody_reads() {
    use tokio::{io::Interest, net::unix::pipe};

    // As the transport itself does, on a description of its own.
    match pipe::OpenOptions::new().open_sender("/proc/self/fd/1") {
        Ok(output) => drop(output.ready(Interest::ERROR).await),
        // A pipe without a reader cannot be opened; what is no pipe is another error.
        Err(error) if error.raw_os_error() == Some(NO_READER) => {}
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(target_os = "linux"))]
async fn nobody_reads() {
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        config::Config,
        observe::Origin,
        policy::ToolFilter,
        prelude::*,
        tool::{
            ask::Channel, call::Call, progress::ProgressSink, registry::Registry, toolbox::Toolbox,
        },
    };
    use rmcp::model::JsonObject;
    use tokio::{sync::Notify, time::timeout};

    static BEGUN: Notify = Notify::const_new();
    static FINISH: Notify = Notify::const_new();

    /// Changes something slowly, and cannot be stopped halfway.
    #[confluent_tool(write, category = Category::Other("test"))]
    async fn change_slowly() -> Result<Done> {
        BEGUN.notify_one();
        FINISH.notified().await;
        Ok(Done)
    }

    #[tokio::test]
    async fn the_end_waits_for_what_is_being_changed() {
        let registry = Registry::collect().unwrap();
        let toolbox = Arc::new(Toolbox::new(
            registry,
            Config::default(),
            ToolFilter::default(),
        ));
        let cancel = CancellationToken::new();
        let call = Call {
            tool: "change-slowly".to_owned(),
            arguments: JsonObject::new(),
            caller: "test".to_owned(),
            channel: Channel::Nobody,
            progress: ProgressSink::none(),
            cancel: cancel.clone(),
            origin: Origin::default(),
        };
        let called = tokio::spawn({
            let toolbox = toolbox.clone();
            async move { toolbox.call(call).await }
        });
        BEGUN.notified().await;
        cancel.cancel();
        let early = timeout(Duration::from_millis(50), toolbox.settled()).await;
        assert!(early.is_err(), "it is still changing something");
        FINISH.notify_one();
        drop(toolbox.settled().await);
        called.await.unwrap().unwrap();
    }
}
