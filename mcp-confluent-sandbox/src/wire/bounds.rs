//! Walks a request by its grammar before it is decoded.
//!
//! `kafka-protocol` reserves memory for as many elements as an array says it has. An array length
//! is a claim of the peer, so every one is checked here against the bytes that really follow it.

use std::ops::ControlFlow;

use super::Unreadable;
use super::grammar::{Field, Shape};

/// The most array elements that one request may hold: far above any real request, and low enough
/// that their decoded form stays in the tens of megabytes.
const MAX_ELEMENTS: usize = 1_000_000;

/// Checks the lengths of `body`, a request of the grammar `fields` in `version`.
pub(super) fn check(
    body: &[u8],
    fields: &[Field],
    version: i16,
    flexible: bool,
) -> Result<(), Unreadable> {
    let mut walk = Walk {
        rest: body,
        version,
        flexible,
        elements: 0,
    };
    match walk.record(fields) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(reason) => Err(Unreadable::new(reason)),
    }
}

struct Walk<'a> {
    rest: &'a [u8],
    version: i16,
    flexible: bool,
    elements: usize,
}

type Step<T = ()> = ControlFlow<&'static str, T>;

impl Walk<'_> {
    fn record(&mut self, fields: &[Field]) -> Step {
        for field in fields {
            if field.versions().contains(&self.version) {
                self.shape(&field.2)?;
            }
        }
        if self.flexible {
            self.tags()
        } else {
            Step::Continue(())
        }
    }

    fn shape(&mut self, shape: &Shape) -> Step {
        match shape {
            Shape::Fixed(width) => self.skip(*width),
            Shape::Text => {
                let length = if self.flexible {
                    self.compact_length()?
                } else {
                    self.short_length()?
                };
                self.skip(length.unwrap_or(0))
            }
            Shape::Blob => {
                let length = if self.flexible {
                    self.compact_length()?
                } else {
                    self.long_length()?
                };
                self.skip(length.unwrap_or(0))
            }
            Shape::List(element) => self.elements(|walk| walk.shape(element)),
            Shape::Records(fields) => self.elements(|walk| walk.record(fields)),
            Shape::Maybe(fields) => {
                let present = self.take(1)?[0];
                if present == 1 {
                    self.record(fields)
                } else {
                    Step::Continue(())
                }
            }
        }
    }

    /// Every element takes at least one byte, so the walk ends with the input.
    fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Step) -> Step {
        let count = if self.flexible {
            self.compact_length()?
        } else {
            self.long_length()?
        };
        let count = count.unwrap_or(0);
        self.elements = self.elements.saturating_add(count);
        if count > self.rest.len() || self.elements > MAX_ELEMENTS {
            return Step::Break("an array has more elements than the frame can hold");
        }
        for _ in 0..count {
            element(self)?;
        }
        Step::Continue(())
    }

    fn tags(&mut self) -> Step {
        for _ in 0..self.varint()? {
            self.varint()?;
            let length = self.varint()?;
            self.skip(length as usize)?;
        }
        Step::Continue(())
    }

    fn short_length(&mut self) -> Step<Option<usize>> {
        let bytes = self.take(2)?;
        length(i32::from(i16::from_be_bytes([bytes[0], bytes[1]])))
    }

    fn long_length(&mut self) -> Step<Option<usize>> {
        let bytes = self.take(4)?;
        length(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// The length of a compact type: one more than it is, zero for null.
    fn compact_length(&mut self) -> Step<Option<usize>> {
        Step::Continue(self.varint()?.checked_sub(1).map(|length| length as usize))
    }

    fn varint(&mut self) -> Step<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = u32::from(self.take(1)?[0]);
            value |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Step::Continue(value);
            }
        }
        Step::Break("a variable-length number is longer than five bytes")
    }

    fn skip(&mut self, count: usize) -> Step {
        self.take(count).map_continue(|_| ())
    }

    fn take(&mut self, count: usize) -> Step<&[u8]> {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                Step::Continue(taken)
            }
            None => Step::Break("the frame ends inside a field"),
        }
    }
}

fn length(length: i32) -> Step<Option<usize>> {
    match length {
        -1 => Step::Continue(None),
        length => match usize::try_from(length) {
            Ok(length) => Step::Continue(Some(length)),
            Err(_) => Step::Break("a length is negative"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[Field] = &[Field(0, 9, Shape::List(&Shape::Fixed(4)))];

    #[test]
    fn an_array_longer_than_the_frame_is_refused() {
        for claimed in [i32::MAX, 1000, -2] {
            assert!(
                check(&claimed.to_be_bytes(), LIST, 0, false).is_err(),
                "{claimed}"
            );
        }
        // The compact form of 2^32 - 2 elements.
        assert!(check(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0], LIST, 0, true).is_err());
    }

    #[test]
    fn null_and_complete_arrays_pass() {
        assert_eq!(check(&(-1_i32).to_be_bytes(), LIST, 0, false), Ok(()));
        assert_eq!(check(&[0, 0, 0, 1, 9, 9, 9, 9], LIST, 0, false), Ok(()));
        assert_eq!(check(&[2, 9, 9, 9, 9, 0], LIST, 0, true), Ok(()));
    }

    #[test]
    fn fields_outside_the_version_are_not_expected() {
        const LATER: &[Field] = &[Field(3, 9, Shape::Text)];
        assert_eq!(check(&[], LATER, 2, false), Ok(()));
        assert!(check(&[], LATER, 3, false).is_err());
    }

    #[test]
    fn too_many_elements_in_nested_arrays_are_refused() {
        const NESTED: &[Field] = &[Field(0, 9, Shape::List(&Shape::List(&Shape::Fixed(1))))];
        let mut body = 3_i32.to_be_bytes().to_vec();
        for _ in 0..3 {
            body.extend(400_000_i32.to_be_bytes());
            body.resize(body.len() + 400_000, 0);
        }
        assert!(check(&body, NESTED, 0, false).is_err());
    }
}
