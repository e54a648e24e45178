//! `InitProducerId` and transactions (KIP-98, KIP-360, KIP-447).

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse, EndTxnRequest, EndTxnResponse, InitProducerIdRequest,
    InitProducerIdResponse, ProducerId,
};
use tokio::time::Instant;

use crate::broker::{Broker, Call, State, now};
use crate::group::Place;
use crate::security::{AclResourceType, Operation, Resource};
use crate::storage::ControlKind;

/// The longest time that a transaction may take (`transaction.max.timeout.ms`).
const MAX_TIMEOUT: Duration = Duration::from_mins(15);
/// Transactional ids that are remembered.
const MAX_TRANSACTIONAL_IDS: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Transactions {
    next_producer_id: i64,
    by_id: HashMap<String, Transaction>,
    /// The transactional id of every producer that has one.
    owners: HashMap<i64, String>,
}

/// What is known of one transactional id.
#[derive(Debug)]
struct Transaction {
    producer_id: i64,
    epoch: i16,
    timeout: Duration,
    phase: Phase,
    partitions: BTreeSet<Place>,
    groups: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Empty,
    /// Open, and until when it may be.
    Ongoing(Instant),
    /// Ended: whether it was committed.
    Complete(bool),
}

impl Broker {
    pub(crate) fn init_producer_id(
        &self,
        call: &Call<'_>,
        request: &InitProducerIdRequest,
    ) -> InitProducerIdResponse {
        let mut state = self.state.lock();
        let outcome = init_producer(&mut state, call, request);
        drop(state);
        self.appended.notify_waiters();
        match outcome {
            Ok((producer_id, epoch)) => InitProducerIdResponse::default()
                .with_producer_id(ProducerId(producer_id))
                .with_producer_epoch(epoch),
            Err(code) => InitProducerIdResponse::default()
                .with_error_code(code.code())
                .with_producer_id(ProducerId(-1))
                .with_producer_epoch(-1),
        }
    }

    pub(crate) fn add_partitions_to_txn(
        &self,
        call: &Call<'_>,
        request: &AddPartitionsToTxnRequest,
    ) -> AddPartitionsToTxnResponse {
        let mut state = self.state.lock();
        let id = request.v3_and_below_transactional_id.as_str();
        let producer = (
            request.v3_and_below_producer_id.0,
            request.v3_and_below_producer_epoch,
        );
        let places = || {
            request
                .v3_and_below_topics
                .iter()
                .flat_map(|topic| topic.partitions.iter().map(|index| (&topic.name, *index)))
        };
        let whole = state
            .authorize(call, Operation::Write, Resource::TransactionalId(id))
            .and_then(|()| state.transactions.open(id, producer).map(|_| ()))
            .err();
        let check = |state: &State, topic: &str, index: i32| {
            state
                .authorize(call, Operation::Write, Resource::Topic(topic))
                .and_then(|()| state.topics.partition(topic, index).map(|_| ()))
                .err()
        };
        let one_fails =
            whole.is_none() && places().any(|(topic, index)| check(&state, topic, index).is_some());
        let topics = request.v3_and_below_topics.iter().map(|topic| {
            let results = topic.partitions.iter().map(|index| {
                // All are added or none (`OPERATION_NOT_ATTEMPTED`).
                let code = whole
                    .or_else(|| check(&state, &topic.name, *index))
                    .or(one_fails.then_some(ResponseError::OperationNotAttempted));
                AddPartitionsToTxnPartitionResult::default()
                    .with_partition_index(*index)
                    .with_partition_error_code(code.map_or(0, |code| code.code()))
            });
            AddPartitionsToTxnTopicResult::default()
                .with_name(topic.name.clone())
                .with_results_by_partition(results.collect())
        });
        let response = AddPartitionsToTxnResponse::default()
            .with_results_by_topic_v3_and_below(topics.collect());
        if whole.is_none()
            && !one_fails
            && let Ok(transaction) = state.transactions.begin(id, producer)
        {
            transaction
                .partitions
                .extend(places().map(|(topic, index)| (topic.to_string(), index)));
        }
        drop(state);
        self.rescheduled.notify_one();
        response
    }

    pub(crate) fn add_offsets_to_txn(
        &self,
        call: &Call<'_>,
        request: &AddOffsetsToTxnRequest,
    ) -> AddOffsetsToTxnResponse {
        let mut state = self.state.lock();
        let id = request.transactional_id.as_str();
        let added = state
            .authorize(call, Operation::Write, Resource::TransactionalId(id))
            .and_then(|()| {
                state.authorize(call, Operation::Read, Resource::Group(&request.group_id))
            })
            .and_then(|()| {
                let producer = (request.producer_id.0, request.producer_epoch);
                let transaction = state.transactions.begin(id, producer)?;
                transaction.groups.insert(request.group_id.to_string());
                Ok(())
            });
        drop(state);
        self.rescheduled.notify_one();
        AddOffsetsToTxnResponse::default()
            .with_error_code(added.err().map_or(0, |error| error.code()))
    }

    pub(crate) fn end_txn(&self, call: &Call<'_>, request: &EndTxnRequest) -> EndTxnResponse {
        let mut state = self.state.lock();
        let id = request.transactional_id.as_str();
        let ended = state
            .authorize(call, Operation::Write, Resource::TransactionalId(id))
            .and_then(|()| {
                let producer = (request.producer_id.0, request.producer_epoch);
                let transaction = state.transactions.open(id, producer)?;
                match transaction.phase {
                    Phase::Ongoing(_) => {
                        end(&mut state, id, request.committed);
                        Ok(())
                    }
                    // The answer may have been lost on the way.
                    Phase::Complete(committed) if committed == request.committed => Ok(()),
                    Phase::Complete(_) | Phase::Empty => Err(ResponseError::InvalidTxnState),
                }
            });
        drop(state);
        self.appended.notify_waiters();
        let code = match ended {
            Err(ResponseError::ProducerFenced) if call.version < 2 => {
                ResponseError::InvalidProducerEpoch.code()
            }
            ended => ended.err().map_or(0, |error| error.code()),
        };
        EndTxnResponse::default().with_error_code(code)
    }
}

/// Gives a producer its id and epoch. What its predecessor left open is aborted.
fn init_producer(
    state: &mut State,
    call: &Call<'_>,
    request: &InitProducerIdRequest,
) -> Result<(i64, i16), ResponseError> {
    let Some(id) = request.transactional_id.as_ref().map(|id| id.as_str()) else {
        let may = state
            .security
            .allows(call.peer, Operation::IdempotentWrite, Resource::Cluster)
            || state
                .security
                .allows_any(call.peer, Operation::Write, AclResourceType::Topic);
        return if may {
            Ok((state.transactions.new_producer(), 0))
        } else {
            Err(ResponseError::ClusterAuthorizationFailed)
        };
    };
    state.authorize(call, Operation::Write, Resource::TransactionalId(id))?;
    if id.is_empty() {
        return Err(ResponseError::InvalidRequest);
    }
    let timeout = Duration::from_millis(u64::try_from(request.transaction_timeout_ms).unwrap_or(0));
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        return Err(ResponseError::InvalidTransactionTimeout);
    }
    if let Some(known) = state.transactions.by_id.get(id) {
        let claimed = (request.producer_id.0, request.producer_epoch);
        if claimed.0 >= 0 && claimed != (known.producer_id, known.epoch) {
            return Err(ResponseError::ProducerFenced);
        }
        if matches!(known.phase, Phase::Ongoing(_)) {
            state.transactions.fence(id);
            end(state, id, false);
        }
    }
    state.transactions.start(id, timeout)
}

/// Ends the open transaction of an id: markers go to every partition, offsets to every group.
fn end(state: &mut State, id: &str, commit: bool) {
    let Some(transaction) = state.transactions.by_id.get_mut(id) else {
        return;
    };
    let kind = if commit {
        ControlKind::Commit
    } else {
        ControlKind::Abort
    };
    let (producer_id, epoch) = (transaction.producer_id, transaction.epoch);
    for (topic, index) in std::mem::take(&mut transaction.partitions) {
        // A topic may have been deleted meanwhile.
        let _gone = state.topics.change(&topic, index, |log| {
            log.end_transaction(kind, now(), producer_id, epoch);
        });
    }
    for group in std::mem::take(&mut transaction.groups) {
        if let Some(group) = state.groups.get_mut(&group) {
            group.end_transaction(producer_id, commit);
        }
    }
    transaction.phase = Phase::Complete(commit);
}

impl State {
    /// Aborts the transactions that took too long, and gives the time of the next that may. Also
    /// says whether there was one.
    pub(crate) fn abort_late_transactions(&mut self, now: Instant) -> (Option<Instant>, bool) {
        let mut late = Vec::new();
        let mut next: Option<Instant> = None;
        for (id, transaction) in &self.transactions.by_id {
            if let Phase::Ongoing(deadline) = transaction.phase {
                if deadline <= now {
                    late.push(id.clone());
                } else {
                    next = Some(next.map_or(deadline, |next| next.min(deadline)));
                }
            }
        }
        for id in &late {
            self.transactions.fence(id);
            end(self, id, false);
        }
        (next, !late.is_empty())
    }
}

impl Transactions {
    fn new_producer(&mut self) -> i64 {
        let id = self.next_producer_id;
        self.next_producer_id += 1;
        id
    }

    /// A new epoch of a transactional id: what has the old one is fenced.
    fn fence(&mut self, id: &str) {
        if let Some(transaction) = self.by_id.get_mut(id) {
            transaction.epoch = transaction.epoch.saturating_add(1);
        }
    }

    fn start(&mut self, id: &str, timeout: Duration) -> Result<(i64, i16), ResponseError> {
        let known = self
            .by_id
            .get(id)
            .map(|transaction| (transaction.producer_id, transaction.epoch));
        let (producer_id, epoch) = match known {
            // The last epoch is kept for fencing.
            Some((producer_id, epoch)) if epoch < i16::MAX - 1 => (producer_id, epoch + 1),
            Some((old, _)) => {
                self.owners.remove(&old);
                (self.new_producer(), 0)
            }
            None if self.by_id.len() >= MAX_TRANSACTIONAL_IDS => {
                return Err(ResponseError::PolicyViolation);
            }
            None => (self.new_producer(), 0),
        };
        self.owners.insert(producer_id, id.to_owned());
        let transaction = Transaction {
            producer_id,
            epoch,
            timeout,
            phase: Phase::Empty,
            partitions: BTreeSet::new(),
            groups: BTreeSet::new(),
        };
        self.by_id.insert(id.to_owned(), transaction);
        Ok((producer_id, epoch))
    }

    /// The transaction of an id, if the producer is the one that has it now.
    fn open(
        &self,
        id: &str,
        (producer_id, epoch): (i64, i16),
    ) -> Result<&Transaction, ResponseError> {
        let transaction = self
            .by_id
            .get(id)
            .ok_or(ResponseError::InvalidProducerIdMapping)?;
        if transaction.producer_id != producer_id {
            return Err(ResponseError::InvalidProducerIdMapping);
        }
        if transaction.epoch != epoch {
            return Err(ResponseError::ProducerFenced);
        }
        Ok(transaction)
    }

    /// As [`Transactions::open`], and opens the transaction if it is not.
    fn begin(&mut self, id: &str, producer: (i64, i16)) -> Result<&mut Transaction, ResponseError> {
        self.open(id, producer)?;
        let transaction = self
            .by_id
            .get_mut(id)
            .ok_or(ResponseError::InvalidProducerIdMapping)?;
        if !matches!(transaction.phase, Phase::Ongoing(_)) {
            transaction.phase = Phase::Ongoing(Instant::now() + transaction.timeout);
        }
        Ok(transaction)
    }

    /// Checks that a transactional batch belongs to an open transaction that has this partition.
    pub(crate) fn check_append(
        &self,
        producer_id: i64,
        epoch: i16,
        topic: &str,
        index: i32,
    ) -> Result<(), ResponseError> {
        let owner = self
            .owners
            .get(&producer_id)
            .and_then(|id| self.by_id.get(id));
        let transaction = owner.ok_or(ResponseError::InvalidProducerIdMapping)?;
        if transaction.epoch != epoch {
            return Err(ResponseError::InvalidProducerEpoch);
        }
        let has_partition = transaction.partitions.contains(&(topic.to_owned(), index));
        if matches!(transaction.phase, Phase::Ongoing(_)) && has_partition {
            Ok(())
        } else {
            Err(ResponseError::InvalidTxnState)
        }
    }

    /// Checks that an open transaction takes a group's offsets.
    pub(crate) fn check_group(
        &self,
        id: &str,
        producer: (i64, i16),
        group: &str,
    ) -> Result<(), ResponseError> {
        let transaction = self.open(id, producer)?;
        if matches!(transaction.phase, Phase::Ongoing(_)) && transaction.groups.contains(group) {
            Ok(())
        } else {
            Err(ResponseError::InvalidTxnState)
        }
    }

    /// Forgets a topic that is deleted.
    pub(crate) fn forget_topic(&mut self, topic: &str) {
        for transaction in self.by_id.values_mut() {
            transaction.partitions.retain(|(name, _)| name != topic);
        }
    }
}
