//! Two processes on one file, and processes that are killed.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bulk_endpoint::OutcomeKind::{Succeeded, Unknown};
use bulk_endpoint::journal::{JournalError, Known};
use bulk_endpoint_durable::Store;
use rusqlite::Connection;

use crate::support::*;

const FILE: &str = "JOURNAL_TEST_FILE";
/// The folder of the process that goes elsewhere.
const ELSEWHERE: &str = "JOURNAL_TEST_FOLDER";
/// The file of the process that may not write beside it.
const CLOSED: &str = "JOURNAL_TEST_CLOSED";

/// Starts this program again as the process that writes the file.
fn writer(place: &Place) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::the_other_process", "--nocapture"])
        .env(FILE, place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the other process does: it says how many items are settled, and goes on until it is killed.
#[test]
fn the_other_process() {
    let Some(path) = std::env::var_os(FILE).map(PathBuf::from) else { return };
    let store = wait(Store::open(path)).unwrap();
    let begun = begin(&store, "run");
    for index in 0.. {
        let known = register(&begun, vec![item(index, index, 1)]);
        if let Known::Settled { .. } = known[0] {
            continue;
        }
        if index % 7 == 3 {
            wait(store.runs()).unwrap();
        }
        write(&begun, vec![leaves(index, &[index])]);
        println!("sent {index}");
        write(&begun, vec![ended(index, 200), settled(index, Succeeded)]);
        println!("settled {index}");
    }
}

/// What another process does: it opens a file by a relative path, and goes to another folder.
#[test]
fn the_process_that_goes_elsewhere() {
    let Some(folder) = std::env::var_os(ELSEWHERE) else { return };
    std::env::set_current_dir(folder).unwrap();
    let store = wait(Store::open("run.db")).unwrap();
    let reader = wait(Store::open_read_only("run.db")).unwrap();
    let begun = begin(&store, "run");
    register(&begun, items(0..1));
    write(&begun, vec![settled(0, Succeeded)]);
    std::env::set_current_dir(std::env::temp_dir()).unwrap();
    for store in [&store, &reader] {
        assert_eq!(wait(store.report("run")).unwrap().counters().succeeded, 1);
    }
}

#[test]
fn the_path_of_a_journal_does_not_depend_on_the_current_folder() {
    let place = Place::new();
    // Of its own, because the current folder belongs to the whole process.
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::the_process_that_goes_elsewhere"])
        .env(ELSEWHERE, place.folder.path())
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    assert!(place.path().exists());
}

/// What a process does that may not write into the folder of a file: it reads it, and another one that was killed while it was written.
#[test]
fn the_process_that_may_not_write() {
    let Some(path) = std::env::var_os(CLOSED).map(PathBuf::from) else { return };
    let folder = path.parent().unwrap();
    assert!(std::fs::write(folder.join("new"), "").is_err());
    let reader = wait(Store::open_read_only(&path)).unwrap();
    assert_eq!(wait(reader.runs()).unwrap().len(), 1);
    wait(reader.check()).unwrap();
    let copy = tempfile::TempDir::new().unwrap();
    wait(reader.backup(copy.path().join("copy.db"))).unwrap();
    let report = wait(reader.report("run")).unwrap();
    assert_eq!((report.counters().succeeded, report.rows().filter(Result::is_ok).count()), (1, 1));
    // Whoever may write it does.
    let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let changed = report.rows().next().unwrap().unwrap_err().to_string();
    assert!(changed.contains("whose folder cannot be written, while it is read, but its file changed"), "{changed}");
    let error = wait(Store::open_read_only(folder.join("killed.db"))).unwrap_err().to_string();
    assert!(error.ends_with("; make the file and its folder writable first"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_journal_is_read_where_nothing_can_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "run");
    register(&begun, items(0..1));
    write(&begun, vec![leaves(0, &[0]), settled(0, Succeeded)]);
    // As a kill leaves it, without the index of its log.
    let folder = place.folder.path();
    std::fs::copy(place.path(), folder.join("killed.db")).unwrap();
    std::fs::copy(folder.join("run.db-wal"), folder.join("killed.db-wal")).unwrap();
    end(&begun);
    drop((begun, store));
    let allow = |mode| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(0o500);
    // The superuser gives up what lets it write everywhere.
    let is_superuser = std::fs::write(folder.join("new"), "").is_ok();
    let _ = std::fs::remove_file(folder.join("new"));
    let this = std::env::current_exe().unwrap();
    let mut other = Command::new(if is_superuser { "setpriv".into() } else { this.clone() });
    if is_superuser {
        other.args(["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]).arg(this);
    }
    let other = other.args(["--exact", "processes::the_process_that_may_not_write"]);
    let status = other.env(CLOSED, place.path()).stdout(Stdio::null()).status();
    allow(0o700);
    assert!(status.unwrap().success());
}

#[test]
fn a_killed_process_loses_nothing_that_it_said() {
    let kills = std::env::var("JOURNAL_KILLS").map_or(5, |kills| kills.parse().unwrap());
    let place = Place::new();
    let mut random = fastrand::Rng::with_seed(3);
    let (mut sent, mut done) = (None, None);
    for _ in 0..kills {
        let mut child = writer(&place);
        // Read to the end, or the process ends by a broken pipe and not by the signal.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut until, number) =
            (random.usize(1..60), |line: &str, word| line.strip_prefix(word)?.parse::<u64>().ok());
        // Beside its own lines there are those of the test harness.
        while until > 0 {
            let line = lines.next().unwrap().unwrap();
            let (is_sent, is_settled) = (number(&line, "sent "), number(&line, "settled "));
            (sent, done) = (is_sent.or(sent), is_settled.or(done));
            until -= usize::from(is_sent.or(is_settled).is_some());
        }
        let refused = wait(Store::open(place.path())).map(drop).unwrap_err().to_string();
        assert!(refused.contains(&format!("found that process {} uses it", child.id())), "{refused}");
        let reader = wait(Store::open_read_only(place.path())).unwrap();
        let _ = wait(reader.report("run")).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        drop(lines);

        let store = place.open();
        let rows: Vec<_> = wait(store.report("run")).unwrap().rows().map(Result::unwrap).collect();
        for row in &rows {
            let is_done = done.is_some_and(|done| row.index as u64 <= done);
            assert!(!is_done || row.outcome == Succeeded, "{row}");
        }
        if let Some(sent) = sent.filter(|sent| Some(*sent) > done) {
            assert!([Succeeded, Unknown].contains(&rows[sent as usize].outcome), "{}", rows[sent as usize]);
        }
        (sent, done) = (None, done);
    }
    assert!(done.is_some());
}

#[test]
fn what_is_committed_after_an_operators_look_survives_a_kill() {
    let place = Place::new();
    let mut child = writer(&place);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut settled = |until: u64| loop {
        let line = lines.next().unwrap().unwrap();
        let number = line.strip_prefix("settled ").and_then(|number| number.parse::<u64>().ok());
        if let Some(number) = number.filter(|number| *number >= until) {
            return number;
        }
    };
    // By then it has looked at its own file.
    let before = settled(5);
    sqlite3_that_may_write(&place.path(), "select count(*) from outcomes");
    let after = settled(before + 20);
    child.kill().unwrap();
    child.wait().unwrap();
    let report = wait(place.open().report("run")).unwrap();
    assert!(report.counters().succeeded as u64 > after, "{after} was settled; {report}");
}

/// What a process does with a journal that it writes.
type Look = fn(&Store, &Place);

/// No look of the process that writes may end the locks of its connection: see `durable/src/files.rs`.
#[test]
fn no_look_at_the_file_ends_the_locks_of_the_writer() {
    let looks: [(&str, Look); 8] = [
        ("runs", |store, _| drop(wait(store.runs()).unwrap())),
        ("report", |store, _| drop(wait(store.report("run")).unwrap())),
        ("items", |store, _| drop(store.items::<String>("run").into_iter().next().unwrap().unwrap())),
        ("check", |store, _| wait(store.check()).unwrap()),
        ("backup", |store, place| wait(store.backup(place.folder.path().join("copy.db"))).unwrap()),
        ("open_read_only", |_, place| drop(wait(Store::open_read_only(place.path())).unwrap())),
        ("a second open", |_, place| drop(wait(Store::open(place.path())).unwrap_err())),
        #[cfg(unix)]
        ("a second open by another name", |_, place| {
            let link = place.folder.path().join("link.db");
            std::os::unix::fs::symlink(place.path(), &link).unwrap();
            drop(wait(Store::open(&link)).unwrap_err());
            drop(wait(Store::open_read_only(&link)).unwrap());
        }),
    ];
    for (name, look) in looks {
        let place = Place::new();
        let store = place.open();
        let begun = begin(&store, "run");
        register(&begun, items(0..2));
        write(&begun, vec![settled(0, Succeeded)]);
        look(&store, &place);
        sqlite3_that_may_write(&place.path(), "select count(*) from outcomes");
        assert!(place.path().with_extension("db-wal").exists(), "{name}: the log is gone");
        write(&begun, vec![settled(1, Succeeded)]);
        let succeeded = "select count(*) from outcomes where outcome = 'succeeded'";
        assert_eq!(sqlite3(&place.path(), succeeded), "2\n", "{name}: what was committed is not in the file");
    }
}

const SUCCEEDED: &str = "select count(*) from outcomes where outcome = 'succeeded'";

/// What a program sees that reads the file: the number of items that succeeded.
fn seen_by(reader: &Connection) -> u32 {
    reader.query_row(SUCCEEDED, [], |row| row.get(0)).unwrap()
}

/// A run of two items that has ended.
fn finished(store: &Store, name: &str) {
    let begun = begin(store, name);
    register(&begun, items(0..2));
    write(&begun, vec![settled(0, Succeeded), settled(1, Succeeded)]);
    end(&begun);
}

#[test]
fn a_renamed_journal_takes_its_log_along() {
    let place = Place::new();
    let aside = place.path().with_extension("finished.db");
    for round in 0..3 {
        let store = place.open();
        let reader = Connection::open(place.path()).unwrap();
        finished(&store, "run");
        assert_eq!(seen_by(&reader), 2);
        wait(store.rename(&aside)).unwrap();
        for suffix in ["", "-wal", "-shm"] {
            assert!(!place.folder.path().join(format!("run.db{suffix}")).exists(), "round {round}: {suffix}");
        }
        assert_eq!(sqlite3(&aside, SUCCEEDED), "2\n", "round {round}");
        // A run under the old name has nothing to do with it, and the program that had the file open goes on.
        let store = place.open();
        assert_eq!(wait(store.runs()).unwrap().len(), 0, "round {round}");
        finished(&store, "next");
        finished(&store, "next but one");
        assert_eq!(seen_by(&reader), 2, "round {round}");
        drop(reader);
        wait(store.check()).unwrap();
        assert_eq!(
            sqlite3(&place.path(), SUCCEEDED),
            "4\n",
            "round {round}: the close of the reader deleted something"
        );
        drop(store);
        std::fs::remove_file(place.path()).unwrap();
        // What a file that is replaced has left is not taken for a part of the new one.
        std::fs::write(aside.with_extension("db-wal"), [7; 5000]).unwrap();
    }
}

/// Somebody tidies up while a run works.
#[cfg(unix)]
#[test]
fn nothing_more_is_recorded_in_a_journal_that_was_moved() {
    for name in ["run.db", "run.db-lock"] {
        let place = Place::new();
        let store = place.open();
        let begun = begin(&store, "run");
        register(&begun, items(0..2));
        write(&begun, vec![leaves(0, &[0])]);
        let (path, away) = (place.path().with_file_name(name), place.path().with_file_name("away"));
        std::fs::rename(&path, &away).unwrap();
        let error = wait(begun.journal.write(vec![ended(0, 200), settled(0, Succeeded)])).unwrap_err().to_string();
        let expected = format!("`{}` was deleted or moved while this process used it", path.display());
        assert!(error.contains(&expected), "{error}");
        std::fs::rename(&away, &path).unwrap();
        drop((begun, store));
        let begun = begin(&place.open(), "run");
        let known = register(&begun, items(0..2));
        assert!(matches!(&known[0], Known::Open(open) if open.outcome.outcome == Unknown), "{known:?}");
    }
}

/// The process that writes it would go on with a file that has no name.
#[test]
fn a_journal_in_use_is_not_replaced() {
    let place = Place::new();
    let live = place.folder.path().join("live.db");
    let in_use = wait(Store::open(&live)).unwrap();
    finished(&in_use, "live");
    let store = place.open();
    finished(&store, "old");
    let error = wait(store.rename(&live)).unwrap_err();
    assert!(matches!(&error, JournalError::InUse(why) if why.contains("live.db")), "{error}");
    finished(&in_use, "next");
    drop(in_use);
    assert_eq!(sqlite3(&live, SUCCEEDED), "4\n");
    // Renaming a journal to its own name changes nothing. A journal that no process uses is replaced.
    wait(place.open().rename(place.path())).unwrap();
    wait(place.open().rename(&live)).unwrap();
    assert_eq!(sqlite3(&live, SUCCEEDED), "2\n");
}

#[test]
fn a_journal_whose_log_is_in_use_is_not_renamed() {
    let place = Place::new();
    let aside = place.path().with_extension("finished.db");
    let store = place.open();
    let reader = Connection::open(place.path()).unwrap();
    finished(&store, "old");
    let clone = store.clone();
    let error = wait(clone.rename(&aside)).unwrap_err();
    assert!(matches!(error, JournalError::InUse(_)), "{error}");
    assert!(error.to_string().contains("but a clone of its `Store` or a run does"), "{error}");
    // It reads the file as it is now, to the end of its transaction.
    reader.execute_batch("begin").unwrap();
    assert_eq!(seen_by(&reader), 2);
    finished(&store, "new");
    let error = wait(store.rename(&aside)).unwrap_err();
    assert!(matches!(error, JournalError::InUse(_)), "{error}");
    assert!(error.to_string().contains("end that program, then try again"), "{error}");
    assert!(!aside.exists());
    let store = place.open();
    assert_eq!(wait(store.report("new")).unwrap().counters().succeeded, 2);
    reader.execute_batch("commit").unwrap();
    wait(store.rename(&aside)).unwrap();
    assert_eq!(sqlite3(&aside, SUCCEEDED), "4\n");
}
