//! [`Tasks`]: calls that take long, handed to the client as tasks it can look after (SEP-2663).
//!
//! A tool that is marked `long_running` answers at once where it can. If it does not within
//! [`PATIENCE`], a client that knows tasks gets one instead of the answer, and the call goes on. What it
//! asks from then on is asked through the task.

use std::{
    collections::HashMap,
    pin::Pin,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rmcp::{
    ErrorData,
    model::{CallToolResponse, CallToolResult, CreateTaskResult},
    task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions},
};
use tokio_util::sync::CancellationToken;

use crate::tool::progress::TaskStatus;

/// How long a call may take before it becomes a task: a client that polls gains nothing below.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a task may run, and for how long its result is kept: longer than any call may take.
const LIFETIME: Duration = Duration::from_mins(15);

/// How often a client should ask.
const POLL: Duration = Duration::from_secs(1);

/// Tasks of one caller that run at once. Further calls are answered when they are done.
const MOST: usize = 16;

/// The answer to a call, on its way.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<CallToolResponse, ErrorData>> + Send>>;

/// The tasks of one process. A caller sees only its own.
#[derive(Default)]
pub(super) struct Tasks(Mutex<HashMap<String, (TaskManager, Instant)>>);

impl Tasks {
    /// The tasks of `caller`.
    pub(super) fn of(&self, caller: &str) -> TaskManager {
        let now = Instant::now();
        let mut callers = self.0.lock();
        // Nothing is left of a caller that was not heard of since its last task ran out.
        callers.retain(|_, (_, last)| now.duration_since(*last) < 2 * LIFETIME);
        let (tasks, last) = callers
            .entry(caller.to_owned())
            .or_insert_with(|| (TaskManager::new(), now));
        *last = now;
        tasks.clone()
    }

    /// Waits for `answer`, or makes a task of it if it takes long.
    ///
    /// `cancel` stops the call; `cancelled` says that the request was cancelled, which means nothing any
    /// more once the task is handed out. From then on `status` shows progress on the task.
    pub(super) async fn answer(
        &self,
        caller: &str,
        mut answer: Answer,
        cancel: CancellationToken,
        cancelled: &CancellationToken,
        status: &TaskStatus,
    ) -> Result<CallToolResponse, ErrorData> {
        loop {
            tokio::select! {
                answer = &mut answer => return answer,
                () = cancelled.cancelled() => {
                    cancel.cancel();
                    return answer.await;
                }
                () = tokio::time::sleep(PATIENCE) => {}
            }
            // The answer of a person comes by way of the request, which therefore stays open.
            if !status.is_asking() {
                break;
            }
        }
        let tasks = self.of(caller);
        if tasks.running_task_count() >= MOST {
            return stoppable(answer, cancelled.cancelled(), &cancel).await.0;
        }
        let options = TaskOptions::new()
            .with_ttl_ms(millis(LIFETIME))
            .with_poll_interval_ms(millis(POLL));
        let task = tasks.spawn(options, |context| {
            status.show_on(context.clone());
            Box::pin(finish(answer, context, cancel))
        });
        Ok(CreateTaskResult::new(task).into())
    }
}

/// What becomes of a call in a task.
async fn finish(
    answer: Answer,
    task: TaskContext,
    cancel: CancellationToken,
) -> Result<CallToolResult, TaskExit> {
    let (answer, stopped) = stoppable(answer, task.cancelled(), &cancel).await;
    // A question that was open ends the call by itself.
    let stopped = stopped || task.is_cancel_requested();
    match answer? {
        CallToolResponse::Complete(result) if stopped && result.is_error == Some(true) => {
            Err(TaskExit::Cancelled)
        }
        CallToolResponse::Complete(result) => Ok(result),
        // What a task asks, it asks through the task.
        _ => Err(ErrorData::internal_error("a task asked back", None).into()),
    }
}

/// Waits for `answer`. Once `stop` is there, the call is asked to end, and its answer says how far it
/// came: what may have begun to change something ends in its own time. Tells whether it was stopped.
async fn stoppable(
    mut answer: Answer,
    stop: impl Future<Output = ()>,
    cancel: &CancellationToken,
) -> (Result<CallToolResponse, ErrorData>, bool) {
    tokio::select! {
        answer = &mut answer => return (answer, false),
        () = stop => cancel.cancel(),
    }
    (answer.await, true)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
