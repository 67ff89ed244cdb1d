//! From a new address to an active account.

use crate::support::{
    DAY, EMAIL, MILLISECOND, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service, WRONG_PASSWORD,
};

#[tokio::test]
async fn an_account_has_the_times_of_its_registration_and_its_activation() {
    let service = Service::start().await;
    let registered = service.register(EMAIL, PASSWORD).await.expect(201);
    assert_eq!(registered["created_at"], service.clock.now().to_string());
    let code = service.code(EMAIL).await;
    service.clock.advance(PAUSE);
    let activated = service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    assert_eq!(activated["created_at"], registered["created_at"]);
    assert_eq!(activated["activated_at"], service.clock.now().to_string());
}

#[tokio::test]
async fn an_expired_code_can_be_replaced() {
    let service = Service::start().await;
    let first = service.registered().await;
    service.clock.advance(MINUTE);
    service.activate(EMAIL, PASSWORD, &first).await.problem(410, "code-expired");

    let accepted = service.send_code(EMAIL, PASSWORD).await.expect(202);
    assert_eq!(accepted["code"]["sent"], true);
    assert_eq!(accepted["code"]["expires_at"], (service.clock.now() + MINUTE).to_string());
    let second = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &second).await.expect(200);
}

#[tokio::test]
async fn a_pending_registration_expires_after_24_hours_to_the_millisecond() {
    let service = Service::start().await;
    let code = service.registered().await;
    service.clock.advance(DAY - MILLISECOND);
    service.me(EMAIL, PASSWORD).await.problem(403, "not-activated");
    service.clock.advance(MILLISECOND);
    service.me(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    service.send_code(EMAIL, PASSWORD).await.problem(401, "unauthorized");
    service.activate(EMAIL, PASSWORD, &code).await.problem(401, "unauthorized");
    service.register(EMAIL, OTHER_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn registering_again_replaces_the_registration() {
    let service = Service::start().await;
    let squatter = service.register(EMAIL, "the squatter's password").await.expect(201);
    let squatters_code = service.code(EMAIL).await;
    service.clock.advance(MINUTE);
    let owner = service.register(EMAIL, PASSWORD).await.expect(201);
    assert_ne!(squatter["id"], owner["id"]);

    service.me(EMAIL, "the squatter's password").await.problem(401, "unauthorized");
    let code = service.code(EMAIL).await;
    if code != squatters_code {
        service.activate(EMAIL, PASSWORD, &squatters_code).await.problem(422, "code-incorrect");
    }
    service.activate(EMAIL, "the squatter's password", &code).await.problem(401, "unauthorized");
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn the_whole_journey_at_the_default_cost() {
    let service = Service::with(&[("BCRYPT_COST", "12")]).await;
    service.activated().await;
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
}
