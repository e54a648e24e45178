//! Bad frames, and brokers that are away or slow.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use kafka_protocol::messages::{ApiVersionsRequest, MetadataRequest};
use mcp_confluent_sandbox::{Record, Sandbox, SandboxOptions};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use tokio::net::TcpSocket;

use crate::support::{Connection, PATIENCE, config, consumer, eventually, read_all, sandbox, text};

fn works(connection: &mut Connection) -> bool {
    connection
        .try_ask(12, &MetadataRequest::default().with_topics(None))
        .is_ok()
}

#[tokio::test]
async fn a_bad_frame_ends_its_connection_only() {
    let sandbox = Sandbox::start(SandboxOptions::new().max_request_bytes(1000))
        .await
        .expect("a sandbox");
    let mut bystander = Connection::to(&sandbox);
    assert!(works(&mut bystander));
    let bad: [&[u8]; 8] = [
        // Lengths: negative, none, above the limit, and that of a TLS greeting.
        &[0xff, 0xff, 0xff, 0xff],
        &[0, 0, 0, 0],
        &[0, 0, 3, 0xe9],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        // An unknown key, an unknown version.
        &[0, 0, 0, 10, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0, 0],
        &[0, 0, 0, 10, 0, 3, 0, 0x7f, 0, 0, 0, 1, 0, 0],
        // A client id that is longer than the frame.
        &[0, 0, 0, 10, 0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff],
        // Metadata for two billion topics.
        &[
            0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff,
        ],
    ];
    for bytes in bad {
        let mut connection = Connection::to(&sandbox);
        connection.send_bytes(bytes).expect("sent");
        assert!(connection.is_closed(), "{bytes:?}");
        assert!(works(&mut bystander), "{bytes:?}");
    }
}

#[tokio::test]
async fn a_frame_that_is_cut_short_is_no_harm() {
    let sandbox = sandbox().await;
    for sent in 0..12 {
        let mut connection = Connection::to(&sandbox);
        let frame = [0, 0, 0x10, 0, 0, 3, 0, 1, 0, 0, 0, 1];
        connection.send_bytes(&frame[..sent]).expect("sent");
    }
    assert!(works(&mut Connection::to(&sandbox)));
}

#[tokio::test]
async fn a_broker_goes_away_and_comes_back_with_its_data() {
    let sandbox = sandbox().await;
    sandbox.create_topic("t", 1).expect("created");
    sandbox.produce("t", 0, &[Record::new("v")]).expect("room");
    let consumer = consumer(&sandbox);
    assert_eq!(
        consumer
            .fetch_watermarks("t", 0, PATIENCE)
            .expect("watermarks"),
        (0, 1)
    );
    let address = sandbox.bootstrap_servers();
    let mut connection = Connection::to(&sandbox);

    for _ in 0..3 {
        sandbox.stop().await;
        assert!(connection.is_closed());
        assert!(TcpStream::connect(&address).is_err());
        // Nobody else gets the port meanwhile.
        let other = TcpSocket::new_v4().expect("a socket");
        assert!(other.bind(address.parse().expect("an address")).is_err());
        sandbox.restart().await.expect("the same port");
        connection = Connection::open(&address);
        assert!(works(&mut connection));
    }
    eventually("the client is back", || {
        let watermarks = consumer
            .fetch_watermarks("t", 0, Duration::from_secs(1))
            .ok()?;
        (watermarks == (0, 1)).then_some(())
    });
}

#[tokio::test]
async fn a_slow_broker_answers_late() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    let delay = Duration::from_millis(150);
    sandbox.set_response_delay(delay);
    let started = Instant::now();
    assert!(works(&mut connection));
    assert!(started.elapsed() >= delay);
    sandbox.set_response_delay(PATIENCE * 10);
    let impatient: BaseConsumer = config(&sandbox)
        .set("group.id", "g")
        .create()
        .expect("a consumer");
    assert!(
        impatient
            .fetch_metadata(None, Duration::from_millis(300))
            .is_err()
    );
    sandbox.set_response_delay(Duration::ZERO);
    assert!(works(&mut connection));
}

#[tokio::test]
async fn connections_are_closed_on_demand() {
    let sandbox = sandbox().await;
    let mut connections = [(); 3].map(|()| Connection::to(&sandbox));
    assert!(connections.iter_mut().all(works));
    sandbox.close_connections();
    assert!(connections.iter_mut().all(Connection::is_closed));
    assert!(works(&mut Connection::to(&sandbox)));
}

#[tokio::test]
async fn there_is_an_end_to_connections() {
    let sandbox = Sandbox::start(SandboxOptions::new().max_connections(2))
        .await
        .expect("a sandbox");
    let mut first = Connection::to(&sandbox);
    let mut second = Connection::to(&sandbox);
    assert!(works(&mut first) && works(&mut second));
    assert!(Connection::to(&sandbox).is_closed());
    drop(first);
    eventually("there is room again", || {
        works(&mut Connection::to(&sandbox)).then_some(())
    });
    assert!(works(&mut second));
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_sandbox() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    assert!(works(&mut connection));
    let address = sandbox.bootstrap_servers();
    drop(sandbox);
    assert!(connection.is_closed());
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_client_must_not_lie_about_its_software() {
    let sandbox = sandbox().await;
    let mut connection = Connection::to(&sandbox);
    let mut ask = |name: &str| {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(text(name))
            .with_client_software_version(text("1.0"));
        connection.ask(3, &request).error_code
    };
    assert_eq!(ask("good-name.1"), 0);
    assert_eq!(ask("-bad name"), 42);
}

#[tokio::test]
async fn the_preloaded_data_is_readable() {
    let sandbox = Sandbox::start(SandboxOptions::new().preload(true))
        .await
        .expect("a sandbox");
    let consumer: BaseConsumer = config(&sandbox)
        .set("group.id", "g")
        .create()
        .expect("a consumer");
    let metadata = consumer.fetch_metadata(None, PATIENCE).expect("metadata");
    let names: Vec<_> = metadata
        .topics()
        .iter()
        .map(rdkafka::metadata::MetadataTopic::name)
        .collect();
    assert!(
        ["orders", "customers", "payments", "cool", "hello"]
            .iter()
            .all(|name| names.contains(name)),
        "{names:?}"
    );
    let mut places = TopicPartitionList::new();
    let mut count = 0;
    for topic in metadata.topics() {
        for partition in topic.partitions() {
            let (_, end) = consumer
                .fetch_watermarks(topic.name(), partition.id(), PATIENCE)
                .expect("watermarks");
            count += end;
            places
                .add_partition_offset(topic.name(), partition.id(), Offset::Beginning)
                .expect("an offset");
        }
    }
    let messages = read_all(&sandbox, &places, "read_committed");
    assert_eq!(i64::try_from(messages.len()), Ok(count));
    let groups = consumer.fetch_group_list(None, PATIENCE).expect("groups");
    let mut groups: Vec<_> = groups
        .groups()
        .iter()
        .map(|group| (group.name(), group.state()))
        .collect();
    groups.sort_unstable();
    assert_eq!(groups, [("analytics", "Empty"), ("billing", "Empty")]);
}
