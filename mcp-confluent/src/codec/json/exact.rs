//! What JSON text says and a [`Value`] read from it does not show.

use serde_json::Value;

/// What is lost of the JSON `text` in the `value` that was read from it; `None` where nothing is.
pub(crate) fn loss(text: &[u8], value: &Value) -> Option<String> {
    let scan = Scan::of(text);
    let lost = [
        (!scan.is_exact).then_some("a number has more digits than are shown"),
        (scan.members > members(value))
            .then_some("an object has a key more than once, of which the last is shown"),
    ];
    let lost: Vec<_> = lost.into_iter().flatten().collect();
    (!lost.is_empty()).then(|| lost.join("; "))
}

/// How many members all objects in `value` have.
fn members(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(members).sum(),
        Value::Object(fields) => fields.len() + fields.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

/// What there is in a text that is JSON.
struct Scan {
    /// How many members all its objects have, those of the same key counted each.
    members: usize,
    /// Whether all its numbers are shown as they are.
    is_exact: bool,
}

impl Scan {
    fn of(mut rest: &[u8]) -> Self {
        let mut scan = Self {
            members: 0,
            is_exact: true,
        };
        while let Some((&byte, after)) = rest.split_first() {
            match byte {
                b'"' => rest = after_string(after),
                b'-' | b'0'..=b'9' => {
                    let end = rest.iter().position(|byte| !is_of_number(*byte));
                    let (number, after) = rest.split_at(end.unwrap_or(rest.len()));
                    scan.is_exact &= is_exact(std::str::from_utf8(number).unwrap_or_default());
                    rest = after;
                }
                _ => {
                    scan.members += usize::from(byte == b':');
                    rest = after;
                }
            }
        }
        scan
    }
}

fn after_string(mut rest: &[u8]) -> &[u8] {
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'"' => return after,
            b'\\' => rest = after.get(1..).unwrap_or_default(),
            _ => rest = after,
        }
    }
    rest
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Whether a number is read as what it is: an integer of 64 bits, or one that the double nearest to
/// it is written as.
fn is_exact(number: &str) -> bool {
    /// Every number of so many digits is another double, unless it is very small.
    const DIGITS: usize = 15;
    if number.len() <= DIGITS && !number.contains(['e', 'E'])
        || number.parse::<i64>().is_ok()
        || number.parse::<u64>().is_ok()
    {
        return true;
    }
    number
        .parse::<f64>()
        .is_ok_and(|double| parts(number) == parts(&format!("{double:e}")))
}

/// The digits of a number without zeros around them, and the power of ten of the last one; `None`
/// where that is beyond all bounds.
fn parts(number: &str) -> Option<(String, i64)> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some((String::new(), 0));
    }
    let exponent = exponent.parse::<i64>().ok()?;
    let exponent = exponent.checked_sub(fraction)?.checked_add(zeros)?;
    Some((significant.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(text: &str) -> Option<String> {
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        loss(text.as_bytes(), &value)
    }

    #[test]
    fn numbers_that_are_read_as_they_are_lose_nothing() {
        for number in [
            "0",
            "-0.0",
            "0e-99999999999999999999",
            "18446744073709551615",
            "-9223372036854775808",
            "123456789.012345",
            "0.30000000000000004",
            "-1.7976931348623157E+308",
            "1e300",
            "100000000000000000000000",
            "0.000000000000000000001",
            "5e-324",
            "1.50000000000000000000",
        ] {
            assert_eq!(lost(&format!("[{number}]")), None, "{number}");
        }
    }

    #[test]
    fn numbers_that_become_others_are_told() {
        for number in [
            "18446744073709551616",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "0.1234567890123456789",
            "1.00000000000000001e5",
            "1e-400",
            "-0.00001e-399999999999999999999",
            "1.2345e-320",
        ] {
            let lost = lost(&format!("{{\"a\": {number}}}")).unwrap_or_default();
            assert_eq!(lost, "a number has more digits than are shown", "{number}");
        }
    }

    #[test]
    fn keys_that_stand_twice_are_told_and_colons_in_texts_are_none() {
        assert_eq!(
            lost(r#"{"a:b": {"a": ":\":"}, "b": [{"a": 1}, {"a": 1}]}"#),
            None
        );
        for text in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"a": 1, "\u0061": 2}}]"#] {
            let lost = lost(text).unwrap_or_default();
            assert!(
                lost.starts_with("an object has a key more than once"),
                "{lost}"
            );
        }
        let both = lost(r#"{"a": 1e-400, "a": 1e-400}"#).unwrap_or_default();
        assert!(both.contains("; an object"), "{both}");
    }
}
