//! Output for a terminal: a line for each request and each mail. Programs get the JSON that Lambda would log.
//!
//! Colours are off if the terminal has none, and with `NO_COLOR`.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use local::{Mail, Stack, Storage};
use serde_json::Value;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const fn coloured(colour: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(colour)))
}

/// Prints the URLs.
pub(crate) fn print_places(stack: &Stack, storage: &Storage) {
    let url = stack.url();
    let data = match storage {
        Storage::Memory => "kept in memory, and lost at the end".to_owned(),
        Storage::Folder(folder) => format!("kept in {}", folder.display()),
    };
    let places = [
        ("Page", format!("{url}/")),
        ("Docs", format!("{url}/docs")),
        ("Inbox", format!("{url}/inbox")),
        ("DynamoDB", stack.dynamodb_url().to_owned()),
        ("Data", data),
    ];
    let lines = places.map(|(name, place)| format!("  {BOLD}{name:<10}{BOLD:#}{place}\n"));
    out(&format!("\n{}", lines.concat()));
}

/// Shows a sent mail and its code.
pub(crate) fn print_mail(mail: &Mail) {
    out(&mail_line(mail));
}

fn mail_line(Mail { to, subject, code, .. }: &Mail) -> String {
    let to = printable(to);
    match code {
        Some(code) => format!("mail {BOLD}{}{BOLD:#} → {to}", printable(code)),
        None => format!("mail → {to}  {DIM}{}{DIM:#}", printable(subject)),
    }
}

/// Shows a line of the log, unless it is about an asset of the pages.
pub(crate) fn print_log_line(line: &Value) {
    if let Some(line) = log_line(line) {
        // As for `out`.
        let _ = writeln!(anstream::stderr(), "{line}");
    }
}

fn log_line(line: &Value) -> Option<String> {
    let text = |member: &str| line[member].as_str().map(printable);
    let cause = text("cause").map(|cause| format!("\n     {cause}")).unwrap_or_default();
    let Some(status) = line["status"].as_u64() else {
        let (level, colour) = match text("level").as_deref() {
            Some("warn") => ("warning", AnsiColor::Yellow),
            _ => ("error", AnsiColor::Red),
        };
        let place = text("location").map(|place| format!(" at {place}")).unwrap_or_default();
        let style = coloured(colour);
        return Some(format!(
            "{style}{level}{style:#} {}{place}{cause}",
            text("message").unwrap_or_default()
        ));
    };
    let route = text("route").unwrap_or_default();
    if status < 400 && route.starts_with("GET /assets/") {
        return None;
    }
    let style = coloured(match status {
        ..400 => AnsiColor::Green,
        400..500 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    });
    let outcome = text("outcome").filter(|outcome| outcome != "success").unwrap_or_default();
    let took = line["duration_ms"].as_f64().unwrap_or_default();
    Some(format!("{style}{status}{style:#}  {route:<26} {outcome:<22} {DIM}{took:>6.0} ms{DIM:#}{cause}"))
}

/// Without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

fn out(text: &str) {
    // A closed standard output does not end the program.
    let _ = writeln!(anstream::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::clock::Timestamp;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn request(route: &str, status: u16, outcome: &str) -> Value {
        json!({"level": "info", "route": route, "status": status, "outcome": outcome, "duration_ms": 12.3})
    }

    #[test]
    fn a_request_is_a_line_with_its_cause_below_and_an_asset_is_none() {
        let shown = |line: &Value| log_line(line).map(|line| plain(&line));
        let mut fault = request("GET /api/me", 500, "internal");
        fault["cause"] = "the table is gone\u{1b}[2J".into();
        let expected =
            "500  GET /api/me                internal                   12 ms\n     the table is gone[2J";
        assert_eq!(shown(&fault).unwrap(), expected);
        let expected = "201  POST /api/register                                    12 ms";
        assert_eq!(shown(&request("POST /api/register", 201, "success")).unwrap(), expected);
        assert_eq!(shown(&request("GET /assets/{file}", 200, "success")), None);
        assert!(shown(&request("GET /assets/{file}", 404, "not-found")).is_some());
    }

    #[test]
    fn a_warning_and_a_panic_say_what_they_are() {
        let warning = json!({"level": "warn", "message": "mails go to the log"});
        assert_eq!(plain(&log_line(&warning).unwrap()), "warning mails go to the log");
        let panic = json!({"level": "error", "message": "panic", "location": "src/lib.rs:1:2"});
        assert_eq!(plain(&log_line(&panic).unwrap()), "error panic at src/lib.rs:1:2");
    }

    #[test]
    fn a_mail_is_listed_by_its_code_or_its_subject() {
        let mut mail = Mail {
            id: uuid::Uuid::nil(),
            from: String::new(),
            to: "ada@example.com".to_owned(),
            subject: "0427 is your code".to_owned(),
            code: Some("0427".to_owned()),
            text: String::new(),
            html: String::new(),
            received_at: Timestamp::from_millis(0),
        };
        assert_eq!(plain(&mail_line(&mail)), "mail 0427 → ada@example.com");
        mail.code = None;
        assert_eq!(plain(&mail_line(&mail)), "mail → ada@example.com  0427 is your code");
    }
}
