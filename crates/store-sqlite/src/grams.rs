//! Grams: the characters in a row by which texts are found. Only words of a fixed form that look like nothing; that two grams may
//! have one word is fine, because whoever finds a lead by them asks it.

use std::collections::BTreeSet;

use domain::WorkspaceId;

/// What texts of three or four characters are found by.
const SHORT: usize = 3;
/// What longer ones are found by: rare enough that few leads have one by chance.
const LONG: usize = 5;
/// Grams of one text that are looked for; more hardly narrow it.
const WANTED_MAX: usize = 24;
/// Of a word: 40 bits of a hash.
const LETTERS: usize = 8;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The words of a text that is kept, apart by spaces.
pub(crate) fn of_text(workspace: WorkspaceId, text: &str) -> String {
    let mut words = BTreeSet::new();
    for line in text.lines() {
        let line: Vec<char> = line.chars().collect();
        for length in [SHORT, LONG] {
            words.extend(line.windows(length).map(|gram| hash(workspace, gram)));
        }
    }
    write(words)
}

/// The words that every lead has whose text contains all of these; `None` if they are too short to have any.
pub(crate) fn wanted(workspace: WorkspaceId, parts: &[String]) -> Option<String> {
    let mut words = BTreeSet::new();
    for part in parts {
        // What is in no line is in no text, and has no grams that are kept.
        let part: Vec<char> = part.chars().collect();
        let length = if part.len() < LONG { SHORT } else { LONG };
        let grams = part.windows(length).take(WANTED_MAX);
        words.extend(grams.map(|gram| hash(workspace, gram)));
    }
    (!words.is_empty()).then(|| write(words))
}

fn write(words: BTreeSet<u64>) -> String {
    let mut text = String::with_capacity(words.len() * (LETTERS + 1));
    for word in words {
        for letter in 0..LETTERS {
            let bits = (word >> (5 * letter)) & 31;
            let letter = usize::try_from(bits).unwrap_or(0);
            text.push(char::from(ALPHABET[letter]));
        }
        text.push(' ');
    }
    text
}

/// FNV-1a, folded. Stored: it may never change.
fn hash(workspace: WorkspaceId, gram: &[char]) -> u64 {
    let numbers = gram
        .iter()
        .map(|character| u64::from(u32::from(*character)));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for number in std::iter::once(workspace.get()).chain(numbers) {
        for byte in number.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (hash ^ (hash >> 40)) & 0xff_ffff_ffff
}

#[cfg(test)]
mod tests;
