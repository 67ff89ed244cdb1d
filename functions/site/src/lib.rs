//! The web page, the API reference and the pages of the problems: every file that a browser asks for.
//!
//! Each file is made once, when it is first asked for, and is the same for everybody. Knows no table and no secret.

mod document;
mod file;
mod functions;
mod page;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{
        HeaderMap, StatusCode,
        header::{ETAG, IF_NONE_MATCH},
    },
};
use shared::{
    clock::Clock,
    config::{ConfigError, PageSettings},
    problem::Problem,
    telemetry::{self, RequestLog},
};
use utoipa::openapi::OpenApi;

pub use crate::{
    document::openapi,
    functions::{Function, Handle},
};
use crate::{
    file::{File, Kind},
    page::Layout,
};

/// The files that are served as they lie here, with their kinds.
macro_rules! assets {
    ($($name:literal: $kind:ident),* $(,)?) => {
        [$(($name, Kind::$kind, include_str!(concat!("../assets/", $name)))),*]
    };
}

/// A file of Swagger UI, compressed by `build.rs`.
macro_rules! swagger_ui {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")).as_slice()
    };
}

/// A file that is made when it is first asked for: a start makes none, and a visitor needs a few.
type Lazy = LazyLock<File, Box<dyn FnOnce() -> File + Send>>;

fn lazy(make: impl FnOnce() -> File + Send + 'static) -> Lazy {
    LazyLock::new(Box::new(make))
}

/// The files, by their paths.
pub struct Site {
    files: BTreeMap<String, Lazy>,
    not_found: Lazy,
    service_name: String,
    clock: Clock,
}

impl Site {
    /// What `main` begins with: the panic hook, then the files under the settings of the environment.
    pub fn start() -> Result<Self, ConfigError> {
        telemetry::install_panic_hook();
        let settings = PageSettings::from_env().inspect_err(|error| telemetry::write_start_failure(error))?;
        Ok(Self::new(&settings, Clock::System))
    }

    /// The files under these settings.
    pub fn new(settings: &PageSettings, clock: Clock) -> Self {
        let settings = &Arc::new(settings.clone());
        let mut files = BTreeMap::from([
            ("/".to_owned(), page(settings, Kind::Page, |settings| Layout::new(settings).home(settings))),
            (
                "/docs".to_owned(),
                page(settings, Kind::Reference, |settings| Layout::new(settings).reference()),
            ),
            ("/openapi.json".to_owned(), lazy(|| File::new(Kind::Document, &to_json(openapi())))),
            ("/problems".to_owned(), page(settings, Kind::Page, |settings| Layout::new(settings).problems())),
        ]);
        files.extend(Problem::examples().map(|problem| {
            let path = format!("/problems/{}", problem.kind().slug);
            let make = move |settings: &PageSettings| Layout::new(settings).problem(&problem, openapi());
            (path, page(settings, Kind::Page, make))
        }));
        let assets = assets! {
            "api.js": Script,
            "app.js": Script,
            "calls.js": Script,
            "countdown.js": Script,
            "docs.css": Style,
            "docs.js": Script,
            "explain.js": Script,
            "form.js": Script,
            "icon.svg": Image,
            "style.css": Style,
        };
        files.extend(
            assets.map(|(name, kind, text)| (format!("/assets/{name}"), lazy(move || File::new(kind, text)))),
        );
        for (name, kind, gzip) in [
            ("swagger-ui-bundle.js", Kind::Script, swagger_ui!("swagger-ui-bundle.js")),
            ("swagger-ui.css", Kind::Style, swagger_ui!("swagger-ui.css")),
        ] {
            files.insert(format!("/assets/{name}"), lazy(move || File::compressed(kind, gzip)));
        }
        let not_found = page(settings, Kind::Page, |settings| Layout::new(settings).not_found());
        Self { files, not_found, service_name: settings.service_name.clone(), clock }
    }
}

fn page(
    settings: &Arc<PageSettings>,
    kind: Kind,
    html: impl FnOnce(&PageSettings) -> String + Send + 'static,
) -> Lazy {
    let settings = Arc::clone(settings);
    lazy(move || File::new(kind, &html(&settings)))
}

#[expect(clippy::expect_used, reason = "a map whose keys are texts can be written as JSON")]
fn to_json(document: &OpenApi) -> String {
    document.to_json().expect("a map whose keys are texts can be written as JSON")
}

/// Answers one request.
pub fn handle(site: &Site, request: &Request) -> Response<Body> {
    let log = RequestLog::new(&site.service_name, request, site.clock.now());
    let (response, outcome) = match site.files.get(request.raw_http_path()) {
        Some(file) => (file.answer(request.headers()), "success"),
        None => (not_found(site, request.headers()), "not-found"),
    };
    log.write(outcome, response.status().as_u16());
    response
}

fn not_found(site: &Site, headers: &HeaderMap) -> Response<Body> {
    // Nobody has it already: what is not there has no tag that could match.
    let mut headers = headers.clone();
    headers.remove(IF_NONE_MATCH);
    let mut response = site.not_found.answer(&headers);
    response.headers_mut().remove(ETAG);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
