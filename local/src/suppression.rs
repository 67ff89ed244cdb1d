//! SES's suppression list: a mail to one of its addresses is accepted and not sent.
//!
//! Kept in memory only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::clock::{Clock, Timestamp};

/// The list. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suppressed(Arc<Mutex<HashMap<String, Reason>>>);

/// Why an address is on the list, and since when.
#[derive(Clone, Debug)]
struct Reason {
    name: String,
    since: Timestamp,
}

impl Suppressed {
    /// Whether an address is on the list.
    pub(crate) fn has(&self, address: &str) -> bool {
        self.list().contains_key(address)
    }

    /// Puts an address on the list.
    pub(crate) fn add(&self, address: String, reason: &str, since: Timestamp) {
        self.list().insert(address, Reason { name: reason.to_owned(), since });
    }

    fn list(&self) -> MutexGuard<'_, HashMap<String, Reason>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `PutSuppressedDestination`:
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutSuppressedDestination.html>.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    email_address: String,
    reason: String,
}

/// Serves the list below `/ses`.
pub(crate) fn router(suppressed: Suppressed, clock: Clock) -> Router {
    Router::new()
        .route("/ses/v2/email/suppression/addresses", put(add))
        .route("/ses/v2/email/suppression/addresses/{address}", get(read).delete(remove))
        .with_state((suppressed, clock))
}

async fn add(State((suppressed, clock)): State<(Suppressed, Clock)>, Json(put): Json<Put>) -> Json<Value> {
    suppressed.add(put.email_address, &put.reason, clock.now());
    Json(json!({}))
}

async fn read(State((suppressed, _)): State<(Suppressed, Clock)>, Path(address): Path<String>) -> Response {
    let found = suppressed.list().get(&address).cloned();
    let Some(Reason { name, since }) = found else { return not_found() };
    let since = since.as_millis() / 1000;
    let found = json!({"EmailAddress": address, "Reason": name, "LastUpdateTime": since});
    Json(json!({ "SuppressedDestination": found })).into_response()
}

async fn remove(State((suppressed, _)): State<(Suppressed, Clock)>, Path(address): Path<String>) -> Response {
    let removed = suppressed.list().remove(&address);
    removed.map_or_else(not_found, |_| Json(json!({})).into_response())
}

fn not_found() -> Response {
    let body = Json(json!({ "message": "the address is not on the list" }));
    (StatusCode::NOT_FOUND, [("x-amzn-errortype", "NotFoundException")], body).into_response()
}
