//! A rough estimate of the guesses that a text takes, in bits: the sum over its parts.
//!
//! The guesser knows the list, the patterns and how people decorate words. A part that is neither word nor pattern
//! costs as much as its characters, so a random text exceeds every bound here.

use zeroize::Zeroizing;

use super::{fold::to_look_alike, list, patterns};

/// A text of at most this many bits is common.
const FEW: u32 = 22;

/// What a word, a pattern, a letter, and a digit or a sign cost. The list has some 2^15 words, but people choose the
/// most common thousand of them most of the time.
const WORD: u32 = 10;
const PATTERN: u32 = 5;
const LETTER: u32 = 5;
const DIGIT: u32 = 3;
const YEAR: u32 = 6;
const DATE: u32 = 10;
/// The cost of a repetition.
const AGAIN: u32 = 2;

/// More letters than this that are neither a word nor a pattern count as not guessable.
const MAX_LOOSE_LETTERS: usize = 3;
/// The shortest words: standing alone, with signs for letters, and those next to which more decoration is allowed.
const MIN_WORD: usize = 3;
const MIN_LOOK_ALIKE: usize = 4;
const MIN_LONG_WORD: usize = 5;

/// What may be around a word: four digits, and around a long one five, or four and a sign.
const MAX_AROUND: u32 = 4 * DIGIT;
const MAX_AROUND_LONG: u32 = 5 * DIGIT;

/// Whether a text in ASCII takes few guesses.
pub(super) fn are_few(text: &[u8]) -> bool {
    patterns::is_number(text) || bits(text).is_some_and(|bits| bits <= FEW) || are_of_one_word(text)
}

/// Whether a text in ASCII is one entry of the list with little around it, perhaps with signs for letters.
pub(super) fn are_of_one_word(text: &[u8]) -> bool {
    if !text.iter().any(u8::is_ascii_alphabetic) {
        return false;
    }
    let around = |byte: &&u8| !byte.is_ascii_alphabetic() && **byte != b' ';
    let before = text.iter().take_while(around).count();
    let after = text.iter().rev().take_while(around).count();
    let ends: Vec<_> =
        (text.len() - after..=text.len()).rev().map(|end| (end, bits_around(&text[end..]))).collect();
    (0..=before).map(|start| (start, bits_around(&text[..start]))).any(|(start, bits_before)| {
        ends.iter().any(|(end, bits_after)| {
            let Some(word) = text.get(start..*end) else { return false };
            let most = if word.len() < MIN_LONG_WORD { MAX_AROUND } else { MAX_AROUND_LONG };
            bits_before + bits_after <= most && is_word(word)
        })
    })
}

/// Whether a text is an entry of the list, as it is or with letters for the signs.
fn is_word(text: &[u8]) -> bool {
    if text.len() < MIN_WORD || list::contains(text) {
        return text.len() >= MIN_WORD;
    }
    let is_look_alike = |one| {
        let letters = Zeroizing::new(text.iter().map(|byte| to_look_alike(*byte, one)).collect::<Vec<_>>());
        *letters != text && list::contains(&letters)
    };
    text.len() >= MIN_LOOK_ALIKE
        && text.iter().any(u8::is_ascii_alphabetic)
        && !text.iter().all(u8::is_ascii_alphabetic)
        && (is_look_alike(b'i') || is_look_alike(b'l'))
}

/// The bits of a text; `None` if it is not guessable.
fn bits(text: &[u8]) -> Option<u32> {
    if list::contains(text) {
        return Some(WORD);
    }
    if patterns::is_walk(text) {
        return Some(PATTERN);
    }
    if let Some(block) = patterns::repeated(text) {
        let block = if block.len() <= MIN_LOOK_ALIKE { Some(bits_of_any(block)) } else { bits(block) };
        return block.map(|bits| bits + AGAIN);
    }
    parts(text).enumerate().try_fold(0, |sum, (index, part)| match part[0] {
        _ if part.len() >= MIN_WORD && parts(text).take(index).any(|earlier| earlier == part) => {
            Some(sum + AGAIN)
        }
        b'a'..=b'z' => bits_of_letters(part).map(|bits| sum + bits),
        b' ' => None,
        byte if byte.is_ascii_control() => None,
        _ => Some(sum + bits_around(part)),
    })
}

/// The bits of digits and signs.
fn bits_around(text: &[u8]) -> u32 {
    parts(text)
        .map(|part| if part[0].is_ascii_digit() { bits_of_digits(part) } else { bits_of_signs(part) })
        .sum()
}

fn bits_of_digits(digits: &[u8]) -> u32 {
    if patterns::is_walk(digits) {
        PATTERN
    } else if patterns::is_year(digits) {
        YEAR
    } else if patterns::is_date(digits) {
        DATE
    } else {
        bits_of_any(digits)
    }
}

fn bits_of_signs(signs: &[u8]) -> u32 {
    if patterns::is_walk(signs) { PATTERN } else { bits_of_any(signs) }
}

fn bits_of_letters(letters: &[u8]) -> Option<u32> {
    if letters.len() >= MIN_WORD && list::contains(letters) {
        return Some(WORD);
    }
    if patterns::is_walk(letters) {
        return Some(PATTERN);
    }
    if letters.len() <= MAX_LOOSE_LETTERS {
        return Some(bits_of_any(letters));
    }
    if let Some(block) = patterns::repeated(letters) {
        return bits_of_letters(block).map(|bits| bits + AGAIN);
    }
    let mut cuts = (MIN_WORD..letters.len().saturating_sub(MIN_WORD - 1)).map(|cut| letters.split_at(cut));
    cuts.any(|(first, second)| list::contains(first) && list::contains(second)).then_some(2 * WORD)
}

/// The bits of characters that have no structure except repetition.
fn bits_of_any(text: &[u8]) -> u32 {
    let block = patterns::repeated(text);
    let each =
        block.unwrap_or(text).iter().map(|byte| if byte.is_ascii_alphabetic() { LETTER } else { DIGIT });
    each.sum::<u32>() + block.map_or(0, |_| AGAIN)
}

/// The text's parts, each of letters, of digits, or of what is neither.
fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let kind = |byte: u8| (byte.is_ascii_alphabetic(), byte.is_ascii_digit(), byte == b' ');
    text.chunk_by(move |one, next| kind(*one) == kind(*next))
}
