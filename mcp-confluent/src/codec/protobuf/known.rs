//! The [well-known types](https://protobuf.dev/reference/protobuf/google.protobuf/) that have a form
//! of their own in JSON.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _};
use prost_reflect::{
    DynamicMessage, MessageDescriptor, ReflectMessage as _, Value as Field, bytes::Bytes,
    prost::Message as _,
};
use serde_json::Value;

use super::super::{
    problem::{Problem, Step, excerpt, expected},
    time::has_more_than_nanoseconds,
};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

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

/// The inverse of [`text`]; `None` for types that have no text.
pub(super) fn parse(
    name: &str,
    message: &MessageDescriptor,
    value: &Value,
) -> Result<Option<DynamicMessage>, Problem> {
    let mut parsed = DynamicMessage::new(message.clone());
    let (seconds, nanos) = match name {
        "Timestamp" => read_timestamp(value)?,
        "Duration" => read_duration(value)?,
        "FieldMask" => {
            let paths = read_field_mask(value)?;
            set(&mut parsed, "paths", Field::List(paths))?;
            return Ok(Some(parsed));
        }
        _ => return Ok(None),
    };
    set(&mut parsed, "seconds", Field::I64(seconds))?;
    set(&mut parsed, "nanos", Field::I32(nanos))?;
    Ok(Some(parsed))
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

/// The inverse of [`field`].
pub(super) fn set(message: &mut DynamicMessage, name: &str, value: Field) -> Result<(), Problem> {
    let set = message.try_set_field_by_name(name, value);
    set.map_err(|_| redefined(message.descriptor().name()))
}

pub(super) fn encode(message: &DynamicMessage) -> Bytes {
    message.encode_to_vec().into()
}

/// Bytes as base64, in either alphabet, with or without padding.
pub(super) fn bytes(value: &Value) -> Result<Bytes, Problem> {
    let decode = |text: &str| {
        let engine = if text.contains(['-', '_']) {
            &URL_SAFE
        } else {
            &STANDARD
        };
        engine.decode(text).ok().map(Bytes::from)
    };
    value
        .as_str()
        .and_then(decode)
        .ok_or_else(|| expected("bytes as base64 in a string", value))
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

fn read_timestamp(value: &Value) -> Result<(i64, i32), Problem> {
    value
        .as_str()
        .filter(|text| !has_more_than_nanoseconds(text))
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|at| at.to_utc())
        .filter(|at| (1..=9999).contains(&at.year()))
        .and_then(|at| Some((at.timestamp(), i32::try_from(at.nanosecond()).ok()?)))
        // A leap second would be more.
        .filter(|(_, nanos)| *nanos < NANOS_PER_SECOND)
        .ok_or_else(|| expected("a time such as \"2026-11-23T13:05:09.250Z\"", value))
}

fn read_duration(value: &Value) -> Result<(i64, i32), Problem> {
    let parse = || {
        let text = value.as_str()?.strip_suffix('s')?;
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > 9 {
            return None;
        }
        let seconds: i64 = whole.parse().ok()?;
        let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
        (seconds.unsigned_abs() <= MAX_DURATION)
            .then_some((seconds * i64::from(sign), nanos * sign))
    };
    parse().ok_or_else(|| expected("a duration in seconds such as \"1.500s\"", value))
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

fn read_field_mask(value: &Value) -> Result<Vec<Field>, Problem> {
    let wrong = || {
        expected(
            "field names in lowerCamelCase, separated by commas, in a string",
            value,
        )
    };
    let text = value.as_str().ok_or_else(wrong)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|path| {
            let snake = snake_case(path);
            let same = camel_case(&snake).is_some_and(|camel| camel == path);
            same.then_some(Field::String(snake)).ok_or_else(wrong)
        })
        .collect()
}

fn snake_case(camel: &str) -> String {
    let mut snake = String::with_capacity(camel.len());
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
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

/// Integers below this are exact in a double.
const EXACT: i64 = 1 << 53;

/// Whether a double can hold the integer; more careful than it has to be.
pub(super) fn is_exact(integer: i128) -> bool {
    integer.abs() <= i128::from(EXACT)
}

/// A double that JSON may as well write as an integer, as the other clients do in a `Value`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "integers of this size are exact in both types"
)]
pub(super) fn integer(double: f64) -> Option<i64> {
    let negative_zero = double == 0.0 && double.is_sign_negative();
    (double.fract() == 0.0 && double.abs() < EXACT as f64 && !negative_zero)
        .then_some(double as i64)
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
