//! Patterns: walks over a keyboard, sequences, repeats, dates, numbers.
//!
//! A pattern is a text that a short rule describes, whatever its length. Few random texts are patterns: see the tests
//! of the module.

use zeroize::Zeroizing;

/// Where the keys are: the American, German and French keyboards with their digits, and the number pad. The signs over
/// the digits and the alphabet are rows of their own, as is the row of digits that begins with 0.
const KEYBOARDS: [&[&[u8]]; 7] = [
    &[b"1234567890-=", b"qwertyuiop[]", b"asdfghjkl;'", b"zxcvbnm,./"],
    &[b"1234567890", b"qwertzuiop", b"asdfghjkl", b"yxcvbnm"],
    &[b"1234567890", b"azertyuiop", b"qsdfghjklm", b"wxcvbn"],
    &[b"789", b"456", b"123"],
    &[b"!@#$%^&*()_+"],
    &[b"abcdefghijklmnopqrstuvwxyz"],
    &[b"0123456789"],
];

/// Lines have at least this many keys on average.
const MIN_LINE: usize = 3;
/// Texts of more lines than this are no pattern: any text consists of enough lines.
const MAX_LINES: usize = 5;

/// A number with more digits is neither a date nor a telephone number nor a common one.
const MAX_DIGITS: usize = 12;

/// Whether the text is straight lines over a keyboard (`qwerasdf`, `1qaz2wsx`), or two of them by turns (`1q2w3e4r`).
pub(super) fn is_walk(text: &[u8]) -> bool {
    let by_turns =
        |from: usize| Zeroizing::new(text.iter().copied().skip(from).step_by(2).collect::<Vec<_>>());
    let are_few = |lines: usize| lines <= MAX_LINES;
    lines(text).is_some_and(are_few)
        || (text.len() >= 2 * MIN_LINE
            && lines(&by_turns(0)).zip(lines(&by_turns(1))).is_some_and(|(one, other)| are_few(one + other)))
}

/// How many lines a text is, if they are long enough to be lines.
fn lines(text: &[u8]) -> Option<usize> {
    let (mut rest, mut lines) = (text, 0);
    while !rest.is_empty() {
        let longest = KEYBOARDS.iter().map(|keyboard| line(keyboard, rest)).max();
        rest = &rest[longest.unwrap_or(1)..];
        lines += 1;
    }
    (lines > 0 && lines * MIN_LINE <= text.len()).then_some(lines)
}

/// How many of the first keys form a line on this keyboard. A single key does, and so does a repeated one.
fn line(keyboard: &[&[u8]], text: &[u8]) -> usize {
    let mut steps = text.windows(2).map(|keys| step(keyboard, keys[0], keys[1]));
    match steps.next().flatten() {
        None => 1,
        Some(first) => 2 + steps.take_while(|next| *next == Some(first)).count(),
    }
}

/// The way from a key to the same or a neighbouring one, in columns and rows.
fn step(keyboard: &[&[u8]], from: u8, to: u8) -> Option<(isize, isize)> {
    if from == to {
        return Some((0, 0));
    }
    let place = |key: u8| {
        let places = keyboard.iter().enumerate();
        let mut places = places.filter_map(|(row, keys)| Some((keys.iter().position(|it| *it == key)?, row)));
        places.next()
    };
    let (from, to) = (place(from)?, place(to)?);
    let way = (to.0.checked_signed_diff(from.0)?, to.1.checked_signed_diff(from.1)?);
    (way.0.abs() <= 1 && way.1.abs() <= 1).then_some(way)
}

/// The shortest text that this one is a repetition of, twice or more, the last time perhaps in part.
pub(super) fn repeated(text: &[u8]) -> Option<&[u8]> {
    (1..=text.len() / 2)
        .find(|length| text[*length..] == text[..text.len() - length])
        .map(|length| &text[..length])
}

/// Whether the text is a number, with the separators of dates and telephone numbers or without.
pub(super) fn is_number(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let fit = |byte: &u8| byte.is_ascii_digit() || b" +-./:_()".contains(byte);
    digits > 0 && digits <= MAX_DIGITS && text.len() <= 2 * digits && text.iter().all(fit)
}

/// Whether these digits are a year that a person alive today may have a reason to write.
pub(super) fn is_year(digits: &[u8]) -> bool {
    digits.len() == 4 && (b"1930".as_slice()..=b"2039").contains(&digits)
}

/// Whether these digits are a date: day and month in either order, with a year of two or four digits on either side.
pub(super) fn is_date(digits: &[u8]) -> bool {
    let is = |digits: &[u8], most: &[u8; 2]| digits != b"00" && digits <= most.as_slice();
    let is_day = |digits: &[u8]| {
        let (first, second) = digits.split_at(2);
        (is(first, b"31") && is(second, b"12")) || (is(first, b"12") && is(second, b"31"))
    };
    match digits.len() {
        6 => is_day(&digits[..4]) || is_day(&digits[2..]),
        8 => {
            (is_day(&digits[..4]) && is_year(&digits[4..])) || (is_year(&digits[..4]) && is_day(&digits[4..]))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_lines_over_a_keyboard_are_a_walk() {
        for text in
            ["qwertyui", "qwer4321", "1qaz2wsx", "zaq1xsw2", "asdasd123", "azertyuiop", "qwertzui", "yxcvbnm"]
        {
            assert!(is_walk(text.as_bytes()), "{text}");
        }
        for text in
            ["147258369", "!@#$%^&*", "abcdefgh", "hgfedcba", "01234567", "aaaabbbb", "11223344", "qqqwwweee"]
        {
            assert!(is_walk(text.as_bytes()) || repeated(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn two_lines_by_turns_are_a_walk() {
        for text in ["1q2w3e4r", "q1w2e3r4t5", "a1b2c3d4", "1a2s3d4f", "1029384756", "aabbccdd", "11223344"] {
            assert!(is_walk(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_and_short_lines_are_no_walk() {
        for text in ["", "a", "qw", "password", "qzwjxkvp", "qw85as27", "correcthorse", "letters"] {
            assert!(!is_walk(text.as_bytes()), "{text}");
        }
        assert!(!is_walk(format!("hx7mkq9v{}", ".".repeat(32)).as_bytes()));
    }

    #[test]
    fn a_repetition_is_reduced_to_its_first_occurrence() {
        for (text, block) in [("aaaa", "a"), ("abcabcab", "abc"), ("wordword", "word"), ("121212", "12")] {
            assert_eq!(repeated(text.as_bytes()), Some(block.as_bytes()));
        }
        for text in ["", "a", "ab", "abcab", "wordwork"] {
            assert_eq!(repeated(text.as_bytes()), None);
        }
    }

    #[test]
    fn numbers_may_have_separators_and_12_digits() {
        for text in ["48213907", "01.02.1990", "1990-02-01", "+49 170 12345", "(030) 12345", "123456789012"] {
            assert!(is_number(text.as_bytes()), "{text}");
        }
        for text in ["", "--------", "1-------", "1234567890123", "48213907x", "48!39#07"] {
            assert!(!is_number(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn dates_have_their_parts_in_any_usual_order() {
        for digits in ["31121999", "12311999", "19991231", "20240229", "311299", "991231"] {
            assert!(is_date(digits.as_bytes()), "{digits}");
        }
        for digits in ["", "3112", "31131999", "00121999", "31129999", "13131313", "1234567"] {
            assert!(!is_date(digits.as_bytes()), "{digits}");
        }
    }
}
