//! The HTML of the pages: one template each, with one layout around all.

use askama::Template;
use serde_json::Value;
use shared::{config::PageSettings, http::problem_members, problem::Problem};
use utoipa::openapi::{OpenApi, RefOr, path::Operation};

/// What the layout shows on every page.
#[derive(Clone, Copy)]
pub(crate) struct Layout<'a> {
    pub(crate) service: &'a str,
    pub(crate) inbox_url: Option<&'a str>,
}

/// The journey: register, enter the code, be active.
#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    layout: Layout<'a>,
    code_length: usize,
    code_cooldown: u64,
    password_min_length: usize,
}

/// The API reference: Swagger UI on the OpenAPI document.
#[derive(Template)]
#[template(path = "reference.html")]
struct Reference<'a> {
    layout: Layout<'a>,
}

/// The list of the problems.
#[derive(Template)]
#[template(path = "problems.html")]
struct Problems<'a> {
    layout: Layout<'a>,
    problems: &'a [Problem],
}

/// One problem.
#[derive(Template)]
#[template(path = "problem.html")]
struct OneProblem<'a> {
    layout: Layout<'a>,
    problem: &'a Problem,
    routes: Vec<String>,
    example: String,
}

/// For a path that is none.
#[derive(Template)]
#[template(path = "not-found.html")]
struct NotFound<'a> {
    layout: Layout<'a>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(settings: &'a PageSettings) -> Self {
        Self { service: &settings.service_name, inbox_url: settings.inbox_url.as_deref() }
    }

    pub(crate) fn home(self, settings: &PageSettings) -> String {
        render(&Home {
            layout: self,
            code_length: settings.code_length,
            code_cooldown: settings.code_cooldown.as_secs(),
            password_min_length: settings.password_min_length,
        })
    }

    pub(crate) fn reference(self) -> String {
        render(&Reference { layout: self })
    }

    pub(crate) fn problems(self) -> String {
        render(&Problems { layout: self, problems: &Problem::examples() })
    }

    /// The page of a problem, with the routes that `document` says it comes from.
    pub(crate) fn problem(self, problem: &Problem, document: &OpenApi) -> String {
        let example = Value::Object(problem_members(problem, Some("JKJaXmPLvHcESHA=")));
        let routes = routes_with(problem, document);
        render(&OneProblem { layout: self, problem, routes, example: format!("{example:#}") })
    }

    pub(crate) fn not_found(self) -> String {
        render(&NotFound { layout: self })
    }
}

/// The routes that may answer with a problem.
fn routes_with(problem: &Problem, document: &OpenApi) -> Vec<String> {
    let status = problem.kind().status.as_str();
    let answers_so = |operation: &Operation| match operation.responses.responses.get(status) {
        Some(RefOr::T(response)) => response.content.values().any(|content| match content {
            RefOr::T(content) => content.examples.contains_key(problem.kind().slug),
            RefOr::Ref(_) => false,
        }),
        _ => false,
    };
    let mut routes = Vec::new();
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            ("GET", &item.get),
            ("PUT", &item.put),
            ("POST", &item.post),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ] {
            if operation.as_ref().is_some_and(answers_so) {
                routes.push(format!("{method} {path}"));
            }
        }
    }
    routes
}

#[expect(clippy::expect_used, reason = "writing texts into a String does not fail")]
fn render(page: &impl Template) -> String {
    page.render().expect("writing texts into a String does not fail")
}
