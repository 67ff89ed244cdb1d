//! Attacks with input that different programs read differently.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::{SIZES, at_midnight, attackers};
use crate::{
    any_service::requests::{pointers, post},
    support::{EMAIL, PASSWORD, Service},
};

#[tokio::test]
async fn a_request_that_another_site_can_forge_registers_nobody() {
    for size in SIZES {
        let service = at_midnight().await;
        let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
        for client in attackers(&service, size) {
            let simple = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
            for content_type in simple.map(Some).into_iter().chain([None]) {
                post(&client, content_type, body.clone()).await.problem(415, "unsupported-media-type");
            }
        }
        assert!(service.mails().await.is_empty());
    }
}

#[tokio::test]
async fn an_address_that_a_mail_program_may_read_differently_is_refused() {
    for size in SIZES {
        let service = at_midnight().await;
        for client in attackers(&service, size) {
            for local_part in [
                "=?x?q?eve=40evil.example=3e=00?=ada",
                "ada=?x",
                "-oQ/tmp",
                "eve%evil.example",
                "evil.example!eve",
                "|id",
                "`id`",
                "\"ada\"",
                "ada@evil.example,eve",
            ] {
                let body = json!({"email": format!("{local_part}@company.example"), "password": PASSWORD});
                assert_eq!(pointers(&client, body).await, ["#/email"], "{local_part}");
            }
        }
        assert!(service.mails().await.is_empty());
    }
}

#[tokio::test]
async fn the_reduced_form_of_a_long_password_is_not_accepted() {
    let service = Service::start().await;
    let long = "a long password that everybody may read about, ".repeat(2);
    service.register(EMAIL, &long).await.expect(201);
    let mut hmac = Hmac::<Sha256>::new_from_slice(b"user-registration/password-reduction/v1").unwrap();
    hmac.update(long.as_bytes());
    let reduced = BASE64_STANDARD.encode(hmac.finalize().into_bytes());
    for password in [reduced.clone(), format!("\u{ff}{reduced}"), format!("\u{fffd}{reduced}")] {
        service.me(EMAIL, &password).await.problem(401, "unauthorized");
    }
    service.me(EMAIL, &long).await.problem(403, "not-activated");
}
