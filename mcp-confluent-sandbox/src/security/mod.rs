//! Who may connect and what they may do.

mod acl;
mod acl_requests;
mod bearer;
mod sasl;
mod scram;
mod scram_requests;

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;

use crate::broker::Peer;
use crate::options::{Password, SandboxOptions};

pub use acl::{Acl, AclOperation, AclPattern, AclPermission, AclResourceType};
pub(crate) use sasl::{Exchange, Progress};
pub(crate) use scram::{Credential, Mechanism};

pub(crate) use acl::AclOperation as Operation;

/// The SASL mechanisms that are offered.
pub(crate) const MECHANISMS: [&str; 4] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];

/// What an operation is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    Topic(&'a str),
    Group(&'a str),
    TransactionalId(&'a str),
    Cluster,
}

impl<'a> Resource<'a> {
    /// The error of those who may not.
    pub(crate) fn denial(self) -> ResponseError {
        match self {
            Self::Topic(_) => ResponseError::TopicAuthorizationFailed,
            Self::Group(_) => ResponseError::GroupAuthorizationFailed,
            Self::TransactionalId(_) => ResponseError::TransactionalIdAuthorizationFailed,
            Self::Cluster => ResponseError::ClusterAuthorizationFailed,
        }
    }

    fn key(self) -> (AclResourceType, &'a str) {
        match self {
            Self::Topic(name) => (AclResourceType::Topic, name),
            Self::Group(name) => (AclResourceType::Group, name),
            Self::TransactionalId(name) => (AclResourceType::TransactionalId, name),
            Self::Cluster => (AclResourceType::Cluster, "kafka-cluster"),
        }
    }
}

/// Users and ACLs.
#[derive(Debug)]
pub(crate) struct Security {
    /// The users who may do everything; `None` without an authorizer.
    super_users: Option<Vec<String>>,
    /// Without duplicates, in the order of creation.
    acls: Vec<Acl>,
    /// Passwords of users for `PLAIN`.
    plain: BTreeMap<String, Password>,
    /// What is known of users for SCRAM.
    scram: BTreeMap<(String, Mechanism), Credential>,
    /// What clients with tokens have to call the cluster.
    logical_cluster: Option<String>,
}

impl Security {
    pub(crate) fn new(options: &SandboxOptions) -> Self {
        let credentials = options.users.iter().flat_map(|(name, password)| {
            let mechanisms = [Mechanism::Sha256, Mechanism::Sha512];
            mechanisms.map(|mechanism| {
                (
                    (name.clone(), mechanism),
                    Credential::from_password(mechanism, &password.0),
                )
            })
        });
        Self {
            super_users: options.super_users.clone(),
            acls: Vec::new(),
            plain: options.users.iter().cloned().collect(),
            scram: credentials.collect(),
            logical_cluster: options.logical_cluster.clone(),
        }
    }

    /// Whether there is an authorizer.
    pub(crate) fn is_enforced(&self) -> bool {
        self.super_users.is_some()
    }

    /// Whether the authorizer, if there is one, lets `peer` do `operation`.
    pub(crate) fn allows(&self, peer: &Peer, operation: Operation, resource: Resource<'_>) -> bool {
        let Some(super_users) = &self.super_users else {
            return true;
        };
        if super_users.contains(&peer.user) {
            return true;
        }
        let (resource_type, name) = resource.key();
        let mut allowed = false;
        for acl in &self.acls {
            if acl.concerns(&peer.user, &peer.host, resource_type, name) {
                if acl.denies(operation) {
                    return false;
                }
                allowed |= acl.allows(operation);
            }
        }
        allowed
    }

    /// Whether `peer` may do `operation` to any resource of a type (for producers without a topic,
    /// KIP-679). Denials of single resources are not looked at.
    pub(crate) fn allows_any(
        &self,
        peer: &Peer,
        operation: Operation,
        resource_type: AclResourceType,
    ) -> bool {
        let Some(super_users) = &self.super_users else {
            return true;
        };
        let mut acls = self
            .acls
            .iter()
            .filter(|acl| acl.resource_type == resource_type);
        super_users.contains(&peer.user)
            || acls
                .any(|acl| acl.concerns_principal(&peer.user, &peer.host) && acl.allows(operation))
    }

    /// The operations that `peer` may do to a resource, as a set of bits, as answers carry them.
    pub(crate) fn authorized_operations(&self, peer: &Peer, resource: Resource<'_>) -> i32 {
        let operations = match resource {
            Resource::Topic(_) => AclOperation::OF_TOPICS,
            Resource::Group(_) => AclOperation::OF_GROUPS,
            Resource::TransactionalId(_) => AclOperation::OF_TRANSACTIONAL_IDS,
            Resource::Cluster => AclOperation::OF_THE_CLUSTER,
        };
        let allowed = operations
            .iter()
            .filter(|operation| self.allows(peer, **operation, resource));
        allowed.fold(0, |bits, operation| bits | (1 << (*operation as i32)))
    }

    /// Adds an ACL unless it is there.
    pub(crate) fn add_acl(&mut self, acl: Acl) {
        if !self.acls.contains(&acl) {
            self.acls.push(acl);
        }
    }
}
