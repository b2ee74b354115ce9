//! The records of a CSV file, and what is wrong with its form.

use std::io::{self, Read};

use anyhow::{Result, anyhow};
use csv::{Reader, ReaderBuilder, StringRecord, Trim};

use crate::terminal::counted;

/// The records of a CSV file with a header. White space around fields is removed.
pub struct Records<R> {
    reader: Reader<Quotes<R>>,
    header: StringRecord,
    record: StringRecord,
}

impl<R: Read> Records<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not UTF-8.
    pub fn new(input: R) -> Result<Self> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(Quotes { input, count: 0 });
        let header = reader.headers().map_err(|error| anyhow!("row 1: {}", reason(&error)))?.clone();
        Ok(Records { reader, header, record: StringRecord::new() })
    }

    /// Returns the header.
    pub fn header(&self) -> &StringRecord {
        &self.header
    }

    /// Reads the next record. Returns it, or what is wrong with it; `None` at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(&mut self) -> Result<Option<Result<&StringRecord, String>>> {
        match self.reader.read_record(&mut self.record) {
            // A complete file has an even number of quotation marks, escaped ones (`""`) included.
            Ok(false) if self.reader.get_ref().count % 2 == 1 => {
                self.reader.get_mut().count = 0;
                Ok(Some(Err("a quotation mark is not closed; the file may be incomplete".to_owned())))
            }
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(Ok(&self.record))),
            Err(error) if error.is_io_error() => Err(error.into()),
            Err(error) => Ok(Some(Err(format!("{}: {}", place(&self.record), reason(&error))))),
        }
    }
}

/// Where a record is: `row 3`.
pub fn place(record: &StringRecord) -> String {
    format!("row {}", record.position().map_or(0, csv::Position::line))
}

/// Counts the quotation marks that are read.
struct Quotes<R> {
    input: R,
    count: usize,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.count += buffer[..length].iter().filter(|byte| **byte == b'"').count();
        Ok(length)
    }
}

/// What is wrong with the form of a record.
pub(super) fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let expected = counted(usize::try_from(*expected_len).unwrap_or(usize::MAX), "field");
            format!("expected {expected}, found {len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("field {} is not UTF-8; save the file as UTF-8", err.field() + 1),
        _ => error.to_string(),
    }
}
