//! What the template says beside what the code says, and what it promises of itself.

use std::collections::BTreeSet;

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;
use shared::{
    config::{Config, Needs},
    telemetry::{DIMENSION, Metric, NAMESPACE},
};

use crate::support::template::{
    at, environments, expect_same, names, read, resources, text, walk, with_needed,
};

#[test]
fn alarms_and_dashboard_watch_the_metrics_that_the_code_emits() {
    let file = read("template.yaml");
    let template = &Yaml::load_from_str(&file).unwrap()[0];
    let emitted: BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    // What tells metrics of one name apart.
    let dimension = |namespace: &str| match namespace {
        NAMESPACE => Some((DIMENSION, "ServiceName")),
        "AWS/Lambda" => Some(("FunctionName", "Function")),
        "AWS/ApiGateway" => Some(("ApiId", "Api")),
        "AWS/SES" => None,
        other => panic!("a namespace that nobody knows: {other}"),
    };

    let mut alarmed = BTreeSet::new();
    for (alarm, properties) in resources(template, "AWS::CloudWatch::Alarm") {
        walk(properties, &mut |node| {
            let (Some(namespace), Some(name)) = (text(node, "Namespace"), text(node, "MetricName")) else {
                return;
            };
            let own = node.as_mapping_get("Dimensions").and_then(|all| all.as_vec()?.first());
            let own = own.map(|own| (text(own, "Name").unwrap(), text(own, "Value").unwrap()));
            assert_eq!(own.map(|(name, _)| name), dimension(namespace).map(|(name, _)| name), "{alarm}");
            let ends_as_it_must = |(_, value): (&str, &str)| value.ends_with(dimension(namespace).unwrap().1);
            assert!(own.is_none_or(ends_as_it_must), "{alarm}");
            if namespace == NAMESPACE {
                assert!(
                    emitted.contains(name),
                    "template.yaml: {alarm} watches {name}, which the code does not emit"
                );
            }
            alarmed.insert(name);
        });
    }
    for name in ["Faults", "MailFailures", "LimitsHit", "5xx", "Errors", "Throttles", "IntegrationLatency"] {
        assert!(alarmed.contains(name), "template.yaml: no alarm watches {name}");
    }

    let [(_, dashboard)] = resources(template, "AWS::CloudWatch::Dashboard")[..] else { panic!() };
    let body: Value = serde_json::from_str(text(dashboard, "DashboardBody").unwrap()).unwrap();
    let mut shown = BTreeSet::new();
    for metric in body["widgets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|widget| widget["properties"]["metrics"].as_array())
        .flatten()
    {
        let part = |index: usize| metric[index].as_str().unwrap();
        let (name, value) = dimension(part(0)).unwrap();
        assert_eq!((part(2), part(3)), (name, &*format!("${{{value}}}")));
        if part(0) == NAMESPACE {
            shown.insert(part(1));
        }
    }
    expect_same("template.yaml: Dashboard", &names(shown), &names(emitted), "the code does not emit");
}

#[test]
fn a_new_version_is_made_for_every_parameter_that_a_function_reads() {
    let file = read("template.yaml");
    let template = &Yaml::load_from_str(&file).unwrap()[0];
    let parameters = at(template, &["Parameters"]).unwrap().as_mapping().unwrap();
    let parameters: BTreeSet<_> = parameters.iter().map(|(name, _)| name.as_str().unwrap()).collect();
    let parameters_in = |node| {
        let mut found = BTreeSet::new();
        walk(node, &mut |node| {
            let text = node.as_str().unwrap_or_default();
            let names = text.split("${").filter_map(|part| Some(part.split_once('}')?.0)).chain([text]);
            found.extend(names.filter(|name| parameters.contains(name)));
        });
        found
    };
    let environments = environments(template);

    for (function, properties) in resources(template, "AWS::Serverless::Function") {
        assert_eq!(
            at(properties, &["AutoPublishAliasAllProperties"]).and_then(Yaml::as_bool),
            Some(true),
            "template.yaml: {function}"
        );
        let mut given = BTreeSet::from(["Release"]);
        given.extend(parameters_in(at(template, &["Globals", "Function", "Tracing"]).unwrap()));
        given.extend(environments[function].values().copied().flat_map(parameters_in));
        // A secret must not be written down; a new one comes with a new Release.
        given.retain(|name| !["WebhookUrl", "WebhookSecret", "EdgeSecret"].contains(name));
        let described = parameters_in(at(properties, &["VersionDescription"]).unwrap());
        let place = format!("template.yaml: VersionDescription of {function}");
        expect_same(&place, &names(described), &names(given), "no variable of this function holds");
    }
    assert_eq!(parameters_in(environments["MeFunction"]["BCRYPT_COST"]), BTreeSet::from(["BcryptCost"]));
}

#[test]
fn the_description_of_a_version_is_short_enough_for_any_parameters() {
    let file = read("template.yaml");
    let template = &Yaml::load_from_str(&file).unwrap()[0];
    let longest = |name: &str| {
        let parameter = at(template, &["Parameters", name]).unwrap();
        let number = |key: &str| Some(at(parameter, &[key])?.as_integer().unwrap());
        let values = at(parameter, &["AllowedValues"]).and_then(Yaml::as_vec).into_iter().flatten();
        let values = values.map(|value| value.as_str().unwrap().len()).max();
        let digits = number("MaxValue").map(|max| max.to_string().len());
        let length = number("MaxLength").map(|length| usize::try_from(length).unwrap());
        values.or(digits).or(length).expect("a longest value")
    };
    for (function, properties) in resources(template, "AWS::Serverless::Function") {
        let mut parts = text(properties, "VersionDescription").unwrap().split("${");
        let mut length = parts.next().unwrap().len();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            length += longest(name) + rest.len();
        }
        assert!(
            length <= 256,
            "template.yaml: VersionDescription of {function} may have {length} characters"
        );
    }
}

#[test]
fn the_parameters_take_numbers_that_the_code_takes_and_no_others() {
    let file = read("template.yaml");
    let template = &Yaml::load_from_str(&file).unwrap()[0];
    for (parameter, setting) in [("BcryptCost", "BCRYPT_COST"), ("CodeLength", "CODE_LENGTH")] {
        let number =
            |key: &str| at(template, &["Parameters", parameter, key]).and_then(Yaml::as_integer).unwrap();
        let taken = |value: i64| {
            let value = value.to_string();
            Config::read(Needs { codes: true, ..Needs::NOTHING }, |name| with_needed((setting, &value), name))
                .is_ok()
        };
        assert!(
            (number("MinValue")..=number("MaxValue")).all(taken),
            "template.yaml: {parameter} takes what {setting} does not"
        );
        assert!(!taken(number("MaxValue") + 1), "template.yaml: MaxValue of {parameter} could be higher");
    }
}

#[test]
fn the_operations_page_explains_every_alarm_and_no_other() {
    let file = read("template.yaml");
    let template = &Yaml::load_from_str(&file).unwrap()[0];
    let alarms = resources(template, "AWS::CloudWatch::Alarm").into_iter().map(|(name, _)| name);
    let page = read("OPERATIONS.md");
    let (_, section) = page.split_once("\n## The alarms\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let explained = names(rows.map(|row| row.split('`').next().unwrap()));
    expect_same("OPERATIONS.md: \"The alarms\"", &explained, &names(alarms), "template.yaml does not have");
}
