//! NDJSON, a JSON array, and plain lines: one item after another, without reading the whole file.

use std::io::BufRead;

use anyhow::Result;
use serde_json::Value;

use super::raw::{Content, RawItem};

/// The lines of a file that are not blank: an item in each, as text or as JSON.
pub(crate) struct Lines<R> {
    pub(crate) input: R,
    pub(crate) is_json: bool,
    pub(crate) line: usize,
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Result<RawItem, String>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = Vec::new();
            match self.input.read_until(b'\n', &mut line) {
                Err(error) => return Some(Err(error.into())),
                Ok(0) => return None,
                Ok(_) => self.line += 1,
            }
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let place = format!("line {}", self.line);
            let content = if self.is_json {
                value(line).map(Content::Json)
            } else {
                utf8(line).map(|text| Content::Text(text.to_owned()))
            };
            return Some(Ok(content
                .map_err(|error| format!("{place}: {error}"))
                .map(|content| RawItem::new(place, content))));
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "expected UTF-8, found other bytes; save the file as UTF-8".to_owned())
}

/// The most characters of an item that a message shows.
const SHOWN: usize = 40;

/// The value of a text.
fn value(bytes: &[u8]) -> Result<Value, String> {
    let text = utf8(bytes)?.trim();
    serde_json::from_str(text).map_err(|error| {
        // Its lines are those of this text, and not of the file.
        let why = error.to_string();
        let why = why.rsplit_once(" at line ").map_or(&*why, |(why, _)| why);
        let (line, column) = (error.line(), error.column());
        let place = if line > 1 { format!("line {line} of it, column {column}") } else { format!("column {column}") };
        let start: String = text.chars().take(SHOWN).collect();
        let more = if start.len() < text.len() { "…" } else { "" };
        format!("expected JSON, found `{start}{more}`: {why} at {place}")
    })
}

/// The elements of a JSON array, one at a time.
pub(crate) struct Elements<R> {
    input: R,
    state: State,
    number: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// An element was read, or none yet.
    Inside,
    End,
}

impl<R: BufRead> Elements<R> {
    pub(crate) fn new(input: R) -> Self {
        Elements { input, state: State::Start, number: 0 }
    }

    /// The next byte, without taking it.
    fn peek(&mut self) -> std::io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    /// The next byte that is not white space, without taking it.
    fn peek_mark(&mut self) -> std::io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.input.consume(1);
        }
        Ok(None)
    }

    /// The bytes of the next element, up to the comma or the bracket after it.
    fn element(&mut self) -> std::io::Result<Vec<u8>> {
        let (mut bytes, mut depth, mut in_string, mut escaped) = (Vec::new(), 0_usize, false, false);
        while let Some(byte) = self.peek()? {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'[' | b'{' => depth += 1,
                b',' | b']' if depth == 0 => break,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            bytes.push(byte);
            self.input.consume(1);
        }
        Ok(bytes)
    }

    fn read(&mut self) -> std::io::Result<Option<Result<Value, String>>> {
        let mark = self.peek_mark()?;
        match (self.state, mark) {
            (State::End, _) => return Ok(None),
            (State::Start, Some(b'[')) => {
                self.input.consume(1);
                if self.peek_mark()? == Some(b']') {
                    return self.close();
                }
            }
            (State::Inside, Some(b',')) => self.input.consume(1),
            (State::Inside, Some(b']')) => return self.close(),
            (State::Start, None) => return Ok(self.fail("expected a JSON array of items, found nothing")),
            (State::Start, Some(byte)) => {
                let found =
                    if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("byte {byte:#04x}") };
                return Ok(self.fail(&format!(
                    "expected a JSON array of items, which starts with `[`, found `{found}`; for one JSON value a line, add --format ndjson"
                )));
            }
            (State::Inside, _) => return Ok(self.fail("expected `,` or `]`; the file may be incomplete")),
        }
        self.state = State::Inside;
        self.number += 1;
        let element = self.element()?;
        if element.trim_ascii().is_empty() {
            return Ok(self.fail("expected an item, found nothing"));
        }
        Ok(Some(value(&element)))
    }

    /// The closing bracket, after which nothing may come.
    fn close(&mut self) -> std::io::Result<Option<Result<Value, String>>> {
        self.input.consume(1);
        self.state = State::End;
        let is_all = self.peek_mark()?.is_none();
        Ok(if is_all { None } else { self.fail("expected the end of the file after `]`, found more") })
    }

    fn fail(&mut self, why: &str) -> Option<Result<Value, String>> {
        self.state = State::End;
        Some(Err(why.to_owned()))
    }
}

impl<R: BufRead> Iterator for Elements<R> {
    type Item = Result<Result<RawItem, String>>;

    fn next(&mut self) -> Option<Self::Item> {
        let element = self.read().map_err(anyhow::Error::from).transpose()?;
        let place = format!("element {}", self.number);
        Some(element.map(|element| {
            let is_of_file = self.number == 0;
            let mistake = |error| if is_of_file { error } else { format!("{place}: {error}") };
            let content = element.map(Content::Json).map_err(mistake);
            content.map(|content| RawItem::new(place, content))
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The elements, and the first mistake.
    fn elements(text: &str) -> (Vec<Value>, Option<String>) {
        let (mut values, mut mistake) = (Vec::new(), None);
        // A small buffer: an element is in several of them.
        let input = std::io::BufReader::with_capacity(3, text.as_bytes());
        for element in Elements::new(input) {
            match element.unwrap() {
                Ok(RawItem { content: Content::Json(value), .. }) => values.push(value),
                Ok(other) => panic!("{other:?}"),
                Err(error) => mistake = mistake.or(Some(error)),
            }
        }
        (values, mistake)
    }

    #[test]
    fn elements_are_read_one_at_a_time() {
        for text in [
            "[]",
            " [ ] \n",
            "[1]",
            "[1,2.5,-3e4]",
            r#"["a","b]","c\"],","\\"]"#,
            r#"[{"a":[1,{"b":"}"}]},[],[[]],null]"#,
        ] {
            let whole: Vec<Value> = serde_json::from_str(text).unwrap();
            assert_eq!(elements(text), (whole, None), "{text}");
        }
    }

    #[test]
    fn what_is_no_array_is_a_mistake() {
        for (text, values, want) in [
            ("", vec![], "expected a JSON array of items, found nothing"),
            ("\n{}", vec![], "which starts with `[`, found `{`; for one JSON value a line, add --format ndjson"),
            ("\u{1b}[31m", vec![], "found `byte 0x1b`"),
            ("[1,]", vec![json!(1)], "element 2: expected an item, found nothing"),
            ("[1,2", vec![json!(1), json!(2)], "element 2: expected `,` or `]`"),
            ("[1 2]", vec![], "element 1: expected JSON, found `1 2`: trailing characters at column 3"),
            ("[1] 2", vec![json!(1)], "expected the end of the file"),
            ("[nope,2]", vec![json!(2)], "element 1: expected JSON, found `nope`: expected ident at column 2"),
            ("[{\n\"a\":x}]", vec![], "at line 2 of it, column 5"),
            ("[{\"a\":1]", vec![], "element 1:"),
        ] {
            let (found, mistake) = elements(text);
            let mistake = mistake.unwrap_or_else(|| panic!("{text}: no mistake"));
            assert!(found == values && mistake.contains(want), "{text}: {found:?} {mistake}");
        }
    }

    #[test]
    fn lines_are_text_or_json() {
        let lines = |text: &str, is_json| {
            let lines = Lines { input: text.as_bytes(), is_json, line: 0 };
            lines.map(|line| line.unwrap().map(|item| (item.place, item.content))).collect::<Vec<_>>()
        };
        assert_eq!(
            lines("a\r\n\n {\"b\":1}\n", false),
            [
                Ok(("line 1".into(), Content::Text("a".into()))),
                Ok(("line 3".into(), Content::Text("{\"b\":1}".into())))
            ]
        );
        let found = lines("\"a\"\n{\"b\":1}\nc\n", true);
        assert_eq!(found[1], Ok(("line 2".into(), Content::Json(json!({ "b": 1 })))));
        let mistake = found[2].as_ref().unwrap_err();
        assert_eq!(mistake, "line 3: expected JSON, found `c`: expected value at column 1");
        let long = lines(&format!("[{}", "7,".repeat(99)), true).remove(0).unwrap_err();
        assert!(long.ends_with("7,7…`: EOF while parsing a value at column 199"), "{long}");
        let latin1 = Lines { input: &b"\"\xe9\"\n"[..], is_json: true, line: 0 }.next().unwrap().unwrap();
        assert_eq!(latin1.unwrap_err(), "line 1: expected UTF-8, found other bytes; save the file as UTF-8");
    }
}
