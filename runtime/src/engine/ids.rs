//! Ids of items and batches: indices into the engine's slabs.

/// The id of an unsettled item. Reused for another item afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ItemId(pub(crate) u32);

/// The id of an unfinished batch. Reused for another batch afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BatchId(pub(crate) u32);

/// Values under small numbers, which are reused when freed.
#[derive(Debug)]
pub(crate) struct Slab<V> {
    values: Vec<Option<V>>,
    free: Vec<u32>,
}

impl<V> Default for Slab<V> {
    fn default() -> Self {
        Slab { values: Vec::new(), free: Vec::new() }
    }
}

impl<V> Slab<V> {
    #[inline]
    pub(crate) fn insert(&mut self, value: V) -> u32 {
        if let Some(id) = self.free.pop() {
            self.values[id as usize] = Some(value);
            return id;
        }
        let id = u32::try_from(self.values.len()).expect("fewer than 2^32 unsettled items");
        self.values.push(Some(value));
        id
    }

    pub(crate) fn get(&self, id: u32) -> Option<&V> {
        self.values.get(id as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut V> {
        self.values.get_mut(id as usize)?.as_mut()
    }

    pub(crate) fn remove(&mut self, id: u32) -> Option<V> {
        let value = self.values.get_mut(id as usize)?.take()?;
        self.free.push(id);
        Some(value)
    }

    /// Drops a value in its place.
    pub(crate) fn free(&mut self, id: u32) {
        if let Some(value) = self.values.get_mut(id as usize).filter(|value| value.is_some()) {
            *value = None;
            self.free.push(id);
        }
    }

    /// The ids in use.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.values.iter().zip(0u32..).filter(|(value, _)| value.is_some()).map(|(_, id)| id)
    }
}
