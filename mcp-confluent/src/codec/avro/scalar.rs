//! JSON as the scalar types of Avro: what it is as one of them, or why it is none.
//!
//! The reason is short and does not repeat the value: most of them are never told, because the
//! choice of a branch of a union only asks whether there is one.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;
use uuid::Uuid;

use super::{
    super::{
        number::{nearest_float, read_double},
        problem::excerpt,
    },
    logical, packed,
    schema::{BytesKind, Enum, Fixed, FixedKind, IntKind, LongKind, Unit},
};

/// How a JSON value is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// As this crate writes values; see the [module](super).
    Ours,
    /// As a schema writes defaults: no logical types, bytes as the characters U+0000 to U+00FF,
    /// unions without tags.
    Default,
}

/// An integer, also from a string of digits: JavaScript clients cannot write larger ones exactly.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn int(kind: IntKind, value: &Value, notation: Notation) -> Result<i32, String> {
    if let Some(text) = value.as_str()
        && notation == Notation::Ours
        && kind != IntKind::Plain
    {
        return match kind {
            IntKind::Date => logical::date_days(text),
            _ => logical::time_count(text, Unit::Millis)
                .and_then(|count| i32::try_from(count).map_err(|error| error.to_string())),
        };
    }
    integer(value)
        .and_then(|value| i32::try_from(value).ok())
        .ok_or_else(|| {
            expected(match kind {
                IntKind::Plain => "an int (32 bits)",
                IntKind::Date => "a date such as \"2026-11-23\"",
                IntKind::TimeMillis => "a time of day such as \"13:05:09.250\"",
            })
        })
}

pub(super) fn long(kind: LongKind, value: &Value, notation: Notation) -> Result<i64, String> {
    if let Some(text) = value.as_str()
        && notation == Notation::Ours
        && kind != LongKind::Plain
    {
        return match kind {
            LongKind::Timestamp(unit) => logical::timestamp_count(text, unit),
            LongKind::LocalTimestamp(unit) => logical::local_count(text, unit),
            _ => logical::time_count(text, Unit::Micros),
        };
    }
    integer(value).ok_or_else(|| {
        expected(match kind {
            LongKind::Plain => "a long (64 bits)",
            LongKind::TimeMicros => "a time of day such as \"13:05:09.250\"",
            LongKind::Timestamp(_) => "a time such as \"2026-11-23T13:05:09.250Z\"",
            LongKind::LocalTimestamp(_) => "a local time such as \"2026-11-23T13:05:09.250\"",
        })
    })
}

pub(super) fn double(value: &Value) -> Result<f64, String> {
    read_double(value)
        .ok_or_else(|| expected("a number, or \"NaN\", \"Infinity\" or \"-Infinity\""))
}

pub(super) fn float(value: &Value) -> Result<f32, String> {
    let double = double(value)?;
    let float = nearest_float(double);
    if double.is_finite() && !float.is_finite() {
        return Err(expected("a float (32 bits)"));
    }
    Ok(float)
}

/// JSON text for a decimal: a string, or a number that is surely exact.
fn decimal_source(value: &Value) -> Result<Cow<'_, str>, String> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        Value::Number(number) => logical::exact_number(number)
            .map(Cow::Owned)
            .ok_or_else(|| {
                expected("a decimal as a string (a JSON number of so many digits gets rounded)")
            }),
        _ => Err(expected("a decimal in a string such as \"12.34\"")),
    }
}

pub(super) fn bytes(kind: BytesKind, value: &Value, notation: Notation) -> Result<Vec<u8>, String> {
    match kind {
        _ if notation == Notation::Default => from_code_points(value),
        BytesKind::Plain => from_base64(value),
        BytesKind::Decimal(decimal) => logical::decimal_bytes(&decimal_source(value)?, decimal),
        BytesKind::BigDecimal => packed::big_decimal_bytes(&decimal_source(value)?),
    }
}

/// The bytes of a `fixed`; those of a decimal without the ones that only repeat its sign.
pub(super) fn fixed(ty: &Fixed, value: &Value, notation: Notation) -> Result<Vec<u8>, String> {
    let bytes = match ty.kind {
        _ if notation == Notation::Default => from_code_points(value)?,
        FixedKind::Plain => from_base64(value)?,
        FixedKind::Uuid => uuid(value)?.as_bytes().to_vec(),
        FixedKind::Duration => packed::duration_bytes(value)?,
        FixedKind::Decimal(decimal) => logical::decimal_bytes(&decimal_source(value)?, decimal)?,
    };
    let is_filled_up = notation == Notation::Ours && matches!(ty.kind, FixedKind::Decimal(_));
    if bytes.len() == ty.size || is_filled_up && bytes.len() < ty.size {
        return Ok(bytes);
    }
    Err(format!(
        "`{}` takes {} bytes, these are {}",
        excerpt(&ty.name),
        ty.size,
        bytes.len()
    ))
}

/// The position of a symbol.
pub(super) fn symbol(ty: &Enum, value: &Value) -> Option<usize> {
    ty.by_symbol.get(value.as_str()?).copied()
}

pub(super) fn uuid(value: &Value) -> Result<Uuid, String> {
    value
        .as_str()
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| expected("a UUID such as \"01890a5d-ac96-774b-bcce-b302099a8057\""))
}

fn from_base64(value: &Value) -> Result<Vec<u8>, String> {
    value
        .as_str()
        .and_then(|text| BASE64.decode(text).ok())
        .ok_or_else(|| expected("bytes as base64 in a string"))
}

fn from_code_points(value: &Value) -> Result<Vec<u8>, String> {
    value
        .as_str()
        .and_then(|text| text.chars().map(|c| u8::try_from(c).ok()).collect())
        .ok_or_else(|| expected("bytes as characters up to U+00FF"))
}

fn expected(what: &str) -> String {
    format!("expected {what}")
}
