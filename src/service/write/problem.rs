//! Why a batch is refused: one problem per fault, each with its draft, its field and what to do.
//!
//! The service does not know where a draft was written down. A problem names it by its number, and its sentences may
//! point at other drafts; the edge says where those stand, as `entities.csv:17` or as the path of an argument.

/// A sentence that may point at drafts of the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Draft(usize),
}

impl Message {
    /// Goes on with some words.
    #[must_use]
    pub fn text(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Text(words.into()));
        self
    }

    /// Goes on with the place of a draft.
    #[must_use]
    pub fn place(mut self, draft: usize) -> Self {
        self.0.push(Piece::Draft(draft));
        self
    }

    /// The sentence, where `place` says where a draft stands.
    pub fn render(&self, place: impl Fn(usize) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(words) => words.clone(),
            Piece::Draft(draft) => place(*draft),
        });
        pieces.collect()
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(words: T) -> Self {
        Self::default().text(words)
    }
}

/// What sort of problem it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It cannot be so.
    Invalid,
    /// It names what is not there.
    Unknown,
    /// It is not the writer's to change.
    Forbidden,
}

/// One fault of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The draft, by its place in the batch; none where it is the batch as a whole.
    pub draft: Option<usize>,
    /// Which row of the draft, where it has several: the part of a rule, from 0.
    pub row: usize,
    /// Which statement of the draft, where it is about one: first those of its row, then the further ones.
    pub statement: Option<usize>,
    /// What sort of problem it is.
    pub cause: Cause,
    /// The field, spelled as the column of an import file.
    pub field: &'static str,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub reason: Message,
    /// What to do.
    pub hint: Message,
}

/// The problems found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

/// Where a problem lies, so that the checks need not know how a draft was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) draft: usize,
    pub(super) row: usize,
    /// Which statement of the draft.
    pub(super) statement: Option<usize>,
    /// The one field to name, where the draft is shorthand for a record that nobody wrote out.
    pub(super) shorthand: Option<&'static str>,
}

impl Spot {
    pub(super) fn draft(draft: usize) -> Self {
        Self {
            draft,
            row: 0,
            statement: None,
            shorthand: None,
        }
    }

    pub(super) fn row(self, row: usize) -> Self {
        Self { row, ..self }
    }

    pub(super) fn statement(self, statement: usize) -> Self {
        Self {
            statement: Some(statement),
            ..self
        }
    }
}

impl Problems {
    /// Reports a problem; there is none without what to do.
    pub(super) fn push(
        &mut self,
        spot: Spot,
        field: &'static str,
        value: impl std::fmt::Display,
        reason: impl Into<Message>,
        hint: impl Into<Message>,
    ) {
        self.0.push(Problem {
            draft: Some(spot.draft),
            row: spot.row,
            statement: spot.statement,
            cause: Cause::Invalid,
            field: spot.shorthand.unwrap_or(field),
            value: value.to_string(),
            reason: reason.into(),
            hint: hint.into(),
        });
    }

    /// Says what sort the last problem is.
    pub(super) fn cause(&mut self, cause: Cause) {
        if let Some(last) = self.0.last_mut() {
            last.cause = cause;
        }
    }

    /// A problem of the batch as a whole.
    pub(super) fn batch(
        &mut self,
        field: &'static str,
        value: impl std::fmt::Display,
        reason: impl Into<Message>,
        hint: &str,
    ) {
        let (value, reason) = (value.to_string(), reason.into());
        self.0.push(Problem {
            draft: None,
            row: 0,
            statement: None,
            cause: Cause::Invalid,
            field,
            value,
            reason,
            hint: hint.into(),
        });
    }
}
