//! A path as the vendor documents it: `/orgs/{orgId}/tokens?batch`.

use crate::rules::{Mistake, Rule};

/// The names in braces, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathTemplate {
    pub(crate) placeholders: Vec<String>,
}

impl PathTemplate {
    /// Reads a path. Each mistake has its rule, and a message with the fix.
    pub(crate) fn parse(path: &str) -> Result<Self, Vec<Mistake>> {
        let mut mistakes: Vec<Mistake> = check_start(path).into_iter().collect();
        mistakes.extend(check_characters(path));
        mistakes.extend(check_segments(path));
        mistakes.extend(check_styles(path));
        mistakes.extend(check_percent(path));
        let mut placeholders: Vec<String> = Vec::new();
        let mut rest = path;
        while let Some(at) = rest.find(['{', '}']) {
            let Some((name, after)) = placeholder(&rest[at..]) else {
                mistakes.push(
                    Rule::Braces.broken(format!("unmatched brace in `{path}`: write each placeholder as `{{name}}`")),
                );
                break;
            };
            rest = after;
            if placeholders.iter().any(|earlier| same_name(earlier, name)) {
                mistakes.push(
                    Rule::PlaceholderTwice.broken(format!("duplicate placeholder `{{{name}}}`: rename one of them")),
                );
                continue;
            }
            match check_name(name) {
                Some(mistake) => mistakes.push(mistake),
                None => placeholders.push(name.to_owned()),
            }
        }
        if mistakes.is_empty() { Ok(PathTemplate { placeholders }) } else { Err(mistakes) }
    }

    /// The placeholder that an argument with this name fills.
    pub(crate) fn matching(&self, argument: &str) -> Option<&str> {
        let found = self.placeholders.iter().find(|name| same_name(name, argument));
        found.map(String::as_str)
    }
}

/// Returns whether two names are equal without case and separators: `orgId`, `org_id` and `org-id` are.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    plain(one) == plain(other)
}

/// The names of the query parameters in a path, without duplicates.
pub(crate) fn query_names(path: &str) -> Vec<String> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or(pair));
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn check_start(path: &str) -> Option<Mistake> {
    if path.starts_with('/') {
        return None;
    }
    Some(Rule::PathStart.broken(match path.split_once("://").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, rest)) => format!(
            "expected a path that starts with `/`, found a URL: write `/{rest}`, since the client has the base URL"
        ),
        None => format!("expected a path that starts with `/`: write `/{path}`"),
    }))
}

/// A character that is not allowed in a path.
fn is_wrong(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '#' | '\\')
}

fn check_characters(path: &str) -> Option<Mistake> {
    let wrong = path.chars().find(|c| is_wrong(*c))?;
    Some(Rule::PathCharacter.broken(format!("invalid character {wrong:?} in a path: remove it or percent-encode it")))
}

fn check_segments(path: &str) -> Option<Mistake> {
    let before_query = path.split('?').next().unwrap_or(path);
    let part = before_query.split('/').find(|part| matches!(*part, "." | ".."))?;
    Some(Rule::PathDots.broken(format!("invalid path segment `{part}`, which a URL resolves: write the resolved path")))
}

/// Placeholders as other libraries write them: `/:id`, `/<id>`, `/${id}`. They would be sent as they are written.
fn check_styles(path: &str) -> Option<Mistake> {
    // `<int:id>` has a type before its name.
    let name = |text: &str| {
        let inside = text.split(['<', '>', '{', '}']).find(|part| !part.is_empty()).unwrap_or("id");
        inside.rsplit(':').next().unwrap_or(inside).to_owned()
    };
    let segments = path.split(['/', '?', '&', '=']);
    let style = segments.clone().find_map(|part| {
        let colon = part.strip_prefix(':').filter(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        colon.map(|rest| (part.to_owned(), rest.to_owned()))
    });
    let angle = segments.clone().find(|part| part.contains(['<', '>'])).map(|part| (part.to_owned(), name(part)));
    let dollar = segments
        .into_iter()
        .find(|part| part.contains("${"))
        .map(|part| (part.to_owned(), name(part.split_once("${").map_or("", |(_, rest)| rest))));
    let (found, name) = style.or(angle).or(dollar)?;
    Some(Rule::PlaceholderStyle.broken(format!(
        "expected a placeholder in braces, found `{found}`: write `{{{name}}}`, or percent-encode the character if it belongs to the path"
    )))
}

/// `%2/` is not an encoded character (RFC 3986, section 2.1).
fn check_percent(path: &str) -> Option<Mistake> {
    let is_encoded = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    let rest = path.split('%').skip(1).find(|rest| !is_encoded(rest))?;
    let digits: String = rest.chars().take(2).collect();
    Some(Rule::PercentEncoding.broken(format!(
        "expected two hex digits after `%`, found `%{digits}`: write `%25` for a percent sign, or the code of a character, as `%2F`"
    )))
}

/// The text in the braces at the start of `rest`, and the text after them.
fn placeholder(rest: &str) -> Option<(&str, &str)> {
    let (name, after) = rest.strip_prefix('{')?.split_once('}')?;
    (!name.contains('{')).then_some((name, after))
}

fn check_name(name: &str) -> Option<Mistake> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || is_wrong(c);
    if name.is_empty() {
        return Some(Rule::PlaceholderName.broken("missing placeholder name in `{}`: write a name, such as `{id}`"));
    }
    (!name.chars().all(fits)).then(|| {
        Rule::PlaceholderName
            .broken(format!("invalid placeholder `{{{name}}}`: write a name of letters, digits, `_`, `-` and `.`"))
    })
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
            ("/a%2Fb/:0/a:run/x$ref", &[]),
        ] {
            assert_eq!(PathTemplate::parse(path).unwrap().placeholders, want, "{path}");
        }
    }

    #[test]
    fn wrong_paths_say_why() {
        for (path, why) in [
            ("a", "write `/a`"),
            ("", "write `/`"),
            ("https://x.com/a/b", "found a URL: write `/a/b`"),
            ("/a/{id", "unmatched brace"),
            ("/a/id}", "unmatched brace"),
            ("/a/{i{d}}", "unmatched brace"),
            ("/a/{}", "missing placeholder name"),
            ("/a/{i d}", "invalid character"),
            ("/a/{i/d}", "a name of letters"),
            ("/a/{id}/{id}", "duplicate"),
            ("/a/{orgId}/{org_id}", "duplicate"),
            ("/a b", "' '"),
            ("/a#b", "'#'"),
            ("/a/../b", "`..`"),
            ("/a/:org_id/b", "found `:org_id`: write `{org_id}`"),
            ("/a?id=:id", "found `:id`: write `{id}`"),
            ("/a/<org>/b", "found `<org>`: write `{org}`"),
            ("/a/<int:org>", "write `{org}`"),
            ("/a/${org}/b", "found `${org}`: write `{org}`"),
            ("/a%2/b", "found `%2/`: write `%25`"),
            ("/a%", "found `%`"),
            ("/100%zz", "found `%zz`"),
        ] {
            let mistakes = PathTemplate::parse(path).unwrap_err();
            assert!(matches!(mistakes.as_slice(), [one] if one.message.contains(why)), "{path}: {mistakes:?}");
        }
    }

    #[test]
    fn all_mistakes_are_told() {
        let mistakes = PathTemplate::parse("a/{id}/b c/{}/{id}/../{x").unwrap_err();
        let rules: Vec<Rule> = mistakes.iter().map(|mistake| mistake.rule).collect();
        assert_eq!(
            rules,
            [
                Rule::PathStart,
                Rule::PathCharacter,
                Rule::PathDots,
                Rule::PlaceholderName,
                Rule::PlaceholderTwice,
                Rule::Braces
            ]
        );
    }

    #[test]
    fn arguments_match_placeholders_loosely() {
        let template = PathTemplate::parse("/{orgId}/{team-id}").unwrap();
        for (argument, want) in
            [("org_id", Some("orgId")), ("orgid", Some("orgId")), ("team_id", Some("team-id")), ("org", None)]
        {
            assert_eq!(template.matching(argument), want);
        }
    }
}
