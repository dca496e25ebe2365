//! The stream below a WebSocket: charges each incoming frame to the memory budget before it is buffered.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead as _, AsyncRead, AsyncWrite, BufReader, ReadBuf};

use crate::model::memory::{Account, Memory, MemoryExhausted, Purpose};

/// Bytes of each of the two buffers for incoming data, here and in the reader.
pub(super) const BUFFER_BYTES: usize = 8 * 1024;
/// Memory of a message in multiples of its size: its frame, and the message assembled of fragments or the strings parsed from it.
const COPIES: u64 = 2;

/// A stream of frames. No read goes beyond the end of a frame, so that nothing is left in the reader's buffer when it has a message.
pub(super) struct FrameStream<S> {
    stream: BufReader<S>,
    header: FrameHeader,
    memory: Memory,
    /// The account of the message that is being received.
    account: Account,
    /// Maximum size of a frame. A larger one is rejected by the reader, and not charged.
    bytes_max: u64,
}

impl<S: AsyncRead> FrameStream<S> {
    pub(super) fn new(stream: S, memory: Memory, bytes_max: u64) -> Self {
        Self {
            stream: BufReader::with_capacity(BUFFER_BYTES, stream),
            header: FrameHeader::default(),
            account: memory.account(Purpose::Incoming),
            memory,
            bytes_max,
        }
    }

    /// The account of the message that was just received. The next message gets a new one.
    pub(super) fn take_account(&mut self) -> Account {
        std::mem::replace(&mut self.account, self.memory.account(Purpose::Incoming))
    }

    /// Why there is no memory for the message that is being received, if there is none.
    pub(super) fn exhausted(&self) -> Option<MemoryExhausted> {
        self.account.exhausted()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FrameStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let available = ready!(Pin::new(&mut this.stream).poll_fill_buf(cx))?;
        let length = available.len().min(this.header.left()).min(buf.remaining());
        let bytes = &available[..length];
        if let Some(payload) = this.header.advance(bytes)
            && payload <= this.bytes_max
            && this.account.keep(COPIES.saturating_mul(payload)).is_err()
        {
            return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
        }
        buf.put_slice(bytes);
        Pin::new(&mut this.stream).consume(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for FrameStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The header of a frame (RFC 6455, section 5.2), as far as it was read, and what is left of its payload.
#[derive(Default)]
struct FrameHeader {
    bytes: [u8; 14],
    read: usize,
    payload_left: u64,
}

impl FrameHeader {
    /// The size of the header, as far as its first bytes say.
    fn size(&self) -> usize {
        if self.read < 2 {
            return 2;
        }
        let length = match self.bytes[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.bytes[1] & 0x80 == 0 { 0 } else { 4 };
        2 + length + mask
    }

    /// The number of bytes to the end of the payload, or of the header as far as its size is known.
    fn left(&self) -> usize {
        match self.payload_left {
            0 => self.size() - self.read,
            left => usize::try_from(left).unwrap_or(usize::MAX),
        }
    }

    /// Notes bytes of the stream, no more than are left. If they complete the header of a data frame, the size of its payload.
    fn advance(&mut self, bytes: &[u8]) -> Option<u64> {
        if self.payload_left > 0 {
            self.payload_left -= bytes.len() as u64;
            return None;
        }
        let read = self.read + bytes.len();
        self.bytes[self.read..read].copy_from_slice(bytes);
        self.read = read;
        if read < self.size() {
            return None;
        }
        let mut length = [0; 8];
        match self.bytes[1] & 0x7f {
            126 => length[6..].copy_from_slice(&self.bytes[2..4]),
            127 => length.copy_from_slice(&self.bytes[2..10]),
            short => length[7] = short,
        }
        self.read = 0;
        self.payload_left = u64::from_be_bytes(length);
        let is_control = self.bytes[0] & 0x08 != 0;
        (!is_control).then_some(self.payload_left)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn frames_are_told_apart_however_they_are_split() {
        let frame = |opcode: u8, mask: bool, length: &[u8], payload: usize| {
            let mut frame = vec![0x80 | opcode];
            frame.push(length[0] | if mask { 0x80 } else { 0 });
            frame.extend(&length[1..]);
            frame.extend(if mask { &[9, 9, 9, 9][..] } else { &[] });
            frame.extend(std::iter::repeat_n(0xff, payload));
            frame
        };
        let stream = [
            frame(1, true, &[5], 5),
            frame(9, true, &[3], 3),
            frame(1, true, &[0], 0),
            frame(0, false, &[126, 1, 44], 300),
            frame(2, true, &[127, 0, 0, 0, 0, 0, 1, 0x11, 0x70], 70_000),
            frame(8, true, &[2], 2),
            frame(1, true, &[1], 1),
        ]
        .concat();
        for most in [1, 2, 3, 7, 1_000, 100_000] {
            let mut header = FrameHeader::default();
            let (mut payloads, mut rest) = (Vec::new(), &stream[..]);
            while !rest.is_empty() {
                let (bytes, after) = rest.split_at(rest.len().min(header.left()).min(most));
                payloads.extend(header.advance(bytes));
                rest = after;
            }
            assert_eq!(payloads, [5, 0, 300, 70_000, 1], "by {most}");
            assert_eq!((header.read, header.payload_left), (0, 0));
        }
    }

    /// Reads a stream to its end in pieces of any size; the bytes read, and whether there was memory for all.
    async fn drain(stream: &mut FrameStream<&[u8]>, sizes: &[usize]) -> (Vec<u8>, bool) {
        let mut read = Vec::new();
        for size in sizes.iter().cycle() {
            let mut piece = vec![0; *size];
            match stream.read(&mut piece).await {
                Ok(0) => return (read, true),
                Ok(length) => read.extend_from_slice(&piece[..length]),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
                    assert!(stream.exhausted().is_some());
                    return (read, false);
                }
            }
        }
        unreachable!("`sizes` is not empty")
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        /// Bytes pass unchanged as far as there is memory, and no charge outlives its message.
        #[test]
        fn any_bytes_in_any_pieces_pass_or_end_for_lack_of_memory(
            heads in proptest::collection::vec((any::<[u8; 12]>(), 0_usize..300), 0..20),
            sizes in proptest::collection::vec(1_usize..5_000, 1..6),
            bytes_max in prop_oneof![Just(0_u64), 0_u64..2_000, Just(u64::MAX)],
            memory_max in prop_oneof![Just(0_u64), 0_u64..1_000_000, Just(u64::MAX)],
        ) {
            let bytes: Vec<u8> = heads
                .iter()
                .flat_map(|(head, payload)| head.iter().copied().chain(std::iter::repeat_n(0xa5, *payload)))
                .collect();
            let memory = Memory::new(memory_max);
            let mut stream = FrameStream::new(&bytes[..], memory.clone(), bytes_max);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (read, complete) = runtime.block_on(drain(&mut stream, &sizes));
            prop_assert!(bytes.starts_with(&read));
            prop_assert_eq!(complete, read.len() == bytes.len());
            if bytes_max == 0 {
                prop_assert!(complete && memory.used() == 0);
            }
            let message = stream.take_account();
            prop_assert!(memory.used() >= message.held());
            drop(message);
            prop_assert_eq!(memory.used(), 0);
            drop(stream);
            prop_assert_eq!(memory.used(), 0);
        }
    }
}
