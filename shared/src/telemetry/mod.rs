//! What the service writes: one line of JSON per request, and a line for a start, a panic or a warning.
//!
//! A line holds what this module puts there and nothing else. No subscriber for the traces of other crates is installed,
//! so no setting and no log level can bring a request's data into the log.

mod cause;
mod metric;
mod request_log;

use std::{error::Error, io::Write, panic::PanicHookInfo, sync::OnceLock};

use serde_json::{Value, json};

use self::cause::with_sources;
pub use self::{
    metric::{DIMENSION, Metric, NAMESPACE},
    request_log::RequestLog,
};

/// Who writes the lines instead of this module.
static WRITER: OnceLock<fn(&Value)> = OnceLock::new();

/// Has each line written by this function, from now on and for good: by one that shows it to a person.
pub fn write_lines_with(writer: fn(&Value)) {
    let _ = WRITER.set(writer);
}

/// Makes a panic one line that says where it happened. What it says may hold a request's data, and is not written.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(write) = WRITER.get() {
            return write(&panic_line(panic));
        }
        // Not printed like other lines: printing can panic, and a panic in here would end the process.
        let _ = std::io::stderr().lock().write_all(format!("{}\n", panic_line(panic)).as_bytes());
    }));
}

pub(crate) fn panic_line(panic: &PanicHookInfo<'_>) -> Value {
    let location = panic.location().map(ToString::to_string);
    json!({"level": "error", "message": "panic", "location": location})
}

/// Writes why the service can't start.
pub fn write_start_failure(cause: &(dyn Error + 'static)) {
    write_line(&json!({"level": "error", "message": "cannot start", "cause": with_sources(cause)}));
}

/// Writes what an operator should know of a start.
pub(crate) fn write_warning(message: &str) {
    write_line(&json!({"level": "warn", "message": message}));
}

#[expect(
    clippy::print_stderr,
    reason = "a test's runner keeps what is printed with the test, and shows it when that fails"
)]
fn write_line(line: &Value) {
    if let Some(write) = WRITER.get() {
        return write(line);
    }
    // In one piece, so that lines of simultaneous requests don't mix.
    let line = format!("{line}\n");
    // It panics when nobody reads the log any more: no reason to end a request.
    let _ = std::panic::catch_unwind(|| eprint!("{line}"));
}
