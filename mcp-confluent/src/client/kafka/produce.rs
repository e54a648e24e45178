//! Writing records.

use std::sync::Arc;

use rdkafka::{
    message::{Header as NativeHeader, OwnedHeaders},
    producer::{BaseRecord, Producer as _},
    types::RDKafkaErrorCode as Known,
};
use tokio::{sync::oneshot, task::spawn_blocking};

use super::{
    Call, Effect, KafkaClient,
    control::Control,
    error::{Access, Code, Resource},
    ffi::Fault,
    health::Delivery,
    records::{NewRecord, Written},
};
use crate::error::{ErrorKind, Result, ToolError};

impl KafkaClient {
    /// Writes one record and waits until all in-sync replicas have it.
    ///
    /// The topic must exist; it is not created by writing to it. When the call ends without an answer,
    /// the record may have been written or not, and the error says so.
    pub async fn produce(&self, call: &Call, record: &NewRecord) -> Result<Written> {
        let topic = record.topic.as_str();
        self.check_record(call, record).await?;
        let resource = Resource::Topic(topic);
        let written = self
            .run(
                call,
                Effect::Writes,
                "send",
                &format!("write to {resource}"),
                |control, _| async move {
                    match send(&control, record).await {
                        Err(fault) if is_stale(&fault) => {
                            refresh(&control, call, topic).await;
                            send(&control, record).await
                        }
                        result => result,
                    }
                },
            )
            .await;
        let written = match written {
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Cancelled) => {
                return Err(error.hint(
                    "the record may or may not have been written: read the newest records of the \
                     topic before writing it again",
                ));
            }
            written => written?,
        };
        let Delivery {
            partition,
            offset,
            timestamp_ms,
        } = written.map_err(|fault| fault.into_error(Access::Write, resource))?;
        Ok(Written {
            partition,
            offset,
            timestamp_ms,
        })
    }
}

impl KafkaClient {
    /// Checks what can be known of a record before it is written: whether the connection and the
    /// topic take it, its partition, timestamp and headers. [`produce`](Self::produce) does so, too.
    pub async fn check_record(&self, call: &Call, record: &NewRecord) -> Result<()> {
        let topic = record.topic.as_str();
        self.settings().check_writable("write records")?;
        self.settings().check_unprotected("write to it", topic)?;
        if record.timestamp_ms.is_some_and(|timestamp| timestamp < 1) {
            return Err(ToolError::argument(
                "a timestamp is in milliseconds since 1970 and greater than zero",
            ));
        }
        if record
            .headers
            .iter()
            .any(|header| header.name.contains('\0'))
        {
            return Err(ToolError::argument(
                "the name of a header has a zero byte in it",
            ));
        }
        let info = self.describe_one(call, topic, Access::Write).await?;
        match record.partition {
            Some(partition) => info.partition(partition).map(drop),
            None => Ok(()),
        }
    }
}

/// Whether librdkafka answered from what it remembers of a topic that has been made anew.
fn is_stale(fault: &Fault) -> bool {
    [
        Known::UnknownTopic,
        Known::UnknownPartition,
        Known::UnknownTopicOrPartition,
    ]
    .map(Code::of)
    .contains(&fault.code)
}

async fn refresh(control: &Arc<Control>, call: &Call, topic: &str) {
    let (control, topic, timeout) = (control.clone(), topic.to_owned(), call.remaining());
    // Only the side effect matters; if it fails, so will the next attempt.
    let _ = spawn_blocking(move || {
        let _ = control
            .producer
            .client()
            .fetch_metadata(Some(&topic), timeout);
    })
    .await;
}

async fn send(control: &Arc<Control>, record: &NewRecord) -> Result<Delivery, Fault> {
    let (sender, delivery) = oneshot::channel();
    let mut native = BaseRecord::with_opaque_to(&record.topic, Box::new(sender));
    native.partition = record.partition;
    native.timestamp = record.timestamp_ms;
    native.key = record.key.as_deref();
    native.payload = record.value.as_deref();
    if !record.headers.is_empty() {
        let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
        for header in &record.headers {
            headers = headers.insert(NativeHeader {
                key: &header.name,
                value: header.value.as_deref(),
            });
        }
        native.headers = Some(headers);
    }
    control.producer.send(native).map_err(|(error, _)| Fault {
        code: error.rdkafka_error_code().map_or(Code::FAIL, Code::of),
        message: None,
    })?;
    // The sender is dropped unsent only when the client goes, which this call keeps.
    delivery.await.unwrap_or(Err(Fault {
        code: Code::FAIL,
        message: None,
    }))
}
