//! What is measured, and the prepared requests for it: 50,000 lines "path body" per run.
//!
//! Each run takes 25,000 leads at random and writes two values in turn to each, with the number of the run inside, so that
//! every request changes something, however often the generator goes round.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Result;

const LEADS_PER_RUN: usize = 25_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Empty,
    Memory,
    Nlpearl,
    Autocalls,
}

/// The ids of one loaded lead, as the two dialects write them.
pub(crate) struct Ids {
    pub(crate) autocalls: u64,
    pub(crate) nlpearl: String,
}

/// Every lead there is, and the pearl they are in.
pub(crate) struct AllIds {
    pub(crate) pearl: String,
    pub(crate) leads: Vec<Ids>,
}

impl Subject {
    pub(crate) const ALL: [Self; 4] = [Self::Empty, Self::Memory, Self::Nlpearl, Self::Autocalls];

    /// `None` for the one that takes no prepared request.
    pub(crate) fn method(self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Memory => Some("PATCH"),
            Self::Nlpearl | Self::Autocalls => Some("PUT"),
        }
    }

    pub(crate) fn path(self) -> &'static str {
        if self == Self::Empty { "/hello" } else { "/" }
    }

    /// What a right answer contains.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::Memory | Self::Nlpearl => "gold-",
            Self::Autocalls => "Lead updated successfully",
        }
    }

    /// Whether the server under test answers it, and not the floor.
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Nlpearl | Self::Autocalls)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Empty => "empty axum answer",
            Self::Memory => "in-memory PATCH",
            Self::Nlpearl => "NLPearl update",
            Self::Autocalls => "Autocalls update",
        })
    }
}

pub(crate) fn write(file: &Path, subject: Subject, ids: &AllIds, run: u64) -> Result<()> {
    if subject.method().is_some() {
        fs::write(file, lines(subject, ids, run).join("\n"))?;
    }
    Ok(())
}

/// All first values, then all second ones.
pub(crate) fn lines(subject: Subject, ids: &AllIds, run: u64) -> Vec<String> {
    let leads = &ids.leads[share(subject, ids.leads.len())];
    let chosen = pick(leads.len(), LEADS_PER_RUN, run);
    let turns = [
        Turn {
            run,
            is_second: false,
        },
        Turn {
            run,
            is_second: true,
        },
    ];
    let each = turns.into_iter().flat_map(|turn| {
        chosen
            .iter()
            .map(move |&at| turn.line(subject, &ids.pearl, &leads[at], at))
    });
    each.collect()
}

/// The dialects get half of the leads each: an NLPearl update replaces the variables that an Autocalls update merges into.
fn share(subject: Subject, count: usize) -> std::ops::Range<usize> {
    match subject {
        Subject::Nlpearl => 0..count / 2,
        Subject::Autocalls => count / 2..count,
        Subject::Empty | Subject::Memory => 0..count,
    }
}

#[derive(Clone, Copy)]
struct Turn {
    run: u64,
    is_second: bool,
}

impl Turn {
    fn line(self, subject: Subject, pearl: &str, ids: &Ids, at: usize) -> String {
        let score = (at + usize::from(self.is_second)) % 100;
        let (city, status) = if self.is_second {
            ("Porto", 130)
        } else {
            ("Lyon", 10)
        };
        let word = if self.is_second {
            "completed"
        } else {
            "created"
        };
        let values = format!(
            r#"{{"score":"{score}","city":"{city}","plan":"gold-{}"}}"#,
            self.run
        );
        match subject {
            Subject::Empty => String::new(),
            Subject::Memory => {
                format!(
                    r#"/leads/{} {{"variables":{values},"status":"{word}","score":{score}}}"#,
                    at + 1
                )
            }
            Subject::Nlpearl => {
                let path = format!("/v2/Outbound/{pearl}/Lead/{}", ids.nlpearl);
                format!(r#"{path} {{"callData":{values},"status":{status}}}"#)
            }
            Subject::Autocalls => {
                let path = format!("/api/user/leads/{}", ids.autocalls);
                format!(r#"{path} {{"variables":{values},"status":"{word}"}}"#)
            }
        }
    }
}

/// `wanted` different places below `count`, shuffled (Fisher-Yates); the same for the same seed.
fn pick(count: usize, wanted: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<_> = (0..count).collect();
    let mut state = seed;
    let wanted = wanted.min(count);
    for place in 0..wanted {
        let span = u64::try_from(count - place).unwrap_or(u64::MAX);
        let step = usize::try_from(split_mix(&mut state) % span).unwrap_or(0);
        places.swap(place, place + step);
    }
    places.truncate(wanted);
    places
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and good enough to scatter reads.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
