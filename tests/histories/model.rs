//! The model of an address: what each request has to be answered, from nothing but what happened before.
//!
//! Passwords are indices. A request that succeeds changes the model as it should change the service. Where it has to
//! mail a code, the model asks for the code in the mail.

use std::time::Duration;

use shared::clock::Timestamp;

use crate::support::{DAY, MINUTE};

const ATTEMPTS: u32 = 3;
pub(super) const ACTIVATION_LIFETIME: Duration = MINUTE;
pub(super) const RESET_LIFETIME: Duration = Duration::from_mins(10);

/// The outcome of a request: the slug of its problem, or `success`.
pub(super) type Outcome = &'static str;

/// The holder of the address.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Nobody,
    Pending { password: usize, ends_at: Timestamp },
    Active { password: usize },
}

/// The newest code for a purpose.
#[derive(Debug)]
struct Newest {
    /// The mailed code; none for an address without an account.
    code: Option<String>,
    made_at: Timestamp,
    attempts: u32,
}

impl Newest {
    fn new(code: Option<String>, made_at: Timestamp) -> Self {
        Self { code, made_at, attempts: 0 }
    }

    fn is_valid(&self, now: Timestamp, lifetime: Duration) -> bool {
        self.attempts < ATTEMPTS && now < self.made_at + lifetime
    }

    /// Makes an attempt, unless no code is valid, and returns whether it is this code.
    fn attempt(newest: &mut Option<Self>, now: Timestamp, lifetime: Duration, code: &str) -> Option<bool> {
        let newest = newest.as_mut().filter(|newest| newest.is_valid(now, lifetime))?;
        newest.attempts += 1;
        Some(newest.code.as_deref() == Some(code))
    }
}

#[derive(Debug)]
pub(super) struct Model {
    holder: Holder,
    activation: Option<Newest>,
    reset: Option<Newest>,
}

impl Model {
    pub(super) fn new() -> Self {
        Self { holder: Holder::Nobody, activation: None, reset: None }
    }

    /// The current holder: a registration that was not activated in time has expired.
    fn holder(&self, now: Timestamp) -> Holder {
        match self.holder {
            Holder::Pending { ends_at, .. } if now >= ends_at => Holder::Nobody,
            holder => holder,
        }
    }

    pub(super) fn password(&self, now: Timestamp) -> Option<usize> {
        match self.holder(now) {
            Holder::Nobody => None,
            Holder::Pending { password, .. } | Holder::Active { password } => Some(password),
        }
    }

    pub(super) fn register(
        &mut self,
        now: Timestamp,
        password: usize,
        mailed: impl FnOnce() -> String,
    ) -> Outcome {
        let waits = self.activation.as_ref().is_some_and(|code| code.is_valid(now, ACTIVATION_LIFETIME));
        match self.holder(now) {
            Holder::Active { .. } => "already-registered",
            _ if waits => "too-many-codes",
            _ => {
                self.holder = Holder::Pending { password, ends_at: now + DAY };
                self.activation = Some(Newest::new(Some(mailed()), now));
                "success"
            }
        }
    }

    pub(super) fn send_code(
        &mut self,
        now: Timestamp,
        password: usize,
        mailed: impl FnOnce() -> String,
    ) -> Outcome {
        match self.holder(now) {
            Holder::Pending { password: right, ends_at } if right == password => {
                let ends_at = ends_at.max(now + ACTIVATION_LIFETIME);
                self.holder = Holder::Pending { password, ends_at };
                self.activation = Some(Newest::new(Some(mailed()), now));
                "success"
            }
            Holder::Active { password: right } if right == password => "already-activated",
            _ => "unauthorized",
        }
    }

    pub(super) fn activate(&mut self, now: Timestamp, password: usize, code: &str) -> Outcome {
        match self.holder(now) {
            Holder::Pending { password: right, .. } if right == password => {
                match Newest::attempt(&mut self.activation, now, ACTIVATION_LIFETIME, code) {
                    None => "code-expired",
                    Some(false) => "code-incorrect",
                    Some(true) => {
                        self.holder = Holder::Active { password };
                        self.activation = None;
                        "success"
                    }
                }
            }
            Holder::Active { password: right } if right == password => "already-activated",
            _ => "unauthorized",
        }
    }

    pub(super) fn me(&self, now: Timestamp, password: usize) -> Outcome {
        match self.holder(now) {
            Holder::Active { password: right } if right == password => "success",
            Holder::Pending { password: right, .. } if right == password => "not-activated",
            _ => "unauthorized",
        }
    }

    pub(super) fn change_password(&mut self, now: Timestamp, password: usize, new: usize) -> Outcome {
        let outcome = if new == password { "invalid-input" } else { self.me(now, password) };
        if outcome == "success" {
            self.set_password(new);
        }
        outcome
    }

    pub(super) fn forgot_password(&mut self, now: Timestamp, mailed: impl FnOnce() -> String) -> Outcome {
        let is_active = matches!(self.holder, Holder::Active { .. });
        self.reset = Some(Newest::new(is_active.then(mailed), now));
        "success"
    }

    pub(super) fn reset_password(&mut self, now: Timestamp, code: &str, new: usize) -> Outcome {
        match (Newest::attempt(&mut self.reset, now, RESET_LIFETIME, code), self.holder) {
            (None, _) => "code-expired",
            (Some(true), Holder::Active { password }) if password == new => "invalid-input",
            (Some(true), Holder::Active { .. }) => {
                self.set_password(new);
                "success"
            }
            _ => "code-incorrect",
        }
    }

    /// The account gets another password, and its reset code is gone.
    fn set_password(&mut self, password: usize) {
        self.holder = Holder::Active { password };
        self.reset = None;
    }

    pub(super) fn delete(&mut self, now: Timestamp, password: usize) -> Outcome {
        if self.password(now) != Some(password) {
            return "unauthorized";
        }
        *self = Self::new();
        "success"
    }
}
