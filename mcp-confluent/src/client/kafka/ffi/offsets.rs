//! `ListOffsets`.

use std::{sync::Arc, time::Duration};

use rdkafka::bindings as rd;

use super::{
    Fault, Options, Queue, items,
    partitions::{Entry, PartitionList},
    take_fault,
};
use crate::client::kafka::{
    control::Control,
    error::Code,
    offsets::{Isolation, Spec},
};

/// The offset asked for of one partition; `None` where there is none.
pub(in super::super) struct ListedOffset {
    pub(in super::super) topic: String,
    pub(in super::super) partition: i32,
    pub(in super::super) offset: Result<Option<i64>, Fault>,
}

/// Asks the leaders of the partitions for offsets.
///
/// Every partition must have a leader: librdkafka waits for one until the time-out.
///
/// # Source
/// KIP-396, `ListOffsets`.
pub(in super::super) async fn list(
    control: &Arc<Control>,
    partitions: &[(&str, i32, Spec)],
    isolation: Isolation,
    timeout: Duration,
) -> Result<Vec<ListedOffset>, Fault> {
    let queue = {
        let number = |spec| match spec {
            Spec::Earliest => rd::rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_EARLIEST as i64,
            Spec::Latest => rd::rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_LATEST as i64,
            Spec::Timestamp(milliseconds) => milliseconds,
        };
        let list = PartitionList::new(
            partitions
                .iter()
                .map(|&(topic, partition, spec)| (topic, partition, number(spec))),
        )?;
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS,
            timeout,
        )?;
        let isolation = match isolation {
            Isolation::ReadUncommitted => {
                rd::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
            }
            Isolation::ReadCommitted => {
                rd::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
            }
        };
        let queue = Queue::new(control);
        // SAFETY: everything passed is alive during the calls, which copy what they keep; an error
        // that is returned is ours to free.
        unsafe {
            take_fault(rd::rd_kafka_AdminOptions_set_isolation_level(
                options.0.pointer,
                isolation,
            ))?;
            rd::rd_kafka_ListOffsets(
                control.native(),
                list.pointer(),
                options.0.pointer,
                queue.pointer,
            );
        }
        queue
    };
    let answer = queue.answer().await;
    let mut count = 0;
    // SAFETY: all that is read here borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_ListOffsets_result)?;
        let infos = rd::rd_kafka_ListOffsets_result_infos(result, &raw mut count);
        Ok(items(infos, count)
            .iter()
            .map(|&info| {
                let entry = Entry(&*rd::rd_kafka_ListOffsetsResultInfo_topic_partition(info));
                let offset = match entry.code() {
                    Code::NONE => Ok((entry.0.offset >= 0).then_some(entry.0.offset)),
                    code => Err(Fault {
                        code,
                        message: None,
                    }),
                };
                ListedOffset {
                    topic: entry.topic(),
                    partition: entry.0.partition,
                    offset,
                }
            })
            .collect())
    }
}
