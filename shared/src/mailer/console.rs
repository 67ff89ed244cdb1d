//! Mail as one line of JSON on standard output. For development: it shows the code.

use std::io::{self, Write};

use serde_json::json;

use super::{MailError, Message};
use crate::email_address::EmailAddress;

/// The line for a mail, without its end. A notice has no `code`.
pub fn console_line(to: &str, subject: &str, code: Option<&str>, text: &str) -> String {
    let mut mail = json!({"to": to, "subject": subject, "text": text});
    if let Some(code) = code {
        mail["code"] = code.into();
    }
    json!({"mail": mail}).to_string()
}

pub(super) fn print(to: &EmailAddress, message: &Message) -> Result<(), MailError> {
    let line = line(to, message) + "\n";
    io::stdout().lock().write_all(line.as_bytes()).map_err(|error| MailError::NotSent(error.into()))
}

fn line(to: &EmailAddress, message: &Message) -> String {
    let code = message.code.as_ref().map(|code| code.plain.expose());
    console_line(to.as_str(), &message.subject, code, &message.text)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{
        super::{Language, Mail},
        *,
    };
    use crate::{clock::Timestamp, code::NewCode};

    #[test]
    fn a_mail_is_one_line_with_its_code_if_it_has_one() {
        let at = Timestamp::from_millis(0);
        let to = EmailAddress::parse("ada@example.com").unwrap();
        for mail in Mail::examples(&NewCode::for_tests(at), at) {
            let message = Message::new("Engines", Language::ENGLISH, &mail);
            let line = line(&to, &message);
            assert!(!line.contains('\n'), "{line}");
            let mut expected =
                json!({"to": "ada@example.com", "subject": message.subject, "text": message.text});
            if matches!(mail, Mail::ActivationCode(_) | Mail::ResetCode(_)) {
                expected["code"] = "0427".into();
            }
            let printed: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(printed, json!({"mail": expected}), "{mail:?}");
        }
    }
}
