//! Matches requests to endpoints by path with placeholders and fixed query.

use percent_encoding::percent_decode_str;

use crate::declare::EndpointSpec;

/// Returns whether two endpoints match the same requests.
pub(super) fn same(one: &EndpointSpec, other: &EndpointSpec) -> bool {
    let unnamed = |spec: &EndpointSpec| -> Vec<String> {
        let pieces = spec.path.split('{').enumerate();
        pieces
            .map(|(index, piece)| match piece.split_once('}') {
                Some((_, rest)) if index > 0 => rest.to_owned(),
                _ => piece.to_owned(),
            })
            .collect()
    };
    one.method == other.method && unnamed(one) == unnamed(other)
}

/// Returns whether the endpoint matches this path and query, regardless of the method.
pub(super) fn matches(spec: &EndpointSpec, path: &str, query: Option<&str>) -> bool {
    let (wanted, fixed) = match spec.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (spec.path, None),
    };
    let (wanted, given) = (wanted.split('/'), path.split('/'));
    if wanted.clone().count() != given.clone().count() {
        return false;
    }
    let parameters: Vec<&str> = query.unwrap_or_default().split('&').collect();
    let has = |wanted: &str| parameters.iter().any(|given| same_text(wanted, given));
    wanted.zip(given).all(|(wanted, given)| segment(wanted, given))
        && fixed.is_none_or(|fixed| fixed.split('&').all(has))
}

/// Returns the number of placeholders of a path. If two endpoints match a request, the one with fewer is used.
pub(super) fn placeholders(spec: &EndpointSpec) -> usize {
    spec.path.matches('{').count()
}

/// Returns whether a segment equals the declared one or fills its placeholder (`{id}`, `{id}:disable`).
fn segment(wanted: &str, given: &str) -> bool {
    let placeholder = wanted.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?.1)));
    let Some((before, after)) = placeholder else {
        return same_text(wanted, given);
    };
    given.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|value| !value.is_empty())
}

fn same_text(one: &str, other: &str) -> bool {
    percent_decode_str(one).eq(percent_decode_str(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::Method;

    fn spec(path: &'static str) -> EndpointSpec {
        EndpointSpec::new("each", Method::Post, path, 1)
    }

    #[test]
    fn paths() {
        for (declared, path, query, want) in [
            ("/a/b", "/a/b", None, true),
            ("/a/b", "/a/b/", None, false),
            ("/a/b", "/a", None, false),
            ("/a/{x}/b", "/a/1/b", None, true),
            ("/a/{x}/b", "/a/1%2F2/b", None, true),
            ("/a/{x}/b", "/a//b", None, false),
            ("/a/{x}/b", "/a/1/2/b", None, false),
            ("/a/{x}:off", "/a/1:off", None, true),
            ("/a/{x}:off", "/a/:off", None, false),
            ("/a/{x}:off", "/a/1", None, false),
            ("/a/{x}", "/a/1", Some("more=1"), true),
            ("/a?batch", "/a", None, false),
            ("/a?batch", "/a", Some("batch"), true),
            ("/a?x=1&y=2", "/a", Some("y=2&z=3&x=1"), true),
            ("/a?x=1&y=2", "/a", Some("x=1"), false),
            ("/a:b", "/a%3Ab", None, true),
        ] {
            assert_eq!(matches(&spec(declared), path, query), want, "{declared} {path} {query:?}");
        }
    }

    #[test]
    fn placeholders_have_no_names() {
        assert!(same(&spec("/a/{x}/b"), &spec("/a/{y}/b")));
        assert!(!same(&spec("/a/{x}/b"), &spec("/a/{y}/c")));
        assert!(!same(&spec("/a?x=1"), &spec("/a?x=2")));
    }
}
