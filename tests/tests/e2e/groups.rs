//! `list-consumer-groups`, `describe-consumer-group`, `get-consumer-group-lag`.

use mcp_confluent_tests::{Era, answer::assert_says, eventually};
use serde_json::{Value, json};

use crate::{
    members::{Member, commit},
    support::{Fixture, in_both_eras},
};

fn listed<'a>(groups: &'a Value, id: &str) -> Option<&'a Value> {
    groups["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["groupId"] == id)
}

in_both_eras! {
async fn groups_are_listed_with_state_and_protocol(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("orders", 2).await;
    let [busy, idle] = [fixture.cluster.name("busy"), fixture.cluster.name("idle")];
    commit(&fixture.cluster.bootstrap(), &idle, &topic, &[(0, 0)]);
    let _member = Member::join_and_settle(&fixture.cluster.bootstrap(), &busy, &topic);
    let groups = fixture.data("list-consumer-groups", json!({})).await;
    let found = listed(&groups, &busy).unwrap_or_else(|| panic!("{busy} is missing: {groups}"));
    assert_eq!(found["state"], "Stable", "{found}");
    assert_eq!(found["type"], "Classic", "{found}");
    assert_eq!(found["isSimpleConsumerGroup"], false, "{found}");
    let found = listed(&groups, &idle).unwrap_or_else(|| panic!("{idle} is missing: {groups}"));
    assert_eq!(found["state"], "Empty", "{found}");
    assert_eq!(groups["errors"], json!([]));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn groups_can_be_filtered_by_state_and_protocol(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("orders", 1).await;
    let [busy, idle] = [fixture.cluster.name("busy"), fixture.cluster.name("idle")];
    commit(&fixture.cluster.bootstrap(), &idle, &topic, &[(0, 0)]);
    let _member = Member::join_and_settle(&fixture.cluster.bootstrap(), &busy, &topic);
    let stable = json!({ "matchStates": ["Stable"], "matchType": "Classic" });
    let groups = fixture.data("list-consumer-groups", stable).await;
    assert!(listed(&groups, &busy).is_some() && listed(&groups, &idle).is_none(), "{groups}");
    let either = json!({ "matchStates": ["Empty", "Stable"] });
    let groups = fixture.data("list-consumer-groups", either).await;
    assert!(listed(&groups, &busy).is_some() && listed(&groups, &idle).is_some(), "{groups}");
    let newer = fixture.data("list-consumer-groups", json!({ "matchType": "Consumer" })).await;
    assert!(listed(&newer, &busy).is_none(), "{newer}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_group_is_described_with_its_members_and_what_they_read(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("orders", 3).await;
    let group = fixture.cluster.name("readers");
    let _member = Member::join_and_settle(&fixture.cluster.bootstrap(), &group, &topic);
    let described = fixture.data("describe-consumer-group", json!({ "groupId": group })).await;
    assert_eq!(described["state"], "Stable", "{described}");
    assert_eq!(described["partitionAssignor"], "range", "{described}");
    assert!(described["coordinator"]["port"].as_u64().is_some_and(|port| port > 0), "{described}");
    let members = described["members"].as_array().unwrap();
    assert_eq!(members.len(), 1, "{described}");
    assert_eq!(members[0]["clientId"], "member", "{described}");
    let mut partitions: Vec<_> = members[0]["assignment"]
        .as_array()
        .unwrap()
        .iter()
        .map(|assigned| (assigned["topic"].as_str().unwrap(), assigned["partition"].as_i64().unwrap()))
        .collect();
    partitions.sort_unstable();
    assert_eq!(partitions, [(&*topic, 0), (&*topic, 1), (&*topic, 2)]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_group_in_the_middle_of_a_rebalance_is_described(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("orders", 2).await;
    let group = fixture.cluster.name("restless");
    let bootstrap = fixture.cluster.bootstrap();
    commit(&bootstrap, &group, &topic, &[(0, 0)]);
    let first = Member::join_and_settle(&bootstrap, &group, &topic);
    first.freeze();
    // The rebalance waits for the first member, which does not take part.
    let _second = Member::join(&bootstrap, &group, &topic);
    eventually("the group is rebalancing", async || {
        let described = fixture.data("describe-consumer-group", json!({ "groupId": group })).await;
        described["state"] == "PreparingRebalance"
    })
    .await;
    let filter = json!({ "matchStates": ["PreparingRebalance"] });
    let groups = fixture.data("list-consumer-groups", filter).await;
    assert!(listed(&groups, &group).is_some(), "{groups}");
    let lag = fixture.data("get-consumer-group-lag", json!({ "groupId": group })).await;
    assert_eq!(lag["totalLag"], 0, "{lag}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn lag_is_counted_by_partition_and_in_all(era: Era) {
    let fixture = Fixture::new(era).await;
    let [topic, other] = [fixture.topic("orders", 2).await, fixture.topic("other", 1).await];
    let group = fixture.cluster.name("behind");
    let bootstrap = fixture.cluster.bootstrap();
    fixture.produce(&topic, &["a", "b", "c", "d"]).await;
    fixture.produce(&other, &["a"]).await;
    commit(&bootstrap, &group, &topic, &[(0, 1), (1, 0)]);
    commit(&bootstrap, &group, &other, &[(0, 1)]);
    let lag = fixture.data("get-consumer-group-lag", json!({ "groupId": group })).await;
    assert_eq!(lag["totalLag"], 3, "{lag}");
    let by_topic: Vec<_> = lag["topics"].as_array().unwrap().iter().map(|t| t["topic"].clone()).collect();
    assert_eq!(by_topic, [json!(topic), json!(other)]);
    let partition = &lag["topics"][0]["partitions"][0];
    assert_eq!(partition["committedOffset"], "1", "{lag}");
    assert_eq!(partition["highWatermark"], "4", "{lag}");
    assert_eq!(partition["lag"], 3, "{lag}");
    assert_eq!(lag["topics"][0]["partitions"][1]["lag"], 0, "{lag}");
    let one = fixture
        .data("get-consumer-group-lag", json!({ "groupId": group, "topics": [other] }))
        .await;
    assert_eq!((&one["totalLag"], one["topics"].as_array().unwrap().len()), (&json!(0), 1), "{one}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_topic_the_group_never_read_has_no_partitions(era: Era) {
    let fixture = Fixture::new(era).await;
    let [read, unread] = [fixture.topic("read", 1).await, fixture.topic("unread", 1).await];
    let group = fixture.cluster.name("choosy");
    commit(&fixture.cluster.bootstrap(), &group, &read, &[(0, 0)]);
    let lag = fixture
        .data("get-consumer-group-lag", json!({ "groupId": group, "topics": [unread] }))
        .await;
    assert_eq!(lag["topics"], json!([{ "topic": unread, "partitions": [] }]));
    assert_eq!(lag["totalLag"], 0);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_group_that_is_not_there_is_told_to_be_missing(era: Era) {
    let fixture = Fixture::new(era).await;
    let missing = fixture.cluster.name("nobody");
    for tool in ["describe-consumer-group", "get-consumer-group-lag"] {
        let answer = fixture.call(tool, json!({ "groupId": missing })).await;
        assert_says(answer.failure("not_found"), &[&missing, "GROUP_ID_NOT_FOUND", "list the consumer groups"]);
    }
    fixture.client.close().await;
}
}

in_both_eras! {
async fn lag_in_a_topic_that_is_not_there_is_told(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("orders", 1).await;
    let [group, missing] = [fixture.cluster.name("group"), fixture.cluster.name("missing")];
    commit(&fixture.cluster.bootstrap(), &group, &topic, &[(0, 0)]);
    let arguments = json!({ "groupId": group, "topics": [topic, missing] });
    let answer = fixture.call("get-consumer-group-lag", arguments).await;
    assert_says(answer.text(), &[&missing]);
    fixture.client.close().await;
}
}
