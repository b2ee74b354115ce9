//! Random and malicious responses, headers and arguments: every item still has one outcome, and only one that the response supports.

mod checks;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use checks::{SHAPES, check_answer, check_arguments, check_retry_after};

/// Names that the shapes know, and some that they do not.
const NAMES: &[&str] = &[
    "successes",
    "failures",
    "unprocessed",
    "results",
    "id",
    "message",
    "status",
    "ok",
    "made",
    "row",
    "code",
    "error",
    "data",
    "ids",
    "entry",
    "count",
    "t0",
    "t1",
    "\\u0069d",
    "\\ud800",
    "",
];

/// Scalars with a meaning in some shape, and extreme ones.
const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "2",
    "-0",
    "-1",
    "1.0",
    "1e0",
    "1e999",
    "200",
    "202",
    "207",
    "404",
    "429",
    "500",
    "65536",
    "18446744073709551616",
    "123456789012345678901234567890",
    "\"t0\"",
    "\"t1\"",
    "\"t2\"",
    "\"t33\"",
    "\"\\u00740\"",
    "\"T0\"",
    "\" t0\"",
    "\"t\"",
    "\"\"",
    "\"ok\"",
    "\"error\"",
    "\"skipped\"",
    "\"running\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"no such item\"",
];

/// JSON made of these names and scalars, duplicate fields included.
fn json() -> impl Strategy<Value = String> {
    let scalar = select(SCALARS).prop_map(str::to_owned);
    scalar.prop_recursive(4, 40, 6, |inner| {
        let field = (select(NAMES), inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            vec(inner, 0..6).prop_map(|elements| format!("[{}]", elements.join(", "))),
            vec(field, 0..6).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    })
}

/// An element, mostly as the shapes have them.
fn element() -> impl Strategy<Value = String> {
    let id = select(&["\"t0\"", "\"t1\"", "\"t2\"", "\"t33\"", "\"t\"", "0", "1", "2", "33", "\"x\"", "null"][..]);
    let status = select(&["200", "202", "404", "429", "true", "\"200\"", "70000", "null"][..]);
    let message = select(&["\"m\"", "\"caf\\ud83d\"", "null", "7"][..]);
    prop_oneof![
        3 => id.clone().prop_map(str::to_owned),
        3 => (id.clone(), message).prop_map(|(id, message)| format!("{{\"id\":{id},\"message\":{message}}}")),
        3 => (id.clone(), status).prop_map(|(id, status)| format!("{{\"status\":{status},\"id\":{id}}}")),
        3 => (0..40, any::<bool>()).prop_map(|(row, ok)| format!("{{\"id\":\"t\",\"row\":{row},\"ok\":{ok}}}")),
        2 => any::<bool>().prop_map(|ok| format!("{{\"ok\":{ok},\"made\":3}}")),
        2 => (0..5, select(&["ok", "error", "skipped", "running", "?"][..]))
            .prop_map(|(row, word)| format!("{{\"row\":{row},\"status\":\"{word}\"}}")),
        2 => (id.clone(), id.clone(), any::<bool>()).prop_map(|(one, other, ok)| {
            format!("{{\"ok\":{ok},\"failures\":[{{\"ids\":[{one},{other}],\"entry\":{{\"error\":\"m\"}}}}],\"count\":1}}")
        }),
        1 => (id, Just("[\"t0\",\"m\"]")).prop_map(|(_, array)| array.to_owned()),
        1 => json(),
    ]
}

/// A body, mostly as the shapes have them.
fn body() -> impl Strategy<Value = String> {
    let list = vec(element(), 0..5).prop_map(|elements| format!("[{}]", elements.join(",")));
    let lists = vec(element(), 34).prop_map(|elements| format!("[{}]", elements.join(",")));
    let list = prop_oneof![8 => list, 1 => lists, 1 => json()];
    let name = select(&["successes", "failures", "unprocessed", "results"][..]);
    let field = (name, list.clone()).prop_map(|(name, list)| format!("\"{name}\":{list}"));
    prop_oneof![
        4 => vec(field, 0..4).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        1 => vec((select(&["t0", "t1", "t2", "x"][..]), element()), 0..5).prop_map(|entries| {
            let entries: Vec<String> = entries.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        }),
        1 => vec(element(), 0..5).prop_map(|elements| elements.join("\n")),
        1 => select(&["ok", "error", "skipped", "running", "?"][..])
            .prop_map(|word| format!("{{\"status\":\"{word}\",\"successes\":[\"t0\"],\"failures\":[]}}")),
        2 => list,
        1 => json(),
    ]
}

/// One change to a body.
#[derive(Debug, Clone)]
enum Mutation {
    TruncatedBody(usize),
    Drop(usize, usize),
    Repeat(usize, usize),
    Flip(usize, u8),
    Insert(usize, &'static [u8]),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    const PIECES: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\\ud83d",
        b"\\udc00",
        b"\xef\xbb\xbf",
        b"null",
        b"\"t0\"",
        b"\"id\":\"t1\",",
        b"1e99999",
        b"-",
        b" ",
        b"/*",
        b"NaN",
    ];
    let (at, length) = (any::<usize>(), 1_usize..30);
    prop_oneof![
        at.prop_map(Mutation::TruncatedBody),
        (at, length.clone()).prop_map(|(at, length)| Mutation::Drop(at, length)),
        (at, length).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        (at, any::<u8>()).prop_map(|(at, byte)| Mutation::Flip(at, byte)),
        (at, select(PIECES)).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
    ]
}

fn mutate(body: &mut Vec<u8>, mutation: &Mutation) {
    let place = |at: usize, body: &[u8]| at % (body.len() + 1);
    match *mutation {
        Mutation::TruncatedBody(at) => body.truncate(place(at, body)),
        Mutation::Drop(at, length) => {
            let at = place(at, body);
            body.drain(at..(at + length).min(body.len()));
        }
        Mutation::Repeat(at, length) => {
            let at = place(at, body);
            let piece = body[at..(at + length).min(body.len())].to_vec();
            body.splice(at..at, piece);
        }
        Mutation::Flip(at, byte) => {
            let at = place(at, body);
            if let Some(place) = body.get_mut(at) {
                *place ^= byte;
            }
        }
        Mutation::Insert(at, piece) => {
            let at = place(at, body);
            body.splice(at..at, piece.iter().copied());
        }
    }
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![8 => Just(200_u16), 1 => select(&[202_u16, 204, 207, 299][..]), 1 => 100..1000_u16]
}

fn error_body() -> impl Strategy<Value = String> {
    let text = select(&["\"t\"", "null", "7", "[]", "\"\\u0000\\u001b[2J\""][..]);
    prop_oneof![
        (text.clone(), text.clone(), text.clone()).prop_map(|(code, message, id)| {
            format!("{{\"code\":{code},\"messages\":[{{\"text\":{message}}}],\"id\":{id},\"error\":{message}}}")
        }),
        json(),
    ]
}

/// Four times as many cases as `PROPTEST_CASES`.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: 4 * config.cases, failure_persistence: None, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_answer_tells_what_it_says_and_no_more(
        (shape, many, status) in (0..SHAPES, any::<bool>(), status()),
        body in body(),
        mutations in prop_oneof![2 => Just(Vec::new()), 3 => vec(mutation(), 1..4)],
    ) {
        let mut body = body.into_bytes();
        for mutation in &mutations {
            mutate(&mut body, mutation);
        }
        check_answer(shape, many, status, &body);
    }

    #[test]
    fn bytes_are_an_answer_too((shape, many) in (0..SHAPES, any::<bool>()), body in vec(any::<u8>(), 0..60)) {
        check_answer(shape, many, 200, &body);
    }

    #[test]
    fn an_error_is_read_or_kept_raw(
        shape in 0..SHAPES,
        status in prop_oneof![select(&[400_u16, 401, 403, 404, 409, 429, 500, 503][..]), 300..600_u16],
        body in error_body(),
        mutations in vec(mutation(), 0..3),
    ) {
        let mut body = body.into_bytes();
        for mutation in &mutations {
            mutate(&mut body, mutation);
        }
        check_answer(shape, false, status, &body);
    }

    #[test]
    fn a_wait_is_never_undercut(
        value in prop_oneof!["[ \t]?[0-9]{1,4}", "[0-9]{1,25}", "[-+]?[0-9]{0,3}[.,e]?[0-9]{0,3}", ".{0,20}"],
        date in prop_oneof![
            Just("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
            "(Sun|Mon), [0-3][0-9] (Nov|Dec) [0-9]{4} [0-2][0-9]:00:00 GMT",
        ],
    ) {
        check_retry_after(value.as_bytes(), date.as_bytes());
        check_retry_after(date.as_bytes(), b"Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn arguments_arrive_as_they_are(
        one in prop_oneof![select(&["", ".", "..", "%2e", "a/b", "{two}", "{one}", "?x", "#", "\\", "\0"][..]).prop_map(str::to_owned), any::<String>()],
        two in any::<String>(),
        rest in prop_oneof!["[ -~]{0,10}", any::<String>()],
    ) {
        check_arguments(&one, &two, &rest);
    }
}

/// Inputs that no generator makes: too large, too deep, too long.
#[test]
fn monsters() {
    let long = "x".repeat(50_000);
    let deep = |open: &str, close: &str| open.repeat(10_000) + &close.repeat(10_000);
    let many = |element: &str, count: usize| format!("[{}]", vec![element; count].join(","));
    let nested = deep("[", "]");
    let bodies = [
        deep("[", ""),
        nested.clone(),
        deep("{\"failures\":", ""),
        format!("{{\"failures\":[],\"successes\":[],\"more\":{nested}}}"),
        format!("{{\"successes\":{nested}}}"),
        format!("{{\"failures\":[{{\"id\":\"t0\",\"message\":{nested}}}]}}"),
        format!("[{{\"id\":\"t0\",\"status\":200,\"message\":null,\"more\":{nested}}}]"),
        format!("[{{\"id\":\"t0\",\"status\":\"{long}\",\"message\":null}}]"),
        format!("[{{\"id\":\"{long}\",\"status\":200,\"message\":null}}]"),
        format!("[{{\"id\":\"t0\",\"status\":200,\"{long}\":1}}]"),
        format!("{{\"failures\":[{{\"id\":\"{long}\",\"message\":\"m\"}}]}}"),
        format!("{{\"failures\":[\"{long}\"],\"successes\":[]}}"),
        format!("{{\"failures\":{{\"{long}\":1}},\"successes\":[]}}"),
        format!("{{\"failures\":\"{long}\",\"successes\":\"{long}\"}}"),
        format!("{{\"{long}\":1}}"),
        format!("{{\"successes\":[{}],\"failures\":[]}}", "9".repeat(50_000)),
        format!("{{\"successes\":{},\"failures\":[]}}", many("\"x\"", 1_000)),
        format!("{{\"successes\":{},\"failures\":[]}}", many("\"t0\"", 1_000)),
        many("{\"id\":\"t0\",\"status\":200,\"message\":null}", 1_000),
        many("{\"id\":7}", 1_000),
        many("{\"ok\":true}", 1_000),
        format!("{{{}}}", vec!["\"failures\":[]"; 1_000].join(",")),
        format!("{{\"failures\":[{{{}}}]}}", vec!["\"id\":\"t0\""; 1_000].join(",")),
        long,
        "\0".repeat(50_000),
        " ".repeat(50_000),
        "\u{feff}{\"successes\":[\"t0\"],\"failures\":[]}".to_owned(),
    ];
    for body in &bodies {
        for shape in 0..SHAPES {
            for status in [200, 400] {
                check_answer(shape, false, status, body.as_bytes());
            }
        }
    }
}

/// A required list that is `null` proves nothing, with any `unlisted`.
#[test]
fn null_is_no_evidence() {
    for body in
        [r#"{"failures":null}"#, r#"{"failures":[["t0","m"]]}"#, r#"{"failures":[{"id":"t0","message":"m"},7]}"#]
    {
        check_answer(1, false, 200, body.as_bytes());
        check_answer(2, false, 200, body.as_bytes());
    }
}
