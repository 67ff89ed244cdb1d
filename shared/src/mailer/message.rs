//! The one mail that the service sends: a code, what it is for, and how long it lives.
//!
//! No link and no image: there is nothing in it to click, and nothing to load. All that varies is a code of digits,
//! a number, and the service's name.

use std::time::Duration;

use crate::code::ActivationCode;

/// A mail without its envelope.
pub struct Message {
    /// Begins with the code, so that it can be read in a notification.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The code, for whoever writes the mail anew.
    pub code: ActivationCode,
}

impl Message {
    /// The mail with `code`, which lives for `lifetime`.
    #[must_use]
    pub fn new(service: &str, code: &ActivationCode, lifetime: Duration) -> Self {
        let digits = code.expose();
        let lives = lifetime_text(lifetime);
        let text = format!(
            "{digits} is your code to activate your account at {service}.\n\n\
             It is good for {lives}. Enter it where you registered.\n\n\
             Tell this code to nobody: no one from {service} will ever ask for it.\n\
             If you did not register, you can ignore this mail.\n"
        );
        let name = escape(service);
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{digits}</title></head>\
             <body style=\"margin:0 auto;max-width:30em;padding:1.5em;font:16px/1.5 sans-serif\">\
             <p>Your code to activate your account at {name}:</p>\
             <p style=\"font:bold 2em monospace;letter-spacing:.2em\">{digits}</p>\
             <p>It is good for {lives}. Enter it where you registered.</p>\
             <p>Tell this code to nobody: no one from {name} will ever ask for it. \
             If you did not register, you can ignore this mail.</p></body></html>\n"
        );
        let subject = format!("{digits} is your code for {service}");
        Self { subject, text, html, code: code.clone() }
    }
}

fn lifetime_text(lifetime: Duration) -> String {
    match lifetime.as_secs() {
        60 => "1 minute".to_owned(),
        seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(service: &str, seconds: u64) -> Message {
        Message::new(service, &ActivationCode::parse("0427", 4).unwrap(), Duration::from_secs(seconds))
    }

    #[test]
    fn a_mail_says_what_for_from_whom_and_for_how_long() {
        let message = message("Analytical Engines", 60);
        assert!(message.subject.starts_with("0427 "));
        for part in [&message.text, &message.html] {
            for words in ["0427", "Analytical Engines", "1 minute", "Tell this code to nobody"] {
                assert!(part.contains(words), "{words}: {part}");
            }
            assert!(!part.contains("http"), "no link: {part}");
        }
        assert!(super::tests::message("S", 90).text.contains("90 seconds"));
        assert!(super::tests::message("S", 300).text.contains("5 minutes"));
    }

    #[test]
    fn a_service_name_is_text_in_html() {
        let message = message("<b>A&B</b>", 60);
        assert!(message.html.contains("&lt;b&gt;A&amp;B&lt;/b&gt;"));
        assert!(message.text.contains("<b>A&B</b>"));
    }
}
