//! Samples of one cell over the rounds, and the figures drawn from them: medians, and how far the rounds lay apart.

use super::process::Used;
use super::requests::Subject;
use super::wrk::Measured;

#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) result: Measured,
    pub(crate) process: Used,
}

/// One subject at one connection count.
pub(crate) struct Cell {
    pub(crate) subject: Subject,
    pub(crate) connections: u32,
    pub(crate) samples: Vec<Sample>,
}

impl Cell {
    pub(crate) fn new(subject: Subject, connections: u32) -> Self {
        Self {
            subject,
            connections,
            samples: Vec::new(),
        }
    }

    fn median_of(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(figure).collect())
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.median_of(Sample::per_second)
    }

    /// Half of the distance between the best and the worst round, as a share of the median.
    pub(crate) fn spread(&self) -> f64 {
        let rates = self.samples.iter().map(Sample::per_second);
        let (low, high) = rates.fold((f64::MAX, 0.0_f64), |(low, high), rate| {
            (low.min(rate), high.max(rate))
        });
        (high - low) / 2.0 / self.per_second()
    }

    pub(crate) fn p50_ms(&self) -> f64 {
        self.median_of(|sample| float(sample.result.p50_micros) / 1e3)
    }

    pub(crate) fn p99_ms(&self) -> f64 {
        self.median_of(|sample| float(sample.result.p99_micros) / 1e3)
    }

    /// Processor time of the server for one answer.
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.median_of(|sample| sample.process.cpu_seconds * 1e6 / float(sample.result.requests))
    }

    /// The worst round, not the median: memory and the log have limits.
    pub(crate) fn peak_memory_mb(&self) -> f64 {
        peak_mb(
            self.samples
                .iter()
                .map(|sample| sample.process.peak_memory_bytes),
        )
    }

    pub(crate) fn peak_log_mb(&self) -> f64 {
        peak_mb(
            self.samples
                .iter()
                .map(|sample| sample.process.peak_log_bytes),
        )
    }
}

impl Sample {
    fn per_second(&self) -> f64 {
        float(self.result.requests) * 1e6 / float(self.result.micros)
    }
}

fn peak_mb(bytes: impl Iterator<Item = u64>) -> f64 {
    float(bytes.max().unwrap_or(0)) / 1e6
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^52")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
