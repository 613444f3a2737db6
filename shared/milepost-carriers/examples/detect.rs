//! How long it takes to tell the carriers of a number: `cargo run --release -p milepost-carriers --example detect`.
#![expect(clippy::print_stdout, reason = "a measurement that a person starts and reads")]

use std::hint::black_box;
use std::time::Instant;

use milepost_carriers::detect;

const ROUNDS: u32 = 100_000;

const NUMBERS: [&str; 4] = [
    "1Z999AA10123456784",
    "42090210123492748931000000000000000010",
    "568838414941",
    "no number",
];

fn main() {
    for number in NUMBERS {
        let started = Instant::now();
        for _ in 0..ROUNDS {
            black_box(detect(black_box(number)));
        }
        println!("{number}: {:?}", started.elapsed() / ROUNDS);
    }
}
