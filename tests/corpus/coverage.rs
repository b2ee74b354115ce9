//! Generates `COVERAGE.md`, the list of declared operations, and the table of them in the guide.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// How an operation of the corpus is declared.
pub struct Row {
    /// Its id in `operations.json`.
    pub id: &'static str,
    /// The trait and method of the declaration, as `Trait::method`.
    pub declared: Declared,
    /// What the declaration leaves out of what the vendor offers, if anything.
    pub narrowed: Option<&'static str>,
}

/// Whether the grammar can express the operation.
pub enum Declared {
    /// The grammar expresses all of it.
    Whole(&'static str),
    /// With code of its own, between `// plug-in of <id>` and `// end of plug-in`.
    PlugIn(&'static str),
    /// It cannot be declared, with the reason.
    Not(&'static str),
}

/// A row of an operation that the grammar expresses.
pub const fn whole(id: &'static str, declared: &'static str) -> Row {
    Row { id, declared: Declared::Whole(declared), narrowed: None }
}

/// A row of an operation that needs a plug-in.
pub const fn plug_in(id: &'static str, declared: &'static str) -> Row {
    Row { id, declared: Declared::PlugIn(declared), narrowed: None }
}

impl Row {
    /// Sets what the declaration leaves out.
    pub const fn narrowed(mut self, what: &'static str) -> Row {
        self.narrowed = Some(what);
        self
    }
}

/// Declares the modules, by the names of their files, with their rows.
macro_rules! rows {
    ($($module:ident),* $(,)?) => { &[$((stringify!($module), crate::$module::ROWS)),*] };
}

/// The rows of all modules.
const ROWS: &[(&str, &[Row])] = rows![
    buckets,
    elements,
    groups,
    indexes,
    ids,
    jobs,
    lines,
    maps,
    multipart,
    numbers,
    order,
    plug_ins,
    presence,
    refusals,
    sailpoint,
    silent,
    subrequests,
    subrequests_in_order,
    silence,
    xml,
];

/// Operations that cannot be declared.
const NOT: &[Row] = &[Row {
    id: "weaviate-batch-delete",
    declared: Declared::Not("it selects its items by a filter: no item is in the request"),
    narrowed: None,
}];

/// The most lines of a plug-in.
const MOST_LINES: usize = 25;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The entry of an operation in the corpus.
#[derive(Deserialize)]
struct Operation {
    id: String,
    vendor: String,
    name: String,
    req_container: String,
    result_layout: Option<String>,
    correlation: String,
}

fn operations() -> Vec<Operation> {
    let text = std::fs::read_to_string(folder().join("operations.json")).expect("the corpus");
    serde_json::from_str(&text).expect("the corpus's fields")
}

/// The number of lines of each plug-in, without comments and blank lines.
fn plug_ins() -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("coverage.rs") {
            continue;
        }
        let mut current: Option<String> = None;
        for line in std::fs::read_to_string(&path).expect("a source").lines().map(str::trim) {
            if let Some(id) = line.strip_prefix("// plug-in of ") {
                current = Some(id.to_owned());
            } else if line == "// end of plug-in" {
                current = None;
            } else if let Some(id) = &current
                && !line.is_empty()
                && !line.starts_with("//")
            {
                *lines.entry(id.clone()).or_default() += 1;
            }
        }
    }
    lines
}

/// The row of each operation, and the module that declares it.
fn rows() -> BTreeMap<&'static str, (&'static str, &'static Row)> {
    let declared = ROWS.iter().flat_map(|(module, rows)| rows.iter().map(move |row| (*module, row)));
    let mut rows = BTreeMap::new();
    for (module, row) in declared.chain(NOT.iter().map(|row| ("", row))) {
        assert!(rows.insert(row.id, (module, row)).is_none(), "{} has two rows", row.id);
    }
    rows
}

fn table() -> String {
    let (rows, operations, plug_ins) = (rows(), operations(), plug_ins());
    let known = |id: &str| operations.iter().any(|known| known.id == id);
    for id in rows.keys() {
        assert!(known(id), "{id} is no operation of the corpus");
    }
    let mut table = String::from(
        "# What of the corpus is declared\n\nMade by `UPDATE_COVERAGE=1 cargo test -p bulk-endpoint-tests --test corpus`.\n\n| operation | vendor | declared | as |\n|---|---|---|---|\n",
    );
    let (mut whole, mut with, mut not) = (0, 0, 0);
    for Operation { id, vendor, .. } in &operations {
        let Some((_, row)) = rows.get(id.as_str()) else {
            not += 1;
            let _ = writeln!(table, "| `{id}` | {vendor} | not yet | |");
            continue;
        };
        let (how, name) = match &row.declared {
            Declared::Whole(name) => {
                whole += 1;
                ("whole".to_owned(), format!("`{name}`"))
            }
            Declared::PlugIn(name) => {
                with += 1;
                let lines = plug_ins.get(id.as_str()).copied().unwrap_or_default();
                assert!((1..=MOST_LINES).contains(&lines), "the plug-in of {id} has {lines} lines");
                (format!("with a plug-in ({lines} lines)"), format!("`{name}`"))
            }
            Declared::Not(why) => {
                not += 1;
                (format!("not: {why}"), String::new())
            }
        };
        let narrowed = row.narrowed.map(|what| format!("; narrowed: {what}")).unwrap_or_default();
        let _ = writeln!(table, "| `{id}` | {vendor} | {how}{narrowed} | {name} |");
    }
    let of = operations.len();
    let _ = writeln!(table, "\ndeclared whole: {whole} of {of}; with a plug-in: {with}; not: {not}");
    table
}

/// The guide's table: the shapes of the declared operations, and where they are declared.
fn shapes() -> String {
    let rows = rows();
    let mut table = String::from(
        "| operation | its items | its response | joined by | declared as | in |\n|---|---|---|---|---|---|\n",
    );
    for Operation { id, vendor, name, req_container, result_layout, correlation } in operations() {
        let Some((module, Row { declared: Declared::Whole(method) | Declared::PlugIn(method), .. })) =
            rows.get(id.as_str())
        else {
            continue;
        };
        let [items, answer, key] =
            [&req_container, result_layout.as_ref().unwrap_or(&id), &correlation].map(|word| word.replace('_', " "));
        let _ = writeln!(table, "| {vendor}: {name} | {items} | {answer} | {key} | `{method}` | `{module}.rs` |");
    }
    table
}

#[test]
fn the_tables_are_up_to_date() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/docs/shapes_table.md");
    for (path, table) in [(folder().join("COVERAGE.md"), table()), (guide, shapes())] {
        if std::env::var_os("UPDATE_COVERAGE").is_some() {
            std::fs::write(&path, &table).expect("the table");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            written,
            table,
            "make {} anew: UPDATE_COVERAGE=1 cargo test -p bulk-endpoint-tests --test corpus",
            path.display()
        );
    }
}
