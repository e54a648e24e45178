//! Records as callers of the sandbox give them.

/// One record to be stored with [`Sandbox::produce`](crate::Sandbox::produce).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The key; `None` is a null key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers in their order; a name may occur more than once.
    pub headers: Vec<Header>,
    /// Milliseconds since 1970; `None` is the time of the call.
    pub timestamp: Option<i64>,
}

/// A header of a record: its name and its value, which may be null.
pub type Header = (String, Option<Vec<u8>>);

impl Record {
    /// A record of this value, without a key.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// A record that says that `key` is deleted: a null value.
    pub fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Self {
            key: Some(key.into()),
            ..Self::default()
        }
    }

    /// Gives the record a key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds a header after those that the record has.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    /// Sets the time of the record, in milliseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, milliseconds: i64) -> Self {
        self.timestamp = Some(milliseconds);
        self
    }
}
