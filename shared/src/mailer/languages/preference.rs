//! The language that a client reads: `Accept-Language` (RFC 9110, 12.5.4), by lookup (RFC 4647, 3.4).
//!
//! No header prevents a mail: a malformed element is skipped, and a client that accepts none of the languages gets
//! English. `de_AT`, as some clients write it, is `de-AT`.

use std::cmp::Reverse;

use lambda_http::http::{HeaderMap, header::ACCEPT_LANGUAGE};

use super::{ALL, Language};

/// How many elements are read. Browsers send fewer than ten.
const MAX_ELEMENTS: usize = 32;

impl Language {
    /// The language for a reader who sends these headers.
    pub fn preferred(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let elements = values.flat_map(|value| value.split(',')).take(MAX_ELEMENTS);
        let mut ranges: Vec<_> = elements.filter_map(range).collect();
        // Stable: of two equal weights the first one wins.
        ranges.sort_by_key(|(_, weight)| Reverse(*weight));
        let named = |tag: &str| ranges.iter().any(|(range, _)| *range == tag);
        let wanted = ranges.iter().filter(|(_, weight)| *weight > 0).find_map(|(range, _)| {
            // The asterisk stands for what no other range stands for.
            ALL.into_iter().find(|language| *range == language.tag || (*range == "*" && !named(language.tag)))
        });
        wanted.unwrap_or(ALL[0])
    }

    /// Every language. The first one is the default.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// The language with this tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        ALL.into_iter().find(|language| language.tag.eq_ignore_ascii_case(tag))
    }
}

/// The primary subtag of a range in lower case, or an asterisk, and its weight in thousandths.
fn range(element: &str) -> Option<(String, u16)> {
    let (tag, weight) = element.split_once(';').unwrap_or((element, "q=1"));
    let weight: f32 =
        weight.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim().parse().ok()?;
    let primary = tag.trim().split(['-', '_']).next()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 1000")]
    (0.0..=1.0).contains(&weight).then_some((primary.to_ascii_lowercase(), (weight * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    /// The tag of the chosen language. `qaa` and `qab` are tags for private use, so never languages of the service.
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
            ("qaa, qab;q=0.9, es;q=0.1", "es"),
            ("en;q=0.5, de ; Q=1.000", "de"),
            ("\t, de;q=0.5 ,,es\t", "es"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
        assert_eq!(chosen(&["fr;q=0.5", "de;q=0.7"]), "de");
    }

    #[test]
    fn a_range_matches_a_language_without_its_subtags() {
        for (value, tag) in [
            ("de-AT", "de"),
            ("DE-de-1996", "de"),
            ("qaa-Hant, es-419;q=0.9, en;q=0.8", "es"),
            ("deu, fr;q=0.1", "fr"),
            ("de-AT;q=0, de;q=0.5, fr;q=0.1", "de"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
    }

    #[test]
    fn a_language_of_weight_zero_is_not_used() {
        for (value, tag) in [
            ("de;q=0, fr;q=0.001", "fr"),
            ("de;q=0.000, es;q=0.1", "es"),
            ("de;q=0", "en"),
            ("en;q=0, *", "de"),
            ("*;q=0", "en"),
        ] {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
    }

    #[test]
    fn the_asterisk_stands_for_the_languages_not_named() {
        for (value, tag) in
            [("*", "en"), ("qaa, *;q=0.5", "en"), ("en;q=0.2, *;q=0.5", "de"), ("*;q=0.5, fr", "fr")]
        {
            assert_eq!(chosen(&[value]), tag, "{value:?}");
        }
        let all: Vec<_> = Language::all().map(|language| language.tag).collect();
        let all_named = format!("{};q=0.4, *", all.join(";q=0.1, "));
        assert_eq!(chosen(&[&all_named]), *all.last().unwrap());
    }

    #[test]
    fn malformed_ranges_are_skipped() {
        for value in
            ["fr, de;q=x", "de;, fr", "de;q=2, fr;q=0.1", "de;level=1, fr", "de fr, fr;q=0.2", "d!e, fr"]
        {
            assert_eq!(chosen(&[value]), "fr", "{value:?}");
        }
        assert_eq!(chosen(&["de;q=1;q=1", "\u{fc}", "fr"]), "fr");
    }

    #[test]
    fn a_tag_with_an_underscore_is_read_as_one_with_a_hyphen() {
        assert_eq!(chosen(&["de_AT"]), "de");
        assert_eq!(chosen(&["qaa_BR;q=0.9, es_419;q=0.8"]), "es");
    }

    #[test]
    fn a_header_that_is_missing_or_says_nothing_means_english() {
        assert_eq!(chosen(&[]), "en");
        for value in ["", "qaa", "de;q=", "de;q=-1", "de;q=nan", "germanish", "1de", "-de", "\u{fc}", ";;,,"]
        {
            assert_eq!(chosen(&[value]), "en", "{value:?}");
        }
    }

    #[test]
    fn a_long_header_is_not_read_to_its_end() {
        assert_eq!(chosen(&[&("qaa,".repeat(31) + "de")]), "de");
        assert_eq!(chosen(&[&("qaa,".repeat(32) + "de")]), "en");
    }
}
