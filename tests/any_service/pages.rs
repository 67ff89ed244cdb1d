//! The pages, as a browser gets them.

use std::collections::BTreeSet;

use reqwest::{Method, Response};

use super::Target;

async fn get(service: &Target, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = service.request(Method::GET, path);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

/// The paths that a page refers to, in `href` and `src`.
fn references(html: &str) -> BTreeSet<String> {
    let attributes = html.split([' ', '>', '\n']);
    let quoted = attributes.filter_map(|attribute| {
        let value = attribute.strip_prefix("href=\"").or_else(|| attribute.strip_prefix("src=\""))?;
        value.strip_suffix('"')
    });
    quoted.filter(|value| value.starts_with('/')).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_page_and_everything_that_it_links_to_exists() {
    let service = Target::from_env().await;
    // If the page links only to itself, these are found by their addresses.
    let mut to_read =
        BTreeSet::from(["/", "/docs", "/problems", "/favicon.ico", "/robots.txt"].map(str::to_owned));
    let mut read = BTreeSet::new();
    while let Some(path) = to_read.pop_first() {
        let response = get(&service, &path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        let is_html = response.headers()["content-type"].to_str().unwrap().starts_with("text/html");
        let is_kept = response.headers()["cache-control"] == "public, max-age=31536000, immutable";
        assert_eq!(is_kept, path.starts_with("/assets/"), "{path}");
        let text = response.text().await.unwrap();
        assert!(!text.is_empty(), "{path}");
        read.insert(path);
        if is_html {
            to_read.extend(references(&text).difference(&read).cloned());
        }
    }
    for problem in shared::problem::Problem::examples() {
        assert!(read.contains(&format!("/problems/{}", problem.kind().slug)), "{}", problem.kind().slug);
    }
    assert!(read.contains("/apple-touch-icon.png"));
    for asset in ["/assets/page.", "/assets/style.", "/assets/icon."] {
        assert!(read.iter().any(|path| path.starts_with(asset)), "{asset}");
    }
}

#[tokio::test]
async fn the_openapi_document_is_served_unchanged() {
    let service = Target::from_env().await;
    let served = get(&service, "/openapi.json", &[]).await.json::<serde_json::Value>().await.unwrap();
    assert_eq!(served, serde_json::to_value(site::openapi()).unwrap());
}

#[tokio::test]
async fn pages_run_nothing_inline_and_load_nothing_from_other_hosts() {
    let service = Target::from_env().await;
    for path in [
        "/",
        "/docs",
        "/problems",
        "/problems/internal",
        "/assets/style.css",
        "/assets/none",
        "/problems/none",
    ] {
        let response = get(&service, path, &[]).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("strict-transport-security"), "max-age=63072000", "{path}");
        assert_eq!(response.status() == 404, path.ends_with("/none"), "{path}");
    }
}

#[tokio::test]
async fn a_file_that_a_browser_has_is_not_sent_again() {
    let service = Target::from_env().await;
    let gzip = ("accept-encoding", "gzip, br");
    for path in ["/", "/openapi.json", "/assets/style.css", "/assets/swagger-ui-bundle.js"] {
        let first = get(&service, path, &[gzip]).await;
        assert_eq!(first.headers()["content-encoding"], "gzip", "{path}");
        assert_eq!(first.headers()["cache-control"], "no-cache", "{path}");
        let etag = first.headers()["etag"].to_str().unwrap().to_owned();
        let again = get(&service, path, &[gzip, ("if-none-match", &etag)]).await;
        assert_eq!(again.status(), 304, "{path}");
        assert_eq!(again.bytes().await.unwrap().len(), 0, "{path}");
    }
    // While one version takes over from another, it may be asked for an asset of the other.
    let older = get(&service, "/assets/style.0123456789abcdef.css", &[gzip]).await;
    assert_eq!(
        (older.status().as_u16(), older.headers()["cache-control"].to_str().unwrap()),
        (200, "no-cache")
    );
    let missing = get(&service, "/problems/none", &[("if-none-match", "*")]).await;
    assert_eq!(missing.status(), 404);
    assert!(!missing.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_well_known_url_for_changing_passwords_leads_to_the_page() {
    let service = Target::from_env().await;
    let answer = get(&service, "/.well-known/change-password", &[]).await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/#change-password");
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let service = Target::from_env().await;
    for path in ["/", "/docs", "/problems/internal", "/robots.txt", "/problems/none"] {
        let (get, head) =
            (get(&service, path, &[]).await, service.request(Method::HEAD, path).send().await.unwrap());
        assert_eq!(get.status(), head.status(), "{path}");
        for name in ["content-type", "cache-control", "content-security-policy"] {
            assert_eq!(get.headers()[name], head.headers()[name], "{path}");
        }
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
    }
}
