//! What the tables hold of one address, and that it is all of a step.

use serde_json::Value;

use super::scenario::{Effect, Request};
use crate::support::Service;

/// What the tables hold of the address.
#[derive(PartialEq)]
pub(super) struct Tables {
    pub(super) user: Value,
    code: Value,
    limits: Vec<Value>,
}

impl Tables {
    pub(super) async fn read(service: &Service, email: &str) -> Self {
        let (user, limits) = (service.user_item(email).await, service.items("LimitsTable").await);
        let tables = Self { user, code: service.code_item(email).await, limits };
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
        } else if !user.is_null() {
            assert!(!has("activated_at") && has("short_codes") && has("expires_at"), "{user}");
            assert_eq!(code["id"], user["id"]);
        }
        if self.has_code() {
            assert_eq!(Some(&code["created_at"]), self.short_codes().last());
        }
    }

    /// Whether there is a code, and it was not withdrawn.
    fn has_code(&self) -> bool {
        self.code.get("code_mac").is_some()
    }

    /// The counters of what an address or a mailbox gets, but for those that are zero.
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
        if self == before {
            Effect::Nothing
        } else if self.user == before.user && self.code == before.code {
            Effect::Counted
        } else if self.is_active() {
            assert!(same_id && !before.is_active());
            Effect::Activated
        } else if !self.has_code() {
            assert_eq!(same_id, request == Request::SendCode);
            assert_eq!(self.short_codes(), before.short_codes());
            assert_eq!(self.counted(), before.counted());
            Effect::Withdrawn
        } else if self.user == before.user {
            assert_eq!(without_tries(self.code.clone()), without_tries(before.code.clone()));
            Effect::Tried
        } else {
            assert_eq!(same_id, request == Request::SendCode);
            let (sent, sent_before) = (self.short_codes(), before.short_codes());
            assert_eq!((sent.len(), &self.code["attempts"]["N"]), (sent_before.len() + 1, &"0".into()));
            assert_ne!(self.code["code_mac"], before.code["code_mac"]);
            Effect::Stored
        }
    }
}

fn without_tries(mut code: Value) -> Value {
    code["attempts"].take();
    code
}
