//! `CreateTopics`, `DeleteTopics` and `DescribeTopics`.

use std::{
    ffi::{c_char, c_int},
    sync::Arc,
    time::Duration,
};

use rdkafka::bindings as rd;

use super::{
    Answer, ERROR_TEXT, Fault, Options, Owned, Queue, c_string, code_from, fault_of, items,
    take_fault, text,
};
use crate::client::kafka::{
    control::Control,
    error::Code,
    topics::{NewTopic, PartitionInfo, TopicInfo, TopicRight},
};

/// A topic and how it went with it.
pub(in super::super) type TopicResult = (String, Result<(), Fault>);

/// A topic and its description, or why there is none.
pub(in super::super) type Described = (String, Result<TopicInfo, Fault>);

/// A topic and what these credentials may do with it, where the broker says so.
pub(in super::super) type RightsOfTopics = Vec<(String, Option<Vec<TopicRight>>)>;

/// Creates topics; one result per topic.
///
/// # Source
/// KIP-4, `CreateTopics`.
pub(in super::super) async fn create(
    control: &Arc<Control>,
    topics: &[NewTopic],
    validate_only: bool,
    timeout: Duration,
) -> Result<Vec<TopicResult>, Fault> {
    let queue = {
        let mut native = Vec::with_capacity(topics.len());
        for topic in topics {
            native.push(new_topic(topic)?);
        }
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS,
            timeout,
        )?;
        options.operation_timeout(timeout)?;
        options.validate_only(validate_only)?;
        let queue = Queue::new(control);
        let mut array = Owned::array(&native);
        // SAFETY: everything passed is alive during the call, which copies what it keeps.
        unsafe {
            rd::rd_kafka_CreateTopics(
                control.native(),
                array.as_mut_ptr(),
                array.len(),
                options.0.pointer,
                queue.pointer,
            );
        }
        queue
    };
    let answer = queue.answer().await;
    let mut count = 0;
    // SAFETY: the result borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_CreateTopics_result)?;
        let results = rd::rd_kafka_CreateTopics_result_topics(result, &raw mut count);
        Ok(topic_results(results, count))
    }
}

fn new_topic(topic: &NewTopic) -> Result<Owned<rd::rd_kafka_NewTopic_t>, Fault> {
    let name = c_string(&topic.name)?;
    let mut message: [c_char; ERROR_TEXT] = [0; ERROR_TEXT];
    // SAFETY: the name is copied; the text of a refusal is written within the given length.
    let native = unsafe {
        Owned::new(
            rd::rd_kafka_NewTopic_new(
                name.as_ptr(),
                topic.partitions.unwrap_or(-1),
                topic.replication_factor.map_or(-1, c_int::from),
                message.as_mut_ptr(),
                message.len(),
            ),
            rd::rd_kafka_NewTopic_destroy,
        )
    };
    let Some(native) = native else {
        // SAFETY: zeroed at first, so it ends with a zero.
        let message = unsafe { text(message.as_ptr()) }.unwrap_or_default();
        return Err(Fault::invalid(format!("topic `{}`: {message}", topic.name)));
    };
    for (key, value) in &topic.configs {
        let (key, value) = (c_string(key)?, c_string(value)?);
        // SAFETY: the topic is alive, and both strings are copied. It returns librdkafka's own codes.
        unsafe { rd::rd_kafka_NewTopic_set_config(native.pointer, key.as_ptr(), value.as_ptr()) };
    }
    Ok(native)
}

/// Deletes topics; one result per topic.
///
/// # Source
/// KIP-4, `DeleteTopics`.
pub(in super::super) async fn delete(
    control: &Arc<Control>,
    names: &[String],
    timeout: Duration,
) -> Result<Vec<TopicResult>, Fault> {
    let queue = {
        let mut native = Vec::with_capacity(names.len());
        for name in names {
            let name = c_string(name)?;
            // SAFETY: the name is copied, and the object is ours.
            let topic = unsafe {
                Owned::new(
                    rd::rd_kafka_DeleteTopic_new(name.as_ptr()),
                    rd::rd_kafka_DeleteTopic_destroy,
                )
            };
            native.push(topic.ok_or_else(|| Fault::invalid("no such topic name"))?);
        }
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETETOPICS,
            timeout,
        )?;
        options.operation_timeout(timeout)?;
        let queue = Queue::new(control);
        let mut array = Owned::array(&native);
        // SAFETY: everything passed is alive during the call, which copies what it keeps.
        unsafe {
            rd::rd_kafka_DeleteTopics(
                control.native(),
                array.as_mut_ptr(),
                array.len(),
                options.0.pointer,
                queue.pointer,
            );
        }
        queue
    };
    let answer = queue.answer().await;
    let mut count = 0;
    // SAFETY: the result borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_DeleteTopics_result)?;
        let results = rd::rd_kafka_DeleteTopics_result_topics(result, &raw mut count);
        Ok(topic_results(results, count))
    }
}

/// # Safety
/// `results` must be null or point to `count` valid results.
unsafe fn topic_results(
    results: *mut *const rd::rd_kafka_topic_result_t,
    count: usize,
) -> Vec<TopicResult> {
    // SAFETY: the caller's promise covers the slice and each result in it.
    unsafe {
        items(results, count)
            .iter()
            .map(|&result| {
                let name = text(rd::rd_kafka_topic_result_name(result)).unwrap_or_default();
                let code = code_from(rd::rd_kafka_topic_result_error, result);
                let message = text(rd::rd_kafka_topic_result_error_string(result));
                let outcome = if code == Code::NONE {
                    Ok(())
                } else {
                    Err(Fault { code, message })
                };
                (name, outcome)
            })
            .collect()
    }
}

/// Describes the named topics, in the order of the broker's answer. No topic is created by asking.
pub(in super::super) async fn describe(
    control: &Arc<Control>,
    names: &[&str],
    timeout: Duration,
) -> Result<Vec<Described>, Fault> {
    topic_descriptions(&ask_about(control, names, timeout, false)?.answer().await)
}

/// What these credentials may do with the named topics; `None` where the broker does not say. Topics
/// that cannot be described are left out.
///
/// # Source
/// KIP-430.
pub(in super::super) async fn rights(
    control: &Arc<Control>,
    names: &[&str],
    timeout: Duration,
) -> Result<RightsOfTopics, Fault> {
    topic_rights(&ask_about(control, names, timeout, true)?.answer().await)
}

fn ask_about(
    control: &Arc<Control>,
    names: &[&str],
    timeout: Duration,
    with_rights: bool,
) -> Result<Queue, Fault> {
    let mut strings = Vec::with_capacity(names.len());
    for name in names {
        strings.push(c_string(name)?);
    }
    let mut pointers: Vec<_> = strings.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: the names are copied, and the object is ours.
    let collection = unsafe {
        Owned::new(
            rd::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            rd::rd_kafka_TopicCollection_destroy,
        )
    };
    let collection = collection.ok_or_else(|| Fault::invalid("no topic names"))?;
    let options = Options::new(
        control,
        rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
        timeout,
    )?;
    if with_rights {
        // SAFETY: the options are alive, and the error is ours.
        unsafe {
            take_fault(rd::rd_kafka_AdminOptions_set_include_authorized_operations(
                options.0.pointer,
                1,
            ))?;
        }
    }
    let queue = Queue::new(control);
    // SAFETY: everything passed is alive during the call, which copies what it keeps.
    unsafe {
        rd::rd_kafka_DescribeTopics(
            control.native(),
            collection.pointer,
            options.0.pointer,
            queue.pointer,
        );
    }
    Ok(queue)
}

fn topic_rights(answer: &Answer) -> Result<RightsOfTopics, Fault> {
    use rd::rd_kafka_AclOperation_t as Operation;

    let right = |operation: &Operation| match operation {
        Operation::RD_KAFKA_ACL_OPERATION_READ => Some(TopicRight::Read),
        Operation::RD_KAFKA_ACL_OPERATION_WRITE => Some(TopicRight::Write),
        Operation::RD_KAFKA_ACL_OPERATION_CREATE => Some(TopicRight::Create),
        Operation::RD_KAFKA_ACL_OPERATION_DELETE => Some(TopicRight::Delete),
        Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS => Some(TopicRight::DescribeConfigs),
        Operation::RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS => Some(TopicRight::AlterConfigs),
        _ => None,
    };
    let (mut count, mut rights) = (0, Vec::new());
    // SAFETY: all that is read here borrows from `answer`, which outlives it. librdkafka makes the
    // operations of the bits it knows, so they are ones of the enumeration.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_DescribeTopics_result)?;
        let topics = rd::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        for &topic in items(topics, count) {
            if fault_of(rd::rd_kafka_TopicDescription_error(topic)).is_some() {
                continue;
            }
            let name = text(rd::rd_kafka_TopicDescription_name(topic)).unwrap_or_default();
            let mut operation_count = 0;
            let operations = rd::rd_kafka_TopicDescription_authorized_operations(
                topic,
                &raw mut operation_count,
            );
            let known = (!operations.is_null()).then(|| {
                items(operations.cast_mut(), operation_count)
                    .iter()
                    .filter_map(right)
                    .collect()
            });
            rights.push((name, known));
        }
    }
    Ok(rights)
}

fn topic_descriptions(answer: &Answer) -> Result<Vec<Described>, Fault> {
    let mut count = 0;
    // SAFETY: all that is read here borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_DescribeTopics_result)?;
        let topics = rd::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        Ok(items(topics, count)
            .iter()
            .map(|&topic| {
                let name = text(rd::rd_kafka_TopicDescription_name(topic)).unwrap_or_default();
                if let Some(fault) = fault_of(rd::rd_kafka_TopicDescription_error(topic)) {
                    return (name, Err(fault));
                }
                let mut partition_count = 0;
                let partitions =
                    rd::rd_kafka_TopicDescription_partitions(topic, &raw mut partition_count);
                let mut partitions: Vec<_> = items(partitions, partition_count)
                    .iter()
                    .map(|&p| partition(p))
                    .collect();
                partitions.sort_unstable_by_key(|partition| partition.id);
                let internal = rd::rd_kafka_TopicDescription_is_internal(topic) != 0;
                (
                    name.clone(),
                    Ok(TopicInfo {
                        name,
                        internal,
                        partitions,
                    }),
                )
            })
            .collect())
    }
}

/// # Safety
/// `info` must be valid.
unsafe fn partition(info: *const rd::rd_kafka_TopicPartitionInfo_t) -> PartitionInfo {
    let (mut replica_count, mut isr_count) = (0, 0);
    // SAFETY: the caller's promise; nodes live as long as the partition they belong to.
    unsafe {
        let leader = rd::rd_kafka_TopicPartitionInfo_leader(info);
        let replicas = rd::rd_kafka_TopicPartitionInfo_replicas(info, &raw mut replica_count);
        let isr = rd::rd_kafka_TopicPartitionInfo_isr(info, &raw mut isr_count);
        PartitionInfo {
            id: rd::rd_kafka_TopicPartitionInfo_partition(info),
            leader: node_id(leader),
            replicas: items(replicas, replica_count)
                .iter()
                .filter_map(|&n| node_id(n))
                .collect(),
            isr: items(isr, isr_count)
                .iter()
                .filter_map(|&n| node_id(n))
                .collect(),
        }
    }
}

/// # Safety
/// `node` must be null or valid.
unsafe fn node_id(node: *const rd::rd_kafka_Node_t) -> Option<i32> {
    if node.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller promises that it is valid.
    let id = unsafe { rd::rd_kafka_Node_id(node) };
    (id >= 0).then_some(id)
}
