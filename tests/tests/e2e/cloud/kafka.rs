//! Topics, records and groups, over Kafka's protocol.

use mcp_confluent_sandbox::cloud::{CLUSTER, ENVIRONMENT};
use mcp_confluent_tests::Plan;
use serde_json::{Value, json};

use super::plays;

/// `arguments` and those that name the cluster, which the connection names already.
fn in_the_cluster(mut arguments: Value) -> Value {
    arguments["cluster_id"] = CLUSTER.into();
    arguments["environment_id"] = ENVIRONMENT.into();
    arguments
}

/// The same for the tools that know those by their other spelling.
fn with_the_cluster(mut arguments: Value) -> Value {
    arguments["clusterId"] = CLUSTER.into();
    arguments["environmentId"] = ENVIRONMENT.into();
    arguments
}

/// A change of the retention of a topic.
fn retention() -> Value {
    json!({
        "topicName": "orders",
        "topicConfigs": [{ "name": "retention.ms", "value": "86400000", "operation": "SET" }],
    })
}

/// The same, checked only.
fn retention_checked() -> Value {
    let mut arguments = with_the_cluster(retention());
    arguments["validateOnly"] = true.into();
    arguments
}

plays! {
    list_topics: Plan::reads("list-topics")
        .on_kafka()
        .all(in_the_cluster(json!({
            "includeInternal": false,
            "prefix": "o",
            "pageSize": 1,
            "pageToken": "o",
        })))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("topics", json!({}))
        .empty("topics", json!({ "prefix": "no-such" }));
    create_topics: Plan::writes("create-topics")
        .on_kafka()
        .minimal(json!({ "topics": [{ "topic": "planned" }] }))
        .all(in_the_cluster(json!({
            "topics": [{ "topic": "checked", "numPartitions": 3, "replicationFactor": 1 }],
            "validateOnly": true,
        })))
        .wrong(json!({ "topics": [{ "topic": "no/name" }] }), "no/name");
    delete_topics: Plan::writes("delete-topics")
        .on_kafka()
        .minimal(json!({ "topicNames": ["hello"] }))
        .all(in_the_cluster(json!({ "topicNames": ["cool"] })))
        .wrong(json!({ "topicNames": [] }), "topicNames");
    produce_message: Plan::writes("produce-message")
        .on_kafka()
        .minimal(json!({ "topicName": "hello", "value": { "message": "hi" } }))
        .all(in_the_cluster(json!({
            "topicName": "hello",
            "value": { "message": { "n": 1 }, "encoding": "json" },
            "key": { "message": "k" },
            "partition": 0,
            "timestamp": 1_700_000_000_000_u64,
            "headers": { "trace": "t" },
        })))
        .wrong(json!({ "partition": -1 }), "partition");
    consume_messages: Plan::reads("consume-messages")
        .on_kafka()
        .long_running()
        .minimal(json!({ "topics": [{ "name": "hello" }] }))
        .all(in_the_cluster(json!({
            "topics": [{ "name": "hello", "partition": 0, "start": { "tail": 1 } }],
            "maxMessages": 1,
            "timeoutMs": 5000,
            "valueFormat": { "disableSchemaRegistry": true },
            "keyFormat": { "disableSchemaRegistry": true },
        })))
        .wrong(json!({ "maxMessages": 0 }), "maxMessages")
        .before("create-topics", json!({ "topics": [{ "topic": "blank" }] }))
        .empty("records", json!({ "topics": [{ "name": "blank" }] }));
    get_partition_offsets: Plan::reads("get-partition-offsets")
        .on_kafka()
        .minimal(json!({ "topicName": "hello" }))
        .all(in_the_cluster(json!({ "topicName": "hello", "partition": 0 })))
        .wrong(json!({ "partition": -1 }), "partition");
    list_consumer_groups: Plan::reads("list-consumer-groups")
        .on_kafka()
        .all(in_the_cluster(json!({
            "matchStates": ["Empty", "Stable"],
            "matchType": "Classic",
            "pageSize": 1,
            "pageToken": "a",
        })))
        .wrong(json!({ "matchStates": ["Tired"] }), "matchStates")
        .pages("groups", json!({}))
        .empty("groups", json!({ "matchStates": ["Dead"] }));
    describe_consumer_group: Plan::reads("describe-consumer-group")
        .on_kafka()
        .minimal(json!({ "groupId": "billing" }))
        .all(in_the_cluster(json!({ "groupId": "billing" })))
        .wrong(json!({ "groupId": "" }), "groupId");
    get_consumer_group_lag: Plan::reads("get-consumer-group-lag")
        .on_kafka()
        .minimal(json!({ "groupId": "billing" }))
        .all(in_the_cluster(json!({ "groupId": "billing", "topics": ["orders"] })))
        .wrong(json!({ "groupId": "" }), "groupId");
    get_topic_config: Plan::reads("get-topic-config")
        .on_kafka()
        .minimal(json!({ "topicName": "orders" }))
        .all(with_the_cluster(json!({ "topicName": "orders", "onlyOverrides": true })))
        .wrong(json!({ "topicName": "" }), "topicName");
    alter_topic_config: Plan::writes("alter-topic-config")
        .on_kafka()
        .minimal(retention())
        .all(retention_checked())
        .wrong(json!({ "topicConfigs": [] }), "topicConfigs");
}
