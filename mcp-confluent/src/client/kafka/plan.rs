//! Where a read begins and ends in each partition.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, SecondsFormat};

use super::{
    Call, KafkaClient,
    error::{Access, Resource},
    offsets::{Isolation, Offsets, Spec, known},
    read::{ReadEntry, ReadRequest, Start},
    records::Record,
    topics::TopicInfo,
};
use crate::error::{Result, ToolError};

/// A partition to read, and what has been read of it.
pub(super) struct Range {
    pub(super) topic: String,
    pub(super) partition: i32,
    /// The offset of the next record that is wanted.
    pub(super) next: i64,
    /// The offset after the last one that is wanted; `None` to go on as records arrive.
    pub(super) end: Option<i64>,
    /// The end of the partition when the read began.
    pub(super) high: i64,
    /// Given up because enough has been read elsewhere.
    pub(super) halted: bool,
    /// Set when the newest records are wanted.
    pub(super) tail: Option<Tail>,
    pub(super) records: VecDeque<Record>,
}

/// The last records of a partition.
pub(super) struct Tail {
    /// The index of the entry in the request that asked for them.
    pub(super) entry: usize,
    /// How many that entry asked for.
    pub(super) want: usize,
    /// Older records had to make room for newer ones, so it is of no use to look further back.
    pub(super) cut: bool,
    /// The oldest offset of the partition.
    low: i64,
    /// From here on the partition has been read.
    start: i64,
    /// How many offsets were looked at last.
    window: i64,
    /// Newer records than those in the window being read.
    newer: VecDeque<Record>,
}

impl Range {
    fn new(topic: &str, partition: i32, next: i64, high: i64) -> Self {
        Self {
            topic: topic.to_owned(),
            partition,
            next,
            end: Some(high),
            high,
            halted: false,
            tail: None,
            records: VecDeque::new(),
        }
    }

    /// Whether everything that is wanted has been read.
    pub(super) fn is_complete(&self) -> bool {
        self.end.is_some_and(|end| self.next >= end)
    }

    /// Whether nothing more is to be fetched.
    pub(super) fn is_done(&self) -> bool {
        self.halted || self.is_complete()
    }

    /// Offsets of transaction markers and compacted records hold no record. If the tail came out too
    /// short because of them, begins again further back; whether it did.
    pub(super) fn look_further_back(&mut self) -> bool {
        let Some(tail) = &mut self.tail else {
            return false;
        };
        while let Some(record) = self.records.pop_back() {
            tail.newer.push_front(record);
        }
        if tail.cut || tail.newer.len() >= tail.want || tail.start <= tail.low {
            std::mem::swap(&mut self.records, &mut tail.newer);
            return false;
        }
        tail.window = tail.window.saturating_mul(2);
        self.end = Some(tail.start);
        tail.start = tail.start.saturating_sub(tail.window).max(tail.low);
        self.next = tail.start;
        true
    }

    /// Puts together what a tail has found when reading it ends early.
    pub(super) fn settle(&mut self) {
        if let Some(tail) = &mut self.tail {
            self.records.append(&mut tail.newer);
        }
    }
}

impl KafkaClient {
    /// Checks a request against the cluster and works out what to fetch.
    pub(super) async fn plan(&self, call: &Call, request: &ReadRequest) -> Result<Vec<Range>> {
        check(&request.entries)?;
        let names: Vec<&str> = request
            .entries
            .iter()
            .map(|entry| entry.topic.as_str())
            .collect();
        let described = self.describe_for(call, &names, Access::Read).await?;
        let infos = described.into_iter().collect::<Result<Vec<_>>>()?;
        let mut wanted = Vec::new();
        for (index, (entry, info)) in request.entries.iter().zip(&infos).enumerate() {
            match entry.partition {
                Some(id) => {
                    wanted.push((index, info.partition(id)?.id));
                }
                None => wanted.extend(info.partitions.iter().map(|found| (index, found.id))),
            }
        }
        let bounds = self.bounds(call, request, &infos, &wanted).await?;
        let mut ranges = Vec::with_capacity(wanted.len());
        let mut room = request.max_records;
        for (index, entry) in request.entries.iter().enumerate() {
            let ids = wanted
                .iter()
                .filter(|(of, _)| *of == index)
                .map(|&(_, id)| id);
            let partitions: Vec<_> = ids
                .map(|id| {
                    let low = known(&bounds.low, &entry.topic, id);
                    let high = known(&bounds.high, &entry.topic, id);
                    Ok((id, low?, high?))
                })
                .collect::<Result<_, _>>()
                .map_err(|fault: super::ffi::Fault| {
                    fault.into_error(Access::Read, Resource::Topic(&entry.topic))
                })?;
            ranges.extend(ranges_of(
                index,
                entry,
                &partitions,
                &bounds.times,
                &mut room,
            )?);
        }
        Ok(ranges)
    }

    async fn bounds(
        &self,
        call: &Call,
        request: &ReadRequest,
        infos: &[TopicInfo],
        wanted: &[(usize, i32)],
    ) -> Result<Bounds> {
        let all = |spec| {
            wanted
                .iter()
                .map(|&(index, id)| (&infos[index], id, spec))
                .collect::<Vec<_>>()
        };
        let (earliest, latest) = (all(Spec::Earliest), all(Spec::Latest));
        let times: Vec<_> = wanted
            .iter()
            .filter_map(|&(index, id)| match request.entries[index].start {
                Start::Timestamp(time) => Some((&infos[index], id, Spec::Timestamp(time))),
                _ => None,
            })
            .collect();
        let isolation = self.settings().isolation();
        let (low, high, times) = tokio::try_join!(
            self.offsets(call, &earliest, Isolation::ReadUncommitted),
            self.offsets(call, &latest, isolation),
            self.offsets(call, &times, isolation),
        )?;
        Ok(Bounds { low, high, times })
    }
}

struct Bounds {
    low: Offsets,
    high: Offsets,
    times: Offsets,
}

/// A partition with its oldest offset and its end.
type Bounded = (i32, i64, i64);

fn ranges_of(
    index: usize,
    entry: &ReadEntry,
    partitions: &[Bounded],
    times: &Offsets,
    room: &mut usize,
) -> Result<Vec<Range>> {
    let topic = entry.topic.as_str();
    let range = |&(id, low, high): &Bounded| Range::new(topic, id, low, high);
    let ranges: Vec<Range> = match entry.start {
        Start::Earliest => partitions.iter().map(range).collect(),
        Start::Latest => partitions
            .iter()
            .map(|&(id, _, high)| Range {
                end: None,
                ..Range::new(topic, id, high, high)
            })
            .collect(),
        Start::Offset(offset) => partitions
            .iter()
            .filter(|&&(_, low, high)| (low..high).contains(&offset))
            .map(|&(id, _, high)| Range::new(topic, id, offset, high))
            .collect(),
        Start::Timestamp(_) => partitions
            .iter()
            .filter_map(|&(id, _, high)| {
                let found = times
                    .get(&(topic.to_owned(), id))?
                    .as_ref()
                    .ok()?
                    .as_ref()?;
                (*found < high).then(|| Range::new(topic, id, *found, high))
            })
            .collect(),
        Start::Tail(count) => {
            let want = usize::try_from(count).unwrap_or(usize::MAX).min(*room);
            *room -= want;
            partitions
                .iter()
                .map(|bounded| tail_range(index, topic, bounded, want))
                .collect()
        }
    };
    if ranges.is_empty() {
        return Err(nothing_there(entry, partitions));
    }
    Ok(ranges)
}

fn tail_range(entry: usize, topic: &str, &(id, low, high): &Bounded, want: usize) -> Range {
    let window = i64::try_from(want).unwrap_or(i64::MAX);
    let start = high.saturating_sub(window).max(low);
    let newer = VecDeque::new();
    Range {
        tail: Some(Tail {
            entry,
            want,
            cut: false,
            low,
            start,
            window,
            newer,
        }),
        ..Range::new(topic, id, start, high)
    }
}

fn nothing_there(entry: &ReadEntry, partitions: &[Bounded]) -> ToolError {
    /// The most partitions whose bounds are listed.
    const LISTED: usize = 16;
    let topic = entry.topic.escape_debug();
    match entry.start {
        Start::Offset(offset) => {
            let mut bounds: Vec<_> = partitions
                .iter()
                .take(LISTED)
                .map(|&(id, low, high)| {
                    if low == high {
                        format!("partition {id} is empty and goes on at offset {high}")
                    } else {
                        format!("partition {id} has offsets {low} to {}", high - 1)
                    }
                })
                .collect();
            if partitions.len() > LISTED {
                bounds.push(format!("and {} more partitions", partitions.len() - LISTED));
            }
            ToolError::argument(format!(
                "there is no record at offset {offset} of topic `{topic}`: {}",
                bounds.join("; ")
            ))
            .hint("begin within those bounds, or with `latest` to wait for new records")
        }
        Start::Timestamp(time) => {
            let when = DateTime::from_timestamp_millis(time).map_or_else(
                || format!("{time} ms"),
                |when| when.to_rfc3339_opts(SecondsFormat::Millis, true),
            );
            let place = match entry.partition {
                Some(id) => format!("partition {id} of topic `{topic}`"),
                None => format!("any partition of topic `{topic}`"),
            };
            ToolError::argument(format!("there is no record at or after {when} in {place}"))
                .hint("begin at an earlier time, or with `latest` to wait for new records")
        }
        Start::Earliest | Start::Latest | Start::Tail(_) => {
            ToolError::not_found(format!("topic `{topic}` has no partition that can be read"))
        }
    }
}

/// What can be told without the cluster.
fn check(entries: &[ReadEntry]) -> Result<()> {
    if entries.is_empty() {
        return Err(ToolError::argument("name at least one topic to read"));
    }
    let mut seen: HashMap<&str, HashSet<Option<i32>>> = HashMap::new();
    for entry in entries {
        let topic = entry.topic.escape_debug();
        let partitions = seen.entry(&entry.topic).or_default();
        if !partitions.insert(entry.partition) {
            return Err(ToolError::argument(match entry.partition {
                Some(id) => format!("partition {id} of topic `{topic}` is named twice"),
                None => format!("topic `{topic}` is named twice"),
            }));
        }
        if partitions.len() > 1 && partitions.contains(&None) {
            return Err(ToolError::argument(format!(
                "topic `{topic}` is named once with a partition and once without, which means all \
                 partitions"
            )));
        }
        match entry.start {
            Start::Offset(offset) if offset < 0 => {
                return Err(ToolError::argument("an offset is not negative"));
            }
            Start::Timestamp(time) if time < 0 => {
                return Err(ToolError::argument("a timestamp is not before 1970"));
            }
            Start::Tail(0) => {
                return Err(ToolError::argument("a tail has at least one record"));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(partition: Option<i32>, start: Start) -> ReadEntry {
        ReadEntry {
            topic: "t".to_owned(),
            partition,
            start,
        }
    }

    fn plan(entry: &ReadEntry, partitions: &[Bounded], times: &Offsets) -> Vec<(i32, i64, i64)> {
        let ranges = ranges_of(0, entry, partitions, times, &mut 100).unwrap();
        ranges
            .iter()
            .map(|r| (r.partition, r.next, r.end.unwrap_or(-1)))
            .collect()
    }

    #[test]
    fn beginnings() {
        let partitions = [(0, 5, 10), (1, 0, 3), (2, 4, 4)];
        let none = Offsets::new();
        let starts = |start| plan(&entry(None, start), &partitions, &none);
        assert_eq!(starts(Start::Earliest), [(0, 5, 10), (1, 0, 3), (2, 4, 4)]);
        assert_eq!(starts(Start::Latest), [(0, 10, -1), (1, 3, -1), (2, 4, -1)]);
        assert_eq!(starts(Start::Offset(2)), [(1, 2, 3)]);
        assert_eq!(starts(Start::Tail(2)), [(0, 8, 10), (1, 1, 3), (2, 4, 4)]);
        assert_eq!(starts(Start::Tail(50)), [(0, 5, 10), (1, 0, 3), (2, 4, 4)]);
    }

    #[test]
    fn times_begin_where_there_is_something_newer() {
        let partitions = [(0, 0, 10), (1, 0, 10)];
        let mut times = Offsets::new();
        times.insert(("t".to_owned(), 0), Ok(Some(7)));
        times.insert(("t".to_owned(), 1), Ok(None));
        let entry = entry(None, Start::Timestamp(1_700_000_000_000));
        assert_eq!(plan(&entry, &partitions, &times), [(0, 7, 10)]);
        times.insert(("t".to_owned(), 0), Ok(None));
        let Err(error) = ranges_of(0, &entry, &partitions, &times, &mut 10) else {
            panic!("nothing is newer");
        };
        assert!(
            error.message().contains("2023-11-14T22:13:20.000Z"),
            "{error}"
        );
    }

    #[test]
    fn offsets_out_of_range_name_the_bounds() {
        for offset in [0, 10] {
            let entry = entry(Some(0), Start::Offset(offset));
            let Err(error) = ranges_of(0, &entry, &[(0, 5, 10)], &Offsets::new(), &mut 10) else {
                panic!("{offset} is out of range");
            };
            assert!(
                error.message().contains("partition 0 has offsets 5 to 9"),
                "{error}"
            );
        }
    }

    #[test]
    fn requests_that_make_no_sense() {
        let (all, one) = (
            entry(None, Start::Earliest),
            entry(Some(1), Start::Earliest),
        );
        assert!(check(&[]).is_err());
        assert!(check(&[all.clone(), all.clone()]).is_err());
        assert!(check(&[all, one.clone()]).is_err());
        assert!(check(&[one.clone(), one.clone()]).is_err());
        assert!(check(&[entry(None, Start::Tail(0))]).is_err());
        assert!(check(&[one, entry(Some(2), Start::Latest)]).is_ok());
    }

    #[test]
    fn a_short_tail_looks_further_back_until_it_has_enough_or_is_at_the_beginning() {
        let record = |offset| Record {
            topic: "t".to_owned(),
            partition: 0,
            offset,
            timestamp_ms: None,
            timestamp_type: None,
            key: None,
            value: None,
            headers: Vec::new(),
        };
        let mut range = tail_range(0, "t", &(0, 0, 100), 4);
        assert_eq!((range.next, range.end), (96, Some(100)));
        range.records.push_back(record(98));
        assert!(range.look_further_back());
        assert_eq!((range.next, range.end), (88, Some(96)));
        range.records.extend([record(90), record(94)]);
        assert!(range.look_further_back());
        assert_eq!((range.next, range.end), (72, Some(88)));
        range.records.push_back(record(80));
        assert!(!range.look_further_back());
        let offsets: Vec<_> = range.records.iter().map(|r| r.offset).collect();
        assert_eq!(offsets, [80, 90, 94, 98]);
    }
}
