//! Schema texts of every kind, compiled.
#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(
    // The fuzzer's own hook ends the process at once, also for a panic of the Protobuf compiler
    // that the codec catches. One that gets here ends it all the same.
    init: drop(std::panic::take_hook()),
    |data: &[u8]| checks::schema(data)
);
