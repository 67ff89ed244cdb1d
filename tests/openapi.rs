//! The OpenAPI document, held against every answer that a test gets.

use std::{collections::HashMap, sync::LazyLock, sync::Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::service::{Answer, Service};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(site::openapi()).unwrap());

/// Fails when the document does not say that `method` on `path` may answer so.
#[track_caller]
pub(crate) fn allows(method: &str, path: &str, answer: &Answer) {
    let status = answer.status.to_string();
    let response = &DOCUMENT["paths"][path][method.to_lowercase()]["responses"][&status];
    let route = format!("{method} {path} {status}");
    assert!(response.is_object(), "the document does not know {route}: {}", answer.body);

    let content_type = answer.header("content-type").unwrap();
    let schema = &response["content"][content_type]["schema"];
    assert!(schema.is_object(), "the document does not know {content_type} of {route}");
    validate(&route, schema, &answer.body);

    let headers = response["headers"].as_object().unwrap();
    for name in [
        "cache-control",
        "content-security-policy",
        "retry-after",
        "strict-transport-security",
        "www-authenticate",
        "x-content-type-options",
    ] {
        let header = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, header)| header);
        assert_eq!(header.is_some(), answer.header(name).is_some(), "{name} of {route}");
        if let Some(header) = header {
            let text = answer.header(name).unwrap();
            let value = text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number));
            validate(&format!("{name} of {route}"), &header["schema"], &value);
        }
    }
}

/// Fails when `value` is not as `schema` says, or has a member that it does not know.
#[track_caller]
fn validate(name: &str, schema: &Value, value: &Value) {
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);
    let mut validators = VALIDATORS.lock().unwrap();
    let validator = validators.entry(name.to_owned()).or_insert_with(|| {
        let schema =
            json!({"allOf": [schema], "unevaluatedProperties": false, "components": DOCUMENT["components"]});
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        options.build(&schema).unwrap()
    });
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    drop(validators);
    assert!(errors.is_empty(), "{name}: {errors:?} in {value}");
}

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
fn it_is_openapi_3_1() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
}

#[test]
fn every_answer_has_an_example_and_every_example_is_as_its_schema_says() {
    let mut examples = 0;
    for (name, response) in responses() {
        for content in response["content"].as_object().unwrap().values() {
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
fn every_problem_of_the_service_is_in_it() {
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
async fn every_operation_in_it_has_a_route() {
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
async fn an_answer_that_it_does_not_know_fails_the_test() {
    let service = Service::start().await;
    let mut answer = service.me("ada@example.com", "correct horse battery").await;
    answer.status = 418;
    allows("GET", "/api/me", &answer);
}

#[tokio::test]
#[should_panic(expected = "Unevaluated properties are not allowed")]
async fn a_member_that_it_does_not_know_fails_the_test() {
    let service = Service::start().await;
    let mut answer = service.me("ada@example.com", "correct horse battery").await;
    answer.body["hint"] = json!("the address is unknown");
    allows("GET", "/api/me", &answer);
}
