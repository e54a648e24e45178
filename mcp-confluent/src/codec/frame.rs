//! Confluent framing: how a record says which schema it was written with.
//!
//! In the payload: a zero byte, the schema's id as four bytes big-endian, and for Protobuf the
//! message indexes. In a record header: a one byte, the sixteen bytes of the schema's GUID, and for
//! Protobuf the message indexes; the payload then holds the data alone.
//!
//! Message indexes say which message of the Protobuf file it is: the position of the top-level
//! message, then of the message nested in it, and so on. They are written as their number and the
//! numbers themselves, all zig-zag varints; `[0]`, the most common, as one zero byte.

use uuid::Uuid;

use super::{problem::Problem, schema::SchemaRef, varint};

/// The magic byte before an id.
const MAGIC_ID: u8 = 0;
/// The magic byte before a GUID.
const MAGIC_GUID: u8 = 1;
/// Magic byte and id.
const PREFIX: usize = 5;
/// Magic byte and GUID.
const GUID_HEADER: usize = 17;
/// Messages nested deeper than this do not occur in sane files.
const MAX_INDEXES: usize = 64;

/// Which half of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

impl Part {
    /// The record header that carries the GUID of this part's schema.
    pub fn header(self) -> &'static str {
        match self {
            Self::Key => "__key_schema_id",
            Self::Value => "__value_schema_id",
        }
    }
}

/// Where a written record names its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Framing {
    /// The id, before the data in the payload. Every client reads it.
    #[default]
    Prefix,
    /// The GUID, in a record header; the payload is the bare data. Needs a registry that gives
    /// GUIDs, and readers that know of it.
    Header,
}

/// A payload that names its schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) schema: SchemaRef,
    /// What follows the id or GUID. For Protobuf with a prefix, the message indexes come first.
    pub(super) data: &'a [u8],
    /// With a header: the message indexes, empty for other kinds than Protobuf.
    pub(super) header_rest: Option<&'a [u8]>,
}

impl<'a> Frame<'a> {
    /// For Protobuf: the message indexes, and the data without them. A header without indexes means
    /// the first message.
    pub(super) fn message_indexes(&self) -> Result<(Vec<usize>, &'a [u8]), Problem> {
        match self.header_rest {
            None => read_indexes(self.data),
            Some([]) => Ok((vec![0], self.data)),
            Some(rest) => Ok((read_indexes(rest)?.0, self.data)),
        }
    }
}

/// Finds the schema a record names. The header wins over the payload, the last header of the name
/// over the ones before it. `None`: the record names no schema.
pub(super) fn read<'a>(
    payload: &'a [u8],
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    part: Part,
) -> Result<Option<Frame<'a>>, Problem> {
    let header = headers
        .into_iter()
        .filter(|(name, _)| *name == part.header())
        .last();
    if let Some((name, header)) = header {
        if header.len() < GUID_HEADER || header[0] != MAGIC_GUID {
            return Err(Problem::new(format!(
                "the record header `{name}` does not hold a schema GUID: expected the byte 1 and \
                 16 more, found {} bytes",
                header.len()
            )));
        }
        let (guid, rest) = header[1..].split_at(GUID_HEADER - 1);
        let guid = Uuid::from_slice(guid).map_err(|error| Problem::new(error.to_string()))?;
        return Ok(Some(Frame {
            schema: SchemaRef::Guid(guid),
            data: payload,
            header_rest: Some(rest),
        }));
    }
    match payload {
        // Registries count from one: these are the first bytes of a number.
        [MAGIC_ID, 0, 0, 0, 0, ..] => Ok(None),
        [MAGIC_ID, a, b, c, d, data @ ..] => Ok(Some(Frame {
            schema: SchemaRef::Id(u32::from_be_bytes([*a, *b, *c, *d])),
            data,
            header_rest: None,
        })),
        _ => Ok(None),
    }
}

/// The bytes before the data.
pub(super) fn prefix(id: u32, indexes: Option<&[usize]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PREFIX + 1);
    bytes.push(MAGIC_ID);
    bytes.extend(id.to_be_bytes());
    if let Some(indexes) = indexes {
        write_indexes(indexes, &mut bytes);
    }
    bytes
}

/// The value of the record header.
pub(super) fn header(guid: Uuid, indexes: Option<&[usize]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(GUID_HEADER + 1);
    bytes.push(MAGIC_GUID);
    bytes.extend(guid.as_bytes());
    if let Some(indexes) = indexes {
        write_indexes(indexes, &mut bytes);
    }
    bytes
}

fn write_indexes(indexes: &[usize], bytes: &mut Vec<u8>) {
    if indexes == [0] {
        bytes.push(0);
        return;
    }
    varint::write_length(indexes.len(), bytes);
    for index in indexes {
        varint::write_length(*index, bytes);
    }
}

/// Reads message indexes off the front of `bytes`; gives what is left.
fn read_indexes(mut bytes: &[u8]) -> Result<(Vec<usize>, &[u8]), Problem> {
    let count = read_index(&mut bytes)?;
    if count == 0 {
        return Ok((vec![0], bytes));
    }
    if count > MAX_INDEXES {
        return Err(Problem::new(format!(
            "{count} message indexes, where at most {MAX_INDEXES} make sense"
        )));
    }
    let indexes = (0..count)
        .map(|_| read_index(&mut bytes))
        .collect::<Result<_, _>>()?;
    Ok((indexes, bytes))
}

fn read_index(bytes: &mut &[u8]) -> Result<usize, Problem> {
    let index = varint::read_signed(bytes)
        .map_err(|problem| Problem::new(format!("in the message indexes: {problem}")))?;
    usize::try_from(index).map_err(|_| Problem::new(format!("the message index {index}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: Uuid = Uuid::from_u128(0x89ab_cdef_0123_4567_89ab_cdef_0123_4567);

    #[test]
    fn the_prefix_is_a_zero_and_the_id() {
        assert_eq!(prefix(1, None), [0, 0, 0, 0, 1]);
        assert_eq!(
            prefix(0x0102_0304, Some(&[1, 0, 0])),
            [0, 1, 2, 3, 4, 6, 2, 0, 0]
        );
        assert_eq!(prefix(7, Some(&[0])), [0, 0, 0, 0, 7, 0]);
    }

    #[test]
    fn indexes_come_back_whatever_their_size() {
        for indexes in [vec![0], vec![0, 0], vec![63, 64, 8191, 8192], vec![1]] {
            let mut bytes = Vec::new();
            write_indexes(&indexes, &mut bytes);
            bytes.push(0xff);
            assert_eq!(read_indexes(&bytes), Ok((indexes, &[0xff][..])));
        }
    }

    #[test]
    fn bad_indexes_are_refused() {
        for (bytes, why) in [
            (&[][..], "too early"),
            (&[4, 2][..], "too early"),
            (&[0x80][..], "too early"),
            (&[1][..], "message index -1"),
            (&[2, 1][..], "message index -1"),
            (&[0xff; 11][..], "64 bits"),
            (&[0xfe, 0x7f][..], "at most 64"),
        ] {
            let problem = read_indexes(bytes).unwrap_err().to_string();
            assert!(problem.contains(why), "{bytes:?}: {problem}");
        }
    }

    #[test]
    fn the_last_header_wins_over_the_others_and_over_the_payload() {
        let wrong = header(Uuid::nil(), None);
        let right = header(GUID, Some(&[0]));
        let payload = [0, 0, 0, 0, 9, 1];
        let headers = [
            ("__value_schema_id", &wrong[..]),
            ("__value_schema_id", &right[..]),
            ("__key_schema_id", &wrong[..]),
        ];
        let frame = read(&payload, headers, Part::Value).unwrap().unwrap();
        assert_eq!(frame.schema, SchemaRef::Guid(GUID));
        assert_eq!(frame.data, payload);
        assert_eq!(frame.header_rest, Some(&[0][..]));

        let frame = read(&payload, [], Part::Value).unwrap().unwrap();
        assert_eq!(frame.schema, SchemaRef::Id(9));
        assert_eq!((frame.data, frame.header_rest), (&[1][..], None));
    }

    #[test]
    fn other_payloads_are_not_framed() {
        for payload in [
            &b""[..],
            b"\0",
            b"\0\0\0\x01",
            b"{\"a\":1}",
            b"\x01\0\0\0\x01x",
            &7_i64.to_be_bytes(),
        ] {
            assert_eq!(read(payload, [], Part::Value), Ok(None));
        }
    }

    #[test]
    fn a_header_that_is_no_guid_is_an_error() {
        for value in [&b""[..], b"7", &[0; 17], &[1; 16]] {
            assert!(read(b"x", [("__key_schema_id", value)], Part::Key).is_err());
        }
    }
}
