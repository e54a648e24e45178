//! What the compiler says about right and wrong uses of `#[confluent_tool]` and
//! `#[confluent_type]`: see the README and `cases/`.
