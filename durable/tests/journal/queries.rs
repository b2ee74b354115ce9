//! The queries of the documentation, asked with the `sqlite3` program while a run works.

use bulk_endpoint::OutcomeKind::{Failed, Refused, Succeeded, Unknown};
use bulk_endpoint::journal::{LifeEnd, Record, RecordedState};

use crate::support::*;

const DOCUMENTATION: &str = include_str!("../../docs/crate.md");

/// A run in its second life: one that was stopped, and one that works.
fn leavers(place: &Place) -> (bulk_endpoint_durable::Store, bulk_endpoint::journal::Begun) {
    let store = place.open();
    let begun = begin(&store, "leavers");
    register(&begun, items(0..8));
    write(&begun, vec![leaves(1, &[0, 1, 2]), leaves(2, &[4, 3])]);
    place.pass(2);
    let failed = |item, code: &str| {
        let mut state = state(Failed, true, true, 1, 1);
        state.outcome.code = Some(code.to_owned());
        Record::Item { item, state }
    };
    let uncertain = |item| {
        let outcome = bulk_endpoint::journal::RecordedOutcome {
            message: Some("may or may not have been applied: timed out".to_owned()),
            ..outcome(Unknown)
        };
        Record::Item { item, state: RecordedState { outcome, ..state(Unknown, false, true, 1, 1) } }
    };
    write(&begun, vec![ended(1, 207), settled(0, Succeeded), settled(1, Succeeded), failed(2, "no_such_user")]);
    write(
        &begun,
        vec![
            Record::Ended { attempt: 2, status: None, end: "timed out".into(), has_left: true },
            uncertain(3),
            uncertain(4),
        ],
    );
    let stopped = LifeEnd { read_all: false, stopped: Some("the token expired".into()), source_error: None };
    wait(begun.journal.end(stopped)).unwrap();
    place.pass(3600);
    let begun = begin(&store, "leavers");
    register(&begun, items(0..8));
    write(&begun, vec![leaves(1, &[4]), leaves(2, &[5, 6]), Record::Job { attempt: 2, handle: "\"j1\"".into() }]);
    write(&begun, vec![Record::Item { item: 7, state: state(Refused, false, false, 0, 0) }]);
    (store, begun)
}

#[test]
fn each_query_of_the_documentation_says_what_it_should() {
    let place = Place::new();
    let (store, begun) = leavers(&place);
    let expected = [
        "failed|1\nrefused|1\nsucceeded|2\nunknown|4\n",
        "k3|may or may not have been applied: timed out|2026-11-27T18:00:02.000Z\n\
         k4|a request that may carry it has no recorded response|2026-11-27T18:00:02.000Z\n\
         k5|a request that may carry it has no recorded response|2026-11-27T18:00:00.000Z\n\
         k6|a request that may carry it has no recorded response|2026-11-27T18:00:00.000Z\n",
        "0|k4|2026-11-27T18:00:00.000Z||timed out\n1|k3|2026-11-27T18:00:00.000Z||timed out\n",
        "1|2|2026-11-27T18:00:00.000Z||timed out\n2|1|2026-11-27T19:00:02.000Z||\n",
        "2|8|2|5|2026-11-27T19:00:02.000Z\n",
        "2|1|1|2026-11-27T19:00:02.000Z|\n2|2|2|2026-11-27T19:00:02.000Z|\"j1\"\n",
        "|1|it refused\nno_such_user|1|it failed\n",
        "1|the token expired\n2|works, or died\n",
    ];
    let queries: Vec<&str> =
        DOCUMENTATION.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(queries.len(), expected.len());
    for (query, expected) in queries.iter().zip(expected) {
        assert_eq!(sqlite3(&place.path(), query), expected, "{query}");
    }
    drop((store, begun));
    // And when no process has the file open.
    assert_eq!(sqlite3(&place.path(), queries[0]), expected[0]);
}

/// Tables and views, with their columns in this order.
#[test]
fn the_documentation_has_every_table_view_and_column() {
    let place = Place::new();
    drop(place.open());
    let names = sqlite3(
        &place.path(),
        "select name from sqlite_schema where type in ('table', 'view') and name <> 'outcome_names' and name not like 'sqlite%' order by name",
    );
    let documented = |name: &str| -> Vec<String> {
        let row = DOCUMENTATION.lines().find(|line| line.starts_with(&format!("| `{name}` | ")));
        let row = row.unwrap_or_else(|| panic!("`{name}` is not documented"));
        row.split('`').skip(1).step_by(2).skip(1).map(str::to_owned).collect()
    };
    for name in names.lines().filter(|name| !["open", "unknown", "item_keys"].contains(name)) {
        let columns = sqlite3(&place.path(), &format!("select name from pragma_table_xinfo('{name}') order by cid"));
        assert_eq!(documented(name), columns.lines().collect::<Vec<_>>(), "{name}");
    }
}
