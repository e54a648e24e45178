//! `DescribeAcls`, `CreateAcls` and `DeleteAcls`.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::delete_acls_response::{
    DeleteAclsFilterResult, DeleteAclsMatchingAcl,
};
use kafka_protocol::messages::describe_acls_response::{AclDescription, DescribeAclsResource};
use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse,
    DescribeAclsRequest, DescribeAclsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::{
    Acl, AclOperation, AclPattern, AclPermission, AclResourceType, Operation, Resource, Security,
};
use crate::broker::{Broker, Call, Refusal, State};

/// ACLs that are kept.
const MAX_ACLS: usize = 10_000;

/// Numbers in filters that stand for more than one value.
const ANY: i8 = 1;
/// The pattern of filters that asks for every ACL that concerns a name.
const MATCH: i8 = 2;

impl Broker {
    pub(crate) fn describe_acls(
        &self,
        call: &Call<'_>,
        request: &DescribeAclsRequest,
    ) -> DescribeAclsResponse {
        let state = self.state.lock();
        let filter = Filter::new(
            request.resource_type_filter,
            request.resource_name_filter.as_deref(),
            request.pattern_type_filter,
            [
                request.principal_filter.as_deref(),
                request.host_filter.as_deref(),
            ],
            [request.operation, request.permission_type],
        );
        let filter = authorize(&state, call, Operation::Describe).and(filter);
        let filter = match filter {
            Ok(filter) => filter,
            Err(refusal) => {
                let (code, message) = Refusal::split(Err(refusal));
                return DescribeAclsResponse::default()
                    .with_error_code(code)
                    .with_error_message(message);
            }
        };
        let mut resources: BTreeMap<(AclResourceType, &str, AclPattern), Vec<AclDescription>> =
            BTreeMap::new();
        for acl in state.security.acls.iter().filter(|acl| filter.takes(acl)) {
            let description = AclDescription::default()
                .with_principal(StrBytes::from_string(acl.principal.clone()))
                .with_host(StrBytes::from_string(acl.host.clone()))
                .with_operation(acl.operation as i8)
                .with_permission_type(acl.permission as i8);
            resources
                .entry((acl.resource_type, &acl.resource_name, acl.pattern))
                .or_default()
                .push(description);
        }
        let resources = resources
            .into_iter()
            .map(|((resource_type, name, pattern), acls)| {
                DescribeAclsResource::default()
                    .with_resource_type(resource_type as i8)
                    .with_resource_name(StrBytes::from_string(name.to_owned()))
                    .with_pattern_type(pattern as i8)
                    .with_acls(acls)
            });
        DescribeAclsResponse::default()
            .with_error_message(None)
            .with_resources(resources.collect())
    }

    pub(crate) fn create_acls(
        &self,
        call: &Call<'_>,
        request: &CreateAclsRequest,
    ) -> CreateAclsResponse {
        let mut state = self.state.lock();
        let refused = authorize(&state, call, Operation::Alter).err();
        let results = request.creations.iter().map(|creation| {
            let created = match &refused {
                Some(refusal) => Err(refusal.clone()),
                None => create(&mut state.security, creation),
            };
            let (code, message) = Refusal::split(created);
            AclCreationResult::default()
                .with_error_code(code)
                .with_error_message(message)
        });
        CreateAclsResponse::default().with_results(results.collect())
    }

    pub(crate) fn delete_acls(
        &self,
        call: &Call<'_>,
        request: &DeleteAclsRequest,
    ) -> DeleteAclsResponse {
        let mut state = self.state.lock();
        let refused = authorize(&state, call, Operation::Alter).err();
        let results = request.filters.iter().map(|filter| {
            let deleted = match &refused {
                Some(refusal) => Err(refusal.clone()),
                None => delete(&mut state.security, filter),
            };
            match deleted {
                Ok(deleted) => DeleteAclsFilterResult::default()
                    .with_error_message(None)
                    .with_matching_acls(deleted.into_iter().map(deleted_acl).collect()),
                Err(refusal) => {
                    let (code, message) = Refusal::split(Err(refusal));
                    DeleteAclsFilterResult::default()
                        .with_error_code(code)
                        .with_error_message(message)
                }
            }
        });
        DeleteAclsResponse::default().with_filter_results(results.collect())
    }
}

fn authorize(state: &State, call: &Call<'_>, operation: Operation) -> Result<(), Refusal> {
    if !state.security.is_enforced() {
        return Err(Refusal::new(
            ResponseError::SecurityDisabled,
            "No Authorizer is configured.",
        ));
    }
    state
        .authorize(call, operation, Resource::Cluster)
        .map_err(Refusal::denied)
}

fn create(security: &mut Security, creation: &AclCreation) -> Result<(), Refusal> {
    let invalid = |message: String| Refusal::new(ResponseError::InvalidRequest, message);
    let unknown = |what: &str, number: i8| {
        invalid(format!(
            "Invalid {what} {number} in an ACL that is to be created"
        ))
    };
    let acl = Acl {
        resource_type: AclResourceType::from_wire(creation.resource_type)
            .ok_or_else(|| unknown("resource type", creation.resource_type))?,
        resource_name: creation.resource_name.to_string(),
        pattern: AclPattern::from_wire(creation.resource_pattern_type)
            .ok_or_else(|| unknown("pattern type", creation.resource_pattern_type))?,
        principal: creation.principal.to_string(),
        host: creation.host.to_string(),
        operation: AclOperation::from_wire(creation.operation)
            .ok_or_else(|| unknown("operation", creation.operation))?,
        permission: AclPermission::from_wire(creation.permission_type)
            .ok_or_else(|| unknown("permission type", creation.permission_type))?,
    };
    if acl.resource_type == AclResourceType::Cluster && acl.resource_name != "kafka-cluster" {
        let message = "The only valid name for the CLUSTER resource is kafka-cluster";
        return Err(invalid(message.to_owned()));
    }
    if acl.resource_name.is_empty() {
        return Err(invalid("Resource name should not be empty".to_owned()));
    }
    if !acl.principal.contains(':') {
        let message = format!(
            "Could not parse principal from `{}` (no colon is present separating the principal type from the principal name)",
            acl.principal
        );
        return Err(invalid(message));
    }
    if security.acls.len() >= MAX_ACLS {
        return Err(Refusal::new(
            ResponseError::PolicyViolation,
            format!("The sandbox keeps at most {MAX_ACLS} ACLs."),
        ));
    }
    security.add_acl(acl);
    Ok(())
}

fn delete(security: &mut Security, filter: &DeleteAclsFilter) -> Result<Vec<Acl>, Refusal> {
    let filter = Filter::new(
        filter.resource_type_filter,
        filter.resource_name_filter.as_deref(),
        filter.pattern_type_filter,
        [
            filter.principal_filter.as_deref(),
            filter.host_filter.as_deref(),
        ],
        [filter.operation, filter.permission_type],
    )?;
    let (deleted, kept) = std::mem::take(&mut security.acls)
        .into_iter()
        .partition(|acl| filter.takes(acl));
    security.acls = kept;
    Ok(deleted)
}

fn deleted_acl(acl: Acl) -> DeleteAclsMatchingAcl {
    DeleteAclsMatchingAcl::default()
        .with_error_message(None)
        .with_resource_type(acl.resource_type as i8)
        .with_resource_name(StrBytes::from_string(acl.resource_name))
        .with_pattern_type(acl.pattern as i8)
        .with_principal(StrBytes::from_string(acl.principal))
        .with_host(StrBytes::from_string(acl.host))
        .with_operation(acl.operation as i8)
        .with_permission_type(acl.permission as i8)
}

/// Which ACLs a request is about; `None` takes every value.
#[derive(Debug)]
struct Filter<'a> {
    resource_type: Option<AclResourceType>,
    resource_name: Option<&'a str>,
    pattern: PatternFilter,
    principal: Option<&'a str>,
    host: Option<&'a str>,
    operation: Option<AclOperation>,
    permission: Option<AclPermission>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatternFilter {
    Any,
    Match,
    Exactly(AclPattern),
}

impl<'a> Filter<'a> {
    fn new(
        resource_type: i8,
        resource_name: Option<&'a str>,
        pattern: i8,
        [principal, host]: [Option<&'a str>; 2],
        [operation, permission]: [i8; 2],
    ) -> Result<Self, Refusal> {
        fn one<T>(
            what: &str,
            number: i8,
            from_wire: fn(i8) -> Option<T>,
        ) -> Result<Option<T>, Refusal> {
            match from_wire(number) {
                _ if number == ANY => Ok(None),
                Some(value) => Ok(Some(value)),
                None => {
                    let message = format!("Invalid {what} {number} in a filter of ACLs");
                    Err(Refusal::new(ResponseError::InvalidRequest, message))
                }
            }
        }
        let pattern = if pattern == MATCH {
            PatternFilter::Match
        } else {
            one("pattern type", pattern, AclPattern::from_wire)?
                .map_or(PatternFilter::Any, PatternFilter::Exactly)
        };
        Ok(Self {
            resource_type: one("resource type", resource_type, AclResourceType::from_wire)?,
            resource_name,
            pattern,
            principal,
            host,
            operation: one("operation", operation, AclOperation::from_wire)?,
            permission: one("permission type", permission, AclPermission::from_wire)?,
        })
    }

    fn takes(&self, acl: &Acl) -> bool {
        let pattern = match self.pattern {
            PatternFilter::Any | PatternFilter::Match => true,
            PatternFilter::Exactly(pattern) => acl.pattern == pattern,
        };
        let name = self.resource_name.is_none_or(|name| {
            acl.resource_name == name
                || self.pattern == PatternFilter::Match
                    && match acl.pattern {
                        AclPattern::Literal => acl.resource_name == "*",
                        AclPattern::Prefixed => name.starts_with(&acl.resource_name),
                    }
        });
        pattern
            && name
            && self.resource_type.is_none_or(|it| it == acl.resource_type)
            && self.principal.is_none_or(|it| it == acl.principal)
            && self.host.is_none_or(|it| it == acl.host)
            && self.operation.is_none_or(|it| it == acl.operation)
            && self.permission.is_none_or(|it| it == acl.permission)
    }
}
