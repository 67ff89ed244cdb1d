//! Checks every answer that a test gets against the OpenAPI document.

use std::{collections::HashMap, sync::LazyLock, sync::Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::client::Answer;

pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(site::openapi()).unwrap());

/// Fails if the document does not have this answer of `method` on `path`.
#[track_caller]
pub(crate) fn allows(method: &str, path: &str, answer: &Answer) {
    let status = answer.status.to_string();
    let response = &DOCUMENT["paths"][path][method.to_lowercase()]["responses"][&status];
    let route = format!("{method} {path} {status}");
    assert!(response.is_object(), "the document does not know {route}: {}", answer.body);

    // A gateway may add a type to an empty body.
    if let Some(content_type) = answer.header("content-type").filter(|_| answer.status != 204) {
        let schema = &response["content"][content_type]["schema"];
        assert!(schema.is_object(), "the document does not know {content_type} of {route}");
        validate(&route, schema, &answer.body);
    }

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

/// Fails if `value` does not match `schema`, or has an unknown member.
#[track_caller]
pub(crate) fn validate(name: &str, schema: &Value, value: &Value) {
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
