//! What came out of the server's pipes, sorted.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use serde_json::Value;
use tokio::sync::{Notify, oneshot};

/// Everything that was read from one server.
#[derive(Default)]
pub(crate) struct Wire {
    last_id: AtomicI64,
    state: Mutex<State>,
    /// Told whenever something arrived or a pipe ended.
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: HashMap<i64, oneshot::Sender<Value>>,
    notifications: Vec<Value>,
    /// Responses that no request of ours waits for.
    strays: Vec<Value>,
    /// What was on standard output without being a message.
    violations: Vec<String>,
    log: String,
    ended: bool,
}

/// What has to be done about a line.
pub(crate) enum Incoming {
    /// A request of the server, to be answered.
    Request(Value),
    /// Sorted already.
    Done,
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no test panics while it holds the lock")
    }

    /// A new id, and where its answer arrives.
    pub(crate) fn expect_answer(&self) -> (i64, oneshot::Receiver<Value>) {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer, arrives) = oneshot::channel();
        let mut state = self.state();
        // Without the sender the receiver ends at once.
        if !state.ended {
            state.waiting.insert(id, answer);
        }
        (id, arrives)
    }

    /// Sorts one line of standard output.
    pub(crate) fn take(&self, line: &[u8]) -> Incoming {
        let mut state = self.state();
        let message = match serde_json::from_slice::<Value>(line) {
            Ok(message) if message["jsonrpc"] == "2.0" => message,
            _ => {
                state
                    .violations
                    .push(String::from_utf8_lossy(line).into_owned());
                drop(state);
                self.changed.notify_waiters();
                return Incoming::Done;
            }
        };
        let has_method = message["method"].is_string();
        if has_method && !message["id"].is_null() {
            return Incoming::Request(message);
        }
        if has_method {
            state.notifications.push(message);
        } else {
            match message["id"]
                .as_i64()
                .and_then(|id| state.waiting.remove(&id))
            {
                // Whoever stopped waiting wants no answer.
                Some(waiting) => drop(waiting.send(message)),
                None => state.strays.push(message),
            }
        }
        drop(state);
        self.changed.notify_waiters();
        Incoming::Done
    }

    pub(crate) fn log(&self, text: &str) {
        self.state().log.push_str(text);
        self.changed.notify_waiters();
    }

    /// Standard output ended: nothing that is waited for will come.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.waiting.clear();
        drop(state);
        self.changed.notify_waiters();
    }

    pub(crate) fn logged(&self) -> String {
        self.state().log.clone()
    }

    pub(crate) fn notifications(&self) -> Vec<Value> {
        self.state().notifications.clone()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    /// The first stray that `wanted` accepts, once it arrived.
    pub(crate) async fn stray(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.when(|state| {
            let index = state.strays.iter().position(&wanted)?;
            Some(state.strays.remove(index))
        })
        .await
    }

    /// The first notification that `wanted` accepts, once it arrived.
    pub(crate) async fn notification(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.when(|state| {
            state
                .notifications
                .iter()
                .find(|message| wanted(message))
                .cloned()
        })
        .await
    }

    /// What `wanted` finds in the log, once it is there.
    pub(crate) async fn in_log<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> T {
        self.when(|state| wanted(&state.log)).await
    }

    async fn when<T>(&self, mut found: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            // Listening before looking, so that nothing that arrives in between is missed.
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(found) = found(&mut self.state()) {
                return found;
            }
            changed.await;
        }
    }
}
