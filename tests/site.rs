//! The pages, as far as settings and languages change them.

use reqwest::{Method, Response};

use crate::support::Service;

async fn get(service: &Service, path: &str) -> Response {
    service.request(Method::GET, path).send().await.unwrap()
}

async fn page(service: &Service) -> String {
    get(service, "/").await.text().await.unwrap()
}

/// The path of an asset that the page names: the value of an attribute with this beginning.
fn asset(page: &str, start: &str) -> String {
    let (_, rest) = page.split_once(&format!("\"{start}")).unwrap();
    format!("{start}{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn the_local_page_links_to_the_inbox_and_shows_the_api_calls() {
    let service = Service::start().await;
    let page = page(&service).await;
    assert!(page.contains("href=\"/inbox\"") && page.contains("API calls"), "{page}");
    let inbox = get(&service, "/inbox").await;
    assert_eq!(inbox.status(), 200);
    assert!(!inbox.text().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_consumers_page_does_not_mention_the_api() {
    let service = Service::with(&[("SHOW_API_CALLS", "off")]).await;
    let page = page(&service).await;
    for word in ["API", "curl", "/docs", "/problems", "/inbox"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    let script = get(&service, &asset(&page, "/assets/page.")).await.text().await.unwrap();
    assert!(!script.contains("curl"));
}

#[tokio::test]
async fn the_name_of_the_service_is_escaped() {
    let service = Service::with(&[("SERVICE_NAME", "<b>Engines & Sons</b></script>")]).await;
    let page = page(&service).await;
    assert!(!page.contains("<b>Engines") && !page.contains("Sons</b>"), "{page}");
    assert!(page.contains("Engines &#38; Sons"), "{page}");
}

#[tokio::test]
async fn the_page_is_in_the_requested_language() {
    let service = Service::start().await;
    for (path, accepts, language, title) in [
        ("/", "de-AT, en;q=0.5", "de", "Konto erstellen"),
        ("/", "pl", "en", "Create your account"),
        ("/?lang=fr", "de", "fr", "Créez votre compte"),
        ("/?lang=pl", "es", "es", "Cree su cuenta"),
        ("/nothing", "de", "de", "Seite nicht gefunden"),
        ("/nothing?lang=es", "de", "es", "Página no encontrada"),
    ] {
        let answer =
            service.request(Method::GET, path).header("accept-language", accepts).send().await.unwrap();
        assert_eq!(answer.headers()["vary"], "accept-encoding, accept-language", "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("<html lang=\"{language}\">")), "{path}: {page}");
        assert!(page.contains(&format!("<title>{title} – ")), "{path}: {page}");
    }
}

#[tokio::test]
async fn settings_brand_the_page_and_it_loads_nothing_from_other_hosts() {
    let service = Service::with(&[
        ("ACCENT_COLOR", "#0a2540 #7aa7d9"),
        ("LOGO_URL", "data:image/svg+xml;base64,PHN2Zy8+"),
        ("CONTINUE_URL", "https://app.example.com/?from=sign-up&x=%22"),
        ("TERMS_URL", "/terms"),
    ])
    .await;
    let answer = get(&service, "/").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("img-src 'self';") && !policy.contains("http"), "{policy}");
    let page = answer.text().await.unwrap();
    for part in [
        "href=\"https://app.example.com/?from=sign-up&#38;x=%22\"",
        "href=\"/terms\" target=\"_blank\">Terms of service</a></p>",
        "alt=\"User Registration\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Privacy policy</a>"), "{page}");

    let style = get(&service, &asset(&page, "/assets/style.")).await.text().await.unwrap();
    assert!(style.contains("--accent: #0a2540; --on-accent: #ffffff;"), "{style}");
    assert!(style.contains("--accent: #7aa7d9; --on-accent: #000000;"), "{style}");
    let logo = get(&service, &asset(&page, "/assets/logo.")).await;
    assert_eq!(logo.headers()["content-type"], "image/svg+xml");
    assert_eq!(logo.text().await.unwrap(), "<svg/>");
}

#[tokio::test]
async fn an_unknown_path_is_answered_with_a_page_and_below_api_with_json() {
    let service = Service::start().await;
    for path in ["/nothing", "/a/b/c", "/api", "/problems/none", "/assets/none.js"] {
        let answer = get(&service, path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(!answer.headers().contains_key("etag"), "{path}");
        assert!(answer.text().await.unwrap().contains("Page not found"), "{path}");
    }
    let answer = get(&service, "/api/nothing").await;
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap().as_str()),
        (404, r#"{"message":"Not Found"}"#)
    );
}
