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
            print(completions(shell, &mut program).as_bytes())?;
        }
        MAN => write_manual(program, matches.get_one::<PathBuf>("dir").map(PathBuf::as_path))?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The completions of a program for a shell.
fn completions(shell: Shell, program: &mut Command) -> String {
    let name = program.get_name().to_owned();
    // A script for bash finds no subcommand if the name has a hyphen (clap-rs/clap#6421): only its last line has the name then.
    let inside = if shell == Shell::Bash { name.replace('-', "_") } else { name.clone() };
    let mut script = Vec::new();
    clap_complete::generate(shell, program, inside.as_str(), &mut script);
    let script = String::from_utf8_lossy(&script);
    let registered = |name: &str| format!(" -o default {name}\n");
    script.replace(&registered(&inside), &registered(&name))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What bash offers at the end of this line.
    fn offered(script: &str, line: &str) -> String {
        let complete = format!(
            "{script}\nCOMP_WORDS=({line} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _my_post my-post '' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[*]}}\"; complete -p my-post"
        );
        let output = std::process::Command::new("bash").args(["--norc", "-c", &complete]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn bash_completes_the_subcommands_of_a_program_with_a_hyphen() {
        let value = Arg::new("format").long("format").value_parser(["csv", "json"]);
        let send = Command::new("send-all").arg(value);
        let submit = Command::new("submit").arg(Arg::new("RUN").required(true)).subcommand(send);
        let script = completions(Shell::Bash, &mut Command::new("my-post").subcommand(submit));
        for (line, want) in [
            ("my-post", "submit"),
            ("my-post submit november", "send-all"),
            ("my-post submit november send-all", "--format"),
            ("my-post submit november send-all --format", "csv json"),
        ] {
            let offered = offered(&script, line);
            assert!(offered.contains(want), "{line}: {offered}");
        }
    }
}
