//! The pages, where settings change them.

use reqwest::Method;

use crate::support::Service;

async fn page(service: &Service) -> String {
    service.request(Method::GET, "/").send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn the_page_of_the_local_stack_leads_to_the_inbox() {
    let service = Service::start().await;
    assert!(page(&service).await.contains("href=\"/inbox\""));
    let inbox = service.request(Method::GET, "/inbox").send().await.unwrap();
    assert_eq!(inbox.status(), 200);
    assert!(!inbox.text().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_name_of_the_service_is_text() {
    let service = Service::with(&[("SERVICE_NAME", "<b>Engines & Sons</b>")]).await;
    let page = page(&service).await;
    assert!(!page.contains("<b>Engines"), "{page}");
    assert!(page.contains("Engines &#38; Sons"), "{page}");
}
