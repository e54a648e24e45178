//! Avro.
//!
//! The codec is led by the schema, with no step between JSON and bytes: that is what keeps 64-bit
//! integers, decimals and field order exact, and lets an error name the path it is at. How types
//! look in JSON:
//!
//! | Avro | JSON |
//! | --- | --- |
//! | `null`, `boolean`, `string`, `array`, `map`, `record`, `enum` | as one expects; fields with a default may be left out |
//! | `int`, `long` | a number, all 64 bits; a string of digits is read, too |
//! | `float`, `double` | a number, or `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | `bytes`, `fixed` | base64 in a string |
//! | `decimal`, `big-decimal` | a string, `"12.50"`; a number is read where it is surely exact |
//! | `uuid` | `"01890a5d-ac96-774b-bcce-b302099a8057"` |
//! | `date` | `"2026-11-23"` |
//! | `time-millis`, `time-micros` | `"13:05:09.250"` |
//! | `timestamp-…` | `"2026-11-23T13:05:09.250Z"`; any offset is read |
//! | `local-timestamp-…` | `"2026-11-23T13:05:09.250"` |
//! | `duration` | `{"months": 1, "days": 2, "millis": 3}` |
//! | union | the value itself where that means the same branch again, otherwise `{"branch": value}` with the branch's type or full name; both are read |
//!
//! A date or time that has no text of four-digit years is the number it is; such numbers are read
//! for every date and time.

mod decode;
mod encode;
mod logical;
mod packed;
mod scalar;
mod schema;
#[cfg(test)]
mod tests;
mod union;

use serde_json::Value;

use super::{limits::Limits, problem::Problem, schema::Schema};

/// A schema that is ready to be used.
#[derive(Debug)]
pub(super) struct Compiled(schema::Types);

impl Compiled {
    /// `references` come each after those it builds on itself.
    pub(super) fn new<'a>(
        text: &str,
        references: impl IntoIterator<Item = (&'a str, &'a Schema)>,
    ) -> Result<Self, Problem> {
        schema::parse(text, references).map(Self)
    }

    /// The full name of the type, or what the type is where it has no name.
    pub(super) fn name(&self) -> &str {
        schema::label(self.0.get(self.0.root()))
    }

    pub(super) fn encode(&self, value: &Value, limits: &Limits) -> Result<Vec<u8>, Problem> {
        encode::encode(&self.0, value, limits)
    }

    pub(super) fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Value, Problem> {
        decode::decode(&self.0, bytes, limits)
    }
}
