//! [`Progress`]: how far a call is, told to clients that asked for it.

use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::Peer,
};

use super::{context::ToolContext, inject::FromContext, requirement::Requirement};
use crate::error::Result;

/// Tells the client how far the call is; does nothing for a client that did not ask.
#[derive(Debug, Clone)]
pub struct Progress(pub(crate) ToolContext);

impl Progress {
    /// `done` of `total` steps are done; `message` says what comes now or was just done.
    pub async fn report(&self, done: usize, total: usize, message: impl Into<String> + Send) {
        let Some((peer, token)) = &self.0.inner().progress.0 else {
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
pub(crate) struct ProgressSink(Option<(Peer<RoleServer>, ProgressToken)>);

impl ProgressSink {
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn to(peer: Peer<RoleServer>, token: ProgressToken) -> Self {
        Self(Some((peer, token)))
    }
}
