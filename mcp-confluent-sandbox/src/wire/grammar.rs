//! The requests that are answered, their versions, and the grammar of each
//! (<https://kafka.apache.org/protocol#protocol_messages>).

use std::ops::RangeInclusive;

use kafka_protocol::messages::ApiKey;

use Shape::{Blob, Fixed, List, Maybe, Records, Text};

/// How a value is written.
#[derive(Debug)]
pub(super) enum Shape {
    /// A number, boolean or UUID of this many bytes.
    Fixed(usize),
    /// A string, nullable or not.
    Text,
    /// Bytes or records, nullable or not.
    Blob,
    /// An array of plain values.
    List(&'static Shape),
    /// An array of structures.
    Records(&'static [Field]),
    /// A structure that may be absent.
    Maybe(&'static [Field]),
}

/// A field: the first and the last version that has it, and its shape.
#[derive(Debug)]
pub(super) struct Field(pub(super) i16, pub(super) i16, pub(super) Shape);

impl Field {
    pub(super) fn versions(&self) -> RangeInclusive<i16> {
        self.0..=self.1
    }
}

/// One request that is answered.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) key: ApiKey,
    /// The first version that is advertised.
    pub(crate) min: i16,
    /// The last version that is advertised.
    pub(crate) max: i16,
    pub(super) request: &'static [Field],
}

impl Api {
    pub(crate) fn answers(&self, version: i16) -> bool {
        // Produce 0 to 2 is advertised and not answered, as Kafka 4 does: older librdkafka takes
        // the lower bound for a sign that the broker knows compression (KAFKA-18659).
        let min = if self.key == ApiKey::Produce {
            3
        } else {
            self.min
        };
        (min..=self.max).contains(&version)
    }
}

const fn api(key: ApiKey, min: i16, max: i16, request: &'static [Field]) -> Api {
    Api {
        key,
        min,
        max,
        request,
    }
}

/// `ApiVersions`, the one request that is answered in every version.
pub(crate) const API_VERSIONS: Api = api(
    ApiKey::ApiVersions,
    0,
    4,
    &[Field(3, MAX, Text), Field(3, MAX, Text)],
);

/// Every request that is answered, by ascending key.
///
/// Versions end where topic ids (`Produce` 13, `Fetch` 13) and the transaction protocol of KIP-890
/// (`EndTxn` 5, `TxnOffsetCommit` 5, `Produce` 12) begin.
pub(crate) static APIS: &[Api] = &[
    api(ApiKey::Produce, 0, 11, PRODUCE),
    api(ApiKey::Fetch, 4, 12, FETCH),
    api(ApiKey::ListOffsets, 1, 10, LIST_OFFSETS),
    api(ApiKey::Metadata, 0, 13, METADATA),
    api(ApiKey::OffsetCommit, 2, 9, OFFSET_COMMIT),
    api(ApiKey::OffsetFetch, 1, 9, OFFSET_FETCH),
    api(ApiKey::FindCoordinator, 0, 6, FIND_COORDINATOR),
    api(ApiKey::JoinGroup, 0, 9, JOIN_GROUP),
    api(ApiKey::Heartbeat, 0, 4, HEARTBEAT),
    api(ApiKey::LeaveGroup, 0, 5, LEAVE_GROUP),
    api(ApiKey::SyncGroup, 0, 5, SYNC_GROUP),
    api(ApiKey::DescribeGroups, 0, 6, DESCRIBE_GROUPS),
    api(ApiKey::ListGroups, 0, 5, LIST_GROUPS),
    api(ApiKey::SaslHandshake, 1, 1, &[TEXT]),
    API_VERSIONS,
    api(ApiKey::CreateTopics, 2, 7, CREATE_TOPICS),
    api(ApiKey::DeleteTopics, 1, 6, DELETE_TOPICS),
    api(ApiKey::DeleteRecords, 0, 2, DELETE_RECORDS),
    api(ApiKey::InitProducerId, 0, 5, INIT_PRODUCER_ID),
    api(ApiKey::OffsetForLeaderEpoch, 2, 4, OFFSET_FOR_LEADER_EPOCH),
    api(ApiKey::AddPartitionsToTxn, 0, 3, ADD_PARTITIONS_TO_TXN),
    api(ApiKey::AddOffsetsToTxn, 0, 4, ADD_OFFSETS_TO_TXN),
    api(ApiKey::EndTxn, 0, 4, END_TXN),
    api(ApiKey::TxnOffsetCommit, 0, 4, TXN_OFFSET_COMMIT),
    api(ApiKey::DescribeAcls, 1, 3, ACL_FILTER),
    api(ApiKey::CreateAcls, 1, 3, CREATE_ACLS),
    api(
        ApiKey::DeleteAcls,
        1,
        3,
        &[Field(0, MAX, Records(ACL_FILTER))],
    ),
    api(ApiKey::DescribeConfigs, 1, 4, DESCRIBE_CONFIGS),
    api(ApiKey::AlterConfigs, 0, 2, ALTER_CONFIGS),
    api(ApiKey::SaslAuthenticate, 0, 2, &[Field(0, MAX, Blob)]),
    api(ApiKey::CreatePartitions, 0, 3, CREATE_PARTITIONS),
    api(ApiKey::DeleteGroups, 0, 2, &[Field(0, MAX, List(&Text))]),
    api(
        ApiKey::IncrementalAlterConfigs,
        0,
        1,
        INCREMENTAL_ALTER_CONFIGS,
    ),
    api(
        ApiKey::OffsetDelete,
        0,
        0,
        &[TEXT, Field(0, MAX, Records(TOPIC_PARTITIONS))],
    ),
    api(
        ApiKey::DescribeUserScramCredentials,
        0,
        0,
        &[Field(0, MAX, Records(&[TEXT]))],
    ),
    api(
        ApiKey::AlterUserScramCredentials,
        0,
        0,
        ALTER_USER_SCRAM_CREDENTIALS,
    ),
    api(ApiKey::DescribeCluster, 0, 2, DESCRIBE_CLUSTER),
    api(
        ApiKey::DescribeTopicPartitions,
        0,
        0,
        DESCRIBE_TOPIC_PARTITIONS,
    ),
];

const MAX: i16 = i16::MAX;

const TEXT: Field = Field(0, MAX, Text);
const INT8: Field = Field(0, MAX, Fixed(1));
const INT16: Field = Field(0, MAX, Fixed(2));
const INT32: Field = Field(0, MAX, Fixed(4));
const INT64: Field = Field(0, MAX, Fixed(8));

/// A topic's name and its partition numbers, each in a structure of its own.
const TOPIC_PARTITIONS: &[Field] = &[TEXT, Field(0, MAX, Records(&[INT32]))];

const PRODUCE: &[Field] = &[
    TEXT,
    INT16,
    INT32,
    Field(
        0,
        MAX,
        Records(&[TEXT, Field(0, MAX, Records(&[INT32, Field(0, MAX, Blob)]))]),
    ),
];

const FETCH: &[Field] = &[
    INT32,
    INT32,
    INT32,
    INT32,
    INT8,
    Field(7, MAX, Fixed(4)),
    Field(7, MAX, Fixed(4)),
    Field(
        0,
        MAX,
        Records(&[
            TEXT,
            Field(
                0,
                MAX,
                Records(&[
                    INT32,
                    Field(9, MAX, Fixed(4)),
                    INT64,
                    Field(12, MAX, Fixed(4)),
                    Field(5, MAX, Fixed(8)),
                    INT32,
                ]),
            ),
        ]),
    ),
    Field(7, MAX, Records(&[TEXT, Field(0, MAX, List(&Fixed(4)))])),
    Field(11, MAX, Text),
];

const LIST_OFFSETS: &[Field] = &[
    INT32,
    Field(2, MAX, Fixed(1)),
    Field(
        0,
        MAX,
        Records(&[
            TEXT,
            Field(0, MAX, Records(&[INT32, Field(4, MAX, Fixed(4)), INT64])),
        ]),
    ),
    Field(10, MAX, Fixed(4)),
];

const METADATA: &[Field] = &[
    Field(0, MAX, Records(&[Field(10, MAX, Fixed(16)), TEXT])),
    Field(4, MAX, Fixed(1)),
    Field(8, 10, Fixed(1)),
    Field(8, MAX, Fixed(1)),
];

const OFFSET_COMMIT: &[Field] = &[
    TEXT,
    INT32,
    TEXT,
    Field(7, MAX, Text),
    Field(2, 4, Fixed(8)),
    Field(
        0,
        MAX,
        Records(&[
            TEXT,
            Field(
                0,
                MAX,
                Records(&[INT32, INT64, Field(6, MAX, Fixed(4)), TEXT]),
            ),
        ]),
    ),
];

const OFFSET_FETCH: &[Field] = &[
    Field(0, 7, Text),
    Field(0, 7, Records(&[TEXT, Field(0, MAX, List(&Fixed(4)))])),
    Field(
        8,
        MAX,
        Records(&[
            TEXT,
            Field(9, MAX, Text),
            Field(9, MAX, Fixed(4)),
            Field(0, MAX, Records(&[TEXT, Field(0, MAX, List(&Fixed(4)))])),
        ]),
    ),
    Field(7, MAX, Fixed(1)),
];

const FIND_COORDINATOR: &[Field] = &[
    Field(0, 3, Text),
    Field(1, MAX, Fixed(1)),
    Field(4, MAX, List(&Text)),
];

const JOIN_GROUP: &[Field] = &[
    TEXT,
    INT32,
    Field(1, MAX, Fixed(4)),
    TEXT,
    Field(5, MAX, Text),
    TEXT,
    Field(0, MAX, Records(&[TEXT, Field(0, MAX, Blob)])),
    Field(8, MAX, Text),
];

const HEARTBEAT: &[Field] = &[TEXT, INT32, TEXT, Field(3, MAX, Text)];

const LEAVE_GROUP: &[Field] = &[
    TEXT,
    Field(0, 2, Text),
    Field(3, MAX, Records(&[TEXT, TEXT, Field(5, MAX, Text)])),
];

const SYNC_GROUP: &[Field] = &[
    TEXT,
    INT32,
    TEXT,
    Field(3, MAX, Text),
    Field(5, MAX, Text),
    Field(5, MAX, Text),
    Field(0, MAX, Records(&[TEXT, Field(0, MAX, Blob)])),
];

const DESCRIBE_GROUPS: &[Field] = &[Field(0, MAX, List(&Text)), Field(3, MAX, Fixed(1))];

const LIST_GROUPS: &[Field] = &[Field(4, MAX, List(&Text)), Field(5, MAX, List(&Text))];

const CREATE_TOPICS: &[Field] = &[
    Field(
        0,
        MAX,
        Records(&[
            TEXT,
            INT32,
            INT16,
            Field(0, MAX, Records(&[INT32, Field(0, MAX, List(&Fixed(4)))])),
            Field(0, MAX, Records(&[TEXT, TEXT])),
        ]),
    ),
    INT32,
    INT8,
];

const DELETE_TOPICS: &[Field] = &[
    Field(6, MAX, Records(&[TEXT, Field(0, MAX, Fixed(16))])),
    Field(0, 5, List(&Text)),
    INT32,
];

const DELETE_RECORDS: &[Field] = &[
    Field(
        0,
        MAX,
        Records(&[TEXT, Field(0, MAX, Records(&[INT32, INT64]))]),
    ),
    INT32,
];

const INIT_PRODUCER_ID: &[Field] = &[
    TEXT,
    INT32,
    Field(3, MAX, Fixed(8)),
    Field(3, MAX, Fixed(2)),
];

const OFFSET_FOR_LEADER_EPOCH: &[Field] = &[
    Field(3, MAX, Fixed(4)),
    Field(
        0,
        MAX,
        Records(&[TEXT, Field(0, MAX, Records(&[INT32, INT32, INT32]))]),
    ),
];

const ADD_PARTITIONS_TO_TXN: &[Field] = &[
    TEXT,
    INT64,
    INT16,
    Field(0, MAX, Records(&[TEXT, Field(0, MAX, List(&Fixed(4)))])),
];

const ADD_OFFSETS_TO_TXN: &[Field] = &[TEXT, INT64, INT16, TEXT];

const END_TXN: &[Field] = &[TEXT, INT64, INT16, INT8];

const TXN_OFFSET_COMMIT: &[Field] = &[
    TEXT,
    TEXT,
    INT64,
    INT16,
    Field(3, MAX, Fixed(4)),
    Field(3, MAX, Text),
    Field(3, MAX, Text),
    Field(
        0,
        MAX,
        Records(&[
            TEXT,
            Field(
                0,
                MAX,
                Records(&[INT32, INT64, Field(2, MAX, Fixed(4)), TEXT]),
            ),
        ]),
    ),
];

const ACL_FILTER: &[Field] = &[INT8, TEXT, INT8, TEXT, TEXT, INT8, INT8];

const CREATE_ACLS: &[Field] = &[Field(
    0,
    MAX,
    Records(&[INT8, TEXT, INT8, TEXT, TEXT, INT8, INT8]),
)];

const DESCRIBE_CONFIGS: &[Field] = &[
    Field(0, MAX, Records(&[INT8, TEXT, Field(0, MAX, List(&Text))])),
    INT8,
    Field(3, MAX, Fixed(1)),
];

const ALTER_CONFIGS: &[Field] = &[
    Field(
        0,
        MAX,
        Records(&[INT8, TEXT, Field(0, MAX, Records(&[TEXT, TEXT]))]),
    ),
    INT8,
];

const INCREMENTAL_ALTER_CONFIGS: &[Field] = &[
    Field(
        0,
        MAX,
        Records(&[INT8, TEXT, Field(0, MAX, Records(&[TEXT, INT8, TEXT]))]),
    ),
    INT8,
];

const CREATE_PARTITIONS: &[Field] = &[
    Field(
        0,
        MAX,
        Records(&[
            TEXT,
            INT32,
            Field(0, MAX, Records(&[Field(0, MAX, List(&Fixed(4)))])),
        ]),
    ),
    INT32,
    INT8,
];

const ALTER_USER_SCRAM_CREDENTIALS: &[Field] = &[
    Field(0, MAX, Records(&[TEXT, INT8])),
    Field(
        0,
        MAX,
        Records(&[TEXT, INT8, INT32, Field(0, MAX, Blob), Field(0, MAX, Blob)]),
    ),
];

const DESCRIBE_CLUSTER: &[Field] = &[INT8, Field(1, MAX, Fixed(1)), Field(2, MAX, Fixed(1))];

const DESCRIBE_TOPIC_PARTITIONS: &[Field] = &[
    Field(0, MAX, Records(&[TEXT])),
    INT32,
    Field(0, MAX, Maybe(&[TEXT, INT32])),
];
