//! The command line: arguments, and the job that they select.
#![allow(rustdoc::bare_urls, reason = "these comments are the help text, which has no links")]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use bulk_endpoint_cli::parts::{Sending, default_path, duration};
use clap::Parser;

use crate::help::{AFTER_LONG_HELP, LONG_ABOUT, USAGE};

/// Disables the accounts of people who left, and deactivates their API tokens.
#[derive(Debug, Parser)]
#[command(name = "offboard", version, override_usage = USAGE, long_about = LONG_ABOUT, after_long_help = AFTER_LONG_HELP)]
pub(crate) struct Args {
    /// CSV file of leavers, with the columns identity_id and token_id.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["leavers", "seed"], help_heading = "Leavers")]
    pub(crate) input: Option<PathBuf>,

    /// Number of leavers to generate.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = leavers, help_heading = "Leavers")]
    pub(crate) leavers: usize,

    /// Seed for the generated leavers: the same seed generates the same leavers.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = number::<u64>, help_heading = "Leavers")]
    pub(crate) seed: u64,

    /// Base URL of SailPoint, including the version, such as https://TENANT.api.identitynow.com/v2025.
    #[arg(long, value_name = "URL", help_heading = "Hosts")]
    pub(crate) sailpoint_url: Option<String>,

    /// Use the path /identities-accounts/v1/disable. --sailpoint-url must then not contain the version.
    #[arg(long, requires = "sailpoint_url", help_heading = "Hosts")]
    pub(crate) sailpoint_v1: bool,

    /// Base URL of CSP, such as https://console.cloud.vmware.com.
    #[arg(long, value_name = "URL", requires = "csp_org", help_heading = "Hosts")]
    pub(crate) csp_url: Option<String>,

    /// Id of the CSP organization of the tokens.
    #[arg(long, value_name = "ID", requires = "csp_url", help_heading = "Hosts")]
    pub(crate) csp_org: Option<String>,

    /// Send the bearer tokens unencrypted to another machine.
    #[arg(long, help_heading = "Hosts")]
    pub(crate) insecure_http: bool,

    /// Maximum number of requests in flight, for each vendor.
    #[arg(long, value_name = "N", default_value = "4", help_heading = "Sending")]
    pub(crate) concurrency: NonZeroUsize,

    /// Timeout of one attempt of a request.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Sending")]
    pub(crate) timeout: Duration,

    /// Stop after this time without progress: the server refuses, fails or is down [default: 10min].
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Sending")]
    pub(crate) patience: Option<Duration>,

    /// End after this time: ids in flight are then unknown [default: no deadline].
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Sending")]
    pub(crate) deadline: Option<Duration>,

    /// Print the requests without sending them; no bearer tokens are needed.
    #[arg(long, conflicts_with = "report", help_heading = "Sending")]
    pub(crate) dry_run: bool,

    /// Write the outcome of every id to this file, whose name ends with .html, .csv, .json or .ndjson.
    #[arg(long, value_name = "FILE", help_heading = "Sending")]
    pub(crate) report: Option<PathBuf>,

    /// Record the run in this file, so that the same command continues it after a crash [default: beside the report].
    #[arg(long, value_name = "FILE", requires = "input", conflicts_with = "dry_run", help_heading = "Sending")]
    pub(crate) journal: Option<PathBuf>,

    /// The journal was restored from a backup, and may lack ids that were sent. Give this flag once.
    #[arg(long, requires = "input", conflicts_with_all = ["dry_run", "no_journal"], help_heading = "Sending")]
    pub(crate) restored: bool,

    /// Do not record the run.
    #[arg(long, conflicts_with = "journal", help_heading = "Sending")]
    pub(crate) no_journal: bool,
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "expected a whole number, such as 100".to_owned())
}

/// The most leavers that are generated.
const MAX_LEAVERS: usize = 100_000_000;

fn leavers(text: &str) -> Result<usize, String> {
    match number(text)? {
        leavers @ 0..=MAX_LEAVERS => Ok(leavers),
        _ => Err(format!("expected at most {MAX_LEAVERS}")),
    }
}

/// The job that the arguments select.
#[derive(Debug, PartialEq)]
pub(crate) enum Job {
    /// Offboard generated leavers against fake servers.
    Sample,
    /// Offboard the leavers of a file against real hosts.
    File { input: PathBuf, hosts: Targets },
    /// Print the requests for a file, or for generated leavers.
    Plan { input: Option<PathBuf>, hosts: Targets },
}

/// The vendors to send to.
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
    /// Example hosts, for a plan without URLs.
    fn examples() -> Self {
        Targets {
            sailpoint: Some(SailPointTarget { url: "https://sailpoint.example".into(), v1: false }),
            csp: Some(CspTarget { url: "https://csp.example".into(), org: "ORG".into() }),
        }
    }
}

impl Args {
    /// Returns how requests are sent.
    pub(crate) fn sending(&self) -> Sending {
        let Args { concurrency, patience, deadline, .. } = *self;
        Sending { concurrency, patience, deadline, canary: None, max_failures: None }
    }

    /// Returns where the run is recorded; `None` if it is not.
    pub(crate) fn journal(&self, input: &Path) -> Option<PathBuf> {
        let chosen = || self.journal.clone().or_else(|| default_path(self.report.as_deref(), input));
        if self.no_journal { None } else { chosen() }
    }

    /// Returns the job, or an error if the arguments do not fit together.
    pub(crate) fn job(&self) -> Result<Job> {
        let sailpoint = self.sailpoint_url.clone().map(|url| SailPointTarget { url, v1: self.sailpoint_v1 });
        let csp = self.csp_url.clone().zip(self.csp_org.clone()).map(|(url, org)| CspTarget { url, org });
        if let Some(csp) = csp.as_ref().filter(|csp| !is_id(&csp.org)) {
            bail!("--csp-org {:?} is not an organization id; expected an id such as 4f1c…", csp.org);
        }
        let has_target = sailpoint.is_some() || csp.is_some();
        let targets = Targets { sailpoint, csp };
        match (self.input.clone(), has_target, self.dry_run) {
            (input, true, true) => Ok(Job::Plan { input, hosts: targets }),
            (input, false, true) => Ok(Job::Plan { input, hosts: Targets::examples() }),
            (Some(input), true, false) => Ok(Job::File { input, hosts: targets }),
            (None, false, false) => Ok(Job::Sample),
            (Some(_), false, false) => bail!(
                "--input requires a vendor: add --sailpoint-url, or --csp-url with --csp-org, or both; \
                 or add --dry-run to print the requests"
            ),
            (None, true, false) => bail!(
                "--sailpoint-url and --csp-url require --input: add --input, or remove the URLs to run the demo against fake servers"
            ),
        }
    }
}

/// Whether a text can be an id in a URL's path: `..` would name another resource.
fn is_id(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "/\\?#".contains(c))
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
            ("--input a.csv", "error: --input requires a vendor"),
            ("--sailpoint-url http://s", "error: --sailpoint-url and --csp-url require --input"),
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
            "--timeout 1d",
            "--timeout inf",
            "--deadline 0s",
            "--patience min",
            "--dry-run --report a.json",
            "--input a.csv --journal j.db --no-journal",
            "--input a.csv --journal j.db --dry-run",
            "--journal j.db",
            "--no-such-thing",
            "--leavers 100000001",
            "--leavers -1",
            "leavers.csv",
        ] {
            assert!(parse(line).unwrap_err().use_stderr(), "{line}");
        }
    }

    #[test]
    fn a_time_has_a_unit_or_is_in_seconds() {
        for (text, milliseconds) in [
            ("0.5", 500),
            ("30", 30_000),
            ("30s", 30_000),
            ("250ms", 250),
            ("1.5min", 90_000),
            ("2m", 120_000),
            ("2h", 7_200_000),
        ] {
            let args = parse(&format!("--timeout {text} --deadline {text} --patience {text}")).unwrap();
            let want = Duration::from_millis(milliseconds);
            assert_eq!((args.timeout, args.deadline, args.patience), (want, Some(want), Some(want)), "{text}");
        }
    }

    #[test]
    fn an_organization_id_names_no_other_resource() {
        for (org, fits) in [
            ("4f1c-9", true),
            ("..", false),
            (".", false),
            (" ", false),
            ("a/b", false),
            ("..\\x", false),
            ("a\n", false),
        ] {
            assert_eq!(is_id(org), fits, "{org:?}");
        }
    }
}
