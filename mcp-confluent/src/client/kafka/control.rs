//! The client that writes records and administers the cluster: one per connection, shared by all
//! calls.

use std::{sync::Arc, thread, time::Duration};

use rdkafka::producer::BaseProducer;

use super::{
    health::{Context, Health},
    settings::KafkaSettings,
};
use crate::error::{Result, ToolError};

/// How long the thread sleeps at most before it looks whether it is still needed.
const TURN: Duration = Duration::from_millis(500);

/// A librdkafka client of its own.
pub(super) struct Control {
    pub(super) producer: Arc<BaseProducer<Context>>,
    pub(super) health: Arc<Health>,
}

impl Control {
    /// Makes the client. It connects by itself when first asked for something.
    pub(super) fn open(settings: &KafkaSettings) -> Result<Self> {
        let health = Health::new(settings.servers());
        let producer: BaseProducer<Context> = settings
            .control()
            .create_with_context(Context(health.clone()))
            .map_err(|error| settings.refused(error))?;
        let producer = Arc::new(producer);
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
        Ok(Self { producer, health })
    }
}
