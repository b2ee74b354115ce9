//! Answers in: how attempts ended, told to the engine.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::super::driver::Driver;
use super::super::event::Event;
use super::job::failed_job;
use super::remote::Sent;
use super::tracked::{CauseOf, Tracked};
use crate::client::Pass;
use crate::client::transport::{Response, TransportError, TransportErrorKind};
use crate::engine::{BatchId, ItemClass, ItemId, Moment, Said, Time, Told, Wait, WholeClass, WholeEnd, item_class};
use crate::item::BulkItem;
use crate::outcome::{DoubtKind, RefusalKind};
use crate::reply::{Answer, ApiError, Detail, ItemStatus, Reply};
use crate::response::{
    BatchKeys, Cause, Ended, Judgement, JudgementOf, Judgements, SentItem, Untold, UntoldOf, asked, ended, handed_back,
    refused_within,
};
use crate::text::said;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Takes in the attempts that have ended. Whether any had.
    pub(super) fn poll_attempts(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        while let Some(remote) = &mut self.remote {
            let Poll::Ready(Some((sent, result))) = Pin::new(&mut remote.attempts).poll_next(cx) else {
                break;
            };
            any = true;
            self.handle_attempt(sent, result);
            if !self.outbox.is_empty() {
                break;
            }
        }
        any
    }

    pub(super) fn handle_attempt(&mut self, sent: Sent<R>, result: Result<Response, TransportError>) {
        let Sent { batch, request, pass, generation, job } = sent;
        self.weigh(batch, &result);
        if let Some(job) = job {
            return self.handle_poll(job, pass, generation, result);
        }
        let Some(remote) = &mut self.remote else { return };
        let status = result.as_ref().ok().map(|response| response.status);
        match &result {
            Err(TransportError { kind: TransportErrorKind::NotSent | TransportErrorKind::Invalid, detail }) => {
                let host = remote.bound.parts.url.origin().ascii_serialization();
                remote.unreached = format!("{host}: {}", said(detail)).into();
            }
            Err(TransportError { kind: TransportErrorKind::Unseen, detail }) => {
                remote.unseen = format!("the server did not take the request: {}", said(detail)).into();
            }
            Ok(Response { status: status @ (421 | 425), .. }) => {
                remote.unseen = format!("the server answered {status}").into();
            }
            _ => {}
        }
        remote.log_end(batch, status);
        let asked = result.as_ref().map_or_else(|_| Told::default(), asked);
        let told = result.as_ref().ok().and_then(|response| self.judge_refusal(batch, response));
        let Some(remote) = &mut self.remote else { return };
        // A decoder may be the user's own: its panic leaves the items in doubt, and nothing else.
        let mut read = catch_unwind(AssertUnwindSafe(|| ended::<R::Failure, E>(result, &remote.bound.spec)))
            .unwrap_or_else(|_| Ended::Whole(WholeEnd::Unsure { cause: panicked() }));
        // Who did not look at the request, or not with this token, tells nothing of its items.
        let unread = [WholeClass::Credential, WholeClass::NotSent];
        let told =
            told.filter(|_| !matches!(&read, Ended::Whole(WholeEnd::Refused { class, .. }) if unread.contains(class)));
        match (remote.client.fetched(), &mut read) {
            (Some(fetched), Ended::Answered(_)) => fetched.handle_accepted(generation),
            (Some(fetched), _) if told.is_some() => fetched.handle_accepted(generation),
            // Under another token it is another request: the server has not looked at this one.
            (Some(fetched), Ended::Whole(WholeEnd::Refused { class: class @ WholeClass::Credential, .. }))
                if fetched.handle_refused(generation) =>
            {
                *class = WholeClass::Renewed;
            }
            // One that is fixed may have been good for other requests.
            (None, Ended::Whole(WholeEnd::Refused { class: class @ WholeClass::Credential, .. })) => {
                *class = WholeClass::Stop;
            }
            _ => {}
        }
        if self.collects {
            let end = match &read {
                Ended::Whole(WholeEnd::NotSent) => format!("never left: {}", remote.unreached),
                _ if told.is_some() => format!("answered with {}", status.unwrap_or_default()),
                read => read.describe(),
            };
            let ended = remote.client.clock().now().saturating_sub(self.started.unwrap_or_default());
            self.shared.lock().history.ended(request, ended, status, &end);
        }
        let jitter = self.jitter.f64();
        let close = match (told, read) {
            (Some((response, judged)), _) => self.handle_judged((batch, request), &response, judged, asked, jitter),
            (None, Ended::Whole(end)) => self.handle_whole(batch, end, asked, jitter),
            (None, Ended::Answered(response)) => {
                let judged = self.judge(batch, &response);
                self.handle_judged((batch, request), &response, judged, asked, jitter)
            }
        };
        self.tell(&Event::Ended { request, status });
        self.settle_others();
        self.pass_gate(pass, close, status.is_some());
    }

    /// A request ended that had this pass: its end closes the gate, or an answer opens it.
    pub(super) fn pass_gate(&mut self, pass: Option<Pass>, close: Option<Wait>, answered: bool) {
        match (close, pass) {
            (Some(wait), _) => self.close_gate(wait),
            (None, Some(pass)) if answered => pass.open(),
            // It goes to the next who wants to leave.
            (None, pass) => drop(pass),
        }
    }

    /// The server has too much to do.
    fn close_gate(&mut self, wait: Wait) {
        if let Some(remote) = &self.remote {
            remote.client.gate().close(wait);
        }
        let wait = wait.until.saturating_sub(self.now());
        tracing::info!(?wait, "the gate closes");
        self.tell(&Event::Waiting { wait });
    }

    /// What a refusal says of single items, where the reply declares its status.
    fn judge_refusal(&self, batch: BatchId, response: &Response) -> Option<(Response, Judged<R>)> {
        if (200..300).contains(&response.status) || R::SHAPE.under(response.status).is_none() {
            return None;
        }
        let judged = self.judge(batch, response);
        (!matches!(judged, Err(Untold::Whole))).then(|| (response.clone(), judged))
    }

    fn handle_judged(
        &mut self,
        (batch, request): (BatchId, usize),
        response: &Response,
        judged: Judged<R>,
        asked: Told,
        jitter: f64,
    ) -> Option<Wait> {
        match judged {
            Ok(judgements) => self.handle_answer(batch, response.status, judgements, asked, jitter),
            Err(untold) => self.handle_untold((batch, request), response, untold, asked, jitter),
        }
    }

    pub(super) fn judge(&self, batch: BatchId, response: &Response) -> Judged<R> {
        let panicked = || Untold::Unsure(DoubtKind::Panicked, PANICKED.to_owned());
        let Some(remote) = &self.remote else { return Err(panicked()) };
        let Ok(body) = &response.body else { return Err(panicked()) };
        let answer = Answer::new(response.status, &response.headers, body);
        let items = self.machine.batch(batch).iter().filter_map(|id| self.tracked[id.0 as usize].as_ref());
        // Only an encoding that is the item's JSON can be matched with a key byte by byte.
        let layout = &remote.bound.parts.layout;
        let plain = layout.is_plain();
        let sent = items.map(|tracked| SentItem {
            item: tracked.item.borrow(),
            encoded: if plain { &tracked.encoded } else { &[] },
            index: remote.encoder.assigns().then_some(tracked.index),
        });
        let keys = BatchKeys::new(sent, layout.group());
        catch_unwind(AssertUnwindSafe(|| (remote.judge)(&answer, &remote.bound.spec, &keys)))
            .unwrap_or_else(|_| Err(panicked()))
    }

    /// An answer that tells nothing of any item.
    fn handle_untold(
        &mut self,
        (batch, request): (BatchId, usize),
        response: &Response,
        untold: UntoldOf<R>,
        asked: Told,
        jitter: f64,
    ) -> Option<Wait> {
        let Some(remote) = &self.remote else { return None };
        let end = match untold {
            Untold::Unsure(kind, detail) => WholeEnd::Unsure { cause: Cause::doubt(kind, detail) },
            // Only a refusal is: an answer under 2xx is never.
            Untold::Whole => WholeEnd::Unsure { cause: Cause::doubt(DoubtKind::Undecodable, "it tells of no item") },
            // A job may have done a part.
            Untold::Refused { code, message, job: Some(handle), .. } if remote.bound.spec.partial => {
                WholeEnd::Unsure { cause: failed_job(&handle, code, message) }
            }
            Untold::Refused { status, code, message, .. } => {
                refused_within::<_, E>(response, status, code, message, &remote.bound.spec)
            }
            Untold::Pending { job, so_far, .. } => match self.await_job((batch, request), job, so_far, response) {
                Ok(()) => return None,
                Err(detail) => WholeEnd::GivenUp { cause: Cause::doubt(DoubtKind::Pending, detail) },
            },
        };
        self.handle_whole(batch, end, asked, jitter)
    }

    pub(super) fn handle_whole(
        &mut self,
        batch: BatchId,
        end: WholeEnd<CauseOf<R, E>>,
        told: Told,
        jitter: f64,
    ) -> Option<Wait> {
        let halted = self.machine.halted();
        if let (WholeEnd::Refused { class: WholeClass::Stop | WholeClass::Credential, cause, .. }, Some(remote)) =
            (&end, &mut self.remote)
        {
            remote.stop_cause = Some(cause.clone());
        }
        let Some(remote) = &self.remote else { return None };
        let now = remote.client.clock().now();
        let mut budget = remote.client.budget();
        let close = self.machine.handle_whole(batch, end, &mut Moment { now, jitter, budget: &mut budget, told });
        drop(budget);
        if halted.is_none()
            && let Some(halt) = self.machine.halted()
        {
            let why = self.halt_text(halt);
            self.note_halt(&why);
        }
        close
    }

    pub(super) fn handle_answer(
        &mut self,
        batch: BatchId,
        status: u16,
        judgements: Judgements<R>,
        told: Told,
        jitter: f64,
    ) -> Option<Wait> {
        // The caller's code runs before and after the engine, never while it holds the client's budget.
        let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
        let mut lines: Vec<_> = judgements.into_iter().map(|judgement| self.classify(status, judgement)).collect();
        let together = undone_for_now::<R, E>(&mut lines);
        let told = Told { wait: told.wait.max(together), ..told };
        let (rulings, close) = {
            let client = &self.remote.as_ref()?.client;
            let (now, mut budget) = (client.clock().now(), client.budget());
            let mut moment = Moment { now, jitter, budget: &mut budget, told };
            let mut rulings = Vec::with_capacity(lines.len());
            for (id, (said, judgement)) in ids.into_iter().zip(lines) {
                match self.machine.handle_item(id, said, &mut moment) {
                    Some(ruling) => rulings.push((id, ruling, judgement)),
                    None => self.tracked[id.0 as usize].iter_mut().for_each(Tracked::detach),
                }
            }
            (rulings, self.machine.handle_end(batch, &mut moment))
        };
        for (id, ruling, judgement) in rulings {
            self.conclude(id, ruling, judgement);
        }
        close
    }

    /// Settles those items of a batch of which it was said that they are done. The batch has not ended.
    pub(super) fn settle_done(&mut self, batch: BatchId, told: Vec<Option<JudgementOf<R>>>) {
        let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
        for (id, judgement) in ids.into_iter().zip(told) {
            if let Some(judgement @ Judgement::Succeeded { .. }) = judgement
                && let Some(ruling) = self.machine.handle_done(id)
            {
                self.conclude(id, ruling, judgement);
            }
        }
    }

    /// What a judgement means under the declared classes.
    fn classify(&self, status: u16, judgement: JudgementOf<R>) -> Classified<R, E> {
        let said = match &judgement {
            Judgement::Succeeded { .. } => Said::Done,
            Judgement::Failed(failure) => {
                // The failure's methods, and the predicate, may be the user's own.
                catch_unwind(AssertUnwindSafe(|| self.classify_failure(status, failure)))
                    .unwrap_or_else(|_| Said::Unsure(panicked()))
            }
            Judgement::HandedBack => Said::HandedBack(handed_back(status, RefusalKind::HandedBack, None)),
            Judgement::RolledBack => Said::RolledBack(handed_back(status, RefusalKind::RolledBack, None)),
            Judgement::Unsure(kind, detail) => Said::Unsure(Cause::doubt(*kind, detail.clone())),
        };
        (said, judgement)
    }

    fn classify_failure(&self, status: u16, failure: &R::Failure) -> Said<CauseOf<R, E>> {
        let Some(remote) = &self.remote else { return Said::NotDone };
        if remote.bound.already.is_some_and(|already| already(failure)) {
            return Said::Already;
        }
        let message = || failure.message().map(String::from);
        let own = failure.status().and_then(ItemStatus::http);
        match item_class(own, failure.code().as_deref(), &remote.bound.spec.classes) {
            ItemClass::Failed => Said::NotDone,
            ItemClass::Already => Said::Already,
            ItemClass::Again { throttled } => {
                let cause = handed_back(own.unwrap_or(status), RefusalKind::HandedBack, message());
                Said::Again { cause, throttled, wait: failure.wait() }
            }
            ItemClass::Unsure => {
                let detail = message().unwrap_or_else(|| "the answer leaves it open".to_owned());
                Said::Unsure(Cause::doubt(DoubtKind::Unsure, detail))
            }
        }
    }
}

/// What an answer says of a batch.
type Judged<R> = Result<Judgements<R>, UntoldOf<R>>;

/// What was undone for the sake of items that only are not done for now is sent again with them. Gives how long these ask to wait.
fn undone_for_now<R: Reply, E>(lines: &mut [Classified<R, E>]) -> Option<Time> {
    if !lines.iter().all(|(said, _)| matches!(said, Said::Again { .. } | Said::RolledBack(_))) {
        return None;
    }
    let (mut undone, mut longest) = (false, None);
    for (said, _) in lines {
        match said {
            Said::Again { wait, .. } => longest = longest.max(*wait),
            Said::RolledBack(cause) => {
                undone = true;
                *said = Said::HandedBack(cause.clone());
            }
            _ => {}
        }
    }
    longest.filter(|_| undone)
}

/// What the engine is told of an item, beside what the answer said of it.
type Classified<R, E> = (Said<CauseOf<R, E>>, JudgementOf<R>);

const PANICKED: &str = "the decoder of the answer panicked";

pub(super) fn panicked<F, E>() -> Cause<F, E> {
    Cause::doubt(DoubtKind::Panicked, PANICKED)
}
