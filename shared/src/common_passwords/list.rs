//! The list: common words, names and passwords, from public lists. See `NOTICE`.
//!
//! It is the text of its file, sorted by bytes, and is searched in place: nothing is built at start.

use std::cmp::Ordering;

/// One entry a line, in lower-case ASCII, sorted. The script `make` makes it.
const LIST: &[u8] = include_bytes!("list.txt");

/// Whether this text is an entry.
pub(super) fn contains(text: &[u8]) -> bool {
    let mut lines = LIST;
    while let Some((before, line, after)) = middle_line(lines) {
        lines = match text.cmp(line) {
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
    fn the_list_has_its_size_and_only_plain_entries() {
        let list = list();
        assert!(list.len() >= 25_000, "{}", list.len());
        assert!(list.is_sorted_by(|one, next| one < next), "sorted, and nothing twice");
        let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
        assert!(list.iter().all(|line| line.len() >= 3 && line.bytes().all(plain)));
        assert_eq!(LIST.last(), Some(&b'\n'));
    }

    #[test]
    fn every_line_is_found() {
        assert_eq!(list().iter().find(|line| !contains(line.as_bytes())), None);
    }

    #[test]
    fn what_is_no_line_is_not_found() {
        let lines = list();
        let (first, second, last) = (lines[0], lines[1], lines[lines.len() - 1]);
        let two_lines = format!("{first}\n{second}");
        for text in ["", "\n", "a", "zzzzzzzzzzzz~", "correct horse battery", "pässwört", &two_lines] {
            assert!(!contains(text.as_bytes()), "{text:?}");
        }
        for line in [first, "password", last] {
            for other in [&line[..line.len() - 1], &format!("{line}\n"), &format!("{line} ")] {
                assert!(!contains(other.as_bytes()) || lines.contains(&other), "{other:?}");
            }
        }
    }
}
