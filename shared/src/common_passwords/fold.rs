//! Folding of texts that are the same to a guesser: the same keys in another script, letters without their marks,
//! look-alikes.
//!
//! Each function returns ASCII where it can, and leaves unknown characters as they are.

use icu_normalizer::DecomposingNormalizerBorrowed;
use zeroize::Zeroizing;

/// The letters of the Russian and the Ukrainian keyboard, each above the key of the American one that it shares.
const CYRILLIC: [&str; 2] =
    ["йцукенгшщзхъфывапролджэячсмитьбюёіїєґ", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`s]'u"];

/// The zeros of the decimal digits that keyboards of other scripts have: Arabic, Persian, Devanagari, Bengali, Thai.
const ZEROS: [char; 5] = ['٠', '۰', '०', '০', '๐'];

/// The marks that Unicode puts behind a Latin letter when it is decomposed.
const MARKS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// Cyrillic letters as the keys they are on, so that `пароль` and `gfhjkm` are one word, and any script's digits.
pub(super) fn to_keys(text: &str) -> Zeroizing<String> {
    let to_key = |char: char| {
        let digit = |zero: &char| u32::from(char).checked_sub(u32::from(*zero)).filter(|digit| *digit < 10);
        let key = CYRILLIC[0].chars().position(|letter| letter == char);
        key.and_then(|key| CYRILLIC[1].chars().nth(key))
            .or_else(|| ZEROS.iter().find_map(digit).and_then(|digit| char::from_digit(digit, 10)))
            .unwrap_or(char)
    };
    // No character grows, so the text is never reallocated, which would leave a copy that is not zeroed.
    let mut keys = Zeroizing::new(String::with_capacity(text.len()));
    keys.extend(text.chars().map(|char| if char.is_ascii() { char } else { to_key(char) }));
    keys
}

/// Letters without their marks, or as people write them without a key for them: `contraseña`, `müller`, `hasło`.
pub(super) fn to_plain_letters(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(2 * text.len()));
    for char in text.chars() {
        match char {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'œ' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            'ł' => plain.push('l'),
            _ => {
                let decomposed =
                    DecomposingNormalizerBorrowed::new_nfd().normalize_iter(std::iter::once(char));
                plain.extend(decomposed.filter(|part| !MARKS.contains(part)));
            }
        }
    }
    plain
}

/// The letter that a digit or a sign stands for in a word (`p@55w0rd`), if it stands for one. `1` may be two.
pub(super) fn to_look_alike(byte: u8, one: u8) -> u8 {
    match byte {
        b'1' => one,
        b'!' => b'i',
        b'|' => b'l',
        b'0' => b'o',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' | b'+' => b't',
        b'8' => b'b',
        b'9' => b'g',
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cyrillic_letters_are_read_as_the_keys_they_are_on() {
        for (text, keys) in
            [("пароль123", "gfhjkm123"), ("йцукенгш", "qwertyui"), ("любовь", "k.,jdm"), ("Ё", "Ё")]
        {
            assert_eq!(*to_keys(text), keys);
        }
        assert_eq!(CYRILLIC[0].chars().count(), CYRILLIC[1].len());
    }

    #[test]
    fn digits_of_other_scripts_are_read_as_digits() {
        for text in ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "๐๑๒๓๔๕๖๗๘๙"]
        {
            assert_eq!(*to_keys(text), "0123456789");
        }
    }

    #[test]
    fn letters_without_a_key_stay_as_they_are() {
        for text in ["plain@123", "ü", "ｐａｓｓ", "密码", "😀"] {
            assert_eq!(*to_keys(text), text);
        }
    }

    #[test]
    fn letters_lose_their_marks() {
        let letters = [
            ("contraseña", "contrasena"),
            ("hasło", "haslo"),
            ("müller", "mueller"),
            ("straße", "strasse"),
            ("lykilorð", "lykilord"),
            ("mậtkhẩu", "matkhau"),
            ("şifre", "sifre"),
            ("i\u{307}stanbul", "istanbul"),
            ("ｐａｓｓ", "ｐａｓｓ"),
        ];
        for (text, plain) in letters {
            assert_eq!(*to_plain_letters(text), plain);
        }
    }
}
