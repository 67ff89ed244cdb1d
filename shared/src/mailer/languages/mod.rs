//! The languages in which mail is written: one file each.
//!
//! A language's file says everything that varies with the language, plural forms and dates included. To add one, write
//! its file like the others and name it in [`ALL`]; apart from that only tests know the languages.

mod de;
mod en;
mod es;
mod fr;
mod lifetime;
mod moment;
mod preference;

use std::fmt;

pub(super) use self::{lifetime::Lifetime, moment::Moment};

/// Every language. The first one is the default.
pub(super) const ALL: [Language; 4] = [en::LANGUAGE, de::LANGUAGE, es::LANGUAGE, fr::LANGUAGE];

/// A language in which mail is written.
#[derive(Clone, Copy)]
pub struct Language {
    /// Its tag (BCP 47), of one subtag.
    pub tag: &'static str,
    pub(super) code: fn(&CodeFacts<'_>) -> CodeWording,
    pub(super) notice: fn(&NoticeFacts<'_>) -> NoticeWording,
}

#[cfg(test)]
impl Language {
    pub(super) const ENGLISH: Self = en::LANGUAGE;
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag)
    }
}

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Activation,
    Reset,
}

/// The content of a mail with a code, independent of the language.
pub(super) struct CodeFacts<'a> {
    pub(super) purpose: Purpose,
    pub(super) code: &'a str,
    pub(super) service: &'a str,
    pub(super) lifetime: Lifetime,
}

/// The texts of a mail with a code, in one language. Each is plain text, to be escaped for HTML.
pub(super) struct CodeWording {
    /// The subject. It begins with the code.
    pub(super) subject: String,
    /// What the code is for. The code follows.
    pub(super) instruction: String,
    /// How long the code is valid.
    pub(super) lifetime: String,
    /// That the code is a secret.
    pub(super) secrecy: String,
    /// What to do if you did not ask for it, and that the password stays as it is.
    pub(super) not_you: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    PasswordChanged,
    AccountDeleted,
}

/// The content of a notice, independent of the language.
pub(super) struct NoticeFacts<'a> {
    pub(super) event: Event,
    pub(super) service: &'a str,
    pub(super) at: Moment,
}

/// The texts of a notice, in one language. Each is plain text, to be escaped for HTML.
pub(super) struct NoticeWording {
    /// The subject. It does not begin with a digit, so that it is not mistaken for a code's.
    pub(super) subject: String,
    /// What happened, and when.
    pub(super) event: String,
    /// What to do if it was not you.
    pub(super) not_you: String,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Timestamp;

    /// 2026-01-02T03:04:05Z
    const INSTANT: i64 = 1_767_323_045_000;
    const HOUR: i64 = 3_600_000;

    fn code(language: Language, purpose: Purpose, lifetime: Lifetime) -> CodeWording {
        (language.code)(&CodeFacts { purpose, code: "0427", service: "Engines", lifetime })
    }

    fn notice(language: Language, event: Event, millis: i64) -> NoticeWording {
        let at = Timestamp::from_millis(millis).into();
        (language.notice)(&NoticeFacts { event, service: "Engines", at })
    }

    #[test]
    fn a_lifetime_is_in_its_largest_whole_unit_and_in_the_right_number() {
        let expected: [(u64, [&str; ALL.len()]); _] = [
            (1, ["1 second", "1 Sekunde", "1 segundo", "1 seconde"]),
            (90, ["90 seconds", "90 Sekunden", "90 segundos", "90 secondes"]),
            (60, ["1 minute", "1 Minute", "1 minuto", "1 minute"]),
            (120, ["2 minutes", "2 Minuten", "2 minutos", "2 minutes"]),
            (3600, ["1 hour", "1 Stunde", "1 hora", "1 heure"]),
            (86_400, ["24 hours", "24 Stunden", "24 horas", "24 heures"]),
        ];
        for (seconds, words) in expected {
            for (language, words) in ALL.into_iter().zip(words) {
                let said = code(language, Purpose::Activation, Duration::from_secs(seconds).into()).lifetime;
                assert!(said.contains(&format!(" {words}.")), "{language:?}: {said}");
            }
        }
    }

    #[test]
    fn a_moment_is_said_as_the_language_says_it() {
        let expected: [(i64, [&str; ALL.len()]); _] = [
            (
                INSTANT,
                [
                    "on 2 January 2026 at 03:04 UTC",
                    "am 2. Januar 2026 um 03:04 Uhr (UTC)",
                    "el 2 de enero de 2026 a las 03:04 (UTC)",
                    "le 2 janvier 2026 à 3\u{a0}h\u{a0}04 (UTC)",
                ],
            ),
            // Some languages say the first of the month and one o'clock differently.
            (
                INSTANT - 26 * HOUR,
                [
                    "on 1 January 2026 at 01:04 UTC",
                    "am 1. Januar 2026 um 01:04 Uhr (UTC)",
                    "el 1 de enero de 2026 a la 01:04 (UTC)",
                    "le 1er janvier 2026 à 1\u{a0}h\u{a0}04 (UTC)",
                ],
            ),
        ];
        for (millis, words) in expected {
            for (language, words) in ALL.into_iter().zip(words) {
                for event in [Event::PasswordChanged, Event::AccountDeleted] {
                    let said = notice(language, event, millis).event;
                    assert!(said.contains(words), "{language:?}: {said}");
                }
            }
        }
    }

    #[test]
    fn every_language_says_all_of_a_code() {
        for language in ALL {
            let [activation, reset] = [Purpose::Activation, Purpose::Reset]
                .map(|purpose| code(language, purpose, Lifetime::Minutes(10)));
            for said in [&activation, &reset] {
                assert!(said.subject.starts_with("0427 "), "{language:?}");
                for part in [&said.subject, &said.instruction, &said.secrecy] {
                    assert!(part.contains("Engines"), "{language:?}: {part}");
                }
                assert!(said.lifetime.contains(" 10 "), "{language:?}: {}", said.lifetime);
            }
            assert_ne!(activation.subject, reset.subject, "{language:?}");
            assert_ne!(activation.instruction, reset.instruction, "{language:?}");
            assert_ne!(activation.not_you, reset.not_you, "{language:?}");
        }
    }

    #[test]
    fn every_language_says_all_of_a_notice() {
        for language in ALL {
            let [changed, deleted] =
                [Event::PasswordChanged, Event::AccountDeleted].map(|event| notice(language, event, INSTANT));
            for said in [&changed, &deleted] {
                assert!(!said.subject.starts_with(|c: char| c.is_ascii_digit()), "{language:?}");
                for part in [&said.subject, &said.event] {
                    assert!(part.contains("Engines"), "{language:?}: {part}");
                }
            }
            // Who to contact.
            assert!(deleted.not_you.contains("Engines"), "{language:?}: {}", deleted.not_you);
            assert_ne!(changed.subject, deleted.subject, "{language:?}");
            assert_ne!(changed.event, deleted.event, "{language:?}");
            assert_ne!(changed.not_you, deleted.not_you, "{language:?}");
        }
    }
}
