//! The mistakes in an input.

use anyhow::{Result, bail};

use crate::terminal::counted;

/// The most mistakes that are listed.
const SHOWN: usize = 10;

/// The mistakes in an input: the first ones, and how many more there are.
#[derive(Debug, Default)]
pub struct Mistakes {
    first: Vec<String>,
    more: usize,
}

impl Mistakes {
    /// Adds a mistake.
    pub fn add(&mut self, mistake: String) {
        if self.first.len() < SHOWN { self.first.push(mistake) } else { self.more += 1 }
    }

    /// Returns an error if there are mistakes, with a line for each of the first ones.
    ///
    /// # Errors
    ///
    /// There are mistakes.
    pub fn into_result(mut self) -> Result<()> {
        if self.more > 0 {
            self.first.push(format!("and {}", counted(self.more, "more mistake")));
        }
        if !self.first.is_empty() {
            bail!("{}", self.first.join("\n  "));
        }
        Ok(())
    }
}
