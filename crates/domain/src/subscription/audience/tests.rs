//! Who hears what, as a table.

use super::*;

#[test]
fn nobody_is_an_empty_audience() {
    assert!(Audience::new([]).is_empty());
}
