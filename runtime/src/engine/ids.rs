//! Names of things in the engine; indices into its slabs.

/// An item on its way. Used again for another once it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ItemId(pub(crate) u32);

/// A batch on its way. Used again for another once it is answered for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BatchId(pub(crate) u32);

/// Values under small numbers, used again when freed.
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
    pub(crate) fn insert(&mut self, value: V) -> u32 {
        if let Some(id) = self.free.pop() {
            self.values[id as usize] = Some(value);
            return id;
        }
        let id = u32::try_from(self.values.len()).expect("fewer than 2^32 items are on their way at once");
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

    /// The ids in use.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.values.iter().zip(0u32..).filter(|(value, _)| value.is_some()).map(|(_, id)| id)
    }
}
