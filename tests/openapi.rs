//! The OpenAPI document itself; [`crate::support::openapi`] checks every answer of every test against it.

use serde_json::{Value, json};

use crate::support::{
    EMAIL, PASSWORD, Service,
    openapi::{DOCUMENT, allows, validate},
};

/// Every response in the document: route with status, and what it says.
fn responses() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    });
    operations.flat_map(|(path, method, operation)| {
        let responses = operation["responses"].as_object().unwrap();
        responses.iter().map(move |(status, response)| (format!("{method} {path} {status}"), response))
    })
}

#[test]
fn the_document_is_openapi_3_1() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
}

#[test]
fn every_answer_has_an_example_and_every_example_matches_its_schema() {
    let mut examples = 0;
    for (name, response) in responses() {
        for content in response["content"].as_object().into_iter().flat_map(|contents| contents.values()) {
            let problems = content["examples"].as_object().into_iter().flat_map(|examples| examples.values());
            let of_answer: Vec<_> =
                problems.map(|example| &example["value"]).chain(content.get("example")).collect();
            assert!(!of_answer.is_empty(), "{name}");
            for example in &of_answer {
                validate(&name, &content["schema"], example);
            }
            examples += of_answer.len();
        }
    }
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            validate(name, schema, example);
            examples += 1;
        }
    }
    assert!(examples > 30, "{examples}");
}

#[test]
fn every_problem_is_documented() {
    for problem in shared::problem::Problem::examples() {
        let status = problem.kind().status.as_str().to_owned();
        let known = responses().any(|(name, response)| {
            let examples = &response["content"]["application/problem+json"]["examples"];
            name.ends_with(&status) && examples.get(problem.kind().slug).is_some()
        });
        assert!(known, "{}", problem.kind().slug);
    }
}

#[tokio::test]
async fn every_documented_operation_has_a_route() {
    let service = Service::start().await;
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            let answer = service.request(method, path).send().await.unwrap();
            assert_ne!(answer.status(), 404, "{path}");
        }
    }
}

#[tokio::test]
#[should_panic(expected = "the document does not know GET /api/me 418")]
async fn an_undocumented_answer_fails_the_test() {
    let service = Service::start().await;
    let mut answer = service.me(EMAIL, PASSWORD).await;
    answer.status = 418;
    allows("GET", "/api/me", &answer);
}

#[tokio::test]
#[should_panic(expected = "Unevaluated properties are not allowed")]
async fn an_undocumented_member_fails_the_test() {
    let service = Service::start().await;
    let mut answer = service.me(EMAIL, PASSWORD).await;
    answer.body["hint"] = json!("the address is unknown");
    allows("GET", "/api/me", &answer);
}
