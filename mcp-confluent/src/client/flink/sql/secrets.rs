//! SQL as it may be shown.

use std::borrow::Cow;

use super::lexer::{Kind, tokens};

/// What the name of an option that holds a secret has in it.
const SECRET: [&str; 8] = [
    "password",
    "secret",
    "token",
    "api-key",
    "apikey",
    "credential",
    "passphrase",
    "private-key",
];

/// `sql` with the values of options such as `'api-key' = '…'` left out.
pub fn without_secrets(sql: &str) -> Cow<'_, str> {
    let tokens = tokens(sql);
    let mut shown = String::new();
    let mut from = 0;
    for three in tokens.windows(3) {
        let [key, equals, value] = three else {
            continue;
        };
        let name = key.text.to_ascii_lowercase().replace('_', "-");
        if key.kind == Kind::Text
            && equals.is_symbol("=")
            && value.kind == Kind::Text
            && SECRET.iter().any(|word| name.contains(word))
        {
            shown.push_str(&sql[from..value.start]);
            shown.push_str("'****'");
            from = value.start + value.text.len();
        }
    }
    if from == 0 {
        return Cow::Borrowed(sql);
    }
    shown.push_str(&sql[from..]);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_secret_options_are_left_out() {
        assert_eq!(
            without_secrets(
                "CREATE CONNECTION c WITH ('type' = 'openai', 'API_KEY'='sk''1', 'x.password' /**/ = 'p');"
            ),
            "CREATE CONNECTION c WITH ('type' = 'openai', 'API_KEY'='****', 'x.password' /**/ = '****');"
        );
        let plain = "SELECT 'password' FROM t WHERE a = 'secret'";
        assert_eq!(without_secrets(plain), plain);
    }
}
