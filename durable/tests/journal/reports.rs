//! Reports, items as a source, and the care for a file of many runs.

use std::time::Duration;

use bulk_endpoint::OutcomeKind::{Failed, NotAttempted, Refused, Succeeded, Unknown};
use bulk_endpoint::journal::{
    ItemRecord, JournalError, LifeEnd, Origin, Record, RecordedOutcome, RecordedState, RunStart, Store as _,
};
use bulk_endpoint::{Bulk, Outcome};
use bulk_endpoint_durable::{Keys, Store};
use serde::Deserialize;

use crate::support::*;

/// Three succeeded, one failed, one is in flight, one was not sent.
fn half_done(store: &Store, name: &str) -> bulk_endpoint::journal::Begun {
    let begun = begin(store, name);
    register(&begun, items(0..6));
    write(&begun, vec![leaves(1, &[0, 1, 2, 3]), leaves(2, &[4])]);
    let done = [0, 1, 2].map(|item| settled(item, Succeeded));
    write(&begun, [ended(1, 207), settled(3, Failed)].into_iter().chain(done).collect());
    begun
}

#[test]
fn a_report_reads_like_the_one_in_memory() {
    let place = Place::new();
    let store = place.open();
    let begun = half_done(&store, "run");
    let report = wait(store.report("run")).unwrap();
    assert_eq!(
        report.to_string(),
        "the input was not read to its end; so far, 3 of 6 items did not succeed: 3 succeeded, 1 failed, 1 unknown, 1 not attempted\n  \
         k3: failed: it failed\n  \
         k4: unknown: may or may not have been applied: a request that may carry it has no recorded response\n  \
         k5: not_attempted: not sent yet\n\
         2 items are open: the same call continues with them"
    );
    assert_eq!((report.name(), report.requests(), report.lives(), report.open()), ("run", 2, 1, 2));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 6);
    assert_eq!(json[3]["outcome"], "failed");
    let incomplete = report.into_result().unwrap_err();
    assert_eq!(incomplete.rows().len(), 3);
    assert_eq!(incomplete.rows()[0].key, "k3");
    write(&begun, vec![ended(2, 200), settled(4, Succeeded), settled(5, Succeeded)]);
    end(&begun);
    let report = wait(store.report("run")).unwrap();
    assert!(!report.is_complete() && report.read_all() && report.open() == 0);

    let begun = begin(&store, "all");
    register(&begun, items(0..2));
    write(&begun, vec![settled(0, Succeeded), settled(1, Succeeded)]);
    end(&begun);
    let report = wait(store.report("all")).unwrap().into_result().unwrap();
    assert_eq!(report.to_string(), "all 2 items succeeded");
}

#[test]
fn a_report_says_why_the_last_life_ended() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "run");
    let error = bulk_endpoint::SourceError::new("row 7 is not CSV");
    let stopped = Some("the host was unreachable".to_owned());
    wait(begun.journal.end(LifeEnd { read_all: false, stopped, source_error: Some(error.to_string()) })).unwrap();
    let report = wait(store.report("run")).unwrap();
    assert_eq!(report.stopped(), Some("the host was unreachable"));
    assert_eq!(report.source_error(), Some(&error));
    assert_eq!(
        wait(store.report("no")).unwrap_err().to_string(),
        format!(
            "expected a run with the name `no` in the journal `{}`, found none; `Store::runs` lists the names",
            place.path().display()
        )
    );
}

/// More than one page of rows, read while the run goes on.
#[test]
fn rows_are_read_a_page_at_a_time() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "run");
    register(&begun, items(0..2500));
    write(&begun, vec![settled(1700, Failed)]);
    let report = wait(store.report("run")).unwrap();
    let mut rows = report.rows();
    assert_eq!(rows.next().unwrap().unwrap().index, 0);
    write(&begun, (0..1700).map(|item| settled(item, Succeeded)).collect());
    let rest: Vec<_> = rows.map(Result::unwrap).collect();
    assert_eq!(rest.iter().map(|row| row.index).collect::<Vec<_>>(), (1..2500).collect::<Vec<_>>());
    assert_eq!((rest[998].outcome, rest[999].outcome, rest[1699].outcome), (NotAttempted, Succeeded, Failed));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct UserName(String);

impl TryFrom<String> for UserName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.starts_with('k') { Ok(UserName(text)) } else { Err("a user name starts with k".to_owned()) }
    }
}

#[test]
fn items_are_made_from_their_keys_for_another_run() {
    let place = Place::new();
    let store = place.open();
    let _begun = half_done(&store, "run");
    let names = |items: bulk_endpoint_durable::RunItems<'_, String>| {
        items.into_iter().map(|item| item.unwrap().item).collect::<Vec<_>>()
    };
    let from = || store.items::<String>("run");
    assert_eq!(names(from().outcome(Failed).outcome(Unknown)), ["k3", "k4"]);
    assert_eq!(names(from().open()), ["k4", "k5"]);
    assert_eq!(names(from().outcome(Failed).open()), ["k3", "k4", "k5"]);
    assert_eq!(names(from()).len(), 6);
    let users: Vec<UserName> = store.items("run").outcome(Failed).into_iter().map(|item| item.unwrap().item).collect();
    assert_eq!(users, [UserName("k3".into())]);
    // As the source of a run.
    let undo: Bulk<String> = Bulk::mock(|_| Outcome::succeeded());
    let report = wait(undo.send(from().outcome(Succeeded)).into_future());
    assert_eq!(report.counters().succeeded, 3);
    let failed = wait(undo.send(store.items::<String>("no")).into_future());
    assert!(failed.source_error().unwrap().to_string().contains("expected a run with the name `no`"));

    // Keys that are JSON, and duplicates, which are left out.
    let begun = begin(&store, "numbers");
    let of = |index, key: &str| ItemRecord { key: Some(key.to_owned()), ..item(index, index % 2, 1) };
    register(&begun, vec![of(0, "17"), of(1, "[1,\"a\"]"), of(2, "17")]);
    write(&begun, vec![]);
    assert_eq!(store.items::<u64>("numbers").into_iter().next().unwrap().unwrap().item, 17);
    assert_eq!(names(store.items("numbers")), ["17", "[1,\"a\"]"]);
    let pair = store.items::<(u8, String)>("numbers").into_iter().nth(1).unwrap().unwrap();
    assert_eq!((pair.item, pair.origin), ((1, "a".to_owned()), Origin { run: begun.run, item: 1 }));
    let made = store.items_with("numbers", |row| (row.index, row.key)).outcome(NotAttempted);
    assert_eq!(made.into_iter().nth(1).unwrap().unwrap().item, (1, "[1,\"a\"]".to_owned()));
    let error = store.items::<u64>("numbers").into_iter().nth(1).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected items that can be made from their keys, found the key `[1,\"a\"]` of item 1 of the run `numbers`: invalid type: sequence, \
         expected u64 at line 1 column 0; take the items from where they came from, with `Store::items_with`"
    );
}

#[test]
fn hashed_keys_are_not_in_the_file() {
    let place = Place::new();
    let store = place.open_with(place.options().keys(Keys::Hashed));
    let begun = begin(&store, "run");
    let secret = |index| ItemRecord { key: Some("mary@example.com".into()), ..item(index, 1, 1) };
    register(&begun, vec![secret(0)]);
    write(&begun, vec![settled(0, Failed)]);
    let row = wait(store.report("run")).unwrap().rows().next().unwrap().unwrap();
    assert_eq!(row.key, format!("{:016x}", secret(0).key_hash));
    let error = store.items::<String>("run").into_iter().next().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a run whose items can be made from their keys, found `run`: its keys were hashed (`Options::keys`); take the items from where \
         they came from, with `Store::items_with`"
    );
    let plain = begin_with(&store, "plain", RunStart { keyed: false, ..start() });
    register(&plain, vec![ItemRecord { key: None, ..item(0, 0, 1) }]);
    drop((begun, plain, store));
    // A run keeps what it was created with.
    let store = place.open();
    let begun = begin(&store, "run");
    register(&begun, vec![secret(0), ItemRecord { key: Some("joe@example.com".into()), ..item(1, 2, 1) }]);
    write(&begun, vec![]);
    let error = store.items::<String>("plain").into_iter().next().unwrap().unwrap_err();
    assert!(error.to_string().contains("its keys were hashed"), "{error}");
    drop((begun, store));
    let bytes = std::fs::read(place.path()).unwrap();
    assert!(!bytes.windows(12).any(|part| part == b"@example.com"));
}

#[test]
fn runs_are_listed_forgotten_and_pruned() {
    let place = Place::new();
    let store = place.open();
    let _open = half_done(&store, "open");
    let done = |name| {
        let begun = begin(&store, name);
        register(&begun, vec![ItemRecord { key: Some(format!("secret-of-{name}")), ..item(0, 0, 1) }]);
        write(&begun, vec![leaves(0, &[0]), settled(0, Succeeded)]);
        end(&begun);
    };
    done("old");
    place.pass(3600);
    done("young");
    let listed = wait(store.runs()).unwrap();
    assert_eq!(listed.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["open", "old", "young"]);
    assert_eq!((listed[0].open, listed[0].lives, listed[0].counters.succeeded, listed[0].read_all), (2, 1, 3, false));
    assert_eq!(listed[2].created.duration_since(listed[1].created).unwrap(), Duration::from_secs(3600));

    let error = wait(store.forget("open")).unwrap_err();
    assert!(matches!(error, JournalError::InUse(_)));
    assert!(wait(store.forget("no")).unwrap_err().to_string().starts_with("expected a run with the name `no`"));
    assert_eq!(wait(store.prune(Duration::from_secs(60))).unwrap(), ["old"]);
    wait(store.forget("young")).unwrap();
    assert_eq!(wait(store.runs()).unwrap().len(), 1);
    // Nothing of them is left, in the log or in the file.
    for name in ["run.db", "run.db-wal"] {
        let bytes = std::fs::read(place.folder.path().join(name)).unwrap();
        assert!(!bytes.windows(9).any(|part| part == b"secret-of"), "{name}");
    }
    let begun = begin(&store, "old");
    assert_eq!((begun.life, register(&begun, items(0..1)).len()), (1, 1));
}

/// How often the file and its log have these words.
fn remnants(place: &Place, words: &str) -> usize {
    let of = |name| std::fs::read(place.folder.path().join(name)).unwrap_or_default();
    let count = |bytes: Vec<u8>| bytes.windows(words.len()).filter(|part| *part == words.as_bytes()).count();
    count(of("run.db")) + count(of("run.db-wal"))
}

/// A run whose items have keys and messages that the words are in, changed several times, so that their rows move.
fn told_of(store: &Store, name: &str, words: &str) {
    let begun = begin(store, name);
    for first in (0..300).step_by(100) {
        let secret = |index| ItemRecord { key: Some(format!("{words}{index}")), ..item(index, index, 1) };
        register(&begun, (first..first + 100).map(secret).collect());
        for round in 1..4 {
            let record = |item| {
                let message = Some(words.repeat((item * 7 + round) as usize % 9));
                let outcome = RecordedOutcome { message, ..outcome(Refused) };
                Record::Item { item, state: RecordedState { outcome, ..state(Refused, round == 3, true, 1, 1) } }
            };
            write(&begun, (first..first + 100).map(record).collect());
        }
    }
    end(&begun);
}

#[test]
fn of_a_forgotten_run_nothing_is_left_between_others() {
    let place = Place::new();
    let store = place.open();
    for (name, words) in
        [("a", "harmless"), ("b", "secret-of"), ("c", "harmless"), ("d", "secret-of"), ("e", "harmless")]
    {
        told_of(&store, name, words);
    }
    assert!(remnants(&place, "secret-of") > 2_000);
    wait(store.forget("b")).unwrap();
    wait(store.forget("d")).unwrap();
    assert_eq!(remnants(&place, "secret-of"), 0);
    assert_eq!(wait(store.report("c")).unwrap().counters().refused, 300);
    wait(store.check()).unwrap();
}

#[test]
fn what_cannot_be_overwritten_because_a_program_reads_it_is_told() {
    let place = Place::new();
    let store = place.open();
    told_of(&store, "run", "secret-of");
    let reader = rusqlite::Connection::open(place.path()).unwrap();
    reader.execute_batch("begin; select count(*) from items;").unwrap();
    let error = wait(store.forget("run")).unwrap_err();
    assert!(matches!(error, JournalError::InUse(_)), "{error}");
    let message = error.to_string();
    assert!(message.starts_with("the runs are deleted, but their content is not overwritten yet"), "{message}");
    assert!(message.ends_with("call `Store::prune`"), "{message}");
    assert!(wait(store.runs()).unwrap().is_empty());
    assert!(remnants(&place, "secret-of") > 0, "the program reads it");
    reader.execute_batch("commit").unwrap();
    assert!(wait(store.prune(Duration::ZERO)).unwrap().is_empty());
    assert_eq!(remnants(&place, "secret-of"), 0);
}

#[test]
fn a_backup_is_a_journal_and_replaces_nothing() {
    let place = Place::new();
    let store = place.open();
    let begun = half_done(&store, "run");
    let copy = place.folder.path().join("copy.db");
    wait(store.backup(&copy)).unwrap();
    write(&begun, vec![Record::Item { item: 5, state: state(Failed, true, true, 1, 1) }]);
    let copied = wait(Store::open(&copy)).unwrap();
    assert_eq!(wait(copied.report("run")).unwrap().counters().failed, 1);
    wait(copied.check()).unwrap();
    let error = wait(store.backup(&copy)).unwrap_err();
    assert!(error.to_string().starts_with("expected a new file that can be written at `"), "{error}");
    assert!(wait(copied.begin("run", start())).is_ok());
}
