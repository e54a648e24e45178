//! Versions of what is linked into the program.

/// The version of librdkafka, such as `2.12.1`.
pub fn librdkafka() -> String {
    rdkafka::util::get_rdkafka_version().1
}
