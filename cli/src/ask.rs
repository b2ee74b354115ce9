//! Questions on the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Result, bail};

use crate::terminal::harmless;

/// Asks a question with yes or no; no is the default. Returns `None` if there is no terminal to ask at.
pub(crate) fn ask(question: &str) -> Result<Option<bool>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut out = io::stderr().lock();
    write!(out, "{} [y/N] ", harmless(question))?;
    out.flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        writeln!(out)?;
        bail!("not confirmed (nothing was sent)");
    }
    Ok(Some(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")))
}
