//! The leadbook binary.
fn main() {}
