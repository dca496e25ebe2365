//! The first data set as tables in memory, to take facts from it, or to give it others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const FILES: [&str; 7] = [
    "entities",
    "names",
    "observations",
    "relations",
    "rules",
    "sources",
    "statements",
];
/// The columns that hold the key of what a row rests on: without that, the row goes too.
const RESTS_ON: [&str; 5] = ["from_id", "to_id", "entity_id", "bearer_id", "subject_id"];

/// The data set.
#[derive(Clone)]
pub struct Seed {
    manifest: String,
    tables: BTreeMap<&'static str, Table>,
}

#[derive(Clone)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Self {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let texts = |record: &csv::StringRecord| record.iter().map(String::from).collect::<Vec<_>>();
        let columns = texts(reader.headers().unwrap());
        let rows = reader.records().map(|record| texts(&record.unwrap())).collect();
        Self { columns, rows }
    }

    fn write(&self, path: &Path) {
        let mut writer = csv::Writer::from_path(path).unwrap();
        writer.write_record(&self.columns).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
    }

    /// Takes away the rows of a key and those that rest on it, and gives the keys of these.
    fn remove(&mut self, key: &str) -> Vec<String> {
        let rests: Vec<usize> = RESTS_ON.iter().filter_map(|name| self.column(name)).collect();
        let goes = |row: &mut Vec<String>| row[0] == key || rests.iter().any(|at| row[*at] == key);
        let gone = self.rows.extract_if(.., goes).map(|row| row[0].clone()).collect();
        for at in ["under", "party_id"]
            .map(|name| self.column(name))
            .into_iter()
            .flatten()
        {
            for row in &mut self.rows {
                row[at] = without_item(&row[at], key);
            }
        }
        gone
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

impl Seed {
    /// As it is delivered.
    pub fn read() -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/kunshan");
        let tables = FILES.map(|name| (name, Table::read(&home.join(format!("{name}.csv")))));
        Self {
            manifest: fs::read_to_string(home.join("dataset.toml")).unwrap(),
            tables: tables.into(),
        }
    }

    /// Writes its files.
    pub fn write(&self, home: &Path) {
        fs::write(home.join("dataset.toml"), &self.manifest).unwrap();
        for (name, table) in &self.tables {
            table.write(&home.join(format!("{name}.csv")));
        }
    }

    /// Takes away the record of a key, and what rests on it.
    #[track_caller]
    pub fn remove(&mut self, key: &str) {
        let before = self.len();
        let mut open = vec![key.to_string()];
        while let Some(key) = open.pop() {
            for table in self.tables.values_mut() {
                open.extend(table.remove(&key).into_iter().filter(|resting| *resting != key));
            }
        }
        assert!(self.len() < before, "nothing has the key {key}");
    }

    /// Takes away what is said further of a key: its rows in `statements`.
    #[track_caller]
    pub fn unsay(&mut self, key: &str) {
        let before = self.len();
        self.table("statements").rows.retain(|row| row[0] != key);
        assert!(self.len() < before, "nothing further is said of {key}");
    }

    /// Writes a cell of the record of a key, in each of its rows; an empty text takes away what stood there.
    #[track_caller]
    pub fn set(&mut self, key: &str, column: &str, value: &str) {
        let mut written = 0;
        for (_, table) in self.tables.iter_mut().filter(|(name, _)| **name != "statements") {
            let Some(at) = table.column(column) else { continue };
            for row in table.rows.iter_mut().filter(|row| row[0] == key) {
                assert_ne!(row[at], value, "{key} has that {column} already");
                row[at] = value.to_string();
                written += 1;
            }
        }
        assert!(written > 0, "nothing of the key {key} has a column {column}");
        if column == "size" && !value.is_empty() {
            self.mark_as_cohort(key);
        }
    }

    /// What has a size is a cohort.
    fn mark_as_cohort(&mut self, key: &str) {
        let table = self.table("entities");
        let tags = table.column("tags").unwrap();
        for row in table.rows.iter_mut().filter(|row| row[0] == key) {
            if row[tags].split('|').all(|tag| tag != "cohort") {
                let separator = if row[tags].is_empty() { "" } else { "|" };
                row[tags].extend([separator, "cohort"]);
            }
        }
    }

    /// Writes a text in the place of another wherever that stands in a column.
    #[track_caller]
    pub fn set_everywhere(&mut self, table: &str, column: &str, from: &str, to: &str) {
        let table = self.table(table);
        let at = table
            .column(column)
            .unwrap_or_else(|| panic!("no column {column}"));
        let cells = table
            .rows
            .iter_mut()
            .map(|row| &mut row[at])
            .filter(|cell| *cell == from);
        let written = cells.map(|cell| *cell = to.to_string()).count();
        assert!(written > 0, "nowhere is the {column} `{from}`");
    }

    /// States a relation that the data set does not have.
    pub fn relate(&mut self, kind: &str, from: &str, to: &str, under: &str) {
        let id = format!("rel:added-{}", self.table("relations").rows.len());
        let cells = [
            ("id", id.as_str()),
            ("kind", kind),
            ("from_id", from),
            ("to_id", to),
            ("under", under),
        ];
        self.say("relations", &cells);
    }

    /// Lets another source state another amount, as `3`, `>3` or `<3`: of a property, or with none of the fact itself.
    pub fn dispute(&mut self, key: &str, property: &str, amount: &str) {
        let (column, amount, qualifier) = match amount.split_at(1) {
            (">", lower) => ("amount", lower, "MORE_THAN"),
            ("<", upper) => ("amount_max", upper, "LESS_THAN"),
            _ => ("amount", amount, ""),
        };
        let cells = [
            ("subject_id", key),
            ("property", property),
            (column, amount),
            ("qualifier", qualifier),
        ];
        self.say("statements", &cells);
    }

    fn say(&mut self, table: &str, cells: &[(&str, &str)]) {
        let said = [
            ("source_id", "source:wikipedia-en-kunshan"),
            ("assertion", "STATED"),
            ("reliability", "SELF_REPORTED"),
        ];
        let cells: BTreeMap<&str, &str> = cells.iter().copied().chain(said).collect();
        let cell = |column: &String| {
            cells
                .get(column.as_str())
                .copied()
                .unwrap_or_default()
                .to_string()
        };
        let table = self.table(table);
        table.rows.push(table.columns.iter().map(cell).collect());
    }

    #[track_caller]
    fn table(&mut self, name: &str) -> &mut Table {
        let table = self.tables.get_mut(name);
        table.unwrap_or_else(|| panic!("no table {name}"))
    }

    fn len(&self) -> usize {
        self.tables.values().map(|table| table.rows.len()).sum()
    }
}

/// A list cell without an item.
fn without_item(cell: &str, item: &str) -> String {
    cell.split('|')
        .filter(|other| *other != item)
        .collect::<Vec<_>>()
        .join("|")
}
