//! What the operations of the API reference share: the problems, described in OpenAPI.
//!
//! All of it is generated from [`Problem::examples`] and the bodies that the service sends.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Response,
    ResponseBuilder, Schema, Type, example::ExampleBuilder, schema::ArrayBuilder,
};

use crate::{
    http::{CHALLENGE, problem_members},
    problem::Problem,
};

/// The responses of an operation that answers with these problems, by status, including those that every operation may
/// answer with.
pub fn refusals(answers_with: impl Fn(&Problem) -> bool) -> BTreeMap<String, RefOr<Response>> {
    let always = |problem: &_| {
        matches!(
            problem,
            Problem::DirectAccess
                | Problem::CrossSiteRequest
                | Problem::BodyTooLarge
                | Problem::Internal(_)
                | Problem::Unavailable(_)
        )
    };
    let mut by_status = BTreeMap::<u16, Vec<Problem>>::new();
    for problem in Problem::examples() {
        if always(&problem) || answers_with(&problem) {
            by_status.entry(problem.kind().status.as_u16()).or_default().push(problem);
        }
    }
    by_status.into_iter().map(|(status, problems)| (status.to_string(), response(&problems).into())).collect()
}

/// Names the problems that an operation may answer with, for `utoipa::path`: `problems!(Refusals: Unauthorized | …);`
#[macro_export]
macro_rules! problems {
    ($name:ident: $($problem:ident)|+) => {
        /// The other answers that the client may get.
        struct $name;

        impl ::utoipa::IntoResponses for $name {
            fn responses() -> ::std::collections::BTreeMap<
                String,
                ::utoipa::openapi::RefOr<::utoipa::openapi::Response>,
            > {
                $crate::openapi::refusals(
                    |problem| matches!(problem, $($crate::problem::Problem::$problem { .. })|+),
                )
            }
        }
    };
}

/// The schema of each problem, by its name.
pub fn problem_schemas() -> impl Iterator<Item = (String, Object)> {
    Problem::examples().into_iter().map(|problem| (schema_name(&problem), schema(&problem)))
}

/// `CodeExpiredProblem` for `code-expired`.
fn schema_name(problem: &Problem) -> String {
    let words = problem.kind().slug.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.chain(["Problem".to_owned()]).collect()
}

fn response(problems: &[Problem]) -> Response {
    let titles: Vec<_> = problems.iter().map(|problem| problem.kind().title).collect();
    let examples = problems.iter().map(|problem| {
        let body = Value::Object(example_body(problem));
        (problem.kind().slug, ExampleBuilder::new().summary(problem.kind().title).value(Some(body)).build())
    });
    let content =
        ContentBuilder::new().schema(Some(schema_of_any(problems))).examples_from_iter(examples).build();
    let response = ResponseBuilder::new()
        .description(titles.join(", or: "))
        .content("application/problem+json", content);
    match problems[0] {
        Problem::Unauthorized => response.header("WWW-Authenticate", challenge()).build(),
        _ if problems[0].retry_after().is_some() => response.header("Retry-After", retry_after()).build(),
        _ => response.build(),
    }
}

fn challenge() -> Header {
    let example = CHALLENGE.to_str().ok().map(Value::from);
    header(Type::String).description(Some("The challenge of RFC 7617.")).example(example).build()
}

fn retry_after() -> Header {
    let description = "After how many seconds to retry the request.";
    header(Type::Integer).description(Some(description)).build()
}

/// The body that the service sends with this problem.
fn example_body(problem: &Problem) -> Map<String, Value> {
    problem_members(problem, Some("JKJaXmPLvHcESHA="))
}

fn schema_of_any(problems: &[Problem]) -> RefOr<Schema> {
    let reference = |problem| Ref::from_schema_name(schema_name(problem));
    match problems {
        [problem] => reference(problem).into(),
        _ => problems.iter().map(reference).fold(OneOfBuilder::new(), OneOfBuilder::item).into(),
    }
}

/// The schema of a problem's body, from the example of it.
fn schema(problem: &Problem) -> Object {
    let object = ObjectBuilder::new().description(Some(format!(
        "{} {}",
        problem.kind().meaning,
        problem.kind().remedy
    )));
    let object = example_body(problem).into_iter().fold(object, |object, (name, value)| {
        // Without a limit on attempts there is no number of attempts left.
        let object = if name == "attempts_left" { object } else { object.required(&*name) };
        let member = member(&name, value);
        object.property(name, member)
    });
    object.build()
}

fn member(name: &str, value: Value) -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let number = || ObjectBuilder::new().schema_type(Type::Integer);
    match name {
        "type" => text().enum_values(Some([value])).into(),
        "status" => number().enum_values(Some([value])).into(),
        "errors" => ArrayBuilder::new().items(Ref::from_schema_name("FieldError")).min_items(Some(1)).into(),
        "attempts_left" => {
            number().description(Some("How many attempts are left for this code.")).minimum(Some(0)).into()
        }
        "retry_after" => number().description(Some("The seconds of Retry-After.")).minimum(Some(1)).into(),
        "request_id" => {
            text().description(Some("The id of this request in the service's log.")).examples([value]).into()
        }
        _ => text().examples([value]).into(),
    }
}

fn header(schema_type: Type) -> HeaderBuilder {
    HeaderBuilder::new().schema(Some(Object::with_type(schema_type)))
}
