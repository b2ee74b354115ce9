//! What the runs of one command share, from the first line on the terminal to the last.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::events::emit;
use crate::exit::End;
use crate::journal::Journal;
use crate::lock::lock;
use crate::outbox::Outbox;
use crate::progress::{Display, Progress, counts};
use crate::report::{ReportPlace, Timeline};
use crate::stop::Stop;
use crate::table::Table;
use crate::terminal::{counted, say, warn};
use crate::work::{Done, Sending, Shared};

/// The runs of one command: where they are shown, recorded and reported, and what stops them.
#[derive(Debug)]
pub struct Session<'a> {
    sending: Sending,
    display: Display,
    progress: Progress,
    stop: Stop,
    outbox: Outbox<'a>,
    journal: Option<Journal>,
    timeline: Mutex<Timeline>,
    description: Description,
}

/// What a report says about its runs.
#[derive(Debug, Clone)]
pub struct Description {
    /// What continues open items: `the same command`.
    pub continues: &'static str,
    /// Whether all endpoints are safe to repeat.
    pub idempotent: bool,
    /// What was asked for: names and values, without credentials.
    pub configuration: Vec<(String, String)>,
}

/// What a session shows and records.
#[derive(Debug)]
pub struct Setup<'a> {
    /// How requests are sent.
    pub sending: Sending,
    /// How progress is shown.
    pub display: Display,
    /// Where rows go, beside the report.
    pub outbox: Outbox<'a>,
    /// Where the report is written to.
    pub report: Option<ReportPlace>,
    /// Where the runs are recorded.
    pub journal: Option<Journal>,
    /// What the report says about its runs.
    pub description: Description,
}

impl<'a> Session<'a> {
    /// Listens for signals, and creates the report.
    ///
    /// # Errors
    ///
    /// The report cannot be written, or the journal cannot be read.
    pub async fn start(setup: Setup<'a>) -> Result<Self> {
        let Setup { sending, display, outbox, report, journal, description } = setup;
        let progress = Progress::new(display);
        let stop = Stop::listen(progress.clone()).context("cannot listen for signals")?;
        let timeline = Mutex::new(Timeline::new());
        let session = Session { sending, display, progress, stop, outbox, journal, timeline, description };
        if let Some(journal) = &session.journal {
            session.say(journal.describe(session.description.continues).await?);
        }
        if let Some(report) = report {
            let text = report.describe();
            // With a journal, all rows of an unfinished report come again.
            session.outbox.open(report.create(session.journal.as_ref().is_some_and(|journal| journal.was_there))?);
            session.say(text);
        }
        Ok(session)
    }

    /// What the runs share.
    pub fn shared(&self) -> Shared<'_> {
        Shared {
            sending: self.sending,
            progress: &self.progress,
            stop: &self.stop,
            outbox: &self.outbox,
            store: self.journal.as_ref().map(|journal| &journal.store),
            timeline: &self.timeline,
        }
    }

    fn say(&self, text: impl std::fmt::Display) {
        if self.display == Display::Text {
            say(text);
        }
    }

    /// Puts the report in its place, and says what was done.
    ///
    /// # Errors
    ///
    /// A run failed, or the journal cannot be put aside.
    pub async fn finish(self, done: Result<Vec<Done>>) -> Result<End> {
        let done = done.map_err(|error| match self.outbox.leave() {
            Some(partial) => error.context(format!("the run failed; the outcomes so far are in {partial:?}")),
            None => error,
        })?;
        let report = self.outbox.finish(&self.summary(&done).to_string());
        self.say(Table(&done));
        for done in done.iter().filter(|done| !done.is_complete) {
            self.say(format_args!("\n{}: {}", done.task, done.details));
        }
        for stopped in done.iter().filter_map(|done| done.stopped.as_deref()) {
            warn(format_args!("stopped: {stopped}"));
        }
        for done in done.iter().filter(|done| done.is_token_refused) {
            warn(format_args!(
                "{}: the server refused the token, and each later one: check the token, or the secret that is exchanged for tokens",
                done.task
            ));
        }
        let is_reported = match report {
            Ok(Some(path)) => {
                self.say(format_args!("\nReport: {path:?}"));
                true
            }
            Ok(None) => true,
            Err(error) => {
                warn(format_args!("error: {error:#}"));
                false
            }
        };
        if self.display == Display::Events {
            done.iter().for_each(emit_end);
        }
        self.close(&done, is_reported).await
    }

    /// What the page of a report says beside the items.
    fn summary(&self, done: &[Done]) -> Value {
        let titles: Vec<String> = done.iter().map(|done| done.task.to_string()).collect();
        let stopped: Vec<&str> = done.iter().filter_map(|done| done.stopped.as_deref()).collect();
        let Description { continues, idempotent, configuration } = &self.description;
        json!({
            "title": titles.join(", "),
            "ended": httpdate::fmt_http_date(SystemTime::now()),
            "continues": self.journal.as_ref().map(|_| continues),
            "open": done.iter().map(|done| done.open + done.unread).sum::<usize>(),
            "requests": done.iter().map(|done| done.requests).sum::<usize>(),
            "seconds": done.iter().map(|done| done.elapsed.as_secs_f64()).fold(0.0, f64::max),
            "stopped": if stopped.is_empty() { Value::Null } else { stopped.join("; ").into() },
            "idempotent": idempotent,
            "configuration": configuration,
            "timeline": lock(&self.timeline).to_json(),
        })
    }

    /// Puts the journal aside if nothing is left to do.
    async fn close(self, done: &[Done], is_reported: bool) -> Result<End> {
        let sum = |number: fn(&Done) -> usize| -> usize { done.iter().map(number).sum() };
        let (open, unread, missing) = (sum(|done| done.open), sum(|done| done.unread), sum(|done| done.missing));
        if self.journal.is_some() && open + unread > 0 {
            let continues = self.description.continues;
            let are = if open + unread == 1 { "is" } else { "are" };
            self.say(format_args!("\n{} {are} open: {continues} continues.", counted(open + unread, "item")));
            if missing > 0 && unread == 0 {
                self.say(format_args!(
                    "{missing} items that an earlier command read are not in this input: continue with the input that has them, or move the journal away."
                ));
            }
            return Ok(End::Unfinished);
        }
        let (display, journal) = (self.display, self.journal);
        if let Some(journal) = journal {
            let aside = journal.put_aside().await?;
            if display == Display::Text {
                say(format_args!("\nJournal: {aside:?}"));
            }
        }
        let is_complete = is_reported && done.iter().all(|done| done.is_complete);
        Ok(if is_complete { End::AllSucceeded } else { End::SomeDidNot })
    }
}

fn emit_end(done: &Done) {
    let Done { task, counters, requests, elapsed, is_complete, open, unread, stopped, .. } = done;
    let mut event = counts(counters.accepted + unread, counters);
    event["provider"] = json!(task.provider);
    event["operation"] = json!(task.operation);
    event["requests"] = json!(requests);
    event["seconds"] = json!(Duration::as_secs_f64(elapsed));
    event["complete"] = json!(is_complete);
    event["open"] = json!(open + unread);
    event["stopped"] = json!(stopped);
    emit("end", event);
}
