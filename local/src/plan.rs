//! The plan of what will run: the template's functions with their configuration, and its tables.
//!
//! It is made before anything listens, so that an invalid template or setting is reported before anything has started.

use std::collections::{BTreeMap, BTreeSet};

use shared::config::{self, Config, PageSettings};
use site::{AccountChanges, AppHandle, Function, Handle};

use crate::{
    Options, StartError,
    inline::Inline,
    template::{
        AuthorizerResource, Code, FunctionResource, Permissions, RouteResource, TableResource, Template,
        function_arn,
    },
};

/// The template's parameters that have a different value here, each with the setting that overrides it.
const PARAMETER_OVERRIDES: [(&str, &str, &str); 2] =
    [("Mailer", "MAILER", "ses"), ("MailFrom", "MAIL_FROM", "no-reply@example.com")];

/// The functions' environment unless a setting overrides it.
const ENVIRONMENT_OVERRIDES: [(&str, &str); 3] = [
    ("CODE_SECRET", "for development only, never to be deployed"),
    ("INBOX_URL", "/inbox"),
    ("SHOW_API_CALLS", "on"),
];

/// The plan.
pub(crate) struct Plan {
    pub(crate) functions: Vec<Planned>,
    pub(crate) tables: Vec<TableResource>,
    /// The function of each is one of these.
    pub(crate) authorizers: Vec<AuthorizerResource>,
}

/// A function of the template that is ready to start.
pub(crate) struct Planned {
    /// The logical id.
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) routes: Vec<RouteResource>,
    pub(crate) permissions: Permissions,
}

/// A function with the configuration that it reads.
pub(crate) enum Settings {
    Api(AppHandle, Box<Config>),
    Site(PageSettings),
    AccountChanges(AccountChanges, String),
    Inline(Inline),
}

impl Plan {
    /// Reads the templates, each with the exports of those before it, and the configuration of each of their functions.
    pub(crate) fn new(options: &Options) -> Result<Self, StartError> {
        let parameters = PARAMETER_OVERRIDES.map(|(parameter, name, own)| {
            (parameter, options.setting(name).unwrap_or_else(|| own.to_owned()))
        });
        let mut plan = Self { functions: Vec::new(), tables: Vec::new(), authorizers: Vec::new() };
        let mut exports = BTreeMap::new();
        for path in [&options.template].into_iter().chain(&options.also) {
            let template = Template::read(path, &parameters, &exports)
                .map_err(|reason| StartError::Template { path: path.clone(), reason })?;
            for mut resource in template.functions {
                for index in resource.routes.iter_mut().filter_map(|route| route.authorizer.as_mut()) {
                    *index += plan.authorizers.len();
                }
                plan.functions.push(configure(resource, &options.settings)?);
            }
            plan.tables.extend(template.tables);
            plan.authorizers.extend(template.authorizers);
            exports.extend(template.exports);
        }
        let arns: BTreeSet<_> = plan.functions.iter().map(|function| function_arn(&function.name)).collect();
        match plan.authorizers.iter().find(|authorizer| !arns.contains(&authorizer.function)) {
            Some(lost) => Err(StartError::UnknownAuthorizer { authorizer: lost.id.clone() }),
            None => Ok(plan),
        }
    }
}

/// Finds the function and reads its configuration: settings override our own values, which override the template's.
fn configure(resource: FunctionResource, settings: &BTreeMap<String, String>) -> Result<Planned, StartError> {
    let FunctionResource { name, code, routes, environment, permissions } = resource;
    let binary = match code {
        Code::Binary(binary) => binary,
        Code::Inline(code) => {
            return Ok(Planned { name, settings: Settings::Inline(code), routes, permissions });
        }
    };
    let own =
        |name: &str| ENVIRONMENT_OVERRIDES.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let lookup = |name: &str| {
        let value = settings.get(name).map(String::as_str).or_else(|| own(name));
        value.or_else(|| environment.get(name).map(String::as_str)).map(str::to_owned)
    };
    let settings = match (&*binary, Function::of_binary(&binary)) {
        ("site", _) => PageSettings::read(lookup).map(Settings::Site),
        (_, Some(Function { handle: Handle::WithApp(needs, handle), .. })) => {
            Config::read(needs, lookup).map(|config| Settings::Api(handle, Box::new(config)))
        }
        (_, Some(Function { handle: Handle::AccountChanges(handle), .. })) => {
            config::service_name(lookup).map(|name| Settings::AccountChanges(handle, name))
        }
        (_, None) => return Err(StartError::UnknownFunction { function: name, binary }),
    };
    match settings {
        Ok(settings) => Ok(Planned { name, settings, routes, permissions }),
        Err(reason) => Err(StartError::Setting { function: name, reason }),
    }
}
