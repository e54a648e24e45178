//! Clients for the tests.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader, TopicName};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use mcp_confluent_sandbox::{Sandbox, SandboxOptions};
use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::OwnedMessage;
use rdkafka::{Offset, TopicPartitionList};

/// Longer than anything takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::new())
        .await
        .expect("a sandbox")
}

pub(crate) fn config(sandbox: &Sandbox) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", sandbox.bootstrap_servers())
        .set("allow.auto.create.topics", "false")
        .set_log_level(RDKafkaLogLevel::Emerg);
    config
}

pub(crate) fn admin(sandbox: &Sandbox) -> AdminClient<DefaultClientContext> {
    config(sandbox).create().expect("an admin client")
}

/// The settings of a consumer, that commits nothing by itself.
pub(crate) fn consumer_config(sandbox: &Sandbox, group: &str) -> ClientConfig {
    let mut config = config(sandbox);
    config
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "error");
    config
}

pub(crate) fn consumer(sandbox: &Sandbox) -> BaseConsumer {
    consumer_config(sandbox, "tests")
        .create()
        .expect("a consumer")
}

/// Reads a partition from `from` to its end.
pub(crate) fn read(
    sandbox: &Sandbox,
    topic: &str,
    partition: i32,
    from: Offset,
    isolation: &str,
) -> Vec<OwnedMessage> {
    let mut places = TopicPartitionList::new();
    places
        .add_partition_offset(topic, partition, from)
        .expect("an offset");
    read_all(sandbox, &places, isolation)
}

/// Reads partitions to their ends.
pub(crate) fn read_all(
    sandbox: &Sandbox,
    places: &TopicPartitionList,
    isolation: &str,
) -> Vec<OwnedMessage> {
    let mut config = consumer_config(sandbox, "tests");
    config
        .set("enable.partition.eof", "true")
        // The end is reported by a fetch that finds nothing.
        .set("fetch.wait.max.ms", "5")
        .set("isolation.level", isolation);
    let consumer: BaseConsumer = config.create().expect("a consumer");
    consumer.assign(places).expect("assignable");
    let mut messages = Vec::new();
    let mut ends = 0;
    while ends < places.count() {
        match consumer.poll(PATIENCE).expect("messages or the end") {
            Ok(message) => messages.push(message.detach()),
            Err(KafkaError::PartitionEOF(_)) => ends += 1,
            Err(error) => panic!("{places:?}: {error}"),
        }
    }
    messages
}

/// Asks again and again until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "{what}: still not so");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

pub(crate) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

/// A connection on which requests are sent one by one.
pub(crate) struct Connection {
    stream: TcpStream,
    correlation_id: i32,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self {
            stream,
            correlation_id: 0,
        }
    }

    pub(crate) fn to(sandbox: &Sandbox) -> Self {
        Self::open(&sandbox.bootstrap_servers())
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.try_ask(version, request).expect("an answer")
    }

    /// As [`Connection::ask`]; the error is the end of the connection.
    pub(crate) fn try_ask<R: Request>(
        &mut self,
        version: i16,
        request: &R,
    ) -> io::Result<R::Response> {
        self.send(version, request)?;
        self.receive::<R>(version)
    }

    pub(crate) fn send<R: Request>(&mut self, version: i16, request: &R) -> io::Result<()> {
        self.correlation_id += 1;
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(text("tests")));
        let header_version = ApiKey::try_from(R::KEY)
            .expect("a key")
            .request_header_version(version);
        let mut frame = BytesMut::new();
        header
            .encode(&mut frame, header_version)
            .expect("encodable");
        request.encode(&mut frame, version).expect("encodable");
        self.send_frame(&frame)
    }

    pub(crate) fn send_frame(&mut self, frame: &[u8]) -> io::Result<()> {
        self.send_bytes(
            &i32::try_from(frame.len())
                .expect("a small frame")
                .to_be_bytes(),
        )?;
        self.send_bytes(frame)
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    pub(crate) fn receive<R: Request>(&mut self, version: i16) -> io::Result<R::Response> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).expect("a length")];
        self.stream.read_exact(&mut answer)?;
        let mut answer = Bytes::from(answer);
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version))
            .expect("a header");
        assert_eq!(header.correlation_id, self.correlation_id);
        Ok(R::Response::decode(&mut answer, version).expect("a readable answer"))
    }

    /// Whether the broker has closed the connection; waits until it does.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0]), Ok(0) | Err(_))
    }
}
