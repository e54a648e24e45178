//! The [well-known types](https://protobuf.dev/reference/protobuf/google.protobuf/) that have a form
//! of their own in JSON.

use std::borrow::Cow;

use chrono::{DateTime, Datelike as _, SecondsFormat};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, Value as Field};

use super::super::problem::{Problem, Step, excerpt};

const NANOS_PER_SECOND: i32 = 1_000_000_000;
/// What a `Duration` may hold, in seconds.
const MAX_DURATION: u64 = 315_576_000_000;

/// Whether a message of `google.protobuf` stands for the one value it holds.
pub(super) fn is_wrapper(name: &str) -> bool {
    matches!(
        name,
        "BoolValue"
            | "BytesValue"
            | "DoubleValue"
            | "FloatValue"
            | "Int32Value"
            | "Int64Value"
            | "StringValue"
            | "UInt32Value"
            | "UInt64Value"
    )
}

/// Whether a message is written in another way than as an object with its fields.
pub(super) fn has_own_form(message: &MessageDescriptor) -> bool {
    let name = message.full_name().strip_prefix("google.protobuf.");
    name.is_some_and(|name| {
        is_wrapper(name)
            || matches!(
                name,
                "Any"
                    | "Duration"
                    | "Empty"
                    | "FieldMask"
                    | "ListValue"
                    | "Struct"
                    | "Timestamp"
                    | "Value"
            )
    })
}

/// The types of `google.protobuf` that are written as text; `None` for the others.
pub(super) fn text(name: &str, message: &DynamicMessage) -> Result<Option<String>, Problem> {
    match name {
        "Timestamp" => timestamp(message).map(Some),
        "Duration" => duration(message).map(Some),
        "FieldMask" => field_mask(message).map(Some),
        _ => Ok(None),
    }
}

/// A field that a well-known type has; a schema may bring its own type of the name.
pub(super) fn field<'m>(
    message: &'m DynamicMessage,
    name: &str,
) -> Result<Cow<'m, Field>, Problem> {
    message
        .get_field_by_name(name)
        .ok_or_else(|| redefined(message.descriptor().name()))
}

pub(super) fn redefined(name: &str) -> Problem {
    Problem::new(format!(
        "the schema has another `google.protobuf.{}` than the well-known one",
        excerpt(name)
    ))
}

fn seconds_and_nanos(message: &DynamicMessage) -> Result<(i64, i32), Problem> {
    match (&*field(message, "seconds")?, &*field(message, "nanos")?) {
        (Field::I64(seconds), Field::I32(nanos)) => Ok((*seconds, *nanos)),
        _ => Err(redefined(message.descriptor().name())),
    }
}

fn timestamp(message: &DynamicMessage) -> Result<String, Problem> {
    let (seconds, nanos) = seconds_and_nanos(message)?;
    u32::try_from(nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(seconds, nanos))
        .filter(|at| (1..=9999).contains(&at.year()) && nanos < NANOS_PER_SECOND)
        .map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .ok_or_else(|| {
            Problem::new(format!(
                "{seconds} seconds and {nanos} nanoseconds are no time in the years 1 to 9999"
            ))
        })
}

fn duration(message: &DynamicMessage) -> Result<String, Problem> {
    let (seconds, nanos) = seconds_and_nanos(message)?;
    let same_sign = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
    let fraction = nanos.unsigned_abs();
    if !same_sign
        || fraction >= NANOS_PER_SECOND.unsigned_abs()
        || seconds.unsigned_abs() > MAX_DURATION
    {
        return Err(Problem::new(format!(
            "{seconds} seconds and {nanos} nanoseconds are no duration"
        )));
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let whole = seconds.unsigned_abs();
    Ok(match fraction {
        0 => format!("{sign}{whole}s"),
        _ if fraction % 1_000_000 == 0 => format!("{sign}{whole}.{:03}s", fraction / 1_000_000),
        _ if fraction % 1_000 == 0 => format!("{sign}{whole}.{:06}s", fraction / 1_000),
        _ => format!("{sign}{whole}.{fraction:09}s"),
    })
}

fn field_mask(message: &DynamicMessage) -> Result<String, Problem> {
    let paths = field(message, "paths")?;
    let paths = paths.as_list().ok_or_else(|| redefined("FieldMask"))?;
    let camel = |(index, path): (usize, &Field)| {
        path.as_str().and_then(camel_case).ok_or_else(|| {
            Problem::new("a path that is not in snake_case cannot be written")
                .at(Step::Index(index))
                .at(Step::field("paths"))
        })
    };
    let paths: Vec<_> = paths
        .iter()
        .enumerate()
        .map(camel)
        .collect::<Result<_, _>>()?;
    Ok(paths.join(","))
}

/// `None` where the original could not be told from the result.
fn camel_case(path: &str) -> Option<String> {
    let mut camel = String::with_capacity(path.len());
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '_' => camel.push(
                chars
                    .next()
                    .filter(char::is_ascii_lowercase)?
                    .to_ascii_uppercase(),
            ),
            ',' => return None,
            c if c.is_ascii_uppercase() => return None,
            c => camel.push(c),
        }
    }
    Some(camel)
}

/// A double that JSON may as well write as an integer, as the other clients do in a `Value`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "integers of this size are exact in both types"
)]
pub(super) fn integer(double: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let negative_zero = double == 0.0 && double.is_sign_negative();
    (double.fract() == 0.0 && double.abs() < EXACT && !negative_zero).then_some(double as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_only_written_where_they_can_be_read_back() {
        assert_eq!(camel_case("a_b.c_d1").as_deref(), Some("aB.cD1"));
        for path in ["a__b", "a_", "_", "aB", "a_1", "a,b"] {
            assert_eq!(camel_case(path), None, "{path}");
        }
    }

    #[test]
    fn only_small_integers_are_written_as_such() {
        assert_eq!(integer(-3.0), Some(-3));
        assert_eq!(
            integer(9_007_199_254_740_991.0),
            Some(9_007_199_254_740_991)
        );
        for double in [0.5, -0.0, 9_007_199_254_740_992.0, 1e300] {
            assert_eq!(integer(double), None, "{double}");
        }
    }
}
