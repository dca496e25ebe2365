//! Error bodies for the responses that hyper's HTTP/1 parser writes by itself.
//!
//! Input that is not HTTP never becomes a request, so no route answers it: hyper writes a bare status line and closes. It offers no
//! hook for a body, so the stream below it adds one: a response that hyper wrote alone and without a body gets the body that
//! every other error has.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The status lines of hyper's own responses, with the code and message of each.
const BARE_RESPONSES: [(&[u8], &str, &str); 3] = [
    (
        b"HTTP/1.1 400 Bad Request\r\n",
        "BAD_USER_INPUT",
        "The request is not valid HTTP; check its request line and its headers.",
    ),
    (
        b"HTTP/1.1 414 URI Too Long\r\n",
        "LIMIT_EXCEEDED",
        "The request target is too long; send the query by POST.",
    ),
    (
        b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
        "LIMIT_EXCEEDED",
        "The headers of the request are too many or too large; send fewer.",
    ),
];
const NO_BODY: &[u8] = b"content-length: 0\r\n";
const END: &[u8] = b"\r\n\r\n";

/// The response with a body, in place of a bare one by hyper; none for any other response.
fn with_body(response: &[u8]) -> Option<Vec<u8>> {
    let (line, code, message) = BARE_RESPONSES
        .iter()
        .find(|(line, ..)| response.starts_with(line))?;
    // A bare response ends with its head; a response of ours has a body.
    let head = response.strip_suffix(END)?;
    if head.windows(END.len()).any(|window| window == END) {
        return None;
    }
    let at = head.windows(NO_BODY.len()).position(|window| window == NO_BODY);
    let at = at.or_else(|| {
        head.ends_with(&NO_BODY[..NO_BODY.len() - 2])
            .then(|| head.len() + 2 - NO_BODY.len())
    })?;
    let rest = head.get(at + NO_BODY.len()..).unwrap_or_default();
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }).to_string();
    let mut text = line.to_vec();
    text.extend(&head[line.len()..at]);
    text.extend(
        format!(
            "content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
             content-length: {}\r\n",
            body.len()
        )
        .bytes(),
    );
    text.extend(rest.strip_suffix(b"\r\n").unwrap_or(rest));
    if !rest.is_empty() {
        text.extend(b"\r\n");
    }
    text.extend(b"\r\n");
    text.extend(body.bytes());
    Some(text)
}

/// A stream that adds error bodies to bare responses.
pub(super) struct ErrorBodyWriter<S> {
    stream: S,
    pending: Option<PendingResponse>,
}

/// A response that replaces another and is being sent.
struct PendingResponse {
    text: Vec<u8>,
    sent: usize,
    /// Size of the replaced response in bytes.
    replaced_len: usize,
}

impl<S: AsyncWrite + Unpin> ErrorBodyWriter<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            pending: None,
        }
    }

    /// Sends the replacement of a response; none if `bytes` are to be sent as they are.
    fn poll_replacement(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Option<Poll<io::Result<usize>>> {
        if self.pending.is_none() {
            self.pending = with_body(bytes).map(|text| PendingResponse {
                text,
                sent: 0,
                replaced_len: bytes.len(),
            });
        }
        let pending = self.pending.as_mut()?;
        let sent = loop {
            let rest = &pending.text[pending.sent..];
            if rest.is_empty() {
                break Ok(pending.replaced_len);
            }
            match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => break Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(sent)) => pending.sent += sent,
                Poll::Ready(Err(error)) => break Err(error),
                Poll::Pending => return Some(Poll::Pending),
            }
        };
        self.pending = None;
        Some(Poll::Ready(sent))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ErrorBodyWriter<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ErrorBodyWriter<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.poll_replacement(cx, bytes) {
            Some(sent) => sent,
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut filled = parts.iter().filter(|part| !part.is_empty());
        if let (Some(only), None) = (filled.next(), filled.next())
            && let Some(sent) = self.poll_replacement(cx, only)
        {
            return Poll::Ready(ready!(sent));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE_400: &str =
        "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n";

    #[test]
    fn a_bare_response_gets_a_body_and_nothing_else_does() {
        for bare in [
            BARE_400.to_string(),
            "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ndate: now\r\ncontent-length: 0\r\n\r\n"
                .to_string(),
        ] {
            let text = String::from_utf8(with_body(bare.as_bytes()).unwrap()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(
                head.starts_with("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n"),
                "{text}"
            );
            assert!(
                head.contains("date: now") && !head.contains("content-length: 0"),
                "{text}"
            );
            assert!(
                head.contains(&format!("content-length: {}", body.len())),
                "{text}"
            );
            assert!(body.contains("BAD_USER_INPUT"), "{text}");
        }
        for other in [
            "",
            "HTTP/1.1 400 Bad Request\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            &format!("{BARE_400}HTTP/1.1 200 OK\r\n\r\n"),
            &BARE_400[..BARE_400.len() - 1],
        ] {
            assert_eq!(with_body(other.as_bytes()), None, "{other}");
        }
    }

    #[tokio::test]
    async fn it_is_sent_completely_over_a_stream_with_a_small_buffer() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (ours, mut theirs) = tokio::io::duplex(7);
        let mut stream = ErrorBodyWriter::new(ours);
        let reading = tokio::spawn(async move {
            let mut all = String::new();
            theirs.read_to_string(&mut all).await.map(|_| all)
        });
        stream.write_all(BARE_400.as_bytes()).await.unwrap();
        stream.write_all(b"more").await.unwrap();
        drop(stream);
        let all = reading.await.unwrap().unwrap();
        let expected = with_body(BARE_400.as_bytes()).unwrap();
        assert_eq!(all, format!("{}more", String::from_utf8(expected).unwrap()));
    }
}
