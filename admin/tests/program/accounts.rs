//! What operators do with one account.

use serde_json::json;

use crate::support::{EMAIL, PASSWORD, Service};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_shown_without_its_hash() {
    let service = Service::start().await;
    service.admin(&["show", EMAIL]).await.says("no account and no registration");
    service.registered(EMAIL).await;
    service.admin(&["show", EMAIL]).await.says("pending since");
    service.activated("bob@example.com").await;
    let said = service.admin(&["show", "BOB@example.com", "--json"]).await;
    let shown = said.json();
    assert_eq!(shown["account"]["state"], "active");
    assert_eq!(shown["account"]["activated"], true);
    assert_eq!(
        shown["clients"][1],
        json!({"client": "any other", "no_sign_in_until": null, "no_code_until": null})
    );
    let text = service.admin(&["show", "bob@example.com"]).await;
    for said in [said.stdout, text.stdout] {
        assert!(!said.contains("$2b$") && !said.contains("hash"), "{said}");
        assert!(!said.contains('\u{1b}'), "colours without a terminal: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_enabling_and_deleting_each_print_an_audit_line() {
    let service = Service::start().await;
    service.activated(EMAIL).await;
    for (command, from, status) in
        [("disable", "active", 403), ("enable", "disabled", 200), ("disable", "active", 403)]
    {
        // Neither without a terminal nor with `--dry-run`.
        service.admin(&[command, EMAIL]).await.refused("--yes");
        let tried = service.admin(&[command, EMAIL, "--dry-run"]).await.json();
        assert_eq!(tried["dry_run"], true);
        let audit = service.admin(&[command, EMAIL, "--yes"]).await.json();
        assert_eq!(
            [&audit["action"], &audit["email"], &audit["from"], &audit["dry_run"]],
            [&json!(command), &json!(EMAIL), &json!(from), &json!(false)]
        );
        assert_eq!(service.me(EMAIL, PASSWORD).await, status);
        let wanted = if status == 200 { "active" } else { "disabled" };
        service.admin(&[command, EMAIL, "--yes"]).await.refused(&format!("is {wanted} already"));
    }
    let audit = service.admin(&["delete", EMAIL, "--yes"]).await.json();
    assert_eq!((&audit["action"], &audit["from"]), (&json!("delete"), &json!("disabled")));
    assert_eq!(service.me(EMAIL, PASSWORD).await, 401);
    service.admin(&["delete", EMAIL, "--yes"]).await.refused("no account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_registration_can_be_deleted_but_not_disabled() {
    let service = Service::start().await;
    service.registered(EMAIL).await;
    service.admin(&["disable", EMAIL, "--yes"]).await.refused("is not active");
    service.admin(&["enable", EMAIL, "--yes"]).await.refused("is not active");
    assert_eq!(service.me(EMAIL, PASSWORD).await, 403);
    assert_eq!(service.admin(&["delete", EMAIL, "--yes"]).await.json()["from"], "pending");
    assert_eq!(service.me(EMAIL, PASSWORD).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_the_limits_lets_a_locked_out_client_in() {
    let service = Service::start().await;
    service.activated(EMAIL).await;
    for _ in 0..10 {
        assert_eq!(service.me(EMAIL, "wrong password").await, 401);
    }
    assert_eq!(service.me(EMAIL, PASSWORD).await, 429);
    let shown = service.admin(&["show", EMAIL, "--json"]).await.json();
    assert_eq!(shown["clients"][0]["client"], "127.0.0.1");
    assert!(shown["clients"][0]["no_sign_in_until"].is_string(), "{shown}");
    assert!(shown["clients"][1]["no_sign_in_until"].is_null(), "{shown}");
    service.admin(&["clear-limits", EMAIL, "--dry-run"]).await.json();
    assert_eq!(service.me(EMAIL, PASSWORD).await, 429);
    let audit = service.admin(&["clear-limits", EMAIL, "--yes"]).await.json();
    // Those of the client and of the address, the code and the mail of the registration.
    assert_eq!(audit["what"].as_array().unwrap().len(), 4, "{audit}");
    assert_eq!(service.me(EMAIL, PASSWORD).await, 200);
    service.admin(&["clear-limits", EMAIL, "--yes"]).await.refused("nothing is counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_a_bounce_lets_mail_through_again() {
    let service = Service::start().await;
    service.admin(&["clear-bounce", EMAIL, "--yes"]).await.refused("mail reaches it");
    service.suppress(EMAIL).await;
    service.registered(EMAIL).await;
    service.mark_undeliverable(EMAIL).await;
    assert!(service.stack.inbox().mails().is_empty());
    let shown = service.admin(&["show", EMAIL, "--json"]).await.json();
    assert_eq!(shown["suppressed"]["reason"], "BOUNCE");
    assert_eq!(shown["undeliverable"]["marked_at"], "1970-01-01T00:00:00.001Z");
    service.admin(&["show", EMAIL]).await.says("suppressed by SES: BOUNCE");
    let tried = service.admin(&["clear-bounce", EMAIL, "--dry-run"]).await.json();
    assert_eq!(tried["what"], json!(["mark", "suppression: BOUNCE"]));
    let audit = service.admin(&["clear-bounce", EMAIL, "--yes"]).await.json();
    assert_eq!(audit["what"], json!(["mark", "suppression: BOUNCE"]));
    service.admin(&["clear-bounce", EMAIL, "--yes"]).await.refused("mail reaches it");
    service.activated("bob@example.com").await;
    assert_eq!(service.stack.inbox().mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_suppression_list_an_account_is_shown_and_its_mark_is_removed() {
    let service = Service::start().await;
    service.registered(EMAIL).await;
    let said = service.admin_without_ses(&["show", EMAIL]).await;
    said.says("pending since");
    said.says("SES's suppression list could not be read: SES: ");
    assert_eq!(service.admin_without_ses(&["clear-bounce", EMAIL, "--yes"]).await.code, 3);
    service.mark_undeliverable(EMAIL).await;
    let said = service.admin_without_ses(&["clear-bounce", EMAIL, "--yes"]).await;
    assert_eq!((&said.json()["what"], said.code), (&json!(["mark"]), 0));
    assert!(said.stderr.contains("could not be read, only the mark is removed: SES: "), "{said:?}");
    service.admin(&["clear-bounce", EMAIL, "--yes"]).await.refused("mail reaches it");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_failure_has_its_exit_code() {
    let service = Service::start().await;
    assert_eq!(service.admin(&["disable"]).await.code, 2);
    assert_eq!(service.admin(&["show", "not an address"]).await.code, 2);
    assert_eq!(service.admin(&["--dynamodb-port", "9", "show", EMAIL]).await.code, 2, "given twice");
    let mut nowhere = tokio::process::Command::new(env!("CARGO_BIN_EXE_admin"));
    nowhere.args(["--local", "--dynamodb-port", "9", "delete", EMAIL, "--yes"]);
    assert_eq!(nowhere.output().await.unwrap().status.code(), Some(3));
    let mut unnamed = tokio::process::Command::new(env!("CARGO_BIN_EXE_admin"));
    unnamed.args(["show", EMAIL]).env_remove("USERS_TABLE");
    let unnamed = unnamed.output().await.unwrap();
    assert_eq!(unnamed.status.code(), Some(1));
    assert!(String::from_utf8(unnamed.stderr).unwrap().contains("--stack"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(service.admin(&["completion", shell]).await.stdout.contains("clear-bounce"));
    }
}
