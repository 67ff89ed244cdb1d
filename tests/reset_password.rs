//! `POST /api/forgot-password` and `POST /api/reset-password`.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{
    Client, DAY, EMAIL, MILLISECOND, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRITE, WRONG_PASSWORD,
    another,
    faults::{MAIL_REFUSED, SEND_EMAIL},
    interleave, tally,
};

const NOBODY: &str = "nobody@example.com";

/// Asks for a code and returns it.
async fn forgotten(service: &Service) -> String {
    service.forgot_password(EMAIL).await.expect(202);
    service.code(EMAIL).await
}

#[tokio::test]
async fn a_forgotten_password_is_reset_with_the_mailed_code() {
    let service = Service::start().await;
    service.activated().await;
    service.clock.advance(DAY);
    let answer = service.forgot_password(EMAIL).await.expect(202);
    let expires_at = (service.clock.now() + 10 * MINUTE).to_string();
    assert_eq!(answer, json!({"code": {"sent": true, "length": 8, "expires_at": expires_at}}));
    let code = service.code(EMAIL).await;
    assert_eq!(code.len(), 8);
    // Nothing has changed yet.
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.clock.advance(10 * MINUTE - MILLISECOND);
    let account = service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
    assert_eq!(account["password_changed_at"], service.clock.now().to_string());
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(service.me(EMAIL, OTHER_PASSWORD).await.expect(200), account);
    service.reset_password(EMAIL, &code, "a third password").await.problem(410, "code-expired");
    assert_eq!(service.subjects(EMAIL).await.len(), 3);
}

#[tokio::test]
async fn a_reset_code_lives_for_ten_minutes_to_the_millisecond() {
    let service = Service::start().await;
    service.activated().await;
    let code = forgotten(&service).await;
    service.clock.advance(10 * MINUTE);
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.problem(410, "code-expired");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn every_address_is_answered_and_counted_alike() {
    let service = Service::start().await;
    service.activated().await;
    service.register("pending@example.com", PASSWORD).await.expect(201);
    let mut told = Vec::new();
    for (client, email) in [(1, EMAIL), (2, NOBODY), (3, "pending@example.com")] {
        let client = service.at(client);
        let mut answers = vec![client.forgot_password(email).await];
        answers.push(client.forgot_password(email).await);
        for _ in 0..4 {
            answers.push(client.reset_password(email, "00000000", OTHER_PASSWORD).await);
        }
        service.clock.advance(PAUSE);
        answers.push(client.forgot_password(email).await);
        service.clock.advance(DAY);
        let instant = |value: &serde_json::Value| value["code"]["expires_at"].is_string();
        told.push(
            answers
                .iter()
                .map(|answer| {
                    (
                        answer.status,
                        answer.outcome(),
                        instant(&answer.body),
                        answer.body["attempts_left"].clone(),
                    )
                })
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    let outcomes: Vec<_> = told[0].iter().map(|(_, outcome, ..)| outcome.as_str()).collect();
    let wrong = "code-incorrect";
    assert_eq!(outcomes, ["success", "too-many-codes", wrong, wrong, wrong, "code-expired", "success"]);
    // Apart from the registrations' mails, only the account's owner got mail.
    assert_eq!(service.subjects(NOBODY).await.len(), 0);
    assert_eq!(service.subjects("pending@example.com").await.len(), 1);
    assert_eq!(service.subjects(EMAIL).await.len(), 3);
    let kinds = |email: &str| {
        let email = email.to_owned();
        let items = service.items("LimitsTable");
        async move {
            let items = items.await;
            items.iter().filter(|item| item["key"]["S"].as_str().unwrap().contains(&email)).count()
        }
    };
    assert_eq!(kinds("nobody@example").await, 2);
}

#[tokio::test]
async fn no_code_for_one_purpose_serves_another() {
    let service = Service::with(&[("CODE_LENGTH", "8")]).await;
    let activation = service.registered().await;
    service.reset_password(EMAIL, &activation, OTHER_PASSWORD).await.problem(410, "code-expired");
    service.activate(EMAIL, PASSWORD, &activation).await.expect(200);
    let reset = forgotten(&service).await;
    service.activate(EMAIL, PASSWORD, &reset).await.problem(409, "already-activated");
    service.reset_password(EMAIL, &reset, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_new_password_follows_the_rules_and_is_not_the_forgotten_one() {
    let service = Service::start().await;
    service.activated().await;
    let code = forgotten(&service).await;
    for password in ["short", "password1", EMAIL, PASSWORD] {
        let problem = service.reset_password(EMAIL, &code, password).await.problem(422, "invalid-input");
        assert_eq!(problem["errors"][0]["pointer"], "#/password", "{password}");
    }
    for code in ["", "1234", "123456789", "1234567a"] {
        let problem = service.reset_password(EMAIL, code, OTHER_PASSWORD).await.problem(422, "invalid-input");
        assert_eq!(
            problem["errors"],
            json!([{"pointer": "#/code", "detail": "must be a text of exactly 8 digits"}])
        );
    }
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_of_a_client_share_its_three_attempts() {
    let service = Service::start().await;
    service.activated().await;
    let code = forgotten(&service).await;
    let wrong = another(&code);
    let answers = join_all((0..40).map(|_| service.reset_password(EMAIL, &wrong, OTHER_PASSWORD))).await;
    let tally = tally(&answers);
    assert!((1..=3).contains(&tally["code-incorrect"]), "{tally:?}");
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.problem(410, "code-expired");
    // The attempts are the client's own and keep nobody else out.
    service.at(2).reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_reset_code_ends_once_ten_clients_have_used_up_their_attempts() {
    let service = Service::start().await;
    service.activated().await;
    let code = forgotten(&service).await;
    for n in 1..=10 {
        for _ in 0..3 {
            let answer = service.at(n).reset_password(EMAIL, &another(&code), OTHER_PASSWORD).await;
            answer.problem(422, "code-incorrect");
        }
    }
    service.at(11).reset_password(EMAIL, &code, OTHER_PASSWORD).await.problem(410, "code-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_resets_one_succeeds() {
    let service = Service::with(&[("CODE_ATTEMPTS", "100")]).await;
    service.activated().await;
    let code = forgotten(&service).await;
    let passwords: Vec<_> = (0..8).map(|n| format!("password number {n}")).collect();
    let resets = passwords.iter().map(|password| service.reset_password(EMAIL, &code, password));
    let answers = join_all(resets).await;
    let tally = tally(&answers);
    assert_eq!(tally["success"], 1, "{tally:?}");
    let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
    service.me(EMAIL, &passwords[winner]).await.expect(200);
}

#[tokio::test]
async fn a_reset_fails_if_the_password_was_changed_meanwhile() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let code = forgotten(&service).await;
    let reset = service.reset_password(EMAIL, &code, "the late password");
    let change = service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD);
    let (reset, changed) = interleave(&dynamodb, WRITE, reset, change).await;
    changed.expect(200);
    reset.problem(410, "code-expired");
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_replaced_code_cannot_reset_the_password() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let code = forgotten(&service).await;
    let late = service.reset_password(EMAIL, &code, "the late password");
    let (reset, sent) = interleave(&dynamodb, WRITE, late, async {
        service.clock.advance(PAUSE);
        service.forgot_password(EMAIL).await
    })
    .await;
    sent.expect(202);
    reset.problem(410, "code-expired");
    let newer = service.code(EMAIL).await;
    service.reset_password(EMAIL, &newer, OTHER_PASSWORD).await.expect(200);
    service.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_renewed_hash_invalidates_the_reset_code() {
    let service = Service::with(&[("BCRYPT_COST", "5")]).await;
    service.activated().await;
    service.set_hash(EMAIL, PASSWORD, 4).await;
    let code = forgotten(&service).await;
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.problem(422, "code-incorrect");
    service.me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_reset_code_does_not_outlive_its_account() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let code = forgotten(&service).await;
    let reset = service.reset_password(EMAIL, &code, OTHER_PASSWORD);
    let (reset, deleted) = interleave(&dynamodb, "UpdateItem", reset, service.delete(EMAIL, PASSWORD)).await;
    deleted.expect(204);
    reset.problem(410, "code-expired");
    service.clock.advance(MINUTE);
    service.activated().await;
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.problem(410, "code-expired");
}

#[tokio::test]
async fn of_two_concurrent_reset_codes_one_is_mailed() {
    let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
    service.activated().await;
    let late = service.forgot_password(EMAIL);
    let (late, first) = interleave(&dynamodb, WRITE, late, service.at(2).forgot_password(EMAIL)).await;
    first.expect(202);
    late.problem(429, "too-many-codes");
    assert_eq!(service.mails().await.len(), 2, "that of the activation, and one more");
}

#[tokio::test]
async fn a_reset_code_made_while_the_account_changes_does_not_work() {
    for deleted in [false, true] {
        let (service, dynamodb, _) = Service::behind_proxies(&[]).await;
        service.activated().await;
        let (forgotten, changed) = interleave(&dynamodb, WRITE, service.forgot_password(EMAIL), async {
            if deleted {
                service.delete(EMAIL, PASSWORD).await
            } else {
                service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await
            }
        })
        .await;
        assert!(changed.status < 300);
        forgotten.expect(202);
        let code = service
            .mails()
            .await
            .into_iter()
            .filter_map(|mail| mail["code"].as_str().map(str::to_owned))
            .find(|code| code.len() == 8)
            .unwrap();
        let reset = service.reset_password(EMAIL, &code, "a third password").await;
        reset.problem(422, "code-incorrect");
    }
}

#[tokio::test]
async fn a_refused_reset_mail_is_not_revealed_and_does_not_count_for_the_day() {
    let (service, _, ses) = Service::behind_proxies(&[("CODES_PER_CLIENT_PER_DAY", "2")]).await;
    service.activated().await;
    ses.fail(SEND_EMAIL, 1, MAIL_REFUSED);
    service.forgot_password(EMAIL).await.expect(202);
    service.reset_password(EMAIL, "00000000", OTHER_PASSWORD).await.problem(410, "code-expired");
    service.forgot_password(EMAIL).await.problem(429, "too-many-codes");
    service.clock.advance(PAUSE);
    let code = forgotten(&service).await;
    service.reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
    service.clock.advance(PAUSE);
    service.forgot_password(EMAIL).await.problem(429, "too-many-codes");
}

#[tokio::test]
async fn the_limits_on_codes_apply_to_resets() {
    let service = Service::with(&[("CODES_PER_HOUR", "4")]).await;
    service.activated().await;
    for n in 0..3 {
        service.forgot_password(&format!("{n}@example.com")).await.expect(202);
    }
    service.forgot_password(EMAIL).await.problem(429, "too-many-requests");
    let other = service.at(2);
    for _ in 0..4 {
        other.forgot_password(EMAIL).await.expect(202);
        service.clock.advance(PAUSE);
    }
    other.forgot_password(EMAIL).await.problem(429, "too-many-requests");
}

/// Strangers on two networks do all they can, and the owner asks for a code.
#[tokio::test]
async fn two_clients_cannot_keep_the_owner_from_a_reset() {
    let service = Service::start().await;
    service.activated().await;
    service.clock.advance(DAY);
    let strangers: Vec<Client> = (1..=2).map(|n| service.at(n)).collect();
    for _ in 0..10 {
        for stranger in &strangers {
            stranger.forgot_password(EMAIL).await;
            for _ in 0..4 {
                stranger.reset_password(EMAIL, "00000000", OTHER_PASSWORD).await;
            }
            stranger.me(EMAIL, WRONG_PASSWORD).await;
            service.clock.advance(PAUSE);
        }
    }
    let owner = service.at(100);
    owner.forgot_password(EMAIL).await.expect(202);
    let code = service.code(EMAIL).await;
    for _ in 0..9 {
        service.clock.advance(Duration::from_mins(1));
        for stranger in &strangers {
            stranger.forgot_password(EMAIL).await.problem(429, "too-many-codes");
            stranger.reset_password(EMAIL, &another(&code), OTHER_PASSWORD).await;
        }
    }
    owner.reset_password(EMAIL, &code, OTHER_PASSWORD).await.expect(200);
    owner.me(EMAIL, OTHER_PASSWORD).await.expect(200);
}
