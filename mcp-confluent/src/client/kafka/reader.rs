//! The clients that read: opened when needed, used by one read at a time, and kept for a while.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use tokio::{task::spawn_blocking, time::Instant};

use super::{
    health::{Context, Health},
    settings::KafkaSettings,
    tokens::{Token, Tokens},
};
use crate::error::Result;

/// How many clients are kept when nobody reads.
const KEPT: usize = 4;

/// How long a client is kept after its last read. Threads, connections and memory go with it.
const IDLE: Duration = Duration::from_mins(1);

/// The most events (errors, log lines) looked at in one go.
const EVENTS: usize = 64;

/// A librdkafka client that reads.
pub(super) struct Reader {
    pub(super) consumer: BaseConsumer<Context>,
    pub(super) health: Arc<Health>,
    /// The last token it was given.
    token: Option<Arc<Token>>,
}

impl Reader {
    fn open(settings: &KafkaSettings) -> Result<Self> {
        let health = Health::new(settings.servers());
        let consumer = settings
            .reader()
            .create_with_context(Context(health.clone()))
            .map_err(|error| settings.refused(error))?;
        Ok(Self {
            consumer,
            health,
            token: None,
        })
    }

    /// Makes sure that it has this token.
    pub(super) fn sign_in(&mut self, tokens: &Tokens, token: &Arc<Token>) -> Result<()> {
        if !self
            .token
            .as_ref()
            .is_some_and(|last| Arc::ptr_eq(last, token))
        {
            tokens.hand_over(self.consumer.client(), token)?;
            self.token = Some(token.clone());
        }
        Ok(())
    }

    /// Lets librdkafka report errors and log lines. Never blocks.
    pub(super) fn serve_events(&self) {
        for _ in 0..EVENTS {
            // What was reported is in `health`.
            let _ = self.consumer.poll(Duration::ZERO);
        }
    }
}

/// The clients that nobody uses at the moment.
pub(super) struct Readers {
    settings: Arc<KafkaSettings>,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// With the moment of their last read.
    readers: Vec<(Reader, Instant)>,
    /// Whether a task is there to close them.
    watched: bool,
}

impl Readers {
    pub(super) fn new(settings: Arc<KafkaSettings>) -> Arc<Self> {
        Arc::new(Self {
            settings,
            idle: Mutex::default(),
        })
    }

    /// A client to read with. Opening and closing clients blocks: call this where that is allowed.
    pub(super) fn take(&self) -> Result<Reader> {
        loop {
            let newest = self.idle.lock().readers.pop();
            let Some((reader, _)) = newest else {
                return Reader::open(&self.settings);
            };
            reader.serve_events();
            if !reader.health.is_down() {
                return Ok(reader);
            }
        }
    }

    /// Keeps a client that worked for the next read.
    pub(super) fn give_back(self: &Arc<Self>, reader: Reader) {
        let mut idle = self.idle.lock();
        if idle.readers.len() == KEPT {
            // Closed outside the lock.
            drop(idle);
            return;
        }
        idle.readers.push((reader, Instant::now()));
        if !std::mem::replace(&mut idle.watched, true) {
            tokio::spawn(close_idle(Arc::downgrade(self)));
        }
    }

    /// Takes out what has been idle for long; the second part says whether anything is left to watch.
    fn expired(&self) -> (Vec<(Reader, Instant)>, bool) {
        let mut idle = self.idle.lock();
        let old = idle
            .readers
            .extract_if(.., |(_, since)| since.elapsed() >= IDLE)
            .collect();
        idle.watched = !idle.readers.is_empty();
        (old, idle.watched)
    }
}

/// Closes clients that nobody uses any more.
async fn close_idle(readers: Weak<Readers>) {
    loop {
        tokio::time::sleep(IDLE / 2).await;
        let Some(readers) = readers.upgrade() else {
            return;
        };
        let (old, more) = readers.expired();
        // Closing a client waits for its threads.
        let _ = spawn_blocking(move || drop(old)).await;
        if !more {
            return;
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let idle = std::mem::take(self.idle.get_mut());
        if !idle.readers.is_empty() {
            // Closing a client waits for its threads, and this may be an asynchronous task.
            std::thread::spawn(move || drop(idle));
        }
    }
}
