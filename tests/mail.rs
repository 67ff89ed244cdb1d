//! Mail: its language, the webhook, and providers that refuse, hang, answer late or drop the connection.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};

use crate::support::{
    EMAIL, Fault, PASSWORD, PAUSE, Proxy, SECOND, Service, basic, faults::SEND_EMAIL, send, serve,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The longest that a request may take, less than the functions' time-out.
const TIME_LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_mail_is_in_the_language_that_the_client_prefers() {
    let service = Service::start().await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let request = service.post("/api/register").header("accept-language", "qaa, de-AT;q=0.9, en;q=0.5");
    send(request.json(&body)).await.expect(201);
    service.clock.advance(PAUSE);
    let request = service.post("/api/send-code").header("accept-language", "fr");
    send(request.header("authorization", basic(EMAIL, PASSWORD))).await.expect(202);

    let mails = service.mails().await;
    assert_eq!(mails.len(), 2);
    for (mail, words) in mails.iter().zip(["Il est valable pendant 1 minute.", "Er gilt 1 Minute."]) {
        for part in ["text", "html"] {
            assert!(mail[part].as_str().unwrap().contains(words), "{mail}");
        }
    }
}

#[tokio::test]
async fn an_address_cannot_inject_mail_headers() {
    let service = Service::start().await;
    let ends =
        ["\r\nBcc: eve@example.com", "\nBcc:eve@example.com", "\r\n\r\ntext", ", eve@example.com", "\0x"];
    for end in ends {
        for email in [format!("{EMAIL}{end}"), format!("ada{end}@example.com")] {
            service.register(&email, PASSWORD).await.problem(422, "invalid-input");
        }
    }
    assert!(service.mails().await.is_empty());
}

#[tokio::test]
async fn a_code_that_may_have_been_mailed_counts_and_can_be_used() {
    // SES accepts the mail and the answer is lost, at each of the SDK's attempts.
    let (service, _, ses) = Service::behind_proxies(&[]).await;
    ses.fail(SEND_EMAIL, 3, Fault::LoseAnswer);
    assert_eq!(service.register(EMAIL, PASSWORD).await.expect(201)["code"], json!({"sent": false}));
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");

    service.clock.advance(PAUSE);
    ses.fail(SEND_EMAIL, 3, Fault::LoseAnswer);
    let problem = service.send_code(EMAIL, PASSWORD).await.problem(503, "mail-unavailable");
    assert_eq!(problem["retry_after"], 30);
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
}

#[tokio::test]
async fn a_hanging_or_slow_ses_does_not_hold_up_the_answer() {
    tokio::join!(
        both_routes_give_up_on_ses(Fault::Hang),
        both_routes_give_up_on_ses(Fault::Late(6 * SECOND))
    );
}

/// Registers one address and asks for a code for another one while SES has this fault.
async fn both_routes_give_up_on_ses(fault: Fault) {
    let (service, _, ses) = Service::behind_proxies(&[]).await;
    service.registered().await;
    service.clock.advance(PAUSE);
    ses.fail(SEND_EMAIL, 10, fault);
    let started = Instant::now();
    let registering = service.register("bob@example.com", PASSWORD);
    let (registered, sent) = tokio::join!(registering, service.send_code(EMAIL, PASSWORD));
    assert!(started.elapsed() < TIME_LIMIT, "{:?}", started.elapsed());
    assert_eq!(registered.expect(201)["code"], json!({"sent": false}));
    assert_eq!(sent.problem(503, "mail-unavailable")["retry_after"], 30);
    for email in ["bob@example.com", EMAIL] {
        service.send_code(email, PASSWORD).await.problem(429, "too-many-codes");
    }
}

#[tokio::test]
async fn a_webhook_gets_the_code_and_its_expiry() {
    let (service, receiver, _) = behind_a_webhook().await;
    let account = service.register(EMAIL, PASSWORD).await.expect(201);
    let event = receiver.events().remove(0);
    assert_eq!(event["type"], "activation_code.created");
    assert_eq!(event["timestamp"], account["created_at"]);
    assert_eq!(event["data"]["to"], EMAIL);
    assert_eq!(event["data"]["expires_at"], account["code"]["expires_at"]);
    service.activate(EMAIL, PASSWORD, event["data"]["code"].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn a_code_that_the_webhook_refuses_cannot_be_used() {
    let (service, receiver, proxy) = behind_a_webhook().await;
    proxy.fail("/mail", 2, Fault::Answer(403, ""));
    assert_eq!(service.register(EMAIL, PASSWORD).await.expect(201)["code"], json!({"sent": false}));
    service.activate(EMAIL, PASSWORD, "0000").await.problem(410, "code-expired");
    service.clock.advance(PAUSE);
    let problem = service.send_code(EMAIL, PASSWORD).await.problem(503, "mail-unavailable");
    assert_eq!(problem["retry_after"], 30);
    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    assert_eq!(receiver.events().len(), 1);
}

#[tokio::test]
async fn a_code_that_the_webhook_failed_to_confirm_counts() {
    let (service, receiver, proxy) = behind_a_webhook().await;
    proxy.fail("/mail", 3, Fault::Answer(503, ""));
    assert_eq!(service.register(EMAIL, PASSWORD).await.expect(201)["code"], json!({"sent": false}));
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");

    service.clock.advance(PAUSE);
    proxy.fail("/mail", 2, Fault::Answer(503, ""));
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    assert_eq!(proxy.take_calls().len(), 6);
    assert_eq!(receiver.events().len(), 1);
}

#[tokio::test]
async fn a_hanging_webhook_does_not_hold_up_the_answer() {
    let (service, _, proxy) = behind_a_webhook().await;
    proxy.fail("/mail", 10, Fault::Hang);
    let started = Instant::now();
    let registered = service.register(EMAIL, PASSWORD).await;
    assert!(started.elapsed() < TIME_LIMIT, "{:?}", started.elapsed());
    assert_eq!(registered.expect(201)["code"], json!({"sent": false}));
    assert_eq!(proxy.take_calls().len(), 2);
    service.clock.advance(SECOND);
    service.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-codes");
}

/// A service whose mail goes through a proxy to a webhook receiver.
async fn behind_a_webhook() -> (Service, Receiver, Proxy) {
    let receiver = Receiver::default();
    let router = Router::new().route("/mail", post(receive)).with_state(receiver.clone());
    let proxy = Proxy::start(serve(router).await).await;
    let url = format!("{}/mail", proxy.url());
    let settings = [("MAILER", "webhook"), ("WEBHOOK_URL", &url), ("WEBHOOK_SECRET", SECRET)];
    (Service::with(&settings).await, receiver, proxy)
}

/// What a webhook receiver got. Clones are the same receiver.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<Value>>>);

impl Receiver {
    fn events(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }
}

async fn receive(State(receiver): State<Receiver>, Json(event): Json<Value>) -> StatusCode {
    receiver.0.lock().unwrap().push(event);
    StatusCode::NO_CONTENT
}
