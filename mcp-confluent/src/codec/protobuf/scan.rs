//! A first walk over a Protobuf payload, before it is decoded.
//!
//! Two bytes of payload can become hundreds of bytes of message, so the values are counted first;
//! and fields that the schema does not have, which JSON has no place for, are found.

use std::collections::BTreeSet;

use prost_reflect::{Kind, MessageDescriptor};

use super::super::{
    limits::{Budget, Limits},
    problem::{Problem, excerpt},
    varint,
};

/// Wire types, <https://protobuf.dev/programming-guides/encoding/#structure>.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH: u64 = 2;
const GROUP_START: u64 = 3;
const GROUP_END: u64 = 4;
const FIXED32: u64 = 5;

/// Walks `bytes` as a `message`; gives the unknown fields, as `Message.number`.
pub(super) fn scan(
    message: &MessageDescriptor,
    bytes: &[u8],
    limits: &Limits,
) -> Result<BTreeSet<String>, Problem> {
    let mut scanner = Scanner {
        budget: Budget::new(limits),
        unknown: BTreeSet::new(),
    };
    let mut rest = bytes;
    scanner.message(Some(message), &mut rest, None)?;
    Ok(scanner.unknown)
}

/// What to say about unknown fields.
pub(super) fn note(unknown: BTreeSet<String>) -> Option<String> {
    if unknown.is_empty() {
        return None;
    }
    let unknown: Vec<_> = unknown.into_iter().collect();
    Some(format!(
        "fields that the schema does not have are not shown: {}",
        excerpt(&unknown.join(", "))
    ))
}

struct Scanner {
    budget: Budget,
    unknown: BTreeSet<String>,
}

/// So many unknown fields are worth naming.
const MAX_UNKNOWN: usize = 20;

impl Scanner {
    /// Walks to the end of `rest`, or to the end of the group with the number `group`. Nothing is
    /// known of what is inside an unknown group.
    fn message(
        &mut self,
        message: Option<&MessageDescriptor>,
        rest: &mut &[u8],
        group: Option<u64>,
    ) -> Result<(), Problem> {
        self.budget.enter()?;
        while !rest.is_empty() {
            self.budget.take(1)?;
            let key = varint::read(rest)?;
            let (number, wire_type) = (key >> 3, key & 7);
            if wire_type == GROUP_END {
                return match group {
                    Some(open) if open == number => {
                        self.budget.leave();
                        Ok(())
                    }
                    _ => Err(Problem::new("a group ends that has not begun")),
                };
            }
            self.field(message, number, wire_type, rest)?;
        }
        if group.is_some() {
            return Err(Problem::new("the payload ends within a group"));
        }
        self.budget.leave();
        Ok(())
    }

    fn field(
        &mut self,
        message: Option<&MessageDescriptor>,
        number: u64,
        wire_type: u64,
        rest: &mut &[u8],
    ) -> Result<(), Problem> {
        let kind = message.and_then(|message| {
            let number = u32::try_from(number).ok()?;
            let field = message.get_field(number).map(|field| field.kind());
            field.or_else(|| message.get_extension(number).map(|field| field.kind()))
        });
        if let (Some(message), None) = (message, &kind)
            && self.unknown.len() < MAX_UNKNOWN
        {
            self.budget.take_text(message.full_name())?;
            self.unknown
                .insert(format!("{}.{number}", message.full_name()));
        }
        match wire_type {
            VARINT => varint::read(rest).map(drop),
            FIXED64 => take(rest, 8).map(drop),
            FIXED32 => take(rest, 4).map(drop),
            LENGTH => {
                let length = varint::read(rest)?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let mut inner = take(rest, length)?;
                match &kind {
                    Some(Kind::Message(message)) => self.message(Some(message), &mut inner, None),
                    Some(kind) => self.budget.take(packed(kind, inner)),
                    None => Ok(()),
                }
            }
            GROUP_START => {
                let inner = match &kind {
                    Some(Kind::Message(message)) => Some(message),
                    _ => None,
                };
                self.message(inner, rest, Some(number))
            }
            _ => Err(Problem::new(format!(
                "field {number} has the wire type {wire_type}, which does not exist"
            ))),
        }
    }
}

/// How many values a length-delimited field holds.
fn packed(kind: &Kind, bytes: &[u8]) -> usize {
    match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => 0,
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => bytes.len() / 8,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => bytes.len() / 4,
        // Every varint has one last byte.
        _ => bytes.iter().filter(|byte| **byte & 0x80 == 0).count(),
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Problem> {
    let (taken, after) = rest.split_at_checked(count).ok_or_else(|| {
        Problem::new(format!(
            "the payload ends too early: {count} more bytes expected, {} are left",
            rest.len()
        ))
    })?;
    *rest = after;
    Ok(taken)
}
