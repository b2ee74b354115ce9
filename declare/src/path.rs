//! Paths of operations and pointers into bodies, as a declaration writes them.

use crate::names;

/// A path that a declaration accepts.
pub(crate) struct CleanPath {
    pub(crate) path: String,
    /// The names in braces, in order.
    pub(crate) placeholders: Vec<String>,
}

impl CleanPath {
    /// Removes the fragment of a path, and escapes or renames what a declaration does not accept.
    pub(crate) fn new(path: &str) -> Self {
        let (mut clean, mut placeholders) = (String::new(), Vec::new());
        let mut rest = without_fragment(path);
        while let Some(at) = rest.find(['{', '}']) {
            clean.push_str(&rest[..at]);
            let inside = rest[at..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let Some((name, after)) = inside else {
                // A brace without its partner.
                clean.push_str(if rest[at..].starts_with('{') { "%7B" } else { "%7D" });
                rest = &rest[at + 1..];
                continue;
            };
            let name = placeholder_name(name, &placeholders);
            clean.push_str(&format!("{{{name}}}"));
            placeholders.push(name);
            rest = after;
        }
        clean.push_str(rest);
        // `/:id` would be a placeholder of another style, and a `%` without digits no character.
        let clean = escape_percent(
            &clean
                .replace("/:", "/%3A")
                .replace("=:", "=%3A")
                .replace('<', "%3C")
                .replace('>', "%3E")
                .replace("${", "%24{"),
        );
        let clean: String = clean.replace('\\', "%5C").split(char::is_whitespace).collect::<Vec<_>>().join("%20");
        CleanPath { path: if clean.starts_with('/') { clean } else { format!("/{clean}") }, placeholders }
    }
}

/// Escapes each `%` that two hex digits do not follow.
fn escape_percent(path: &str) -> String {
    let mut parts = path.split('%');
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_encoded = part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        clean.push_str(if is_encoded { "%" } else { "%25" });
        clean.push_str(part);
    }
    clean
}

/// A placeholder's name, different from the others also as an argument.
fn placeholder_name(name: &str, others: &[String]) -> String {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    // `{id*}` and `{id:[0-9]+}` are placeholders of `id`.
    let name = name.split(|c| !is_allowed(c)).next().unwrap_or_default();
    let name = if name.is_empty() { "value" } else { name };
    let bare = |name: &str| name.replace(['_', '-'], "");
    names::free_name(name, |name| others.iter().any(|other| bare(other).eq_ignore_ascii_case(&bare(name))))
}

/// A path up to its `#`.
pub(crate) fn without_fragment(path: &str) -> &str {
    path.split('#').next().unwrap_or_default()
}

/// The JSON pointer of a field, below the fields `above`.
pub(crate) fn pointer(above: &[String], name: &str) -> String {
    let steps = above.iter().map(String::as_str).chain([name]);
    steps.map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_fit_for_a_declaration() {
        for (path, clean, placeholders) in [
            ("/users/{userId}#bulk", "/users/{userId}", &["userId"] as &[&str]),
            ("users/{id*}/{ID}", "/users/{id}/{ID2}", &["id", "ID2"]),
            ("/a b/{x", "/a%20b/%7Bx", &[]),
            ("/{}", "/{value}", &["value"]),
            ("/orgs/:id/100%/a%2Fb/<x>/${y}", "/orgs/%3Aid/100%25/a%2Fb/%3Cx%3E/%24{y}", &["y"]),
        ] {
            let found = CleanPath::new(path);
            assert_eq!(
                (found.path.as_str(), found.placeholders),
                (clean, placeholders.iter().map(|name| (*name).to_owned()).collect()),
                "{path}"
            );
        }
        assert_eq!(pointer(&["a/b".into()], "c~d"), "/a~1b/c~0d");
    }
}
