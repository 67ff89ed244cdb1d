//! From a new address to an active account, and how others are kept out of it.

use std::time::Duration;

use super::{Target, new_email};
use crate::support::{OTHER_PASSWORD, PASSWORD, another};

#[tokio::test]
async fn a_new_address_is_registered_and_activated_with_the_mailed_code() {
    let service = Target::from_env().await;
    let email = new_email();

    let registered = service.register(&email, PASSWORD).await.expect(201);
    assert_eq!(registered["email"], email);
    assert_eq!(registered["activated"], false);
    assert_eq!(registered["code"]["sent"], true);
    assert!(registered.get("activated_at").is_none());
    service.me(&email, PASSWORD).await.problem(403, "not-activated");

    let code = service.code(&email).await;
    let activated = service.activate(&email, PASSWORD, &code).await.expect(200);
    assert_eq!(activated["activated"], true);
    assert_eq!(activated["id"], registered["id"]);
    assert_eq!(activated["created_at"], registered["created_at"]);

    assert_eq!(service.me(&email, PASSWORD).await.expect(200), activated);
    service.register(&email, OTHER_PASSWORD).await.problem(409, "already-registered");
    service.send_code(&email, PASSWORD).await.problem(409, "already-activated");
    service.activate(&email, PASSWORD, &code).await.problem(409, "already-activated");
}

#[tokio::test]
async fn spellings_of_one_address_are_one_account() {
    let service = Target::from_env().await;
    let email = new_email();
    let loud = email.to_uppercase();
    service.register(&format!("  {loud} "), PASSWORD).await.expect(201);
    let code = service.code(&email).await;
    service.activate(&loud, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    service.activate(&loud, PASSWORD, &code).await.expect(200);
    let mixed = loud.replacen(&loud[..1], &email[..1], 1);
    assert_eq!(service.me(&mixed, PASSWORD).await.expect(200)["email"], email);
}

#[tokio::test]
async fn a_code_allows_three_attempts() {
    let service = Target::from_env().await;
    let (email, code) = service.registered().await;
    for left in [2, 1, 0] {
        let problem =
            service.activate(&email, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
        assert_eq!(problem["attempts_left"], left);
    }
    service.activate(&email, PASSWORD, &code).await.problem(410, "code-expired");
}

#[tokio::test]
async fn a_newer_code_invalidates_the_older_one() {
    let service = Target::from_env().await;
    let (email, older) = service.registered().await;
    let problem = service.send_code(&email, PASSWORD).await.problem(429, "too-many-codes");
    service.wait(Duration::from_secs(problem["retry_after"].as_u64().unwrap())).await;
    service.send_code(&email, PASSWORD).await.expect(202);
    let newer = service.code_after(&email, &older).await;
    if older != newer {
        service.activate(&email, PASSWORD, &older).await.problem(422, "code-incorrect");
    }
    service.activate(&email, PASSWORD, &newer).await.expect(200);
}
