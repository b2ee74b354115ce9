//! A file or a pipe that can be read several times, and is UTF-8.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

/// An input that is read from its start as often as needed.
#[derive(Debug)]
pub(crate) struct InputFile {
    file: File,
    /// The length of its byte order mark.
    start: u64,
    /// Its length, and when it was changed last.
    state: (u64, Option<SystemTime>),
}

/// A reader of an input, from its start.
pub(crate) type Reader = BufReader<File>;

impl InputFile {
    /// Opens the file of `--input`. `-` is standard input.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return InputFile::of_pipe(&mut io::stdin().lock())
                .context("cannot read standard input (nothing was sent)");
        }
        InputFile::of_path("--input", path)
    }

    /// Opens the file of a flag.
    pub(crate) fn of_path(flag: &str, path: &Path) -> Result<Self> {
        let of = || format!("cannot read {flag} {path:?} (nothing was sent)");
        let kind = fs::metadata(path).with_context(of)?.file_type();
        if kind.is_dir() {
            bail!("{}: expected a file, found a directory", of());
        }
        // `<(…)` of a shell is a pipe with a name there. Any other could wait for its writer for ever.
        let is_of_process = ["/dev/", "/proc/"].iter().any(|folder| path.starts_with(folder));
        if !kind.is_file() && !is_of_process {
            let fix = if flag == "--input" {
                format!("use `--input - < {}`", path.display())
            } else {
                "copy it to a file".to_owned()
            };
            bail!("{}: expected a file, found a pipe or a device; {fix}", of());
        }
        let mut file = File::open(path).with_context(of)?;
        if kind.is_file() {
            InputFile::of(file).with_context(of)
        } else {
            InputFile::of_pipe(&mut file).with_context(of)
        }
    }

    /// A pipe can be read only once, so it is copied. The copy has no name any more, so it is gone whenever the program ends.
    fn of_pipe(pipe: &mut impl Read) -> Result<Self> {
        let mut copy = NamedTempFile::new()?.into_file();
        io::copy(pipe, &mut copy)?;
        InputFile::of(copy)
    }

    fn of(mut file: File) -> Result<Self> {
        let mut first = Vec::new();
        file.rewind()?;
        (&mut file).take(4).read_to_end(&mut first)?;
        let start = match first.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => 3,
            [b'P', b'K', 3, 4] | [0xd0, 0xcf, 0x11, 0xe0] | [0x1f, 0x8b, ..] => bail!(
                "expected text, found a workbook or a compressed file; save the workbook as CSV (in Excel: \"CSV UTF-8\"), or unpack the file"
            ),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => bail!(
                "expected UTF-8, found UTF-16 or UTF-32; save the file as UTF-8 (in Excel: \"CSV UTF-8\"), or convert it: \
                 iconv -f UTF-16 -t UTF-8 FILE > NEW"
            ),
            _ => 0,
        };
        let state = state(&file)?;
        Ok(InputFile { file, start, state })
    }

    /// Reads it from its start. One reader at a time: they share a position.
    pub(crate) fn reader(&self) -> Result<Reader> {
        // What is sent is what was checked.
        if state(&self.file)? != self.state {
            bail!(crate::items::CHANGED);
        }
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(BufReader::with_capacity(1 << 16, file))
    }

    /// The first byte that is not white space.
    pub(crate) fn first_byte(&self) -> Result<Option<u8>> {
        for byte in self.reader()?.bytes() {
            let byte = byte?;
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
        }
        Ok(None)
    }
}

fn state(file: &File) -> io::Result<(u64, Option<SystemTime>)> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified().ok()))
}
