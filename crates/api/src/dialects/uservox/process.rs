//! What a UserVox process starts with.

use domain::campaign::Stage;
use domain::status::StageKind::{Contacted, Converted, Lost, New, Qualified};

/// The stages of a process that names none: the states that the vendor's pages mention.
pub fn default_stages() -> Vec<Stage> {
    [
        ("make_first_call", New),
        ("schedule_second_call", Contacted),
        ("followup_1", Contacted),
        ("followup_2", Contacted),
        ("followup_3", Contacted),
        ("interested", Qualified),
        ("converted", Converted),
        ("lost", Lost),
    ]
    .into_iter()
    .map(|(name, kind)| Stage::new(name, kind))
    .collect()
}
