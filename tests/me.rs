//! `GET /api/me`.

use reqwest::{Method, header::AUTHORIZATION};

use crate::support::{DAY, EMAIL, PASSWORD, Service, basic, send};

#[tokio::test]
async fn an_active_account_does_not_expire() {
    let service = Service::start().await;
    service.activated().await;
    service.clock.advance(DAY * 1000);
    service.me(EMAIL, PASSWORD).await.expect(200);
    service.register(EMAIL, PASSWORD).await.problem(409, "already-registered");
}

#[tokio::test]
async fn repeated_credentials_are_refused() {
    let service = Service::start().await;
    service.activated().await;
    let value = basic(EMAIL, PASSWORD);
    let request = service.request(Method::GET, "/api/me");
    let twice = request.header(AUTHORIZATION, &value).header(AUTHORIZATION, &value);
    send(twice).await.problem(401, "unauthorized");
    service.me(EMAIL, PASSWORD).await.expect(200);
}
