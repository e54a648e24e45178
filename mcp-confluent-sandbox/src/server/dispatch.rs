//! From a request to the handler that answers it.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, ProduceRequest, ProduceResponse,
};

use super::Shared;
use super::session::Session;
use crate::broker::Call;
use crate::wire::{API_VERSIONS, APIS, Frame, Unreadable};

/// What is sent for a request.
#[derive(Debug)]
pub(super) struct Answer {
    /// The framed answer; some requests get none.
    pub(super) bytes: Option<Bytes>,
    /// Why the connection is closed afterwards, if it is.
    pub(super) close: Option<String>,
}

impl From<Bytes> for Answer {
    fn from(bytes: Bytes) -> Self {
        Self {
            bytes: Some(bytes),
            close: None,
        }
    }
}

/// Answers one request.
pub(super) async fn answer(
    session: &mut Session,
    frame: &Frame,
    shared: &Shared,
) -> Result<Answer, Unreadable> {
    let key = frame.api.key;
    if !session.admits(key) {
        return Err(Unreadable::new(format!(
            "{key:?} came before authentication was done"
        )));
    }
    let broker = &*shared.broker;
    match key {
        ApiKey::SaslHandshake => {
            let (response, stays) = session.handshake(&frame.decode()?);
            return Ok(closing_unless(stays, frame.answer(&response)?));
        }
        ApiKey::SaslAuthenticate => {
            let (response, stays) = session.authenticate(broker, &frame.decode()?);
            return Ok(closing_unless(stays, frame.answer(&response)?));
        }
        _ => {}
    }
    let call = Call {
        peer: &session.peer,
        client_id: &frame.client_id,
        version: frame.version,
    };
    /// Decodes the request, calls the handler and frames its answer.
    macro_rules! by {
        ($handler:ident) => {
            frame
                .answer(&broker.$handler(&call, &frame.decode()?))?
                .into()
        };
        (await $handler:ident) => {
            frame
                .answer(&broker.$handler(&call, &frame.decode()?).await)?
                .into()
        };
    }
    Ok(match key {
        ApiKey::ApiVersions => api_versions(frame)?,
        ApiKey::Produce => {
            let request: ProduceRequest = frame.decode()?;
            let response = broker.produce(&call, &request);
            if request.acks == 0 {
                unacknowledged(&response)
            } else {
                frame.answer(&response)?.into()
            }
        }
        ApiKey::Fetch => by!(await fetch),
        ApiKey::JoinGroup => by!(await join_group),
        ApiKey::SyncGroup => by!(await sync_group),
        ApiKey::ListOffsets => by!(list_offsets),
        ApiKey::Metadata => by!(metadata),
        ApiKey::OffsetCommit => by!(offset_commit),
        ApiKey::OffsetFetch => by!(offset_fetch),
        ApiKey::FindCoordinator => by!(find_coordinator),
        ApiKey::Heartbeat => by!(heartbeat),
        ApiKey::LeaveGroup => by!(leave_group),
        ApiKey::DescribeGroups => by!(describe_groups),
        ApiKey::ListGroups => by!(list_groups),
        ApiKey::CreateTopics => by!(create_topics),
        ApiKey::DeleteTopics => by!(delete_topics),
        ApiKey::DeleteRecords => by!(delete_records),
        ApiKey::InitProducerId => by!(init_producer_id),
        ApiKey::OffsetForLeaderEpoch => by!(offset_for_leader_epoch),
        ApiKey::AddPartitionsToTxn => by!(add_partitions_to_txn),
        ApiKey::AddOffsetsToTxn => by!(add_offsets_to_txn),
        ApiKey::EndTxn => by!(end_txn),
        ApiKey::TxnOffsetCommit => by!(txn_offset_commit),
        ApiKey::DescribeAcls => by!(describe_acls),
        ApiKey::CreateAcls => by!(create_acls),
        ApiKey::DeleteAcls => by!(delete_acls),
        ApiKey::DescribeConfigs => by!(describe_configs),
        ApiKey::AlterConfigs => by!(alter_configs),
        ApiKey::CreatePartitions => by!(create_partitions),
        ApiKey::DeleteGroups => by!(delete_groups),
        ApiKey::IncrementalAlterConfigs => by!(incremental_alter_configs),
        ApiKey::OffsetDelete => by!(offset_delete),
        ApiKey::DescribeUserScramCredentials => by!(describe_user_scram_credentials),
        ApiKey::AlterUserScramCredentials => by!(alter_user_scram_credentials),
        ApiKey::DescribeCluster => by!(describe_cluster),
        ApiKey::DescribeTopicPartitions => by!(describe_topic_partitions),
        other => return Err(Unreadable::new(format!("{other:?} is not answered"))),
    })
}

fn closing_unless(stays: bool, bytes: Bytes) -> Answer {
    let close = (!stays).then(|| "authentication failed".to_owned());
    Answer {
        bytes: Some(bytes),
        close,
    }
}

/// A producer that wants no answer learns of an error by the end of its connection.
fn unacknowledged(response: &ProduceResponse) -> Answer {
    let mut partitions = response
        .responses
        .iter()
        .flat_map(|topic| &topic.partition_responses);
    let failed = partitions.any(|partition| partition.error_code != 0);
    let close =
        failed.then(|| "records that want no acknowledgement could not be appended".to_owned());
    Answer { bytes: None, close }
}

fn api_versions(frame: &Frame) -> Result<Answer, Unreadable> {
    let range = |api: &crate::wire::Api| {
        ApiVersion::default()
            .with_api_key(api.key as i16)
            .with_min_version(api.min)
            .with_max_version(api.max)
    };
    if !frame.api.answers(frame.version) {
        // The client asks again in a version that it finds here (KIP-511).
        let response = ApiVersionsResponse::default()
            .with_error_code(ResponseError::UnsupportedVersion.code())
            .with_api_keys(vec![range(&API_VERSIONS)]);
        return Ok(frame.answer_in(0, &response)?.into());
    }
    let request: ApiVersionsRequest = frame.decode()?;
    if frame.version >= 3
        && !(is_software_name(&request.client_software_name)
            && is_software_name(&request.client_software_version))
    {
        let response =
            ApiVersionsResponse::default().with_error_code(ResponseError::InvalidRequest.code());
        return Ok(frame.answer(&response)?.into());
    }
    let response = ApiVersionsResponse::default().with_api_keys(APIS.iter().map(range).collect());
    Ok(frame.answer(&response)?.into())
}

/// Letters, digits, dots and hyphens, the first and the last of them letters or digits.
fn is_software_name(name: &str) -> bool {
    let alphanumeric = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let mut bytes = name.bytes();
    alphanumeric(bytes.clone().next())
        && alphanumeric(bytes.clone().next_back())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use bytes::Buf as _;
    use kafka_protocol::messages::ResponseHeader;
    use kafka_protocol::protocol::{Decodable as _, HeaderVersion as _, Request};
    use proptest::prelude::*;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::broker::{Broker, Peer};
    use crate::wire::Api;
    use crate::wire::samples::{self, Visitor};
    use crate::{Sandbox, SandboxOptions};

    /// Sends every sample and decodes what comes back, to the last byte.
    struct Asker(TcpStream);

    impl Visitor for Asker {
        fn visit<R: Request>(&mut self, api: &'static Api, version: i16, request: &R) {
            let frame = samples::frame(77, version, request);
            let length = i32::try_from(frame.len()).expect("a small frame");
            self.0.write_all(&length.to_be_bytes()).expect("writable");
            self.0.write_all(&frame).expect("writable");
            let mut length = [0; 4];
            self.0
                .read_exact(&mut length)
                .unwrap_or_else(|error| panic!("{:?} {version}: {error}", api.key));
            let mut answer =
                vec![0; usize::try_from(i32::from_be_bytes(length)).expect("a length")];
            self.0.read_exact(&mut answer).expect("readable");
            let mut answer = Bytes::from(answer);
            let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version))
                .expect("a header");
            assert_eq!(header.correlation_id, 77);
            R::Response::decode(&mut answer, version)
                .unwrap_or_else(|error| panic!("{:?} {version}: {error}", api.key));
            assert!(
                !answer.has_remaining(),
                "{:?} {version} leaves bytes",
                api.key
            );
        }
    }

    #[tokio::test]
    async fn every_advertised_version_is_answered() {
        let sandbox = Sandbox::start(SandboxOptions::new().enforce_acls(["ANONYMOUS"]))
            .await
            .expect("a sandbox");
        samples::each(&mut Asker(
            TcpStream::connect(sandbox.bootstrap_servers()).expect("a connection"),
        ));
    }

    #[tokio::test]
    async fn api_versions_of_the_future_are_answered_in_version_0() {
        let sandbox = Sandbox::start(SandboxOptions::new())
            .await
            .expect("a sandbox");
        let mut stream = TcpStream::connect(sandbox.bootstrap_servers()).expect("a connection");
        stream
            .write_all(&[0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 5, 0, 0])
            .expect("writable");
        let mut answer = [0; 4 + 4 + 2 + 4 + 6];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(
            answer[4..],
            [0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4]
        );
    }

    fn shared() -> Shared {
        Shared {
            broker: std::sync::Arc::new(Broker::new(
                &SandboxOptions::new().user("alice", "secret"),
            )),
            max_request_bytes: 1 << 20,
            connections: std::sync::Arc::new(Semaphore::new(1)),
            response_delay: parking_lot::Mutex::default(),
        }
    }

    /// Gives one frame to a fresh broker, as a connection would. Answers that have to be waited for
    /// are not.
    fn feed(bytes: Bytes, authenticated: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let shared = shared();
            let mut session =
                Session::new(Peer::anonymous("127.0.0.1".to_owned(), 9092), authenticated);
            if let Ok(frame) = Frame::read(bytes) {
                let answer = answer(&mut session, &frame, &shared);
                let _answer = tokio::time::timeout(std::time::Duration::ZERO, answer).await;
            }
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), sasl in any::<bool>()) {
            feed(bytes.into(), sasl);
        }

        #[test]
        fn random_bodies_do_not_panic(
            api in 0..APIS.len(),
            version in 0..14_i16,
            body in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(0xff), any::<u8>()], 0..120),
            sasl in any::<bool>(),
        ) {
            let mut bytes = (APIS[api].key as i16).to_be_bytes().to_vec();
            bytes.extend(version.min(APIS[api].max).to_be_bytes());
            bytes.extend([0, 0, 0, 1, 0, 0]);
            bytes.extend(body);
            feed(bytes.into(), sasl);
        }

        #[test]
        fn damaged_requests_do_not_panic(
            sample in any::<prop::sample::Index>(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            sasl in any::<bool>(),
        ) {
            let frames = samples::frames();
            let mut bytes = frames[sample.index(frames.len())].to_vec();
            for (at, byte) in changes {
                // The key stays, so that each kind gets its share.
                let at = 4 + at.index(bytes.len() - 4);
                bytes[at] = byte;
            }
            feed(bytes.into(), sasl);
        }
    }
}
