//! The log: one line of JSON per request, and a line for a failed start, a panic or a warning.
//!
//! A line contains only what this module puts there. No tracing subscriber is installed, so no setting and no log level
//! can bring a request's data into the log.

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

/// A function that writes the lines instead of this module.
static WRITER: OnceLock<fn(&Value)> = OnceLock::new();

/// Has this function write each line from now on, permanently: for lines that people read.
pub fn write_lines_with(writer: fn(&Value)) {
    let _ = WRITER.set(writer);
}

/// Logs a panic as one line with its location. Its message may contain a request's data, and is not written.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(write) = WRITER.get() {
            return write(&panic_line(panic));
        }
        // Not printed like other lines, because printing can panic, and a panic here would abort the process.
        let _ = std::io::stderr().lock().write_all(format!("{}\n", panic_line(panic)).as_bytes());
    }));
}

pub(crate) fn panic_line(panic: &PanicHookInfo<'_>) -> Value {
    let location = panic.location().map(ToString::to_string);
    json!({"level": "error", "message": "panic", "location": location})
}

/// Logs why the service can't start.
pub fn write_start_failure(cause: &(dyn Error + 'static)) {
    write_line(&json!({"level": "error", "message": "cannot start", "cause": with_sources(cause)}));
}

/// Logs what an operator should know about a start.
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
    // Printing panics if the reader of the log is gone, which is no reason to fail a request.
    let _ = std::panic::catch_unwind(|| eprint!("{line}"));
}
