//! The server with tools that misbehave: what the framework promises about any tool has to hold for
//! them too.

use std::{process::ExitCode, time::Duration};

use mcp_confluent::prelude::*;

/// Stops with a defect at once, which no tool should do.
#[confluent_tool(read_only, category = Category::Other("faulty"))]
async fn panics_at_once() -> Result<Done> {
    panic!("a defect at once");
}

/// Stops with a defect after it waited, which no tool should do.
#[confluent_tool(write, category = Category::Other("faulty"))]
async fn panics_later() -> Result<Done> {
    tokio::time::sleep(Duration::from_millis(10)).await;
    let nothing: Option<u8> = None;
    nothing.map_or_else(|| panic!("a defect after a while"), |_| Ok(Done))
}

/// Reads for ever; says so by progress first.
#[confluent_tool(read_only, category = Category::Other("faulty"))]
async fn reads_for_ever(progress: Progress) -> Result<Done> {
    progress.report(0, 1, "begun").await;
    std::future::pending().await
}

/// Writes until it is told to stop, and tells by progress what it does.
#[confluent_tool(write, category = Category::Other("faulty"))]
async fn writes_until_told(cx: &ToolContext, progress: Progress) -> Result<Done> {
    progress.report(0, 2, "begun").await;
    cx.cancelled().cancelled().await;
    progress.report(1, 2, "cleaning up").await;
    Err(ToolError::new(
        ErrorKind::Cancelled,
        "stopped between two steps",
    ))
}

/// Counts.
#[confluent_tool(read_only, category = Category::Other("faulty"))]
async fn counts(
    progress: Progress,
    /// How far.
    #[arg(range = 1..=100)]
    to: usize,
) -> Result<Done> {
    for done in 1..=to {
        progress.report(done, to, format!("step {done}")).await;
    }
    Ok(Done)
}

/// Returns a lot.
#[confluent_tool(read_only, category = Category::Other("faulty"))]
async fn floods(
    /// How many lines.
    #[arg(range = 1..=1_000_000)]
    lines: usize,
) -> Result<Lines> {
    Ok(Lines {
        lines: (0..lines)
            .map(|number| format!("line {number}: caffè"))
            .collect(),
    })
}

/// Many lines.
#[confluent_type(text("{}", self.lines.join("\n")))]
struct Lines {
    /// The lines.
    lines: Vec<String>,
}

/// Asks after so long that the call has become a task by then, if it does.
#[confluent_tool(destructive, long_running, category = Category::Other("faulty"))]
async fn asks_late(ask: Ask) -> Result<Done> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    ask.confirm("Still?").await?;
    Ok(Done)
}

/// Asks two questions and tells the answers.
#[confluent_tool(destructive, category = Category::Other("faulty"))]
async fn asks_twice(ask: Ask) -> Result<Done> {
    ask.confirm("Really?").await?;
    ask.confirm("Quite sure?").await?;
    Ok(Done)
}

fn main() -> ExitCode {
    mcp_confluent::main()
}
