//! Requests about records: `Produce`, `Fetch`, `ListOffsets` and `OffsetForLeaderEpoch`.

mod fetch;
mod offsets;
mod produce;

pub(crate) use produce::append_records;
