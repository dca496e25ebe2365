//! Writing a response: the media type that the client accepts, answers and errors as JSON, and `ETag`. Start at `answer`.

pub(super) mod accept_encoding;
pub(super) mod answer;
pub(super) mod etag;
pub(super) mod media;
