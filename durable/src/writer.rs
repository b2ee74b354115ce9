//! The thread that writes the file. It takes all calls that wait, executes them in one transaction, commits, and answers.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use bulk_endpoint::journal::{ItemRecord, JournalError, Known, LifeEnd, Record, RunStart};
use futures_channel::oneshot;
use rusqlite::{Connection, params};

use crate::begin::{Started, begin};
use crate::fault::{Done, Fault, lost, store_error, unwritable};
use crate::files::lock_of;
use crate::forget::{finished, forget};
use crate::life::Life;
use crate::open::{Locked, rename};
use crate::options::{Options, utc_millis};
use crate::record::write;
use crate::register::register;

/// Where the answer to a call goes.
pub(crate) type Reply<V> = oneshot::Sender<Result<V, JournalError>>;

/// The number of a life in this process.
pub(crate) type LifeId = u64;

/// A call.
pub(crate) enum Command {
    Begin {
        life: LifeId,
        name: String,
        start: RunStart,
        reply: Reply<Started>,
    },
    Register {
        life: LifeId,
        items: Vec<ItemRecord>,
        reply: Reply<Vec<Known>>,
    },
    Write {
        life: LifeId,
        records: Vec<Record>,
        reply: Reply<()>,
    },
    End {
        life: LifeId,
        end: LifeEnd,
        reply: Reply<()>,
    },
    /// The journal was dropped.
    Leave {
        life: LifeId,
    },
    Forget {
        name: String,
        reply: Reply<()>,
    },
    Prune {
        older_than: Duration,
        reply: Reply<Vec<String>>,
    },
    /// The file gets another name. It is the last call.
    Rename {
        to: PathBuf,
        reply: Reply<()>,
    },
}

/// The largest number of calls in one transaction.
const GROUP: usize = 1024;
/// How long items that were read wait for a write to be committed with.
const IDLE: Duration = Duration::from_millis(50);

/// What is done with the result of a commit.
type Answer = Box<dyn FnOnce(Result<(), JournalError>)>;

/// The state of the thread.
struct Writer {
    path: PathBuf,
    file: Connection,
    options: Options,
    lives: HashMap<LifeId, Life>,
    /// The answers that wait for the commit.
    answers: Vec<Answer>,
    in_transaction: bool,
    /// The new name of the file, once nothing more is written.
    renaming: Option<(PathBuf, Reply<()>)>,
    /// Why nothing more is written.
    broken: Option<JournalError>,
}

/// Executes calls until no caller is left.
pub(crate) fn work(opened: Locked, options: Options, commands: &Receiver<Command>) {
    let Locked { path, file, lock } = opened;
    let mut writer = Writer {
        path: path.clone(),
        file,
        options,
        lives: HashMap::new(),
        answers: Vec::new(),
        in_transaction: false,
        renaming: None,
        broken: None,
    };
    while writer.renaming.is_none() {
        // Items that were read are durable with the next write, or when none comes.
        let first = if writer.in_transaction {
            commands.recv_timeout(IDLE)
        } else {
            commands.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match first {
            Ok(first) => {
                writer.execute(first);
                for command in commands.try_iter().take(GROUP - 1) {
                    writer.execute(command);
                }
                if !writer.answers.is_empty() {
                    writer.commit();
                }
            }
            Err(RecvTimeoutError::Timeout) => writer.commit(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    writer.commit();
    // The file is closed before its lock ends. A child of this process that was forked a moment ago still holds the lock's file, so that to close
    // it would not be enough.
    let renaming = writer.renaming.take();
    drop(writer);
    let renamed = renaming.map(|(to, reply)| (rename(&path, &to), reply));
    let _ = lock.unlock();
    if let Some((renamed, reply)) = renamed {
        let _ = reply.send(renamed);
    }
}

impl Writer {
    fn execute(&mut self, command: Command) {
        let now = utc_millis(&self.options.now);
        match command {
            Command::Begin { life, name, start, reply } => {
                self.call(reply, |writer| writer.begin(life, &name, &start, now));
            }
            Command::Register { life, items, reply } => {
                // Its answer does not wait for the commit: whatever it leads to is committed after it.
                let known = self.attempt(|writer| {
                    let (file, life) = writer.life(life)?;
                    register(file, life, items, now)
                });
                let _ = reply.send(known);
            }
            Command::Write { life, records, reply } => {
                self.call(reply, |writer| {
                    let (file, state) = writer.life(life)?;
                    let written = write(file, state, records, now);
                    if written.is_err() {
                        // What is held of the life may differ from the file.
                        writer.lives.remove(&life);
                    }
                    written
                });
            }
            Command::End { life, end, reply } => self.call(reply, |writer| writer.end(life, &end, now)),
            Command::Leave { life } => self.leave(life),
            Command::Forget { name, reply } => self.alone(reply, |writer| {
                writer.check_free(&name)?;
                forget(&writer.file, &writer.path, &name)
            }),
            Command::Prune { older_than, reply } => self.alone(reply, |writer| {
                let names = finished(&writer.file, now, older_than)?;
                let names: Vec<String> = names.into_iter().filter(|name| writer.check_free(name).is_ok()).collect();
                for name in &names {
                    forget(&writer.file, &writer.path, name)?;
                }
                Ok(names)
            }),
            Command::Rename { to, reply } => {
                self.commit();
                match self.broken.clone().map_or_else(|| self.empty_log(), Err) {
                    Ok(()) => self.renaming = Some((to, reply)),
                    Err(error) => {
                        let _ = reply.send(Err(error));
                    }
                }
            }
        }
    }

    /// Executes a call whose answer waits for the commit.
    fn call<V: 'static>(&mut self, reply: Reply<V>, work: impl FnOnce(&mut Self) -> Done<V>) {
        match self.attempt(work) {
            // A caller that is gone needs no answer.
            Ok(value) => self.answers.push(Box::new(move |committed| {
                let _ = reply.send(committed.map(|()| value));
            })),
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    /// Executes a call in a transaction of its own, and wipes what it deletes before it is answered.
    fn alone<V>(&mut self, reply: Reply<V>, work: impl FnOnce(&mut Self) -> Done<V>) {
        self.commit();
        let changes = self.file.total_changes();
        let done = self.attempt(work).and_then(|value| {
            self.commit();
            self.broken.clone().map_or(Ok(value), Err)
        });
        let has_deleted = self.file.total_changes() > changes;
        let done = done.and_then(|value| self.wipe(has_deleted).map(|()| value));
        let _ = reply.send(done);
    }

    /// Overwrites what the file and its log have of rows that are gone.
    fn wipe(&mut self, has_deleted: bool) -> Result<(), JournalError> {
        let rebuild = || -> rusqlite::Result<()> {
            let free: i64 = self.file.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
            if !has_deleted && free == 0 {
                return Ok(());
            }
            // Not `secure_delete`: it overwrites the row that is deleted, and not the copies that stay where its page was split or the row moved,
            // and each run would pay for it. The copy that this makes has the size of the file, so it is not held in memory.
            self.file.pragma_update(None, "temp_store", "file")?;
            self.file.execute_batch("vacuum")?;
            self.file.pragma_update(None, "temp_store", "memory")
        };
        rebuild().map_err(|error| self.fail(&error))?;
        self.empty_log().map_err(|error| match error {
            JournalError::InUse(why) => {
                let message = format!(
                    "the runs are deleted, but their content is not overwritten yet: {why}; call `Store::prune`"
                );
                JournalError::InUse(message.into())
            }
            other => other,
        })
    }

    /// Moves all that the log has into the file, and empties it.
    fn empty_log(&self) -> Result<(), JournalError> {
        let is_busy = self.file.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        if is_busy.map_err(|error| unwritable(&self.path, &error))? {
            let message = format!(
                "expected that no program reads the journal `{}` at this moment, but one does: its log cannot be emptied; end that program, then \
                 try again",
                self.path.display()
            );
            return Err(JournalError::InUse(message.into()));
        }
        Ok(())
    }

    /// Executes a part of the transaction. After an error of the call nothing of it stays; after one of SQLite the transaction is lost.
    fn attempt<V>(&mut self, work: impl FnOnce(&mut Self) -> Done<V>) -> Result<V, JournalError> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        let done = self.open_part().and_then(|()| work(self));
        let done = match done {
            Ok(value) => self.sql("release call").map(|()| value),
            Err(Fault::Call(error)) => {
                let undone = self.sql("rollback to call").and_then(|()| self.sql("release call"));
                undone.and(Err(Fault::Call(error)))
            }
            Err(fault) => Err(fault),
        };
        done.map_err(|fault| match fault {
            Fault::Call(error) => error,
            Fault::Sql(error) => self.fail(&error),
        })
    }

    fn open_part(&mut self) -> Done<()> {
        if !self.in_transaction {
            self.sql("begin immediate")?;
            self.in_transaction = true;
        }
        self.sql("savepoint call")
    }

    fn sql(&self, sql: &str) -> Done<()> {
        self.file.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Commits what was executed, and answers.
    fn commit(&mut self) {
        if !self.in_transaction {
            return;
        }
        let missing = [self.path.clone(), lock_of(&self.path)].into_iter().find(|path| is_missing(path));
        if let Some(missing) = missing {
            self.stop(lost(&self.path, &missing));
            return;
        }
        if let Err(Fault::Sql(error)) = self.count().and_then(|()| self.sql("commit")) {
            self.fail(&error);
            return;
        }
        self.in_transaction = false;
        for answer in self.answers.drain(..) {
            answer(Ok(()));
        }
    }

    /// Writes what each life has counted.
    fn count(&mut self) -> Done<()> {
        for life in self.lives.values_mut().filter(|life| life.is_dirty) {
            count(&self.file, life)?;
            // Not in the part of a call: SQLite would hold a copy of each page that this changes in memory.
            life.keys.flush_if_many(&self.file, life.items)?;
        }
        Ok(())
    }

    /// Nothing of the transaction is known to be durable, and after a sync that failed no later one can be trusted (R14).
    fn fail(&mut self, error: &rusqlite::Error) -> JournalError {
        self.stop(unwritable(&self.path, error))
    }

    /// Nothing more is written.
    fn stop(&mut self, error: JournalError) -> JournalError {
        self.broken = Some(error.clone());
        // SQLite may have rolled it back already.
        let _ = self.file.execute_batch("rollback");
        self.in_transaction = false;
        for answer in self.answers.drain(..) {
            answer(Err(error.clone()));
        }
        error
    }

    fn life(&mut self, life: LifeId) -> Done<(&Connection, &mut Life)> {
        let state = self.lives.get_mut(&life).ok_or_else(|| {
            Fault::Call(store_error(
                "expected a life that goes on, found one that has ended or failed; begin the run again",
            ))
        })?;
        Ok((&self.file, state))
    }

    fn begin(&mut self, life: LifeId, name: &str, start: &RunStart, now: i64) -> Done<Started> {
        self.check_free(name)?;
        let (state, started) = begin(&self.file, name, start, &self.options, now)?;
        self.lives.insert(life, state);
        Ok(started)
    }

    fn check_free(&self, name: &str) -> Done<()> {
        if self.lives.values().any(|life| life.name == name) {
            let message = format!(
                "expected that nothing else works on the run `{name}`, but another task of this process does; wait for its end, or use another name"
            );
            return Err(Fault::Call(JournalError::InUse(message.into())));
        }
        Ok(())
    }

    fn end(&mut self, life: LifeId, end: &LifeEnd, now: i64) -> Done<()> {
        let (file, state) = self.life(life)?;
        count(file, state)?;
        file.execute(
            "update lives set ended = ?3, read_all = ?4, stopped = ?5, source_error = ?6 where run = ?1 and life = ?2",
            params![state.run, state.life, now, end.read_all, end.stopped, end.source_error],
        )?;
        file.execute("update runs set may_leave = '[]' where run = ?1", [state.run])?;
        self.lives.remove(&life);
        Ok(())
    }

    fn leave(&mut self, life: LifeId) {
        if let Some(mut state) = self.lives.remove(&life)
            && self.in_transaction
            && let Err(Fault::Sql(error)) = count(&self.file, &mut state)
        {
            self.fail(&error);
        }
    }
}

/// Returns whether a file was deleted or moved. Nobody finds what is committed to a journal without a name. Without its lock, a second process may
/// write it.
fn is_missing(path: &Path) -> bool {
    path.metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn count(file: &Connection, life: &mut Life) -> Done<()> {
    let sql = "update lives set items_read = ?3, requests = ?4, last_sent = ?5 where run = ?1 and life = ?2";
    let counted = params![life.run, life.life, life.read as i64, life.requests as i64, life.last_sent];
    file.prepare_cached(sql)?.execute(counted)?;
    life.is_dirty = false;
    Ok(())
}
