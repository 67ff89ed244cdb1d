//! Reads the template, the documents and the settings for tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use saphyr::{LoadableYamlNode, Yaml};

/// The text of a file of the workspace.
pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(local::workspace().join(file)).unwrap()
}

/// A template of the workspace; its text stays until the tests end.
pub(crate) fn load(file: &str) -> Yaml<'static> {
    Yaml::load_from_str(read(file).leak()).unwrap().remove(0)
}

/// Calls `visit` with this node and each node below it.
pub(crate) fn walk<'a>(node: &'a Yaml<'a>, visit: &mut impl FnMut(&'a Yaml<'a>)) {
    visit(node);
    match node {
        Yaml::Sequence(items) => items.iter().for_each(|item| walk(item, visit)),
        Yaml::Mapping(members) => members.iter().for_each(|(_, value)| walk(value, visit)),
        Yaml::Tagged(_, node) => walk(node, visit),
        _ => {}
    }
}

/// The node that this path of keys leads to.
pub(crate) fn at<'a>(node: &'a Yaml<'a>, path: &[&str]) -> Option<&'a Yaml<'a>> {
    path.iter().try_fold(node, |node, key| node.as_mapping_get(key))
}

/// The text of a value, without its tag.
pub(crate) fn text<'a>(node: &'a Yaml<'a>, key: &str) -> Option<&'a str> {
    match node.as_mapping_get(key)? {
        Yaml::Tagged(_, node) => node.as_str(),
        node => node.as_str(),
    }
}

/// The names of the resources of a type, with their properties.
pub(crate) fn resources<'a>(template: &'a Yaml<'a>, kind: &str) -> Vec<(&'a str, &'a Yaml<'a>)> {
    let all = at(template, &["Resources"]).unwrap().as_mapping().unwrap();
    let of_kind = all.iter().filter(|(_, resource)| text(resource, "Type") == Some(kind));
    of_kind.map(|(name, resource)| (name.as_str().unwrap(), at(resource, &["Properties"]).unwrap())).collect()
}

/// The names of the functions, each with its variables, including the `Globals`.
pub(crate) fn environments<'a>(template: &'a Yaml<'a>) -> BTreeMap<&'a str, BTreeMap<&'a str, &'a Yaml<'a>>> {
    let variables = |node, path| at(node, path).and_then(Yaml::as_mapping).into_iter().flatten();
    let globals = || variables(template, &["Globals", "Function", "Environment", "Variables"]);
    let given = |(function, properties)| {
        let all = globals().chain(variables(properties, &["Environment", "Variables"]));
        (function, all.map(|(name, value)| (name.as_str().unwrap(), value)).collect())
    };
    resources(template, "AWS::Serverless::Function").into_iter().map(given).collect()
}

/// Fails with a line for each name that is missing in a place, and for each that should not be there.
#[track_caller]
pub(crate) fn expect_same(place: &str, found: &BTreeSet<String>, wanted: &BTreeSet<String>, but: &str) {
    let lacking = wanted.difference(found).map(|name| format!("{place} lacks {name}"));
    let spare = found.difference(wanted).map(|name| format!("{place} has {name}, which {but}"));
    let all: Vec<_> = lacking.chain(spare).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// A set of names.
pub(crate) fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    all.into_iter().map(str::to_owned).collect()
}

/// The settings without a default, whatever the mailer.
const NEEDED: [(&str, &str); 7] = [
    ("USERS_TABLE", "table"),
    ("CODES_TABLE", "table"),
    ("LIMITS_TABLE", "table"),
    ("CODE_SECRET", "0123456789abcdef0123456789abcdef"),
    ("MAIL_FROM", "codes@example.com"),
    ("WEBHOOK_URL", "https://example.com"),
    ("WEBHOOK_SECRET", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
];

/// The value of a variable if only this one and the required ones are set.
pub(crate) fn with_needed(set: (&str, &str), variable: &str) -> Option<String> {
    let mut all = [set].into_iter().chain(NEEDED);
    all.find(|(name, _)| *name == variable).map(|(_, value)| value.to_owned())
}
