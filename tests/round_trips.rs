//! The DynamoDB and SES calls of each request, counted on the wire.

use crate::{
    authorize::authorized,
    support::{EMAIL, OTHER_PASSWORD, PASSWORD, PAUSE, Service, another},
};

#[tokio::test]
async fn each_route_makes_as_few_calls_as_it_can() {
    let (service, dynamodb, ses) = Service::behind_proxies(&[]).await;
    dynamodb.take_calls();

    service.register(EMAIL, PASSWORD).await.expect(201);
    assert_eq!(dynamodb.take_calls(), ["UpdateItem", "BatchGetItem", "TransactWriteItems"]);
    assert_eq!(ses.take_calls().len(), 1);

    service.clock.advance(PAUSE);
    service.send_code(EMAIL, PASSWORD).await.expect(202);
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem", "TransactWriteItems"]);
    assert_eq!(ses.take_calls().len(), 1);

    let code = service.code(EMAIL).await;
    service.activate(EMAIL, PASSWORD, &another(&code)).await.problem(422, "code-incorrect");
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem"]);
    service.activate(EMAIL, PASSWORD, &code).await.expect(200);
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem", "TransactWriteItems"]);

    service.me(EMAIL, PASSWORD).await.expect(200);
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem"]);
    authorized(&service, EMAIL, PASSWORD).await;
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem"]);
    assert!(ses.take_calls().is_empty());

    service.change_password(EMAIL, PASSWORD, OTHER_PASSWORD).await.expect(200);
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "TransactWriteItems"]);
    assert_eq!(ses.take_calls().len(), 1);

    for email in [EMAIL, "nobody@example.com"] {
        service.forgot_password(email).await.expect(202);
        assert_eq!(dynamodb.take_calls(), ["UpdateItem", "BatchGetItem", "TransactWriteItems"], "{email}");
    }
    assert_eq!(ses.take_calls().len(), 1);

    let code = service.code(EMAIL).await;
    service.reset_password(EMAIL, &another(&code), PASSWORD).await.problem(422, "code-incorrect");
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem"]);
    service.reset_password(EMAIL, &code, PASSWORD).await.expect(200);
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "UpdateItem", "TransactWriteItems"]);
    assert_eq!(ses.take_calls().len(), 1);

    service.delete(EMAIL, PASSWORD).await.expect(204);
    assert_eq!(dynamodb.take_calls(), ["BatchGetItem", "TransactWriteItems"]);
    assert_eq!(ses.take_calls().len(), 1);
}
