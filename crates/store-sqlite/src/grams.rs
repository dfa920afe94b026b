//! Grams: the characters in a row by which texts are found. Only words of a fixed form that look like nothing; that two grams may
//! have one word is fine, because whoever finds a lead by them asks it.

use domain::listing::{TextOf, search_texts};
use domain::{Lead, WorkspaceId};

/// Characters of a gram. The long ones are rare enough that few leads have one by chance: with four at most a part of a number was
/// looked for four times as long, because each lead that has one is looked for among all who have another.
const LENGTHS: [usize; 2] = [3, 5];
/// People are asked for by the last four digits of their numbers.
const LENGTHS_OF_PHONE: [usize; 3] = [3, 4, 5];
/// Grams of one text that are looked for; more hardly narrow it.
const WANTED_MAX: usize = 24;
/// Of a word: 40 bits of a hash.
const LETTERS: usize = 8;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The words of a lead's texts, apart by spaces.
pub(crate) fn of_lead(lead: &Lead) -> String {
    let mut words = Vec::new();
    for (of, text) in search_texts(lead) {
        for line in text.to_lowercase().lines() {
            let line: Vec<char> = line.chars().collect();
            for length in lengths(of) {
                let grams = line.windows(*length);
                words.extend(grams.map(|gram| hash(lead.workspace_id, of, gram)));
            }
        }
    }
    write(words, " ")
}

/// Asks for the words that every lead has of whose text this is a part; `None` if it is too short to have any.
pub(crate) fn wanted(workspace: WorkspaceId, of: TextOf, part: &str) -> Option<String> {
    // What is in no line is in no text, and has no grams that are kept.
    let part: Vec<char> = part.to_lowercase().chars().collect();
    let mut lengths = lengths(of).iter().rev();
    let length = lengths.find(|length| **length <= part.len())?;
    let grams = part.windows(*length).take(WANTED_MAX);
    let words: Vec<_> = grams.map(|gram| hash(workspace, of, gram)).collect();
    Some(write(words, " AND "))
}

const fn lengths(of: TextOf) -> &'static [usize] {
    match of {
        TextOf::Phone => &LENGTHS_OF_PHONE,
        TextOf::Lead | TextOf::Field(_) => &LENGTHS,
    }
}

/// Each once.
fn write(mut words: Vec<u64>, between: &str) -> String {
    words.sort_unstable();
    words.dedup();
    let mut text = String::with_capacity(words.len() * (LETTERS + between.len()));
    for word in words {
        if !text.is_empty() {
            text.push_str(between);
        }
        for letter in 0..LETTERS {
            let bits = (word >> (5 * letter)) & 31;
            let letter = usize::try_from(bits).unwrap_or(0);
            text.push(char::from(ALPHABET[letter]));
        }
    }
    text
}

/// FNV-1a, folded. Stored: it may never change.
fn hash(workspace: WorkspaceId, of: TextOf, gram: &[char]) -> u64 {
    let of = match of {
        TextOf::Phone => 0,
        TextOf::Lead => 1,
        TextOf::Field(id) => 1 + id.get(),
    };
    let numbers = gram
        .iter()
        .map(|character| u64::from(u32::from(*character)));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for number in [workspace.get(), of].into_iter().chain(numbers) {
        for byte in number.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (hash ^ (hash >> 40)) & 0xff_ffff_ffff
}

#[cfg(test)]
mod tests;
