//! SES's events for a mail in the inbox: it bounced, or its reader reported it as spam.
//!
//! The event is like SES's, and goes to the function to which EventBridge would deliver it. The address goes on SES's
//! suppression list.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use serde_json::{Value, json};
use shared::clock::Clock;
use uuid::Uuid;

use crate::{
    inbox::{Inbox, Mail},
    lambda::Lambda,
    suppression::Suppressed,
};

/// The state behind the inbox's buttons.
#[derive(Clone)]
pub(crate) struct Feedback {
    pub(crate) inbox: Inbox,
    pub(crate) suppressed: Suppressed,
    /// `None` if mail is not sent by SES.
    pub(crate) function: Option<Lambda>,
    pub(crate) clock: Clock,
}

/// Serves the buttons of the inbox: `POST /inbox/{id}/bounce` and `/complaint`.
pub(crate) fn router(feedback: Feedback) -> Router {
    Router::new().route("/inbox/{id}/{what}", post(tell)).with_state(feedback)
}

async fn tell(State(feedback): State<Feedback>, Path((id, what)): Path<(Uuid, String)>) -> StatusCode {
    let Feedback { inbox, suppressed, function, clock } = feedback;
    let mail = inbox.mails().into_iter().find(|mail| mail.id == id);
    let (Some(mail), Some(function)) = (mail, function) else { return StatusCode::NOT_FOUND };
    let at = clock.now();
    let Some(event) = event(&mail, &what, &at.to_string()) else { return StatusCode::NOT_FOUND };
    suppressed.add(mail.to, &what.to_uppercase(), at);
    match function.invoke(&event, at).await {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The event, as far as SES documents it:
/// <https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html>.
fn event(mail: &Mail, what: &str, at: &str) -> Option<Value> {
    let recipients: Vec<_> = mail.to.split(", ").map(|to| json!({ "emailAddress": to })).collect();
    let (name, mut detail) = match what {
        "bounce" => {
            let bounce = json!({"bounceType": "Permanent", "bounceSubType": "General", "timestamp": at,
                                "bouncedRecipients": recipients, "feedbackId": Uuid::new_v4()});
            ("Email Bounced", json!({"eventType": "Bounce", "bounce": bounce}))
        }
        "complaint" => {
            let complaint = json!({"complaintFeedbackType": "abuse", "timestamp": at,
                                   "complainedRecipients": recipients, "feedbackId": Uuid::new_v4()});
            ("Email Complaint Received", json!({"eventType": "Complaint", "complaint": complaint}))
        }
        _ => return None,
    };
    detail["mail"] = json!({"messageId": mail.id, "source": mail.from, "timestamp": mail.received_at,
                            "destination": mail.to.split(", ").collect::<Vec<_>>()});
    Some(json!({"version": "0", "id": Uuid::new_v4(), "source": "aws.ses", "detail-type": name,
                "time": at, "detail": detail}))
}
