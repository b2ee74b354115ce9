//! The keys of a batch: finds the item that a response names.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::item::{AssignedId, BulkItem, GroupFn};
use crate::reply::KeyIndex;

/// The keys of a batch, found by value, or by the bytes that were sent.
pub(crate) struct BatchKeys<'b, T> {
    /// `None` at the places of the request whose items are not there.
    items: Vec<Option<&'b T>>,
    group: Option<GroupFn>,
    /// The slots of the items that expect no response.
    silent: Vec<usize>,
    /// The places whose items are not there.
    absent: Vec<usize>,
    /// The places of the items about which an earlier response has told.
    told: Vec<usize>,
    sent: Encodings<'b>,
}

/// The encodings of the items, and lookup tables that are built on first use. It does not depend on the type of the items, so it is
/// compiled once.
#[derive(Default)]
struct Encodings<'b> {
    encoded: Vec<&'b [u8]>,
    /// The ids that the run assigned, with the slots of their items.
    assigned: Vec<(u128, usize)>,
    by_assigned: OnceCell<HashMap<u128, usize>>,
    by_group: OnceCell<HashMap<String, Vec<usize>>>,
    hasher: RandomState,
    /// The slots, sorted by the hash of their key.
    by_hash: OnceCell<Vec<(u64, usize)>>,
}

/// An item of a batch, with its encoding.
pub(crate) struct SentItem<'b, T> {
    pub(crate) item: &'b T,
    /// The JSON of the item; empty if it was sent in another format.
    pub(crate) encoded: &'b [u8],
    /// The id that it was sent with; without a value if the run assigns none.
    pub(crate) assigned: AssignedId,
}

/// Up to this number of items a linear search is faster than a table.
const FEW: usize = 32;

impl<'b, T: BulkItem> BatchKeys<'b, T> {
    /// Creates the index of a batch; `group` returns the group of an item, for `items = groups(…)`.
    pub(crate) fn new(items: impl Iterator<Item = SentItem<'b, T>>, group: Option<GroupFn>) -> Self {
        let most = items.size_hint().1.unwrap_or_default();
        let sent = Encodings { encoded: Vec::with_capacity(most), ..Encodings::default() };
        let mut keys = BatchKeys {
            items: Vec::with_capacity(most),
            group,
            silent: Vec::new(),
            absent: Vec::new(),
            told: Vec::new(),
            sent,
        };
        for SentItem { item, encoded, assigned } in items {
            if !item.expects_response() {
                keys.silent.push(keys.items.len());
            }
            if let Some(id) = assigned.uuid() {
                keys.sent.assigned.push((id, keys.items.len()));
            }
            keys.items.push(Some(item));
            keys.sent.encoded.push(encoded);
        }
        keys
    }

    /// Keeps a place for each item that the request had and the batch has not: a place in the response is one in the request. `absent` are
    /// these places, in ascending order.
    pub(crate) fn among(mut self, absent: &[usize]) -> Self {
        for place in absent {
            self.items.insert(*place, None);
            self.sent.encoded.insert(*place, &[]);
            let assigned = self.sent.assigned.iter_mut().map(|(_, slot)| slot);
            assigned
                .chain(&mut self.silent)
                .chain(&mut self.told)
                .filter(|slot| **slot >= *place)
                .for_each(|slot| *slot += 1);
        }
        self.absent = absent.to_vec();
        self
    }

    /// Returns the places whose items are not there, in order. Whatever the response says of them is about no item of the batch.
    pub(crate) fn absent(&self) -> &[usize] {
        &self.absent
    }

    /// Sets the places of the items about which an earlier response of the job has told.
    pub(crate) fn with_told(self, told: Vec<usize>) -> Self {
        BatchKeys { told, ..self }
    }

    pub(crate) fn told(&self) -> &[usize] {
        &self.told
    }

    /// Returns whether the request has its items in groups.
    pub(crate) fn has_groups(&self) -> bool {
        self.group.is_some()
    }

    /// Returns the JSON of all items as it was sent; `None` if it is not that of their keys.
    pub(crate) fn sent_keys(&self) -> Option<&[&'b [u8]]> {
        T::OWN_KEY.then_some(self.sent.encoded.as_slice())
    }

    /// Returns the slots of the items that expect no response, in order.
    pub(crate) fn silent(&self) -> &[usize] {
        &self.silent
    }

    /// Returns the slots of a group's items, in the order of the request; `None` if the request has no groups.
    fn group(&self, name: &str) -> Option<&[usize]> {
        let group = self.group?;
        // The group of an item that is not there is unknown, and so are the places after it.
        if !self.absent.is_empty() {
            return Some(&[]);
        }
        Some(self.sent.of_group(name, &|| {
            let mut groups = Vec::with_capacity(self.items.len());
            // Each item is there.
            for item in self.items.iter().flatten() {
                groups.push(group(*item).into_owned());
            }
            groups
        }))
    }

    // Plain matches, here and below: this is compiled for each type of an item.
    fn has_key(&self, slot: usize, key: &T::Key) -> bool {
        match self.items[slot] {
            Some(item) => item.key().as_ref() == key,
            None => false,
        }
    }

    /// Returns the hash of each key.
    fn hashes(&self) -> Vec<u64> {
        let mut hashes = Vec::with_capacity(self.items.len());
        for item in &self.items {
            hashes.push(match item {
                Some(item) => self.sent.hasher.hash_one(item.key().as_ref()),
                None => 0,
            });
        }
        hashes
    }
}

impl Encodings<'_> {
    /// Returns all slots, starting at `near`: a response in the order of the request names that slot next.
    fn slots(&self, near: usize) -> impl Iterator<Item = usize> + use<> {
        let near = near.min(self.encoded.len());
        (near..self.encoded.len()).chain(0..near)
    }

    /// Returns the bytes of an item; `None` if it was not sent as JSON.
    fn encoding(&self, slot: usize) -> Option<&[u8]> {
        let sent = self.encoded.get(slot).filter(|sent| !sent.is_empty())?;
        Some(sent)
    }

    fn is_encoded(&self, slot: usize, raw: &str) -> bool {
        self.encoding(slot).is_some_and(|sent| sent == raw.as_bytes())
    }

    fn find_encoded(&self, raw: &str, near: usize) -> Option<usize> {
        self.slots(near).find(|slot| self.encoded[*slot] == raw.as_bytes())
    }

    /// Returns the slots of a group's items; `groups` returns the group of each item.
    fn of_group(&self, name: &str, groups: &dyn Fn() -> Vec<String>) -> &[usize] {
        let by_group = self.by_group.get_or_init(|| {
            let mut slots: HashMap<String, Vec<usize>> = HashMap::new();
            for (slot, group) in groups().into_iter().enumerate() {
                slots.entry(group).or_default().push(slot);
            }
            slots
        });
        by_group.get(name).map_or(&[], Vec::as_slice)
    }

    fn find_assigned(&self, id: AssignedId) -> Option<usize> {
        self.by_assigned.get_or_init(|| self.assigned.iter().copied().collect()).get(&id.uuid()?).copied()
    }

    /// Returns the slots of the keys with this hash.
    fn of_hash(&self, hash: u64, hashes: &dyn Fn() -> Vec<u64>) -> &[(u64, usize)] {
        let by_hash = self.by_hash.get_or_init(|| {
            let mut by_hash: Vec<(u64, usize)> = hashes().into_iter().zip(0..).collect();
            by_hash.sort_unstable();
            by_hash
        });
        let from = by_hash.partition_point(|(other, _)| *other < hash);
        let until = by_hash.partition_point(|(other, _)| *other <= hash);
        &by_hash[from..until]
    }
}

impl<T: BulkItem> KeyIndex<T::Key> for BatchKeys<'_, T> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        // A string item `"a"` is its own key, so equal bytes need no decoding. Other bytes may still be the same key: `"\u0061"`.
        if T::OWN_KEY {
            if self.items.len() > FEW {
                if self.sent.is_encoded(near, raw) {
                    return Some(near);
                }
            } else if let Some(found) = self.sent.find_encoded(raw, near) {
                return Some(found);
            }
        }
        match serde_json::from_str(raw) {
            Ok(key) => self.find_key(&key, near),
            Err(_) => None,
        }
    }

    fn find_key(&self, key: &T::Key, near: usize) -> Option<usize> {
        if self.items.len() <= FEW {
            for slot in self.sent.slots(near) {
                if self.has_key(slot, key) {
                    return Some(slot);
                }
            }
            return None;
        }
        if near < self.items.len() && self.has_key(near, key) {
            return Some(near);
        }
        let hash = self.sent.hasher.hash_one(key);
        for (_, slot) in self.sent.of_hash(hash, &|| self.hashes()) {
            if self.has_key(*slot, key) {
                return Some(*slot);
            }
        }
        None
    }

    fn sent(&self, slot: usize) -> Option<&[u8]> {
        if T::OWN_KEY { self.sent.encoding(slot) } else { None }
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        match group {
            Some(group) => self.group(group)?.get(position).copied(),
            None if self.group.is_none() && position < self.items.len() => Some(position),
            None => None,
        }
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        self.group(group).map(<[usize]>::len)
    }

    fn find_assigned(&self, id: AssignedId) -> Option<usize> {
        self.sent.find_assigned(id)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde::Serialize;

    use super::*;
    use crate::item::RunId;

    /// An item that is more than its key.
    #[derive(Serialize)]
    struct Record {
        id: u64,
        group: &'static str,
    }

    impl BulkItem for Record {
        type Key = u64;
        fn key(&self) -> Cow<'_, u64> {
            Cow::Borrowed(&self.id)
        }
    }

    fn keys<'b, T: BulkItem>(items: &'b [T], encoded: &'b [Vec<u8>]) -> BatchKeys<'b, T> {
        let sent =
            items.iter().zip(encoded).map(|(item, encoded)| SentItem { item, encoded, assigned: AssignedId::new() });
        BatchKeys::new(sent, None)
    }

    fn encoded<T: Serialize>(items: &[T]) -> Vec<Vec<u8>> {
        items.iter().map(|item| serde_json::to_vec(item).unwrap()).collect()
    }

    #[test]
    fn an_item_is_found_by_its_key_in_a_batch_of_any_size() {
        for size in [1, 2, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            let texts: Vec<String> = (0..size).map(|n| format!("n{n}")).collect();
            let records: Vec<Record> = (0..size).map(|n| Record { id: n as u64, group: "" }).collect();
            let (texts_sent, records_sent) = (encoded(&texts), encoded(&records));
            let (by_text, by_id) = (keys(&texts, &texts_sent), keys(&records, &records_sent));
            assert_eq!((by_text.len(), by_id.len()), (size, size));
            for near in [0, 1, size / 2, size, size + 7] {
                for slot in 0..size {
                    assert_eq!(by_text.find_key(&format!("n{slot}"), near), Some(slot), "{size} {near}");
                    assert_eq!(by_text.find_raw(&format!("\"n{slot}\""), near), Some(slot), "{size} {near}");
                    assert_eq!(by_text.find_raw(&format!("\"\\u006e{slot}\""), near), Some(slot), "{size} {near}");
                    assert_eq!(by_id.find_key(&(slot as u64), near), Some(slot), "{size} {near}");
                    assert_eq!(by_id.find_raw(&slot.to_string(), near), Some(slot), "{size} {near}");
                }
                assert_eq!(by_text.find_key(&"other".to_owned(), near), None);
                assert_eq!(by_text.find_raw("\"other\"", near), None);
                assert_eq!(by_text.find_raw("no JSON", near), None);
                assert_eq!(by_id.find_key(&9999, near), None);
                assert_eq!(by_id.find_raw("\"0\"", near), None);
            }
        }
    }

    #[test]
    fn of_items_with_one_key_the_nearest_is_found() {
        let items = ["a", "b", "a", "b"].map(str::to_owned);
        let sent = encoded(&items);
        let keys = keys(&items, &sent);
        for (near, slots) in [(0, [0, 1]), (1, [2, 1]), (2, [2, 3]), (3, [0, 3]), (4, [0, 1]), (9, [0, 1])] {
            let [a, b] = slots.map(Some);
            assert_eq!((keys.find_key(&items[0], near), keys.find_key(&items[1], near)), (a, b), "{near}");
            assert_eq!((keys.find_raw("\"a\"", near), keys.find_raw("\"b\"", near)), (a, b), "{near}");
        }
    }

    /// The bytes of an item are compared with a key only if the item is its own key: the bytes of another item may look like the key.
    #[test]
    fn bytes_tell_only_where_they_are_the_key() {
        let records = [Record { id: 1, group: "" }, Record { id: 2, group: "" }];
        let sent = [b"2".to_vec(), b"1".to_vec()];
        assert_eq!(keys(&records, &sent).find_raw("2", 0), Some(1));
        let texts = ["a", "b"].map(str::to_owned);
        let unsent = [Vec::new(), Vec::new()];
        assert_eq!(keys(&texts, &unsent).find_raw("\"b\"", 0), Some(1));
        // A small batch is searched for the bytes first. Of a large one, only the item that is next is compared.
        let texts: Vec<String> = (0..=FEW).map(|n| n.to_string()).collect();
        let crossed: Vec<Vec<u8>> = encoded(&texts).into_iter().rev().collect();
        assert_eq!(keys(&texts[..FEW], &crossed[1..]).find_raw("\"0\"", 0), Some(FEW - 1));
        assert_eq!(keys(&texts, &crossed).find_raw("\"0\"", 0), Some(0));
    }

    #[test]
    fn an_item_is_found_by_its_place_or_by_the_id_of_its_run() {
        let (items, run) = ([7_u8, 8, 9], RunId::new(1 << 100));
        let ids = [run.assign(40), AssignedId::new(), run.assign(42)];
        let sent = items.iter().zip(ids).map(|(item, assigned)| SentItem { item, encoded: &[], assigned });
        let keys = BatchKeys::new(sent, None);
        let places = [0, 1, 2, 3].map(|place| keys.find_position(None, place));
        assert_eq!(places, [Some(0), Some(1), Some(2), None]);
        assert_eq!((keys.find_position(Some("a"), 0), keys.group_len("a")), (None, None), "there are no groups");
        let found = [0, 40, 41, 42].map(|index| keys.find_assigned(run.assign(index)));
        assert_eq!(found, [None, Some(0), None, Some(2)]);
        assert_eq!(keys.find_assigned(RunId::default().assign(40)), None, "the id of another run");
        assert_eq!(keys.find_assigned(AssignedId::new()), None);
    }

    /// `a b c d`, of which `b` and `c` are settled already.
    #[test]
    fn a_place_is_one_in_the_request_where_items_are_not_there() {
        let (items, run) = (["a", "d"].map(str::to_owned), RunId::new(7));
        let json = encoded(&items);
        let sent = || {
            let with_ids = items.iter().zip(&json).zip([run.assign(40), run.assign(43)]);
            with_ids.map(|((item, encoded), assigned)| SentItem { item, encoded, assigned })
        };
        let keys = BatchKeys::new(sent(), None).among(&[1, 2]);
        assert_eq!((keys.len(), keys.absent()), (4, [1, 2].as_slice()));
        assert_eq!(
            [0, 1, 2, 3, 4].map(|place| keys.find_position(None, place)),
            [Some(0), Some(1), Some(2), Some(3), None]
        );
        for near in 0..5 {
            assert_eq!(["a", "b", "d"].map(|key| keys.find_key(&key.to_owned(), near)), [Some(0), None, Some(3)]);
            assert_eq!([r#""a""#, r#""b""#, r#""d""#].map(|raw| keys.find_raw(raw, near)), [Some(0), None, Some(3)]);
        }
        assert_eq!([40, 41, 43].map(|index| keys.find_assigned(run.assign(index))), [Some(0), None, Some(3)]);
        // Whose group the absent items are of is unknown.
        let grouped = BatchKeys::new(sent(), Some(|_| "g".into())).among(&[1, 2]);
        assert_eq!((grouped.find_position(Some("g"), 0), grouped.group_len("g")), (None, Some(0)));
        // A large batch is searched by hash.
        let many: Vec<String> = (0..3 * FEW).map(|n| format!("n{n}")).collect();
        let json = encoded(&many);
        let keys = self::keys(&many, &json).among(&[0, 5]);
        let found = [0, 3, 4, 50].map(|n| keys.find_key(&format!("n{n}"), 0));
        assert_eq!(found, [Some(1), Some(4), Some(6), Some(52)]);
        assert_eq!(keys.find_key(&"other".to_owned(), 0), None);
    }

    #[test]
    fn the_places_of_a_group_are_its_own() {
        let items = ["a", "b", "a", "a"].map(|group| Record { id: 0, group });
        let sent = items.iter().map(|item| SentItem { item, encoded: &[], assigned: AssignedId::new() });
        let keys =
            BatchKeys::new(sent, Some(|item| item.downcast_ref::<Record>().map_or("", |item| item.group).into()));
        let places = |group| [0, 1, 2, 3].map(|place| keys.find_position(Some(group), place));
        assert_eq!(places("a"), [Some(0), Some(2), Some(3), None]);
        assert_eq!(places("b"), [Some(1), None, None, None]);
        assert_eq!(places("c"), [None; 4]);
        assert_eq!(["a", "b", "c"].map(|group| keys.group_len(group)), [Some(3), Some(1), Some(0)]);
        assert_eq!(keys.find_position(None, 0), None, "there are no places but those of groups");
    }
}
