//! The web page, the API reference and the pages of the problems: every file that a browser asks for.
//!
//! Each file is made once, when it is first requested, and depends only on the settings and, if people read it, on the
//! language. The crate uses no table and no secret.

mod assets;
mod document;
mod file;
mod functions;
mod languages;
mod limits;
mod page;

use std::{
    array,
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION},
    },
};
use shared::{
    clock::Clock,
    config::{ConfigError, PageSettings},
    problem::Problem,
    telemetry::{self, RequestLog},
};
use utoipa::openapi::OpenApi;

use crate::{
    assets::Assets,
    file::{Cache, File, Kind},
    languages::{ALL, Texts},
    page::Pages,
};
pub use crate::{
    document::openapi,
    functions::{AccountChanges, AppHandle, Function, Handle},
};

/// For clients that request an icon without having read the page.
const TOUCH_ICON: &[u8] = include_bytes!("../assets/touch-icon.png");

/// Where password managers look for the change of a password (<https://www.w3.org/TR/change-password-url/>), and where
/// it is.
const CHANGE_PASSWORD: [&str; 2] = ["/.well-known/change-password", "/#change-password"];

const ROBOTS: &str = "User-agent: *\nDisallow: /api/\n";

/// A file that is made when it is first requested: a start needs none, and a visitor a few.
type Lazy = LazyLock<File, Box<dyn FnOnce() -> File + Send>>;

fn lazy(make: impl FnOnce() -> File + Send + 'static) -> Lazy {
    LazyLock::new(Box::new(make))
}

/// The files, by their paths.
pub struct Site {
    pages: Arc<Pages>,
    files: BTreeMap<String, Lazy>,
    home: [Lazy; ALL.len()],
    not_found: [Lazy; ALL.len()],
    clock: Clock,
}

impl Site {
    /// Starts the function: installs the panic hook, and prepares the files with the settings of the environment.
    pub fn start() -> Result<Self, ConfigError> {
        telemetry::install_panic_hook();
        let settings = PageSettings::from_env().inspect_err(|error| telemetry::write_start_failure(error))?;
        Ok(Self::new(&settings, Clock::System))
    }

    /// The files with these settings.
    pub fn new(settings: &PageSettings, clock: Clock) -> Self {
        let pages = &Arc::new(Pages { settings: settings.clone(), assets: Assets::new(settings) });
        let icon = || lazy(|| File::new(Kind::Image("image/png"), TOUCH_ICON));
        let mut files = BTreeMap::from([
            ("/docs".to_owned(), page(pages, Kind::Reference, Pages::reference)),
            ("/openapi.json".to_owned(), lazy(|| File::new(Kind::Document, to_json(openapi()).as_bytes()))),
            ("/problems".to_owned(), page(pages, Kind::Page, Pages::problems)),
            ("/apple-touch-icon.png".to_owned(), icon()),
            ("/favicon.ico".to_owned(), icon()),
            ("/robots.txt".to_owned(), lazy(|| File::new(Kind::Text, ROBOTS.as_bytes()))),
        ]);
        files.extend(Problem::examples().map(|problem| {
            let path = format!("/problems/{}", problem.kind().slug);
            (path, page(pages, Kind::Page, move |pages| pages.problem(&problem, openapi())))
        }));
        let in_each_language = |html: fn(&Pages, &Texts) -> String| {
            array::from_fn(|language| page(pages, Kind::Page, move |pages| html(pages, &ALL[language])))
        };
        Self {
            files,
            home: in_each_language(Pages::home),
            not_found: in_each_language(Pages::not_found),
            pages: Arc::clone(pages),
            clock,
        }
    }

    /// The file of a path, and whether it may be cached.
    fn find(&self, request: &Request) -> Option<(&File, Cache)> {
        let path = request.raw_http_path();
        if path == "/" {
            return Some((&self.home[languages::asked_for(request)], Cache::Revalidate));
        }
        let file = self.files.get(path).map(|file| (&**file, Cache::Revalidate));
        file.or_else(|| self.pages.assets.find(path))
    }
}

fn page(pages: &Arc<Pages>, kind: Kind, html: impl FnOnce(&Pages) -> String + Send + 'static) -> Lazy {
    let pages = Arc::clone(pages);
    lazy(move || File::new(kind, html(&pages).as_bytes()))
}

#[expect(clippy::expect_used, reason = "a map whose keys are texts can be written as JSON")]
fn to_json(document: &OpenApi) -> String {
    document.to_json().expect("a map whose keys are texts can be written as JSON")
}

/// Answers one request.
pub fn handle(site: &Site, request: &Request) -> Response<Body> {
    let log = RequestLog::new(&site.pages.settings.service_name, request, site.clock.now());
    let (response, outcome) = match site.find(request) {
        Some((file, cache)) => (file.answer(request.headers(), cache), "success"),
        None if request.raw_http_path() == CHANGE_PASSWORD[0] => (change_password(), "success"),
        None if request.raw_http_path().starts_with("/api/") => (no_route(), "not-found"),
        None => (not_found(site, request), "not-found"),
    };
    log.write(outcome, response.status().as_u16());
    response
}

fn change_password() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(CHANGE_PASSWORD[1]));
    response
}

/// A program gets API Gateway's answer for a missing route.
fn no_route() -> Response<Body> {
    let mut response = Response::new(Body::from(r#"{"message":"Not Found"}"#));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn not_found(site: &Site, request: &Request) -> Response<Body> {
    // Never 304: a missing page has no tag that could match.
    let mut headers = request.headers().clone();
    headers.remove(IF_NONE_MATCH);
    let mut response = site.not_found[languages::asked_for(request)].answer(&headers, Cache::Revalidate);
    response.headers_mut().remove(ETAG);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
