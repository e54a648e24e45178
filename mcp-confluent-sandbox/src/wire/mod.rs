//! Bytes on a connection: which requests are answered, how a frame is checked before it is
//! decoded, and how an answer is framed.

mod bounds;
mod grammar;
#[cfg(test)]
pub(crate) mod samples;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};

pub(crate) use grammar::{API_VERSIONS, APIS, Api};

/// Why a connection is closed instead of being answered, as a broker does with requests that it
/// cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

impl Unreadable {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// One request frame whose header has been read.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) api: &'static Api,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    pub(crate) client_id: String,
    /// The request itself, not yet decoded; its lengths have been checked.
    pub(crate) body: Bytes,
}

impl Frame {
    /// Reads the header of a request and checks every length in its body.
    ///
    /// `ApiVersions` in a version that is not answered gives a frame too, with an empty body: the
    /// caller answers it with `UNSUPPORTED_VERSION` (KIP-511).
    pub(crate) fn read(mut bytes: Bytes) -> Result<Self, Unreadable> {
        if bytes.len() < 8 {
            return Err(Unreadable::new(
                "the frame is shorter than a request header",
            ));
        }
        let key = i16::from_be_bytes([bytes[0], bytes[1]]);
        let version = i16::from_be_bytes([bytes[2], bytes[3]]);
        let correlation_id = i32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        let api = APIS
            .iter()
            .find(|api| api.key as i16 == key)
            .ok_or_else(|| Unreadable::new(format!("API key {key} is not answered")))?;
        if !api.answers(version) {
            if api.key == ApiKey::ApiVersions {
                return Ok(Self {
                    api,
                    version,
                    correlation_id,
                    client_id: String::new(),
                    body: Bytes::new(),
                });
            }
            return Err(Unreadable::new(format!(
                "version {version} of {:?} is not answered",
                api.key
            )));
        }
        let header_version = api.key.request_header_version(version);
        let header = RequestHeader::decode(&mut bytes, header_version)
            .map_err(|error| Unreadable::new(format!("unreadable request header: {error}")))?;
        bounds::check(&bytes, api.request, version, header_version >= 2)?;
        Ok(Self {
            api,
            version,
            correlation_id,
            client_id: header
                .client_id
                .map_or_else(String::new, |id| id.to_string()),
            body: bytes,
        })
    }

    /// Decodes the body. [`Frame::read`] has checked its lengths, so nothing is allocated for
    /// elements that are not there.
    pub(crate) fn decode<T: Decodable>(&self) -> Result<T, Unreadable> {
        T::decode(&mut self.body.clone(), self.version).map_err(|error| {
            Unreadable::new(format!("unreadable {:?} request: {error}", self.api.key))
        })
    }

    /// Frames an answer to this request: length, header, body.
    pub(crate) fn answer<T: Encodable + HeaderVersion>(
        &self,
        body: &T,
    ) -> Result<Bytes, Unreadable> {
        self.answer_in(self.version, body)
    }

    /// As [`Frame::answer`], in another version than the request's.
    pub(crate) fn answer_in<T: Encodable + HeaderVersion>(
        &self,
        version: i16,
        body: &T,
    ) -> Result<Bytes, Unreadable> {
        let unwritable =
            |error| Unreadable::new(format!("unwritable {:?} answer: {error}", self.api.key));
        let size = body.compute_size(version).map_err(unwritable)?;
        let mut bytes = BytesMut::with_capacity(size + 16);
        bytes.put_i32(0);
        bytes.put_i32(self.correlation_id);
        if T::header_version(version) >= 1 {
            bytes.put_u8(0); // No tagged fields.
        }
        body.encode(&mut bytes, version).map_err(unwritable)?;
        let length = i32::try_from(bytes.len() - 4)
            .map_err(|_| Unreadable::new("the answer is larger than 2 GiB"))?;
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        Ok(bytes.freeze())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_advertised_version_is_read() {
        let frames = samples::frames();
        for bytes in &frames {
            Frame::read(bytes.clone()).expect("a readable frame");
        }
        let read: BTreeSet<_> = frames.iter().map(|bytes| bytes[..4].to_vec()).collect();
        let versions = |api: &Api| {
            (api.min..=api.max)
                .filter(|version| api.answers(*version))
                .count()
        };
        assert_eq!(read.len(), APIS.iter().map(versions).sum::<usize>());
    }

    /// Nothing may be left that the walk did not see: it is in step with the decoder.
    #[test]
    fn the_walk_ends_where_the_request_ends() {
        for bytes in samples::frames() {
            let frame = Frame::read(bytes.clone()).expect("a readable frame");
            for cut in 0..frame.body.len() {
                let shorter = bytes.slice(..bytes.len() - frame.body.len() + cut);
                let read = Frame::read(shorter);
                assert!(
                    read.is_err(),
                    "{:?} {} is taken without its last bytes",
                    frame.api.key,
                    frame.version
                );
            }
        }
    }

    #[test]
    fn what_is_not_answered_is_not_read() {
        let mut unknown = samples::frames().swap_remove(0).to_vec();
        unknown[..2].copy_from_slice(&6_i16.to_be_bytes());
        assert!(Frame::read(unknown.into()).is_err());
        let mut later = samples::frames().pop().expect("a sample").to_vec();
        later[2..4].copy_from_slice(&99_i16.to_be_bytes());
        assert!(Frame::read(later.into()).is_err());
        for length in 0..8 {
            assert!(Frame::read(vec![0; length].into()).is_err());
        }
    }
}
