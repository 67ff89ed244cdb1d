//! What can happen to the address next, chosen at random.

use std::time::Duration;

use proptest::prelude::{Just, Strategy, prop_oneof};

use super::model::{ACTIVATION_LIFETIME, RESET_LIFETIME};
use crate::support::{DAY, MILLISECOND, SECOND};

/// The passwords; a step has the index of one.
pub(super) const PASSWORDS: [&str; 4] =
    ["the first password", "the second password", "the third password", "the fourth password"];

/// A password: the current one, if there is one, or any.
#[derive(Clone, Copy, Debug)]
pub(super) enum Password {
    Current,
    Any(usize),
}

/// A code: that of the mail this many before the newest, or one that was never mailed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Code {
    Mailed(usize),
    Wrong,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Register(Password),
    SendCode(Password),
    Activate(Password, Code),
    Change(Password, usize),
    Forgot,
    Reset(Code, usize),
    Delete(Password),
    Me(Password),
    Wait(Duration),
}

impl Step {
    /// Steps that try each password.
    pub(super) fn each_password() -> impl Iterator<Item = Self> {
        (0..PASSWORDS.len()).map(|index| Self::Me(Password::Any(index)))
    }

    /// Its name, without what it is taken with.
    pub(super) fn name(self) -> String {
        format!("{self:?}").split('(').next().unwrap().to_owned()
    }
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let any = || 0..PASSWORDS.len();
    let password = || prop_oneof![3 => Just(Password::Current), 2 => any().prop_map(Password::Any)];
    let code = || prop_oneof![4 => (0..4_usize).prop_map(Code::Mailed), 1 => Just(Code::Wrong)];
    let times = [
        SECOND,
        ACTIVATION_LIFETIME - MILLISECOND,
        ACTIVATION_LIFETIME,
        RESET_LIFETIME - MILLISECOND,
        RESET_LIFETIME,
        DAY,
    ];
    prop_oneof![
        4 => password().prop_map(Step::Register),
        2 => password().prop_map(Step::SendCode),
        6 => (password(), code()).prop_map(|(password, code)| Step::Activate(password, code)),
        3 => (password(), any()).prop_map(|(password, new)| Step::Change(password, new)),
        3 => Just(Step::Forgot),
        5 => (code(), any()).prop_map(|(code, new)| Step::Reset(code, new)),
        1 => password().prop_map(Step::Delete),
        4 => password().prop_map(Step::Me),
        2 => (0..times.len()).prop_map(move |index| Step::Wait(times[index])),
    ]
}
