//! Access control lists (<https://kafka.apache.org/documentation/#security_authz>).

/// A rule about who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// The kind of resource.
    pub resource_type: AclResourceType,
    /// The resource's name, `*` for all, or the beginning of names; `kafka-cluster` for the cluster.
    pub resource_name: String,
    /// How `resource_name` is compared.
    pub pattern: AclPattern,
    /// Whom the rule is about: `User:` and a name, or `User:*`.
    pub principal: String,
    /// The address that they come from, or `*`.
    pub host: String,
    /// What they do.
    pub operation: AclOperation,
    /// Whether they may.
    pub permission: AclPermission,
}

impl Acl {
    /// Allows `user` to do `operation` to the topic of this name, from everywhere.
    pub fn allow_topic(user: &str, operation: AclOperation, topic: impl Into<String>) -> Self {
        Self::allow(user, operation, AclResourceType::Topic, topic.into())
    }

    /// Allows `user` to do `operation` to the consumer group of this name, from everywhere.
    pub fn allow_group(user: &str, operation: AclOperation, group: impl Into<String>) -> Self {
        Self::allow(user, operation, AclResourceType::Group, group.into())
    }

    fn allow(
        user: &str,
        operation: AclOperation,
        resource_type: AclResourceType,
        resource_name: String,
    ) -> Self {
        Self {
            resource_type,
            resource_name,
            pattern: AclPattern::Literal,
            principal: format!("User:{user}"),
            host: "*".to_owned(),
            operation,
            permission: AclPermission::Allow,
        }
    }

    pub(super) fn concerns(
        &self,
        user: &str,
        host: &str,
        resource_type: AclResourceType,
        name: &str,
    ) -> bool {
        let matches = match self.pattern {
            AclPattern::Literal => self.resource_name == "*" || self.resource_name == name,
            AclPattern::Prefixed => name.starts_with(&self.resource_name),
        };
        matches && self.resource_type == resource_type && self.concerns_principal(user, host)
    }

    pub(super) fn concerns_principal(&self, user: &str, host: &str) -> bool {
        let principal = self.principal.strip_prefix("User:");
        principal.is_some_and(|principal| principal == "*" || principal == user)
            && (self.host == "*" || self.host == host)
    }

    pub(super) fn denies(&self, operation: AclOperation) -> bool {
        self.permission == AclPermission::Deny
            && (self.operation == AclOperation::All || self.operation == operation)
    }

    /// Whether the rule allows `operation`; some operations imply that one may describe.
    pub(super) fn allows(&self, operation: AclOperation) -> bool {
        use AclOperation::{
            All, Alter, AlterConfigs, Delete, Describe, DescribeConfigs, Read, Write,
        };
        let implied = match operation {
            Describe => matches!(self.operation, Read | Write | Delete | Alter),
            DescribeConfigs => self.operation == AlterConfigs,
            _ => false,
        };
        self.permission == AclPermission::Allow
            && (self.operation == All || self.operation == operation || implied)
    }
}

/// Declares an enum of the numbers that the protocol gives to its variants.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant = $number,)*
        }

        impl $name {
            pub(crate) fn from_wire(number: i8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

wire_enum! {
    /// The kind of resource that an [`Acl`] is about.
    AclResourceType {
        /// Topics.
        Topic = 2,
        /// Consumer groups.
        Group = 3,
        /// The cluster.
        Cluster = 4,
        /// Transactional ids of producers.
        TransactionalId = 5,
        /// Delegation tokens; rules about them are kept, but there are no tokens.
        DelegationToken = 6,
        /// Users; rules about them are kept, but nothing here is done to users.
        User = 7,
    }
}

wire_enum! {
    /// How the name in an [`Acl`] is compared.
    AclPattern {
        /// The whole name, or `*` for all.
        Literal = 3,
        /// The beginning of names.
        Prefixed = 4,
    }
}

wire_enum! {
    /// What an [`Acl`] is about.
    AclOperation {
        /// Every operation.
        All = 2,
        /// Reading records, and being a member of a group.
        Read = 3,
        /// Writing records.
        Write = 4,
        /// Creating.
        Create = 5,
        /// Deleting.
        Delete = 6,
        /// Changing, such as adding partitions.
        Alter = 7,
        /// Seeing that it is there, and its offsets.
        Describe = 8,
        /// What brokers do to each other.
        ClusterAction = 9,
        /// Seeing the configuration.
        DescribeConfigs = 10,
        /// Changing the configuration.
        AlterConfigs = 11,
        /// Writing with an idempotent producer.
        IdempotentWrite = 12,
        /// Creating delegation tokens.
        CreateTokens = 13,
        /// Describing delegation tokens.
        DescribeTokens = 14,
        /// Taking part in a prepared transaction.
        TwoPhaseCommit = 15,
    }
}

impl AclOperation {
    pub(crate) const OF_TOPICS: &'static [Self] = &[
        Self::Read,
        Self::Write,
        Self::Create,
        Self::Delete,
        Self::Alter,
        Self::Describe,
        Self::DescribeConfigs,
        Self::AlterConfigs,
    ];
    pub(crate) const OF_GROUPS: &'static [Self] = &[
        Self::Read,
        Self::Delete,
        Self::Describe,
        Self::DescribeConfigs,
        Self::AlterConfigs,
    ];
    pub(crate) const OF_TRANSACTIONAL_IDS: &'static [Self] =
        &[Self::Write, Self::Describe, Self::TwoPhaseCommit];
    pub(crate) const OF_THE_CLUSTER: &'static [Self] = &[
        Self::Create,
        Self::Alter,
        Self::Describe,
        Self::ClusterAction,
        Self::DescribeConfigs,
        Self::AlterConfigs,
        Self::IdempotentWrite,
    ];
}

wire_enum! {
    /// What an [`Acl`] says.
    AclPermission {
        /// They may not, whatever other rules say.
        Deny = 2,
        /// They may, unless another rule denies it.
        Allow = 3,
    }
}
