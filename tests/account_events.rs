//! The events of accounts for other systems: the stream of the users table, as the suite writes it, passed through the
//! function in the pipe.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::store::Import;

use crate::{
    operators,
    support::{
        EMAIL, MILLISECOND, MINUTE, OTHER_PASSWORD, PASSWORD, PAUSE, Service,
        template::{expect_same, names, read},
    },
};

/// The events of all changes so far, in their order.
async fn events(service: &Service) -> Vec<Value> {
    let changes = service.changes().await;
    let answer = service.stack.invoke_function("AccountEventsFunction", &changes.into()).await;
    answer.unwrap().as_array().unwrap().clone()
}

/// The types of the events that these steps emit.
async fn emitted_by<T>(service: &Service, steps: impl Future<Output = T>) -> Vec<String> {
    let before = events(service).await.len();
    steps.await;
    let after = events(service).await.split_off(before);
    after.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_change_of_an_account_emits_its_event_and_nothing_else_does() {
    let service = Service::start().await;
    service.start_stream().await;
    let store = service.store();

    let registered = emitted_by(&service, service.register(EMAIL, PASSWORD)).await;
    assert_eq!(registered, ["user.registered"]);
    service.clock.advance(PAUSE);
    assert_eq!(emitted_by(&service, service.send_code(EMAIL, PASSWORD)).await, [""; 0]);
    service.clock.advance(MINUTE);
    let again = emitted_by(&service, service.register(EMAIL, PASSWORD)).await;
    assert_eq!(again, ["user.expired", "user.registered"]);
    let code = service.code(EMAIL).await;
    let activated = emitted_by(&service, service.activate(EMAIL, PASSWORD, &code)).await;
    assert_eq!(activated, ["user.activated"]);

    service.set_hash(EMAIL, PASSWORD, 5).await;
    assert_eq!(emitted_by(&service, service.me(EMAIL, PASSWORD)).await, [""; 0], "the hash is renewed");
    let changed = emitted_by(&service, service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD)).await;
    assert_eq!(changed, ["user.password-changed"]);
    service.clock.advance(PAUSE);
    assert_eq!(emitted_by(&service, service.forgot_password(EMAIL)).await, [""; 0]);
    let code = service.code(EMAIL).await;
    let reset = emitted_by(&service, service.reset_password(EMAIL, &code, PASSWORD)).await;
    assert_eq!(reset, ["user.password-changed"]);

    assert_eq!(emitted_by(&service, service.disable()).await, ["user.disabled"]);
    assert_eq!(emitted_by(&service, service.enable()).await, ["user.enabled"]);
    assert_eq!(emitted_by(&service, service.delete(EMAIL, PASSWORD)).await, ["user.deleted"]);

    let imported = emitted_by(&service, async {
        let user = operators::user(&service);
        assert!(matches!(store.import(&user, service.clock.now()).await.unwrap(), Import::Stored));
    });
    assert_eq!(imported.await, ["user.imported"]);
    let replaced = emitted_by(&service, async {
        service.clock.advance(MILLISECOND);
        let (user, found) = (operators::user(&service), service.found().await);
        assert!(matches!(store.import_over(&found, &user).await.unwrap(), Import::Stored));
    });
    assert_eq!(replaced.await, ["user.deleted", "user.imported"]);

    let all = events(&service).await;
    let page = read("docs/events.md");
    let rows = page.lines().filter(|line| line.starts_with("| `user."));
    let documented = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
    let types = names(all.iter().map(|event| event["type"].as_str().unwrap()));
    expect_same("docs/events.md", &names(documented), &types, "no change is");

    let text = Value::from(all).to_string();
    for secret in ["$2", "hash", "short_codes", PASSWORD, OTHER_PASSWORD] {
        assert!(!text.contains(secret), "{secret} left: {text}");
    }
}

#[tokio::test]
async fn the_deletion_of_a_registration_is_one_event() {
    let service = Service::start().await;
    service.start_stream().await;
    service.registered().await;
    // Its short codes count on, so its item stays for a while.
    assert_eq!(emitted_by(&service, service.delete(EMAIL, PASSWORD)).await, ["user.deleted"]);
    assert_eq!(service.user_item(EMAIL).await["activated"], json!({"BOOL": false}));
    assert_eq!(emitted_by(&service, service.delete_item("UsersTable", EMAIL)).await, [""; 0]);
}

#[tokio::test]
async fn an_event_has_the_members_that_the_documents_list() {
    let service = Service::start().await;
    service.start_stream().await;
    service.activated().await;
    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    service.disable().await;
    let mut all = events(&service).await;
    let event = all.pop().unwrap();

    let page = read("docs/events.md");
    let example = page.split_once("```json\n").unwrap().1.split("\n```").next().unwrap();
    let mut example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(example["detail-type"], example["detail"]["type"]);
    let members = |value: &Value| names(value.as_object().unwrap().keys().map(String::as_str));
    let detail = example["detail"].take();
    expect_same("docs/events.md: detail", &members(&detail), &members(&event), "no event has");
    let place = "docs/events.md: user";
    expect_same(place, &members(&detail["user"]), &members(&event["user"]), "no event has");
    let account = service.user_item(EMAIL).await;
    assert_eq!(event["user"]["id"], account["id"]["S"]);
    assert_eq!(event["service"], "User Registration");
    let sequences: BTreeSet<_> = all.iter().map(|event| event["sequence"].as_str().unwrap()).collect();
    assert_eq!(sequences.len(), all.len());
}
