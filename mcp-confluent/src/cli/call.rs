//! `call`: one tool through the same pipeline as a client's call.

use std::{
    io::{IsTerminal as _, Read as _, Write as _},
    time::Duration,
};

use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Failure, complain, print, setup::Ready, signals::Signals};
use crate::{
    observe::Origin,
    tool::{ask::Channel, call::Call, progress::ProgressSink},
};

/// How long a call that was told to stop may take before a person is told why it has not ended.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tool, for example `list-topics`.
    tool: String,
    /// Its arguments as a JSON object; `-` reads them from standard input.
    #[arg(
        value_name = "ARGUMENTS",
        default_value = "{}",
        hide_default_value = true
    )]
    with: String,
    /// Print the structured result as JSON instead of prose.
    #[arg(long)]
    json: bool,
    /// Agree to what the tool asks before it changes something.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(ready: &Ready, arguments: &Arguments) -> Result<(), Failure> {
    let mut signals = Signals::listen();
    let cancel = CancellationToken::new();
    let channel = if arguments.yes {
        Channel::Terminal(|_| true)
    } else if std::io::stdin().is_terminal() {
        Channel::Terminal(agree)
    } else {
        Channel::Unattended
    };
    let call = Call {
        arguments: parse(&arguments.with)?,
        tool: arguments.tool.clone(),
        caller: "terminal".to_owned(),
        channel,
        progress: ProgressSink::none(),
        cancel: cancel.clone(),
        origin: Origin::default(),
    };
    // On the heap, because it is large.
    let mut answering = Box::pin(ready.toolbox.call(call));
    let answer = tokio::select! {
        answer = &mut answering => answer,
        () = signals.next() => {
            // A change that has begun is told to stop and not left halfway.
            cancel.cancel();
            end_line();
            let stopped = async {
                if let Ok(answer) = timeout(PATIENCE, &mut answering).await {
                    return answer;
                }
                complain("stopping after what is being changed; Ctrl-C again does not wait for it");
                answering.await
            };
            tokio::select! {
                answer = stopped => answer,
                () = signals.next() => {
                    return Err(Failure::Run(
                        "ended in the middle of a change: look at what became of it".to_owned(),
                    ));
                }
            }
        }
    };
    ready.settle().await;
    match answer.map_err(|unknown| Failure::Usage(unknown.to_string()))? {
        CallToolResponse::Complete(result) => show(&result, arguments.json),
        _ => Err(Failure::Run(
            "the tool asked for something a terminal cannot give".to_owned(),
        )),
    }
}

/// Ends the line of a question that was not answered, and of the `^C` that a terminal shows.
fn end_line() {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        // Nobody is left to see it if that fails.
        drop(writeln!(err));
    }
}

fn parse(text: &str) -> Result<JsonObject, Failure> {
    let mut input = String::new();
    let text = if text == "-" {
        std::io::stdin()
            .read_to_string(&mut input)
            .map_err(|error| Failure::Usage(format!("standard input cannot be read: {error}")))?;
        input.as_str()
    } else {
        text
    };
    serde_json::from_str(text)
        .map_err(|error| Failure::Usage(format!("the arguments are not a JSON object: {error}")))
}

/// Asks whoever sits at the terminal.
fn agree(question: &str) -> bool {
    let mut err = std::io::stderr();
    let mut answer = String::new();
    write!(err, "{question} [y/N] ")
        .and_then(|()| err.flush())
        .is_ok()
        && std::io::stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn show(result: &CallToolResult, json: bool) -> Result<(), Failure> {
    let prose = || {
        let texts: Vec<_> = result
            .content
            .iter()
            .filter_map(|block| block.as_text().map(|t| t.text.as_str()))
            .collect();
        texts.join("\n")
    };
    if result.is_error == Some(true) {
        complain(&prose());
        return Err(Failure::Reported);
    }
    match &result.structured_content {
        Some(value) if json => print(&format!("{value:#}\n")),
        _ => print(&format!("{}\n", prose())),
    }
}
