//! An account after its activation: another password, a forgotten one, deletion, and a new registration.

use super::Target;
use crate::support::{OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn an_account_is_changed_reset_deleted_and_registered_again() {
    let service = Target::from_env().await;
    let (email, code) = service.registered().await;
    let first = service.activate(&email, PASSWORD, &code).await.expect(200);

    let changed = service.change_password(&email, PASSWORD, OTHER_PASSWORD).await.expect(200);
    assert_eq!(changed["id"], first["id"]);
    assert!(changed["password_changed_at"].is_string());
    service.me(&email, PASSWORD).await.problem(401, "unauthorized");
    assert_eq!(service.me(&email, OTHER_PASSWORD).await.expect(200), changed);

    let forgotten = service.forgot_password(&email).await.expect(202);
    assert_eq!(forgotten["code"]["length"], 8);
    let reset = service.code_after(&email, &code).await;
    assert_eq!(reset.len(), 8);
    let third = "a third password, by reset";
    assert_eq!(service.reset_password(&email, &reset, third).await.expect(200)["id"], first["id"]);
    service.me(&email, OTHER_PASSWORD).await.problem(401, "unauthorized");
    service.me(&email, third).await.expect(200);
    service.reset_password(&email, &reset, PASSWORD).await.problem(410, "code-expired");

    assert_eq!(service.delete(&email, third).await.status, 204);
    service.me(&email, third).await.problem(401, "unauthorized");
    assert_ne!(service.register(&email, PASSWORD).await.expect(201)["id"], first["id"]);
    let code = service.code_after(&email, &reset).await;
    service.activate(&email, PASSWORD, &code).await.expect(200);
}
