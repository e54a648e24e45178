//! What `--version` says about how the program was built.

use std::sync::LazyLock;

static FACTS: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    let revision = option_env!("MCP_CONFLUENT_REVISION").unwrap_or("unknown");
    let target = env!("MCP_CONFLUENT_TARGET");
    #[cfg(feature = "kafka")]
    let librdkafka = crate::client::versions::librdkafka();
    #[cfg(not(feature = "kafka"))]
    let librdkafka = "none";
    let features: Vec<&str> = [
        ("codec", cfg!(feature = "codec")),
        ("gssapi", cfg!(feature = "gssapi")),
        ("http", cfg!(feature = "http")),
        ("kafka", cfg!(feature = "kafka")),
        ("login", cfg!(feature = "login")),
        ("otlp", cfg!(feature = "otlp")),
        ("sandbox", cfg!(feature = "sandbox")),
        ("unique-tool-names", cfg!(feature = "unique-tool-names")),
        ("vendored", cfg!(feature = "vendored")),
    ]
    .into_iter()
    .filter_map(|(name, on)| on.then_some(name))
    .collect();
    let features = if features.is_empty() {
        "none".to_owned()
    } else {
        features.join(", ")
    };
    format!(
        "{version}\nrevision:   {revision}\ntarget:     {target}\nlibrdkafka: {librdkafka}\nfeatures:   {features}"
    )
});

pub(super) fn facts() -> &'static str {
    &FACTS
}
