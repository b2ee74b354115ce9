//! Replies inside a reply.

use std::marker::PhantomData;

use serde_json::value::RawValue;

use super::super::bulk_reply::{Nested, Reply};
use super::super::decode_error::Misfit;
use super::super::failure::FailsAs;
use super::super::key::Names;
use super::super::response::{Answer, Field};
use super::super::success::Carries;
use super::Says;
use super::finding::Line;
use super::views::Through;
use super::whole::Whole;

impl<K, S, F> Says<'_, K, S, F> {
    /// What is inside a field. A part that does not fit is a fault, and spoils no other.
    pub fn inside<N>(&mut self, field: Option<Field<'_>>, answer: &Answer<'_>)
    where
        N: Nested<Reply: Reply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>>,
    {
        let Some(Field { name, raw }) = field else { return };
        let path = self.pointer(name);
        if !N::SEVERAL {
            match self.part::<N::Reply>(&answer.part(raw), path) {
                Ok(whole) => self.whole.absorb(whole),
                Err(misfit) => self.faults.shape(misfit),
            }
            return;
        }
        let parts = match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
            Ok(parts) => parts,
            Err(error) => return self.faults.shape(Misfit::new(path, error)),
        };
        for (index, raw) in parts.into_iter().enumerate() {
            let path = format!("{path}/{index}");
            // One of several parts does not speak for the answer.
            match self.part::<N::Reply>(&answer.part(raw), path.clone()) {
                Ok(whole) if whole.is_no() => self.faults.shape(Misfit::new(path, whole.no())),
                Ok(_) => {}
                Err(misfit) => self.faults.shape(misfit),
            }
        }
    }

    /// The body is a reply of its own.
    pub fn body<R>(&mut self, answer: &Answer<'_>) -> Result<(), Misfit>
    where
        R: Reply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>,
    {
        let whole = self.part::<R>(answer, String::new())?;
        self.whole.absorb(whole);
        Ok(())
    }

    /// Says the lines of a part; what it says of itself is handed back.
    fn part<R>(&mut self, part: &Answer<'_>, path: String) -> Result<Whole, Misfit>
    where
        R: Reply<Key: Names<K>, Success: Carries<S>, Failure: FailsAs<F>>,
    {
        let names = Through(self.names, PhantomData);
        let mut says =
            Says::<R::Key, R::Success, R::Failure> { path, silence: self.silence, ..Says::new(&names, self.status) };
        let read = R::read(part, &mut says);
        let Says { path, lines, carried, faults, whole, silent, .. } = says;
        read.map_err(|misfit| Misfit { path: format!("{path}{}", misfit.path), ..misfit })?;
        let (bodies, failures) = (self.carried.bodies.len(), self.carried.failures.len());
        self.carried.bodies.extend(carried.bodies.into_iter().map(|body| body.and_then(Carries::carry)));
        self.carried.failures.extend(carried.failures.into_iter().map(FailsAs::fails_as));
        let behind = |line: Line| Line { verdict: line.verdict.behind(bodies, failures), ..line };
        self.lines.extend(lines.into_iter().map(behind));
        self.faults.absorb(faults);
        self.silent = self.silent.take().or(silent.map(FailsAs::fails_as));
        Ok(whole)
    }
}
