//! The content of a mail: subject, text and HTML, in one language.
//!
//! It has no links and no images, so there is nothing to click or load. Its only fixed colour is a grey that is
//! readable on light and on dark backgrounds. Only a code of digits, numbers, an instant, and the service's name vary,
//! and the name has no line break: nothing can break out of a header or an element.

use askama::Template;

use super::{
    languages::{CodeFacts, CodeWording, Event, Language, NoticeFacts, NoticeWording, Purpose},
    mail::{Kind, Mail},
};
use crate::{clock::Timestamp, code::NewCode};

/// A mail without its envelope.
pub struct Message {
    /// In a mail with a code it begins with the code, so that a notification shows it.
    pub(super) subject: String,
    /// The plain text part.
    pub(super) text: String,
    /// The HTML part.
    pub(super) html: String,
    /// The language of all three.
    pub(super) language: Language,
    pub(super) kind: Kind,
    /// When the code was made, or when the event of the notice happened.
    pub(super) at: Timestamp,
    /// The code, for a receiver that writes its own mail. A notice has none.
    pub(super) code: Option<NewCode>,
}

/// The text of both parts. The code, if there is one, follows the opening.
struct Content {
    subject: String,
    opening: String,
    paragraphs: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct TextPart<'a> {
    code: Option<&'a str>,
    content: &'a Content,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct HtmlPart<'a> {
    language: &'a str,
    code: Option<&'a str>,
    content: &'a Content,
}

impl Message {
    /// This mail in this language, from `service`.
    pub fn new(service: &str, language: Language, mail: &Mail<'_>) -> Self {
        let code_content = |purpose, NewCode { plain, stored }: &NewCode| {
            let lifetime = stored.expires_at.saturating_since(stored.created_at).into();
            (language.code)(&CodeFacts { purpose, code: plain.expose(), service, lifetime }).into()
        };
        let notice_content =
            |event, at: Timestamp| (language.notice)(&NoticeFacts { event, service, at: at.into() }).into();
        let content: Content = match *mail {
            Mail::ActivationCode(code) => code_content(Purpose::Activation, code),
            Mail::ResetCode(code) => code_content(Purpose::Reset, code),
            Mail::PasswordChanged { at } => notice_content(Event::PasswordChanged, at),
            Mail::AccountDeleted { at } => notice_content(Event::AccountDeleted, at),
        };
        let code = mail.code().map(|code| code.plain.expose());
        Self {
            text: render(&TextPart { code, content: &content }),
            html: render(&HtmlPart { language: language.tag, code, content: &content }),
            subject: content.subject,
            language,
            kind: mail.kind(),
            at: mail.at(),
            code: mail.code().cloned(),
        }
    }
}

impl From<CodeWording> for Content {
    fn from(wording: CodeWording) -> Self {
        let CodeWording { subject, instruction, lifetime, secrecy, not_you } = wording;
        Self { subject, opening: instruction, paragraphs: vec![lifetime, secrecy, not_you] }
    }
}

impl From<NoticeWording> for Content {
    fn from(wording: NoticeWording) -> Self {
        let NoticeWording { subject, event, not_you } = wording;
        Self { subject, opening: event, paragraphs: vec![not_you] }
    }
}

#[expect(clippy::expect_used, reason = "writing texts into a String does not fail")]
fn render(template: &impl Template) -> String {
    template.render().expect("writing texts into a String does not fail")
}

#[cfg(test)]
mod tests {
    use lambda_http::http::{HeaderMap, HeaderValue, header::ACCEPT_LANGUAGE};

    use super::{super::languages::ALL, *};

    const AT: Timestamp = Timestamp::from_millis(1_767_323_045_006);

    fn all_kinds(service: &str, language: Language) -> [Message; 4] {
        let code = NewCode::for_tests(AT);
        Mail::examples(&code, AT).map(|mail| Message::new(service, language, &mail))
    }

    #[test]
    fn the_text_of_a_code_has_it_on_a_line_of_its_own() {
        let [activation, reset, ..] = all_kinds("Analytical Engines", Language::ENGLISH);
        assert_eq!(activation.subject, "0427 is your code for Analytical Engines");
        assert_eq!(
            activation.text,
            "Enter this code to activate your Analytical Engines account:\n\n    0427\n\nIt is valid for 1 \
             minute.\n\nDo not share this code with anyone. No one from Analytical Engines will ever ask you for \
             it.\n\nIf you did not register, you can ignore this email.\n"
        );
        assert_eq!(reset.subject, "0427 is your password reset code for Analytical Engines");
        for words in ["set a new password", "\n\n    0427\n\n", "Your password stays as it is unless"] {
            assert!(reset.text.contains(words), "{words}: {}", reset.text);
        }
    }

    #[test]
    fn a_notice_says_what_happened_when_and_what_to_do() {
        let [.., changed, deleted] = all_kinds("Analytical Engines", Language::ENGLISH);
        assert_eq!(changed.subject, "Your Analytical Engines password was changed");
        assert_eq!(
            changed.text,
            "The password for your Analytical Engines account was changed on 2 January 2026 at 03:04 UTC.\n\nIf \
             this was not you, someone else may have access to your account. Use “Forgot password” to set a new \
             password right away.\n"
        );
        assert_eq!(deleted.subject, "Your Analytical Engines account was deleted");
        assert_eq!(
            deleted.text,
            "Your Analytical Engines account was deleted on 2 January 2026 at 03:04 UTC.\n\nIf this was not you, \
             please contact the people who run Analytical Engines right away.\n"
        );
    }

    /// "de Analytical Engines" would have to be "d’Analytical Engines".
    #[test]
    fn in_french_the_name_of_the_service_needs_no_elision() {
        let french = ALL.into_iter().find(|language| language.tag == "fr").unwrap();
        for Message { subject, text, html, .. } in all_kinds("Analytical Engines", french) {
            for part in [subject, text, html] {
                for word in ["de", "que", "le", "la"] {
                    assert!(!part.contains(&format!(" {word} Analytical")), "{part}");
                }
            }
        }
    }

    #[test]
    fn both_parts_say_the_same() {
        for language in ALL {
            for Message { subject, text, html, code, .. } in all_kinds("Engines", language) {
                for line in text.lines().filter(|line| !line.is_empty()) {
                    assert!(html.contains(&format!(">{}</p>", line.trim())), "{line}: {html}");
                }
                assert!(html.contains(&format!("<title>{subject}</title>")), "{html}");
                assert_eq!(html.contains("monospace"), code.is_some(), "{html}");
            }
        }
    }

    #[test]
    fn a_mail_has_nothing_to_click_and_nothing_to_load() {
        for language in ALL {
            for Message { html, text, .. } in all_kinds("Analytical Engines", language) {
                for part in ["http", "href", "src", "url(", "www.", "<img", "<link", "<a "] {
                    assert!(!html.contains(part) && !text.contains(part), "{part} in {language:?}");
                }
            }
        }
    }

    #[test]
    fn all_parts_are_in_the_language_that_was_asked_for() {
        let german = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("de-CH, en;q=0.5"))]);
        let [message, ..] = all_kinds("Analytical Engines", Language::preferred(&german));
        assert_eq!(message.subject, "0427 ist Ihr Code für Analytical Engines");
        assert!(message.text.contains("Er gilt 1 Minute."));
        assert!(message.html.contains("Er gilt 1 Minute.") && message.html.contains("<html lang=\"de\">"));
        assert_eq!(message.language.tag, "de");
    }

    #[test]
    fn a_service_name_is_text_in_html() {
        for language in ALL {
            for message in all_kinds("</title><i title='x'>A&B", language) {
                assert!(!message.html.contains("<i") && message.html.contains("A&#38;B"), "{}", message.html);
                assert!(message.text.contains("</title><i title='x'>A&B"));
            }
        }
    }
}
