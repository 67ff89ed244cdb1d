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

    fn codes_sent(&self) -> &[Value] {
        self.user["codes_sent"]["L"].as_array().map_or(&[], Vec::as_slice)
    }

    /// What holds at any time.
    fn check(&self) {
        let Self { user, code, .. } = self;
        let has = |name: &str| user.get(name).is_some();
        if self.is_active() {
            assert!(
                code.is_null() && has("activated_at") && !has("codes_sent") && !has("expires_at"),
                "{user}"
            );
        } else if !user.is_null() {
            assert!(!has("activated_at") && has("codes_sent") && has("expires_at"), "{user}");
        }
        if !code.is_null() {
            assert_eq!(code["id"], user["id"]);
            assert_eq!(Some(&code["created_at"]), self.codes_sent().last());
        }
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
        } else if self.user == before.user && !self.code.is_null() {
            assert_eq!(without_tries(self.code.clone()), without_tries(before.code.clone()));
            Effect::Tried
        } else {
            assert_eq!(same_id, request == Request::SendCode);
            let (sent, sent_before) = (self.codes_sent(), before.codes_sent());
            if self.code.is_null() {
                assert_eq!(sent, sent_before);
                return Effect::Withdrawn;
            }
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
