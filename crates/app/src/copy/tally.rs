//! How many records, and a checksum of all of them that does not depend on their order.
//!
//! Each store reads along its own keys, and sorting a million leads for a checksum would be dear: so each record is hashed
//! for itself (SHA-256), and the hashes are added up. The canonical form of a record is its `Debug` form: it has every
//! field there is, members in their order and numbers in their spelling. It is compared within one run and kept nowhere.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};
use store::transfer::Record;

/// Of some records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    sums: [u64; 4],
}

impl Tally {
    pub(super) fn add(&mut self, records: &[Record]) {
        for record in records {
            let mut hasher = Hasher(Sha256::new());
            write!(hasher, "{record:?}").expect("a hash takes everything");
            let hash = hasher.0.finalize();
            for (sum, part) in self.sums.iter_mut().zip(hash.chunks_exact(8)) {
                let part = part
                    .iter()
                    .fold(0, |whole, byte| whole << 8 | u64::from(*byte));
                *sum = sum.wrapping_add(part);
            }
            self.count += 1;
        }
    }

    /// In hex.
    pub fn checksum(&self) -> String {
        let parts = self.sums.map(|sum| format!("{sum:016x}"));
        parts.concat()
    }
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
