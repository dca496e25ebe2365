//! Cypher statements, each from a file in `cypher/`. Values are always parameters. A placeholder, written `{{name}}` in
//! the file, stands for a part of the text, such as a label; it is filled only with texts of this program.

use super::ownership;
use neo4rs::{BoltMap, BoltType, Query};

/// A statement ready to be sent.
#[derive(Clone, Debug)]
pub(in crate::store) struct CypherStatement {
    /// The name of its file, which an operator sees in the list of transactions (`SHOW TRANSACTIONS`).
    name: &'static str,
    text: String,
    params: BoltMap,
}

/// The statement in the file `cypher/<name>.cypher`.
macro_rules! cypher {
    ($name:literal) => {
        $crate::store::neo4j::driver::statement::CypherStatement::named(
            $name,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/src/store/neo4j/cypher/",
                $name,
                ".cypher"
            )),
        )
    };
}
pub(in crate::store) use cypher;

/// The end of every read: its last row is the state of the graph, which shows whether the read is stale. The order of
/// the values is that of [`GraphState::read`](super::graph_state::GraphState).
const GRAPH_STATE: &str = "\nUNION ALL MATCH (hukun:Hukun {id: 'graph'}) MATCH (commit:Commit {id: 'graph'}) \
                        RETURN [hukun.revision, commit.revision, hukun.merged_at, \
                        commit.staged IS NOT NULL, coalesce(hukun.schema, 0)] AS row";

impl CypherStatement {
    /// A statement that was stored as text: a step of a staged write.
    pub(in crate::store) fn new(text: &str) -> Self {
        Self::named("step", text)
    }

    /// A statement from the text of its file, without comments.
    pub(in crate::store) fn named(name: &'static str, file: &str) -> Self {
        let lines = file
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("//"));
        let statement = Self {
            name,
            text: lines.collect::<Vec<_>>().join("\n"),
            params: BoltMap::default(),
        };
        // A database may also hold data of other programs. These placeholders become the relationship types of Hukun
        // and the conditions that are true only of Hukun's nodes: `{{ours n}}` tests the record in the variable `n`.
        statement
            .fill("any kind", ownership::types())
            .fill_each("ours body ", ownership::body)
            .fill_each("ours redirect ", ownership::redirect)
            .fill_each("ours ", ownership::record)
    }

    /// Fills the placeholder `{{name}}` with a text of this program, never with one of a caller.
    pub(in crate::store) fn fill(mut self, name: &str, text: &str) -> Self {
        self.text = self.text.replace(&format!("{{{{{name}}}}}"), text);
        self
    }

    /// Fills each placeholder that begins with a prefix with a text made from the rest of its name: with the prefix
    /// `ours `, the placeholder `{{ours n}}` is filled with `text("n")`.
    pub(in crate::store) fn fill_each(mut self, prefix: &str, text: impl Fn(&str) -> String) -> Self {
        let open = format!("{{{{{prefix}");
        while let Some((front, rest)) = self.text.split_once(&open)
            && let Some((name, back)) = rest.split_once("}}")
        {
            self.text = format!("{front}{}{back}", text(name));
        }
        self
    }

    /// The union of several statements: the rows of each in turn. Parameters of the same name must have the same value.
    /// None if there is no statement.
    pub(in crate::store) fn union(statements: impl IntoIterator<Item = Self>) -> Option<Self> {
        statements.into_iter().reduce(|mut first, next| {
            first.text.push_str("\nUNION ALL\n");
            first.text.push_str(&next.text);
            first.params.value.extend(next.params.value);
            first
        })
    }

    /// Sets a parameter.
    pub(in crate::store) fn with(mut self, name: &str, value: impl Into<BoltType>) -> Self {
        self.params.put(name.into(), value.into());
        self
    }

    /// Sets several parameters.
    pub(in crate::store) fn with_all(mut self, params: impl IntoIterator<Item = (String, BoltType)>) -> Self {
        for (name, value) in params {
            self.params.put(name.as_str().into(), value);
        }
        self
    }

    /// The text and its parameters as Cypher, for inspecting its plan on the server.
    pub(in crate::store) fn as_cypher(&self) -> (&str, String) {
        (&self.text, literal(&BoltType::Map(self.params.clone())))
    }

    /// The text as filled so far.
    pub(in crate::store) fn text(&self) -> &str {
        &self.text
    }

    /// The query to send, which the server ends after `ms_max` milliseconds.
    pub(in crate::store) fn query(&self, ms_max: u64) -> Query {
        debug_assert!(
            !self.text.contains("{{"),
            "a placeholder is not filled: {}",
            self.text
        );
        let ms = i64::try_from(ms_max).unwrap_or(i64::MAX);
        Query::new(self.text.clone())
            .with_params(self.params.clone())
            .extra("tx_timeout", ms)
            .extra("tx_metadata", BoltType::Map(self.metadata()))
    }

    /// The metadata that `SHOW TRANSACTIONS` shows.
    pub(in crate::store) fn metadata(&self) -> BoltMap {
        let mut metadata = BoltMap::default();
        metadata.put("app".into(), concat!("hukun/", env!("CARGO_PKG_VERSION")).into());
        metadata.put("operation".into(), self.name.into());
        metadata
    }

    /// The statement as the first of an explicit transaction. It also sets the metadata of the transaction, because
    /// those that [`Self::query`] sends apply only to a query that is a transaction by itself.
    pub(in crate::store) fn into_first_statement(mut self) -> Self {
        let metadata = BoltType::Map(self.metadata());
        self.text = format!("CALL tx.setMetaData($transaction_metadata)\n{}", self.text);
        self.with("transaction_metadata", metadata)
    }

    /// The query of a read, whose last row is the state of the graph.
    pub(in crate::store) fn read_query(&self, ms_max: u64) -> Query {
        let with_state = Self {
            name: self.name,
            text: format!("{}{GRAPH_STATE}", self.text),
            params: self.params.clone(),
        };
        with_state.query(ms_max)
    }
}

/// A value in Cypher; null for a type that no parameter has.
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

/// Bytes of a list that is a parameter of one request. The driver does not set `TCP_NODELAY`, so a request of 8 KiB or
/// more stalls for 40 ms; the rest of the 8 KiB is for the text of the statement.
const BYTES_MAX: usize = 5_000;

/// Cuts a list into pieces, each of which can be the parameter of a request that does not stall; see `BYTES_MAX`.
/// `bytes_of` returns the bytes of an item as for [`cut`].
pub(in crate::store) fn pieces<T>(items: &[T], bytes_of: impl Fn(&T) -> usize) -> Vec<&[T]> {
    cut(items, bytes_of, BYTES_MAX)
}

/// The bytes of a number for [`cut`] and [`pieces`], which add three to them: Bolt sends it in at most 5 or 9 bytes.
pub(in crate::store) fn number_bytes(number: i64) -> usize {
    if i32::try_from(number).is_ok() { 2 } else { 6 }
}

/// Cuts a list into pieces of at most `bytes_max` bytes, but of at least one item.
///
/// The size of an item is `bytes_of` plus 3, the most that Bolt sends before a text of less than 64 KiB.
pub(in crate::store) fn cut<T>(items: &[T], bytes_of: impl Fn(&T) -> usize, bytes_max: usize) -> Vec<&[T]> {
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
