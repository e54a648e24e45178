//! `rd_kafka_oauthbearer_set_token`: tokens for SASL OAUTHBEARER.

use std::ffi::{CString, c_char};

use rdkafka::{bindings as rd, client::Client};

use super::{Code, ERROR_TEXT};
use crate::client::kafka::health::Context;

/// A token as librdkafka wants it.
pub(in super::super) struct BearerToken<'a> {
    /// What is shown to the brokers.
    pub(in super::super) value: &'a str,
    /// Milliseconds since 1970 until which it is good.
    pub(in super::super) ends_ms: i64,
    /// Whose it is; librdkafka only writes it into its log.
    pub(in super::super) principal: &'a str,
    /// SASL extensions by name.
    pub(in super::super) extensions: &'a [(String, String)],
}

/// Gives `client` the token for its connections from now on. Its broker threads wait for the first.
///
/// The text of a refusal is left out, because it can hold the token.
///
/// # Source
/// RFC 7628; `rdkafka` sets tokens too, but without extensions.
pub(in super::super) fn set(client: &Client<Context>, token: &BearerToken<'_>) -> Result<(), Code> {
    let string = |text: &str| CString::new(text).map_err(|_| Code::INVALID_ARGUMENT);
    let (value, principal) = (string(token.value)?, string(token.principal)?);
    let extensions = token
        .extensions
        .iter()
        .flat_map(|(name, value)| [name, value])
        .map(|text| string(text))
        .collect::<Result<Vec<_>, _>>()?;
    let mut pointers: Vec<*const c_char> = extensions.iter().map(|text| text.as_ptr()).collect();
    let mut message: [c_char; ERROR_TEXT] = [0; ERROR_TEXT];
    // SAFETY: the client and every string are alive during the call, which copies what it keeps; the
    // text of a refusal is written within the given length. It returns librdkafka's own codes only.
    let code = unsafe {
        rd::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            value.as_ptr(),
            token.ends_ms,
            principal.as_ptr(),
            pointers.as_mut_ptr(),
            pointers.len(),
            message.as_mut_ptr(),
            message.len(),
        )
    };
    match Code(code as i32) {
        Code::NONE => Ok(()),
        code => Err(code),
    }
}
