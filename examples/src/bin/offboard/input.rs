//! The CSV file of leavers: checked as a whole before anything is sent, then read again one row at a time.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use anyhow::{Context, Result, bail};
use bulk_endpoint_api_defs::csp::TokenId;
use bulk_endpoint_api_defs::sailpoint::IdentityId;
use bulk_endpoint_cli::parts::{CHANGED, Items, Mistakes, Records, place};
use tempfile::NamedTempFile;

use crate::distinct::Distinct;
use crate::row::{Columns, InputRow};

/// A checked file of leavers.
#[derive(Debug)]
pub(crate) struct Input {
    columns: Columns,
    identities: Column,
    tokens: Column,
}

/// The ids of one column. It has a handle of its own, since both columns are read at the same time.
#[derive(Debug)]
struct Column {
    file: File,
    /// The number of distinct ids.
    count: usize,
}

impl Input {
    /// Opens a file and checks all of it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let [whole, identities, tokens] = open(path).with_context(|| format!("cannot read {path:?}"))?;
        let checked = check(whole).with_context(|| format!("invalid file {path:?} (nothing was sent)"))?;
        Ok(Input {
            columns: checked.columns,
            identities: Column { file: identities, count: checked.identities },
            tokens: Column { file: tokens, count: checked.tokens },
        })
    }

    /// Reads the distinct identities, in the order of their first row.
    pub(crate) fn identities(&self) -> Result<Items<IdentityId>> {
        self.identities.ids(&self.columns, |row| row.identity)
    }

    /// Reads the distinct tokens, in the order of their first row.
    pub(crate) fn tokens(&self) -> Result<Items<TokenId>> {
        self.tokens.ids(&self.columns, |row| row.token)
    }
}

impl Column {
    fn ids<T>(&self, columns: &Columns, pick: for<'r> fn(&InputRow<'r>) -> &'r str) -> Result<Items<T>>
    where
        T: From<String> + 'static,
    {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let mut records = Records::new(file)?;
        let (columns, mut distinct) = (columns.clone(), Distinct::default());
        // The whole file was checked, so a mistake in a row shows that it changed.
        let mut next = move || -> Result<Option<T>> {
            while let Some(record) = records.read().context(CHANGED)? {
                let row = record.and_then(|record| columns.row(record)).map_err(anyhow::Error::msg);
                let id = pick(&row.context(CHANGED)?);
                if !id.is_empty() && distinct.insert(id) {
                    return Ok(Some(id.to_owned().into()));
                }
            }
            Ok(None)
        };
        Ok(Items::new(self.count, std::iter::from_fn(move || next().transpose())))
    }
}

/// Opens a file three times: each handle has a position of its own.
fn open(path: &Path) -> Result<[File; 3]> {
    let mut file = File::open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        bail!("it is a directory; expected a CSV file");
    }
    if kind.is_file() {
        return Ok([file, File::open(path)?, File::open(path)?]);
    }
    // A pipe can be read only once. Its copy has no name any more when it is written, so it is gone whenever the program ends.
    let copy = NamedTempFile::new()?;
    let others = [copy.reopen()?, copy.reopen()?];
    let mut copy = copy.into_file();
    io::copy(&mut file, &mut copy)?;
    copy.rewind()?;
    let [identities, tokens] = others;
    Ok([copy, identities, tokens])
}

/// What the check of a whole file found.
#[derive(Debug, PartialEq)]
struct Checked {
    columns: Columns,
    identities: usize,
    tokens: usize,
}

fn check(file: impl Read) -> Result<Checked> {
    let mut records = Records::new(file)?;
    let columns = Columns::find(records.header())?;
    let (mut identities, mut tokens) = (Distinct::default(), Distinct::default());
    let mut checked = Checked { columns, identities: 0, tokens: 0 };
    let mut mistakes = Mistakes::default();
    while let Some(record) = records.read()? {
        let row = record
            .and_then(|record| checked.columns.row(record).map_err(|mistake| format!("{}: {mistake}", place(record))));
        match row {
            Ok(row) => {
                checked.identities += usize::from(identities.insert(row.identity));
                checked.tokens += usize::from(!row.token.is_empty() && tokens.insert(row.token));
            }
            Err(mistake) => mistakes.add(mistake),
        }
    }
    mistakes.into_result()?;
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of a file, as a run reads them.
    fn ids(content: &str) -> Result<(Vec<String>, Vec<String>)> {
        let mut file = NamedTempFile::new()?;
        io::Write::write_all(&mut file, content.as_bytes())?;
        let input = Input::open(file.path())?;
        let identities = input.identities()?.map(|id| Ok(id?.0)).collect::<Result<_>>()?;
        Ok((identities, input.tokens()?.map(|id| Ok(id?.0)).collect::<Result<_>>()?))
    }

    #[test]
    fn files_that_can_be_read() {
        for (file, identities, tokens) in [
            ("identity_id,token_id\n", vec![], vec![]),
            ("identity_id,token_id", vec![], vec![]),
            ("identity_id,token_id\na,1\nb,2\n", vec!["a", "b"], vec!["1", "2"]),
            ("identity_id,token_id\r\na,1\r\nb,2\r\n", vec!["a", "b"], vec!["1", "2"]),
            ("\u{feff}identity_id,token_id\na,1\n", vec!["a"], vec!["1"]),
            ("\u{feff}\"identity_id\",token_id\na,1\n", vec!["a"], vec!["1"]),
            ("identity_id,token_id\na,1\na,2\na,1\n", vec!["a"], vec!["1", "2"]),
            ("identity_id,token_id\na,\nb,2", vec!["a", "b"], vec!["2"]),
            ("identity_id,token_id\n a , 1 \n", vec!["a"], vec!["1"]),
            ("identity_id,token_id\n\"a\",\"1,2\"\n", vec!["a"], vec!["1,2"]),
            ("\"identity_id\",\"token_id\"\n\na,1\n\n", vec!["a"], vec!["1"]),
            ("name, Token_ID ,identity_id\nAnn,1,a\n", vec!["a"], vec!["1"]),
        ] {
            let want = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(ids(file).unwrap(), (want(identities), want(tokens)), "{file:?}");
        }
    }

    #[test]
    fn files_that_cannot() {
        for (file, want) in [
            ("", "missing column `identity_id`: the file has no header"),
            ("identity_id;token_id\na;1\n", "missing column `identity_id`, found: \"identity_id;token_id\""),
            ("identity_id\na\n", "missing column `token_id`, found: \"identity_id\""),
            ("identity_id,token_id,token_id\n", "found the column `token_id` twice"),
            ("identity_id,token_id\na,1\n,2\n", "row 3: `identity_id` is empty"),
            ("identity_id,token_id\n,\n", "row 2: `identity_id` is empty"),
            (
                "identity_id,token_id\na,1\nb\nc,3,4\n",
                "row 3: expected 2 fields, found 1\n  row 4: expected 2 fields, found 3",
            ),
            ("identity_id,token_id\na, \"1\"\n", "row 2: `token_id` contains a quotation mark"),
            ("identity_id,token_id\na,\"1\n2\"\n", "row 2: `token_id` contains a line break"),
            ("identity_id,token_id\na\u{202e}b,1\n", "row 2: `identity_id` contains a line break"),
            ("identity_id,token_id\na,\"1\n", "is not closed"),
        ] {
            let error = check(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(want), "{file:?}: {error}");
        }
        let error = check(&b"identity_id,token_id\na,\xff\n"[..]).unwrap_err().to_string();
        assert_eq!(error, "row 2: field 2 is not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn many_mistakes_are_not_all_listed() {
        let file = format!("identity_id,token_id\n{}", ",1\n".repeat(30));
        let error = check(file.as_bytes()).unwrap_err().to_string();
        assert!(error.ends_with("row 11: `identity_id` is empty\n  and 20 more mistakes"), "{error}");
    }

    #[test]
    fn a_file_that_changes_after_the_check_is_an_error() {
        for changed in
            ["identity_id,token_id\na,1\n", "identity_id,token_id\na,1\nb\n", "identity_id,token_id\na,1\nb,2\nc,3\n"]
        {
            let file = NamedTempFile::new().unwrap();
            std::fs::write(file.path(), "identity_id,token_id\na,1\nb,2\n").unwrap();
            let input = Input::open(file.path()).unwrap();
            std::fs::write(file.path(), changed).unwrap();
            let error = input.tokens().unwrap().find_map(Result::err).expect(changed);
            assert_eq!(error.to_string(), CHANGED);
        }
    }
}
