//! Moments as the services write them.

const SECOND: i64 = 1000;
const DAY: i64 = 24 * 60 * 60;

/// A moment in milliseconds since 1970, as RFC 3339 in UTC: `2026-03-02T08:15:00.125Z`.
pub(super) fn rfc3339(millis: i64) -> String {
    let seconds = millis.div_euclid(SECOND);
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = millis.rem_euclid(SECOND);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z")
}

/// A day since 1970 as `2026-03-02`.
pub(super) fn written_day(day: i64) -> String {
    let (year, month, day) = date(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day since 1970 that `text` (`2026-03-02`) names; `None` if there is no such day.
pub(super) fn day(text: &str) -> Option<i64> {
    let numbers: Vec<i64> = text
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, of_month] = numbers[..] else {
        return None;
    };
    let years = if month > 2 { year } else { year - 1 };
    let from_march = (month + 9).rem_euclid(12);
    let of_year = (153 * from_march + 2) / 5 + of_month - 1;
    let leap_days = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let day = years * 365 + leap_days + of_year - 719_468;
    (date(day) == (year, month, of_month)).then_some(day)
}

/// The date of a day since 1970, in the Gregorian calendar. Years begin in March here, so that a
/// leap day is the last of its year.
fn date(days: i64) -> (i64, i64, i64) {
    let since_0000 = days + 719_468;
    let era = since_0000.div_euclid(146_097);
    let of_era = since_0000.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        for text in ["1970-01-01", "2024-02-29", "2026-12-31"] {
            assert_eq!(day(text).map(written_day).as_deref(), Some(text));
        }
        for text in ["2024-02-30", "2024-13-01", "2024-1", "soon", ""] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_written_in_utc() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
            (1_772_439_300_000, "2026-03-02T08:15:00.000Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(millis), expected);
        }
    }
}
