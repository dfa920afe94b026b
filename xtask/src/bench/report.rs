//! The one table, then a line on noise, then the machine.

use std::fs;
use std::thread::available_parallelism;

use super::disk::Floor;
use super::figures::{Cell, median};
use super::requests::Subject;

pub(crate) struct Report<'a> {
    pub(crate) cells: &'a [Cell],
    pub(crate) disk: Floor,
    pub(crate) rounds: usize,
    pub(crate) seconds: u32,
}

pub(crate) fn print(report: &Report<'_>) {
    println!(
        "\n{:>5}  {:<18}{:>9}{:>8}{:>9}{:>9}{:>10}{:>9}{:>9}{:>9}",
        "conns",
        "what",
        "req/s",
        "spread",
        "p50 ms",
        "p99 ms",
        "of empty",
        "cpu µs",
        "rss MB",
        "wal MB"
    );
    for cell in report.cells {
        print_cell(cell, empty_rate(report.cells, cell.connections));
    }
    print_noise(report);
    print_machine(report.disk);
}

fn print_cell(cell: &Cell, empty: f64) {
    let rate = cell.per_second();
    print!(
        "{:>5}  {:<18}{:>9.0}{:>7.0}%{:>9.2}{:>9.2}{:>10.3}{:>9.1}{:>9.0}",
        cell.connections,
        cell.subject.to_string(),
        rate,
        cell.spread() * 100.0,
        cell.p50_ms(),
        cell.p99_ms(),
        rate / empty,
        cell.cpu_micros(),
        cell.peak_memory_mb(),
    );
    // The floor writes no log.
    if cell.subject.is_ours() {
        println!("{:>9.0}", cell.peak_log_mb());
    } else {
        println!("{:>9}", "-");
    }
}

fn empty_rate(cells: &[Cell], connections: u32) -> f64 {
    let empty = cells
        .iter()
        .find(|cell| cell.subject == Subject::Empty && cell.connections == connections);
    empty.map_or(f64::NAN, Cell::per_second)
}

fn print_noise(report: &Report<'_>) {
    let spreads: Vec<_> = report.cells.iter().map(Cell::spread).collect();
    let worst = spreads.iter().copied().fold(0.0, f64::max);
    let samples = report.cells.iter().flat_map(|cell| &cell.samples);
    let others: Vec<_> = samples.map(|sample| sample.process.other_cores).collect();
    let busiest = others.iter().copied().fold(0.0, f64::max);
    println!(
        "\nNoise: medians of {} rounds of {} s; spread is half of best minus worst, {:.0} % in the middle and {:.0} % at worst. \
         Other programs kept {:.2} cores busy in the middle run and {:.2} in the busiest.",
        report.rounds,
        report.seconds,
        median(spreads) * 100.0,
        worst * 100.0,
        median(others),
        busiest,
    );
}

fn print_machine(disk: Floor) {
    let cores = available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!(
        "Machine: {cores} cores ({}), Linux {}; 4 KB overwrite + fdatasync: p50 {:.0} µs, p99 {:.0} µs. Load: wrk, 1 thread, on the same cores.",
        processor(),
        kernel.trim(),
        disk.p50.as_secs_f64() * 1e6,
        disk.p99.as_secs_f64() * 1e6,
    );
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|line| line.starts_with("model name"));
    let name = line
        .and_then(|line| line.split_once(": "))
        .map(|(_, name)| name);
    name.unwrap_or("processor unknown").to_owned()
}
