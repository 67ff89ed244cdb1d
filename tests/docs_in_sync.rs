//! The documents agree with the code: settings and routes are the same wherever they are named.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use saphyr::Yaml;
use shared::{
    code::Purpose,
    config::{Config, Need, PageSettings},
    problem::Problem,
};
use site::Handle;

use crate::support::template::{at, environments, expect_same, load, names, read, with_needed};

/// The SDK's own setting, for `sam local`.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

const EVERYTHING: [[Need; 7]; 2] = [everything_for(Purpose::Activation), everything_for(Purpose::Reset)];

const fn everything_for(codes: Purpose) -> [Need; 7] {
    [
        Need::Edge,
        Need::Users,
        Need::Registrations,
        Need::Codes(codes),
        Need::CodeRequests,
        Need::Mail,
        Need::NewPasswords,
    ]
}

/// The settings of all functions as shown by `Debug`, with one changed.
fn with(name: &str, value: &str) -> Option<String> {
    let lookup = |asked: &str| with_needed((name, value), asked);
    let configs = EVERYTHING.map(|needs| Some(format!("{:?}", Config::read(&needs, lookup).ok()?)));
    let page = Some(format!("{:?}", PageSettings::read(lookup).ok()?));
    configs.into_iter().chain([page]).collect()
}

/// Every variable that some function reads.
fn all_settings() -> BTreeSet<String> {
    EVERYTHING.iter().flat_map(|needs| settings(needs)).chain(read_by_pages()).collect()
}

/// Every variable that a function with these needs reads.
fn settings(needs: &[Need]) -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    for mailer in ["console", "ses", "webhook"] {
        Config::read(needs, |name| {
            asked.borrow_mut().insert(name.to_owned());
            with_needed(("MAILER", mailer), name)
        })
        .unwrap();
    }
    asked.into_inner()
}

/// The binary of a function of the template: `send-code` of `SendCodeFunction`.
fn binary(function: &str) -> String {
    let words = function.strip_suffix("Function").unwrap().char_indices().map(|(at, letter)| {
        let dash = if at > 0 && letter.is_ascii_uppercase() { "-" } else { "" };
        format!("{dash}{}", letter.to_ascii_lowercase())
    });
    words.collect()
}

/// Every variable that a function reads: it gets these and no others.
fn read_by(function: &str) -> BTreeSet<String> {
    if function == "SiteFunction" {
        return read_by_pages();
    }
    match site::Function::of_binary(&binary(function)).unwrap().handle {
        Handle::WithApp(needs, _) => {
            let mut read = settings(needs);
            read.insert(ENDPOINT.to_owned());
            read
        }
        Handle::AccountChanges(_) => names(["SERVICE_NAME"]),
    }
}

/// Every variable that the pages read, except the one that only `local` sets.
fn read_by_pages() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    PageSettings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    })
    .unwrap();
    assert!(asked.borrow_mut().remove("INBOX_URL"));
    asked.into_inner()
}

#[test]
fn the_template_sets_every_setting_that_the_code_reads_and_no_other() {
    let template = &load("template.yaml");
    let (mut set, mut all) = (BTreeMap::new(), BTreeSet::new());
    for (function, environment) in environments(template) {
        let place = format!("template.yaml: {function}");
        let given = names(environment.keys().copied());
        expect_same(&place, &given, &read_by(function), "the function does not read");
        for (name, value) in environment {
            let before = *set.entry(name).or_insert(value);
            assert!(before == value, "{place} has another {name} than the functions before it");
        }
        all.extend(given);
    }
    all.remove(ENDPOINT);
    expect_same("template.yaml", &all, &all_settings(), "no function reads");
}

/// The settings of the template that have a value without any parameter.
fn template_defaults() -> BTreeMap<String, String> {
    let template = &load("template.yaml");
    let text = |node: &Yaml<'_>| {
        node.as_integer().map(|number| number.to_string()).or(node.as_str().map(str::to_owned))
    };
    let value = |node: &Yaml<'_>| match node {
        Yaml::Tagged(tag, of) if tag.suffix == "Ref" => {
            text(at(template, &["Parameters", of.as_str()?, "Default"])?)
        }
        Yaml::Tagged(..) => None,
        node => text(node),
    };
    let all = environments(template).into_values().flatten();
    let all = all.filter_map(|(name, node)| Some((name.to_owned(), value(node)?)));
    all.filter(|(_, value)| !value.is_empty()).collect()
}

/// The rows of the table of settings: the names in the first column, and the default in the second.
fn explained_settings() -> Vec<(BTreeSet<String>, String)> {
    let page = read("docs/configuration.md");
    let (_, section) = page.split_once("\n## Settings\n").unwrap();
    let (table, _) = section.split_once("\n## ").unwrap();
    let rows = table.lines().map(|row| row.split('|').collect::<Vec<_>>()).filter(|row| row.len() > 3);
    let rows = rows
        .map(|row| (names(row[1].split('`').skip(1).step_by(2)), row[2].trim().trim_matches('`').to_owned()));
    rows.filter(|(names, _)| !names.is_empty()).collect()
}

#[test]
fn template_and_documents_have_the_defaults_of_the_code() {
    let in_template = template_defaults();
    let in_page = explained_settings().into_iter().filter(|(_, default)| !default.is_empty());
    let in_page: BTreeMap<_, _> = in_page
        .flat_map(|(names, default)| names.into_iter().map(move |name| (name, default.clone())))
        .collect();
    let unset = with("", "").unwrap();
    for (place, defaults) in [("template.yaml", &in_template), ("docs/configuration.md", &in_page)] {
        for (name, value) in defaults {
            let shown = with(name, value);
            assert!(
                shown.is_some_and(|shown| shown == unset),
                "{place}: {value} is not the default of {name}"
            );
        }
    }
    // A setting without effect would pass for a default.
    for (name, value) in &in_template {
        let other = match value.parse::<u32>() {
            Ok(number) => match number + 1 {
                more if with(name, &more.to_string()).is_some() => more.to_string(),
                _ => (number - 1).to_string(),
            },
            Err(_) if name == "MAILER" => "ses".to_owned(),
            Err(_) if ["BREACHED_PASSWORDS", "SHOW_API_CALLS"].contains(&&**name) => "on".to_owned(),
            Err(_) => format!("{value}, another"),
        };
        assert_ne!(with(name, &other).unwrap(), unset, "{name} is not shown");
    }
    let (in_page, in_template) = (in_page.into_keys().collect(), in_template.into_keys().collect());
    expect_same(
        "docs/configuration.md: the column of defaults",
        &in_page,
        &in_template,
        "has no default in template.yaml",
    );
}

/// The texts that tell the default of a limit, where `{}` is the number, each with its file.
const LIMITS_IN_TEXTS: [(&str, &str, &str); 18] = [
    ("CODE_ATTEMPTS", "docs/api.md", "| attempts per code | {} |"),
    ("CODE_ATTEMPTS", "functions/site/src/limits.rs", "\"{}; for a new password {} from each network"),
    ("CODE_COOLDOWN_SECONDS", "docs/api.md", "| {} s; for `register`"),
    ("CODE_COOLDOWN_SECONDS", "functions/site/src/limits.rs", "\"{} seconds\""),
    ("CODES_PER_DAY", "docs/api.md", "| {} in any 24 hours |"),
    ("CODES_PER_DAY", "functions/site/src/limits.rs", "\"{} in 24 hours; then"),
    ("CODES_PER_CLIENT_PER_DAY", "docs/api.md", "| all codes | {} a day |"),
    ("CODES_PER_CLIENT_PER_DAY", "functions/site/src/limits.rs", "\"{} a day\""),
    ("MAILS_PER_DAY", "functions/site/src/limits.rs", "\"{} a day, of which"),
    ("CODES_PER_HOUR", "docs/api.md", "| {} an hour |"),
    ("CODES_PER_HOUR", "functions/site/src/limits.rs", "\"{} an hour\""),
    ("CODES_PER_HOUR", "shared/src/problem.rs", "in an hour, {} by default"),
    ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "docs/api.md", "| {} in 15 minutes |"),
    ("PASSWORD_FAILURES_PER_QUARTER_HOUR", "functions/site/src/limits.rs", "\"{} in 15 minutes\""),
    ("PASSWORD_FAILURES_PER_DAY", "docs/api.md", "| {} a day; beyond that"),
    ("PASSWORD_FAILURES_PER_DAY", "functions/site/src/limits.rs", "\"{} a day; then 5"),
    ("PENDING_HOURS", "functions/site/src/limits.rs", "\"{} hours\""),
    ("PENDING_HOURS", "shared/src/problem.rs", "({} hours by default)"),
];

#[test]
fn the_limits_are_told_with_the_defaults_of_the_code() {
    // Another test compares these with the code's.
    let defaults = template_defaults();
    let wrong = LIMITS_IN_TEXTS.iter().filter_map(|(setting, file, text)| {
        let text = text.replace("{}", &defaults[*setting]);
        (!read(file).contains(&text)).then(|| format!("{file} lacks {text:?} of {setting}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_documents_explain_every_setting_that_the_code_reads_and_no_other() {
    let explained = explained_settings().into_iter().flat_map(|(names, _)| names).collect();
    expect_same("docs/configuration.md: \"Settings\"", &explained, &all_settings(), "the code does not read");
}

#[test]
fn the_documents_have_every_problem_and_no_other() {
    let page = read("docs/api.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains("| `/problems/"));
    let told = rows.flat_map(|row| {
        let status = row.split('|').nth(1).unwrap().trim();
        let slugs = row.split('`').filter_map(|text| text.strip_prefix("/problems/"));
        slugs.map(move |slug| format!("{status} {slug}"))
    });
    let problems = Problem::examples();
    let known = problems.iter().map(|problem| {
        let kind = problem.kind();
        format!("{} {}", kind.status.as_u16(), kind.slug)
    });
    expect_same(
        "docs/api.md: the table of problems",
        &told.collect(),
        &known.collect(),
        "the code does not have",
    );
}

#[test]
fn cargo_lambda_serves_the_routes_of_the_template() {
    let (template, manifest) = (read("template.yaml"), read("Cargo.toml"));
    let between = |text: &str, start: &str, end: &str| {
        let rest = text.split_once(start).unwrap().1;
        rest.split(end).next().unwrap().trim().trim_matches('"').to_owned()
    };
    let routes = template.lines().filter(|line| line.contains("ApiId: !Ref Api, Method:"));
    // The rest of a path, which API Gateway writes `{path+}`.
    let rest = |path: String| path.replace("{path+}", "{*path}");
    let deployed: BTreeSet<_> = routes
        .map(|line| format!("{} {}", between(line, "Method: ", ","), rest(between(line, "Path: ", " }"))))
        .collect();
    let paths = manifest.lines().filter(|line| line.contains("[{ method = "));
    let watched: BTreeSet<_> = paths
        .flat_map(|line| {
            let methods = line.split("{ method = \"").skip(1);
            methods
                .map(|method| format!("{} {}", method.split('"').next().unwrap(), between(line, "\"", "\"")))
        })
        .collect();
    assert!(!deployed.is_empty(), "template.yaml: no route was found");
    let place = "Cargo.toml: [workspace.metadata.lambda.watch.router]";
    expect_same(place, &watched, &deployed, "is no route of template.yaml");
}

#[test]
fn every_test_that_the_documents_name_exists() {
    let page = ["SECURITY.md", "CONTRIBUTING.md", "docs/architecture.md"].map(read).concat();
    let quoted = page.split('`').skip(1).step_by(2);
    let is_sentence = |name: &&str| name.matches('_').count() > 2 && !name.contains(char::is_uppercase);
    let named: BTreeSet<_> = quoted.filter(is_sentence).collect();
    let mut sources = String::new();
    for folder in ["admin", "shared", "functions", "tests", "local"] {
        append_sources(&local::workspace().join(folder), &mut sources);
    }
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "documents name tests that are not there: {missing:?}");
}

/// The documents: each Markdown file of the root, of `docs`, of `tests` and of the example.
fn documents() -> Vec<PathBuf> {
    let in_folder = |folder: &str| {
        let files = fs::read_dir(local::workspace().join(folder)).unwrap();
        files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
    };
    ["", "docs", "tests", "examples/protected-api"].into_iter().flat_map(in_folder).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let kept = |letter: char| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ => letter.is_alphanumeric().then(|| letter.to_ascii_lowercase()),
    };
    headings
        .map(|heading| heading.trim_start_matches('#').trim().chars().filter_map(kept).collect())
        .collect()
}

#[test]
fn every_link_within_the_documents_leads_somewhere() {
    let (mut links, mut broken) = (0, Vec::new());
    for path in documents() {
        let page = fs::read_to_string(&path).unwrap();
        let targets = page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        for target in targets.filter(|target| !target.contains(':')) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let linked = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let there = anchor.is_empty() && linked.exists()
                || fs::read_to_string(&linked).is_ok_and(|page| anchors(&page).contains(anchor));
            links += 1;
            if !there {
                broken.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(links > 50, "{links} links were found");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn no_document_has_conflict_markers() {
    let undecided = documents().into_iter().filter(|path| {
        let page = fs::read_to_string(path).unwrap();
        page.lines().any(|line| ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)))
    });
    assert_eq!(undecided.collect::<Vec<_>>(), [""; 0].map(PathBuf::from));
}

/// Appends each Rust file below a folder.
fn append_sources(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            append_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
