//! JSON with the members of its objects in one order: a `HashMap` has another one in each process.

use std::borrow::Cow;
use std::ops::Range;

/// Returns the JSON of an item with the members of each object sorted by name. The item is as requests have it: a value, `"name":value`, or lines
/// of values. Any other bytes are returned unchanged.
pub(crate) fn sorted(json: &[u8]) -> Cow<'_, [u8]> {
    if !json.contains(&b'{') {
        return Cow::Borrowed(json);
    }
    let mut sorting = Sorting { json, at: 0, out: Vec::with_capacity(json.len()) };
    match sorting.lines() {
        Some(()) => Cow::Owned(sorting.out),
        None => Cow::Borrowed(json),
    }
}

/// Deeper JSON is left as it is. `serde_json` reads none that is deeper.
const DEPTH: usize = 128;

struct Sorting<'j> {
    json: &'j [u8],
    /// What is before it is in `out`.
    at: usize,
    out: Vec<u8>,
}

impl Sorting<'_> {
    fn rest(&self) -> &[u8] {
        &self.json[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    /// Copies the next `bytes` bytes to `out`.
    fn take(&mut self, bytes: usize) {
        self.out.extend_from_slice(&self.json[self.at..self.at + bytes]);
        self.at += bytes;
    }

    fn skip_space(&mut self) {
        self.at += self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == byte).then(|| self.take(1))
    }

    /// Sorts all lines.
    fn lines(&mut self) -> Option<()> {
        loop {
            self.value(0)?;
            if self.peek() == Some(b':') {
                self.take(1);
                self.value(0)?;
            }
            let is_line = self.peek() == Some(b'\n');
            self.skip_space();
            match self.peek() {
                None => return Some(()),
                Some(_) if is_line => self.out.push(b'\n'),
                Some(_) => return None,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.skip_space();
        match self.peek()? {
            _ if depth == DEPTH => None,
            b'{' => self.object(depth),
            b'[' => self.elements(b']', |sorting| sorting.value(depth + 1)).map(drop),
            b'"' => self.string(),
            _ => {
                let is_over = |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
                let length = self.rest().iter().position(is_over).unwrap_or(self.rest().len());
                (length > 0).then(|| self.take(length))
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let start = self.out.len() + 1;
        let mut members = self.elements(b'}', |sorting| {
            sorting.skip_space();
            sorting.string()?;
            sorting.expect(b':')?;
            sorting.value(depth + 1)
        })?;
        let is_sorted = members.is_sorted_by(|one, next| self.out[one.clone()] <= self.out[next.clone()]);
        if !is_sorted {
            let unsorted = self.out.split_off(start);
            let text = |member: &Range<usize>| &unsorted[member.start - start..member.end - start];
            members.sort_by(|one, next| text(one).cmp(text(next)));
            for (place, member) in members.iter().enumerate() {
                self.out.extend_from_slice(if place == 0 { b"" } else { b"," });
                self.out.extend_from_slice(text(member));
            }
            self.out.push(b'}');
        }
        Some(())
    }

    /// Takes the elements of an array, or the members of an object, to its `end`. Returns where each is in `out`.
    fn elements(&mut self, end: u8, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<Vec<Range<usize>>> {
        self.take(1);
        let mut elements = Vec::new();
        self.skip_space();
        while self.peek()? != end {
            if !elements.is_empty() {
                self.expect(b',')?;
            }
            self.skip_space();
            let start = self.out.len();
            element(self)?;
            elements.push(start..self.out.len());
            self.skip_space();
        }
        self.take(1);
        Some(elements)
    }

    fn string(&mut self) -> Option<()> {
        if self.peek()? != b'"' {
            return None;
        }
        let mut is_escaped = false;
        let end = self.rest().iter().skip(1).position(|byte| {
            let ends = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            ends
        })?;
        self.take(end + 2);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_one_order() {
        for (json, expected) in [
            (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#),
            (
                r#"[{"b":{"d":[3,{"y":0,"x":"}\",\\"}],"c":null},"a":-1.5e3},7]"#,
                r#"[{"a":-1.5e3,"b":{"c":null,"d":[3,{"x":"}\",\\","y":0}]}},7]"#,
            ),
            (r#"{}"#, r#"{}"#),
            (r#"{"a":[]}"#, r#"{"a":[]}"#),
            (r#"[2,1]"#, r#"[2,1]"#),
            (r#""{\"b\":1,\"a\":2}""#, r#""{\"b\":1,\"a\":2}""#),
            // As a member of an object, in an array of a group, and in lines.
            (r#""a b":{"b":1,"a":2}"#, r#""a b":{"a":2,"b":1}"#),
            (r#""g":[{"b":1,"a":2}]"#, r#""g":[{"a":2,"b":1}]"#),
            ("{\"b\":1,\"a\":2}\n", r#"{"a":2,"b":1}"#),
            ("{\"b\":1,\"a\":2}\n{\"d\":1,\"c\":2}\n", "{\"a\":2,\"b\":1}\n{\"c\":2,\"d\":1}"),
            // Of an item that is raw JSON.
            ("{ \"b\" : 1 ,\n\"a\" : [ 1 , 2 ] } ", r#"{"a":[1,2],"b":1}"#),
            // No two numbers are made one.
            (r#"{"b":18446744073709551617,"a":1.0}"#, r#"{"a":1.0,"b":18446744073709551617}"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&sorted(json.as_bytes())), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_json_stays_as_it_is() {
        for text in [
            "",
            "{",
            "{\"b\":1,\"a\":2",
            "b{=1",
            "{\"b\"}",
            "{\"b\":}",
            "{b:1,a:2}",
            "{\"b\":1,\"a\":2}x",
            "{\"b\":1,\"a\":2} {\"b\":1}",
            "{\"b\":1 \"a\":2}",
            "\"{",
            "{\"b\\",
        ] {
            assert_eq!(sorted(text.as_bytes()), text.as_bytes(), "{text}");
        }
        let deep = |depth: usize| format!("{}{{\"b\":1,\"a\":2}}{}", "[".repeat(depth), "]".repeat(depth));
        assert_ne!(*sorted(deep(100).as_bytes()), *deep(100).as_bytes());
        assert_eq!(*sorted(deep(100_000).as_bytes()), *deep(100_000).as_bytes());
    }
}
