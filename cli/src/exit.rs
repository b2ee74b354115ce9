//! How a program ends, and its exit codes.

use std::process::ExitCode;

use anyhow::Error;
use bulk_endpoint::journal::JournalError;

use crate::terminal::warn;

/// How the runs of a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every item succeeded. Exit code 0.
    AllSucceeded,
    /// Finished, and at least one item did not succeed. Exit code 1.
    SomeDidNot,
    /// Stopped: the same command continues. Exit code 3.
    Unfinished,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        ExitCode::from(match end {
            End::AllSucceeded => 0,
            End::SomeDidNot => 1,
            End::Unfinished => 3,
        })
    }
}

/// The exit code of a command line that could not be parsed, or that asks for help. The text is written.
pub fn usage_exit_code(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // It quotes arguments.
        warn(error.render().to_string().trim_end());
        return ExitCode::from(2);
    }
    // Help and version are not errors.
    let _ = error.print();
    ExitCode::SUCCESS
}

/// The exit code of a command. An error is written to standard error: 4 if it is about the journal, else 2.
pub fn exit_code(end: Result<End, Error>) -> ExitCode {
    end.map_or_else(
        |error| {
            warn(format_args!("error: {error:#}"));
            let of_journal = error.chain().find_map(|cause| cause.downcast_ref());
            // That is about the arguments of the method.
            let is_usage = of_journal.is_none_or(|error| matches!(error, JournalError::InvalidArgument(_)));
            ExitCode::from(if is_usage { 2 } else { 4 })
        },
        ExitCode::from,
    )
}
