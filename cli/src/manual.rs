//! What a system installs beside a program: completions for shells, and manual pages.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use crate::terminal::{print, say};

const COMPLETION: &str = "completion";
const MAN: &str = "man";

/// Adds the subcommands that write them.
pub(crate) fn augment(command: Command) -> Command {
    let shell = Arg::new("SHELL").required(true).value_parser(value_parser!(Shell));
    let pages = Arg::new("dir").long("dir").value_name("DIR").value_parser(value_parser!(PathBuf));
    let pages = pages.help("Write the pages of all subcommands to this folder, such as ~/.local/share/man/man1");
    command
        .subcommand(Command::new(COMPLETION).about("Prints the completions for a shell").arg(shell))
        .subcommand(Command::new(MAN).about("Prints the manual page, or writes one for each subcommand").arg(pages))
}

/// Runs one of these subcommands for a program with this command line. Returns whether it is one of them.
pub(crate) fn run((name, matches): (&str, &ArgMatches), mut program: Command) -> Result<bool> {
    match name {
        COMPLETION => {
            let shell = matches.get_one::<Shell>("SHELL").copied().context("missing SHELL")?;
            let (name, mut completions) = (program.get_name().to_owned(), Vec::new());
            clap_complete::generate(shell, &mut program, name, &mut completions);
            print(&completions)?;
        }
        MAN => write_manual(program, matches.get_one::<PathBuf>("dir").map(PathBuf::as_path))?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Prints the manual page of a program, or writes those of all subcommands to a folder.
fn write_manual(program: Command, folder: Option<&Path>) -> Result<()> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        return print(&page);
    };
    let written = std::fs::create_dir_all(folder);
    let written = written.and_then(|()| clap_mangen::generate_to(program, folder));
    written.with_context(|| format!("cannot write manual pages to {folder:?}"))?;
    say(format_args!("Manual pages: {folder:?}"));
    Ok(())
}
