//! `POST /api/register`.

use serde_json::json;
use uuid::Uuid;

use crate::{
    any_service::requests::{JSON, pointers, post},
    support::{EMAIL, MILLISECOND, MINUTE, OTHER_PASSWORD, PASSWORD, SECOND, Service, another},
};

#[tokio::test]
async fn a_registration_has_a_uuid_v7_and_instants_in_rfc_3339() {
    let service = Service::start().await;
    let account = service.register(EMAIL, PASSWORD).await.expect(201);
    let id = Uuid::parse_str(account["id"].as_str().unwrap()).unwrap();
    assert_eq!(id.get_version_num(), 7);
    assert_eq!(account["created_at"], service.clock.now().to_string());
    assert_eq!(account["code"]["length"], 4);
    assert_eq!(account["code"]["expires_at"], (service.clock.now() + MINUTE).to_string());
    let members: Vec<_> = account.as_object().unwrap().keys().collect();
    assert_eq!(members, ["activated", "code", "created_at", "email", "id"]);
}

#[tokio::test]
async fn the_mail_has_the_code_its_lifetime_and_the_name_of_the_service() {
    let service = Service::with(&[("SERVICE_NAME", "Analytical Engines")]).await;
    let code = service.registered().await;
    assert!(code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    let mail = &service.mails().await[0];
    for part in ["subject", "text", "html"] {
        let part = mail[part].as_str().unwrap();
        assert!(part.contains(&code) && part.contains("Analytical Engines"), "{part}");
        assert!(!part.contains("://"), "a link: {part}");
    }
    assert!(mail["text"].as_str().unwrap().contains("1 minute"));
}

#[tokio::test]
async fn settings_change_the_length_and_lifetime_of_a_code() {
    let settings = [("CODE_LENGTH", "6"), ("CODE_LIFETIME_SECONDS", "90")];
    let service = Service::with(&settings).await;
    let code = service.registered().await;
    assert_eq!(code.len(), 6);
    service.clock.advance(90 * SECOND - MILLISECOND);
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_malformed() {
    let service = Service::start().await;
    post(&service, JSON, vec![b'{', b'"', 0xff, b'"', b'}']).await.problem(400, "malformed-json");
}

#[tokio::test]
async fn a_body_in_base64_is_read_like_any_other() {
    // API Gateway forwards a body of a binary type in base64.
    let service = Service::start().await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    post(&service, Some("application/octet-stream"), body.clone())
        .await
        .problem(415, "unsupported-media-type");
    post(&service, JSON, body).await.expect(201);
}

#[tokio::test]
async fn a_refused_registration_sends_no_mail() {
    let service = Service::start().await;
    pointers(&service, json!({"email": EMAIL, "password": "short"})).await;
    pointers(&service, json!({"email": EMAIL, "password": PASSWORD, "role": "admin"})).await;
    assert!(service.mails().await.is_empty());
}

#[tokio::test]
async fn an_address_that_cannot_have_an_account_is_refused() {
    let service = Service::start().await;
    for email in
        ["ada", "ada@example", "\"a b\"@example.com", "a:b@example.com", "ada@[127.0.0.1]", "äda@example.com"]
    {
        let body = json!({"email": email, "password": PASSWORD});
        assert_eq!(pointers(&service, body).await, ["#/email"], "{email}");
    }
    service.register("ada@bücher.example", PASSWORD).await.expect(201);
    assert_eq!(service.mails().await[0]["to"], "ada@xn--bcher-kva.example");
}

#[tokio::test]
async fn a_password_has_8_to_256_code_points_and_no_nul() {
    let service = Service::start().await;
    for password in ["", "1234567", &"x".repeat(257), "nul\0 nul nul"] {
        let body = json!({"email": EMAIL, "password": password});
        assert_eq!(pointers(&service, body).await, ["#/password"], "{password:?}");
    }
    let accepted = [("ü".repeat(8), "one"), ("😀".repeat(256), "two"), ("  padded  ".to_owned(), "three")];
    for (password, name) in accepted {
        service.register(&format!("{name}@example.com"), &password).await.expect(201);
    }
}

#[tokio::test]
async fn a_password_that_names_the_account_or_the_service_is_refused() {
    let service = Service::with(&[("SERVICE_NAME", "Analytical Engines")]).await;
    for password in ["Ada.Lovelace@Example.com", "ADA.lovelace", "analytical engines"] {
        let body = json!({"email": "ada.lovelace@example.com", "password": password});
        assert_eq!(pointers(&service, body).await, ["#/password"], "{password}");
    }
}

#[tokio::test]
async fn a_common_password_is_refused_in_any_case() {
    let service = Service::start().await;
    for password in ["password", "PASSWORD", "Qwertyuiop", "1q2w3e4r5t", "iloveyou1", "00000000"] {
        let body = json!({"email": EMAIL, "password": password}).to_string();
        let problem = post(&service, JSON, body).await.problem(422, "invalid-input");
        let error =
            json!({"pointer": "#/password", "detail": "must not be one of the most common passwords"});
        assert_eq!(problem["errors"], json!([error]), "{password}");
    }
    // Full-width letters are different code points, and so a different password.
    service.register(EMAIL, "ｐａｓｓｗｏｒｄ").await.expect(201);
}

#[tokio::test]
async fn a_setting_raises_the_minimum_length_of_passwords() {
    let service = Service::with(&[("PASSWORD_MIN_LENGTH", "12")]).await;
    let body = json!({"email": EMAIL, "password": "11 letters."});
    assert_eq!(pointers(&service, body).await, ["#/password"]);
    service.register(EMAIL, "12 letters..").await.expect(201);
}

#[tokio::test]
async fn an_address_can_be_registered_again_once_its_code_is_used_up_or_expired() {
    let service = Service::start().await;
    let code = service.registered().await;
    let problem = service.register(EMAIL, OTHER_PASSWORD).await.problem(429, "too-many-codes");
    assert_eq!(problem["retry_after"], 60);
    service.clock.advance(MINUTE - MILLISECOND);
    let problem = service.register(EMAIL, OTHER_PASSWORD).await.problem(429, "too-many-codes");
    assert_eq!(problem["retry_after"], 1);
    for _ in 0..3 {
        service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    }
    service.register(EMAIL, OTHER_PASSWORD).await.expect(201);
    service.clock.advance(MINUTE);
    service.register(EMAIL, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_registration_lasts_as_long_as_its_newest_code() {
    let service = Service::with(&[("PENDING_HOURS", "1")]).await;
    service.registered().await;
    service.clock.advance(60 * MINUTE - 4 * SECOND);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    let code = service.code(EMAIL).await;
    service.clock.advance(MINUTE - MILLISECOND);
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn short_codes_still_count_after_their_registration_has_expired() {
    let service = Service::with(&[("PENDING_HOURS", "1"), ("CODES_PER_DAY", "1")]).await;
    service.registered().await;
    service.clock.advance(2 * 60 * MINUTE);
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(service.register(EMAIL, PASSWORD).await.expect(201)["code"]["length"], 8);
    service.clock.advance(22 * 60 * MINUTE);
    assert_eq!(service.register(EMAIL, PASSWORD).await.expect(201)["code"]["length"], 4);
}
