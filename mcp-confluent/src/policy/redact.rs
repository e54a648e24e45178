//! What is secret in configurations and texts, and what is shown in its place.
//!
//! The rule errs on the side of hiding: a harmless value that is hidden costs a question, a secret
//! that is shown cannot be taken back.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};
use serde_json::Value;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// A key that holds one of these words has a secret for its value. Keys are compared without case
/// and without what separates their words.
const WORDS: [&str; 26] = [
    "accesskey",
    "accesstoken",
    "accountkey",
    "apikey",
    "apitoken",
    "authtoken",
    "connectionstring",
    "consumerkey",
    "credential",
    "encryptionkey",
    "functionkey",
    "jaas",
    "keyfile",
    "keystorefile",
    "keystorekey",
    "masterkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "saskey",
    "secret",
    "sharedkey",
    "signingkey",
    "storagekey",
    "userinfo",
];
const ENDINGS: [&str; 3] = ["token", "pwd", "sslkey"];
/// What only says where a secret comes from, or that there is one.
const HARMLESS: [&str; 3] = ["credentialssource", "credentialsmode", "secretname"];

/// Whether a key says that its value is a secret: `sasl.password`, `apiSecret`, `auth_token`,
/// `gcs.credentials.config`, `aws.access.key.id`.
pub fn is_secret_key(key: &str) -> bool {
    let key: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let secret = WORDS.iter().any(|word| key.contains(word))
        || ENDINGS.iter().any(|ending| key.ends_with(ending))
        || key == "authorization";
    secret && !HARMLESS.iter().any(|ending| key.ends_with(ending))
}

/// The value of `key` in a configuration, as it may be shown.
pub fn value<'a>(key: &str, value: &'a str) -> Cow<'a, str> {
    if (is_secret_key(key) && !value.is_empty()) || is_key_material(value) {
        return Cow::Borrowed(MASK);
    }
    text(value)
}

/// A service account or a similar file, in one value.
fn is_key_material(value: &str) -> bool {
    let value = value.trim_start();
    value.starts_with('{')
        && ["\"private_key\"", "\"client_secret\"", "\"refresh_token\""]
            .iter()
            .any(|field| value.contains(field))
}

/// Names of secrets in front of `=`.
const KEY: &str = r"[\w.\-]*(?:password|passwd|passphrase|secret|credential|(?:account|access|api|private|shared)[._\-]?key)[\w.\-]*|[\w.\-]*(?:token|pwd|sig)";

/// A key up to its value: `password=`, as in JDBC URLs, queries and JAAS entries, or `"password":`,
/// whose quotes are escaped where the text was a value of JSON itself.
static KEYED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(
        r#"(?i)(?:\b(?:{KEY})\s*=|\\*["'](?<quoted>[\w.\- ]{{1,128}})\\*["']\s*[:=])\s*"#
    ))
});

/// Other secrets in the middle of texts, each with what is kept of it.
static IN_TEXT: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
    [
        // What stands before the host in a URL: a password, a token. Some passwords are not encoded and
        // hold a slash, so that it counts to the last `@`; unless what looks like one is a port.
        (
            fixed(
                r#"(?i)(\b[a-z][a-z0-9+.\-]*://)[^\s/?\#";:@\[]*:(?:[0-9]{0,5}[^\s"0-9/?\#;]|[0-9]{6}|[/?\#;])[^\s"]*@"#,
            ),
            "${1}***@",
        ),
        (
            fixed(r#"(?i)(\b[a-z][a-z0-9+.\-]*://)[^\s/?\#";]+@"#),
            "${1}***@",
        ),
        // `jdbc:oracle:thin:user/password@host`.
        (fixed(r#"(?i)(\bjdbc:oracle:\w+:)[^\s"]+@"#), "${1}***@"),
        (
            fixed(
                r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
            ),
            MASK,
        ),
        (
            fixed(
                r#"(?i)(\bauthorization(?:\\*")?\s*[:=]\s*(?:\\*")?(?:basic|bearer)\s+)[^\s"',;|]+"#,
            ),
            "${1}***",
        ),
        // A JSON Web Token; the id of a key of AWS.
        (
            fixed(r"\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*|\bAKIA[0-9A-Z]{16}\b"),
            MASK,
        ),
    ]
});

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are fixed")
}

/// `text` without the secrets that show themselves: credentials in URLs, `password=…`, private keys,
/// tokens.
pub fn text(text: &str) -> Cow<'_, str> {
    let mut text = without_values(text);
    for (pattern, kept) in &*IN_TEXT {
        let replaced = pattern.replace_all(&text, |found: &Captures<'_>| {
            let mut shown = String::new();
            found.expand(kept, &mut shown);
            shown
        });
        if let Cow::Owned(replaced) = replaced {
            text = Cow::Owned(replaced);
        }
    }
    text
}

/// `text` without the values behind keys that have secrets.
fn without_values(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = KEYED.captures_at(text, at) {
        at = found.get(0).map_or(text.len(), |found| found.end());
        let quoted = found.name("quoted").map(|key| key.as_str());
        // The signature of a pre-signed URL is called `sig`.
        if quoted.is_some_and(|key| !is_secret_key(key) && !key.eq_ignore_ascii_case("sig")) {
            continue;
        }
        let Some((value, length)) = value_at(&text[at..], quoted.is_some()) else {
            continue;
        };
        shown.extend([&text[done..at], &value]);
        at += length;
        done = at;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown)
}

/// What to show for the value that `text` begins with, and how long that is; `None` for nothing.
/// Quotes are kept `in_json`, so that it stays JSON.
fn value_at(text: &str, in_json: bool) -> Option<(String, usize)> {
    let escapes = text.len() - text.trim_start_matches('\\').len();
    let mut quotes = text[escapes..].chars();
    let Some(quote) = quotes.next().filter(|c| matches!(c, '"' | '\'')) else {
        let value = text
            .split(|c: char| c.is_whitespace() || "\"'&;,}".contains(c))
            .next()?;
        // These belong to the quote that follows.
        let value = if text[value.len()..].starts_with('"') {
            value.trim_end_matches('\\')
        } else {
            value
        };
        let is_secret = !matches!(value, "" | "null" | "true" | "false" | "{" | "[");
        return is_secret.then(|| (MASK.to_owned(), value.len()));
    };
    let open = &text[..=escapes];
    let inner = &text[open.len()..];
    let (length, close) = quoted_length(inner, quote, escapes);
    if length == 0 {
        return None;
    }
    let shown = if in_json {
        format!("{open}{MASK}{}", &inner[length..length + close])
    } else {
        MASK.to_owned()
    };
    Some((shown, open.len() + length + close))
}

/// How long what stands before the closing quote is, and the quote itself, in a text whose opening
/// quote is behind `escapes` backslashes. A quote within it has more, as each level doubles them. What
/// is not closed goes on to the end.
fn quoted_length(text: &str, quote: char, escapes: usize) -> (usize, usize) {
    let mut backslashes = 0;
    for (at, c) in text.char_indices() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        if c == quote && backslashes % (2 * (escapes + 1)) <= escapes {
            let close = backslashes.min(escapes);
            return (at - close, close + 1);
        }
        backslashes = 0;
    }
    (text.len(), 0)
}

/// The same for every text in `data`, and the values of keys that have secrets.
pub fn json(data: &mut Value) {
    match data {
        Value::String(content) => {
            if let Cow::Owned(shown) = text(content) {
                *content = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(json),
        Value::Object(fields) => {
            for (key, field) in fields {
                if is_secret_key(key) && !field.is_null() {
                    *field = MASK.into();
                } else {
                    json(field);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `text` without any of `secrets`, for a service that repeats what it was sent. Very short ones
/// are left: every text holds them.
pub fn without<'s>(text: &str, secrets: impl IntoIterator<Item = &'s str>) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        if secret.len() >= 4 && text.contains(secret) {
            text = text.replace(secret, MASK);
        }
    }
    text
}

/// Whether `value` is a mask or holds one, so that it must not be written: [`MASK`], or the longer
/// row of asterisks that Confluent Cloud shows.
pub fn is_masked(value: &str) -> bool {
    value.contains(MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_have_secrets() {
        for key in [
            "connection.password",
            "kafka.api.key",
            "kafka.api.secret",
            "aws.access.key.id",
            "aws.secret.access.key",
            "gcs.credentials.config",
            "gcs.credentials.json",
            "keyfile",
            "azblob.account.key",
            "azure.servicebus.connection.string",
            "splunk.hec.token",
            "snowflake.private.key",
            "snowflake.private.key.passphrase",
            "sasl.jaas.config",
            "ssl.key.password",
            "ssl.keystorefile",
            "schema.registry.basic.auth.user.info",
            "cosmos.master.key",
            "apiSecret",
            "auth_token",
            "Authorization",
            "CREDENTIALS",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in [
            "name",
            "topics",
            "tasks.max",
            "tokens",
            "key.converter",
            "input.key.format",
            "connection.user",
            "connection.host",
            "oauth2.token.url",
            "kafka.auth.mode",
            "kafka.service.account.id",
            "basic.auth.credentials.source",
            "key.subject.name.strategy",
        ] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn values_that_are_secrets_whatever_their_key_says() {
        for (given, shown) in [
            (r#"{"type":"service_account","private_key":"x"}"#, "***"),
            ("postgres://app:p:w@db:5432/x", "postgres://***@db:5432/x"),
            ("amqp://app:pa/ss@db/x", "amqp://***@db/x"),
            ("amqp://app:p@ss#1?@db/x", "amqp://***@db/x"),
            ("amqp://app:123456/7@db", "amqp://***@db"),
            ("https://ghp_abc@host/x", "https://***@host/x"),
            ("https://ghp_abc:@host", "https://***@host"),
            (
                r#"["amqp://app:pa/ss@db", "a@b"]"#,
                r#"["amqp://***@db", "a@b"]"#,
            ),
            (
                "jdbc:oracle:thin:app/pa@ss@//db:1521/x",
                "jdbc:oracle:thin:***@//db:1521/x",
            ),
            (
                "jdbc:sqlserver://db;user=app;password=p@ss;encrypt=true",
                "jdbc:sqlserver://db;user=app;password=***;encrypt=true",
            ),
            (
                r#"org.x.PlainLoginModule required username="u" password="a b";"#,
                r#"org.x.PlainLoginModule required username="u" password=***;"#,
            ),
            (
                "https://h/?a=1&api_key=abc&b=2",
                "https://h/?a=1&api_key=***&b=2",
            ),
            (
                "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=a/b+c==;X=y",
                "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=***;X=y",
            ),
            (
                r#"{"password": "a\"b", "user": "u"}"#,
                r#"{"password": "***", "user": "u"}"#,
            ),
            (
                r#"{"config":"{\"password\":\"hunter2\",\"user\":\"u\"}"}"#,
                r#"{"config":"{\"password\":\"***\",\"user\":\"u\"}"}"#,
            ),
            (
                r#"{\"password\": \"a\\\"b\\\\\", \"user\": \"u\"}"#,
                r#"{\"password\": \"***\", \"user\": \"u\"}"#,
            ),
            (
                r#"{\\\"a\\\":{\\\"api.key\\\":\\\"k\\\",\\\"b\\\":1}}"#,
                r#"{\\\"a\\\":{\\\"api.key\\\":\\\"***\\\",\\\"b\\\":1}}"#,
            ),
            (
                r#"{"jaas":"x required username=\"u\" password=\"a \\\"b\";"}"#,
                r#"{"jaas":"***"}"#,
            ),
            (
                r#"x required username=\"u\" password=\"a \\\"b\";"#,
                r#"x required username=\"u\" password=***;"#,
            ),
            (r#"password="a\"b" c"#, "password=*** c"),
            (
                r#"{"password": 12345, "n": 1}"#,
                r#"{"password": ***, "n": 1}"#,
            ),
            (r#"{"password":"cut of"#, r#"{"password":"***"#),
            ("{'password': 'a b', 'n': 1}", "{'password': '***', 'n': 1}"),
            (
                "Authorization: Basic dTpw|Accept: */*",
                "Authorization: Basic ***|Accept: */*",
            ),
            (
                "a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b",
                "a *** b",
            ),
            (
                "got eyJhbGciOi.eyJzdWIi.c2ln and AKIAIOSFODNN7EXAMPLE",
                "got *** and ***",
            ),
        ] {
            assert_eq!(value("x", given), shown);
        }
        for harmless in [
            "orders",
            "https://host:8080/path",
            "https://host/@scope/package and https://host:8080/@scope/package",
            "https://host/?mail=a@b",
            "http://[::1]:8080/@x",
            "jdbc:sqlserver://db.example.com:1433;user=me@db",
            "see https://host, or write to a@b",
            r#"{"basic.auth.credentials.source":"USER_INFO","password":null,"credentials":{"a":"b"}}"#,
            "jdbc:postgresql://db:5432/app",
            "kafka.api.secret: Provided Kafka ApiKey is invalid",
            "the token is expired; basic authentication failed",
            "",
        ] {
            assert_eq!(value("x", harmless), harmless);
        }
        assert_eq!(value("password", ""), "");
    }

    #[test]
    fn data_is_searched_to_its_depth() {
        let mut data = serde_json::json!({
            "a": [{"token": 1, "url": "x://u:p@h"}], "password": null, "n": 3,
        });
        json(&mut data);
        let expected = serde_json::json!({
            "a": [{"token": "***", "url": "x://***@h"}], "password": null, "n": 3,
        });
        assert_eq!(data, expected);
    }

    #[test]
    fn what_is_shown_is_known_as_a_mask() {
        for (key, secret) in [
            ("password", "hunter2"),
            ("url", "amqp://u:p@h"),
            ("url", "jdbc:x;password=p"),
            ("headers", r#"{"password":"x"}"#),
        ] {
            assert!(is_masked(&value(key, secret)), "{key}");
        }
        assert!(is_masked("****************"));
        for real in ["orders", "*", "**", "0 */3 * * *", "amqp://u:p@h"] {
            assert!(!is_masked(real), "{real}");
        }
    }

    #[test]
    fn a_secret_that_comes_back_is_taken_out() {
        let error = "Invalid value hunter2 for configuration password: hunter2 is short, no";
        assert_eq!(
            without(error, ["hunter2", "no"]),
            "Invalid value *** for configuration password: *** is short, no"
        );
    }
}
