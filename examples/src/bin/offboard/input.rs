//! The leavers, and the CSV file they come from.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use csv::{ReaderBuilder, StringRecord, Trim};

/// The distinct ids to be worked off, in the order of their first row.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Leavers {
    pub(crate) identities: Vec<IdentityId>,
    pub(crate) tokens: Vec<TokenId>,
}

/// The leavers of a CSV file.
pub(crate) fn read(path: &Path) -> Result<Leavers> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(&bytes).with_context(|| format!("{} cannot be used, and nothing was sent", path.display()))
}

/// How many mistakes are listed.
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
    // In a whole file every quotation mark has its other one, an escaped one too.
    if bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        mistakes.push("a quotation mark is opened and never closed: the file may be cut off".to_owned());
    }
    if mistakes.is_empty() {
        return Ok(distinct.leavers);
    }
    let more = mistakes.len().saturating_sub(SHOWN);
    mistakes.truncate(SHOWN);
    if more > 0 {
        let rows = if more == 1 { "row is" } else { "rows are" };
        mistakes.push(format!("and {more} more {rows} wrong"));
    }
    bail!("{}", mistakes.join("\n  "))
}

/// Where a column stands.
fn column(header: &StringRecord, name: &str) -> Result<usize> {
    let mut found = header.iter().enumerate().filter(|(_, column)| column.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => bail!("row 1: the column `{name}` stands there twice"),
        (None, _) => {
            let columns: Vec<&str> = header.iter().filter(|column| !column.is_empty()).collect();
            match columns.as_slice() {
                [] => bail!("row 1: there is no column `{name}`: the file has no header"),
                _ => bail!("row 1: there is no column `{name}`, only: {}", columns.join(", ")),
            }
        }
    }
}

/// Ids, each kept once.
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

/// What no id has: it comes from a file that was read otherwise than it was written.
fn check(column: &str, id: &str) -> Result<(), String> {
    if id.contains('"') {
        return Err(format!(
            "`{column}` has a quotation mark in it (is there a space before the field's opening one?)"
        ));
    }
    if id.chars().any(char::is_control) {
        return Err(format!("`{column}` has a line break or another control character in it"));
    }
    Ok(())
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("it has {len} fields, and the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("field {} is not UTF-8: save the file as UTF-8", err.field() + 1),
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
            ("", "there is no column `identity_id`: the file has no header"),
            ("identity_id;token_id\na;1\n", "there is no column `identity_id`, only: identity_id;token_id"),
            ("identity_id\na\n", "there is no column `token_id`, only: identity_id"),
            ("identity_id,token_id,token_id\n", "`token_id` stands there twice"),
            ("identity_id,token_id\na,1\n,2\n", "row 3: `identity_id` is empty"),
            ("identity_id,token_id\n,\n", "row 2: `identity_id` is empty"),
            (
                "identity_id,token_id\na,1\nb\nc,3,4\n",
                "row 3: it has 1 fields, and the header has 2\n  row 4: it has 3",
            ),
            ("identity_id,token_id\na, \"1\"\n", "row 2: `token_id` has a quotation mark"),
            ("identity_id,token_id\na,\"1\n2\"\n", "row 2: `token_id` has a line break"),
            ("identity_id,token_id\na,\"1\n", "never closed"),
        ] {
            let error = parse(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(want), "{file:?}: {error}");
        }
        let error = parse(b"identity_id,token_id\na,\xff\n").unwrap_err().to_string();
        assert_eq!(error, "row 2: field 2 is not UTF-8: save the file as UTF-8");
    }

    #[test]
    fn many_mistakes_are_not_all_listed() {
        let file = format!("identity_id,token_id\n{}", ",1\n".repeat(30));
        let error = parse(file.as_bytes()).unwrap_err().to_string();
        assert!(error.ends_with("row 11: `identity_id` is empty\n  and 20 more rows are wrong"), "{error}");
    }
}
