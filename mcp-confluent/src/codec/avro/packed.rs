//! Logical types that pack several numbers into bytes.

use num_bigint::BigInt;
use serde_json::{Value, json};

use super::{
    super::{problem::Problem, varint},
    logical,
};

/// A `big-decimal` brings its own scale: the unscaled number with its length, then the scale.
pub(super) fn big_decimal_bytes(text: &str) -> Result<Vec<u8>, String> {
    let (unscaled, scale) = logical::parse_decimal(text)?;
    let unscaled = BigInt::to_signed_bytes_be(&unscaled);
    let mut bytes = Vec::with_capacity(unscaled.len() + 4);
    varint::write_length(unscaled.len(), &mut bytes);
    bytes.extend(unscaled);
    varint::write_signed(scale.into(), &mut bytes);
    Ok(bytes)
}

/// The inverse of [`big_decimal_bytes`].
pub(super) fn big_decimal_text(mut bytes: &[u8]) -> Result<String, Problem> {
    let wrong = || Problem::new("a big-decimal that is not a number with its length and a scale");
    let length = varint::read_signed(&mut bytes)?;
    let (unscaled, mut rest) = usize::try_from(length)
        .ok()
        .and_then(|length| bytes.split_at_checked(length))
        .ok_or_else(wrong)?;
    let scale = varint::read_signed(&mut rest)?;
    if !rest.is_empty() {
        return Err(wrong());
    }
    let scale = u32::try_from(scale)
        .map_err(|_| Problem::new(format!("a big-decimal of scale {scale}")))?;
    logical::decimal_text(unscaled, scale)
        .ok_or_else(|| Problem::new("a big-decimal that is too large to be shown"))
}

/// The parts of a duration, in the order of its bytes.
const DURATION: [&str; 3] = ["months", "days", "millis"];

/// A `duration` is three counts of 32 bits, little-endian.
pub(super) fn duration_bytes(value: &Value) -> Result<Vec<u8>, String> {
    let wrong = || {
        "expected a duration such as {\"months\": 1, \"days\": 2, \"millis\": 3}, each below 2^32"
            .to_owned()
    };
    let parts = value
        .as_object()
        .filter(|parts| parts.len() == DURATION.len())
        .ok_or_else(wrong)?;
    let mut bytes = Vec::with_capacity(12);
    for part in DURATION {
        let count = parts.get(part).and_then(Value::as_u64);
        let count = count.and_then(|count| u32::try_from(count).ok());
        bytes.extend(count.ok_or_else(wrong)?.to_le_bytes());
    }
    Ok(bytes)
}

/// The inverse of [`duration_bytes`].
pub(super) fn duration_value(bytes: &[u8]) -> Result<Value, Problem> {
    let (parts, rest) = bytes.as_chunks::<4>();
    match (parts, rest) {
        (&[months, days, millis], []) => {
            let [months, days, millis] = [months, days, millis].map(u32::from_le_bytes);
            Ok(json!({ "months": months, "days": days, "millis": millis }))
        }
        _ => Err(Problem::new("a duration that is not 12 bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_decimals_keep_their_scale() {
        for (text, bytes) in [
            ("1.50", &[4, 0, 150, 4][..]),
            ("-7", &[2, 0xf9, 0]),
            ("0.000", &[2, 0, 6]),
        ] {
            assert_eq!(big_decimal_bytes(text).as_deref(), Ok(bytes));
            assert_eq!(big_decimal_text(bytes), Ok(text.to_owned()));
        }
        for bytes in [&[][..], &[4, 0], &[2, 1, 1], &[2, 1, 0, 0], &[0xff, 1]] {
            assert!(big_decimal_text(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn durations_are_three_counts() {
        let value = json!({"months": 1, "days": 256, "millis": u32::MAX});
        let bytes = duration_bytes(&value).unwrap();
        assert_eq!(bytes, [1, 0, 0, 0, 0, 1, 0, 0, 255, 255, 255, 255]);
        assert_eq!(duration_value(&bytes), Ok(value));
        for wrong in [
            json!("P1D"),
            json!({"months": 1, "days": 2}),
            json!({"months": -1, "days": 2, "millis": 3}),
            json!({"months": 1, "days": 2, "millis": 4_294_967_296u64}),
        ] {
            assert!(duration_bytes(&wrong).is_err(), "{wrong}");
        }
    }
}
