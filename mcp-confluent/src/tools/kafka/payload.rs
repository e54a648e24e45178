//! Bytes as JSON: keys, values and headers of records.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{codec, prelude::*};

/// How bytes are shown. Whatever it is, the bytes can be had back exactly.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// The bytes are a JSON object or array, which is shown as it is.
    Json,
    /// The bytes are UTF-8, shown as text.
    Utf8,
    /// The bytes are no text, and shown in base64.
    Base64,
    /// The bytes were read with their schema, and are shown as JSON.
    Schema,
    /// There are no bytes: Kafka's null. For a value that is a tombstone.
    None,
}

/// Bytes as they are shown.
#[derive(Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) value: Value,
    pub(super) encoding: Encoding,
    /// How many bytes there are, where not all are shown.
    pub(super) cut_from: Option<usize>,
}

/// Shows bytes in the way that is easiest to read, and at most about `limit` of them.
pub(super) fn show(bytes: Option<&[u8]>, limit: usize) -> Shown {
    let Some(bytes) = bytes else {
        return Shown {
            value: Value::Null,
            encoding: Encoding::None,
            cut_from: None,
        };
    };
    let shown = &bytes[..bytes.len().min(limit)];
    let cut_from = (shown.len() < bytes.len()).then_some(bytes.len());
    if cut_from.is_none()
        && let Some(value) = json(bytes)
    {
        return Shown {
            value,
            encoding: Encoding::Json,
            cut_from,
        };
    }
    let text = match std::str::from_utf8(shown) {
        Ok(text) => Some(text),
        // The cut may have gone through a character.
        Err(error) if cut_from.is_some() && error.error_len().is_none() => {
            std::str::from_utf8(&shown[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let (value, encoding) = if let Some(text) = text {
        (text.into(), Encoding::Utf8)
    } else {
        (STANDARD.encode(shown).into(), Encoding::Base64)
    };
    Shown {
        value,
        encoding,
        cut_from,
    }
}

/// Shows at most about `limit` bytes in base64, whatever they are.
pub(super) fn show_base64(bytes: &[u8], limit: usize) -> Shown {
    let shown = &bytes[..bytes.len().min(limit)];
    Shown {
        value: STANDARD.encode(shown).into(),
        encoding: Encoding::Base64,
        cut_from: (shown.len() < bytes.len()).then_some(bytes.len()),
    }
}

/// Shows a value that was read with its schema; of one with more than `limit` bytes of JSON, the
/// beginning of its text.
pub(super) fn show_value(value: &Value, limit: usize) -> Shown {
    let text = if limit == usize::MAX {
        String::new()
    } else {
        value.to_string()
    };
    let (value, cut_from) = if text.len() > limit {
        let mut end = limit;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        (text[..end].into(), Some(text.len()))
    } else {
        (value.clone(), None)
    };
    Shown {
        value,
        encoding: Encoding::Schema,
        cut_from,
    }
}

/// The object or array that the bytes are, if nothing is lost by reading it.
fn json(bytes: &[u8]) -> Option<Value> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
    // A number or a quoted word says more as the text it is.
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    let value = serde_json::from_slice(bytes).ok()?;
    codec::json_loss(bytes, &value).is_none().then_some(value)
}

/// How a message becomes bytes.
#[confluent_type]
#[derive(Copy, PartialEq, Eq)]
pub(super) enum MessageEncoding {
    /// JSON.
    Json,
    /// UTF-8.
    Utf8,
    /// The decoded bytes.
    Base64,
}

/// The bytes of a message; `None` for null. Without an encoding, a text is itself and anything else
/// is JSON. `what` is the argument, for messages.
pub(super) fn bytes(
    what: &str,
    message: &Value,
    encoding: Option<MessageEncoding>,
) -> Result<Option<Vec<u8>>> {
    let text = |wanted: &str| {
        message.as_str().ok_or_else(|| {
            ToolError::argument(format!(
                "`{what}` must be a text where `encoding` is {wanted}"
            ))
        })
    };
    Ok(Some(match (encoding, message) {
        (_, Value::Null) => return Ok(None),
        (Some(MessageEncoding::Base64), _) => from_base64(what, text("`base64`")?)?,
        (Some(MessageEncoding::Utf8), _) => text("`utf8`")?.as_bytes().to_vec(),
        (None, Value::String(text)) => text.as_bytes().to_vec(),
        (Some(MessageEncoding::Json) | None, value) => serde_json::to_vec(value)?,
    }))
}

/// The bytes that a base64 text stands for.
pub(super) fn from_base64(what: &str, text: &str) -> Result<Vec<u8>> {
    STANDARD
        .decode(text)
        .map_err(|error| ToolError::argument(format!("`{what}` is not base64: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(bytes: &[u8]) -> (Value, Encoding) {
        let shown = show(Some(bytes), usize::MAX);
        assert_eq!(shown.cut_from, None);
        (shown.value, shown.encoding)
    }

    #[test]
    fn objects_and_arrays_are_shown_as_json() {
        assert_eq!(
            shown(br#" {"a": [1, 2.5]}"#),
            (json!({"a": [1, 2.5]}), Encoding::Json)
        );
        assert_eq!(shown(b"[]"), (json!([]), Encoding::Json));
        let large = json!([u64::MAX, i64::MIN]);
        assert_eq!(shown(large.to_string().as_bytes()), (large, Encoding::Json));
    }

    #[test]
    fn scalars_and_what_is_no_json_are_text() {
        for text in [
            "42",
            "\"quoted\"",
            "null",
            "{not json",
            "",
            "a\u{0}b",
            "[1] and more",
        ] {
            assert_eq!(
                shown(text.as_bytes()),
                (text.into(), Encoding::Utf8),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_would_change_as_json_stays_text() {
        for text in [
            "[18446744073709551616]",
            "[0.1234567890123456789]",
            "[1e-400]",
            "[1.2345e-320]",
            r#"{"a":1,"a":2}"#,
        ] {
            assert_eq!(shown(text.as_bytes()), (text.into(), Encoding::Utf8));
        }
        for text in ["[1e300]", "[0.30000000000000004, \"99999999999999999999\"]"] {
            assert_eq!(shown(text.as_bytes()).1, Encoding::Json, "{text}");
        }
    }

    #[test]
    fn bytes_are_base64_and_come_back() {
        let bytes = [0, 0xff, 0xfe, 10];
        let (value, encoding) = shown(&bytes);
        assert_eq!((&value, encoding), (&json!("AP/+Cg=="), Encoding::Base64));
        let back = super::bytes("value.message", &value, Some(MessageEncoding::Base64));
        assert_eq!(back.unwrap(), Some(bytes.to_vec()));
    }

    #[test]
    fn null_is_not_empty() {
        assert_eq!(show(None, 10).encoding, Encoding::None);
        assert_eq!(shown(b""), ("".into(), Encoding::Utf8));
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_character() {
        let cut = show(Some("aé€".as_bytes()), 4);
        assert_eq!((cut.value, cut.encoding), ("aé".into(), Encoding::Utf8));
        assert_eq!(cut.cut_from, Some(6));
        let cut = show(Some(b"[1, 2, 3]"), 4);
        assert_eq!((cut.value, cut.encoding), ("[1, ".into(), Encoding::Utf8));
        let cut = show(Some(&[0xff; 9]), 3);
        assert_eq!((cut.value, cut.encoding), ("////".into(), Encoding::Base64));
    }

    #[test]
    fn what_was_read_with_a_schema_is_json_or_its_beginning() {
        let value = json!({"name": "é", "n": 1});
        let shown = show_value(&value, usize::MAX);
        assert_eq!((&shown.value, shown.encoding), (&value, Encoding::Schema));
        assert_eq!(show_value(&value, 100), shown);
        let cut = show_value(&value, 10);
        assert_eq!(cut.value, "{\"name\":\"");
        assert_eq!(cut.cut_from, Some(value.to_string().len()));
        let shown = show_base64(b"text", 3);
        assert_eq!((shown.value, shown.cut_from), (json!("dGV4"), Some(4)));
    }

    #[test]
    fn messages_become_bytes() {
        let cases = [
            (json!("hello"), None, "hello"),
            (json!("hello"), Some(MessageEncoding::Utf8), "hello"),
            (json!("hello"), Some(MessageEncoding::Json), "\"hello\""),
            (json!("aGk="), Some(MessageEncoding::Base64), "hi"),
            (json!({"a": 1}), None, "{\"a\":1}"),
            (json!([true]), None, "[true]"),
            (json!(1.5), None, "1.5"),
        ];
        for (message, encoding, expected) in cases {
            let bytes = bytes("value.message", &message, encoding).unwrap().unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
        assert_eq!(bytes("value.message", &Value::Null, None).unwrap(), None);
        for (message, encoding) in [
            (json!(1), MessageEncoding::Utf8),
            (json!({}), MessageEncoding::Base64),
            (json!("no base64!"), MessageEncoding::Base64),
        ] {
            let error = bytes("value.message", &message, Some(encoding)).unwrap_err();
            assert!(error.message().contains("`value.message`"), "{error}");
        }
    }
}
