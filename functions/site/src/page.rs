//! The HTML of the pages: one template each, with one layout around all.

use std::collections::BTreeMap;

use askama::Template;
use lambda_http::http::HeaderName;
use serde::Serialize;
use serde_json::Value;
use shared::{
    config::{Logo, PageLink, PageSettings, accent::GROUNDS},
    http::{PROTECTION, problem_members},
    problem::Problem,
};
use utoipa::openapi::{OpenApi, RefOr, path::Operation};

use crate::{
    assets::{Assets, LOGO, SCRIPT},
    languages::{ALL, Messages, Texts},
    limits::{LIMITS, Limit},
};

/// The length of the longest code by default: a reset code, or one beyond the day's short codes.
const LONG_CODE: usize = 8;

/// What is on every page.
pub(crate) struct Layout<'a> {
    texts: &'a Texts,
    service: &'a str,
    logo: Option<String>,
    /// Whether the page links to the API reference.
    is_for_developers: bool,
    inbox_url: Option<&'a str>,
    style: String,
    icon: String,
    grounds: [String; 2],
}

/// The page of a person's account: one screen at a time, each in its own template.
#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    layout: Layout<'a>,
    t: &'a Texts,
    languages: &'a [Texts],
    script: String,
    data: String,
    password_hint: String,
    continue_url: Option<&'a PageLink>,
    terms_url: Option<&'a PageLink>,
    privacy_url: Option<&'a PageLink>,
}

/// The data for the script.
#[derive(Serialize)]
struct Data<'a> {
    service: &'a str,
    settings: ScriptSettings,
    texts: ScriptTexts<'a>,
}

#[derive(Serialize)]
struct ScriptSettings {
    longest_code: usize,
    code_lifetime: u64,
    code_pause: u64,
}

#[derive(Serialize)]
struct ScriptTexts<'a> {
    #[serde(flatten)]
    messages: &'a Messages,
    details: BTreeMap<String, &'static str>,
}

/// The API reference: Swagger UI on the OpenAPI document, and what applies to all operations.
#[derive(Template)]
#[template(path = "reference.html")]
struct Reference<'a> {
    layout: Layout<'a>,
    swagger_style: String,
    swagger_script: String,
    docs_style: String,
    docs_script: String,
    limits: &'a [Limit],
    headers: &'a [(HeaderName, &'static str)],
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

/// For an unknown path.
#[derive(Template)]
#[template(path = "not-found.html")]
struct NotFound<'a> {
    layout: Layout<'a>,
}

/// What the pages are rendered from.
pub(crate) struct Pages {
    pub(crate) settings: PageSettings,
    pub(crate) assets: Assets,
}

impl Pages {
    /// The layout of the pages that are for everybody.
    fn layout<'a>(&'a self, texts: &'a Texts) -> Layout<'a> {
        let Self { settings, assets } = self;
        Layout {
            texts,
            service: &settings.service_name,
            logo: settings.logo.as_ref().map(|logo| match logo {
                Logo::Path(path) => path.clone(),
                Logo::Image { .. } => assets.path(LOGO),
            }),
            is_for_developers: settings.show_api_calls,
            inbox_url: settings.inbox_url.as_deref(),
            style: assets.path("style.css"),
            icon: assets.path("icon.svg"),
            grounds: GROUNDS.map(|[page, _]| page.to_string()),
        }
    }

    /// The layout of the pages about the API, which are in English.
    fn layout_for_developers(&self) -> Layout<'_> {
        Layout { is_for_developers: true, ..self.layout(&ALL[0]) }
    }

    pub(crate) fn home(&self, texts: &Texts) -> String {
        let PageSettings { service_name, code_length, code_lifetime, code_cooldown, .. } = &self.settings;
        let data = Data {
            service: service_name,
            settings: ScriptSettings {
                longest_code: LONG_CODE.max(*code_length),
                code_lifetime: code_lifetime.as_secs(),
                code_pause: code_cooldown.as_secs(),
            },
            texts: ScriptTexts { messages: &texts.messages, details: texts.details() },
        };
        let minimum = self.settings.password_min_length.to_string();
        render(&Home {
            layout: self.layout(texts),
            t: texts,
            languages: &ALL,
            script: self.assets.path(SCRIPT),
            data: to_script_data(&data),
            password_hint: texts.password_hint.replace("{n}", &minimum),
            continue_url: self.settings.continue_url.as_ref(),
            terms_url: self.settings.terms_url.as_ref(),
            privacy_url: self.settings.privacy_url.as_ref(),
        })
    }

    pub(crate) fn not_found(&self, texts: &Texts) -> String {
        render(&NotFound { layout: self.layout(texts) })
    }

    pub(crate) fn reference(&self) -> String {
        render(&Reference {
            layout: self.layout_for_developers(),
            swagger_style: self.assets.path("swagger-ui.css"),
            swagger_script: self.assets.path("swagger-ui-bundle.js"),
            docs_style: self.assets.path("docs.css"),
            docs_script: self.assets.path("docs.js"),
            limits: &LIMITS,
            headers: &PROTECTION,
        })
    }

    pub(crate) fn problems(&self) -> String {
        render(&Problems { layout: self.layout_for_developers(), problems: &Problem::examples() })
    }

    /// The page of a problem, with the routes that have it in `document`.
    pub(crate) fn problem(&self, problem: &Problem, document: &OpenApi) -> String {
        let example = Value::Object(problem_members(problem, Some("JKJaXmPLvHcESHA=")));
        let routes = routes_with(problem, document);
        let layout = self.layout_for_developers();
        render(&OneProblem { layout, problem, routes, example: format!("{example:#}") })
    }
}

/// JSON that can't end the script element, which only `<` could.
#[expect(clippy::expect_used, reason = "texts and numbers can be written as JSON")]
fn to_script_data(data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("texts and numbers can be written as JSON");
    json.replace('<', "\\u003c")
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
