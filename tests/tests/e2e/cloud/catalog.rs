//! Tags, and the topics that have them.

use mcp_confluent_sandbox::cloud::Fault;
use mcp_confluent_tests::{Client, CloudWorld, Config, Era, Plan};
use serde_json::{Value, json};

use super::plays;

const ORDERS: &str = "lsrc-shop01:lkc-shop01:orders";

plays! {
    list_tags: Plan::reads("list-tags")
        .all(json!({ "environment_id": "env-shop01", "pageSize": 1, "pageToken": "Deprecated" }))
        .wrong(json!({ "pageSize": 0 }), "pageSize")
        .pages("items", json!({}))
        .empty_answer("items", json!([]));
    create_topic_tags: Plan::writes("create-topic-tags")
        .minimal(json!({ "tags": [{ "tagName": "PII" }] }))
        .all(json!({
            "tags": [{ "tagName": "Internal", "description": "Ours" }],
            "environment_id": "env-shop01",
        }))
        .wrong(json!({ "tags": [] }), "tags")
        .wrong(json!({ "tags": [{ "tagName": "" }] }), "tagName");
    delete_tag: Plan::writes("delete-tag")
        .minimal(json!({ "tagName": "Public" }))
        .all(json!({ "tagName": "Deprecated", "environment_id": "env-shop01" }))
        .wrong(json!({ "tagName": "" }), "tagName");
    add_tags_to_topic: Plan::writes("add-tags-to-topic")
        .minimal(json!({ "tagAssignments": [{ "entityName": "orders", "typeName": "Public" }] }))
        .all(json!({
            "tagAssignments": [{
                "entityType": "kafka_topic", "entityName": ORDERS, "typeName": "Deprecated",
            }],
            "environment_id": "env-shop01",
        }))
        .wrong(json!({ "tagAssignments": [{ "entityName": "orders" }] }), "typeName");
    remove_tag_from_entity: Plan::writes("remove-tag-from-entity")
        .before("add-tags-to-topic", json!({ "tagAssignments": [
            { "entityName": "orders", "typeName": "Public" },
            { "entityName": "orders", "typeName": "Deprecated" },
        ] }))
        .minimal(json!({ "tagName": "Public", "qualifiedName": "orders" }))
        .all(json!({
            "tagName": "Deprecated", "typeName": "kafka_topic", "qualifiedName": ORDERS,
            "environment_id": "env-shop01",
        }))
        .wrong(json!({ "qualifiedName": 5 }), "qualifiedName");
    search_topics_by_tag: Plan::reads("search-topics-by-tag")
        .all(json!({
            "topicTag": "Public", "limit": 500, "offset": 1, "environment_id": "env-shop01",
        }))
        .wrong(json!({ "limit": 501 }), "limit")
        .wrong(json!({ "offset": -1 }), "offset")
        .empty("topics", json!({ "topicTag": "Public" }));
    search_topics_by_name: Plan::reads("search-topics-by-name")
        .minimal(json!({ "topicName": "order" }))
        .all(json!({
            "topicName": "order", "limit": 1, "offset": 1, "environment_id": "env-shop01",
        }))
        .wrong(json!({ "limit": 0 }), "limit")
        .empty("topics", json!({ "topicName": "nothing is called so" }));
}

fn names(found: &Value) -> Vec<&str> {
    let topics = found["topics"].as_array().expect("topics").iter();
    topics
        .map(|it| it["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn personal_data_gets_its_tag_and_is_found_by_it() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let tags = json!({ "tags": [
        { "tagName": "PII", "description": "Personal data" },
        { "tagName": "Public" },
    ] });
    let made = client.data("create-topic-tags", tags).await;
    assert_eq!(made["created"], json!(["PII"]));
    assert_eq!(made["failed"][0]["tag"], "Public");

    let assignments = json!({ "tagAssignments": [
        { "entityName": "customers", "typeName": "PII" },
        { "entityName": "orders", "typeName": "PII" },
        { "entityName": "orders", "typeName": "Public" },
        { "entityName": "order", "typeName": "PII" },
        { "entityName": "hello", "typeName": "NoSuchTag" },
    ] });
    let tagged = client.data("add-tags-to-topic", assignments).await;
    assert_eq!(
        tagged["assigned"],
        json!([
            { "entityName": "lsrc-shop01:lkc-shop01:customers", "tag": "PII" },
            { "entityName": ORDERS, "tag": "PII" },
            { "entityName": ORDERS, "tag": "Public" },
        ])
    );
    let failed = tagged["failed"].as_array().unwrap();
    let failed: Vec<_> = failed.iter().map(|it| &it["error"]).collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(failed[0].to_string().contains("no topic `order`"));
    assert!(failed[1].to_string().contains("no tag NoSuchTag"));

    let found = client
        .data("search-topics-by-tag", json!({ "topicTag": "PII" }))
        .await;
    assert_eq!(names(&found), ["customers", "orders"]);
    assert_eq!(found["topics"][1]["tags"], json!(["PII", "Public"]));
    assert_eq!(found["topics"][1]["clusterId"], "lkc-shop01");
    assert_eq!(found["topics"][1]["qualifiedName"], ORDERS);

    client
        .data("delete-topics", json!({ "topicNames": ["customers"] }))
        .await;
    let found = client
        .data("search-topics-by-tag", json!({ "topicTag": "PII" }))
        .await;
    assert_eq!(names(&found), ["orders"]);
    let off = json!({ "tagName": "PII", "qualifiedName": "orders" });
    client.data("remove-tag-from-entity", off).await;
    let found = client
        .data("search-topics-by-tag", json!({ "topicTag": "PII" }))
        .await;
    assert_eq!(names(&found), [""; 0]);
    client.close().await;
}

#[tokio::test]
async fn a_search_goes_on_where_it_stopped() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let whole = client.data("search-topics-by-tag", json!({})).await;
    assert_eq!(whole["nextOffset"], Value::Null);
    let whole = names(&whole).len();
    assert!(whole > 2);
    let mut seen = 0;
    let mut arguments = json!({ "limit": 2 });
    loop {
        let part = client.data("search-topics-by-tag", arguments.clone()).await;
        seen += names(&part).len();
        match &part["nextOffset"] {
            Value::Null => break,
            next => arguments["offset"] = next.clone(),
        }
    }
    assert_eq!(seen, whole);
    client.close().await;
}

#[tokio::test]
async fn nothing_that_was_done_is_an_error() {
    let world = CloudWorld::start().await;
    let client = world.client().await;
    let tags = json!({ "tags": [{ "tagName": "Public" }] });
    let answer = client.call("create-topic-tags", tags).await;
    assert!(answer.is_error());
    assert!(
        answer
            .text()
            .contains("`Public`: the tag Public exists already")
    );
    let unknown = json!({ "topicTag": "Nothing" });
    let answer = client.call("search-topics-by-tag", unknown).await;
    assert!(
        answer.text().contains("perhaps there is no tag `Nothing`"),
        "{}",
        answer.text()
    );
    client.close().await;
}

#[tokio::test]
async fn a_name_that_means_several_topics_has_to_be_given_in_full() {
    let world = CloudWorld::start().await;
    let mut connection = world.connection();
    let kafka = connection["kafka"].as_object_mut().expect("a block");
    kafka.remove("cluster_id");
    let config = Config::new().connection("cloud", connection);
    let client = Client::start(&config, Era::Session).await;
    let entity = |cluster: &str| {
        let name = format!("lsrc-shop01:{cluster}:orders");
        json!({ "typeName": "kafka_topic", "attributes": { "name": "orders", "qualifiedName": name } })
    };
    let both = json!({ "entities": [entity("lkc-a"), entity("lkc-b")] });
    world
        .cloud
        .fail_next("/catalog/v1/search", 1, Fault::json(200, &both));
    let wanted = json!({ "tagAssignments": [{ "entityName": "orders", "typeName": "Public" }] });
    let answer = client.call("add-tags-to-topic", wanted).await;
    assert!(answer.is_error());
    let text = answer.text();
    assert!(
        text.contains("lsrc-shop01:lkc-a:orders or lsrc-shop01:lkc-b:orders"),
        "{text}"
    );
    client.close().await;
}
