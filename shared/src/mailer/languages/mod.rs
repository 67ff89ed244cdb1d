//! The languages in which the mail is written: one file each.
//!
//! A language's file says everything that varies with the language, plural forms included. To add one, write its file
//! after the model of the others and name it in [`ALL`]; beyond that only tests know the languages.

mod de;
mod en;
mod es;
mod fr;
mod preference;

use std::{fmt, time::Duration};

/// Every language. The first one is for readers of none of them.
const ALL: [Language; 4] = [en::LANGUAGE, de::LANGUAGE, es::LANGUAGE, fr::LANGUAGE];

/// A language in which the mail is written.
#[derive(Clone, Copy)]
pub struct Language {
    /// Its tag (BCP 47), of one subtag.
    pub tag: &'static str,
    pub(super) wording: fn(&Facts<'_>) -> Wording,
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

/// What a mail says, in no language.
pub(super) struct Facts<'a> {
    pub(super) code: &'a str,
    pub(super) service: &'a str,
    pub(super) lifetime: Lifetime,
}

/// What a mail says, in one language. Each is plain text, to be escaped where it becomes HTML.
pub(super) struct Wording {
    /// The subject. It begins with the code.
    pub(super) subject: String,
    /// What the code is for. The code follows.
    pub(super) instruction: String,
    /// How long the code lives.
    pub(super) lifetime: String,
    /// That the code is a secret.
    pub(super) secrecy: String,
    /// What to do for who did not ask for it.
    pub(super) not_you: String,
}

/// How long a code lives, in the largest unit in which it is a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    Seconds(u64),
    Minutes(u64),
    Hours(u64),
}

impl Lifetime {
    /// The number and its unit, for languages with one form for one and another for the rest.
    fn text(self, second: [&str; 2], minute: [&str; 2], hour: [&str; 2]) -> String {
        let (number, [one, other]) = match self {
            Self::Seconds(number) => (number, second),
            Self::Minutes(number) => (number, minute),
            Self::Hours(number) => (number, hour),
        };
        format!("{number} {}", if number == 1 { one } else { other })
    }
}

impl From<Duration> for Lifetime {
    fn from(lifetime: Duration) -> Self {
        match lifetime.as_secs() {
            seconds if seconds.is_multiple_of(3600) => Self::Hours(seconds / 3600),
            seconds if seconds.is_multiple_of(60) => Self::Minutes(seconds / 60),
            seconds => Self::Seconds(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_in_its_largest_whole_unit_and_in_the_right_number() {
        for (seconds, [english, german, spanish, french]) in [
            (1, ["1 second", "1 Sekunde", "1 segundo", "1 seconde"]),
            (90, ["90 seconds", "90 Sekunden", "90 segundos", "90 secondes"]),
            (60, ["1 minute", "1 Minute", "1 minuto", "1 minute"]),
            (120, ["2 minutes", "2 Minuten", "2 minutos", "2 minutes"]),
            (3600, ["1 hour", "1 Stunde", "1 hora", "1 heure"]),
            (86_400, ["24 hours", "24 Stunden", "24 horas", "24 heures"]),
        ] {
            let lifetime = Duration::from_secs(seconds).into();
            let facts = Facts { code: "0427", service: "Engines", lifetime };
            for (language, words) in ALL.iter().zip([english, german, spanish, french]) {
                let said = (language.wording)(&facts).lifetime;
                assert!(said.contains(&format!(" {words}.")), "{language:?}: {said}");
            }
        }
    }

    #[test]
    fn every_language_says_all_of_it() {
        let lifetime = Lifetime::Minutes(1);
        for language in ALL {
            let said = (language.wording)(&Facts { code: "0427", service: "Engines", lifetime });
            assert!(said.subject.starts_with("0427 "), "{language:?}");
            for part in [&said.subject, &said.instruction, &said.secrecy] {
                assert!(part.contains("Engines"), "{language:?}: {part}");
            }
            assert!(!said.not_you.is_empty(), "{language:?}");
        }
    }
}
