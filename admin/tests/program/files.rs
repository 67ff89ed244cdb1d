//! `list` and `export`, and `import` of what was exported.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::support::{PASSWORD, Service, argument};

#[tokio::test(flavor = "multi_thread")]
async fn users_are_listed_in_pages_and_by_state() {
    let service = Service::start().await;
    let all: BTreeSet<_> = (0..7).map(|n| format!("user{n}@example.com")).collect();
    for email in &all {
        service.activated(email).await;
    }
    service.registered("pending@example.com").await;
    service.admin(&["disable", "user3@example.com", "--yes"]).await.json();

    let (mut listed, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let mut arguments = vec!["list", "--json", "--limit", "3"];
        arguments.extend(after.as_deref().into_iter().flat_map(|after| ["--after", after]));
        let page = service.admin(&arguments).await;
        listed.extend(page.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        pages += 1;
        let Some((_, next)) = page.stderr.split_once("--after ") else { break };
        after = Some(next.trim().to_owned());
    }
    assert!(pages >= 3, "{pages}");
    let email = |row: &Value| row["email"].as_str().unwrap().to_owned();
    let mut expected = all.clone();
    expected.insert("pending@example.com".to_owned());
    assert_eq!(listed.len(), 8);
    assert_eq!(listed.iter().map(email).collect::<BTreeSet<_>>(), expected);

    let disabled = service.admin(&["list", "--state", "disabled", "--csv"]).await.stdout;
    assert_eq!(disabled.lines().count(), 2, "{disabled}");
    assert!(disabled.starts_with("email,id,state,activated,created_at,"), "{disabled}");
    assert!(disabled.contains("user3@example.com") && !disabled.contains("$2b$"), "{disabled}");
    service.admin(&["list", "--state", "pending"]).await.says("pending@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_exported_with_hashes_can_sign_in_where_they_are_imported() {
    let (from, to) = (Service::start().await, Service::start().await);
    from.activated("ada@example.com").await;
    from.registered("pending@example.com").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.csv");
    let said = from.admin(&["export", "--output", argument(&file)]).await;
    assert_eq!((said.code, &*said.stdout), (0, ""));
    assert!(!fs::read_to_string(&file).unwrap().contains("$2b$"));
    to.admin(&["import", argument(&file), "--yes"]).await.refused("no column password_hash");

    for (format, flags) in [("csv", &["--with-hashes"][..]), ("jsonl", &["--with-hashes", "--json"])] {
        let file = folder.path().join(format!("users.{format}"));
        let said = from.admin(&[&["export", "--output", argument(&file)], flags].concat()).await;
        assert_eq!(said.code, 0, "{said:?}");
        let audit = to.admin(&["import", argument(&file), "--own-hashes", "--yes"]).await.json();
        let before = if format == "csv" { "imported" } else { "imported_before" };
        assert_eq!(audit[before], 2, "{audit}");
    }
    assert_eq!(to.me("ada@example.com", PASSWORD).await, 200);
    assert_eq!(to.me("pending@example.com", PASSWORD).await, 403);
}
