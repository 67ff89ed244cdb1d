//! A Python function whose code is in the template: each invocation is a process of this machine's `python3`.
//!
//! For examples only: it has no role, no settings and no state, and all rights of the process.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command, time};

/// How long an invocation may take.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// Reads the code and an event, and writes the handler's answer; the handler's output goes to the log.
const RUN: &str = "
import json, sys
answer, sys.stdout = sys.stdout, sys.stderr
(code, handler, event), names = json.load(sys.stdin), {}
exec(code, names)
json.dump(names[handler](json.loads(event), None), answer)
";

/// The code of a function.
#[derive(Debug)]
pub(crate) struct Inline {
    /// The name of the called function in the code.
    pub(crate) handler: String,
    pub(crate) code: String,
}

impl Inline {
    /// The handler's answer to an event; `None` if it failed.
    pub(crate) async fn invoke(&self, event: &str) -> Option<Value> {
        time::timeout(TIME_LIMIT, self.run(event)).await.ok().flatten()
    }

    async fn run(&self, event: &str) -> Option<Value> {
        let given = json!([self.code, self.handler, event]);
        let mut command = Command::new("python3");
        command.args(["-c", RUN]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().ok()?;
        let mut input = process.stdin.take()?;
        input.write_all(given.to_string().as_bytes()).await.ok()?;
        drop(input);
        let output = process.wait_with_output().await.ok()?;
        output.status.success().then(|| serde_json::from_slice(&output.stdout).ok()).flatten()
    }
}
