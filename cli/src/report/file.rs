//! The report's file: written beside its place while the run goes on, and renamed at the end.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::row::{Format, ReportRow};

/// A place that a report can be written to.
#[derive(Debug)]
pub struct ReportPlace {
    /// The report; behind the links, if the argument is one.
    path: PathBuf,
    /// The file that has the rows until the end.
    partial: PathBuf,
    format: Format,
    /// Those of an older report, which the new one replaces.
    permissions: Option<Permissions>,
}

impl ReportPlace {
    /// Checks everything that can be checked without a change of a file.
    pub fn check(path: &Path, inputs: &[&Path]) -> Result<Self> {
        let format = Format::of(path)?;
        let old = match fs::metadata(path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| unwritable(path)),
        };
        match &old {
            Some(old) => check_old(path, old, inputs)?,
            None if fs::symlink_metadata(path).is_ok() => {
                bail!("{}: it is a symbolic link to a file that does not exist", unwritable(path))
            }
            None => check_folder(path)?,
        }
        let path =
            if old.is_some() { fs::canonicalize(path).with_context(|| unwritable(path))? } else { path.to_owned() };
        let partial = path.with_extension(format!("partial.{}", format.extension()));
        if let Some(input) = inputs.iter().find(|input| is_same(input, &partial)) {
            bail!(
                "{}: its rows are written to {input:?} first, which is the input; give another name",
                unwritable(&path)
            );
        }
        Ok(ReportPlace { path, partial, format, permissions: old.map(|old| old.permissions()) })
    }

    /// Checks that the journal is another file.
    pub fn check_is_not(&self, journal: &Path) -> Result<()> {
        let place = |path: &Path| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::canonicalize(folder).ok().map(|folder| folder.join(path.file_name().unwrap_or_default()))
        };
        let is_same =
            |path: &Path| is_same(path, journal) || place(path).is_some_and(|path| Some(path) == place(journal));
        if [&self.path, &self.partial].into_iter().any(|path| is_same(path)) {
            bail!("--journal {journal:?}: it is the file of --report; give another name (nothing was sent)");
        }
        Ok(())
    }

    /// Says where the rows are, also if the program is killed.
    pub fn describe(&self) -> String {
        format!(
            "Outcomes are written to {:?} as they settle; at the end it is renamed to {:?}.\n",
            self.partial, self.path
        )
    }

    /// Creates the file before anything is sent, to be sure that rows can be written. An older report stays until the end. `replaces`: all rows
    /// of an unfinished report come again, so it is overwritten.
    pub fn create(self, replaces: bool) -> Result<ReportFile> {
        let partial = &self.partial;
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        if replaces {
            options.create(true).truncate(true)
        } else {
            options.create_new(true)
        };
        let file = match options.open(partial) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => bail!(
                "{partial:?} exists (nothing was sent): it is the report of a run that is not finished or was killed; \
                 move it away to start a new one"
            ),
            Err(error) => return Err(error).with_context(|| unwritable(partial)),
        };
        let mut report =
            ReportFile { file, end: 0, rows: 0, buffer: Vec::new(), buffered: 0, overflow: None, place: self };
        if let Err(error) = report.start() {
            let _ = fs::remove_file(&report.place.partial);
            return Err(error).with_context(|| unwritable(&report.place.partial));
        }
        Ok(report)
    }
}

fn unwritable(path: &Path) -> String {
    format!("cannot write --report {path:?} (nothing was sent)")
}

/// Checks a path that exists.
fn check_old(path: &Path, old: &Metadata, inputs: &[&Path]) -> Result<()> {
    let found = if old.is_dir() { "a directory" } else { "a device or a pipe" };
    if !old.is_file() {
        bail!("{}: expected a file, found {found}", unwritable(path));
    }
    if inputs.iter().any(|input| is_same(input, path)) {
        bail!("{}: it is the file of --input or --from, which would be lost; give another name", unwritable(path));
    }
    OpenOptions::new().write(true).open(path).map(drop).with_context(|| unwritable(path))
}

fn check_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        bail!("{}: its directory does not exist", unwritable(path));
    }
    Ok(())
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(a), Ok(b)) => identity(&a) == identity(&b) && (cfg!(unix) || is_same_path(one, other)),
        _ => false,
    }
}

fn is_same_path(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

/// What identifies a file whatever its names: its device and inode.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// A report that is being written. Its file is a whole report after every [`flush`](Self::flush).
#[derive(Debug)]
pub struct ReportFile {
    place: ReportPlace,
    file: File,
    /// The position after the last row. The format's end follows there, until the next rows replace it.
    end: u64,
    /// The number of rows in the file.
    rows: usize,
    /// Rows that are not in the file yet.
    buffer: Vec<u8>,
    buffered: usize,
    /// Set once the file cannot be written any more.
    overflow: Option<Overflow>,
}

/// The rows that the file could not take. They are printed to standard output, since they are nowhere else.
#[derive(Debug)]
struct Overflow {
    error: io::Error,
    rows: usize,
    /// Standard output failed too.
    lost: bool,
}

impl ReportFile {
    fn start(&mut self) -> io::Result<()> {
        if let Some(permissions) = self.place.permissions.clone() {
            self.file.set_permissions(permissions)?;
        }
        self.buffer.extend_from_slice(self.place.format.start());
        self.write_buffer()
    }

    /// Adds a row. It is in the file after the next [`flush`](Self::flush).
    pub fn add(&mut self, row: &ReportRow) -> Result<()> {
        let printed = self.overflow.as_ref().map_or(0, |overflow| overflow.rows);
        if self.rows + self.buffered + printed > 0 {
            self.buffer.extend_from_slice(self.place.format.separator());
        }
        self.place.format.write(row, &mut self.buffer)?;
        self.buffered += 1;
        Ok(())
    }

    /// Writes the rows that were added. If the file cannot take them, they are printed instead; [`is_broken`](Self::is_broken) then
    /// returns true.
    pub fn flush(&mut self) {
        if self.buffered == 0 {
            return;
        }
        if self.overflow.is_none() {
            match self.write_buffer() {
                Ok(()) => return,
                Err(error) => self.overflow = Some(Overflow { error, rows: 0, lost: false }),
            }
            // The file is a whole report of the rows before. This needs less space than there was.
            let _ = self
                .file
                .set_len(self.end)
                .and_then(|()| write_at(&mut self.file, self.end, &self.place.format.end("null")));
        }
        self.print_buffer();
    }

    /// Whether the file cannot be written any more.
    pub fn is_broken(&self) -> bool {
        self.overflow.is_some()
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        let rows = self.buffer.len();
        self.buffer.extend_from_slice(&self.place.format.end("null"));
        let written = write_at(&mut self.file, self.end, &self.buffer);
        self.buffer.truncate(rows);
        written?;
        self.end += rows as u64;
        self.rows += self.buffered;
        self.buffer.clear();
        self.buffered = 0;
        Ok(())
    }

    fn print_buffer(&mut self) {
        let Some(overflow) = &mut self.overflow else { return };
        let format = self.place.format;
        let mut out = io::stdout().lock();
        let printed = if overflow.rows == 0 {
            let rows = self.buffer.strip_prefix(format.separator()).unwrap_or(&self.buffer);
            out.write_all(format.start()).and_then(|()| out.write_all(rows))
        } else {
            out.write_all(&self.buffer)
        };
        overflow.lost |= printed.and_then(|()| out.flush()).is_err();
        overflow.rows += self.buffered;
        self.buffer.clear();
        self.buffered = 0;
    }

    /// Writes the end again, with a summary. If there is no space for it, the rows are whole without it.
    fn summarize(&mut self, summary: &str) {
        let end = self.place.format.end(summary);
        if self.overflow.is_none() && write_at(&mut self.file, self.end, &end).is_err() {
            let end = self.place.format.end("null");
            let _ = self.file.set_len(self.end).and_then(|()| write_at(&mut self.file, self.end, &end));
        }
    }

    /// Leaves the rows where they are, because the run failed: an older report stays. Returns where they are. Without any, no file stays.
    pub fn leave(mut self) -> Option<PathBuf> {
        self.flush();
        if self.rows > 0 || self.overflow.is_some() {
            return Some(self.place.partial);
        }
        if self.is_there() {
            let _ = fs::remove_file(&self.place.partial);
        }
        None
    }

    /// Whether the file is still where it was created.
    fn is_there(&self) -> bool {
        fs::metadata(&self.place.partial)
            .is_ok_and(|now| self.file.metadata().is_ok_and(|own| identity(&own) == identity(&now)))
    }

    /// Puts the report in its place. Whatever fails, the rows are in a file that the error names, or were printed.
    /// `summary` is JSON.
    pub fn finish(mut self, summary: &str) -> Result<PathBuf> {
        self.flush();
        self.summarize(summary);
        let ReportPlace { path, partial, format, .. } = &self.place;
        if let Some(Overflow { error, rows, lost }) = self.overflow {
            let mut out = io::stdout().lock();
            let lost = lost || out.write_all(&format.end("null")).and_then(|()| out.flush()).is_err();
            let others = if lost { "could not be printed either and are lost" } else { "are printed above" };
            bail!(
                "the report could not be written to {path:?}, so the run was stopped: {error}; \
                 the first {} rows are in {partial:?}, the other {rows} {others}",
                self.rows
            );
        }
        if let Err(error) = self.file.sync_all() {
            return Err(print_whole(self.file, path, &error));
        }
        if !self.is_there() {
            return Err(print_whole(self.file, path, &format!("{partial:?} was deleted during the run")));
        }
        fs::rename(partial, path).with_context(|| {
            format!("the run ended, but the report could not be renamed to {path:?}; it is in {partial:?}")
        })?;
        Ok(self.place.path)
    }
}

fn write_at(file: &mut File, position: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(position))?;
    file.write_all(bytes)
}

/// Prints a report whose file is lost to standard output.
fn print_whole(mut file: File, path: &Path, why: &dyn std::fmt::Display) -> anyhow::Error {
    let mut out = io::stdout().lock();
    let printed = file.rewind().and_then(|()| io::copy(&mut file, &mut out)).and_then(|_| out.flush());
    let report = match printed {
        Ok(()) => "it is printed above".to_owned(),
        Err(error) => format!("it could not be printed either: {error}"),
    };
    anyhow!("the run ended, but the report could not be written to {path:?}: {why}; {report}")
}
