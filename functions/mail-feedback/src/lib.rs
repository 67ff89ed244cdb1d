//! Handles SES's events of bounces and complaints, which EventBridge delivers.
//!
//! An address whose mails bounce permanently, or whose owner reports one as spam, is marked and gets no code until the
//! mark ends; the code that it waits for is dead. Temporary problems (a full mailbox, an absence) are only counted. An
//! event may arrive twice, late, or again after a failure: the time when it happened counts, so it does not affect
//! anything later.

use lambda_http::{
    Body, Request, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    request::RequestContext as EventContext,
};
use serde::Deserialize;
use shared::{
    App, clock::Timestamp, config::Need, email_address::EmailAddress, http::RequestContext, problem::Problem,
    telemetry::Metric,
};

/// What the function needs: the codes and the marks. It can't read the users and has no secret.
pub const NEEDS: &[Need] = &[Need::CodesTable];

/// An SES event: <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>.
#[derive(Deserialize)]
pub struct Event {
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(tag = "eventType")]
enum Detail {
    Bounce {
        bounce: Bounce,
    },
    Complaint {
        complaint: Complaint,
    },
    /// A delivery, a click, and types that SES may add.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: String,
    bounced_recipients: Vec<Recipient>,
    timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complained_recipients: Vec<Recipient>,
    #[serde(rename = "complaintFeedbackType")]
    feedback_type: Option<String>,
    timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

impl Recipient {
    /// The address, possibly with a name before it.
    fn address(&self) -> Option<EmailAddress> {
        let text = self.email_address.rsplit('<').next()?.trim_end_matches('>');
        EmailAddress::parse(text).ok()
    }
}

/// Handles one event. After an error, the slug of the problem, Lambda retries it; the log has the cause.
pub async fn handle(app: &App, event: Event) -> Result<(), &'static str> {
    let cx = RequestContext::new(app, request());
    cx.decide(take(&cx, event.detail)).await.map_err(|problem| problem.kind().slug)
}

async fn take(cx: &RequestContext<'_>, detail: Detail) -> Result<(), Problem> {
    let (recipients, at) = match detail {
        Detail::Bounce { bounce } => {
            cx.log.count(Metric::Bounces);
            // SES says `Undetermined` where it can't tell.
            if bounce.kind != "Permanent" {
                return Ok(());
            }
            (bounce.bounced_recipients, bounce.timestamp)
        }
        // The owner marked a mail as not spam.
        Detail::Complaint { complaint } if complaint.feedback_type.as_deref() == Some("not-spam") => {
            return Ok(());
        }
        Detail::Complaint { complaint } => {
            cx.log.count(Metric::Complaints);
            (complaint.complained_recipients, complaint.timestamp)
        }
        Detail::Other => return Ok(()),
    };
    let at = Timestamp::parse(&at).ok_or_else(|| Problem::internal("the event's timestamp can't be read"))?;
    let at = at.min(cx.now());
    for address in recipients.iter().filter_map(Recipient::address) {
        cx.app.store.mark_undeliverable(&address, at).await?;
        cx.app.store.end_code(&address, at).await?;
    }
    Ok(())
}

/// What the log has instead of a route.
fn request() -> Request {
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.route_key = Some("mail-feedback".to_owned());
    Request::new(Body::Empty).with_request_context(EventContext::ApiGatewayV2(context))
}
