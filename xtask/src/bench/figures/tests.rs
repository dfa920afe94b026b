//! The arithmetic of the table, on made-up samples.

use super::{Cell, Sample, median};
use crate::bench::process::Used;
use crate::bench::requests::Subject;
use crate::bench::wrk::Measured;

fn sample(requests: u64) -> Sample {
    let result = Measured {
        requests,
        micros: 2_000_000,
        p50_micros: 1500,
        p99_micros: 9000,
    };
    let peak_memory_bytes = requests * 1_000_000;
    let process = Used {
        cpu_seconds: 1.0,
        other_cores: 0.0,
        peak_memory_bytes,
        peak_log_bytes: 5,
    };
    Sample { result, process }
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

#[test]
fn medians_spread_and_peaks() {
    let mut cell = Cell::new(Subject::Nlpearl, 64);
    cell.samples = vec![sample(180), sample(240), sample(200)];
    assert!(near(cell.per_second(), 100.0));
    assert!(near(cell.spread(), 0.15));
    assert!(near(cell.p50_ms(), 1.5) && near(cell.p99_ms(), 9.0));
    assert!(near(cell.cpu_micros(), 5000.0));
    assert!(near(cell.peak_memory_mb(), 240.0));
}

#[test]
fn the_median_of_an_even_number_is_the_middle_of_two() {
    assert!(near(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5));
}
