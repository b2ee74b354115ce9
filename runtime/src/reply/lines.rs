//! NDJSON answers.

use serde::{Deserialize, Serialize};

use super::bulk_reply::{Reply, TellsItems};
use super::collector::Says;
use super::decode_error::Misfit;
use super::element::{ItemReply, JudgesItself};
use super::response::Answer;
use super::shape::{BodyShape, ReplyShape};

/// An answer with a JSON text a line, each the element of an item (NDJSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lines<E>(pub Vec<E>);

impl<E: JudgesItself + ItemReply> Reply for Lines<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E::Failure;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Lines(E::SHAPE));

    fn read(answer: &Answer<'_>, says: &mut Says<'_, E::Key, E::Success, E::Failure>) -> Result<(), Misfit> {
        let lines = answer.lines()?;
        says.each_line::<E>(&lines);
        Ok(())
    }
}

impl<E: JudgesItself + ItemReply> TellsItems for Lines<E> {}
