//! Floating point numbers in JSON: shortest digits, and texts for those that JSON has no number for.

use serde_json::{Number, Value};

pub(super) fn double_value(double: f64) -> Value {
    Number::from_f64(double).map_or_else(|| not_finite(double), Value::Number)
}

pub(super) fn float_value(float: f32) -> Value {
    float_number(float).map_or_else(|| not_finite(float.into()), Value::Number)
}

fn not_finite(double: f64) -> Value {
    Value::from(if double.is_nan() {
        "NaN"
    } else if double > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}

/// A number, or one of the texts for those that are none.
pub(super) fn read_double(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// The float nearest to `double`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the nearest float is what is wanted"
)]
pub(super) fn nearest_float(double: f64) -> f32 {
    double as f32
}

/// The shortest decimal number that reads back as `float`; `None` where it is not finite.
pub(super) fn float_number(float: f32) -> Option<Number> {
    let short: Option<f64> = float.to_string().parse().ok();
    let exact = short.filter(|short| nearest_float(*short).to_bits() == float.to_bits());
    Number::from_f64(exact.unwrap_or(f64::from(float)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn floats_have_no_more_digits_than_they_need() {
        assert_eq!(float_value(0.1).to_string(), "0.1");
        assert_eq!(float_value(-0.0).to_string(), "-0.0");
        assert_eq!(float_value(f32::MAX), json!(3.402_823_5e38));
        assert_eq!(double_value(0.1).to_string(), "0.1");
    }

    #[test]
    fn what_is_no_number_has_a_name() {
        for (double, name) in [
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double_value(double), name);
            assert_eq!(float_value(nearest_float(double)), name);
            let read = read_double(&json!(name)).unwrap();
            assert_eq!(read.is_nan(), double.is_nan());
            assert!(read.is_nan() || read.total_cmp(&double).is_eq());
        }
        assert_eq!(read_double(&json!("nan")), None);
    }
}
