//! What is going to run: the template's functions with their configuration, and its tables.
//!
//! Made before anything listens, so that a template or a setting that can't be used stops the start with nothing begun.

use std::collections::BTreeMap;

use shared::config::{Config, PageSettings};
use site::Function;

use crate::{
    Options, StartError,
    route::Route,
    template::{FunctionResource, Permissions, TableResource, Template},
};

/// The template's parameters that have another value here, each with the setting that goes before it.
const PARAMETER_OVERRIDES: [(&str, &str, &str); 2] =
    [("Mailer", "MAILER", "ses"), ("MailFrom", "MAIL_FROM", "no-reply@example.com")];

/// What the functions see unless a setting says otherwise.
const ENVIRONMENT_OVERRIDES: [(&str, &str); 2] =
    [("CODE_SECRET", "for development only, never to be deployed"), ("INBOX_URL", "/inbox")];

/// What is going to run.
pub(crate) struct Plan {
    pub(crate) functions: Vec<Planned>,
    pub(crate) tables: Vec<TableResource>,
}

/// A function of the template that is ready to start.
pub(crate) struct Planned {
    /// The logical id.
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) routes: Vec<Route>,
    pub(crate) permissions: Permissions,
}

/// A function with the configuration that it reads.
pub(crate) enum Settings {
    Api(Function, Box<Config>),
    Site(PageSettings),
}

impl Plan {
    /// Reads the template, and the configuration of each of its functions.
    pub(crate) fn new(options: &Options) -> Result<Self, StartError> {
        let parameters = PARAMETER_OVERRIDES.map(|(parameter, name, own)| {
            (parameter, options.setting(name).unwrap_or_else(|| own.to_owned()))
        });
        let template = Template::read(&options.template, &parameters)
            .map_err(|reason| StartError::Template { path: options.template.clone(), reason })?;
        let functions = template.functions.into_iter().map(|resource| configure(resource, &options.settings));
        Ok(Self { functions: functions.collect::<Result<_, _>>()?, tables: template.tables })
    }
}

/// Finds the function and reads its configuration: settings before our own values before the template's.
fn configure(resource: FunctionResource, settings: &BTreeMap<String, String>) -> Result<Planned, StartError> {
    let FunctionResource { name, binary, routes, environment, permissions } = resource;
    let own =
        |name: &str| ENVIRONMENT_OVERRIDES.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let lookup = |name: &str| {
        let value = settings.get(name).map(String::as_str).or_else(|| own(name));
        value.or_else(|| environment.get(name).map(String::as_str)).map(str::to_owned)
    };
    let settings = match (&*binary, Function::of_binary(&binary)) {
        ("site", _) => PageSettings::read(lookup).map(Settings::Site),
        (_, Some(function)) => {
            Config::read(function.needs, lookup).map(|config| Settings::Api(function, Box::new(config)))
        }
        (_, None) => return Err(StartError::UnknownFunction { function: name, binary }),
    };
    match settings {
        Ok(settings) => Ok(Planned { name, settings, routes, permissions }),
        Err(reason) => Err(StartError::Setting { function: name, reason }),
    }
}
