//! The template agrees with the code and with itself.

use std::collections::BTreeSet;

use saphyr::Yaml;
use serde_json::Value;
use shared::{
    code::Purpose,
    config::{Config, Need},
    telemetry::{DIMENSION, Metric, NAMESPACE},
};

use crate::support::template::{
    at, environments, expect_same, load, names, read, resources, text, walk, with_needed,
};

/// The namespace for requests that API Gateway refuses.
const GATEWAY_NAMESPACE: &str = "UserRegistration/Gateway";

#[test]
fn alarms_and_dashboard_watch_the_metrics_that_the_code_emits() {
    let template = &load("template.yaml");
    let emitted: BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    // The dimensions of metrics.
    let dimension = |namespace: &str, name: &str| match namespace {
        NAMESPACE => Some((DIMENSION, "ServiceName")),
        "AWS/Lambda" => Some(("FunctionName", "Function")),
        "AWS/ApiGateway" | GATEWAY_NAMESPACE => Some(("ApiId", "Api")),
        "AWS/SES" if name == "Bounce" => Some(("ses:configuration-set", "MailConfigurationSet")),
        "AWS/SES" => None,
        "AWS/SQS" => Some(("QueueName", "Failures.QueueName")),
        other => panic!("an unknown namespace: {other}"),
    };

    let mut alarmed = BTreeSet::new();
    for (alarm, properties) in resources(template, "AWS::CloudWatch::Alarm") {
        walk(properties, &mut |node| {
            let (Some(namespace), Some(name)) = (text(node, "Namespace"), text(node, "MetricName")) else {
                return;
            };
            let own = node.as_mapping_get("Dimensions").and_then(|all| all.as_vec()?.first());
            let own = own.map(|own| (text(own, "Name").unwrap(), text(own, "Value").unwrap()));
            let wanted = dimension(namespace, name);
            assert_eq!(own.map(|(name, _)| name), wanted.map(|(name, _)| name), "{alarm}");
            assert!(own.is_none_or(|(_, value)| value.ends_with(wanted.unwrap().1)), "{alarm}");
            if namespace == NAMESPACE {
                assert!(
                    emitted.contains(name),
                    "template.yaml: {alarm} watches {name}, which the code does not emit"
                );
            }
            alarmed.insert(name);
        });
    }
    for name in [
        "Faults",
        "MailFailures",
        "LimitsHit",
        "5xx",
        "Errors",
        "Throttles",
        "Throttled",
        "IntegrationLatency",
        "Bounce",
    ] {
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
        let (name, value) = dimension(part(0), part(1)).unwrap();
        assert_eq!((part(2), part(3)), (name, &*format!("${{{value}}}")));
        if part(0) == NAMESPACE {
            shown.insert(part(1));
        }
    }
    expect_same("template.yaml: Dashboard", &names(shown), &names(emitted), "the code does not emit");
}

/// Requests that the gateway refuses are counted by a filter on its access log.
#[test]
fn a_filter_on_the_access_log_counts_the_refusals_of_the_gateway() {
    let template = &load("template.yaml");
    let [(_, filter)] = resources(template, "AWS::Logs::MetricFilter")[..] else { panic!() };
    assert_eq!(text(filter, "LogGroupName"), Some("AccessLogs"));
    let [metric] = &**at(filter, &["MetricTransformations"]).and_then(Yaml::as_vec).unwrap() else {
        panic!()
    };
    assert_eq!(
        (text(metric, "MetricNamespace"), text(metric, "MetricName")),
        (Some(GATEWAY_NAMESPACE), Some("Throttled"))
    );

    let settings = at(template, &["Resources", "Api", "Properties", "AccessLogSettings"]).unwrap();
    assert_eq!(text(settings, "DestinationArn"), Some("AccessLogs.Arn"));
    let line: Value = serde_json::from_str(text(settings, "Format").unwrap()).unwrap();
    let mut read_by_filter = vec![text(filter, "FilterPattern").unwrap()];
    walk(metric, &mut |node| read_by_filter.extend(node.as_str().filter(|text| text.starts_with("$."))));
    let members: BTreeSet<_> = read_by_filter.iter().flat_map(|text| text.split("$.").skip(1)).collect();
    let members: BTreeSet<_> = members.iter().map(|rest| rest.split(' ').next().unwrap()).collect();
    assert_eq!(members, BTreeSet::from(["apiId", "integrationLatency", "status"]));
    for member in members {
        assert_eq!(line[member], format!("$context.{member}"));
    }
}

/// The longest time for which a request keeps a function busy, in seconds: a hash at the template's cost and a mail.
const LONGEST: f64 = 0.335;

#[test]
fn the_rates_of_the_routes_fit_the_concurrency_of_an_account() {
    let template = &load("template.yaml");
    let api = at(template, &["Resources", "Api", "Properties"]).unwrap();
    let mut routes = BTreeSet::new();
    for (_, properties) in resources(template, "AWS::Serverless::Function") {
        walk(properties, &mut |node| {
            if let (Some(method), Some(path)) = (text(node, "Method"), text(node, "Path")) {
                routes.extend(path.starts_with("/api/").then(|| format!("{method} {path}")));
            }
        });
    }
    let Some(Yaml::Tagged(_, choice)) = at(api, &["RouteSettings"]) else { panic!() };
    let [condition, large, small] = &**choice.as_vec().unwrap() else { panic!() };
    assert_eq!(condition.as_str(), Some("HasLargeQuota"));
    for (quota, share, settings) in [(10.0, 1.0, small), (1000.0, 0.2, large)] {
        let settings = settings.as_mapping().unwrap();
        let limited = names(settings.iter().map(|(route, _)| route.as_str().unwrap()));
        let place = format!("template.yaml: RouteSettings for a quota of {quota}");
        expect_same(&place, &limited, &routes, "is no route of the API");
        let number =
            |node, key| f64::from(i32::try_from(at(node, &[key]).unwrap().as_integer().unwrap()).unwrap());
        let busy: f64 =
            settings.iter().map(|(_, rates)| number(rates, "ThrottlingRateLimit") * LONGEST).sum();
        assert!(busy <= quota * share, "{place} keep {busy} functions busy");
        for (route, rates) in settings {
            let burst = number(rates, "ThrottlingBurstLimit");
            assert!(burst <= quota, "{place}: {burst} in one burst of {}", route.as_str().unwrap());
        }
    }
}

#[test]
fn every_function_is_watched_by_the_alarms_on_functions() {
    let template = &load("template.yaml");
    let functions = names(resources(template, "AWS::Serverless::Function").into_iter().map(|(name, _)| name));
    let alarms = resources(template, "AWS::CloudWatch::Alarm");
    for wanted in ["FunctionErrorsAlarm", "ThrottlesAlarm"] {
        let (_, properties) = alarms.iter().find(|(name, _)| *name == wanted).unwrap();
        let mut watched = BTreeSet::new();
        walk(properties, &mut |node| {
            let own = text(node, "Name").filter(|name| *name == "FunctionName");
            watched.extend(own.and(text(node, "Value")).map(str::to_owned));
        });
        expect_same(&format!("template.yaml: {wanted}"), &watched, &functions, "is no function");
    }
}

#[test]
fn samconfig_sets_the_deployment_of_each_stack_and_names_only_existing_parameters() {
    let parameters = |file: &str| {
        let template = load(file);
        let all = at(&template, &["Parameters"]).and_then(Yaml::as_mapping).unwrap();
        names(all.iter().map(|(name, _)| name.as_str().unwrap()))
    };
    let mut stacks = 0;
    for section in
        read("samconfig.toml").split("\n[").filter(|section| section.contains(".deploy.parameters]"))
    {
        let stack = section.split('.').next().unwrap();
        let of_edge = section.contains("\ntemplate_file = \"edge.yaml\"");
        // Without it, SAM takes the sources for functions when nothing was built.
        let built = section.contains("\ntemplate_file = \".aws-sam/build/template.yaml\"");
        assert!(of_edge || built, "samconfig.toml: {stack} does not deploy what was built");
        let known = parameters(if of_edge { "edge.yaml" } else { "template.yaml" });
        let line = section.lines().find_map(|line| line.strip_prefix("parameter_overrides = "));
        let named =
            line.unwrap_or_default().split(['[', ' ', '"']).filter_map(|word| Some(word.split_once('=')?.0));
        let named = names(named.filter(|name| !name.is_empty()));
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "samconfig.toml: {stack} names {unknown:?}");
        // A parameter that a deployment does not name keeps its value: AllAtOnce, given once, would stay.
        assert!(of_edge || named.contains("Deployment"), "samconfig.toml: {stack} lacks Deployment");
        stacks += 1;
    }
    assert_eq!(stacks, 4, "samconfig.toml: the stacks that were found");
}

/// The parameters that are in no version's description.
const COME_WITH_A_RELEASE: [&str; 7] =
    ["WebhookUrl", "WebhookSecret", "EdgeSecret", "LogoUrl", "ContinueUrl", "TermsUrl", "PrivacyUrl"];

#[test]
fn every_parameter_that_a_function_reads_makes_a_new_version() {
    let template = &load("template.yaml");
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
        // A secret must not be shown there, and a URL may be too long: a new one comes with a new Release.
        given.retain(|name| !COME_WITH_A_RELEASE.contains(name));
        let described = parameters_in(at(properties, &["VersionDescription"]).unwrap());
        let place = format!("template.yaml: VersionDescription of {function}");
        expect_same(&place, &names(described), &names(given), "no variable of this function holds");
    }
    assert_eq!(parameters_in(environments["MeFunction"]["BCRYPT_COST"]), BTreeSet::from(["BcryptCost"]));
    // A version that an update made and rolled back must not stay: Lambda publishes nothing twice.
    let policy = at(template, &["Globals", "Function", "VersionDeletionPolicy"]).and_then(Yaml::as_str);
    assert_eq!(policy, Some("Delete"));
}

#[test]
fn the_description_of_a_version_is_short_enough_for_any_parameters() {
    let template = &load("template.yaml");
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
fn the_parameters_accept_only_numbers_that_the_code_accepts() {
    let template = &load("template.yaml");
    for (parameter, setting) in [("BcryptCost", "BCRYPT_COST"), ("CodeLength", "CODE_LENGTH")] {
        let number =
            |key: &str| at(template, &["Parameters", parameter, key]).and_then(Yaml::as_integer).unwrap();
        let taken = |value: i64| {
            let value = value.to_string();
            Config::read(&[Need::Users, Need::Codes(Purpose::Activation)], |name| {
                with_needed((setting, &value), name)
            })
            .is_ok()
        };
        assert!(
            (number("MinValue")..=number("MaxValue")).all(taken),
            "template.yaml: {parameter} takes what {setting} does not"
        );
        assert!(!taken(number("MaxValue") + 1), "template.yaml: MaxValue of {parameter} could be higher");
    }
}

/// What a pipe's target takes at once: of a longer list it is sent nothing.
const BUS_TAKES: i64 = 10;

#[test]
fn the_events_of_a_batch_of_changes_fit_into_one_call_of_the_event_bus() {
    let template = &load("template.yaml");
    let [(_, pipe)] = resources(template, "AWS::Pipes::Pipe")[..] else { panic!() };
    let batch = at(pipe, &["SourceParameters", "DynamoDBStreamParameters", "BatchSize"]).unwrap();
    assert!(batch.as_integer().unwrap() * 2 <= BUS_TAKES, "a change is two events at the most");
}

#[test]
fn the_operations_page_explains_every_alarm_and_no_other() {
    let template = &load("template.yaml");
    let alarms = resources(template, "AWS::CloudWatch::Alarm").into_iter().map(|(name, _)| name);
    let page = read("docs/operations.md");
    let (_, section) = page.split_once("\n## The alarms\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let explained = names(rows.map(|row| row.split('`').next().unwrap()));
    expect_same(
        "docs/operations.md: \"The alarms\"",
        &explained,
        &names(alarms),
        "template.yaml does not have",
    );
}
