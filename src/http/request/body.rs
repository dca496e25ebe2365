//! Receiving request bodies: charged to the memory budget as they grow, limited in size, and drained up to a bound if too large.

use std::error::Error as _;

use axum::body::{Body, HttpBody as _};
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::graphql::{ErrorCode, Failure};
use crate::http::limits::HttpLimits;
use crate::http::response::answer::HttpError;
use crate::model::memory::{Account, Memory, MemoryExhausted, Purpose};

/// A complete body, and its charge to the memory budget.
pub(in crate::http) struct RequestBody {
    pub(in crate::http) bytes: Vec<u8>,
    pub(in crate::http) account: Account,
}

/// Why a body was not received.
#[derive(Debug)]
enum BodyError {
    /// It exceeds the size limit.
    TooLarge,
    /// It does not fit into the memory budget.
    MemoryExhausted(MemoryExhausted),
    /// The client ended the connection before the body was complete.
    Incomplete,
}

/// Receives a body of at most `bytes_max` bytes.
///
/// A larger body is read up to `drain_bytes_max` of the limits and discarded, because a client that is still sending would see a reset connection
/// instead of the response. A client that sends `Expect: 100-continue` and `Content-Length` is answered at once.
pub(in crate::http) async fn receive(
    headers: &HeaderMap,
    mut body: Body,
    bytes_max: usize,
    limits: &HttpLimits,
    memory: &Memory,
) -> Result<RequestBody, HttpError> {
    let stated = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_over = stated.is_some_and(|length| length > bytes_max as u64);
    if is_over && headers.contains_key(EXPECT) {
        return Err(http_error(&BodyError::TooLarge, bytes_max));
    }
    let account = memory.account(Purpose::Incoming);
    let received = if is_over {
        Err(BodyError::TooLarge)
    } else {
        collect(&mut body, bytes_max, &account).await
    };
    match received {
        Ok(bytes) => Ok(RequestBody { bytes, account }),
        Err(error) => {
            drop(account);
            drain(body, limits).await;
            Err(http_error(&error, bytes_max))
        }
    }
}

async fn collect(body: &mut Body, bytes_max: usize, account: &Account) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            tracing::debug!(error = ?error.source(), "a request body is incomplete");
            BodyError::Incomplete
        })?;
        let Ok(part) = frame.into_data() else { continue };
        if bytes.len() + part.len() > bytes_max {
            return Err(BodyError::TooLarge);
        }
        let missing = (bytes.len() + part.len()).saturating_sub(bytes.capacity());
        if missing > 0 {
            // Twice: the body, and the strings parsed from it.
            let more = missing.max(bytes.capacity().min(bytes_max / 2));
            account
                .keep(2 * more as u64)
                .map_err(BodyError::MemoryExhausted)?;
            bytes.reserve_exact(bytes.capacity() - bytes.len() + more);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Reads and discards a body. A client that pauses is taken to wait for the response.
async fn drain(mut body: Body, limits: &HttpLimits) {
    let mut drained = 0;
    while drained <= limits.drain_bytes_max && !body.is_end_stream() {
        let Ok(frame) = timeout(limits.drain_pause(), body.frame()).await else {
            break;
        };
        match frame {
            Some(Ok(frame)) => drained += frame.data_ref().map_or(0, axum::body::Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
}

fn http_error(error: &BodyError, bytes_max: usize) -> HttpError {
    match error {
        BodyError::TooLarge => {
            let message = format!("The request body is larger than {bytes_max} bytes; send less at a time.");
            let code = ErrorCode::LimitExceeded.as_str();
            HttpError::new(StatusCode::PAYLOAD_TOO_LARGE, code, message)
        }
        BodyError::MemoryExhausted(exhausted) => memory_error(*exhausted),
        BodyError::Incomplete => HttpError::bad_request("The request body is incomplete; send it again."),
    }
}

/// The error of a request that does not fit into the memory budget.
pub(in crate::http) fn memory_error(exhausted: MemoryExhausted) -> HttpError {
    let Failure { code, message, .. } = Failure::from(exhausted);
    let status = match exhausted {
        MemoryExhausted::Shared { .. } => StatusCode::SERVICE_UNAVAILABLE,
        MemoryExhausted::Request { .. } | MemoryExhausted::Answer { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    };
    HttpError::new(status, code.as_str(), message)
}
