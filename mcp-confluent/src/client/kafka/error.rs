//! Kafka's error codes and what they mean to whoever made the call.

use std::{borrow::Cow, fmt};

use rdkafka::types::RDKafkaErrorCode as Known;

use super::ffi::{self, Fault};
use crate::error::{ErrorKind, ToolError};

/// An error code: one of the [Kafka protocol's](https://kafka.apache.org/protocol#protocol_error_codes)
/// when positive, one of librdkafka's own when negative.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Code(pub(super) i32);

impl Code {
    pub(super) const NONE: Self = Self::of(Known::NoError);
    pub(super) const FAIL: Self = Self::of(Known::Fail);
    pub(super) const INVALID_ARGUMENT: Self = Self::of(Known::InvalidArgument);
    pub(super) const PARTITION_END: Self = Self::of(Known::PartitionEOF);
    pub(super) const ALL_BROKERS_DOWN: Self = Self::of(Known::AllBrokersDown);
    pub(super) const AUTHENTICATION: Self = Self::of(Known::Authentication);
    pub(super) const TLS: Self = Self::of(Known::SSL);
    pub(super) const RESOLVE: Self = Self::of(Known::Resolve);
    pub(super) const TRANSPORT: Self = Self::of(Known::BrokerTransportFailure);
    pub(super) const UNKNOWN_TOPIC: Self = Self::of(Known::UnknownTopicOrPartition);
    pub(super) const GROUP_NOT_FOUND: Self = Self::of(Known::GroupIdNotFound);
    pub(super) const LEADER_NOT_AVAILABLE: Self = Self::of(Known::LeaderNotAvailable);

    pub(super) const fn of(known: Known) -> Self {
        Self(known as i32)
    }

    /// The name in Kafka's own spelling, for example `TOPIC_AUTHORIZATION_FAILED`; librdkafka's own
    /// codes keep their underscore: `_TRANSPORT`.
    pub(super) fn name(self) -> Cow<'static, str> {
        // Where librdkafka kept an older name than the protocol's documentation has.
        let kafka = match self.0 {
            -1 => "UNKNOWN_SERVER_ERROR",
            2 => "CORRUPT_MESSAGE",
            3 => "UNKNOWN_TOPIC_OR_PARTITION",
            4 => "INVALID_FETCH_SIZE",
            6 => "NOT_LEADER_OR_FOLLOWER",
            10 => "MESSAGE_TOO_LARGE",
            14 => "COORDINATOR_LOAD_IN_PROGRESS",
            15 => "COORDINATOR_NOT_AVAILABLE",
            16 => "NOT_COORDINATOR",
            17 => "INVALID_TOPIC_EXCEPTION",
            19 => "NOT_ENOUGH_REPLICAS",
            _ => return Cow::Owned(ffi::code_name(self)),
        };
        Cow::Borrowed(kafka)
    }

    /// Whether nothing could be asked, because no connection carried the question.
    pub(super) fn is_connection_trouble(self) -> bool {
        [
            Self::TRANSPORT,
            Self::RESOLVE,
            Self::TLS,
            Self::AUTHENTICATION,
            Self::ALL_BROKERS_DOWN,
        ]
        .contains(&self)
            || self.is_local_timeout()
    }

    /// Whether the brokers do not agree yet on who leads a partition, so that asking again soon helps.
    pub(super) fn is_leader_changing(self) -> bool {
        [
            Known::NotLeaderForPartition,
            Known::LeaderNotAvailable,
            Known::FencedLeaderEpoch,
            Known::UnknownLeaderEpoch,
            Known::OffsetNotAvailable,
            Known::UnknownTopicOrPartition,
        ]
        .map(Self::of)
        .contains(&self)
    }

    /// Whether the coordinator of a group is being found or starting, so that asking again soon helps.
    pub(super) fn is_coordinator_starting(self) -> bool {
        [
            Known::CoordinatorLoadInProgress,
            Known::CoordinatorNotAvailable,
            Known::NotCoordinator,
            Known::WaitingForCoordinator,
        ]
        .map(Self::of)
        .contains(&self)
    }

    /// Whether librdkafka itself gave up waiting.
    fn is_local_timeout(self) -> bool {
        [
            Known::OperationTimedOut,
            Known::MessageTimedOut,
            Known::TimedOutQueue,
        ]
        .map(Self::of)
        .contains(&self)
    }

    fn kind(self) -> ErrorKind {
        let Some(known) = KINDS.iter().find(|(codes, _)| codes.contains(&self)) else {
            return ErrorKind::Upstream;
        };
        known.1
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

/// What each code means; a code that is not here is the broker's own trouble.
const KINDS: &[(&[Code], ErrorKind)] = &[
    (
        &[
            Code::of(Known::TopicAuthorizationFailed),
            Code::of(Known::GroupAuthorizationFailed),
            Code::of(Known::ClusterAuthorizationFailed),
            Code::of(Known::TransactionalIdAuthorizationFailed),
        ],
        ErrorKind::Denied,
    ),
    (
        &[
            Code::of(Known::UnknownTopicOrPartition),
            Code::of(Known::UnknownTopic),
            Code::of(Known::UnknownPartition),
            Code::of(Known::UnknownTopicId),
            Code::of(Known::GroupIdNotFound),
        ],
        ErrorKind::NotFound,
    ),
    (
        &[Code::of(Known::TopicAlreadyExists)],
        ErrorKind::AlreadyExists,
    ),
    (
        &[
            Code::of(Known::InvalidArgument),
            Code::of(Known::InvalidTopic),
            Code::of(Known::InvalidPartitions),
            Code::of(Known::InvalidReplicationFactor),
            Code::of(Known::InvalidReplicaAssignment),
            Code::of(Known::InvalidConfig),
            Code::of(Known::InvalidRequest),
            Code::of(Known::InvalidTimestamp),
            Code::of(Known::InvalidRecord),
            Code::of(Known::InvalidGroupId),
            Code::of(Known::PolicyViolation),
            Code::of(Known::MessageSizeTooLarge),
            Code::of(Known::MessageBatchTooLarge),
        ],
        ErrorKind::Argument,
    ),
    (
        &[
            Code::of(Known::NonEmptyGroup),
            Code::of(Known::RebalanceInProgress),
            Code::of(Known::ReassignmentInProgress),
        ],
        ErrorKind::Conflict,
    ),
    (
        &[
            Code::of(Known::SaslAuthenticationFailed),
            Code::AUTHENTICATION,
        ],
        ErrorKind::Unauthenticated,
    ),
    (
        &[
            Code::TRANSPORT,
            Code::RESOLVE,
            Code::TLS,
            Code::ALL_BROKERS_DOWN,
        ],
        ErrorKind::Unreachable,
    ),
    (
        &[
            Code::of(Known::OperationTimedOut),
            Code::of(Known::MessageTimedOut),
            Code::of(Known::TimedOutQueue),
            Code::of(Known::RequestTimedOut),
        ],
        ErrorKind::TimedOut,
    ),
    (
        &[
            Code::of(Known::UnsupportedVersion),
            Code::of(Known::UnsupportedFeature),
            Code::of(Known::SecurityDisabled),
            Code::of(Known::TopicDeletionDisabled),
        ],
        ErrorKind::Unsupported,
    ),
];

/// What to do next about some codes.
const HINTS: &[(&[Code], &str)] = &[
    (
        &[
            Code::of(Known::MessageSizeTooLarge),
            Code::of(Known::MessageBatchTooLarge),
        ],
        "the record is larger than `max.message.bytes` of the topic allows: make it smaller, or raise \
         that setting",
    ),
    (
        &[Code::of(Known::InvalidRecord)],
        "a topic with `cleanup.policy` compact takes only records with a key; a broker can also check \
         timestamps and values",
    ),
    (
        &[
            Code::of(Known::NotEnoughReplicas),
            Code::of(Known::NotEnoughReplicasAfterAppend),
        ],
        "fewer replicas are in sync than `min.insync.replicas` of the topic asks for: look at its \
         brokers",
    ),
];

/// What is done to a resource, in the words of Kafka's access control lists.
///
/// [Operations and resources](https://kafka.apache.org/documentation/#operations_in_kafka)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Describe,
    Read,
    Write,
    Create,
    Delete,
    DescribeConfigs,
    AlterConfigs,
}

/// What it is done to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Resource<'a> {
    Cluster,
    Topic(&'a str),
    Group(&'a str),
}

impl fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("the cluster"),
            Self::Topic(name) => write!(f, "topic `{}`", name.escape_debug()),
            Self::Group(name) => write!(f, "group `{}`", name.escape_debug()),
        }
    }
}

impl Access {
    /// What was being done, to stand in front of an error.
    fn doing(self, resource: Resource<'_>) -> String {
        let verb = match (self, resource) {
            (Self::Describe, Resource::Cluster) => return "list what the cluster has".to_owned(),
            (Self::Describe, _) => "describe",
            (Self::Read, _) => "read",
            (Self::Write, _) => "write to",
            (Self::Create, _) => "create",
            (Self::Delete, _) => "delete",
            (Self::DescribeConfigs, _) => "get the configuration of",
            (Self::AlterConfigs, _) => "change the configuration of",
        };
        format!("{verb} {resource}")
    }
}

impl Fault {
    /// The text of the broker, or librdkafka's description of the code.
    pub(super) fn text(&self) -> String {
        match self.message.as_deref().map(str::trim) {
            Some(message) if !message.is_empty() => clean(message),
            _ => ffi::code_text(self.code),
        }
    }

    /// What to do next, where the code alone says it.
    fn hint(&self) -> Option<&'static str> {
        let found = HINTS.iter().find(|(codes, _)| codes.contains(&self.code));
        found.map(|(_, hint)| *hint)
    }

    /// The error for whoever wanted `access` to `resource`.
    pub(super) fn into_error(self, access: Access, resource: Resource<'_>) -> ToolError {
        let kind = self.code.kind();
        let error = match (kind, resource) {
            (ErrorKind::Denied, _) => {
                let error = ToolError::new(
                    kind,
                    format!(
                        "not allowed to {}: {access:?} is denied",
                        access.doing(resource)
                    ),
                );
                let wanted = format!("{access:?} on {resource}");
                if access == Access::Describe {
                    // A broker denies what may not be described whether it exists or not.
                    error.hint(format!(
                        "check the name; to see whether it exists, these credentials need {wanted}"
                    ))
                } else {
                    error.hint(format!(
                        "ask whoever manages access to allow {wanted} for these credentials"
                    ))
                }
            }
            (ErrorKind::NotFound, Resource::Topic(_)) => {
                ToolError::not_found(format!("{resource} does not exist")).hint(
                    "list the topics for the exact names; a topic that these credentials may not \
                     Describe can look as if it did not exist",
                )
            }
            (ErrorKind::NotFound, Resource::Group(_)) => {
                ToolError::not_found(format!("consumer {resource} does not exist"))
                    .hint("list the consumer groups for the exact names")
            }
            (ErrorKind::AlreadyExists, _) => {
                ToolError::new(kind, format!("{resource} already exists"))
            }
            _ => {
                let error = ToolError::new(kind, self.text()).context(access.doing(resource));
                match self.hint() {
                    Some(hint) => error.hint(hint),
                    None => error,
                }
            }
        };
        error.code(self.code.name())
    }
}

/// The longest text of somebody else's that goes into a message.
const TEXT_LIMIT: usize = 600;

/// Text from outside, on one line, without control characters, and bounded.
pub(super) fn clean(text: &str) -> String {
    let mut clean: String = text
        .trim()
        .trim_end_matches('.')
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_LIMIT)
        .collect();
    if text.chars().count() > TEXT_LIMIT {
        clean.push('…');
    }
    clean
}
