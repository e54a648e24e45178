//! What each codec allocates for one record, its schema being compiled already:
//! `cargo bench -p mcp-confluent --bench allocations` prints a table. A program of its own, because
//! counting takes time that would be found in the figures of `codec`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the terminal, run by hand"
)]

mod cases;

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use mcp_confluent::codec::Codec;

fn main() {
    let codec = Codec::default();
    println!(
        "{:<28} {:>12} {:>10} {:>12} {:>10}",
        "per record", "decode", "bytes", "encode", "bytes"
    );
    for case in cases::cases() {
        codec.check(case.schema()).unwrap();
        let decoding = steady(|| drop(black_box(cases::decode(&codec, &case))));
        let encoding = steady(|| drop(black_box(cases::encode(&codec, &case))));
        println!(
            "{:<28} {:>12} {:>10} {:>12} {:>10}",
            case.name,
            decoding.count_total,
            decoding.bytes_total,
            encoding.count_total,
            encoding.bytes_total
        );
    }
}

/// What the second run allocates: the first one may fill caches.
fn steady(mut work: impl FnMut()) -> AllocationInfo {
    work();
    measure(work)
}
