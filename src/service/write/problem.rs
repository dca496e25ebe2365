//! Problems: why a batch is rejected. Each has its draft, its field and a hint.
//!
//! The service does not know the file or argument of a draft. A problem refers to drafts by number; the import and the API
//! replace the number by `entities.csv:17` or the path of an argument, and spell the field as a column or an input path.

use crate::model::field::Field;

/// A message that may refer to drafts of the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Vec<MessagePiece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum MessagePiece {
    Text(String),
    Draft(usize),
}

impl Message {
    /// Appends text.
    #[must_use]
    pub fn text(mut self, words: impl Into<String>) -> Self {
        self.0.push(MessagePiece::Text(words.into()));
        self
    }

    /// Appends the location of a draft.
    #[must_use]
    pub fn place(mut self, draft: usize) -> Self {
        self.0.push(MessagePiece::Draft(draft));
        self
    }

    /// The text of the message; `place` gives the location of a draft.
    pub fn render(&self, place: impl Fn(usize) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            MessagePiece::Text(words) => words.clone(),
            MessagePiece::Draft(draft) => place(*draft),
        });
        pieces.collect()
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(words: T) -> Self {
        Self::default().text(words)
    }
}

/// The category of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemCause {
    /// The value is not valid.
    Invalid,
    /// It refers to a record that does not exist.
    Unknown,
    /// The principal lacks the permission.
    Forbidden,
}

/// A problem of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteProblem {
    /// The index of the draft in the batch; `None` for the batch as a whole.
    pub draft: Option<usize>,
    /// The row of the draft, if it has several: the part of a rule, from 0.
    pub row: usize,
    /// The statement of the draft, if the problem is about one: first those of its row, then the further ones.
    pub statement: Option<usize>,
    /// The category of the problem.
    pub cause: ProblemCause,
    /// The field.
    pub field: Field,
    /// The value of the field.
    pub value: String,
    /// What is wrong with it.
    pub reason: Message,
    /// What to do.
    pub hint: Message,
}

/// The problems found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct WriteProblems(pub(super) Vec<WriteProblem>);

/// The location of a problem, so that the checks need not know the form of a draft.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProblemLocation {
    pub(super) draft: usize,
    pub(super) row: usize,
    /// The index of the statement in the draft.
    pub(super) statement: Option<usize>,
    /// The field to report if the draft is shorthand for a record.
    pub(super) shorthand: Option<Field>,
}

impl ProblemLocation {
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

impl WriteProblems {
    /// Reports a problem; every problem has a hint.
    pub(super) fn push(
        &mut self,
        location: ProblemLocation,
        field: Field,
        value: impl std::fmt::Display,
        reason: impl Into<Message>,
        hint: impl Into<Message>,
    ) {
        self.0.push(WriteProblem {
            draft: Some(location.draft),
            row: location.row,
            statement: location.statement,
            cause: ProblemCause::Invalid,
            field: location.shorthand.unwrap_or(field),
            value: value.to_string(),
            reason: reason.into(),
            hint: hint.into(),
        });
    }

    /// Sets the category of the last problem.
    pub(super) fn set_cause(&mut self, cause: ProblemCause) {
        if let Some(last) = self.0.last_mut() {
            last.cause = cause;
        }
    }

    /// Reports a problem of the batch as a whole.
    pub(super) fn push_for_batch(
        &mut self,
        field: Field,
        value: impl std::fmt::Display,
        reason: impl Into<Message>,
        hint: &str,
    ) {
        let (value, reason) = (value.to_string(), reason.into());
        self.0.push(WriteProblem {
            draft: None,
            row: 0,
            statement: None,
            cause: ProblemCause::Invalid,
            field,
            value,
            reason,
            hint: hint.into(),
        });
    }
}
