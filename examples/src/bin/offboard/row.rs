//! One row of the input file: its columns and its ids.

use anyhow::{Result, bail};
use bulk_endpoint_cli::parts::acts_on_terminal;
use csv::StringRecord;

/// The places of the columns in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Columns {
    identity: usize,
    token: usize,
}

/// The ids of a row. `token` is empty if the row has none.
pub(crate) struct InputRow<'r> {
    pub(crate) identity: &'r str,
    pub(crate) token: &'r str,
}

impl Columns {
    /// Finds the columns by the header.
    pub(crate) fn find(header: &StringRecord) -> Result<Self> {
        Ok(Columns { identity: column(header, "identity_id")?, token: column(header, "token_id")? })
    }

    /// Returns the ids of a row, or what is wrong with it.
    pub(crate) fn row<'r>(&self, record: &'r StringRecord) -> Result<InputRow<'r>, String> {
        let row = InputRow { identity: &record[self.identity], token: &record[self.token] };
        if row.identity.is_empty() {
            return Err("`identity_id` is empty".into());
        }
        check("identity_id", row.identity)?;
        check("token_id", row.token)?;
        Ok(row)
    }
}

/// Returns the index of a column.
fn column(header: &StringRecord, name: &str) -> Result<usize> {
    let mut found = header.iter().enumerate().filter(|(_, column)| column.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => bail!("row 1: found the column `{name}` twice"),
        (None, _) => {
            // In quotation marks and escaped: the file may be anything.
            let columns: Vec<String> =
                header.iter().filter(|column| !column.is_empty()).map(|column| format!("{column:?}")).collect();
            match columns.as_slice() {
                [] => bail!("row 1: missing column `{name}`: the file has no header"),
                _ => bail!("row 1: missing column `{name}`, found: {}", columns.join(", ")),
            }
        }
    }
}

/// Checks for characters that no id contains. They show that the file is not quoted as CSV requires.
fn check(column: &str, id: &str) -> Result<(), String> {
    if id.contains('"') {
        return Err(format!(
            "`{column}` contains a quotation mark; remove spaces before the opening quotation mark, if any"
        ));
    }
    if id.chars().any(acts_on_terminal) {
        return Err(format!("`{column}` contains a line break or another control character"));
    }
    Ok(())
}
