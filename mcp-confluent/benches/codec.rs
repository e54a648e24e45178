//! Records per second of each codec, on payloads of Confluent's Python client, and what compiling
//! their schemas takes. `tests/clients/python-codec/run speed` runs it and that client on the same
//! payloads, one after the other.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has to say so"
)]

mod cases;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_confluent::codec::Codec;

fn codecs(criterion: &mut Criterion) {
    let codec = Codec::default();
    let cases = cases::cases();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(1));
    for case in &cases {
        group.bench_function(&case.name, |bencher| {
            bencher.iter(|| cases::decode(&codec, black_box(case)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(1));
    for case in &cases {
        group.bench_function(&case.name, |bencher| {
            bencher.iter(|| cases::encode(&codec, black_box(case)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("compile");
    for case in &cases {
        group.bench_function(&case.name, |bencher| {
            bencher.iter(|| Codec::default().check(black_box(case.schema())));
        });
    }
    group.finish();
}

criterion_group!(benches, codecs);
criterion_main!(benches);
