//! `consume-messages`: where reading begins, when it ends, what it leaves behind.

use std::time::Duration;

use mcp_confluent_tests::{Era, ToolAnswer, answer::assert_says};
use serde_json::{Value, json};

use crate::{
    members,
    support::{Fixture, in_both_eras},
};

/// Far more than a read of what is there takes, far less than the time-out it is given.
const AT_ONCE: Duration = Duration::from_secs(15);

fn values(read: &Value) -> Vec<&str> {
    read["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["value"].as_str().unwrap())
        .collect()
}

/// Reads with a long time-out, which must not be waited for.
async fn read_at_once(fixture: &Fixture, topics: Value, rest: Value) -> ToolAnswer {
    let mut arguments = json!({ "topics": topics, "timeoutMs": 60_000 });
    for (key, value) in rest.as_object().unwrap() {
        arguments[key] = value.clone();
    }
    let answer = fixture.call("consume-messages", arguments).await;
    assert!(
        answer.took < AT_ONCE,
        "took {:?}: {}",
        answer.took,
        answer.text()
    );
    answer
}

/// A topic of one partition that holds `one` to `five`.
async fn five(fixture: &Fixture) -> String {
    let topic = fixture.topic("five", 1).await;
    fixture
        .produce(&topic, &["one", "two", "three", "four", "five"])
        .await;
    topic
}

in_both_eras! {
async fn reading_ends_when_the_end_is_reached(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    let answer = read_at_once(&fixture, json!([{ "name": topic }]), json!({})).await;
    let read = answer.data();
    assert_eq!(values(read), ["one", "two", "three", "four", "five"]);
    assert_eq!((&read["ended"], &read["next"]), (&json!("reachedEnd"), &json!([])), "{read}");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn an_empty_topic_is_read_at_once(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("empty", 3).await;
    let answer = read_at_once(&fixture, json!([{ "name": topic }]), json!({})).await;
    assert_eq!(answer.data()["records"], json!([]));
    assert_eq!(answer.data()["ended"], "reachedEnd");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn reading_begins_at_an_offset(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    for start in [json!({ "offset": 3 }), json!({ "offset": "3" })] {
        let topics = json!([{ "name": topic, "partition": 0, "start": start }]);
        let answer = read_at_once(&fixture, topics, json!({})).await;
        assert_eq!(values(answer.data()), ["four", "five"]);
    }
    let topics = json!([{ "name": topic, "partition": 0, "start": { "offset": 99 } }]);
    let answer = read_at_once(&fixture, topics, json!({})).await;
    assert_says(answer.failure("argument"), &["99", "0 to 4"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn reading_begins_at_the_tail(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    let tail = |count: u32| json!([{ "name": topic, "partition": 0, "start": { "tail": count } }]);
    let answer = read_at_once(&fixture, tail(2), json!({})).await;
    assert_eq!(values(answer.data()), ["four", "five"]);
    let answer = read_at_once(&fixture, tail(99), json!({})).await;
    assert_eq!(values(answer.data()).len(), 5);
    // The newest ones, also when fewer are wanted than the tail has.
    let answer = read_at_once(&fixture, tail(4), json!({ "maxMessages": 2 })).await;
    assert_eq!(values(answer.data()).len(), 2);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn the_tail_of_a_topic_is_its_newest_records_over_all_partitions(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("spread", 3).await;
    for number in 0..9 {
        let record = json!({
            "topicName": topic,
            "partition": number % 3,
            "timestamp": 1_700_000_000_000_i64 + number * 1000,
            "value": { "message": format!("n{number}") },
        });
        fixture.data("produce-message", record).await;
    }
    let topics = json!([{ "name": topic, "start": { "tail": 4 } }]);
    let answer = read_at_once(&fixture, topics, json!({})).await;
    assert_eq!(values(answer.data()), ["n5", "n6", "n7", "n8"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn reading_begins_at_a_moment(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("timed", 2).await;
    for number in 0..4 {
        let record = json!({
            "topicName": topic,
            "partition": number % 2,
            "timestamp": 1_700_000_000_000_i64 + number * 1000,
            "value": { "message": format!("n{number}") },
        });
        fixture.data("produce-message", record).await;
    }
    for moment in [json!(1_700_000_002_000_i64), json!("2023-11-14T22:13:22Z")] {
        let topics = json!([{ "name": topic, "start": { "timestamp": moment } }]);
        let answer = read_at_once(&fixture, topics, json!({})).await;
        assert_eq!(values(answer.data()), ["n2", "n3"]);
    }
    let late = json!([{ "name": topic, "start": { "timestamp": 1_900_000_000_000_i64 } }]);
    let answer = read_at_once(&fixture, late, json!({})).await;
    assert!(answer.is_error() || answer.data()["records"] == json!([]), "{}", answer.text());
    let wrong = json!([{ "name": topic, "start": { "timestamp": "soon" } }]);
    let answer = read_at_once(&fixture, wrong, json!({})).await;
    assert_says(answer.failure("argument"), &["soon"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn latest_waits_for_what_is_written_during_the_call(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    let params = json!({
        "name": "consume-messages",
        "arguments": {
            "topics": [{ "name": topic, "start": "latest" }],
            "maxMessages": 1,
            "timeoutMs": 30_000,
        },
    });
    let call = fixture.client.begin(params.clone()).await;
    // When the read has begun cannot be seen from outside, so records are written until it ends.
    while call.is_unanswered() {
        fixture.produce(&topic, &["new"]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answer = fixture.client.finish(call, params).await;
    assert_eq!(values(answer.data()), ["new"]);
    assert_eq!(answer.data()["ended"], "maxMessages");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn latest_ends_at_its_time_out_and_that_is_no_error(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    let arguments = json!({ "topics": [{ "name": topic, "start": "latest" }], "timeoutMs": 500 });
    let answer = fixture.call("consume-messages", arguments).await;
    assert_eq!(answer.data()["records"], json!([]));
    assert_eq!(answer.data()["ended"], "timedOut");
    assert!(answer.took >= Duration::from_millis(500) && answer.took < AT_ONCE, "{:?}", answer.took);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_long_topic_is_read_in_pieces_without_gaps_or_repeats(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("long", 2).await;
    for number in 0..10 {
        let record = json!({
            "topicName": topic,
            "partition": number % 2,
            "value": { "message": format!("n{number}") },
        });
        fixture.data("produce-message", record).await;
    }
    let mut seen = Vec::new();
    let mut topics = json!([{ "name": topic }]);
    while topics != json!([]) {
        let answer = read_at_once(&fixture, topics, json!({ "maxMessages": 3 })).await;
        let read = answer.data();
        assert!(!values(read).is_empty(), "no progress: {read}");
        seen.extend(values(read).into_iter().map(str::to_owned));
        topics = read["next"].clone();
    }
    seen.sort_unstable();
    let expected: Vec<_> = (0..10).map(|number| format!("n{number}")).collect();
    assert_eq!(seen, expected);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn several_topics_are_read_in_one_call(era: Era) {
    let fixture = Fixture::new(era).await;
    let [first, second] = [fixture.topic("first", 1).await, fixture.topic("second", 2).await];
    fixture.produce(&first, &["a"]).await;
    fixture.produce(&second, &["b"]).await;
    let topics = json!([{ "name": first }, { "name": second, "partition": 0, "start": { "tail": 1 } }]);
    let answer = read_at_once(&fixture, topics, json!({})).await;
    let mut read = values(answer.data());
    read.sort_unstable();
    assert_eq!(read, ["a", "b"]);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_topic_or_partition_that_is_not_there_is_told_at_once(era: Era) {
    let fixture = Fixture::new(era).await;
    let [topic, missing] = [fixture.topic("there", 2).await, fixture.cluster.name("missing")];
    let answer = read_at_once(&fixture, json!([{ "name": missing }]), json!({})).await;
    assert_says(answer.failure("not_found"), &[&missing]);
    let answer = read_at_once(&fixture, json!([{ "name": topic, "partition": 2 }]), json!({})).await;
    assert_says(answer.failure("not_found"), &[&topic, "2"]);
    assert!(!fixture.topic_names().await.contains(&missing), "reading has made the topic");
    fixture.client.close().await;
}
}

in_both_eras! {
async fn a_partition_named_twice_is_refused(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    for topics in [
        json!([{ "name": topic }, { "name": topic }]),
        json!([{ "name": topic }, { "name": topic, "partition": 0 }]),
    ] {
        let answer = read_at_once(&fixture, topics, json!({})).await;
        assert_says(answer.failure("argument"), &[&topic]);
    }
    fixture.client.close().await;
}
}

in_both_eras! {
async fn reading_leaves_no_group_behind(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    let groups = async || {
        let listed = fixture.data("list-consumer-groups", json!({ "pageSize": 10_000 })).await;
        let ids = listed["groups"].as_array().unwrap().iter();
        ids.map(|group| group["groupId"].as_str().unwrap().to_owned())
            // Other tests have their own, with their own tags.
            .filter(|id| id.contains("mcp") || id.contains(&topic) || id.is_empty())
            .collect::<Vec<_>>()
    };
    for start in [json!("earliest"), json!("latest"), json!({ "tail": 1 }), json!({ "offset": 1 })] {
        let topics = json!([{ "name": topic, "partition": 0, "start": start }]);
        fixture.data("consume-messages", json!({ "topics": topics, "timeoutMs": 300 })).await;
    }
    assert_eq!(groups().await, Vec::<String>::new());
    fixture.client.close().await;
}
}

in_both_eras! {
async fn records_that_were_removed_are_not_waited_for(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = five(&fixture).await;
    members::delete_records(&fixture.cluster.bootstrap(), &topic, 0, 3).await;
    let answer = read_at_once(&fixture, json!([{ "name": topic }]), json!({})).await;
    assert_eq!(values(answer.data()), ["four", "five"]);
    let offsets = fixture.data("get-partition-offsets", json!({ "topicName": topic })).await;
    assert_eq!(offsets["partitions"][0]["lowWatermark"], "3");
    let topics = json!([{ "name": topic, "partition": 0, "start": { "offset": 1 } }]);
    let answer = read_at_once(&fixture, topics, json!({})).await;
    assert_says(answer.failure("argument"), &["offset 1", "3 to 4"]);
    members::delete_records(&fixture.cluster.bootstrap(), &topic, 0, 5).await;
    let answer = read_at_once(&fixture, json!([{ "name": topic }]), json!({})).await;
    assert_eq!(answer.data()["records"], json!([]));
    fixture.client.close().await;
}
}

in_both_eras! {
async fn every_compression_is_read(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("compressed", 1).await;
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for codec in codecs {
        members::produce_compressed(&fixture.cluster.bootstrap(), &topic, codec, 3).await;
    }
    let answer = read_at_once(&fixture, json!([{ "name": topic }]), json!({ "maxMessages": 100 })).await;
    let expected: Vec<_> = codecs.iter().flat_map(|codec| (0..3).map(move |n| format!("{codec}-{n}"))).collect();
    assert_eq!(values(answer.data()), expected);
    fixture.client.close().await;
}
}

in_both_eras! {
async fn only_what_was_committed_is_read_and_the_rest_is_not_waited_for(era: Era) {
    let fixture = Fixture::new(era).await;
    let topic = fixture.topic("transactional", 1).await;
    let mut writer = members::Transactions::new(&fixture.cluster.bootstrap(), &fixture.cluster.name("writer")).await;
    writer.write(&topic, "committed", members::Outcome::Commit).await;
    writer.write(&topic, "aborted", members::Outcome::Abort).await;
    writer.write(&topic, "open", members::Outcome::Leave).await;
    let answer = read_at_once(&fixture, json!([{ "name": topic }]), json!({})).await;
    assert_eq!(values(answer.data()), ["committed"]);
    assert_eq!(answer.data()["ended"], "reachedEnd");
    fixture.client.close().await;
}
}
