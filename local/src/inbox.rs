//! The mails that the functions sent, newest first, for people (`/inbox`) and for programs (`/inbox.json`).
//!
//! Kept in memory only, and only here: nothing of this is deployed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use tokio::sync::broadcast;

const KEPT: usize = 100;

/// A mail that a function sent.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses, joined by commas.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The digits with which the subject begins. A notice has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// The last hundred mails. Clones share them.
#[derive(Clone, Debug)]
pub struct Inbox {
    mails: Arc<Mutex<VecDeque<Mail>>>,
    arrivals: broadcast::Sender<Mail>,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self { mails: Arc::default(), arrivals: broadcast::Sender::new(KEPT) }
    }

    /// The mails, newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Each mail that arrives from now on.
    #[must_use]
    pub fn arrivals(&self) -> broadcast::Receiver<Mail> {
        self.arrivals.subscribe()
    }

    pub(crate) fn add(&self, mail: Mail) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.truncate(KEPT - 1);
        mails.push_front(mail.clone());
        // Nobody needs to listen.
        let _ = self.arrivals.send(mail);
    }
}

/// Serves the inbox.
pub(crate) fn router(inbox: Inbox) -> Router {
    Router::new().route("/inbox", get(page)).route("/inbox.json", get(list)).with_state(inbox)
}

/// The page for people.
#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    mails: Vec<Mail>,
}

async fn list(State(inbox): State<Inbox>) -> Json<Value> {
    Json(json!({ "mails": inbox.mails() }))
}

async fn page(State(inbox): State<Inbox>) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                  connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'";
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")];
    match (Page { mails: inbox.mails() }).render() {
        Ok(html) => (headers, Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str) -> Mail {
        let hostile = "</pre>\"'><script>alert(1)</script>".to_owned();
        Mail {
            from: hostile.clone(),
            to: hostile.clone(),
            subject: subject.to_owned(),
            code: Some("0427".to_owned()),
            text: hostile.clone(),
            html: hostile,
            received_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn the_newest_mail_comes_first_and_the_oldest_go() {
        let inbox = Inbox::new();
        for number in 0..=KEPT {
            inbox.add(mail(&number.to_string()));
        }
        let mails = inbox.mails();
        assert_eq!((mails.len(), &*mails[0].subject), (KEPT, "100"));
        assert_eq!(mails[KEPT - 1].subject, "1");
    }

    #[test]
    fn nothing_in_a_mail_becomes_markup() {
        let page = Page { mails: vec![mail("<b>&amp;")] }.render().unwrap();
        assert!(!page.contains("alert(1)</script>"), "{page}");
        assert!(!page.contains("\"'>"), "{page}");
        assert!(page.contains("<h2>&#60;b&#62;&#38;amp;</h2>"), "{page}");
    }
}
