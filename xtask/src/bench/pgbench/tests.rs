//! What pgbench prints, read.

use super::{Measured, read};

#[test]
fn the_two_figures_are_found() {
    let printed = "transaction type: x.sql\nlatency average = 8.909 ms\ninitial connection time = 51.7 ms\n\
                   tps = 7184.125 (without initial connection time)\n";
    let expected = Measured {
        per_second: 7184.125,
        mean_ms: 8.909,
    };
    assert_eq!(read(printed), Some(expected));
    assert_eq!(read("pgbench: error: connection refused"), None);
}
