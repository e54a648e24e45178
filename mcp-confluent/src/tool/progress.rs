//! [`Progress`]: how far a call is, told to clients that asked for it.

use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::Peer,
    task_manager::TaskContext,
};

use super::{context::ToolContext, inject::FromContext, requirement::Requirement};
use crate::error::Result;

/// How often work that is watched is looked at.
const EACH: Duration = Duration::from_millis(500);

/// Tells the client how far the call is; does nothing for a client that did not ask. On a call that
/// has become a task, it is the status message of the task.
#[derive(Debug, Clone)]
pub struct Progress(pub(crate) ToolContext);

impl Progress {
    /// `done` of `total` steps are done; `message` says what comes now or was just done.
    pub async fn report(&self, done: usize, total: usize, message: impl Into<String> + Send) {
        let sink = &self.0.inner().progress;
        if let Some(task) = sink.task.get() {
            task.set_status_message(format!("{} ({done}/{total})", message.into()));
            return;
        }
        let Some((peer, token)) = &sink.client else {
            return;
        };
        // Counts of steps are far below 2^52, where an f64 would begin to lose them.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let notification = ProgressNotificationParam::new(token.clone(), done as f64)
            .with_total(total as f64)
            .with_message(message.into());
        // A client that went away is noticed where the answer is sent.
        drop(peer.notify_progress(notification).await);
    }

    /// Waits for `work`, and reports meanwhile how many of `total` steps are done whenever `so_far` says
    /// that there are more; `what` is what they are steps of, such as `records`.
    pub async fn watch<T>(
        &self,
        work: impl Future<Output = T> + Send,
        total: usize,
        what: &str,
        so_far: impl Fn() -> usize + Send,
    ) -> T {
        let mut work = pin!(work);
        let mut told = 0;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(EACH) => {}
            }
            let done = so_far();
            if done > told {
                told = done;
                self.report(done, total, format!("{done} {what}")).await;
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for Progress {
    const REQUIRES: &'static [Requirement] = &[];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        Ok(cx.progress())
    }
}

/// Where progress goes, if anywhere.
#[derive(Clone)]
pub(crate) struct ProgressSink {
    client: Option<(Peer<RoleServer>, ProgressToken)>,
    /// The client, if it shows a person an address to go to.
    #[cfg(feature = "login")]
    shows_urls: Option<Peer<RoleServer>>,
    task: TaskStatus,
}

impl ProgressSink {
    pub(crate) fn none() -> Self {
        Self {
            client: None,
            #[cfg(feature = "login")]
            shows_urls: None,
            task: TaskStatus::default(),
        }
    }

    pub(crate) fn to(peer: Peer<RoleServer>, token: ProgressToken) -> Self {
        Self {
            client: Some((peer, token)),
            ..Self::none()
        }
    }

    /// The same for a client that shows a person an address to go to.
    #[cfg(feature = "login")]
    pub(crate) fn showing_urls(mut self, peer: Peer<RoleServer>) -> Self {
        self.shows_urls = Some(peer);
        self
    }

    /// The client, if it shows a person an address to go to.
    #[cfg(feature = "login")]
    pub(super) fn shows_urls(&self) -> Option<&Peer<RoleServer>> {
        self.shows_urls.as_ref()
    }

    /// What shows the progress once the call has become a task.
    pub(crate) fn task(&self) -> TaskStatus {
        self.task.clone()
    }
}

/// The task that a call becomes, if it does.
#[derive(Clone, Default)]
pub(crate) struct TaskStatus(Arc<Inner>);

#[derive(Default)]
struct Inner {
    task: OnceLock<TaskContext>,
    asking: AtomicBool,
}

impl TaskStatus {
    /// Shows it on `task` from now on, and no longer to who waits for the answer: nobody does.
    pub(crate) fn show_on(&self, task: TaskContext) {
        // A call becomes a task once.
        drop(self.0.task.set(task));
    }

    /// The task, once the call has become one.
    pub(crate) fn get(&self) -> Option<&TaskContext> {
        self.0.task.get()
    }

    /// Whether a question is before the person, whose answer comes by way of the request.
    pub(crate) fn is_asking(&self) -> bool {
        self.0.asking.load(Ordering::Relaxed)
    }

    /// Waits for the answer of a person.
    pub(crate) async fn while_asking<T>(&self, answer: impl Future<Output = T>) -> T {
        self.0.asking.store(true, Ordering::Relaxed);
        let answer = answer.await;
        self.0.asking.store(false, Ordering::Relaxed);
        answer
    }
}
