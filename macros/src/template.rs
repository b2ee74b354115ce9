//! A path as the vendor writes it: `/orgs/{orgId}/tokens?batch`.

use crate::rules::{Mistake, Rule};

/// The names in braces, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) placeholders: Vec<String>,
}

impl Template {
    /// Reads a path; the error says rule, what was written and the mend.
    pub(crate) fn parse(path: &str) -> Result<Self, Mistake> {
        check_start(path)?;
        check_characters(path)?;
        check_segments(path)?;
        let mut placeholders: Vec<String> = Vec::new();
        let mut rest = path;
        while let Some(at) = rest.find(['{', '}']) {
            let (name, after) = placeholder(path, &rest[at..])?;
            if placeholders.iter().any(|earlier| same_name(earlier, name)) {
                return Err(Rule::PlaceholderTwice
                    .broken(format!("a placeholder stands once in a path: `{{{name}}}` is there twice")));
            }
            placeholders.push(name.to_owned());
            rest = after;
        }
        Ok(Template { placeholders })
    }

    /// The placeholder that an argument of this name binds.
    pub(crate) fn matching(&self, argument: &str) -> Option<&str> {
        let found = self.placeholders.iter().find(|name| same_name(name, argument));
        found.map(String::as_str)
    }
}

/// `orgId`, `org_id` and `org-id` are one name.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    plain(one) == plain(other)
}

fn check_start(path: &str) -> Result<(), Mistake> {
    if path.starts_with('/') {
        return Ok(());
    }
    Err(Rule::PathStart.broken(match path.split_once("://").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, rest)) => format!("a path starts with `/`: the client has the base URL, write `/{rest}` alone"),
        None => format!("a path starts with `/`: write `/{path}`"),
    }))
}

fn check_characters(path: &str) -> Result<(), Mistake> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '#' | '\\');
    match path.chars().find(|c| wrong(*c)) {
        Some(c) => Err(Rule::PathCharacter.broken(format!(
            "a path is sent as it is written, and {c:?} cannot stand in one: take it away or percent-encode it"
        ))),
        None => Ok(()),
    }
}

fn check_segments(path: &str) -> Result<(), Mistake> {
    let before_query = path.split('?').next().unwrap_or(path);
    match before_query.split('/').find(|part| matches!(*part, "." | "..")) {
        Some(part) => Err(Rule::PathDots.broken(format!(
            "a path is sent as it is written, but a URL folds `{part}` away: write the path that is meant"
        ))),
        None => Ok(()),
    }
}

/// The placeholder at the start of `rest`, and what follows it.
fn placeholder<'a>(path: &str, rest: &'a str) -> Result<(&'a str, &'a str), Mistake> {
    let unbalanced = || {
        Rule::Braces.broken(format!("braces in a path come in pairs, around a name: `{path}` has one that does not"))
    };
    let inside = rest.strip_prefix('{').ok_or_else(unbalanced)?;
    let (name, after) = inside.split_once('}').ok_or_else(unbalanced)?;
    if name.contains('{') {
        return Err(unbalanced());
    }
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() {
        return Err(Rule::PlaceholderName.broken("a placeholder needs a name: write `{id}` instead of `{}`"));
    }
    if !name.chars().all(fits) {
        return Err(Rule::PlaceholderName
            .broken(format!("a placeholder is a name of letters, digits, `_`, `-` and `.`: `{{{name}}}` is none")));
    }
    Ok((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_their_placeholders() {
        for (path, want) in [
            ("/", &[] as &[&str]),
            ("/a?batch", &[]),
            ("/a/{orgId}/b", &["orgId"]),
            ("/a/{x}/{team-id}:run?k={y}", &["x", "team-id", "y"]),
        ] {
            assert_eq!(Template::parse(path).unwrap().placeholders, want, "{path}");
        }
    }

    #[test]
    fn wrong_paths_say_why() {
        for (path, why) in [
            ("a", "write `/a`"),
            ("", "write `/`"),
            ("https://x.com/a/b", "write `/a/b` alone"),
            ("/a/{id", "in pairs"),
            ("/a/id}", "in pairs"),
            ("/a/{i{d}}", "in pairs"),
            ("/a/{}", "needs a name"),
            ("/a/{i d}", "cannot stand"),
            ("/a/{i/d}", "a name of letters"),
            ("/a/{id}/{id}", "twice"),
            ("/a/{orgId}/{org_id}", "twice"),
            ("/a b", "' '"),
            ("/a#b", "'#'"),
            ("/a/../b", "`..`"),
        ] {
            let said = Template::parse(path).unwrap_err();
            assert!(said.how.contains(why), "{path}: {said:?}");
        }
    }

    #[test]
    fn arguments_match_placeholders_loosely() {
        let template = Template::parse("/{orgId}/{team-id}").unwrap();
        for (argument, want) in
            [("org_id", Some("orgId")), ("orgid", Some("orgId")), ("team_id", Some("team-id")), ("org", None)]
        {
            assert_eq!(template.matching(argument), want);
        }
    }
}
