//! Properties that hold for any response and any argument. Property tests and fuzz targets share these checks.
//!
//! No tokio, no sockets: a scripted transport, and a clock that jumps to the next time that is waited for.

mod answer;
mod expected;
mod shapes;

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{Client, Clock, NotAttempted};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::Response,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;

pub use answer::{SHAPES, check_answer};
use shapes::{Hostile, HostileClient};

/// A clock that jumps to the next time that is waited for.
#[derive(Clone, Default)]
struct Jumping(Arc<Mutex<Duration>>);

impl Clock for Jumping {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let now = self.0.clone();
        Box::pin(async move {
            let mut now = now.lock().unwrap();
            *now = at.max(*now);
        })
    }
}

fn client(
    script: impl Fn(usize, &bulk_endpoint::transport::Request) -> Script + Send + Sync + 'static,
) -> HostileClient {
    clocked(script).0
}

fn clocked(
    script: impl Fn(usize, &bulk_endpoint::transport::Request) -> Script + Send + Sync + 'static,
) -> (HostileClient, Jumping, ScriptedTransport) {
    let clock = Jumping::default();
    let transport = ScriptedTransport::new(clock.clone(), script);
    let client = Client::builder("https://api.example.com/v1").transport(transport.clone()).clock(clock.clone());
    (HostileClient::new(client.build().unwrap()), clock, transport)
}

/// A 429 with any headers, then a response: every requested delay is kept, and none is waited for that is longer than the run honors.
pub fn check_retry_after(value: &[u8], date: &[u8]) {
    use bulk_endpoint::transport::Request;
    let headers = {
        let mut response = Response::new(429, Default::default(), "");
        for (name, value) in [("retry-after", value), ("date", date)] {
            let Ok(value) = value.try_into() else { return };
            response.headers.insert(name, value);
        }
        response
    };
    let times: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let now: Arc<Mutex<Option<Jumping>>> = Arc::default();
    let (client, clock, transport) = clocked({
        let (times, now) = (times.clone(), now.clone());
        move |number, _: &Request| {
            let clock = now.lock().unwrap().clone().unwrap();
            times.lock().unwrap().push(clock.now());
            let end = if number == 0 {
                headers.clone()
            } else {
                Response::new(200, Default::default(), r#"{"successes":["t0"]}"#)
            };
            Script { after: Duration::ZERO, end: Ok(end) }
        }
    });
    *now.lock().unwrap() = Some(clock);
    let most = Duration::from_secs(300);
    let report =
        client.lists("o").send(["t0".to_owned()]).patience(most).into_future().now_or_never().expect("the clock jumps");
    assert_eq!(report.counters().settled(), 1);
    let text = std::str::from_utf8(value).unwrap_or_default().trim_matches([' ', '\t']);
    let asked = seconds(text);
    let times = times.lock().unwrap();
    if asked.is_some_and(|wait| wait > most) {
        assert_eq!((transport.sent(), report.counters().refused), (1, 1), "{text}: {report}");
    } else if let (Some(wait), [first, second]) = (asked, &times[..]) {
        assert!(*second - *first >= wait, "{text}: sent after {:?}", *second - *first);
    } else {
        assert!(asked.is_none(), "{text}: not retried: {report}");
    }
}

/// Returns the delay that a number of seconds requests. A number that is too large is the longest delay.
fn seconds(text: &str) -> Option<Duration> {
    let starts_and_ends =
        |is: fn(&u8) -> bool| text.as_bytes().first().is_some_and(is) && text.as_bytes().last().is_some_and(is);
    let digits_and_dots = text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
    let number = text.parse::<f64>().ok().filter(|_| digits_and_dots && starts_and_ends(u8::is_ascii_digit))?;
    Some(Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX))
}

/// Any arguments: the request contains them unchanged, or nothing is sent.
pub fn check_arguments(one: &str, two: &str, rest: &str) {
    type Seen = Option<bulk_endpoint::transport::Request>;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let client = client({
        let seen = seen.clone();
        move |_, request| {
            *seen.lock().unwrap() = Some(request.clone());
            Script::response(200, "")
        }
    });
    let bulk = client.arguments(one, two, &[rest, one], rest, two);
    let items = [format!("0{rest}"), format!("1{one}")];
    let report = bulk.send(&items).into_future().now_or_never().expect("a scripted run does not wait");
    let Some(request) = seen.lock().unwrap().take() else {
        let invalid = |why: &NotAttempted| matches!(why, NotAttempted::InvalidArgument(_));
        assert_eq!(report.not_attempted().filter(|(_, why)| invalid(why)).count(), 2, "{report}");
        let bad = |text: &str| matches!(text, "" | "." | "..");
        let header = rest.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte) || byte > 0x7f);
        assert!(bad(one) || bad(two) || !header, "{one:?} {two:?} {rest:?} could be sent: {report}");
        return;
    };
    assert_eq!(request.url.host_str(), Some("api.example.com"));
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let segments: Vec<&str> = request.url.path_segments().unwrap().collect();
    let [v1, arguments, first, second] = segments[..] else { panic!("{}", request.url) };
    assert_eq!((v1, arguments, decoded(first)), ("v1", "arguments", one.to_owned()));
    assert_eq!(decoded(second), format!("of-{two}:run"));
    let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    assert_eq!(query, [("tag".to_owned(), rest.to_owned()), ("tag".to_owned(), one.to_owned())]);
    assert_eq!(request.headers["x-trace"].as_bytes(), rest.as_bytes());
    #[derive(Deserialize, PartialEq, Debug)]
    struct Body {
        ids: Vec<String>,
        options: Options,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    struct Options {
        reason: String,
    }
    let body: Body = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, Body { ids: items.to_vec(), options: Options { reason: two.to_owned() } });
}
