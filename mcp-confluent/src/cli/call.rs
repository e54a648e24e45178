//! `call`: one tool through the same pipeline as a client's call.

use std::io::{IsTerminal as _, Read as _, Write as _};

use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use tokio_util::sync::CancellationToken;

use super::{Failure, print, setup::Ready};
use crate::{
    observe::Origin,
    tool::{ask::Channel, call::Call, progress::ProgressSink},
};

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
    let cancel = CancellationToken::new();
    let call = Call {
        arguments: parse(&arguments.with)?,
        tool: arguments.tool.clone(),
        caller: "terminal".to_owned(),
        channel: Channel::Terminal(if arguments.yes { |_| true } else { agree }),
        progress: ProgressSink::none(),
        cancel: cancel.clone(),
        origin: Origin::default(),
    };
    let answer = tokio::select! {
        answer = ready.toolbox.call(call) => answer,
        _ = tokio::signal::ctrl_c() => {
            cancel.cancel();
            return Err(Failure::Run("interrupted".to_owned()));
        }
    };
    match answer.map_err(|unknown| Failure::Usage(unknown.to_string()))? {
        CallToolResponse::Complete(result) => show(&result, arguments.json),
        _ => Err(Failure::Run(
            "the tool asked for something a terminal cannot give".to_owned(),
        )),
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

/// Asks whoever sits at the terminal; nobody there means no.
fn agree(question: &str) -> bool {
    let mut err = std::io::stderr();
    if !std::io::stdin().is_terminal() {
        super::complain(&format!(
            "{question} Not done: say --yes to agree without a terminal."
        ));
        return false;
    }
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
        super::complain(&prose());
        return Err(Failure::Reported);
    }
    match &result.structured_content {
        Some(value) if json => print(&format!("{value:#}\n")),
        _ => print(&format!("{}\n", prose())),
    }
}
