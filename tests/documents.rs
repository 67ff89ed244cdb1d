//! What is written down beside the code: settings and routes are the same wherever they are named.

use std::{cell::RefCell, collections::BTreeSet, fs, path::Path};

use shared::config::{Config, Needs};

const EVERYTHING: Needs = Needs { codes: true, mail: true, new_passwords: true };

fn read(file: &str) -> String {
    fs::read_to_string(local::workspace().join(file)).unwrap()
}

/// Every variable that the code reads.
fn settings() -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    for (mailer, needs) in [
        ("console", vec![]),
        ("ses", vec![("MAIL_FROM", "codes@example.com")]),
        (
            "webhook",
            vec![
                ("WEBHOOK_URL", "https://example.com"),
                ("WEBHOOK_SECRET", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ],
        ),
    ] {
        Config::read(EVERYTHING, |name| {
            asked.borrow_mut().insert(name.to_owned());
            let needed = needs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            match name {
                "MAILER" => Some(mailer.to_owned()),
                "CODE_SECRET" => Some("0123456789abcdef0123456789abcdef".to_owned()),
                "USERS_TABLE" | "CODES_TABLE" | "LIMITS_TABLE" => Some("table".to_owned()),
                _ => needed,
            }
        })
        .unwrap();
    }
    asked.into_inner()
}

#[test]
fn the_template_sets_every_setting_that_the_code_reads_and_no_other() {
    let template = read("template.yaml");
    let (_, environment) = template.split_once("\n      Variables:\n").unwrap();
    let (environment, _) = environment.split_once("\n\n").unwrap();
    let names = environment.lines().filter_map(|line| line.trim().split_once(": ")).map(|(name, _)| name);
    // Of the SDK's own variables there is one, for `sam local`.
    let set: BTreeSet<_> = names.filter(|name| *name != "AWS_ENDPOINT_URL_DYNAMODB").collect();
    assert_eq!(set, settings().iter().map(String::as_str).collect());
}

#[test]
fn the_readme_explains_every_setting_that_the_code_reads_and_no_other() {
    let readme = read("README.md");
    let (_, section) = readme.split_once("\n## Settings\n").unwrap();
    let (table, _) = section.split_once("\n\n`Site=off`").unwrap();
    let first_column: String = table.lines().filter_map(|row| row.split('|').nth(1)).collect();
    let explained: BTreeSet<_> = first_column.split('`').skip(1).step_by(2).collect();
    assert_eq!(explained, settings().iter().map(String::as_str).collect());
}

#[test]
fn cargo_lambda_serves_the_routes_of_the_template() {
    let (template, manifest) = (read("template.yaml"), read("Cargo.toml"));
    let routes = |text: &str, before: &str, method: &str, method_end: &str, path: (&str, &str)| {
        let lines = text.lines().filter(|line| line.contains(before));
        let routes = lines.map(|line| {
            let part = |start: &str, end: &str| {
                let rest = line.split_once(start).unwrap().1;
                rest.split(end).next().unwrap().trim().trim_matches('"').to_owned()
            };
            (part(method, method_end), part(path.0, path.1))
        });
        routes.collect::<BTreeSet<_>>()
    };
    let deployed = routes(&template, "ApiId: !Ref Api, Method:", "Method: ", ",", ("Path: ", " }"));
    let watched = routes(&manifest, "[{ method = ", "method = \"", "\"", ("\"", "\""));
    assert!(!deployed.is_empty());
    assert_eq!(watched, deployed);
}

#[test]
fn the_tests_that_the_security_page_names_are_there() {
    let page = read("SECURITY.md");
    let quoted = page.split('`').skip(1).step_by(2);
    let is_sentence = |name: &&str| name.matches('_').count() > 2 && !name.contains(char::is_uppercase);
    let named: BTreeSet<_> = quoted.filter(is_sentence).collect();
    let mut sources = String::new();
    for folder in ["shared", "tests", "local"] {
        append_sources(&local::workspace().join(folder), &mut sources);
    }
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert_eq!(missing, [&""; 0]);
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
