//! `DescribeConfigs` and `IncrementalAlterConfigs` of topics.

use std::{ffi::CString, mem, ptr, sync::Arc, time::Duration};

use rdkafka::bindings as rd;

use super::{Fault, Options, Owned, Queue, c_string, code_from, items, take_fault, text};
use crate::client::kafka::{
    configs::{ConfigChange, ConfigEntry, ConfigOperation, ConfigSource, ConfigSynonym},
    control::Control,
    error::Code,
};

type Resource = Owned<rd::rd_kafka_ConfigResource_t>;

fn topic_resource(topic: &str) -> Result<Resource, Fault> {
    let name = c_string(topic)?;
    // SAFETY: the name is copied, and the object is ours.
    let resource = unsafe {
        Owned::new(
            rd::rd_kafka_ConfigResource_new(
                rd::rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC,
                name.as_ptr(),
            ),
            rd::rd_kafka_ConfigResource_destroy,
        )
    };
    resource.ok_or_else(|| Fault::invalid("a topic needs a name"))
}

/// # Safety
/// `resources` must be null or point to `count` valid resources.
unsafe fn only_resource(
    resources: *mut *const rd::rd_kafka_ConfigResource_t,
    count: usize,
) -> Result<*const rd::rd_kafka_ConfigResource_t, Fault> {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(&resource) = items(resources, count).first() else {
            return Err(Fault {
                code: Code::FAIL,
                message: Some("an empty answer".into()),
            });
        };
        let code = code_from(rd::rd_kafka_ConfigResource_error, resource);
        if code == Code::NONE {
            return Ok(resource);
        }
        Err(Fault {
            code,
            message: text(rd::rd_kafka_ConfigResource_error_string(resource)),
        })
    }
}

/// All settings of a topic.
///
/// # Source
/// KIP-133, `DescribeConfigs`.
pub(in super::super) async fn describe(
    control: &Arc<Control>,
    topic: &str,
    timeout: Duration,
) -> Result<Vec<ConfigEntry>, Fault> {
    let queue = {
        let resource = topic_resource(topic)?;
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
            timeout,
        )?;
        let queue = Queue::new(control);
        let mut pointer = resource.pointer;
        // SAFETY: everything passed is alive during the call, which copies what it keeps.
        unsafe {
            rd::rd_kafka_DescribeConfigs(
                control.native(),
                &raw mut pointer,
                1,
                options.0.pointer,
                queue.pointer,
            );
        }
        queue
    };
    let answer = queue.answer().await;
    let (mut resources, mut count) = (0, 0);
    // SAFETY: all that is read here borrows from `answer`, which outlives it.
    unsafe {
        let result = answer.result(rd::rd_kafka_event_DescribeConfigs_result)?;
        let resource = only_resource(
            rd::rd_kafka_DescribeConfigs_result_resources(result, &raw mut resources),
            resources,
        )?;
        let entries = rd::rd_kafka_ConfigResource_configs(resource, &raw mut count);
        Ok(items(entries, count)
            .iter()
            .map(|&item| entry(item))
            .collect())
    }
}

/// # Safety
/// `item` must be valid.
unsafe fn entry(item: *const rd::rd_kafka_ConfigEntry_t) -> ConfigEntry {
    let mut count = 0;
    // SAFETY: the caller's promise; synonyms live as long as the entry they belong to.
    unsafe {
        let synonyms = rd::rd_kafka_ConfigEntry_synonyms(item, &raw mut count);
        ConfigEntry {
            name: text(rd::rd_kafka_ConfigEntry_name(item)).unwrap_or_default(),
            value: text(rd::rd_kafka_ConfigEntry_value(item)),
            source: source(item),
            is_sensitive: rd::rd_kafka_ConfigEntry_is_sensitive(item) == 1,
            is_read_only: rd::rd_kafka_ConfigEntry_is_read_only(item) == 1,
            synonyms: items(synonyms, count)
                .iter()
                .map(|&synonym| ConfigSynonym {
                    name: text(rd::rd_kafka_ConfigEntry_name(synonym)).unwrap_or_default(),
                    value: text(rd::rd_kafka_ConfigEntry_value(synonym)),
                    source: source(synonym),
                })
                .collect(),
        }
    }
}

/// # Safety
/// `item` must be valid.
unsafe fn source(item: *const rd::rd_kafka_ConfigEntry_t) -> ConfigSource {
    let function: unsafe extern "C" fn(
        *const rd::rd_kafka_ConfigEntry_t,
    ) -> rd::rd_kafka_ConfigSource_t = rd::rd_kafka_ConfigEntry_source;
    // SAFETY: the enum is `repr(u32)`, so the ABI is that of a `u32`; read as an integer because
    // librdkafka passes on what the broker sent, known to the bindings or not.
    let number = unsafe {
        let function: unsafe extern "C" fn(*const rd::rd_kafka_ConfigEntry_t) -> u32 =
            mem::transmute(function);
        function(item)
    };
    match number {
        1 => ConfigSource::Topic,
        2 => ConfigSource::Broker,
        3 => ConfigSource::Cluster,
        4 => ConfigSource::BrokerFile,
        5 => ConfigSource::Default,
        _ => ConfigSource::Unknown,
    }
}

/// Changes single settings of a topic and leaves the others as they are.
///
/// # Source
/// KIP-339, `IncrementalAlterConfigs`.
pub(in super::super) async fn alter(
    control: &Arc<Control>,
    topic: &str,
    changes: &[ConfigChange],
    validate_only: bool,
    timeout: Duration,
) -> Result<(), Fault> {
    let queue = {
        let resource = topic_resource(topic)?;
        for change in changes {
            add(&resource, change)?;
        }
        let options = Options::new(
            control,
            rd::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
            timeout,
        )?;
        options.validate_only(validate_only)?;
        let queue = Queue::new(control);
        let mut pointer = resource.pointer;
        // SAFETY: everything passed is alive during the call, which copies what it keeps.
        unsafe {
            rd::rd_kafka_IncrementalAlterConfigs(
                control.native(),
                &raw mut pointer,
                1,
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
        let result = answer.result(rd::rd_kafka_event_IncrementalAlterConfigs_result)?;
        only_resource(
            rd::rd_kafka_IncrementalAlterConfigs_result_resources(result, &raw mut count),
            count,
        )?;
    }
    Ok(())
}

fn add(resource: &Resource, change: &ConfigChange) -> Result<(), Fault> {
    use rd::rd_kafka_AlterConfigOpType_t as Op;
    let name = c_string(&change.name)?;
    let (operation, value) = match &change.operation {
        ConfigOperation::Set(value) => (Op::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, Some(value)),
        ConfigOperation::Delete => (Op::RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, None),
        ConfigOperation::Append(value) => (Op::RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND, Some(value)),
        ConfigOperation::Subtract(value) => {
            (Op::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT, Some(value))
        }
    };
    let value: Option<CString> = value.map(|value| c_string(value)).transpose()?;
    let pointer = value.as_ref().map_or(ptr::null(), |value| value.as_ptr());
    // SAFETY: the resource is alive, both strings are copied, and a returned error is ours to free.
    unsafe {
        take_fault(rd::rd_kafka_ConfigResource_add_incremental_config(
            resource.pointer,
            name.as_ptr(),
            operation,
            pointer,
        ))
    }
}
