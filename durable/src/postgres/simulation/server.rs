//! The server of the database. When it fails over, the new one lacks what was written last.

use super::super::chunk::RequestRow;
use super::database::{Database, Held};

/// How many earlier states are kept: a failover loses the changes of at most so many statements.
const HISTORY: usize = 8;

pub(super) struct DatabaseServer {
    pub(super) database: Database,
    /// The states before, the latest last. None is older than the first claim of a chunk: a claim that is lost cannot be told from one that never
    /// was, so that here a server is at least as durable as that.
    earlier: Vec<Database>,
    statements: usize,
    /// After how many statements the server fails over, and how many statements it loses.
    fails_over: Vec<(usize, usize)>,
    pub(super) failovers: u32,
    /// The lives that the old servers had. They do not know yet what the new one lacks of them.
    zombies: Vec<Held>,
}

impl DatabaseServer {
    pub(super) fn new(database: Database, fails_over: &[(usize, usize)]) -> Self {
        DatabaseServer {
            database,
            earlier: Vec::new(),
            statements: 0,
            fails_over: fails_over.to_vec(),
            failovers: 0,
            zombies: Vec::new(),
        }
    }

    pub(super) fn execute<V>(&mut self, statement: impl FnOnce(&mut Database, i64) -> V, now: i64) -> V {
        self.statements += 1;
        if self.earlier.len() == HISTORY {
            self.earlier.remove(0);
        }
        self.earlier.push(self.database.clone());
        let claimed = self.database.claimed();
        let value = statement(&mut self.database, now);
        if self.database.claimed() > claimed {
            self.earlier.clear();
        }
        value
    }

    /// Whether a failover is due. It breaks all connections.
    pub(super) fn fail_over_if_due(&mut self) {
        let Some(place) = self.fails_over.iter().position(|(after, _)| *after <= self.statements) else { return };
        let (_, lost) = self.fails_over.remove(place);
        let kept = self.earlier.len().saturating_sub(lost);
        let after = self.earlier.get(kept).unwrap_or(&self.database).clone();
        self.earlier.truncate(kept);
        let before = std::mem::replace(&mut self.database, after);
        self.database.begin_timeline(&before);
        self.zombies.extend(before.lives());
        self.failovers += 1;
    }

    /// What is wrong with a request of a process that leaves at this moment (R2, R13).
    pub(super) fn check_departure(&self, process: usize, items: &[u64], ahead: bool, now: i64) -> Option<String> {
        let is_known_to = |zombie: &Held| {
            let is_recorded = |row: &RequestRow| row.ended.is_none() && row.items == items;
            zombie.requests.iter().any(is_recorded) || ahead && items.iter().all(|item| zombie.may_leave.contains(item))
        };
        let is_of = |zombie: &&Held| {
            zombie.process == process && zombie.until >= now && items.iter().all(|item| zombie.items.contains(item))
        };
        let found = self.database.check_departure(process, items, ahead)?;
        (!self.zombies.iter().filter(is_of).any(is_known_to)).then_some(found)
    }
}
