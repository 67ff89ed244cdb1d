//! A stack in AWS: which tables, which credentials, and what is reported when one of them is missing.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use tokio::process::Command;

use crate::support::{EMAIL, Said, argument};

const OUTPUTS: &str = "<member><OutputKey>UsersTable</OutputKey><OutputValue>own</OutputValue></member>\
                       <member><OutputKey>CodesTable</OutputKey><OutputValue>codes</OutputValue></member>\
                       <member><OutputKey>LimitsTable</OutputKey><OutputValue>limits</OutputValue></member>";

/// CloudFormation with one stack, and DynamoDB without tables. They keep what they are asked.
#[derive(Clone, Default)]
struct Aws {
    restored: &'static str,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Aws {
    async fn admin(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        let served = tokio::spawn(async { axum::serve(listener, router).await });
        let mut command = Command::new(env!("CARGO_BIN_EXE_admin"));
        command
            .args(arguments)
            .env_clear()
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let said = command.envs(environment.iter().copied()).output().await.unwrap().into();
        served.abort();
        said
    }

    /// Who asked DynamoDB for what.
    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(aws): State<Aws>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    if headers.contains_key("x-amz-target") {
        let credential = headers["authorization"].to_str().unwrap().to_owned();
        aws.asked.lock().unwrap().push((credential, body));
        let error = r#"{"__type":"ResourceNotFoundException","message":"Table user-profiles not found"}"#;
        return (StatusCode::BAD_REQUEST, error.to_owned());
    }
    if !body.contains("StackName=here") {
        let error = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id there does not exist\
                     </Message></Error></ErrorResponse>";
        return (StatusCode::BAD_REQUEST, error.to_owned());
    }
    let restored = format!("<ParameterValue>{}</ParameterValue>", aws.restored);
    let stack = format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>here</StackName>\
         <CreationTime>2026-01-02T03:04:05Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus>\
         <Parameters><member><ParameterKey>RestoredUsersTable</ParameterKey>{restored}</member></Parameters>\
         <Outputs>{OUTPUTS}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    );
    (StatusCode::OK, stack)
}

const REGION: (&str, &str) = ("AWS_REGION", "eu-central-1");
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "secret")];

#[tokio::test(flavor = "multi_thread")]
async fn the_users_are_in_the_table_that_the_functions_use() {
    for (restored, users) in [("", "own"), ("users-restored", "users-restored")] {
        let aws = Aws { restored, ..Aws::default() };
        let said = aws.admin(&["--stack", "here", "list"], &[REGION, KEYS[0], KEYS[1]]).await;
        assert!(said.code == 3 && !said.stderr.contains("no AWS credentials"), "{said:?}");
        let [(_, body)] = &aws.asked()[..] else { panic!("{said:?}") };
        assert!(body.contains(&format!("\"TableName\":\"{users}\"")), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credentials_of_a_named_profile_take_precedence_over_those_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[other]\naws_access_key_id = PROFILE\naws_secret_access_key = secret\n").unwrap();
    let environment = [REGION, KEYS[0], KEYS[1], ("AWS_SHARED_CREDENTIALS_FILE", argument(&file))];
    for (arguments, key) in [(&["--profile", "other"][..], "PROFILE"), (&[], "ENVIRONMENT")] {
        let aws = Aws::default();
        aws.admin(&[arguments, &["--stack", "here", "list"]].concat(), &environment).await;
        let [(credential, _)] = &aws.asked()[..] else { panic!("not asked once") };
        assert!(credential.contains(&format!("Credential={key}/")), "{credential}");
    }
    let aws = Aws::default();
    let said = aws.admin(&["--profile", "absent", "--stack", "here", "list"], &environment).await;
    assert!(said.stderr.contains("no AWS credentials"), "{said:?}");
    assert!(said.code == 3 && said.stderr.contains("absent") && aws.asked().is_empty(), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_reported() {
    let aws = Aws::default();
    let all = [REGION, KEYS[0], KEYS[1]];
    let list = |stack| vec!["--stack", stack, "list"];
    for (arguments, environment, code, why) in [
        (list("here"), &all[1..], 1, "which region? Use --region"),
        (list("here"), &all[..1], 3, "no AWS credentials: sign in as for the AWS CLI"),
        (list("there"), &all, 3, "in eu-central-1: ValidationError: Stack with id there does not exist"),
        (vec!["list"], &all, 1, "which stack? Use --stack"),
        (vec!["--stack", "here", "list", "--local"], &all, 1, "--local or --stack, but not both"),
        (vec!["show", EMAIL, "--local", "--stack", "here"], &all, 1, "--local or --stack, but not both"),
    ] {
        let said = aws.admin(&arguments, environment).await;
        assert!(said.code == code && said.stderr.contains(why), "{said:?}");
    }
    assert!(aws.asked().is_empty());
}
