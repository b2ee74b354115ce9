//! JSON pointers (RFC 6901), and literals as JSON text.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::expression::bare;
use crate::rules::{Mistake, Rule};

/// Checks a JSON pointer. The error has the rule, and a message with the fix.
pub(crate) fn check_pointer(pointer: &str) -> Result<(), Mistake> {
    if !pointer.starts_with('/') {
        let written = from_dotted(pointer).unwrap_or_else(|| format!("/{pointer}"));
        return Err(Rule::Pointer.broken(format!("expected a JSON pointer that starts with `/`: write `{written}`")));
    }
    if pointer.split('/').skip(1).any(str::is_empty) {
        return Err(Rule::Pointer
            .broken(format!("empty step in the JSON pointer `{pointer}`: remove the extra `/`, or name the step")));
    }
    let mut rest = pointer;
    while let Some((_, after)) = rest.split_once('~') {
        if !after.starts_with(['0', '1']) {
            return Err(Rule::Pointer.broken(format!(
                "bare `~` in the JSON pointer `{pointer}`: write `~0` for `~`, and `~1` for `/` in a name"
            )));
        }
        rest = after;
    }
    Ok(())
}

/// The pointer that a path in another notation means: `$.data.ids`, `data.ids`, `data[0].ids`, `#/data/ids`. `None` for a plain name.
pub(crate) fn from_dotted(path: &str) -> Option<String> {
    if !path.starts_with(['$', '#']) && !path.contains(['.', '[', ']']) {
        return None;
    }
    let steps =
        path.trim_start_matches(['$', '#']).split(['.', '[', ']', '/']).map(|step| step.trim_matches(['\'', '"']));
    // `ids[]` and `ids[*]` are all elements of `ids`.
    let steps = steps.filter(|step| !step.is_empty() && *step != "*");
    Some(steps.map(pointer_to).collect())
}

/// The pointer to a field of the body.
pub(crate) fn pointer_to(field: &str) -> String {
    format!("/{}", field.replace('~', "~0").replace('/', "~1"))
}

/// Returns whether one pointer leads to the value of the other, or into it.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    let steps = |pointer: &str| -> Vec<String> { pointer.split('/').map(str::to_owned).collect() };
    let (one, other) = (steps(one), steps(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// The JSON text of a literal; `None` for anything else.
pub(crate) fn text_of(value: &Expr) -> Option<String> {
    match bare(value) {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Bool(value) => Some(value.value.to_string()),
            Lit::Int(value) => Some(value.base10_digits().to_owned()),
            Lit::Float(value) => Some(value.base10_digits().to_owned()),
            Lit::Str(value) => Some(quoted(&value.value())),
            _ => None,
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match expr.as_ref() {
            Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. }) => Some(format!("-{}", text_of(expr)?)),
            _ => None,
        },
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c.is_control() && u32::from(c) < 0x20 => {
                json.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_become_json() {
        for (rust, want) in [
            ("true", Some("true")),
            ("1_000", Some("1000")),
            ("0xff", Some("255")),
            ("-3", Some("-3")),
            ("1.5", Some("1.5")),
            (r#""a\"b\n""#, Some(r#""a\"b\u000a""#)),
            ("LIMIT", None),
            ("b\"x\"", None),
        ] {
            let value: Expr = syn::parse_str(rust).unwrap();
            assert_eq!(text_of(&value).as_deref(), want, "{rust}");
        }
    }

    #[test]
    fn pointers_are_checked() {
        for (pointer, fine) in [
            ("/a", true),
            ("/a/b~0c~1d", true),
            ("a", false),
            ("", false),
            ("/", false),
            ("/a//b", false),
            ("/a~2", false),
            ("/a~", false),
        ] {
            assert_eq!(check_pointer(pointer).is_ok(), fine, "{pointer}");
        }
    }

    #[test]
    fn other_notations_become_pointers() {
        for (path, want) in [
            ("$.data.ids", Some("/data/ids")),
            ("data.ids", Some("/data/ids")),
            ("data[0].ids", Some("/data/0/ids")),
            ("$['data']['ids']", Some("/data/ids")),
            ("ids[]", Some("/ids")),
            ("$.ids[*]", Some("/ids")),
            ("#/data/ids", Some("/data/ids")),
            ("ids", None),
            ("data-ids", None),
        ] {
            assert_eq!(from_dotted(path).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn overlapping_pointers() {
        for (one, other, want) in [
            ("/a", "/a", true),
            ("/a", "/a/b", true),
            ("/a/b", "/a", true),
            ("/a", "/ab", false),
            ("/a/b", "/a/c", false),
        ] {
            assert_eq!(overlap(one, other), want, "{one} {other}");
        }
    }
}
