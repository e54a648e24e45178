//! The client that writes records and administers the cluster: one per connection, shared by all
//! calls.

use std::{sync::Arc, thread, time::Duration};

use rdkafka::producer::{BaseProducer, Producer as _};
use tokio_util::sync::DropGuard;

use super::{
    health::{Context, Health},
    settings::KafkaSettings,
    shared::Shared,
    tokens::{Token, Tokens},
    topics::Listed,
};
use crate::error::{Result, ToolError};

/// How long the thread sleeps at most before it looks whether it is still needed.
const TURN: Duration = Duration::from_millis(500);

/// A librdkafka client of its own.
pub(super) struct Control {
    pub(super) producer: Arc<BaseProducer<Context>>,
    pub(super) health: Arc<Health>,
    /// Lists of all topics.
    pub(super) topics: Arc<Shared<Listed>>,
    /// Where its tokens come from; no later ones are fetched when the guard is dropped.
    tokens: Option<(Arc<Tokens>, DropGuard)>,
}

impl Control {
    /// Makes the client. It connects by itself when first asked for something.
    pub(super) fn open(
        settings: &KafkaSettings,
        token: Option<(Arc<Tokens>, Arc<Token>)>,
    ) -> Result<Self> {
        let health = Health::new(settings.servers());
        let producer: BaseProducer<Context> = settings
            .control()
            .create_with_context(Context(health.clone()))
            .map_err(|error| settings.refused(error))?;
        let producer = Arc::new(producer);
        let tokens = match token {
            None => None,
            Some((tokens, first)) => {
                tokens.hand_over(producer.client(), &first)?;
                let renewal = tokens.keep_fresh(Arc::downgrade(&producer), first);
                Some((tokens, renewal))
            }
        };
        let polled = producer.clone();
        // Delivers the callbacks: reports of written records, errors, log lines. The thread owns the
        // client with everyone else and is the last to let go, because letting go can block.
        thread::Builder::new()
            .name("kafka-events".to_owned())
            .spawn(move || {
                while Arc::strong_count(&polled) > 1 {
                    polled.poll(TURN);
                }
            })
            .map_err(|error| ToolError::internal(format!("no thread for Kafka: {error}")))?;
        Ok(Self {
            producer,
            health,
            topics: Arc::default(),
            tokens,
        })
    }

    /// Before another client takes its place: one whose token was refused needs another token.
    pub(super) fn give_up(&self) {
        if let Some((tokens, _)) = self.tokens.as_ref().filter(|_| self.health.is_refused()) {
            tokens.refused();
        }
    }
}
