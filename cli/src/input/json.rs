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
                serde_json::from_slice(line).map(Content::Json).map_err(|error| error.to_string())
            } else {
                let text = std::str::from_utf8(line).map(|text| Content::Text(text.to_owned()));
                text.map_err(|_| "not UTF-8; save the file as UTF-8".to_owned())
            };
            return Some(Ok(content
                .map_err(|error| format!("{place}: {error}"))
                .map(|content| RawItem::new(place, content))));
        }
    }
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
            (State::Start, _) => return Ok(self.fail("expected a JSON array of items")),
            (State::Inside, _) => return Ok(self.fail("expected `,` or `]`; the file may be incomplete")),
        }
        self.state = State::Inside;
        self.number += 1;
        let element = self.element()?;
        if element.trim_ascii().is_empty() {
            return Ok(self.fail("expected an item, found nothing"));
        }
        Ok(Some(serde_json::from_slice(&element).map_err(|error| error.to_string())))
    }

    /// The closing bracket, after which nothing may come.
    fn close(&mut self) -> std::io::Result<Option<Result<Value, String>>> {
        self.input.consume(1);
        self.state = State::End;
        let is_all = self.peek_mark()?.is_none();
        Ok(if is_all { None } else { self.fail("expected the end of the file after `]`") })
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
            let content = element.map(Content::Json).map_err(|error| format!("{place}: {error}"));
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
            ("", vec![], "element 0: expected a JSON array"),
            ("{}", vec![], "expected a JSON array"),
            ("[1,]", vec![json!(1)], "element 2: expected an item, found nothing"),
            ("[1,2", vec![json!(1), json!(2)], "element 2: expected `,` or `]`"),
            ("[1 2]", vec![], "element 1: trailing characters"),
            ("[1] 2", vec![json!(1)], "expected the end of the file"),
            ("[nope,2]", vec![json!(2)], "element 1: expected ident"),
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
        assert!(found[2].as_ref().unwrap_err().starts_with("line 3: expected value"));
    }
}
