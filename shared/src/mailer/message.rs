//! The one mail that the service sends: a code, what it is for, and how long it lives.
//!
//! No link and no image: there is nothing in it to click, and nothing to load. It has no fixed colours but one grey, so
//! that it can be read on light and on dark. All that varies is a code of digits, a number, and the service's name,
//! which has no line break: nothing can leave the header or the element that it was written into.

use askama::Template;

use super::languages::{Facts, Language, Wording};
use crate::{
    clock::Timestamp,
    code::{ActivationCode, NewCode},
};

/// A mail without its envelope.
pub struct Message {
    /// Begins with the code, so that it can be read in a notification.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The language of all three.
    pub language: Language,
    /// The code, for whoever writes the mail anew.
    pub code: ActivationCode,
    /// When the code was made.
    pub created_at: Timestamp,
    /// When the code is dead.
    pub expires_at: Timestamp,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct TextPart<'a> {
    code: &'a str,
    wording: &'a Wording,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct HtmlPart<'a> {
    language: &'a str,
    code: &'a str,
    wording: &'a Wording,
}

impl Message {
    /// The mail with this code.
    pub fn new(service: &str, language: Language, code: &NewCode) -> Self {
        let NewCode { plain, stored } = code;
        let lifetime = stored.expires_at.saturating_since(stored.created_at);
        let facts = Facts { code: plain.expose(), service, lifetime: lifetime.into() };
        let wording = (language.wording)(&facts);
        Self {
            text: render(&TextPart { code: facts.code, wording: &wording }),
            html: render(&HtmlPart { language: language.tag, code: facts.code, wording: &wording }),
            subject: wording.subject,
            language,
            code: plain.clone(),
            created_at: stored.created_at,
            expires_at: stored.expires_at,
        }
    }
}

#[expect(clippy::expect_used, reason = "writing texts into a String does not fail")]
fn render(template: &impl Template) -> String {
    template.render().expect("writing texts into a String does not fail")
}

#[cfg(test)]
mod tests {
    use lambda_http::http::{HeaderMap, HeaderValue, header::ACCEPT_LANGUAGE};

    use super::*;

    fn message(service: &str, language: &'static str) -> Message {
        let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(language))]);
        let code = NewCode::for_tests(Timestamp::from_millis(0));
        Message::new(service, Language::preferred(&headers), &code)
    }

    #[test]
    fn a_mail_says_what_for_from_whom_and_for_how_long() {
        let message = message("Analytical Engines", "en");
        assert_eq!(message.subject, "0427 is your code for Analytical Engines");
        for part in [&message.text, &message.html] {
            for words in ["0427", "Analytical Engines", "1 minute", "Tell this code to nobody"] {
                assert!(part.contains(words), "{words}: {part}");
            }
        }
        assert_eq!(message.expires_at, Timestamp::from_millis(60_000));
    }

    #[test]
    fn a_mail_has_nothing_to_click_and_nothing_to_load() {
        for language in ["en", "de", "es", "fr"] {
            let Message { html, text, .. } = message("Analytical Engines", language);
            for part in ["http", "href", "src", "url(", "www.", "<img", "<link", "<a "] {
                assert!(!html.contains(part) && !text.contains(part), "{part} in {language}");
            }
        }
    }

    #[test]
    fn all_parts_are_in_the_language_that_was_asked_for() {
        let message = message("Analytical Engines", "de-CH, en;q=0.5");
        assert_eq!(message.subject, "0427 ist Ihr Code für Analytical Engines");
        assert!(message.text.contains("Er gilt 1 Minute."));
        assert!(message.html.contains("Er gilt 1 Minute.") && message.html.contains("<html lang=\"de\">"));
        assert_eq!(message.language.tag, "de");
    }

    #[test]
    fn a_service_name_is_text_in_html() {
        let message = message("</title><i title='x'>A&B", "en");
        assert!(!message.html.contains("<i") && message.html.contains("A&#38;B"), "{}", message.html);
        assert!(message.text.contains("</title><i title='x'>A&B"));
    }
}
