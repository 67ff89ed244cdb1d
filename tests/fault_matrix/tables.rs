//! What the tables hold for one address, and checks that it is all of a step.

use serde_json::Value;
use uuid::Uuid;

use super::scenario::{Effect, Request};
use crate::support::Service;

/// What the tables hold for the address.
#[derive(PartialEq)]
pub(super) struct Tables {
    pub(super) user: Value,
    code: Value,
    reset: Value,
    limits: Vec<Value>,
}

impl Tables {
    pub(super) async fn read(service: &Service, email: &str) -> Self {
        let (user, [code, reset]) = service.user_and_code_items(email).await;
        let tables = Self { user, code, reset, limits: service.items("LimitsTable").await };
        tables.check();
        tables
    }

    pub(super) fn is_active(&self) -> bool {
        self.user["activated"]["BOOL"] == true
    }

    fn short_codes(&self) -> &[Value] {
        self.user["short_codes"]["L"].as_array().map_or(&[], Vec::as_slice)
    }

    /// What holds at any time.
    fn check(&self) {
        let Self { user, code, .. } = self;
        let has = |name: &str| user.get(name).is_some();
        if self.is_active() {
            assert!(
                code.is_null() && has("activated_at") && !has("short_codes") && !has("expires_at"),
                "{user}"
            );
        } else if self.is_gone() {
            assert!(code.is_null() && !user.to_string().contains("$2b$"), "{user} {code}");
        } else {
            assert!(!has("activated_at") && has("short_codes") && has("expires_at"), "{user}");
            assert_eq!(code["id"], user["id"]);
        }
        if self.has_code() {
            assert_eq!(Some(&code["created_at"]), self.short_codes().last());
        }
    }

    /// Whether there is no account and no registration, except for short codes that count.
    fn is_gone(&self) -> bool {
        self.user.is_null() || self.user["id"]["S"] == Uuid::nil().to_string()
    }

    /// Whether there is a code, and it was not withdrawn.
    fn has_code(&self) -> bool {
        self.code.get("code_mac").is_some()
    }

    /// The same for a reset code.
    fn has_reset_code(&self) -> bool {
        self.reset.get("code_mac").is_some()
    }

    /// Whether exactly one more mail is counted, if there is one to count, and nothing else.
    fn counts_a_notice_more_than(&self, before: &Self) -> bool {
        let (now, then) = (self.counted(), before.counted());
        let more = now.iter().filter(|count| !then.contains(count)).collect::<Vec<_>>();
        matches!(more[..], [(key, _)] if key.starts_with("mails/")) && now.len() <= then.len() + 1
    }

    /// The counters of an address or a mailbox, except those that are zero.
    fn counted<'a>(&'a self) -> Vec<(&'a str, &'a Value)> {
        let key = |item: &'a Value| item["key"]["S"].as_str().unwrap();
        let counters = self.limits.iter().filter(|item| !key(item).starts_with("requests/"));
        let mut counters: Vec<_> = counters
            .map(|item| (key(item), &item["count"]["N"]))
            .filter(|(_, count)| *count != "0")
            .collect();
        counters.sort_by_key(|(key, _)| *key);
        counters
    }

    /// What a request changed: all of a step.
    pub(super) fn effect_since(&self, before: &Self, request: Request) -> Effect {
        let same_id = self.user["id"] == before.user["id"];
        let same_codes = self.code == before.code && self.reset == before.reset;
        if self == before {
            Effect::Nothing
        } else if self.user == before.user && same_codes {
            Effect::Counted
        } else if before.is_active() || before.user.is_null() && request == Request::ForgotPassword {
            self.effect_on_account(before)
        } else if self.is_gone() {
            assert_eq!((&self.reset, self.counted()), (&Value::Null, before.counted()));
            assert_eq!(self.short_codes(), before.short_codes());
            Effect::Deleted
        } else if self.is_active() {
            assert!(same_id && !before.is_active());
            Effect::Activated
        } else if !self.has_code() {
            assert_eq!(same_id, request == Request::SendCode);
            assert_eq!(self.short_codes(), before.short_codes());
            assert_eq!(self.counted(), before.counted());
            Effect::Withdrawn
        } else if self.user == before.user {
            assert_eq!(without_attempts(self.code.clone()), without_attempts(before.code.clone()));
            Effect::Attempted
        } else {
            assert_eq!(same_id, request == Request::SendCode);
            let (sent, sent_before) = (self.short_codes(), before.short_codes());
            assert_eq!((sent.len(), &self.code["attempts"]["N"]), (sent_before.len() + 1, &"0".into()));
            assert_ne!(self.code["code_mac"], before.code["code_mac"]);
            Effect::Stored
        }
    }

    /// The same for an active account, or for an address without one.
    fn effect_on_account(&self, before: &Self) -> Effect {
        assert_eq!(self.code, before.code);
        if self.user.is_null() && !before.user.is_null() {
            assert!(self.reset.is_null() && self.counts_a_notice_more_than(before));
            return Effect::Deleted;
        }
        if self.user != before.user {
            let but_hash = |user: &Value| {
                let mut user = user.clone();
                let changed_at = user.as_object_mut().unwrap().remove("password_changed_at");
                (user["password_hash"].take(), changed_at, user)
            };
            let ((hash, changed_at, user), (hash_before, _, user_before)) =
                (but_hash(&self.user), but_hash(&before.user));
            assert!(hash != hash_before && user == user_before);
            if changed_at.is_none() {
                assert_eq!((&self.reset, self.counted()), (&before.reset, before.counted()));
                return Effect::Renewed;
            }
            assert!(self.reset.is_null() && self.counts_a_notice_more_than(before));
            return Effect::Changed;
        }
        if !self.has_reset_code() {
            assert_eq!(self.counted(), before.counted());
            Effect::Withdrawn
        } else if self.reset["code_mac"] == before.reset["code_mac"] {
            assert_eq!(without_attempts(self.reset.clone()), without_attempts(before.reset.clone()));
            Effect::Attempted
        } else {
            assert_eq!(self.reset["attempts"]["N"], "0");
            assert!(self.counted().len() >= 2 && self.counted() != before.counted());
            Effect::Stored
        }
    }
}

fn without_attempts(mut code: Value) -> Value {
    code["attempts"].take();
    code["attempts_of_127.0.0.1"].take();
    code
}
