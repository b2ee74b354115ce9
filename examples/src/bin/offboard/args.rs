//! The command line, and the job it describes.
#![allow(rustdoc::bare_urls, reason = "these comments are the help text, which has no links")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Parser;

const LONG_ABOUT: &str = "\
Disables the SailPoint accounts of people who left, and deactivates their API tokens at VMware
Cloud Services (CSP).

With no arguments it makes up 1 000 leavers, starts fake servers of both vendors in this process,
works the leavers off against them, and compares what it reports with what the servers applied.
Nothing leaves this machine.

With --input and at least one of --sailpoint-url and --csp-url it works a file of real leavers off
against real hosts; where only one URL is given, only that vendor is worked. Bearer tokens are read
from the environment: SAILPOINT_TOKEN, and CSP_TOKEN (of an owner of the organization). They are
never printed.";

const AFTER_LONG_HELP: &str = "\
The input file:
  CSV with a header; the columns identity_id and token_id are needed, others are ignored.
      identity_id,token_id
      2c91808384203c2d018437e631158308,9f6c1a0e
      2c91808384203c2d018437e631158308,11d07b42
      2c9180858082150f0180893dbaf553fe,
  A leaver with several tokens has several rows; an empty token_id is a leaver without tokens.
  An id that stands there several times is worked once. If a row is wrong, nothing is sent.

The report (--report):
  One row for each distinct id: provider, operation, id, outcome, status, message. The outcomes:
      succeeded      done, or accepted by the vendor
      failed         the vendor says that it was not done, and why
      refused        the vendor refused the whole request
      unknown        sent, but no usable response came: look it up before you rely on it
      not_attempted  never sent

Ctrl-C sends nothing more, waits for the responses to the requests under way, and writes the report.
A second Ctrl-C does not wait: what was under way is then unknown.

Exit status:
  0  everything succeeded
  1  it could not run: nothing was sent, unless the message says otherwise
  2  something did not succeed

Examples:
  offboard
  offboard --leavers 200 --seed 7 --report out.csv
  offboard --input leavers.csv --dry-run
  SAILPOINT_TOKEN=… offboard --input leavers.csv --report out.json \\
      --sailpoint-url https://acme.api.identitynow.com/v2025
  CSP_TOKEN=… offboard --input leavers.csv --report out.json \\
      --csp-url https://console.cloud.vmware.com --csp-org 4f1c…";

/// Disables the accounts of people who left, and deactivates their API tokens.
#[derive(Debug, Parser)]
#[command(name = "offboard", version, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Args {
    /// The leavers: a CSV file with the columns identity_id and token_id.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["leavers", "seed"], help_heading = "Leavers")]
    pub(crate) input: Option<PathBuf>,

    /// How many leavers to make up.
    #[arg(long, value_name = "N", default_value_t = 1_000, help_heading = "Leavers")]
    pub(crate) leavers: usize,

    /// Which leavers to make up: the same seed makes the same ones.
    #[arg(long, value_name = "S", default_value_t = 1, help_heading = "Leavers")]
    pub(crate) seed: u64,

    /// The base URL of SailPoint, up to the version: https://TENANT.api.identitynow.com/v2025, for instance.
    #[arg(long, value_name = "URL", help_heading = "Hosts")]
    pub(crate) sailpoint_url: Option<String>,

    /// Send to SailPoint's present path, /identities-accounts/v1/disable, instead of /identities-accounts/disable: the base
    /// URL then has no version.
    #[arg(long, requires = "sailpoint_url", help_heading = "Hosts")]
    pub(crate) sailpoint_v1: bool,

    /// The base URL of CSP: https://console.cloud.vmware.com, for instance.
    #[arg(long, value_name = "URL", requires = "csp_org", help_heading = "Hosts")]
    pub(crate) csp_url: Option<String>,

    /// The id of the CSP organization whose tokens they are.
    #[arg(long, value_name = "ID", requires = "csp_url", help_heading = "Hosts")]
    pub(crate) csp_org: Option<String>,

    /// How many requests may be under way at once, for each vendor.
    #[arg(long, value_name = "N", default_value = "4", help_heading = "Sending")]
    pub(crate) concurrency: NonZeroUsize,

    /// How long one attempt of a request may take. Fractions are fine.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, help_heading = "Sending")]
    pub(crate) timeout: Duration,

    /// Print the requests that would be sent, and send nothing. Needs no tokens.
    #[arg(long, conflicts_with = "report", help_heading = "Sending")]
    pub(crate) dry_run: bool,

    /// Write what became of every id to this file: .json or .csv.
    #[arg(long, value_name = "FILE", help_heading = "Sending")]
    pub(crate) report: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds, such as 30 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() => Ok(timeout),
        _ => Err("give a number of seconds greater than 0".into()),
    }
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Job {
    /// Work off a sample against fakes.
    Sample,
    /// Work off a file against real hosts.
    File { input: PathBuf, hosts: Targets },
    /// Print what would be sent of a file, or of a sample.
    Plan { input: Option<PathBuf>, hosts: Targets },
}

/// Where to send what.
#[derive(Debug, PartialEq)]
pub(crate) struct Targets {
    pub(crate) sailpoint: Option<SailPointTarget>,
    pub(crate) csp: Option<CspTarget>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct SailPointTarget {
    pub(crate) url: String,
    pub(crate) v1: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct CspTarget {
    pub(crate) url: String,
    pub(crate) org: String,
}

impl Targets {
    /// Hosts that do not exist, for a plan of which nobody said where it goes.
    fn examples() -> Self {
        Targets {
            sailpoint: Some(SailPointTarget { url: "https://sailpoint.example".into(), v1: false }),
            csp: Some(CspTarget { url: "https://csp.example".into(), org: "ORG".into() }),
        }
    }
}

impl Args {
    /// What is to be done.
    pub(crate) fn job(&self) -> Result<Job> {
        let sailpoint = self.sailpoint_url.clone().map(|url| SailPointTarget { url, v1: self.sailpoint_v1 });
        let csp = self.csp_url.clone().zip(self.csp_org.clone()).map(|(url, org)| CspTarget { url, org });
        if let Some(csp) = csp.as_ref().filter(|csp| matches!(csp.org.trim(), "" | "." | "..")) {
            bail!("--csp-org is {:?}, which is no id: give that of the organization", csp.org);
        }
        let somewhere = sailpoint.is_some() || csp.is_some();
        let targets = Targets { sailpoint, csp };
        match (self.input.clone(), somewhere, self.dry_run) {
            (input, true, true) => Ok(Job::Plan { input, hosts: targets }),
            (input, false, true) => Ok(Job::Plan { input, hosts: Targets::examples() }),
            (Some(input), true, false) => Ok(Job::File { input, hosts: targets }),
            (None, false, false) => Ok(Job::Sample),
            (Some(_), false, false) => bail!(
                "--input needs to know where the leavers are: give --sailpoint-url, or --csp-url with --csp-org, or both; \
                 --dry-run shows what would be sent"
            ),
            (None, true, false) => bail!(
                "a URL needs --input: made-up leavers are worked off against fake servers only; leave the URL out for those"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(["offboard"].into_iter().chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn jobs() {
        for (line, want) in [
            ("", "sample"),
            ("--leavers 3 --seed 9", "sample"),
            ("--dry-run", "plan of both"),
            ("--input a.csv --dry-run", "plan of both"),
            ("--input a.csv --dry-run --sailpoint-url http://s", "plan of sailpoint"),
            ("--input a.csv --sailpoint-url http://s", "file to sailpoint"),
            ("--input a.csv --csp-url http://c --csp-org o", "file to csp"),
            ("--input a.csv --csp-url http://c --csp-org o --sailpoint-url http://s", "file to both"),
            ("--input a.csv", "error: --input needs to know"),
            ("--sailpoint-url http://s", "error: a URL needs --input"),
        ] {
            let places = |hosts: &Targets| match (&hosts.sailpoint, &hosts.csp) {
                (Some(_), Some(_)) => "both",
                (Some(_), None) => "sailpoint",
                (None, Some(_)) => "csp",
                (None, None) => "none",
            };
            let got = match parse(line).unwrap().job() {
                Ok(Job::Sample) => "sample".to_owned(),
                Ok(Job::File { hosts, .. }) => format!("file to {}", places(&hosts)),
                Ok(Job::Plan { hosts, .. }) => format!("plan of {}", places(&hosts)),
                Err(error) => format!("error: {error}"),
            };
            assert!(got.starts_with(want), "{line}: {got}");
        }
    }

    #[test]
    fn mistakes_are_usage_errors() {
        for line in [
            "--input a.csv --leavers 3",
            "--input a.csv --seed 3",
            "--csp-url http://c",
            "--csp-org o",
            "--sailpoint-v1",
            "--concurrency 0",
            "--timeout 0",
            "--timeout -1",
            "--timeout soon",
            "--dry-run --report a.json",
            "--no-such-thing",
            "leavers.csv",
        ] {
            assert!(parse(line).unwrap_err().use_stderr(), "{line}");
        }
        assert_eq!(parse("--timeout 0.5").unwrap().timeout, Duration::from_millis(500));
    }
}
