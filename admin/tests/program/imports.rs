//! `import`: rows of other systems become users who sign in, whatever happens on the way.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Service, argument};

const HEADER: &str = "email,hashed_password,is_active,created_at\n";

fn hash(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

fn refused(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(format!("{}.refused", argument(file))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_another_system_can_sign_in_and_refused_rows_are_listed() {
    let service = Service::start().await;
    service.activated("taken@example.com").await;
    let own = hash("their own password");
    let rows = [
        format!("ADA@Example.com,{},true,2024-05-01T00:00:00Z", own.replacen("$2b$", "$2a$", 1)),
        format!("taken@example.com,{own},true,"),
        "bob@example.com,$2b$04$short,true,".to_owned(),
        format!("eve@example.com,{own},false,"),
        format!("not an address,{own},true,"),
        format!("php@example.com,{},1,", own.replacen("$2b$", "$2y$", 1)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.csv");
    fs::write(&file, format!("{HEADER}{}\n", rows.join("\n"))).unwrap();

    let tried = service.admin(&["import", argument(&file), "--dry-run"]).await;
    assert_eq!(serde_json::from_str::<Value>(&tried.stdout).unwrap()["imported"], 4, "{tried:?}");
    assert_eq!(service.me(EMAIL, "their own password").await, 401);

    let said = service.admin(&["import", argument(&file), "--yes"]).await;
    let audit: Value = serde_json::from_str(&said.stdout).unwrap();
    let tally =
        ["imported", "imported_before", "left_alone", "refused"].map(|name| audit[name].as_u64().unwrap());
    assert_eq!((said.code, tally), (1, [3, 0, 1, 2]), "{said:?}");
    let lines: Vec<_> = refused(&file).iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [4, 6]);
    assert_eq!(service.me(EMAIL, "their own password").await, 200);
    assert_eq!(service.me("php@example.com", "their own password").await, 200);
    assert_eq!(service.me("eve@example.com", "their own password").await, 403);
    assert_eq!(service.me("taken@example.com", PASSWORD).await, 200);
    let (_, account) = service.ask(Method::GET, "/api/me", Some((EMAIL, "their own password")), None).await;
    assert_eq!(account["created_at"], "2024-05-01T00:00:00Z");

    // Again: nothing is written twice. With `--replace`: the one that was left alone.
    let said = service.admin(&["import", argument(&file), "--replace", "--yes"]).await;
    let audit: Value = serde_json::from_str(&said.stdout).unwrap();
    let tally =
        ["imported", "imported_before", "left_alone", "refused"].map(|name| audit[name].as_u64().unwrap());
    assert_eq!((said.code, tally), (1, [1, 3, 0, 2]), "{said:?}");
    assert_eq!(service.me("taken@example.com", "their own password").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_byte_of_an_imported_long_password_counts_from_the_first_sign_in() {
    let service = Service::start().await;
    let long =
        "a long passphrase, of which other systems gave bcrypt the first 72 bytes and dropped the rest";
    // What the other system stored: bcrypt reads no more.
    let stored = hash(&long[..72]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.txt");
    fs::write(&file, format!("1\t{EMAIL}\t{stored}\tt\t2024-05-01 12:00:00.123456+00\t\\N\n")).unwrap();
    let columns = "id,email,password_hash,activated,created_at,name";
    let audit = service.admin(&["import", argument(&file), "--columns", columns, "--yes"]).await.json();
    assert_eq!(audit["imported"], 1);
    assert_eq!(service.me(EMAIL, "wrong password").await, 401);
    assert_eq!(service.me(EMAIL, long).await, 200);
    assert_eq!(service.me(EMAIL, long).await, 200);
    assert_eq!(service.me(EMAIL, &long[..72]).await, 401);
    assert_eq!(service.me(EMAIL, &format!("{}another end", &long[..72])).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_repeatedly_has_each_row_once() {
    const ROWS: usize = 1000;
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.csv");
    let (mut text, hash) = (HEADER.to_owned(), hash("their own password"));
    for row in 0..ROWS {
        // Every hundredth is refused.
        let at = if row % 100 == 99 { "" } else { "@" };
        writeln!(text, "user{row}{at}example.com,{hash},true,").unwrap();
    }
    fs::write(&file, text).unwrap();
    let arguments = ["import", argument(&file), "--yes", "--parallel", "8"];
    for kill in 1..=5 {
        let mut running = service.spawn(&arguments);
        while service.users().await < 50 * kill {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.kill().await.unwrap();
    }
    assert!(service.users().await < 990, "the last kill came too late");
    let said = service.admin(&arguments).await;
    let audit: Value = serde_json::from_str(&said.stdout).unwrap();
    let sum: u64 = ["imported", "imported_before"].map(|name| audit[name].as_u64().unwrap()).iter().sum();
    assert_eq!((sum, &audit["refused"], said.code), (990, &json!(10), 1), "{said:?}");
    let lines: BTreeSet<_> = refused(&file).iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!((refused(&file).len(), lines.len()), (10, 10));
    let exported = service.admin(&["export"]).await.stdout;
    assert_eq!(exported.lines().count(), 1 + 990);
    for row in [0, 123, 998] {
        assert_eq!(service.me(&format!("user{row}@example.com"), "their own password").await, 200);
    }
    assert!(!fs::exists(format!("{}.checkpoint", argument(&file))).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_a_list_of_users_is_refused_before_anything_is_written() {
    let service = Service::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, text, why) in [
        ("users.csv", "email,password\n", "no column password_hash"),
        ("users.csv", "email,password_hash\n", "--all-activated"),
        ("users.bin", "", "--format"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        service.admin(&["import", argument(&file), "--yes"]).await.refused(why);
    }
    assert_eq!(service.admin(&["import", "nowhere.csv", "--yes"]).await.code, 3);
    let file = folder.path().join("users.csv");
    fs::write(&file, "email,password_hash\n").unwrap();
    fs::write(folder.path().join("users.csv.checkpoint"), r#"{"length":1,"line":5,"refused_length":0,"imported":5,"imported_before":0,"left_alone":0,"refused":0}"#).unwrap();
    service.admin(&["import", argument(&file), "--all-activated", "--yes"]).await.refused("another file");
}
