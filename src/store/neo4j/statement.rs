//! Cypher: one statement a file, filled only from closed tables, its values always parameters.

use neo4rs::{BoltMap, BoltType, Query};

/// A statement ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    text: String,
    params: BoltMap,
}

/// A statement in `cypher/`, by its name there.
macro_rules! cypher {
    ($name:literal) => {
        $crate::store::neo4j::statement::Statement::new(include_str!(concat!("cypher/", $name, ".cypher")))
    };
}
pub(super) use cypher;

/// What every read ends with: the revision, read after all else, by which the reader knows that nothing moved.
const REVISION: &str = "\nUNION ALL MATCH (hukun:Hukun) MATCH (commit:Commit) \
                        RETURN [hukun.revision, commit.revision, hukun.merged_at, \
                        commit.staged IS NOT NULL] AS row";

impl Statement {
    /// The text of a file, without its comments, which the server need not read.
    pub(super) fn new(file: &str) -> Self {
        let lines = file
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("//"));
        Self {
            text: lines.collect::<Vec<_>>().join("\n"),
            params: BoltMap::default(),
        }
    }

    /// Puts a text of our own in the place of `{{name}}`: never one that a caller wrote.
    pub(super) fn fill(mut self, name: &str, text: &str) -> Self {
        self.text = self.text.replace(&format!("{{{{{name}}}}}"), text);
        self
    }

    /// Puts a text of our own in the place of each `{{prefix…}}`, made from what stands there after the prefix.
    pub(super) fn fill_each(mut self, prefix: &str, text: impl Fn(&str) -> String) -> Self {
        let open = format!("{{{{{prefix}");
        while let Some((front, rest)) = self.text.split_once(&open)
            && let Some((name, back)) = rest.split_once("}}")
        {
            self.text = format!("{front}{}{back}", text(name));
        }
        self
    }

    /// Several statements in one: the rows of each in turn. None where there are none.
    pub(super) fn union(statements: impl IntoIterator<Item = Self>) -> Option<Self> {
        statements.into_iter().reduce(|mut first, next| {
            first.text.push_str("\nUNION ALL\n");
            first.text.push_str(&next.text);
            first.params.value.extend(next.params.value);
            first
        })
    }

    /// Gives a parameter its value.
    pub(super) fn with(mut self, name: &str, value: impl Into<BoltType>) -> Self {
        self.params.put(name.into(), value.into());
        self
    }

    /// Gives many parameters their values.
    pub(super) fn with_all(mut self, params: impl IntoIterator<Item = (String, BoltType)>) -> Self {
        for (name, value) in params {
            self.params.put(name.as_str().into(), value);
        }
        self
    }

    /// The statement and its parameters as Cypher, for whoever wants to see how the server plans it.
    pub(super) fn told(&self) -> (&str, String) {
        (&self.text, literal(&BoltType::Map(self.params.clone())))
    }

    /// The text, as it is sent.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The query, stopped by the server itself after a time.
    pub(super) fn query(&self, ms_max: u64) -> Query {
        debug_assert!(!self.text.contains("{{"), "a place is not filled: {}", self.text);
        let ms = i64::try_from(ms_max).unwrap_or(i64::MAX);
        Query::new(self.text.clone())
            .with_params(self.params.clone())
            .extra("tx_timeout", ms)
    }

    /// The query of a read, whose last row is the revision.
    pub(super) fn reading(&self, ms_max: u64) -> Query {
        let whole = Self {
            text: format!("{}{REVISION}", self.text),
            params: self.params.clone(),
        };
        whole.query(ms_max)
    }
}

/// A value as Cypher writes it. What no parameter of ours is, is null.
fn literal(value: &BoltType) -> String {
    let list = |items: Vec<String>, [open, close]: [&str; 2]| format!("{open}{}{close}", items.join(", "));
    match value {
        BoltType::String(text) => {
            format!("'{}'", text.value.replace('\\', "\\\\").replace('\'', "\\'"))
        }
        BoltType::Integer(number) => number.value.to_string(),
        BoltType::Boolean(truth) => truth.value.to_string(),
        BoltType::List(items) => list(items.value.iter().map(literal).collect(), ["[", "]"]),
        BoltType::Map(map) => {
            let entry = |(name, value): (&neo4rs::BoltString, &BoltType)| {
                format!("`{}`: {}", name.value, literal(value))
            };
            list(map.value.iter().map(entry).collect(), ["{", "}"])
        }
        _ => "null".into(),
    }
}

/// Bytes of a list in one message, which has room for the statement too: the driver sets no `TCP_NODELAY`, and a request of
/// 8 KiB or more stalls 40 ms.
const BYTES_MAX: usize = 5_000;

/// Cuts a list so that each piece, as the parameter of a request, stays below the size at which requests stall.
pub(super) fn pieces<T>(items: &[T], bytes_of: impl Fn(&T) -> usize) -> Vec<&[T]> {
    cut(items, bytes_of, BYTES_MAX)
}

/// How many bytes a number takes beside the three that every item is counted with.
pub(super) fn number_bytes(number: i64) -> usize {
    if i32::try_from(number).is_ok() { 2 } else { 6 }
}

/// Cuts a list into pieces of so many bytes at most, one item at least.
pub(super) fn cut<T>(items: &[T], bytes_of: impl Fn(&T) -> usize, bytes_max: usize) -> Vec<&[T]> {
    let (mut pieces, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, item) in items.iter().enumerate() {
        let more = bytes_of(item) + 3;
        if at > start && bytes + more > bytes_max {
            pieces.push(&items[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += more;
    }
    if start < items.len() {
        pieces.push(&items[start..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_small_and_together_the_whole() {
        let items: Vec<String> = (0..2000).map(|n| format!("company:{n}")).collect();
        let pieces = pieces(&items, String::len);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.iter().map(|id| id.len() + 3).sum::<usize>() <= BYTES_MAX)
        );
        assert_eq!(pieces.concat(), items);
        assert_eq!(cut(&["long"], |text| text.len(), 1).len(), 1);
    }
}
