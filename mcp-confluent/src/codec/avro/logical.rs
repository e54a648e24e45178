//! Logical types as text: what is written in JSON for what the bytes hold.
//!
//! Every function pair is the inverse of the other where the text is canonical. A number that has
//! no text (a date beyond the year 9999, a time of day of 25 hours) stays a number, so that nothing
//! is lost. Reading is strict: a text that says more than the type can hold is refused, not rounded.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Timelike};
use num_bigint::BigInt;

use super::{
    super::time::has_more_than_nanoseconds,
    schema::{Decimal, Unit},
};

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The largest decimal that is written or read, in bytes; some 1200 digits.
const MAX_DECIMAL_BYTES: usize = 512;
/// The most digits of a decimal that is written or read.
pub(super) const MAX_DECIMAL_DIGITS: usize = 1_200;

impl Unit {
    pub(super) fn per_second(self) -> i64 {
        match self {
            Self::Millis => 1_000,
            Self::Micros => 1_000_000,
            Self::Nanos => NANOS_PER_SECOND,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
        }
    }

    /// Seconds and nanoseconds as a count of this unit.
    fn count(self, seconds: i64, nanos: u32) -> Result<i64, String> {
        let step = NANOS_PER_SECOND / self.per_second();
        if i64::from(nanos) % step != 0 {
            return Err(format!("more precise than the schema's {}", self.name()));
        }
        i64::try_from(
            i128::from(seconds) * i128::from(self.per_second())
                + i128::from(nanos) / i128::from(step),
        )
        .map_err(|_| format!("out of range for {} in 64 bits", self.name()))
    }

    /// The inverse of [`count`](Self::count).
    fn split(self, count: i64) -> (i64, u32) {
        let per_second = self.per_second();
        let nanos = count.rem_euclid(per_second) * (NANOS_PER_SECOND / per_second);
        (
            count.div_euclid(per_second),
            u32::try_from(nanos).unwrap_or_default(),
        )
    }
}

/// Dates are written with years of four digits.
fn has_text(year: i32) -> bool {
    (0..=9999).contains(&year)
}

/// `days` since 1970-01-01 as `2026-11-23`.
pub(super) fn date_text(days: i32) -> Option<String> {
    let at = DateTime::from_timestamp(i64::from(days) * SECONDS_PER_DAY, 0)?.date_naive();
    has_text(at.year()).then(|| at.format("%Y-%m-%d").to_string())
}

pub(super) fn date_days(text: &str) -> Result<i32, String> {
    let wrong = || "expected a date such as \"2026-11-23\"".to_owned();
    // chrono would also take "2026-1-2".
    if text.len() != 10 {
        return Err(wrong());
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| wrong())?;
    let seconds = date.and_time(NaiveTime::MIN).and_utc().timestamp();
    i32::try_from(seconds / SECONDS_PER_DAY).map_err(|_| wrong())
}

/// A `count` since midnight as `13:05:09.250`.
pub(super) fn time_text(count: i64, unit: Unit) -> Option<String> {
    let (seconds, nanos) = unit.split(count);
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(seconds).ok()?, nanos)?;
    Some(time.format("%H:%M:%S%.f").to_string())
}

pub(super) fn time_count(text: &str, unit: Unit) -> Result<i64, String> {
    let wrong = || "expected a time of day such as \"13:05:09.250\"".to_owned();
    // chrono would also take "1:2:3".
    if before_the_point(text) != "13:05:09".len() {
        return Err(wrong());
    }
    no_more_than_nanoseconds(text)?;
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").map_err(|_| wrong())?;
    no_leap_second(time.nanosecond())?;
    unit.count(
        i64::from(time.num_seconds_from_midnight()),
        time.nanosecond(),
    )
}

/// A `count` since 1970 as RFC 3339 in UTC, `2026-11-23T13:05:09.250Z`.
pub(super) fn timestamp_text(count: i64, unit: Unit) -> Option<String> {
    let (seconds, nanos) = unit.split(count);
    let at = DateTime::from_timestamp(seconds, nanos)?;
    has_text(at.year()).then(|| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

pub(super) fn timestamp_count(text: &str, unit: Unit) -> Result<i64, String> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| {
        "expected a time with its zone such as \"2026-11-23T13:05:09.250Z\" (RFC 3339)".to_owned()
    })?;
    no_more_than_nanoseconds(text)?;
    no_leap_second(at.nanosecond())?;
    unit.count(at.timestamp(), at.timestamp_subsec_nanos())
}

/// A `count` since 1970 on a local clock as `2026-11-23T13:05:09.250`.
pub(super) fn local_text(count: i64, unit: Unit) -> Option<String> {
    let (seconds, nanos) = unit.split(count);
    let at = DateTime::from_timestamp(seconds, nanos)?.naive_utc();
    has_text(at.year()).then(|| at.format("%Y-%m-%dT%H:%M:%S%.f").to_string())
}

pub(super) fn local_count(text: &str, unit: Unit) -> Result<i64, String> {
    let wrong = || "expected a time without a zone such as \"2026-11-23T13:05:09.250\"".to_owned();
    if before_the_point(text) != "2026-11-23T13:05:09".len() {
        return Err(wrong());
    }
    let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map_err(|_| wrong())?;
    no_more_than_nanoseconds(text)?;
    no_leap_second(at.nanosecond())?;
    let at = at.and_utc();
    unit.count(at.timestamp(), at.timestamp_subsec_nanos())
}

/// The bytes before the fraction of a second.
fn before_the_point(text: &str) -> usize {
    text.find('.').unwrap_or(text.len())
}

fn no_more_than_nanoseconds(text: &str) -> Result<(), String> {
    if has_more_than_nanoseconds(text) {
        return Err("a second has at most nine digits after its point".to_owned());
    }
    Ok(())
}

/// chrono puts a leap second into the nanoseconds; Avro has no place for it.
fn no_leap_second(nanos: u32) -> Result<(), String> {
    if i64::from(nanos) < NANOS_PER_SECOND {
        Ok(())
    } else {
        Err("a leap second cannot be written".to_owned())
    }
}

/// Two's complement, big-endian, as decimal digits with `scale` of them after the point.
/// `None`: too large to print.
pub(super) fn decimal_text(bytes: &[u8], scale: u32) -> Option<String> {
    let bytes = without_sign_bytes(bytes);
    let scale = usize::try_from(scale).ok()?;
    if bytes.len() > MAX_DECIMAL_BYTES || scale > MAX_DECIMAL_DIGITS {
        return None;
    }
    let unscaled = BigInt::from_signed_bytes_be(bytes);
    let digits = unscaled.magnitude().to_string();
    let sign = if unscaled.sign() == num_bigint::Sign::Minus {
        "-"
    } else {
        ""
    };
    if scale == 0 {
        return Some(format!("{sign}{digits}"));
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    Some(format!("{sign}{whole}.{fraction}"))
}

/// Without the leading bytes that only repeat the sign.
fn without_sign_bytes(mut bytes: &[u8]) -> &[u8] {
    while let [first, second, ..] = bytes {
        let repeats = match first {
            0 => second & 0x80 == 0,
            0xff => second & 0x80 != 0,
            _ => false,
        };
        if !repeats {
            break;
        }
        bytes = &bytes[1..];
    }
    bytes
}

/// The digits of a decimal number, the point taken out, and how many of them followed it.
pub(super) fn parse_decimal(text: &str) -> Result<(BigInt, u32), String> {
    let wrong = || "expected a decimal number in a string such as \"12.34\"".to_owned();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return Err(wrong());
    }
    let fraction = if digits.contains('.') { fraction } else { "" };
    if whole.len() + fraction.len() > MAX_DECIMAL_DIGITS {
        return Err(format!("more than {MAX_DECIMAL_DIGITS} digits"));
    }
    let unscaled: BigInt = format!("{whole}{fraction}").parse().map_err(|_| wrong())?;
    let scale = u32::try_from(fraction.len()).map_err(|_| wrong())?;
    Ok((if negative { -unscaled } else { unscaled }, scale))
}

/// The inverse of [`decimal_text`]: the fewest bytes for `text` in a `decimal`.
pub(super) fn decimal_bytes(text: &str, decimal: Decimal) -> Result<Vec<u8>, String> {
    let Decimal { precision, scale } = decimal;
    let (unscaled, digits) = parse_decimal(text)?;
    let Some(missing) = scale.checked_sub(digits) else {
        return Err(format!(
            "{digits} digits after the point, where the schema has {scale}"
        ));
    };
    if usize::try_from(scale).map_or(true, |scale| scale > MAX_DECIMAL_DIGITS) {
        return Err(format!("the schema's scale of {scale} is too large"));
    }
    let unscaled = unscaled * BigInt::from(10).pow(missing);
    let length = unscaled.magnitude().to_string().len();
    if length > usize::try_from(precision).unwrap_or(usize::MAX) {
        return Err(format!(
            "{length} digits with {scale} after the point, where the schema allows {precision}"
        ));
    }
    Ok(unscaled.to_signed_bytes_be())
}

/// A JSON number as decimal text, where it has surely not been rounded on its way here: 15 digits
/// survive a double, more need not.
pub(super) fn exact_number(number: &serde_json::Number) -> Option<String> {
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    let text = number
        .as_f64()
        .filter(|float| float.is_finite())?
        .to_string();
    (text.bytes().filter(u8::is_ascii_digit).count() <= 15).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONEY: Decimal = Decimal {
        precision: 5,
        scale: 2,
    };

    #[test]
    fn dates_and_times_have_one_text_each() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (20_780, "2026-11-23"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date_text(days).as_deref(), Some(text));
            assert_eq!(date_days(text), Ok(days));
        }
        assert_eq!(date_text(2_932_897), None);
        assert_eq!(date_text(i32::MIN), None);
        for (count, unit, text) in [
            (0, Unit::Millis, "00:00:00"),
            (86_399_999, Unit::Millis, "23:59:59.999"),
            (1, Unit::Micros, "00:00:00.000001"),
        ] {
            assert_eq!(time_text(count, unit).as_deref(), Some(text));
            assert_eq!(time_count(text, unit), Ok(count));
        }
        assert_eq!(time_text(86_400_000, Unit::Millis), None);
        assert_eq!(time_text(-1, Unit::Micros), None);
        assert_eq!(time_text(i64::MAX, Unit::Micros), None);
    }

    #[test]
    fn timestamps_have_one_text_each() {
        for (count, unit, text) in [
            (-1, Unit::Millis, "1969-12-31T23:59:59.999"),
            (1, Unit::Micros, "1970-01-01T00:00:00.000001"),
            (i64::MAX, Unit::Nanos, "2262-04-11T23:47:16.854775807"),
            (i64::MIN, Unit::Nanos, "1677-09-21T00:12:43.145224192"),
        ] {
            assert_eq!(local_text(count, unit).as_deref(), Some(text));
            assert_eq!(local_count(text, unit), Ok(count));
            let zoned = format!("{text}Z");
            assert_eq!(timestamp_text(count, unit), Some(zoned.clone()));
            assert_eq!(timestamp_count(&zoned, unit), Ok(count));
        }
        assert_eq!(timestamp_text(i64::MAX, Unit::Millis), None);
        assert_eq!(
            timestamp_count("2026-11-23T13:00:00+01:00", Unit::Millis),
            timestamp_count("2026-11-23T12:00:00Z", Unit::Millis)
        );
    }

    #[test]
    fn what_the_type_cannot_hold_is_refused() {
        assert!(date_days("2026-02-30").is_err());
        assert!(date_days("2026-1-02").is_err());
        assert!(time_count("25:00:00", Unit::Millis).is_err());
        assert!(time_count("23:59:60", Unit::Millis).is_err());
        for (text, why) in [
            ("1970-01-01T00:00:00.0001Z", "more precise"),
            ("1970-01-01T00:00:00", "zone"),
            ("1970-01-01", "zone"),
            ("2016-12-31T23:59:60Z", "leap"),
        ] {
            let problem = timestamp_count(text, Unit::Millis).unwrap_err();
            assert!(problem.contains(why), "{text}: {problem}");
        }
        let far = timestamp_count("2300-01-01T00:00:00Z", Unit::Nanos).unwrap_err();
        assert!(far.contains("out of range"), "{far}");
    }

    #[test]
    fn decimals_are_exact() {
        for (text, bytes) in [
            ("0.00", &[0][..]),
            ("1.50", &[0, 150]),
            ("-1.50", &[0xff, 0x6a]),
            ("0.05", &[5]),
            ("-0.01", &[0xff]),
            ("999.99", &[1, 0x86, 0x9f]),
        ] {
            assert_eq!(decimal_bytes(text, MONEY).as_deref(), Ok(bytes));
            assert_eq!(decimal_text(bytes, 2).as_deref(), Some(text));
        }
        assert_eq!(decimal_bytes("7", MONEY), decimal_bytes("7.00", MONEY));
        assert_eq!(decimal_text(&[0, 0, 0, 150], 2).as_deref(), Some("1.50"));
        assert_eq!(
            decimal_text(&[0xff, 0xff, 0x6a], 2).as_deref(),
            Some("-1.50")
        );
        assert_eq!(decimal_text(&[], 2).as_deref(), Some("0.00"));
        assert_eq!(decimal_text(&[1; 513], 0), None);
    }

    #[test]
    fn decimals_that_do_not_fit_are_refused() {
        for text in [
            "1.505", "1000.00", "", ".", "1.", ".5", "+1", "1e3", "--1", "١",
        ] {
            assert!(decimal_bytes(text, MONEY).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_count_as_decimals_only_while_they_are_exact() {
        let exact = |text: &str| exact_number(&serde_json::from_str(text).unwrap());
        assert_eq!(exact("1.5").as_deref(), Some("1.5"));
        assert_eq!(
            exact("18446744073709551615").as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(exact("12345678901234567.89"), None);
        assert_eq!(exact("1e300"), None);
    }

    #[test]
    fn times_of_another_form_are_refused_and_no_digit_is_lost() {
        for text in ["1:2:3", "01:02", "00:00:00.0010000009", "00:00:60"] {
            assert!(time_count(text, Unit::Millis).is_err(), "{text}");
        }
        for text in [
            "2024-01-01T00:00:00.1230000001Z",
            "2024-01-01T00:00:00.1230001Z",
            "2024-01-01T00:00:00.1230000001+02:00",
        ] {
            assert!(timestamp_count(text, Unit::Millis).is_err(), "{text}");
        }
        for text in ["2024-1-1T1:2:3", "2024-01-01T00:00:00.1234567891"] {
            assert!(local_count(text, Unit::Nanos).is_err(), "{text}");
        }
        assert_eq!(time_count("00:00:01.500", Unit::Millis), Ok(1500));
        assert_eq!(
            local_count("1970-01-01T00:00:00.123456789", Unit::Nanos),
            Ok(123_456_789)
        );
    }
}
