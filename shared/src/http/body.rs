//! Request bodies: one JSON object whose members are taken one by one.
//!
//! All errors of a body are reported at once, unknown members included.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Write},
};

use lambda_http::{
    Request,
    http::header::{CONTENT_TYPE, HeaderValue},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use crate::problem::{FieldError, Problem};

/// The members of a body's object that were not taken yet, and the errors of those that were.
pub struct JsonObject {
    remaining: Members,
    invalid: Vec<FieldError>,
}

impl JsonObject {
    pub(super) fn parse(request: &Request) -> Result<Self, Problem> {
        if request.body().is_empty() {
            return Err(Problem::MalformedJson);
        }
        // Any web page can send a body without a type, or with a form's, without a preflight (Fetch, 4.9).
        if !request.headers().get(CONTENT_TYPE).is_some_and(is_json) {
            return Err(Problem::UnsupportedMediaType);
        }
        let remaining = serde_json::from_slice(request.body()).map_err(|_| Problem::MalformedJson)?;
        Ok(Self { remaining, invalid: Vec::new() })
    }

    /// Takes the string member `name` and parses it. `None` if it was invalid.
    pub fn text<T, E: Display>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let taken = match self.remaining.0.remove(name) {
            None => Err("is required".to_owned()),
            Some(None) => Err("must not be repeated".to_owned()),
            Some(Some(Value::String(text))) => parse(&text).map_err(|error| error.to_string()),
            Some(_) => Err("must be a string".to_owned()),
        };
        taken.map_err(|detail| self.invalid.push(FieldError { pointer: pointer(name), detail })).ok()
    }

    /// Returns what was taken, if there were no errors and no members are left.
    pub fn finish<T>(mut self, taken: Option<T>) -> Result<T, Problem> {
        let unknown = self.remaining.0.keys();
        self.invalid.extend(
            unknown.map(|name| FieldError { pointer: pointer(name), detail: "is not known".to_owned() }),
        );
        taken.filter(|_| self.invalid.is_empty()).ok_or(Problem::InvalidInput(self.invalid))
    }
}

/// The members of an object by name. A repeated one has no value, because other programs may read a different one of
/// the two (RFC 8259, 4).
struct Members(BTreeMap<String, Option<Value>>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = object.next_entry()? {
                    members.entry(name).and_modify(|value| *value = None).or_insert(Some(value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

fn is_json(content_type: &HeaderValue) -> bool {
    let essence = content_type.to_str().ok().and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A member's JSON Pointer as a URI fragment (RFC 6901, 6).
fn pointer(name: &str) -> String {
    let mut pointer = "#/".to_owned();
    for byte in name.replace('~', "~0").replace('/', "~1").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            pointer.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(pointer, "%{byte:02X}");
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        code::{Code, CodeRules},
        email_address::EmailAddress,
        password::{Password, PasswordRules},
    };

    const JSON: Option<&str> = Some("application/json");

    fn members(content_type: Option<&str>, body: &str) -> Result<JsonObject, Problem> {
        let mut request = Request::new(Body::from(body.to_owned()));
        if let Some(content_type) = content_type {
            request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
        }
        JsonObject::parse(&request)
    }

    fn keep(text: &str) -> Result<String, &'static str> {
        if text.is_empty() { Err("must not be empty") } else { Ok(text.to_owned()) }
    }

    #[test]
    fn only_a_body_that_says_it_is_json_is_read() {
        for content_type in ["application/json", "Application/JSON ; charset=utf-8"] {
            assert!(members(Some(content_type), "{}").is_ok(), "{content_type:?}");
        }
        let others = ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"];
        for content_type in others.map(Some).into_iter().chain([None]) {
            let refused = members(content_type, "{}");
            assert!(matches!(refused, Err(Problem::UnsupportedMediaType)), "{content_type:?}");
        }
    }

    #[test]
    fn anything_but_an_object_is_malformed() {
        for body in ["", "{", "[]", "\"text\"", "null", "{}{}", "{'a':1}", &"[".repeat(2000)] {
            assert!(matches!(members(JSON, body), Err(Problem::MalformedJson)), "{body:?}");
        }
        // API Gateway may add a type to an empty body.
        for content_type in [None, Some("text/plain"), Some("application/octet-stream")] {
            assert!(matches!(members(content_type, ""), Err(Problem::MalformedJson)), "{content_type:?}");
        }
    }

    #[test]
    fn a_repeated_member_is_refused_even_if_its_values_are_equal() {
        let mut members = members(JSON, r#"{"a":"x","b":"y","\u0061":"x","c":1,"c":2}"#).unwrap();
        let taken = members.text("a", keep).zip(members.text("b", keep));
        let Err(Problem::InvalidInput(errors)) = members.finish(taken) else { panic!() };
        let errors: Vec<_> = errors.iter().map(|error| (&*error.pointer, &*error.detail)).collect();
        assert_eq!(errors, [("#/a", "must not be repeated"), ("#/c", "is not known")]);
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let mut members = members(JSON, r#"{"a":"","b":7,"d/~ü":1}"#).unwrap();
        let taken = (members.text("a", keep), members.text("b", keep), members.text("c", keep));
        assert_eq!(taken, (None, None, None));
        let Err(Problem::InvalidInput(errors)) = members.finish(Some(())) else { panic!() };
        let errors: Vec<_> = errors.iter().map(|error| (&*error.pointer, &*error.detail)).collect();
        assert_eq!(
            errors,
            [
                ("#/a", "must not be empty"),
                ("#/b", "must be a string"),
                ("#/c", "is required"),
                ("#/d~1~0%C3%BC", "is not known"),
            ]
        );
    }

    #[test]
    fn a_valid_body_yields_its_members() {
        let mut members = members(JSON, r#"{"a":"x"}"#).unwrap();
        let a = members.text("a", keep);
        assert_eq!(members.finish(a).unwrap(), "x");
    }

    /// Any JSON.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Any body, most of them similar to valid ones.
    fn body() -> impl Strategy<Value = Vec<u8>> {
        let value = prop_oneof![
            1 => json(),
            2 => any::<String>().prop_map(Value::from),
            2 => "[a-zA-Z0-9.+]{1,20}@[a-zA-Z0-9]{1,20}\\.com".prop_map(Value::from),
            2 => "\\PC{4,300}".prop_map(Value::from),
            1 => "[0-9]{3,5}".prop_map(Value::from),
        ];
        let name = prop_oneof![4 => "email|password|code", 1 => any::<String>()];
        let members = prop::collection::vec((name, value), 0..5);
        prop_oneof![
            1 => any::<Vec<u8>>(),
            1 => json().prop_map(|value| value.to_string().into_bytes()),
            // Written by hand, because a name may be repeated.
            6 => members.prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("{}:{value}", Value::from(&**name))).collect();
                format!("{{{}}}", members.join(",")).into_bytes()
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_body_is_accepted_or_refused_with_its_errors(body in body()) {
            let rules = PasswordRules { min_length: 8 };
            let code_rules = CodeRules::for_tests();
            let mut request = Request::new(Body::from(body));
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let taken = JsonObject::parse(&request).and_then(|mut members| {
                let email = members.text("email", EmailAddress::parse);
                let password =
                    members.text("password", |text| Password::parse_new(text, &rules, email.as_ref(), "Service"));
                let code = members.text("code", |text| Code::parse(text, &code_rules));
                members.finish(email.zip(password).zip(code))
            });
            match taken {
                Ok(((email, _), code)) => {
                    prop_assert!(email.as_str().contains('@'));
                    prop_assert!([4, 8].contains(&code.expose().len()));
                }
                Err(Problem::InvalidInput(errors)) => {
                    prop_assert!(!errors.is_empty());
                    let plain = |text: &str| text.is_ascii() && !text.contains(' ');
                    prop_assert!(errors.iter().all(|error| error.pointer.starts_with("#/") && plain(&error.pointer)));
                }
                Err(problem) => prop_assert_eq!(problem.kind().slug, "malformed-json"),
            }
        }
    }
}
