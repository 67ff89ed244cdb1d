//! The language that a client reads: `Accept-Language` (RFC 9110, 12.5.4), by lookup (RFC 4647, 3.4).
//!
//! Whatever a client sends, it gets a mail: a header that is not well-formed or wants none of the languages means
//! English. Only the first ranges of a long header are read.

use std::cmp::Reverse;

use lambda_http::http::{HeaderMap, header::ACCEPT_LANGUAGE};

use super::{ALL, Language};

/// How many ranges are read. Browsers send fewer than ten.
const MAX_RANGES: usize = 32;

impl Language {
    /// The language for a reader who sends these headers.
    #[must_use]
    pub fn preferred(headers: &HeaderMap) -> Self {
        ranges(headers).and_then(|ranges| lookup(&ranges)).unwrap_or(ALL[0])
    }
}

/// What the best range that fits a language fits.
fn lookup(ranges: &[Range<'_>]) -> Option<Language> {
    let named = |language: &Language| ranges.iter().any(|range| range.covers(language));
    let refused = |language: &Language| {
        ranges.iter().any(|range| range.weight == 0 && range.tag.eq_ignore_ascii_case(language.tag))
    };
    ranges.iter().filter(|range| range.weight > 0).find_map(|range| {
        // The asterisk stands for what no other range stands for.
        let fits =
            |language: &Language| if range.tag == "*" { !named(language) } else { range.covers(language) };
        ALL.into_iter().find(|language| fits(language) && !refused(language))
    })
}

/// The ranges of all `Accept-Language` headers, best first. `None` when one is malformed.
fn ranges(headers: &HeaderMap) -> Option<Vec<Range<'_>>> {
    let values = headers.get_all(ACCEPT_LANGUAGE).iter().map(|value| value.to_str().ok());
    let values: Vec<_> = values.collect::<Option<_>>()?;
    let elements = values.iter().flat_map(|value| value.split(',')).map(trim);
    let elements = elements.filter(|element| !element.is_empty()).take(MAX_RANGES);
    let mut ranges: Vec<_> = elements.map(Range::parse).collect::<Option<_>>()?;
    // Stable: of two equal weights the first one goes before.
    ranges.sort_by_key(|range| Reverse(range.weight));
    Some(ranges)
}

/// A language range (RFC 4647, 2.1) and its weight in thousandths.
struct Range<'a> {
    tag: &'a str,
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(element: &'a str) -> Option<Self> {
        let (tag, weight) = match element.split_once(';') {
            None => (element, 1000),
            Some((tag, parameter)) => {
                (trim(tag), weight(trim(parameter).strip_prefix(['q', 'Q'])?.strip_prefix('=')?)?)
            }
        };
        is_range(tag).then_some(Self { tag, weight })
    }

    /// Whether the range is the language's tag, or comes to it when subtags are cut off its end.
    fn covers(&self, language: &Language) -> bool {
        let primary = self.tag.split('-').next();
        primary.is_some_and(|primary| primary.eq_ignore_ascii_case(language.tag))
    }
}

fn is_range(tag: &str) -> bool {
    let letters = |subtag: &str| subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let subtag = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    tag == "*" || (tag.split('-').all(subtag) && tag.split('-').next().is_some_and(letters))
}

/// A weight in thousandths (RFC 9110, 12.4.2): from 0 to 1, with at most three decimals.
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match (whole, format!("{decimals:0<3}").parse().ok()?) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    fn chosen(values: &[&str]) -> &'static str {
        let value = |value: &&str| (ACCEPT_LANGUAGE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        Language::preferred(&values.iter().map(value).collect()).tag
    }

    #[test]
    fn the_language_of_the_greatest_weight_is_taken() {
        for (value, tag) in [
            ("de", "de"),
            ("fr;q=0.8, de;q=0.9", "de"),
            ("fr;q=0.801,de;q=0.8", "fr"),
            ("es,fr", "es"),
            ("pl, it;q=0.9, es;q=0.1", "es"),
            ("en;q=0.5, de ; Q=1.000", "de"),
            ("\t, de;q=0.5 ,,es\t", "es"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
        assert_eq!(chosen(&["fr;q=0.5", "de;q=0.7"]), "de");
    }

    #[test]
    fn a_range_comes_to_a_language_without_its_subtags() {
        for (value, tag) in [
            ("de-AT", "de"),
            ("DE-de-1996", "de"),
            ("zh-Hant, es-419;q=0.9, en;q=0.8", "es"),
            ("deu, fr;q=0.1", "fr"),
            ("de-AT;q=0, de;q=0.5, fr;q=0.1", "de"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
    }

    #[test]
    fn a_language_of_weight_zero_is_not_taken() {
        for (value, tag) in [
            ("de;q=0, fr;q=0.001", "fr"),
            ("de;q=0.000, de-AT, fr;q=0.1", "fr"),
            ("de;q=0", "en"),
            ("en;q=0, *", "de"),
            ("*;q=0", "en"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
    }

    #[test]
    fn the_asterisk_stands_for_the_languages_not_named() {
        for (value, tag) in [
            ("*", "en"),
            ("pl, *;q=0.5", "en"),
            ("en;q=0.2, *;q=0.5", "de"),
            ("*;q=0.5, fr", "fr"),
            ("en;q=0.1, de;q=0.2, es;q=0.3, fr;q=0.4, *", "fr"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
    }

    #[test]
    fn a_header_that_is_missing_or_malformed_means_english() {
        assert_eq!(chosen(&[]), "en");
        for value in [
            "",
            "pl",
            "de;",
            "de;q",
            "de;q=",
            "de;q=2",
            "de;q=1.001",
            "de;q=0.1234",
            "de;q=+1",
            "de;q=.5",
            "de;q=-0",
            "de;level=1",
            "de;q=1;q=1",
            "de fr",
            "d!e",
            "de-",
            "-de",
            "de--AT",
            "germanish",
            "1de",
            "*-AT",
            "\u{fc}",
            "fr, de;q=x",
        ] {
            assert_eq!(chosen(&[value]), "en", "{value:?}");
        }
        assert_eq!(chosen(&["fr", "de;q=x"]), "en");
    }

    #[test]
    fn a_long_header_is_not_read_to_its_end() {
        assert_eq!(chosen(&[&("pl,".repeat(31) + "de")]), "de");
        assert_eq!(chosen(&[&("pl,".repeat(32) + "de")]), "en");
    }
}
