//! Attacks with codes: to keep the owner from registering or activating, and to fill a mailbox.

use std::{cell::Cell, time::Duration};

use futures_util::future::join_all;

use super::{ATTACKERS_PASSWORD, SIZES, at_midnight, attack_until, attackers, owner, owner_gets_in};
use crate::support::{
    Client, EMAIL, MINUTE, PASSWORD, PAUSE, SECOND, Service, WRONG_PASSWORD,
    faults::{MAIL_REFUSED, SEND_EMAIL},
};

/// When the owner comes: at the beginning of the attack, during it, and when it has used up what it can.
const ARRIVALS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(95), Duration::from_hours(13)];

/// How long attackers who are always first when a code dies can keep the owner waiting in a day: ten short codes, and
/// two long ones for each of their clients.
fn longest_wait(size: u8) -> Duration {
    MINUTE * (10 + 2 * u32::from(size) + 1)
}

#[tokio::test]
async fn registering_an_address_all_day_does_not_keep_its_owner_from_registering() {
    for size in SIZES {
        for arrival in ARRIVALS {
            let service = at_midnight().await;
            let clients = attackers(&service, size);
            let request = async |client: Client| client.register(EMAIL, ATTACKERS_PASSWORD).await;
            attack_until(&service, service.clock.now() + arrival, &clients, request).await;
            let (registrations, time) = owner_gets_in(&service, &clients, request).await;
            assert_eq!(registrations, 1);
            assert!(time <= longest_wait(size), "{size} clients, after {arrival:?}: {time:?}");
        }
    }
}

#[tokio::test]
async fn asking_for_codes_all_day_does_not_keep_the_owner_from_registering() {
    for size in SIZES {
        for arrival in ARRIVALS {
            let service = at_midnight().await;
            let clients = attackers(&service, size);
            clients[0].register(EMAIL, ATTACKERS_PASSWORD).await.expect(201);
            let request = async |client: Client| {
                let answer = client.send_code(EMAIL, ATTACKERS_PASSWORD).await;
                if answer.status == 401 { client.register(EMAIL, ATTACKERS_PASSWORD).await } else { answer }
            };
            // Enough wrong passwords end it.
            attack_until(&service, service.clock.now() + arrival, &clients, request).await;
            let (registrations, time) = owner_gets_in(&service, &clients, request).await;
            assert_eq!(registrations, 1);
            assert!(time <= longest_wait(size), "{size} clients, after {arrival:?}: {time:?}");
        }
    }
}

#[tokio::test]
async fn repeated_registrations_do_not_shorten_the_life_of_the_owners_code() {
    for size in SIZES {
        let service = at_midnight().await;
        let clients = attackers(&service, size);
        owner(&service).register(EMAIL, PASSWORD).await.expect(201);
        let code = service.code(EMAIL).await;
        for _ in 0..59 {
            service.clock.advance(SECOND);
            for client in &clients {
                client.register(EMAIL, ATTACKERS_PASSWORD).await.problem(429, "too-many-codes");
            }
        }
        owner(&service).activate(EMAIL, PASSWORD, &code).await.expect(200);
    }
}

#[tokio::test]
async fn tagged_addresses_neither_flood_a_mailbox_nor_lock_its_owner_out() {
    for size in SIZES {
        let service = at_midnight().await;
        let clients = attackers(&service, size);
        let tag = Cell::new(0);
        let request = async |client: Client| {
            tag.set(tag.get() + 1);
            client.register(&format!("ada+{}@example.com", tag.get()), ATTACKERS_PASSWORD).await
        };
        attack_until(&service, service.clock.now() + Duration::from_hours(2), &clients, request).await;
        assert_eq!(service.mails().await.len(), 30 + usize::from(size));
        owner_gets_in(&service, &clients, request).await;
        attack_until(&service, service.clock.now() + Duration::from_hours(12), &clients, request).await;
        assert_eq!(service.mails().await.len(), 31 + usize::from(size));
    }
}

#[tokio::test]
async fn nineteen_clients_at_their_limits_leave_the_owner_a_code() {
    for tagged in [false, true] {
        let service = at_midnight().await;
        let clients = attackers(&service, 19);
        let tag = Cell::new(0);
        let request = async |client: Client| {
            tag.set(tag.get() + 1);
            let tag = if tagged { format!("+{}", tag.get()) } else { String::new() };
            client.register(&format!("ada{tag}@example.com"), ATTACKERS_PASSWORD).await
        };
        attack_until(&service, service.clock.now() + Duration::from_hours(2), &clients, request).await;
        assert!(service.mails().await.len() <= 49);
        owner_gets_in(&service, &clients, request).await;
        assert!(service.mails().await.len() <= 50);
    }
}

#[tokio::test]
async fn one_client_causes_at_most_60_mails_an_hour() {
    for size in SIZES {
        let service = at_midnight().await;
        let clients = attackers(&service, size);
        let (other, mails) = (Cell::new(0), Cell::new(0));
        let request = async |client: Client| {
            other.set(other.get() + 1);
            let answer = client.register(&format!("{}@example.com", other.get()), ATTACKERS_PASSWORD).await;
            mails.set(mails.get() + usize::from(answer.status == 201));
            answer
        };
        attack_until(&service, service.clock.now() + Duration::from_mins(59), &clients, request).await;
        assert_eq!(mails.get(), 60 * usize::from(size));
        let answer = clients[0].send_code("1@example.com", ATTACKERS_PASSWORD).await;
        answer.problem(429, "too-many-requests");
    }
}

#[tokio::test]
async fn the_pause_between_codes_holds_when_the_provider_refuses_the_mail() {
    for size in SIZES {
        let (service, _, ses) = Service::behind_proxies(&[]).await;
        ses.fail(SEND_EMAIL, usize::MAX, MAIL_REFUSED);
        let clients = attackers(&service, size);
        for _ in 0..5 {
            for client in &clients {
                client.register(EMAIL, ATTACKERS_PASSWORD).await;
                client.send_code(EMAIL, ATTACKERS_PASSWORD).await;
            }
            service.clock.advance(SECOND);
        }
        assert_eq!(ses.take_calls().len(), 1);
        service.clock.advance(PAUSE);
        for _ in 0..5 {
            let asked = clients.iter().map(|client| client.send_code(EMAIL, ATTACKERS_PASSWORD));
            join_all(asked).await;
            service.clock.advance(SECOND);
        }
        assert_eq!(ses.take_calls().len(), 1);
    }
}

/// The registration of an owner whose mail is late is replaced meanwhile, and the password is suddenly wrong.
#[tokio::test]
async fn a_replaced_owner_uses_up_nothing_that_the_next_registration_needs() {
    for size in SIZES {
        let service = at_midnight().await;
        let clients = attackers(&service, size);
        let wrong = async |client: Client| client.me(EMAIL, WRONG_PASSWORD).await;
        attack_until(&service, service.clock.now() + Duration::from_hours(3), &clients, wrong).await;
        let owner = owner(&service);
        owner.register(EMAIL, PASSWORD).await.expect(201);
        service.clock.advance(MINUTE);
        clients[0].register(EMAIL, ATTACKERS_PASSWORD).await.expect(201);
        for _ in 0..5 {
            owner.send_code(EMAIL, PASSWORD).await.problem(401, "unauthorized");
        }
        owner.send_code(EMAIL, PASSWORD).await.problem(429, "too-many-attempts");
        service.clock.advance(MINUTE);
        owner.register(EMAIL, PASSWORD).await.expect(201);
        owner.activate(EMAIL, PASSWORD, &service.code(EMAIL).await).await.expect(200);
    }
}
