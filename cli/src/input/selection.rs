//! Which items of an input are sent.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use fastrand::Rng;

/// Which items of an input are sent: after `skip` items at most `take`, and of these a random sample of `sample`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Selection {
    pub(crate) skip: usize,
    pub(crate) take: Option<usize>,
    pub(crate) sample: Option<usize>,
}

/// The largest sample. Its indices are held in memory.
const MAX_SAMPLE: usize = 100_000;

impl Selection {
    /// The part of an input that the sample is drawn from.
    pub(crate) fn cut<I: Iterator>(self, items: I) -> impl Iterator<Item = I::Item> + use<I> {
        items.skip(self.skip).take(self.take.unwrap_or(usize::MAX))
    }

    /// The indices of the sample among this many items; `None` for all of them. The same for the same number, so that a run can be
    /// continued.
    pub(crate) fn sample_of(self, count: usize) -> Result<Option<BTreeSet<usize>>> {
        let Some(wanted) = self.sample.filter(|wanted| *wanted < count) else { return Ok(None) };
        if wanted > MAX_SAMPLE {
            bail!("--sample {wanted}: expected at most {MAX_SAMPLE}; use --take {wanted} for the first ones");
        }
        let mut rng = Rng::with_seed(count as u64);
        let mut sample = BTreeSet::new();
        while sample.len() < wanted {
            sample.insert(rng.usize(..count));
        }
        Ok(Some(sample))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_the_same_each_time() {
        let sample =
            |wanted, count| Selection { sample: Some(wanted), ..Selection::default() }.sample_of(count).unwrap();
        assert_eq!(sample(20, 20), None);
        assert_eq!(sample(20, 1_000), sample(20, 1_000));
        let drawn = sample(20, 1_000).unwrap();
        assert!(drawn.len() == 20 && drawn.iter().all(|index| *index < 1_000));
        assert_eq!(sample(0, 3), Some(BTreeSet::new()));
        assert!(Selection { sample: Some(200_000), ..Selection::default() }.sample_of(1_000_000).is_err());
    }

    #[test]
    fn a_part_is_cut_out() {
        let part = |skip, take| Selection { skip, take, sample: None }.cut(0..10).collect::<Vec<_>>();
        assert_eq!(part(3, Some(2)), [3, 4]);
        assert_eq!(part(8, None), [8, 9]);
        assert!(part(20, None).is_empty());
    }
}
