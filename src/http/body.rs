//! Bodies of requests as they come in: charged as they grow, held against a limit, and read on to a bound where they are over it.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::answer::Problem;
use crate::graphql::{Code, Failure};
use crate::model::memory::{Account, Memory, MemoryExhausted, Purpose};

/// How long a client that is still sending may pause between two parts of a body that is not wanted.
const DRAIN_PAUSE_MAX: Duration = Duration::from_millis(500);

/// A body that came in whole, and what it holds.
pub(super) struct Received {
    pub(super) bytes: Vec<u8>,
    pub(super) account: Account,
}

/// Why a body is not taken.
#[derive(Debug)]
enum Refusal {
    /// It has more bytes than it may.
    TooLong,
    /// There is no memory for it.
    Exhausted(MemoryExhausted),
    /// The client broke it off.
    BrokenOff,
}

/// Takes in a body of so many bytes at most.
///
/// What is over the limit is read on to `drain_max` and dropped: a client that is still sending hears no answer, only that the
/// connection is gone. Who asks first (`Expect: 100-continue`) and says how much it would be is answered at once.
pub(super) async fn receive(
    headers: &HeaderMap,
    mut body: Body,
    bytes_max: usize,
    drain_max: usize,
    memory: &Memory,
) -> Result<Received, Problem> {
    let said = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_over = said.is_some_and(|length| length > bytes_max as u64);
    if is_over && headers.contains_key(EXPECT) {
        return Err(problem(&Refusal::TooLong, bytes_max));
    }
    let account = memory.account(Purpose::Incoming);
    let received = if is_over {
        Err(Refusal::TooLong)
    } else {
        collect(&mut body, bytes_max, &account).await
    };
    match received {
        Ok(bytes) => Ok(Received { bytes, account }),
        Err(refusal) => {
            drop(account);
            drain(body, drain_max).await;
            Err(problem(&refusal, bytes_max))
        }
    }
}

async fn collect(body: &mut Body, bytes_max: usize, account: &Account) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            tracing::debug!(error = ?error.source(), "a body broke off");
            Refusal::BrokenOff
        })?;
        let Ok(part) = frame.into_data() else { continue };
        if bytes.len() + part.len() > bytes_max {
            return Err(Refusal::TooLong);
        }
        let missing = (bytes.len() + part.len()).saturating_sub(bytes.capacity());
        if missing > 0 {
            // Twice: what a request is read from, and the texts that are read out of it.
            let more = missing.max(bytes.capacity().min(bytes_max / 2));
            account.keep(2 * more as u64).map_err(Refusal::Exhausted)?;
            bytes.reserve_exact(bytes.capacity() - bytes.len() + more);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Reads on, and keeps nothing. A client that sends nothing for a while waits for its answer.
async fn drain(mut body: Body, drain_max: usize) {
    let mut drained = 0;
    while drained <= drain_max && !body.is_end_stream() {
        let Ok(frame) = timeout(DRAIN_PAUSE_MAX, body.frame()).await else {
            break;
        };
        match frame {
            Some(Ok(frame)) => drained += frame.data_ref().map_or(0, axum::body::Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
}

fn problem(refusal: &Refusal, bytes_max: usize) -> Problem {
    match refusal {
        Refusal::TooLong => {
            let message = format!("the body has more than {bytes_max} bytes: send less at a time");
            let code = Code::LimitExceeded.as_str();
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, code, message)
        }
        Refusal::Exhausted(exhausted) => exhausted_problem(*exhausted),
        Refusal::BrokenOff => Problem::shape("the body broke off"),
    }
}

/// What is told where there is no memory for a request.
pub(super) fn exhausted_problem(exhausted: MemoryExhausted) -> Problem {
    let Failure { code, message, .. } = Failure::from(exhausted);
    let status = match exhausted {
        MemoryExhausted::Shared { .. } => StatusCode::SERVICE_UNAVAILABLE,
        MemoryExhausted::Request { .. } | MemoryExhausted::Answer { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    };
    Problem::new(status, code.as_str(), message)
}
