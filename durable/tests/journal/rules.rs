//! The rules of a journal, one by one.

use std::time::Duration;

use bulk_endpoint::OutcomeKind::{Failed, NotAttempted, Refused, Succeeded, Unknown};
use bulk_endpoint::journal::{
    Intent, JournalError, Known, LifeEnd, OnChange, OpenItem, PendingBatch, PendingJob, Record, RecordedOutcome,
    RunStart, Store as _,
};
use bulk_endpoint_durable::{Options, Store};

use crate::support::*;

/// How a life sees an item, in short.
fn seen(known: &Known) -> String {
    match known {
        Known::New { item } => format!("new {item}"),
        Known::Open(open) => {
            let OpenItem { item, outcome, attempts, spent, is_repeatable, pending, .. } = open;
            let bound = if pending.is_some() { " bound" } else { "" };
            let once = if *is_repeatable { "" } else { " once" };
            format!("open {item} {} {attempts}/{spent}{once}{bound}", outcome.outcome)
        }
        Known::Settled { item, outcome } => format!("settled {item} {}", outcome.outcome),
        Known::Duplicate { item, of, outcome } => {
            let outcome = outcome.as_ref().map_or("-".to_owned(), |(outcome, _)| outcome.outcome.to_string());
            format!("duplicate {item} of {of} {outcome}")
        }
    }
}

fn all_seen(known: &[Known]) -> Vec<String> {
    known.iter().map(seen).collect()
}

#[test]
fn a_run_goes_on_where_it_was() {
    let place = Place::new();
    let store = place.open();
    let first = begin(&store, "leavers");
    assert_eq!((first.life, first.has_responded, first.time_left, first.busy_for), (1, false, None, Duration::ZERO));
    assert_eq!(all_seen(&register(&first, items(0..6))), ["new 0", "new 1", "new 2", "new 3", "new 4", "new 5"]);
    write(&first, vec![leaves(1, &[0, 1, 2])]);
    write(
        &first,
        vec![ended(1, 207), settled(0, Succeeded), settled(1, Failed), put_off(2, Refused, 1, 1), leaves(2, &[2, 3])],
    );
    let run = first.run;
    place.pass(60);
    drop((first, store));

    // The process is gone. 3 and 2 were in flight.
    let store = place.open();
    let second = begin(&store, "leavers");
    assert_eq!((second.life, second.run, second.has_responded), (2, run, true));
    // Of the 90 seconds that a request takes, 60 are over.
    assert_eq!(second.busy_for, Duration::from_secs(30));
    assert!(second.pending.is_empty());
    let known = register(&second, items(0..7));
    assert_eq!(
        all_seen(&known),
        [
            "settled 0 succeeded",
            "settled 1 failed",
            "open 2 unknown 2/2",
            "open 3 unknown 1/1",
            "open 4 not_attempted 0/0",
            "open 5 not_attempted 0/0",
            "new 6",
        ]
    );
    let Known::Settled { outcome: failed, .. } = &known[1] else { panic!() };
    assert_eq!(*failed, outcome(Failed));
    let Known::Open(open) = &known[3] else { panic!() };
    assert_eq!(open.outcome, RecordedOutcome::process_ended());
}

#[test]
fn what_is_open_gets_a_new_try_in_each_call_and_keeps_its_evidence() {
    let place = Place::new();
    let store = place.open();
    let first = begin(&store, "r");
    register(&first, items(0..3));
    let stopped = |item, kind, attempts| Record::Item { item, state: state(kind, false, true, attempts, attempts) };
    write(&first, vec![leaves(1, &[0, 1]), ended(1, 503), stopped(0, Refused, 3), stopped(1, Unknown, 2)]);
    write(&first, vec![put_off(2, Refused, 4, 3)]);
    wait(first.journal.end(LifeEnd { read_all: true, stopped: Some("the token expired".into()), source_error: None }))
        .unwrap();
    // The name is free, although the journal is still held.
    let second = begin(&store, "r");
    assert_eq!(second.busy_for, Duration::from_secs(90));
    let known = register(&second, items(0..3));
    assert_eq!(all_seen(&known), ["open 0 refused 3/0", "open 1 unknown 2/0", "open 2 refused 4/3"]);
    let late = wait(first.journal.write(vec![])).unwrap_err();
    assert!(late.to_string().starts_with("expected a life that goes on"), "{late}");
}

/// A crash loop must come to an end (R11): each request without a response counts.
#[test]
fn each_process_that_dies_uses_up_a_try() {
    let place = Place::new();
    let store = place.open();
    for life in 1..=4 {
        let begun = begin(&store, "r");
        let known = register(&begun, items(0..1));
        if life > 1 {
            assert_eq!(all_seen(&known), [format!("open 0 unknown {0}/{0}", life - 1)]);
        }
        write(&begun, vec![leaves(1, &[0])]);
    }
}

#[test]
fn evidence_only_grows_and_what_was_sent_once_stays_so() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..4));
    let once = |attempt, items: &[u64]| Record::Intent(Intent { is_idempotent: false, ..intent(attempt, items) });
    let reason = |item| {
        let mut state = state(Unknown, false, false, 1, 1);
        state.outcome.message = Some("timed out".into());
        Record::Item { item, state }
    };
    write(&begun, vec![leaves(1, &[0]), ended(1, 504), reason(0), leaves(2, &[0]), once(3, &[1]), leaves(4, &[3])]);
    // Its response says that nothing is known of 2, for an endpoint that is not idempotent.
    write(&begun, vec![once(5, &[2]), ended(5, 500), reason(2)]);
    drop(begun);
    let begun = begin(&store, "r");
    let known = register(&begun, items(0..4));
    assert_eq!(
        all_seen(&known),
        ["open 0 unknown 2/2", "open 1 unknown 1/1 once", "open 2 unknown 1/1 once", "open 3 unknown 1/1"]
    );
    let Known::Open(open) = &known[0] else { panic!() };
    assert_eq!(open.outcome.message.as_deref(), Some("timed out"));
    // An idempotent request later does not make 1 safe.
    write(&begun, vec![leaves(1, &[1])]);
    drop(begun);
    assert_eq!(all_seen(&register(&begin(&store, "r"), items(0..2)))[1], "open 1 unknown 2/2 once");
}

#[test]
fn a_final_outcome_never_changes() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..2));
    write(&begun, vec![leaves(1, &[0, 1]), settled(0, Succeeded)]);
    // The same once more is no change.
    write(&begun, vec![settled(0, Succeeded)]);
    let error = wait(begun.journal.write(vec![settled(1, Failed), settled(0, Failed)])).unwrap_err();
    assert_eq!(error.to_string(), "expected an open item, found item 0 settled for good or not recorded");
    drop(begun);
    // None of that write is there, and the crash with 0 in flight does not touch it.
    let begun = begin(&store, "r");
    assert_eq!(all_seen(&register(&begun, items(0..2))), ["settled 0 succeeded", "open 1 unknown 1/1"]);
}

#[test]
fn items_that_may_have_left_are_uncertain() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    // The last one is a duplicate of the second.
    register(&begun, items((0..6).chain([1])));
    write(&begun, vec![Record::MayLeave { items: vec![0, 1] }]);
    let stopped = Record::Item { item: 4, state: state(NotAttempted, false, true, 0, 0) };
    write(&begun, vec![leaves(1, &[0]), Record::MayLeave { items: vec![1, 2, 4] }, stopped]);
    write(&begun, vec![ended(1, 200), settled(0, Succeeded)]);
    let outcomes = "select group_concat(outcome, ' ') from (select outcome from outcomes order by item)";
    let expected = "succeeded unknown unknown not_attempted not_attempted not_attempted unknown";
    assert_eq!(sqlite3(&place.path(), outcomes), format!("{expected}\n"));
    let report = wait(store.report("r")).unwrap();
    let rows: Vec<String> = report.rows().map(|row| row.unwrap().outcome.to_string()).collect();
    assert_eq!((rows.join(" "), report.counters().unknown), (expected.to_owned(), 3));
    drop(begun);

    // A crash of the process that had them takes one attempt of each. It is not taken again.
    let begun = begin(&store, "r");
    drop(begun);
    let begun = begin(&store, "r");
    let expected = [
        "settled 0 succeeded",
        "open 1 unknown 1/1",
        "open 2 unknown 1/1",
        "open 3 not_attempted 0/0",
        "open 4 not_attempted 0/0",
        "open 5 not_attempted 0/0",
    ];
    assert_eq!(all_seen(&register(&begun, items(0..6))), expected);
    write(&begun, vec![Record::MayLeave { items: vec![3, 4, 5] }]);
    let unsent = [3, 4, 5].map(|item| Record::Item { item, state: state(NotAttempted, false, true, 0, 0) });
    write(&begun, unsent.into());
    end(&begun);
    drop(begun);
    // A life that came to its end has told what became of them.
    let begun = begin(&store, "r");
    assert_eq!(all_seen(&register(&begun, items(0..6)))[3..], expected[3..]);
}

#[test]
fn the_result_of_a_job_is_all_that_is_known_of_items_that_it_alone_has() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..4));
    write(&begun, vec![leaves(1, &[0, 1])]);
    drop(begun);
    let begun = begin(&store, "r");
    register(&begun, items(0..4));
    write(&begun, vec![leaves(1, &[1, 2, 3]), Record::Job { attempt: 1, handle: "7".into() }]);
    // The run was stopped, and told that the job goes on.
    let told = |item, attempts| Record::Item { item, state: state(Unknown, false, true, attempts, 0) };
    write(&begun, vec![told(1, 2), told(2, 1)]);
    drop(begun);
    for _ in 0..2 {
        let begun = begin(&store, "r");
        let [PendingBatch { job: Some(job), .. }] = begun.pending.as_slice() else { panic!("{:?}", begun.pending) };
        assert_eq!((&job.uncertain_before, &job.request_items), (&vec![1], &vec![1, 2, 3]));
    }
}

fn job_since(handle: &str, seconds: u64, items: &[u64]) -> PendingJob {
    let (age, request_items) = (Duration::from_secs(seconds), items.to_vec());
    PendingJob { handle: handle.to_owned(), age, uncertain_before: Vec::new(), request_items }
}

#[test]
fn batches_with_a_key_or_a_job_stay_together() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..8));
    let keyed =
        |attempt, items: &[u64], key: &str| Record::Intent(Intent { key: Some(key.into()), ..intent(attempt, items) });
    write(&begun, vec![keyed(1, &[1, 0], "key-1"), leaves(2, &[2, 3]), leaves(3, &[4]), keyed(4, &[5, 6], "key-4")]);
    write(&begun, vec![Record::Job { attempt: 2, handle: "\"job-9\"".into() }]);
    // Known to be uncertain before the process ends; the next request with the key never left.
    let uncertain = |item| put_off(item, Unknown, 1, 1);
    write(&begun, vec![ended(4, 504), uncertain(5), uncertain(6)]);
    drop(begun);
    place.pass(90);

    let begun = begin(&store, "r");
    let [first, job, ended_before] = begun.pending.as_slice() else { panic!("{:?}", begun.pending) };
    assert_eq!((first.items.as_slice(), first.key.as_deref()), ([1, 0].as_slice(), Some("key-1")));
    assert_eq!(first.request, intent(1, &[]).request);
    assert_eq!((job.items.as_slice(), job.key.as_deref()), ([2, 3].as_slice(), None));
    assert_eq!(job.job, Some(job_since("\"job-9\"", 90, &[2, 3])));
    assert_eq!((ended_before.items.as_slice(), ended_before.key.as_deref()), ([5, 6].as_slice(), Some("key-4")));
    let known = register(&begun, items(0..8));
    let of = |known: &Known| if let Known::Open(open) = known { open.pending } else { None };
    let (first, job, ended_before) = (first.attempt, job.attempt, ended_before.attempt);
    let bound = [Some(first), Some(first), Some(job), Some(job), None, Some(ended_before), Some(ended_before), None];
    assert_eq!(known.iter().map(of).collect::<Vec<_>>(), bound);

    // A handle that moves keeps the time of the first. A replay takes the place of what it replays. One item alone breaks a batch.
    write(
        &begun,
        vec![
            Record::Job { attempt: job, handle: "\"job-10\"".into() },
            keyed(1, &[1, 0], "key-1"),
            settled(5, Succeeded),
        ],
    );
    drop(begun);
    place.pass(10);
    let begun = begin(&store, "r");
    let [job, replay] = begun.pending.as_slice() else { panic!("{:?}", begun.pending) };
    assert_eq!(job.job, Some(job_since("\"job-10\"", 100, &[2, 3])));
    assert_eq!(replay.items, [1, 0]);
    // The time of a key counts from its first request.
    let since = "select distinct key_since from attempts where key = 'key-1'";
    assert_eq!(sqlite3(&place.path(), since), "1795802400000\n");
    assert_eq!(
        all_seen(&register(&begun, items(0..7))),
        [
            "open 0 unknown 2/2 bound",
            "open 1 unknown 2/2 bound",
            "open 2 unknown 1/1 bound",
            "open 3 unknown 1/1 bound",
            "open 4 unknown 1/1",
            "settled 5 succeeded",
            "open 6 unknown 1/1",
        ]
    );
    // The job ends, in a life that did not start it.
    write(&begun, vec![ended(job.attempt, 200), settled(2, Succeeded), settled(3, Failed)]);
    drop(begun);
    assert_eq!(begin(&store, "r").pending.len(), 1);
}

#[test]
fn a_batch_that_is_no_longer_whole_is_not_bound_but_its_job_goes_on() {
    for has_job in [false, true] {
        let place = Place::new();
        let store = place.open();
        let begun = begin(&store, "r");
        register(&begun, items(0..3));
        let keyed = Record::Intent(Intent { key: Some("k".into()), ..intent(1, &[0, 1, 2]) });
        // It says of one item that it is done, and the process ends; in the next life of another one.
        let job = has_job.then(|| Record::Job { attempt: 1, handle: "1".into() });
        write(&begun, [keyed].into_iter().chain(job).chain([settled(0, Succeeded)]).collect());
        drop(begun);
        let begun = begin(&store, "r");
        let left: Vec<_> = begun.pending.iter().map(|batch| batch.items.clone()).collect();
        assert_eq!(left, if has_job { vec![vec![1, 2]] } else { vec![] });
        let bound = if has_job { " bound" } else { "" };
        let seen = [
            "settled 0 succeeded".to_owned(),
            format!("open 1 unknown 1/1{bound}"),
            format!("open 2 unknown 1/1{bound}"),
        ];
        assert_eq!(all_seen(&register(&begun, items(0..3))), seen);
        write(&begun, vec![settled(1, Succeeded)]);
        drop(begun);
        let left: Vec<_> = begin(&store, "r").pending.into_iter().map(|batch| batch.items).collect();
        assert_eq!(left, if has_job { vec![vec![2]] } else { vec![] });
    }
}

#[test]
fn a_refused_batch_with_a_key_is_not_bound() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..2));
    let keyed = Record::Intent(Intent { key: Some("k".into()), ..intent(1, &[0, 1]) });
    write(&begun, vec![keyed, ended(1, 429), put_off(0, Refused, 1, 0), put_off(1, Refused, 1, 0)]);
    drop(begun);
    assert!(begin(&store, "r").pending.is_empty());
}

#[test]
fn repeats_are_matched_lowest_first() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    let input = || vec![item(0, 1, 1), item(1, 2, 1), item(2, 1, 1), item(3, 1, 2), item(4, 1, 1)];
    // The third content of key 1 is no duplicate of the first: it undoes the second.
    let expected = ["new 0", "new 1", "duplicate 2 of 0 -", "new 3", "new 4"];
    assert_eq!(all_seen(&register(&begun, input())), expected);
    write(&begun, vec![leaves(1, &[0]), settled(0, Succeeded), settled(2, NotAttempted)]);
    assert_eq!(all_seen(&register(&begun, vec![item(5, 1, 1)])), ["duplicate 5 of 4 -"]);
    drop(begun);
    let begun = begin(&store, "r");
    let expected = [
        "settled 0 succeeded",
        "open 1 not_attempted 0/0",
        "settled 2 not_attempted",
        "open 3 not_attempted 0/0",
        "open 4 not_attempted 0/0",
    ];
    assert_eq!(all_seen(&register(&begun, input())), expected);
    drop(begun);
    // In another order: each occurrence is one of those that are left.
    let begun = begin(&store, "r");
    let shuffled =
        vec![item(0, 1, 2), item(1, 1, 1), item(2, 1, 1), item(3, 2, 1), item(4, 1, 1), item(5, 1, 1), item(6, 1, 1)];
    let expected = [
        "open 3 not_attempted 0/0",
        "settled 0 succeeded",
        "settled 2 not_attempted",
        "open 1 not_attempted 0/0",
        "open 4 not_attempted 0/0",
        "duplicate 5 of 4 -",
        "duplicate 6 of 4 -",
    ];
    assert_eq!(all_seen(&register(&begun, shuffled)), expected);
    // Kept duplicates are items of their own.
    let keep = RunStart { keeps_duplicates: true, ..start() };
    let begun = begin_with(&store, "keep", keep.clone());
    assert_eq!(all_seen(&register(&begun, items([1, 1, 1]))), ["new 0", "new 1", "new 2"]);
    write(&begun, vec![settled(1, Succeeded)]);
    drop(begun);
    let begun = begin_with(&store, "keep", keep);
    assert_eq!(all_seen(&register(&begun, items([1, 1])))[1], "settled 1 succeeded");
}

/// The search among equal items goes on where it was, and starts over after a call that failed.
#[test]
fn a_hundred_equal_items_are_matched_in_their_order() {
    for held in [1, 1000] {
        let place = Place::new();
        let store = place.open_with(place.options().keys_in_memory(held));
        let begun = begin(&store, "r");
        let equal = |index| item(index, 1, 1);
        register(&begun, [item(0, 2, 1)].into_iter().chain((1..101).map(equal)).collect());
        write(&begun, (1..101).map(|item| settled(item, Succeeded)).collect());
        drop(begun);
        let begun = begin(&store, "r");
        // The first item does not come, so that each of the others is searched.
        let changed = wait(begun.journal.register((0..70).map(equal).chain([item(70, 2, 9)]).collect()));
        assert!(matches!(changed, Err(JournalError::InputChanged { index: 70, .. })), "{changed:?}");
        let known = register(&begun, (0..101).map(equal).collect());
        for (number, known) in known[..100].iter().enumerate() {
            assert_eq!(seen(known), format!("settled {} succeeded", number + 1));
        }
        assert_eq!(seen(&known[100]), "duplicate 101 of 1 succeeded");
    }
}

#[test]
fn the_outcome_of_a_first_occurrence_counts_only_in_its_life() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items([1]));
    write(&begun, vec![Record::Item { item: 0, state: state(NotAttempted, false, true, 0, 0) }]);
    assert_eq!(all_seen(&register(&begun, vec![item(1, 1, 1)])), ["duplicate 1 of 0 not_attempted"]);
    drop(begun);
    let begun = begin(&store, "r");
    assert_eq!(all_seen(&register(&begun, items([1, 1])))[1], "duplicate 1 of 0 -");
}

#[test]
fn an_input_that_changed_stops_the_run() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..4));
    write(&begun, vec![settled(0, Succeeded)]);
    drop(begun);
    let changed = |on_change, input| {
        let begun = begin_with(&store, "r", RunStart { on_change, ..start() });
        let known = wait(begun.journal.register(input));
        known.map(|known| all_seen(&known))
    };
    // 2 has other content. The whole call leaves nothing.
    let corrected = || vec![item(0, 0, 1), item(1, 9, 1), item(2, 2, 5), item(3, 3, 1)];
    let error = changed(OnChange::Stop, corrected()).unwrap_err();
    assert_eq!(error, JournalError::InputChanged { index: 2, key: Some("k2".into()) });
    let expected = ["settled 0 succeeded", "new 4", "new 5", "open 3 not_attempted 0/0"];
    assert_eq!(changed(OnChange::Send, corrected()).unwrap(), expected);
    // Behind what was read, a known key with other content is an item like any other.
    let longer = (0..4).map(|key| item(key, key, 1)).chain([item(4, 1, 7)]).collect();
    assert_eq!(changed(OnChange::Stop, longer).unwrap()[4], "new 6");
}

#[test]
fn after_a_changed_input_the_journal_is_as_before() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..3));
    drop(begun);
    let begun = begin(&store, "r");
    let error = wait(begun.journal.register(vec![item(0, 0, 1), item(1, 8, 1), item(2, 1, 9)])).unwrap_err();
    assert!(matches!(error, JournalError::InputChanged { index: 2, .. }));
    let known = register(&begun, items([0, 8, 1, 2]));
    assert_eq!(
        all_seen(&known),
        ["open 0 not_attempted 0/0", "new 3", "open 1 not_attempted 0/0", "open 2 not_attempted 0/0"]
    );
    write(&begun, vec![]);
    assert_eq!(sqlite3(&place.path(), "select count(*) from items").trim(), "4");
}

#[test]
fn what_could_not_be_encoded_takes_its_content_later() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    // Two items that cannot be encoded may differ.
    let expected = ["new 0", "new 1", "new 2"];
    assert_eq!(all_seen(&register(&begun, vec![item(0, 1, 0), item(1, 1, 0), item(2, 2, 1)])), expected);
    drop(begun);
    let begun = begin(&store, "r");
    let expected = ["open 0 not_attempted 0/0", "open 1 not_attempted 0/0"];
    assert_eq!(all_seen(&register(&begun, vec![item(0, 1, 4), item(1, 1, 0)])), expected);
    let error = wait(begun.journal.register(vec![item(2, 2, 0)])).unwrap_err();
    assert!(matches!(error, JournalError::InputChanged { index: 2, .. }), "{error}");
    drop(begun);
    let begun = begin(&store, "r");
    let error = wait(begun.journal.register(vec![item(0, 1, 5), item(1, 1, 6)])).unwrap_err();
    assert!(matches!(error, JournalError::InputChanged { index: 1, .. }), "{error}");
    drop(begun);
    // A call that fails takes no content: 1 is still one that could not be encoded.
    let begun = begin(&store, "r");
    let error = wait(begun.journal.register(vec![item(0, 1, 5), item(1, 2, 6)])).unwrap_err();
    assert!(matches!(error, JournalError::InputChanged { index: 1, .. }), "{error}");
    assert_eq!(all_seen(&register(&begun, vec![item(0, 1, 0)])), ["open 1 not_attempted 0/0"]);
}

#[test]
fn items_without_keys_are_told_by_their_place() {
    let place = Place::new();
    let store = place.open();
    let plain = |on_change| RunStart { keyed: false, on_change, ..start() };
    let row = |index, content| bulk_endpoint::journal::ItemRecord { key: None, ..item(index, 0, content) };
    let begun = begin_with(&store, "r", plain(OnChange::Stop));
    let expected = ["new 0", "new 1", "new 2"];
    assert_eq!(all_seen(&register(&begun, vec![row(0, 1), row(1, 1), row(2, 0)])), expected);
    write(&begun, vec![settled(1, Succeeded)]);
    drop(begun);
    let begun = begin_with(&store, "r", plain(OnChange::Send));
    let known = register(&begun, vec![row(0, 1), row(1, 1), row(2, 3), row(3, 1)]);
    assert_eq!(
        all_seen(&known),
        ["open 0 not_attempted 0/0", "settled 1 succeeded", "open 2 not_attempted 0/0", "new 3"]
    );
    drop(begun);
    let begun = begin_with(&store, "r", plain(OnChange::Send));
    let error = wait(begun.journal.register(vec![row(0, 1), row(1, 2)])).unwrap_err();
    assert_eq!(error, JournalError::InputChanged { index: 1, key: None });
}

#[test]
fn another_run_under_the_name_is_refused_with_what_differs() {
    let place = Place::new();
    let store = place.open();
    drop(begin(&store, "r"));
    let mut other = start();
    other.identity = vec![
        ("method".into(), "PUT".into()),
        ("URL".into(), "https://api.example.com/users".into()),
        ("account".into(), "acme".into()),
    ];
    other.keyed = false;
    let Err(error) = wait(store.begin("r", other)) else { panic!() };
    assert_eq!(
        error.to_string(),
        "expected the recorded run `r`, found another one: method was `POST` and is `PUT`, account was nothing and is `acme`, \
         items were with keys and are without keys; nothing was sent: give this run another name, or `forget` the old one"
    );
    assert!(matches!(error, JournalError::OtherRun(_)));
    // Nothing has begun.
    assert_eq!(begin(&store, "r").life, 2);
}

#[test]
fn a_run_is_worked_on_by_one_task() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    let Err(error) = wait(store.begin("r", start())) else { panic!() };
    assert!(matches!(error, JournalError::InUse(_)), "{error}");
    let other = begin(&store, "other");
    assert_ne!(begun.run, other.run);
    end(&begun);
    end(&begin(&store, "r"));
    // A begin whose future is dropped leaves nothing behind.
    drop(store.begin("r", start()));
    begin(&store, "r");
}

#[test]
fn time_is_that_of_the_store_and_never_negative() {
    let place = Place::new();
    let store = place.open();
    let timed = || RunStart { run_timeout: Some(Duration::from_secs(100)), ..start() };
    let begun = begin_with(&store, "r", timed());
    assert_eq!(begun.time_left, Some(Duration::from_secs(100)));
    register(&begun, items(0..2));
    let keyed = Record::Intent(Intent { key: Some("key".into()), ..intent(2, &[1]) });
    write(&begun, vec![leaves(1, &[0]), Record::Job { attempt: 1, handle: "1".into() }, keyed]);
    drop(begun);
    place.pass(30);
    let begun = begin_with(&store, "r", timed());
    assert_eq!(begun.pending[1].key_age, Some(Duration::from_secs(30)));
    assert_eq!(begun.time_left, Some(Duration::from_secs(70)));
    assert_eq!(begun.busy_for, Duration::from_secs(60));
    drop(begun);
    place.pass(-3600);
    let begun = begin_with(&store, "r", timed());
    assert_eq!(begun.time_left, Some(Duration::from_secs(100)));
    assert_eq!(begun.busy_for, Duration::from_secs(90));
    assert_eq!(begun.pending[0].job.as_ref().unwrap().age, Duration::ZERO);
    // The vendor may have forgotten the key.
    assert_eq!(begun.pending[1].key_age, None);
    drop(begun);
    place.pass(7200);
    assert_eq!(begin_with(&store, "r", timed()).time_left, Some(Duration::ZERO));
}

#[test]
fn each_request_takes_as_long_as_its_own_life_says() {
    let place = Place::new();
    let store = place.open();
    let with = |seconds| RunStart { request_timeout: Duration::from_secs(seconds), ..start() };
    let begun = begin_with(&store, "r", with(600));
    register(&begun, items(0..2));
    write(&begun, vec![leaves(1, &[0]), Record::MayLeave { items: vec![1] }]);
    write(&begun, vec![leaves(2, &[1])]);
    drop(begun);
    place.pass(100);
    // A shorter one takes nothing from those before.
    let begun = begin_with(&store, "r", with(5));
    assert_eq!(begun.busy_for, Duration::from_secs(500));
    register(&begun, items(0..4));
    write(&begun, vec![Record::MayLeave { items: vec![2, 3] }]);
    drop(begun);
    place.pass(498);
    // Nobody knows when the last two left, if they did.
    let begun = begin_with(&store, "r", with(1));
    assert_eq!(begun.busy_for, Duration::from_secs(5));
    drop(begun);
    place.pass(5);
    assert_eq!(begin_with(&store, "r", with(600)).busy_for, Duration::ZERO);
}

#[test]
fn a_restored_backup_makes_all_that_is_open_uncertain() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..3));
    write(&begun, vec![leaves(1, &[0, 1]), ended(1, 200), settled(0, Succeeded), put_off(1, Refused, 1, 1)]);
    let once = begin(&store, "once");
    register(&once, items(0..1));
    let copy = place.folder.path().join("copy.db");
    wait(store.backup(&copy)).unwrap();
    drop((begun, once, store));
    std::fs::remove_file(place.path()).unwrap();
    std::fs::rename(copy, place.path()).unwrap();
    let store = place.open_with(place.options().restored(true));
    let known = register(&begin(&store, "r"), items(0..4));
    assert_eq!(
        all_seen(&known),
        ["settled 0 succeeded", "open 1 unknown 1/1", "open 2 unknown 0/0", "open 3 unknown 0/0"]
    );
    // Nothing says that the requests of this run were idempotent.
    let known = register(&begin(&store, "once"), items(0..2));
    assert_eq!(all_seen(&known), ["open 0 unknown 0/0 once", "open 1 unknown 0/0 once"]);
    drop(store);
    // It stays so without the option.
    let store = place.open_with(Options::new());
    assert_eq!(all_seen(&register(&begin(&store, "r"), items(0..5)))[4], "open 4 unknown 0/0");
}

/// R3: after the request under the key, another one under another key may have left that the backup lacks.
#[test]
fn after_a_restore_no_key_protects_what_was_in_flight() {
    for has_ended in [false, true] {
        let place = Place::new();
        let store = place.open();
        let begun = begin(&store, "r");
        register(&begun, items(0..4));
        let keyed = Record::Intent(Intent { key: Some("k".into()), ..intent(1, &[0, 1]) });
        write(&begun, vec![keyed, leaves(2, &[2, 3]), Record::Job { attempt: 2, handle: "7".into() }]);
        let begun = if has_ended {
            drop(begun);
            begin(&store, "r")
        } else {
            begun
        };
        let copy = place.folder.path().join("copy.db");
        wait(store.backup(&copy)).unwrap();
        drop((begun, store));
        std::fs::remove_file(place.path()).unwrap();
        std::fs::rename(copy, place.path()).unwrap();
        let store = place.open_with(place.options().restored(true));
        for _ in 0..2 {
            let begun = begin(&store, "r");
            let [PendingBatch { items: left, job: Some(job), .. }] = &begun.pending[..] else {
                panic!("{:?}", begun.pending)
            };
            assert_eq!((left, &job.uncertain_before), (&vec![2, 3], &vec![2, 3]));
            let known = all_seen(&register(&begun, items(0..4)));
            assert!(known[0].starts_with("open 0 unknown") && !known[0].ends_with("bound"), "{known:?}");
        }
    }
}

#[test]
fn a_backup_beside_the_log_of_a_crashed_file_is_refused_as_restored() {
    let place = Place::new();
    let store = place.open();
    let begun = begin(&store, "r");
    register(&begun, items(0..2));
    write(&begun, vec![settled(0, Succeeded)]);
    let copy = place.folder.path().join("copy.db");
    wait(store.backup(&copy)).unwrap();
    write(&begun, vec![settled(1, Failed)]);
    // The file of a crash, with its log, and the backup in its place.
    let crashed = tempfile::tempdir().unwrap();
    let at = |suffix: &str| crashed.path().join(format!("run.db{suffix}"));
    std::fs::copy(&copy, at("")).unwrap();
    std::fs::copy(place.folder.path().join("run.db-wal"), at("-wal")).unwrap();
    let error = wait(Store::open_with(at(""), Options::new().restored(true))).unwrap_err().to_string();
    assert!(error.starts_with("expected a backup without a log at `"), "{error}");
    assert!(at("-wal").metadata().unwrap().len() > 0, "nothing is changed");
    std::fs::remove_file(at("-wal")).unwrap();
    let restored = wait(Store::open_with(at(""), Options::new().restored(true))).unwrap();
    let counters = wait(restored.report("r")).unwrap().counters();
    assert_eq!((counters.succeeded, counters.unknown, counters.failed), (1, 1, 0));
}
