//! Files that are no journals, and what is said of them.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use bulk_endpoint::OutcomeKind::Succeeded;
use bulk_endpoint::journal::{JournalError, Store as _};
use bulk_endpoint_durable::Store;
use rusqlite::Connection;

use crate::support::*;

fn message_of(path: &Path) -> String {
    match wait(Store::open(path)) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error.to_string().replace(&path.display().to_string(), "PATH"),
    }
}

#[test]
fn a_file_that_is_no_journal_is_refused_with_the_reason() {
    let place = Place::new();
    let folder = place.folder.path();
    let check = |name: &str, expected: &str| assert_eq!(message_of(&folder.join(name)), expected, "{name}");

    check(
        "missing/run.db",
        "expected a journal that can be written at `PATH`, found: no such file or directory; create its folder, or correct the path",
    );
    fs::create_dir(folder.join("folder")).unwrap();
    check("folder", "expected a journal that can be written at `PATH`, found: is a directory; give the path of a file");
    fs::write(folder.join("text"), "id,reason\n1,left\n").unwrap();
    check(
        "text",
        "expected a journal at `PATH`, found a file that is not an SQLite database; use another path, or move that file away",
    );
    assert_eq!(fs::read(folder.join("text")).unwrap(), b"id,reason\n1,left\n");

    Connection::open(folder.join("foreign")).unwrap().execute_batch("create table users (id)").unwrap();
    check("foreign", "expected a journal at `PATH`, found an SQLite database of another program; use another path");

    // Nothing is left beside the files of others.
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["folder", "foreign", "text"]);

    drop(place.open());
    fs::copy(place.path(), folder.join("newer")).unwrap();
    Connection::open(folder.join("newer")).unwrap().pragma_update(None, "user_version", 7).unwrap();
    check(
        "newer",
        "expected a journal of format 1 or older at `PATH`, found format 7: a newer release wrote it; use that release",
    );
    // Its first page is that of a database, and the rest is not there.
    let start = fs::read(place.path()).unwrap()[..5000].to_vec();
    fs::write(folder.join("short"), start).unwrap();
    check("short", "cannot open the journal `PATH`: the file is damaged; use a backup, with `Options::restored`");
}

#[test]
fn a_file_without_permission_is_refused() {
    let place = Place::new();
    drop(place.open());
    let mut permissions = fs::metadata(place.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(place.path(), permissions).unwrap();
    // The superuser may write it.
    if OpenOptions::new().write(true).open(place.path()).is_err() {
        let expected = "expected a journal that can be written at `PATH`, found: permission denied; change its permissions, or use another path";
        assert_eq!(message_of(&place.path()), expected);
    }
}

#[test]
fn a_damaged_page_is_found() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "run");
    for first in 0..30 {
        register(&begun, (0..100).map(|key| item(first * 100 + key, first * 100 + key, 1)).collect());
    }
    write(&begun, vec![]);
    drop((begun, store));
    let size = fs::metadata(place.path()).unwrap().len();
    let mut file = OpenOptions::new().write(true).open(place.path()).unwrap();
    file.seek(SeekFrom::Start(size / 4096 * 3 / 4 * 4096)).unwrap();
    file.write_all(&[0x5a; 4096]).unwrap();
    drop(file);
    let message = message_of(&place.path());
    assert!(message.starts_with("expected a sound journal at `PATH`, found damage: "), "{message}");
    assert!(message.ends_with("; use a backup, with `Options::restored`"), "{message}");
}

#[test]
fn one_process_writes_and_others_read() {
    let place = Place::new();
    let store = place.open();
    let Err(error) = wait(Store::open(place.path())) else { panic!() };
    assert!(matches!(error, JournalError::InUse(_)));
    assert_eq!(
        error.to_string(),
        format!(
            "expected a journal `{}` without a writer, found that this process has it open already; wait for its end, clone the open \
             `Store`, or read with `Store::open_read_only`",
            place.path().display()
        )
    );
    let begun = begin(&store, "run");
    register(&begun, items(0..2));
    write(&begun, vec![leaves(1, &[0, 1]), settled(0, Succeeded)]);
    let reader = wait(Store::open_read_only(place.path())).unwrap();
    assert_eq!(wait(reader.report("run")).unwrap().counters().succeeded, 1);
    let refused = "expected a journal that is open to be written, found `";
    for error in [
        wait(reader.begin("run", start())).map(drop).unwrap_err(),
        wait(reader.forget("run")).unwrap_err(),
        wait(reader.prune(Duration::ZERO)).map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().starts_with(refused), "{error}");
    }
    let missing = wait(Store::open_read_only(place.folder.path().join("missing"))).unwrap_err();
    assert!(missing.to_string().starts_with("expected a journal that can be read at `"), "{missing}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "run");
    register(&begun, items(0..1));
    write(&begun, vec![]);
    let copy = place.folder.path().join("copy.db");
    wait(store.backup(&copy)).unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(place.folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["copy.db", "run.db", "run.db-lock", "run.db-shm", "run.db-wal"]);
}

#[test]
fn an_interrupted_creation_is_no_foreign_file() {
    let place = Place::new();
    // The file is there, and the tables are not.
    Connection::open(place.path()).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    assert!(fs::metadata(place.path()).unwrap().len() > 0);
    begin(&place.open(), "run");
}
