//! The leavers, and the CSV file that they are read from.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use csv::{ReaderBuilder, StringRecord, Trim};

/// The distinct ids, in the order of their first row.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Leavers {
    pub(crate) identities: Vec<IdentityId>,
    pub(crate) tokens: Vec<TokenId>,
}

/// Reads the leavers of a CSV file.
pub(crate) fn read(path: &Path) -> Result<Leavers> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&bytes).with_context(|| format!("invalid file {} (nothing was sent)", path.display()))
}

/// The most mistakes that are listed.
const SHOWN: usize = 10;

fn parse(bytes: &[u8]) -> Result<Leavers> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| anyhow!("row 1: {}", reason(&error)))?.clone();
    let columns = (column(&header, "identity_id")?, column(&header, "token_id")?);
    let mut distinct = Distinct::default();
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let added = match &record {
            Ok(record) => distinct.add(&record[columns.0], &record[columns.1]),
            Err(error) => Err(reason(error)),
        };
        if let Err(mistake) = added {
            let position = match &record {
                Ok(record) => record.position(),
                Err(error) => error.position(),
            };
            let row = position.map_or_else(|| "a row".to_owned(), |position| format!("row {}", position.line()));
            mistakes.push(format!("{row}: {mistake}"));
        }
    }
    // A complete file has an even number of quotation marks, escaped ones (`""`) included.
    if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        mistakes.push("a quotation mark is not closed; the file may be incomplete".to_owned());
    }
    if mistakes.is_empty() {
        return Ok(distinct.leavers);
    }
    let more = mistakes.len().saturating_sub(SHOWN);
    mistakes.truncate(SHOWN);
    if more > 0 {
        let noun = if more == 1 { "mistake" } else { "mistakes" };
        mistakes.push(format!("and {more} more {noun}"));
    }
    bail!("{}", mistakes.join("\n  "))
}

/// Returns the index of a column.
fn column(header: &StringRecord, name: &str) -> Result<usize> {
    let mut found = header.iter().enumerate().filter(|(_, column)| column.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => bail!("row 1: found the column `{name}` twice"),
        (None, _) => {
            let columns: Vec<&str> = header.iter().filter(|column| !column.is_empty()).collect();
            match columns.as_slice() {
                [] => bail!("row 1: missing column `{name}`: the file has no header"),
                _ => bail!("row 1: missing column `{name}`, found: {}", columns.join(", ")),
            }
        }
    }
}

/// Collects ids without duplicates.
#[derive(Default)]
struct Distinct {
    leavers: Leavers,
    identities: HashSet<String>,
    tokens: HashSet<String>,
}

impl Distinct {
    fn add(&mut self, identity: &str, token: &str) -> Result<(), String> {
        if identity.is_empty() {
            return Err("`identity_id` is empty".into());
        }
        check("identity_id", identity)?;
        check("token_id", token)?;
        if self.identities.insert(identity.to_owned()) {
            self.leavers.identities.push(identity.into());
        }
        if !token.is_empty() && self.tokens.insert(token.to_owned()) {
            self.leavers.tokens.push(token.into());
        }
        Ok(())
    }
}

/// Checks for characters that no id contains. They show that the file is not quoted as CSV requires.
fn check(column: &str, id: &str) -> Result<(), String> {
    if id.contains('"') {
        return Err(format!(
            "`{column}` contains a quotation mark; remove spaces before the opening quotation mark, if any"
        ));
    }
    if id.chars().any(char::is_control) {
        return Err(format!("`{column}` contains a line break or another control character"));
    }
    Ok(())
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} fields, found {len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("field {} is not UTF-8; save the file as UTF-8", err.field() + 1),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(leavers: &Leavers) -> (Vec<&str>, Vec<&str>) {
        let identities = leavers.identities.iter().map(|id| id.as_ref()).collect();
        (identities, leavers.tokens.iter().map(|id| id.as_ref()).collect())
    }

    #[test]
    fn files_that_can_be_read() {
        for (file, identities, tokens) in [
            ("identity_id,token_id\n", vec![], vec![]),
            ("identity_id,token_id", vec![], vec![]),
            ("identity_id,token_id\na,1\nb,2\n", vec!["a", "b"], vec!["1", "2"]),
            ("identity_id,token_id\r\na,1\r\nb,2\r\n", vec!["a", "b"], vec!["1", "2"]),
            ("\u{feff}identity_id,token_id\na,1\n", vec!["a"], vec!["1"]),
            ("identity_id,token_id\na,1\na,2\na,1\n", vec!["a"], vec!["1", "2"]),
            ("identity_id,token_id\na,\nb,2", vec!["a", "b"], vec!["2"]),
            ("identity_id,token_id\n a , 1 \n", vec!["a"], vec!["1"]),
            ("identity_id,token_id\n\"a\",\"1,2\"\n", vec!["a"], vec!["1,2"]),
            ("\"identity_id\",\"token_id\"\n\na,1\n\n", vec!["a"], vec!["1"]),
            ("name, Token_ID ,identity_id\nAnn,1,a\n", vec!["a"], vec!["1"]),
        ] {
            let leavers = parse(file.as_bytes()).unwrap();
            assert_eq!(ids(&leavers), (identities, tokens), "{file:?}");
        }
    }

    #[test]
    fn files_that_cannot() {
        for (file, want) in [
            ("", "missing column `identity_id`: the file has no header"),
            ("identity_id;token_id\na;1\n", "missing column `identity_id`, found: identity_id;token_id"),
            ("identity_id\na\n", "missing column `token_id`, found: identity_id"),
            ("identity_id,token_id,token_id\n", "found the column `token_id` twice"),
            ("identity_id,token_id\na,1\n,2\n", "row 3: `identity_id` is empty"),
            ("identity_id,token_id\n,\n", "row 2: `identity_id` is empty"),
            (
                "identity_id,token_id\na,1\nb\nc,3,4\n",
                "row 3: expected 2 fields, found 1\n  row 4: expected 2 fields, found 3",
            ),
            ("identity_id,token_id\na, \"1\"\n", "row 2: `token_id` contains a quotation mark"),
            ("identity_id,token_id\na,\"1\n2\"\n", "row 2: `token_id` contains a line break"),
            ("identity_id,token_id\na,\"1\n", "is not closed"),
        ] {
            let error = parse(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(want), "{file:?}: {error}");
        }
        let error = parse(b"identity_id,token_id\na,\xff\n").unwrap_err().to_string();
        assert_eq!(error, "row 2: field 2 is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn many_mistakes_are_not_all_listed() {
        let file = format!("identity_id,token_id\n{}", ",1\n".repeat(30));
        let error = parse(file.as_bytes()).unwrap_err().to_string();
        assert!(error.ends_with("row 11: `identity_id` is empty\n  and 20 more mistakes"), "{error}");
    }
}
