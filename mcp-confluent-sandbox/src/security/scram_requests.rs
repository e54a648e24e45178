//! `DescribeUserScramCredentials` and `AlterUserScramCredentials` (KIP-554).

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_user_scram_credentials_request::ScramCredentialUpsertion;
use kafka_protocol::messages::alter_user_scram_credentials_response::AlterUserScramCredentialsResult;
use kafka_protocol::messages::describe_user_scram_credentials_response::{
    CredentialInfo, DescribeUserScramCredentialsResult,
};
use kafka_protocol::messages::{
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse,
    DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::{Credential, Mechanism, Operation, Resource, Security};
use crate::broker::{Broker, Call, Refusal};

/// How often a password may be hashed.
const ITERATIONS: std::ops::RangeInclusive<i32> = 4096..=16_384;
/// Credentials that are kept.
const MAX_CREDENTIALS: usize = 10_000;

impl Broker {
    pub(crate) fn describe_user_scram_credentials(
        &self,
        call: &Call<'_>,
        request: &DescribeUserScramCredentialsRequest,
    ) -> DescribeUserScramCredentialsResponse {
        let state = self.state.lock();
        let response = DescribeUserScramCredentialsResponse::default().with_error_message(None);
        if let Err(denied) = state.authorize(call, Operation::Describe, Resource::Cluster) {
            return response.with_error_code(denied.code());
        }
        let mut known: BTreeMap<&str, Vec<CredentialInfo>> = BTreeMap::new();
        for ((user, mechanism), credential) in &state.security.scram {
            let iterations = i32::try_from(credential.iterations).unwrap_or(i32::MAX);
            let info = CredentialInfo::default()
                .with_mechanism(*mechanism as i8)
                .with_iterations(iterations);
            known.entry(user).or_default().push(info);
        }
        let wanted: Vec<&str> = match request.users.as_deref() {
            None | Some([]) => known.keys().copied().collect(),
            Some(users) => users.iter().map(|user| user.name.as_str()).collect(),
        };
        let results = wanted.iter().map(|user| {
            let result = DescribeUserScramCredentialsResult::default()
                .with_user(StrBytes::from_string((*user).to_owned()))
                .with_error_message(None);
            let twice = wanted.iter().filter(|other| *other == user).count() > 1;
            let failed = |code: ResponseError, message: String| {
                let message = Some(StrBytes::from_string(message));
                result.clone().with_error_code(code.code()).with_error_message(message)
            };
            match known.get(user) {
                _ if twice => failed(
                    ResponseError::DuplicateResource,
                    format!("Cannot describe SCRAM credentials for the same user twice in a single request: {user}"),
                ),
                None => failed(
                    ResponseError::ResourceNotFound,
                    format!("Attempt to describe a user credential that does not exist: {user}"),
                ),
                Some(infos) => result.clone().with_credential_infos(infos.clone()),
            }
        });
        let results = results.collect();
        response.with_results(results)
    }

    pub(crate) fn alter_user_scram_credentials(
        &self,
        call: &Call<'_>,
        request: &AlterUserScramCredentialsRequest,
    ) -> AlterUserScramCredentialsResponse {
        let mut state = self.state.lock();
        let denied = state
            .authorize(call, Operation::Alter, Resource::Cluster)
            .err();
        let deleted = request
            .deletions
            .iter()
            .map(|deletion| deletion.name.as_str());
        let upserted = request
            .upsertions
            .iter()
            .map(|upsertion| upsertion.name.as_str());
        let users: BTreeSet<&str> = deleted.chain(upserted).collect();
        let results = users.into_iter().map(|user| {
            let altered = match denied {
                Some(denied) => Err(denied.into()),
                None => alter(&mut state.security, user, request),
            };
            let (code, message) = Refusal::split(altered);
            AlterUserScramCredentialsResult::default()
                .with_user(StrBytes::from_string(user.to_owned()))
                .with_error_code(code)
                .with_error_message(message)
        });
        AlterUserScramCredentialsResponse::default().with_results(results.collect())
    }
}

/// Makes all changes for one user, or none.
fn alter(
    security: &mut Security,
    user: &str,
    request: &AlterUserScramCredentialsRequest,
) -> Result<(), Refusal> {
    if user.is_empty() {
        return Err(Refusal::new(
            ResponseError::UnacceptableCredential,
            "Username must not be empty",
        ));
    }
    let deletions = request
        .deletions
        .iter()
        .filter(|it| it.name.as_str() == user)
        .map(|it| it.mechanism);
    let deletions = deletions.map(mechanism).collect::<Result<Vec<_>, _>>()?;
    let upsertions = request
        .upsertions
        .iter()
        .filter(|it| it.name.as_str() == user);
    let upsertions = upsertions.map(credential).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<Mechanism> = deletions
        .iter()
        .copied()
        .chain(upsertions.iter().map(|(mechanism, _)| *mechanism))
        .collect();
    if named.len() > named.iter().collect::<BTreeSet<_>>().len() {
        let message = "A user credential cannot be altered twice in the same request";
        return Err(Refusal::new(ResponseError::DuplicateResource, message));
    }
    if deletions
        .iter()
        .any(|it| !security.scram.contains_key(&(user.to_owned(), *it)))
    {
        let message = "Attempt to delete a user credential that does not exist";
        return Err(Refusal::new(ResponseError::ResourceNotFound, message));
    }
    if security.scram.len() + upsertions.len() > MAX_CREDENTIALS {
        let message = format!("The sandbox keeps at most {MAX_CREDENTIALS} credentials.");
        return Err(Refusal::new(ResponseError::PolicyViolation, message));
    }
    for mechanism in deletions {
        security.scram.remove(&(user.to_owned(), mechanism));
    }
    for (mechanism, credential) in upsertions {
        security
            .scram
            .insert((user.to_owned(), mechanism), credential);
    }
    Ok(())
}

fn mechanism(number: i8) -> Result<Mechanism, Refusal> {
    Mechanism::from_wire(number).ok_or_else(|| {
        Refusal::new(
            ResponseError::UnsupportedSaslMechanism,
            "Unknown SCRAM mechanism",
        )
    })
}

fn credential(upsertion: &ScramCredentialUpsertion) -> Result<(Mechanism, Credential), Refusal> {
    let mechanism = mechanism(upsertion.mechanism)?;
    let unacceptable = |message: &str| Refusal::new(ResponseError::UnacceptableCredential, message);
    if upsertion.iterations < *ITERATIONS.start() {
        return Err(unacceptable("Too few iterations"));
    }
    if upsertion.iterations > *ITERATIONS.end() {
        return Err(unacceptable("Too many iterations"));
    }
    let iterations =
        u32::try_from(upsertion.iterations).map_err(|_| unacceptable("Too few iterations"))?;
    let salt = upsertion.salt.to_vec();
    let credential =
        Credential::from_salted(mechanism, salt, iterations, &upsertion.salted_password);
    Ok((
        mechanism,
        credential.ok_or_else(|| unacceptable("The salted password cannot be used"))?,
    ))
}
