//! Conversion of byte offsets in a document into lines and columns.

use async_graphql::Pos;

/// The byte offsets at which the lines of a text begin.
pub(super) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
    ascii: bool,
}

impl<'a> LineIndex<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            text,
            starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect(),
            ascii: text.is_ascii(),
        }
    }

    /// The line and column of a byte, counted from 1; columns count characters.
    pub(super) fn position(&self, offset: usize) -> Pos {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = if self.ascii {
            offset - start
        } else {
            self.text
                .get(start..offset)
                .map_or(0, |text| text.chars().count())
        };
        Pos {
            line,
            column: before + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_counted_in_lines_and_characters() {
        let lines = LineIndex::new("{ a\n  是 b\n\nc");
        for (offset, line, column) in [
            (0, 1, 1),
            (2, 1, 3),
            (6, 2, 3),
            (10, 2, 5),
            (13, 4, 1),
            (14, 4, 2),
        ] {
            assert_eq!(lines.position(offset), Pos { line, column }, "{offset}");
        }
    }
}
