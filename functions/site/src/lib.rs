//! The web page, the API reference and the pages of the problems: every file that a browser asks for.
//!
//! All files are made once, at start, and are the same for everybody. Knows no table and no secret.

mod document;
mod file;
mod page;

use std::collections::BTreeMap;

use lambda_http::{Body, Request, RequestExt, Response, http::StatusCode};
use shared::{
    clock::Clock,
    config::{ConfigError, PageSettings},
    http::Call,
    problem::Problem,
    telemetry,
};
use utoipa::openapi::OpenApi;

pub use crate::document::openapi;
use crate::{
    file::{File, Kind},
    page::Around,
};

/// Makes the map of the files that are served as they lie here.
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

/// The files, by their paths.
pub struct Site {
    files: BTreeMap<String, File>,
    not_found: File,
    service_name: String,
    clock: Clock,
}

impl Site {
    /// What `main` begins with: the panic hook, then the files under the settings of the environment.
    ///
    /// # Errors
    /// Names the setting that is out of range; it is in the log too.
    pub fn start() -> Result<Self, ConfigError> {
        telemetry::install_panic_hook();
        let settings = PageSettings::from_env().inspect_err(|error| telemetry::write_start_failure(error))?;
        Ok(Self::new(&settings, Clock::System))
    }

    /// The files under these settings.
    #[must_use]
    pub fn new(settings: &PageSettings, clock: Clock) -> Self {
        let document = openapi();
        let around = Around::new(settings);
        let page = |html: String| File::new(Kind::Page, &html);
        let mut files = BTreeMap::from([
            ("/".to_owned(), page(around.home(settings))),
            ("/docs".to_owned(), File::new(Kind::Reference, &around.reference())),
            ("/openapi.json".to_owned(), File::new(Kind::Document, &written(&document))),
            ("/problems".to_owned(), page(around.problems())),
        ]);
        files.extend(Problem::examples().map(|problem| {
            (format!("/problems/{}", problem.slug()), page(around.problem(&problem, &document)))
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
        files.extend(assets.map(|(name, kind, text)| (format!("/assets/{name}"), File::new(kind, text))));
        for (name, kind, gzip) in [
            ("swagger-ui-bundle.js", Kind::Script, swagger_ui!("swagger-ui-bundle.js")),
            ("swagger-ui.css", Kind::Style, swagger_ui!("swagger-ui.css")),
        ] {
            files.insert(format!("/assets/{name}"), File::compressed(kind, gzip));
        }
        let not_found = page(around.not_found());
        Self { files, not_found, service_name: settings.service_name.clone(), clock }
    }
}

#[expect(clippy::expect_used, reason = "a map whose keys are texts can be written as JSON")]
fn written(document: &OpenApi) -> String {
    document.to_json().expect("a map whose keys are texts can be written as JSON")
}

/// Answers one request.
pub fn handle(site: &Site, request: Request) -> Response<Body> {
    let file = site.files.get(request.raw_http_path());
    let call = Call::of(&site.service_name, site.clock.now(), request);
    call.answer_with(if let Some(file) = file {
        file.answer(call.headers())
    } else {
        let mut response = site.not_found.answer(call.headers());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    })
}
