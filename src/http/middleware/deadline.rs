//! The deadline of a request, which all work on it shares: receiving its body, executing it, and compressing the response.

use std::future::Future;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tokio::time::error::Elapsed;

use crate::http::App;

/// The time at which work on a request stops.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Deadline(Instant);

impl Deadline {
    /// The result of a future, if it completes in time.
    pub(in crate::http) async fn limit<F: Future>(self, work: F) -> Result<F::Output, Elapsed> {
        tokio::time::timeout_at(self.0, work).await
    }
}

/// Gives a request its deadline when its head has arrived.
pub(in crate::http) async fn set_deadline(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let deadline = Deadline(Instant::now() + app.config.limits.request());
    request.extensions_mut().insert(deadline);
    next.run(request).await
}
