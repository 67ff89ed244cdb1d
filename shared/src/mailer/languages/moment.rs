//! When something happened, in words: date and time of day in UTC, to the minute.

use crate::clock::Timestamp;

/// The days of 400 years, after which the calendar repeats itself.
const DAYS_OF_400_YEARS: i64 = 146_097;

/// A date of the Gregorian calendar and a time of day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mailer) struct Moment {
    pub(super) year: i64,
    /// From 0 to 11.
    month: usize,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
}

impl Moment {
    /// The month, of these names.
    pub(super) fn month(self, names: [&str; 12]) -> &str {
        names[self.month]
    }
}

impl From<Timestamp> for Moment {
    fn from(instant: Timestamp) -> Self {
        let minutes = instant.as_millis().div_euclid(60_000);
        let (days, minutes) = (minutes.div_euclid(24 * 60), minutes.rem_euclid(24 * 60));
        let mut year = 1970 + 400 * days.div_euclid(DAYS_OF_400_YEARS);
        let mut day = days.rem_euclid(DAYS_OF_400_YEARS);
        while day >= days_of(year) {
            day -= days_of(year);
            year += 1;
        }
        let mut month = 0;
        for days in [31, days_of(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if day < days {
                break;
            }
            day -= days;
            month += 1;
        }
        Self { year, month, day: day + 1, hour: minutes / 60, minute: minutes % 60 }
    }
}

fn days_of(year: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SDK's formatter has a calendar of its own.
    #[test]
    fn a_moment_is_the_one_of_the_instant_in_rfc_3339() {
        // Every eleventh day from 1870 to 2470.
        let days = (-36_500..183_000).step_by(11).map(|day| day * 86_400_000);
        let odd = [59_999, 60_000, 86_399_999, 951_782_399_999, 1_767_323_045_006, 253_402_300_799_999];
        for millis in days.flat_map(|day| [day, day - 1]).chain(odd) {
            let instant = Timestamp::from_millis(millis);
            let Moment { year, month, day, hour, minute } = instant.into();
            let text = format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:", month + 1);
            assert!(instant.to_string().starts_with(&text), "{instant}: {text}");
        }
    }

    #[test]
    fn every_instant_has_a_moment() {
        for millis in [i64::MIN, i64::MAX] {
            let moment = Moment::from(Timestamp::from_millis(millis));
            assert!(moment.month < 12 && (1..=31).contains(&moment.day), "{moment:?}");
        }
    }
}
