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
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use tokio::sync::broadcast;
use uuid::Uuid;

const KEPT: usize = 100;

/// A mail that a function sent.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    /// What SES answered.
    pub id: Uuid,
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses, joined by commas.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The digits at the beginning of the subject. A notice has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

impl Mail {
    /// The query for the page of mails to the same address.
    fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("to", &self.to).finish()
    }
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

    /// A stream of the mails that arrive from now on.
    #[must_use]
    pub fn arrivals(&self) -> broadcast::Receiver<Mail> {
        self.arrivals.subscribe()
    }

    /// Deletes the mails that match the filter.
    fn clear(&self, filter: &Filter) {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).retain(|mail| !filter.takes(mail));
    }

    pub(crate) fn add(&self, mail: Mail) {
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.truncate(KEPT - 1);
        mails.push_front(mail.clone());
        // It is not an error if nobody listens.
        let _ = self.arrivals.send(mail);
    }
}

/// Which mails: those to an address, or all.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    to: Option<String>,
}

impl Filter {
    fn takes(&self, mail: &Mail) -> bool {
        self.to.as_ref().is_none_or(|to| to.is_empty() || to.eq_ignore_ascii_case(&mail.to))
    }
}

/// Serves the inbox.
pub(crate) fn router(inbox: Inbox) -> Router {
    Router::new().route("/inbox", get(page)).route("/inbox.json", get(list).delete(clear)).with_state(inbox)
}

/// The page for people.
#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    to: String,
    mails: Vec<Mail>,
}

async fn list(State(inbox): State<Inbox>, Query(filter): Query<Filter>) -> Json<Value> {
    Json(json!({ "mails": filtered(&inbox, &filter) }))
}

async fn clear(State(inbox): State<Inbox>, Query(filter): Query<Filter>) -> StatusCode {
    inbox.clear(&filter);
    StatusCode::NO_CONTENT
}

async fn page(State(inbox): State<Inbox>, Query(filter): Query<Filter>) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                  connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'";
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")];
    let mails = filtered(&inbox, &filter);
    match (Page { to: filter.to.unwrap_or_default(), mails }).render() {
        Ok(html) => (headers, Html(html)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn filtered(inbox: &Inbox, filter: &Filter) -> Vec<Mail> {
    inbox.mails().into_iter().filter(|mail| filter.takes(mail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str) -> Mail {
        let hostile = "</pre>\"'><script>alert(1)</script>".to_owned();
        Mail {
            id: Uuid::nil(),
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
    fn a_filter_shows_and_clears_only_the_mails_to_its_address() {
        let inbox = Inbox::new();
        for to in ["ada@example.com", "bob@example.com"] {
            inbox.add(Mail { to: to.to_owned(), ..mail("") });
        }
        let to_ada = Filter { to: Some("Ada@example.com".to_owned()) };
        let receivers = |filter: &Filter| -> Vec<_> {
            filtered(&inbox, filter).into_iter().map(|mail| mail.to).collect()
        };
        assert_eq!(receivers(&to_ada), ["ada@example.com"]);
        inbox.clear(&to_ada);
        assert_eq!(receivers(&Filter::default()), ["bob@example.com"]);
        inbox.clear(&Filter::default());
        assert!(inbox.mails().is_empty());
    }

    #[test]
    fn nothing_in_a_mail_becomes_markup() {
        let page = Page { to: "\"'><script>alert(1)</script>".to_owned(), mails: vec![mail("<b>&amp;")] };
        let page = page.render().unwrap();
        assert!(!page.contains("alert(1)</script>"), "{page}");
        assert!(!page.contains("\"'>"), "{page}");
        assert!(page.contains("&#60;b&#62;&#38;amp;"), "{page}");
    }
}
