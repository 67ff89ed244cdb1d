//! Attacks with wrong passwords: to keep the owner from signing in, and to guess more than the limits say.

use futures_util::future::join_all;
use reqwest::Method;

use super::{SIZES, at_midnight, attack_until, attackers, owner};
use crate::support::{
    Answer, Client, DAY, EMAIL, PASSWORD, SECOND, Service, WRONG_PASSWORD, basic, count, send,
};

/// A service on whose next day this many clients continuously enter wrong passwords for an active account.
async fn guessed_at(size: u8) -> (Service, Vec<Client>) {
    let service = at_midnight().await;
    service.activated().await;
    service.clock.advance(DAY);
    let clients = attackers(&service, size);
    (service, clients)
}

async fn wrong_password(client: Client) -> Answer {
    client.me(EMAIL, WRONG_PASSWORD).await
}

#[tokio::test]
async fn wrong_passwords_of_others_do_not_lock_out_an_owner_who_mistypes_four_times() {
    for size in SIZES {
        let (service, clients) = guessed_at(size).await;
        let day = service.clock.now();
        for hour in [6, 12, 18, 23] {
            attack_until(&service, day + SECOND * 3600 * hour, &clients, wrong_password).await;
            owner(&service).me(EMAIL, PASSWORD).await.expect(200);
            owner(&service).me(EMAIL, WRONG_PASSWORD).await.problem(401, "unauthorized");
            owner(&service).me(EMAIL, PASSWORD).await.expect(200);
        }
    }
}

#[tokio::test]
async fn a_web_page_cannot_enter_wrong_passwords_for_its_visitors() {
    let (service, clients) = guessed_at(1).await;
    attack_until(&service, service.clock.now() + SECOND * 3600 * 6, &clients, wrong_password).await;
    for mode in ["navigate", "no-cors"] {
        for _ in 0..20 {
            let request = owner(&service).request(Method::GET, "/api/me").header("sec-fetch-mode", mode);
            let answer = send(request.header("authorization", basic(EMAIL, WRONG_PASSWORD))).await;
            answer.problem(403, "cross-site-request");
        }
    }
    owner(&service).me(EMAIL, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_burst_beyond_the_daily_limit_each_client_has_five_passwords_checked() {
    for size in SIZES {
        let (service, clients) = guessed_at(1).await;
        attack_until(&service, service.clock.now() + SECOND * 3600 * 6, &clients, wrong_password).await;
        for client in (0..size).map(|n| service.at(10 + n)) {
            let answers = join_all((0..40).map(|_| client.me(EMAIL, WRONG_PASSWORD))).await;
            // A place whose answer was lost on a slow machine is still taken.
            let [wrong, refused, busy] = [401, 429, 503].map(|status| count(&answers, status));
            assert!((1..=5).contains(&wrong) && wrong + refused + busy == 40, "{wrong} {refused} {busy}");
            // The right one is not checked any more.
            client.me(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");
        }
        owner(&service).me(EMAIL, PASSWORD).await.expect(200);
    }
}
