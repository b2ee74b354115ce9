//! Items by their key: the latest in memory, the others in the file.
//!
//! Hashes have no order, so that each new entry of an index over them changes another page of the file. The entries are therefore kept in
//! memory, and go to the file sorted, many at once: a page then takes several.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, params};

use crate::seen::SeenItems;
use crate::stored::row_id;

/// How many items with the same content are passed over before it is noted where to go on.
const NOTED: usize = 32;

/// Finds items by the hash of their key, and by the first half of their own hash.
pub(crate) struct KeyIndex {
    run: i64,
    /// The number of entries that are held in memory.
    capacity: usize,
    /// The key's hash, the half of the item's hash, and the number, of the items from `indexed` on.
    held: BTreeSet<(i64, i64, i64)>,
    /// The items before this number are in the file.
    indexed: i64,
    /// The items with this content and a lower number were all read in this life. Without it, the search among 100 000 equal items would
    /// take a step for each pair of them.
    next: HashMap<(i64, i64), i64>,
}

impl KeyIndex {
    /// The index of a new run.
    pub(crate) fn new(run: i64, capacity: usize) -> Self {
        KeyIndex { run, capacity, held: BTreeSet::new(), indexed: 0, next: HashMap::new() }
    }

    /// The index of a run in the file.
    pub(crate) fn open(file: &Connection, run: i64, indexed: i64, capacity: usize) -> rusqlite::Result<Self> {
        let mut index = KeyIndex { indexed, ..KeyIndex::new(run, capacity) };
        let mut statement = file.prepare("select key_hash, hash, item from items where id >= ?1 and id < ?2")?;
        let mut rows = statement.query([row_id(run, indexed), row_id(run + 1, 0)])?;
        while let Some(row) = rows.next()? {
            let hash: Option<[u8; 16]> = row.get(1)?;
            index.held.insert((row.get(0)?, crate::stored::half(hash.map(u128::from_be_bytes)), row.get(2)?));
        }
        Ok(index)
    }

    pub(crate) fn insert(&mut self, key_hash: i64, half: i64, item: i64) {
        self.held.insert((key_hash, half, item));
    }

    pub(crate) fn forget(&mut self, key_hash: i64, half: i64, item: i64) {
        self.held.remove(&(key_hash, half, item));
    }

    /// Forgets where to go on: items that were read count as not read.
    pub(crate) fn start_over(&mut self) {
        self.next.clear();
    }

    /// Replaces the hash of an item that was recorded without one.
    pub(crate) fn replace(&mut self, file: &Connection, key_hash: i64, half: i64, item: i64) -> rusqlite::Result<()> {
        if item >= self.indexed {
            self.held.remove(&(key_hash, 0, item));
            self.held.insert((key_hash, half, item));
            return Ok(());
        }
        let sql = "update item_keys set hash = ?4 where run = ?1 and key_hash = ?2 and hash = 0 and item = ?3";
        file.prepare_cached(sql)?.execute(params![self.run, key_hash, item, half])?;
        Ok(())
    }

    /// Undoes [`replace`](Self::replace) in memory, after the transaction has undone it in the file.
    pub(crate) fn put_back(&mut self, key_hash: i64, half: i64, item: i64) {
        if self.held.remove(&(key_hash, half, item)) {
            self.held.insert((key_hash, 0, item));
        }
    }

    /// Moves the entries to the file if there are many. They must be of items that stay.
    pub(crate) fn flush_if_many(&mut self, file: &Connection, items: i64) -> rusqlite::Result<()> {
        if self.held.len() < self.capacity {
            return Ok(());
        }
        let mut insert = file.prepare_cached("insert into item_keys values (?1, ?2, ?3, ?4)")?;
        for (key_hash, half, item) in &self.held {
            insert.execute(params![self.run, key_hash, half, item])?;
        }
        file.execute("update runs set indexed = ?2 where run = ?1", params![self.run, items])?;
        self.held.clear();
        self.indexed = items;
        Ok(())
    }

    /// The item with this content that was not read in this life and has the lowest number.
    pub(crate) fn unseen(
        &mut self,
        file: &Connection,
        seen: &SeenItems,
        key_hash: i64,
        half: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let first = self.next.get(&(key_hash, half)).copied().unwrap_or(0);
        let (mut passed, mut last, mut found) = (0, first, None);
        if first < self.indexed {
            let sql = "select item from item_keys where run = ?1 and key_hash = ?2 and hash = ?3 and item >= ?4";
            let mut statement = file.prepare_cached(sql)?;
            let mut rows = statement.query(params![self.run, key_hash, half, first])?;
            while let Some(row) = rows.next()? {
                last = row.get(0)?;
                if !seen.contains(last as u64) {
                    found = Some(last);
                    break;
                }
                passed += 1;
            }
        }
        if found.is_none() {
            for (.., item) in self.held.range((key_hash, half, first)..=(key_hash, half, i64::MAX)) {
                last = *item;
                if !seen.contains(last as u64) {
                    found = Some(last);
                    break;
                }
                passed += 1;
            }
        }
        if passed > NOTED {
            self.next.insert((key_hash, half), found.unwrap_or(last + 1));
        }
        Ok(found)
    }

    /// Whether an item has this content.
    pub(crate) fn has_content(&self, file: &Connection, key_hash: i64, half: i64) -> rusqlite::Result<bool> {
        if self.held.range((key_hash, half, 0)..=(key_hash, half, i64::MAX)).next().is_some() {
            return Ok(true);
        }
        let sql = "select 1 from item_keys where run = ?1 and key_hash = ?2 and hash = ?3 limit 1";
        Ok(self.indexed > 0 && file.prepare_cached(sql)?.exists(params![self.run, key_hash, half])?)
    }

    /// The item with this key and the highest number, if it has this content.
    pub(crate) fn latest(&self, file: &Connection, key_hash: i64, half: i64) -> rusqlite::Result<Option<i64>> {
        let latest = |is_same: bool| -> rusqlite::Result<Option<i64>> {
            let of_key = self.held.range((key_hash, i64::MIN, 0)..=(key_hash, i64::MAX, i64::MAX));
            let held = match is_same {
                true => self.held.range((key_hash, half, 0)..=(key_hash, half, i64::MAX)).next_back(),
                false => of_key.filter(|(_, other, _)| *other != half).max_by_key(|(.., item)| *item),
            };
            if let Some((.., item)) = held {
                return Ok(Some(*item));
            }
            if self.indexed == 0 {
                return Ok(None);
            }
            let sql = "select max(item) from item_keys where run = ?1 and key_hash = ?2 and (hash = ?3) = ?4";
            file.prepare_cached(sql)?.query_row(params![self.run, key_hash, half, is_same], |row| row.get(0))
        };
        let other = latest(false)?;
        Ok(latest(true)?.filter(|own| other.is_none_or(|other| *own > other)))
    }

    /// Whether an item after this one, with its key and other content, may have been applied.
    pub(crate) fn is_overtaken(
        &self,
        file: &Connection,
        key_hash: i64,
        half: i64,
        item: i64,
    ) -> rusqlite::Result<bool> {
        // 1: succeeded, 4: unknown.
        const IS_APPLIED: &str = "attempts > 0 and outcome in (1, 4)";
        let mut is_applied = file.prepare_cached(&format!("select 1 from items where id = ?1 and {IS_APPLIED}"))?;
        for (_, other, later) in self.held.range((key_hash, i64::MIN, 0)..=(key_hash, i64::MAX, i64::MAX)) {
            if *later > item && *other != half && is_applied.exists([row_id(self.run, *later)])? {
                return Ok(true);
            }
        }
        let sql = format!(
            "select 1 from item_keys k join items i on i.id = k.run << 40 | k.item \
             where k.run = ?1 and k.key_hash = ?2 and k.hash <> ?3 and k.item > ?4 and {IS_APPLIED} limit 1"
        );
        Ok(self.indexed > 0 && file.prepare_cached(&sql)?.exists(params![self.run, key_hash, half, item])?)
    }

    /// Whether one of the items before this number has this key.
    pub(crate) fn has_key(&self, file: &Connection, key_hash: i64, before: i64) -> rusqlite::Result<bool> {
        if self.indexed > 0 {
            let sql = "select 1 from item_keys where run = ?1 and key_hash = ?2 and item < ?3 limit 1";
            if file.prepare_cached(sql)?.exists(params![self.run, key_hash, before])? {
                return Ok(true);
            }
        }
        let of_key = (key_hash, i64::MIN, 0)..=(key_hash, i64::MAX, i64::MAX);
        Ok(self.held.range(of_key).any(|(.., item)| *item < before))
    }
}
