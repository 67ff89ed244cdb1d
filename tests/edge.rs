//! The service behind the edge of `edge.yaml`: which requests are refused, what limits count as a client, and what the
//! edge forwards and caches.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use saphyr::Yaml;
use serde_json::json;
use shared::{
    edge::{EdgeSecret, SECRET_HEADER},
    http::STRICT_TRANSPORT,
};

use crate::support::{
    EMAIL, PASSWORD, Service, WRONG_PASSWORD, basic, send,
    template::{at, expect_same, load, names, resources, text, walk},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The request as the edge forwards it for a viewer.
fn through_the_edge(request: RequestBuilder, viewer: &str) -> RequestBuilder {
    request.header(SECRET_HEADER, SECRET).header("cloudfront-viewer-address", viewer)
}

#[tokio::test]
async fn a_request_that_bypasses_the_edge_is_refused_before_anything_is_counted() {
    let (service, dynamodb, _) =
        Service::behind_proxies(&[("EDGE_SECRET", SECRET), ("CODE_COOLDOWN_SECONDS", "0")]).await;
    dynamodb.take_calls();
    for path in ["/api/register", "/api/send-code", "/api/activate", "/api/me"] {
        let method = if path == "/api/me" { Method::GET } else { Method::POST };
        for secret in [None, Some("another-secret-of-32-characters-"), Some("")] {
            let request =
                service.request(method.clone(), path).header("cloudfront-viewer-address", "192.0.2.1:1");
            let request =
                secret.into_iter().fold(request, |request, secret| request.header(SECRET_HEADER, secret));
            let answer = send(request.header("authorization", basic(EMAIL, PASSWORD))).await;
            answer.problem(403, "direct-access");
        }
    }
    assert_eq!(dynamodb.take_calls(), [""; 0]);

    let body = json!({"email": EMAIL, "password": PASSWORD});
    let request = through_the_edge(service.post("/api/register").json(&body), "192.0.2.1:1");
    send(request).await.expect(201);
}

#[tokio::test]
async fn behind_the_edge_a_client_is_the_viewer() {
    let settings = [("EDGE_SECRET", SECRET), ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "1")];
    let service = Service::with(&settings).await;
    let sign_in = async |viewer: &str| {
        let request = service.request(Method::GET, "/api/me");
        let request = request.header("authorization", basic(EMAIL, WRONG_PASSWORD));
        send(through_the_edge(request, viewer)).await
    };
    for (first, again) in [
        ("192.0.2.1:1024", "192.0.2.1:65535"),
        ("2001:db8:1:2:3:4:5:6:1024", "2001:db8:1:2::1:65535"),
        // Requests without a viewer share one counter.
        ("", "nobody"),
    ] {
        sign_in(first).await.problem(401, "unauthorized");
        sign_in(again).await.problem(429, "too-many-attempts");
    }
    sign_in("192.0.2.2:1024").await.problem(401, "unauthorized");
}

#[test]
fn the_edge_forwards_what_the_code_reads_and_caches_by_no_more_than_it_must() {
    let edge = &load("edge.yaml");
    let [(_, distribution)] = resources(edge, "AWS::CloudFront::Distribution")[..] else { panic!() };
    let config = at(distribution, &["DistributionConfig"]).unwrap();
    let [origin] = &**at(config, &["Origins"]).and_then(Yaml::as_vec).unwrap() else { panic!() };
    let [header] = &**at(origin, &["OriginCustomHeaders"]).and_then(Yaml::as_vec).unwrap() else { panic!() };
    let name = text(header, "HeaderName").unwrap().to_lowercase();
    assert_eq!((&*name, text(header, "HeaderValue")), (SECRET_HEADER, Some("EdgeSecret")));
    assert!(
        !["x-edge-", "x-amz-"].iter().any(|refused| name.starts_with(refused)),
        "CloudFront refuses {name}"
    );

    let headers = |of: &str| -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let policy = at(edge, &["Resources", of, "Properties"]).unwrap();
        walk(policy, &mut |node| {
            let listed = node.as_mapping_get("Headers").and_then(Yaml::as_vec).into_iter().flatten();
            found.extend(listed.map(|header| header.as_str().unwrap().to_lowercase()));
        });
        found
    };
    // The headers that the functions read, and those of a preflight.
    let read_by_functions = [
        "accept-language",
        "access-control-request-headers",
        "access-control-request-method",
        "cloudfront-viewer-address",
        "content-type",
        "origin",
        "sec-fetch-mode",
    ];
    expect_same("edge.yaml: ApiHeaders", &headers("ApiHeaders"), &names(read_by_functions), "nothing reads");
    assert_eq!(headers("ApiCache"), names(["authorization"]));
    // A page is cached for all readers of its language, and an asset for everybody.
    assert_eq!(headers("PagesCache"), names(["accept-language"]));
    let key = [
        "CachePolicyConfig",
        "ParametersInCacheKeyAndForwardedToOrigin",
        "QueryStringsConfig",
        "QueryStrings",
    ];
    let pages_cache = at(edge, &["Resources", "PagesCache", "Properties"]).unwrap();
    let [query] = &**at(pages_cache, &key).and_then(Yaml::as_vec).unwrap() else { panic!() };
    assert_eq!(query.as_str(), Some("lang"));
    assert_eq!(headers("AssetsCache"), names([]));
    let [assets, api] = &**at(config, &["CacheBehaviors"]).and_then(Yaml::as_vec).unwrap() else { panic!() };
    assert_eq!(
        (text(assets, "PathPattern"), text(assets, "CachePolicyId"), text(assets, "OriginRequestPolicyId")),
        (Some("/assets/*"), Some("AssetsCache"), None)
    );
    assert_eq!((text(api, "PathPattern"), text(api, "CachePolicyId")), (Some("/api/*"), Some("ApiCache")));
    assert_eq!(text(api, "OriginRequestPolicyId"), Some("ApiHeaders"));
    let pages = at(config, &["DefaultCacheBehavior"]).unwrap();
    assert_eq!(
        (text(pages, "CachePolicyId"), text(pages, "OriginRequestPolicyId")),
        (Some("PagesCache"), None)
    );

    let transport =
        ["Resources", "Protection", "Properties", "ResponseHeadersPolicyConfig", "SecurityHeadersConfig"];
    let transport = at(at(edge, &transport).unwrap(), &["StrictTransportSecurity"]).unwrap();
    let seconds = at(transport, &["AccessControlMaxAgeSec"]).and_then(Yaml::as_integer).unwrap();
    assert_eq!(format!("max-age={seconds}"), STRICT_TRANSPORT);
}

#[test]
fn both_templates_accept_only_secrets_that_the_code_accepts() {
    let secret = "s".repeat(32);
    let pattern = |file: &str| {
        let template = load(file);
        let parameter = at(&template, &["Parameters", "EdgeSecret"]).unwrap();
        assert_eq!(at(parameter, &["NoEcho"]).and_then(Yaml::as_bool), Some(true), "{file}");
        parameter.as_mapping_get("AllowedPattern").unwrap().as_str().unwrap().to_owned()
    };
    let one = "[A-Za-z0-9]{32,128}";
    assert_eq!(pattern("edge.yaml"), one);
    assert_eq!(pattern("template.yaml"), format!("|{one}(,{one})?"));
    for taken in [&secret, &format!("{secret},{secret}"), &"s".repeat(128)] {
        assert!(EdgeSecret::parse(taken).is_some(), "{taken}");
    }
}
