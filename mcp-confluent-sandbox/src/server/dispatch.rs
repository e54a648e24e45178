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
            return closing_unless(stays, frame.answer(&response)?);
        }
        ApiKey::SaslAuthenticate => {
            let (response, stays) = session.authenticate(broker, &frame.decode()?);
            return closing_unless(stays, frame.answer(&response)?);
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

fn closing_unless(stays: bool, bytes: Bytes) -> Result<Answer, Unreadable> {
    let close = (!stays).then(|| "authentication failed".to_owned());
    Ok(Answer {
        bytes: Some(bytes),
        close,
    })
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
