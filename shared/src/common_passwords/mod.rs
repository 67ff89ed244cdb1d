//! The passwords that guessers try first: some 15,000 of at least 8 characters, from two public lists. See `NOTICE`.
//!
//! The list is the text of its file, sorted by bytes, and is searched where it lies: nothing is built at start.

use std::cmp::Ordering;

/// One password a line, in lower-case ASCII, sorted. The script `make` makes it.
const LIST: &[u8] = include_bytes!("list.txt");

/// Whether a password, which must be in lower case, is one of the common ones.
pub(crate) fn contain(password: &str) -> bool {
    let mut lines = LIST;
    while let Some((before, line, after)) = middle_line(lines) {
        lines = match password.as_bytes().cmp(line) {
            Ordering::Less => before,
            Ordering::Greater => after,
            Ordering::Equal => return true,
        };
    }
    false
}

/// The line in the middle of these whole lines, and the lines on both sides of it.
fn middle_line(lines: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (first, rest) = lines.split_at(lines.len() / 2);
    let start = first.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = first.len() + rest.iter().position(|byte| *byte == b'\n')?;
    Some((&lines[..start], &lines[start..end], &lines[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<&'static str> {
        str::from_utf8(LIST).unwrap().lines().collect()
    }

    #[test]
    fn the_list_is_as_large_and_as_plain_as_it_must_be() {
        let list = list();
        assert!(list.len() >= 10_000, "{}", list.len());
        assert!(list.is_sorted_by(|one, next| one < next), "sorted, and nothing twice");
        let plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase() && !byte.is_ascii_control();
        assert!(list.iter().all(|line| line.len() >= 8 && line.bytes().all(plain)));
        assert_eq!(LIST.last(), Some(&b'\n'));
    }

    #[test]
    fn every_line_is_found() {
        let list = list();
        assert_eq!(list.iter().find(|line| !contain(line)), None);
    }

    #[test]
    fn what_is_no_line_is_not_found() {
        let lines = list();
        let (first, second, last) = (lines[0], lines[1], lines[lines.len() - 1]);
        let two_lines = format!("{first}\n{second}");
        for text in ["", "\n", "a", "zzzzzzzzzzzz~", "correct horse battery", "pässwört", &two_lines] {
            assert!(!contain(text), "{text:?}");
        }
        for line in [first, "password", last] {
            assert!(!contain(&line[1..]) && !contain(&format!("{line}\n")) && !contain(&format!("{line} ")));
        }
    }

    #[test]
    fn the_most_common_of_all_are_in_it() {
        for password in
            ["password", "12345678", "123456789", "00000000", "qwertyuiop", "iloveyou", "password1"]
        {
            assert!(contain(password), "{password}");
        }
    }
}
