//! Names of a specification, converted to names of Rust.

/// Words that need `r#` as the name of a field or a method.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Words that are not a name even with `r#`.
const NOT_RAW: [&str; 4] = ["self", "super", "crate", "_"];

/// Names that generated code uses without a path.
const USED_TYPES: [&str; 30] = [
    "Accepted",
    "ApiError",
    "Box",
    "BTreeMap",
    "Bulk",
    "BulkItem",
    "BulkReply",
    "Clone",
    "Debug",
    "Default",
    "Deserialize",
    "Err",
    "Fn",
    "HttpStatus",
    "ItemReply",
    "Ndjson",
    "None",
    "Ok",
    "Option",
    "Pairs",
    "PartialEq",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Some",
    "Status",
    "String",
    "Sync",
    "Vec",
];

/// The words of a name: `deactivateAPITokens_v2` is `deactivate`, `api`, `tokens`, `v2`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        let before = index.checked_sub(1).map(|index| chars[index]);
        let after = chars.get(index + 1);
        let rises = before.is_some_and(|before| !before.is_ascii_uppercase());
        // In `APITokens` the `T` begins a word. In `IDs` the `s` alone is not a word.
        let last_capital =
            after.is_some_and(char::is_ascii_lowercase) && !(after == Some(&'s') && is_end(&chars, index + 2));
        if fresh || (c.is_ascii_uppercase() && (rises || last_capital)) {
            words.push(String::new());
        }
        fresh = false;
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
}

/// The stem of a verb: `deletes`, `deleted` and `delete` have the same.
pub(crate) fn stem(word: &str) -> String {
    if let Some(start) = word.strip_suffix("ied").or_else(|| word.strip_suffix("ies")) {
        return format!("{start}y");
    }
    let ends = ["ed", "es", "e", "s"];
    ends.into_iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word).to_owned()
}

/// A name without case and separators: `errorCode` and `error_code` are the same.
pub(crate) fn folded(name: &str) -> String {
    words(name).concat()
}

/// Whether a name, or a word of capitals in it, ends here.
fn is_end(chars: &[char], at: usize) -> bool {
    chars.get(at).is_none_or(|c| !c.is_ascii_lowercase())
}

/// `api_tokens`: the name of a field, an argument or a method.
pub(crate) fn snake(name: &str) -> String {
    let snake = words(name).join("_");
    match snake.chars().next() {
        None => "field".into(),
        Some(first) if first.is_ascii_digit() => format!("n{snake}"),
        Some(_) if NOT_RAW.contains(&snake.as_str()) => format!("{snake}_"),
        Some(_) => snake,
    }
}

/// The name of a method. Generated clients already have `new` and `endpoints`.
pub(crate) fn method_name(id: &str, verb: &str) -> String {
    let name = snake(id);
    if ["new", "endpoints"].contains(&name.as_str()) { format!("{verb}_{name}") } else { name }
}

/// A snake-case name as source text: a keyword gets `r#`.
pub(crate) fn escaped(snake: &str) -> String {
    if KEYWORDS.contains(&snake) { format!("r#{snake}") } else { snake.to_owned() }
}

/// `ApiTokens`: the name of a type or a variant.
pub(crate) fn pascal(name: &str) -> String {
    let pascal: String = words(name).iter().map(|word| capitalized(word)).collect();
    match pascal.chars().next() {
        None => "Unnamed".into(),
        Some(first) if first.is_ascii_digit() => format!("N{pascal}"),
        Some(_) if pascal == "Self" => "Self_".into(),
        Some(_) => pascal,
    }
}

/// The name of a type. `taken` rejects the names that are in use.
pub(crate) fn type_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let name = pascal(name);
    let name = if USED_TYPES.contains(&name.as_str()) { format!("{name}Body") } else { name };
    free_name(&name, taken)
}

/// The name itself if it is free, else the first free one of `name2`, `name3`, …
pub(crate) fn free_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    names.find(|name| !taken(name)).unwrap_or_default()
}

pub(crate) fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The name of a response under a status.
pub(crate) fn status_name(status: &str) -> String {
    let known = match status {
        "200" => "Ok",
        "201" => "Created",
        "202" => "Accepted",
        "204" => "No content",
        "207" => "Multi status",
        "400" => "Bad request",
        "401" => "Unauthorized",
        "403" => "Forbidden",
        "404" => "Not found",
        "409" => "Conflict",
        "413" => "Too large",
        "422" => "Unprocessable",
        "429" => "Too many requests",
        "500" => "Server error",
        "503" => "Unavailable",
        "default" => "Refused",
        status => return format!("Status {status}"),
    };
    known.to_owned()
}

/// The name of one element of a list: `identityIds` holds an `identityId`.
pub(crate) fn singular(name: &str) -> String {
    match name {
        name if name.ends_with("ies") => format!("{}y", &name[..name.len() - 3]),
        name if ["sses", "xes", "ches", "shes"].iter().any(|end| name.ends_with(end)) => {
            name[..name.len() - 2].to_owned()
        }
        name if name.ends_with("ss") || name.ends_with("us") || !name.ends_with('s') => format!("{name} item"),
        name => name[..name.len() - 1].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_converted_to_the_cases_of_rust() {
        for (name, want_snake, want_pascal) in [
            ("deactivateAPITokens_v2", "deactivate_api_tokens_v2", "DeactivateApiTokensV2"),
            ("localIDs", "local_ids", "LocalIds"),
            ("MD5OfMessageBody", "md5_of_message_body", "Md5OfMessageBody"),
            ("X-Request-ID", "x_request_id", "XRequestId"),
            ("guild.id", "guild_id", "GuildId"),
            ("207", "n207", "N207"),
            ("$", "field", "Unnamed"),
            ("日本", "field", "Unnamed"),
            ("self", "self_", "Self_"),
            ("IDs", "ids", "Ids"),
            ("HTTPStatus", "http_status", "HttpStatus"),
        ] {
            assert_eq!((snake(name), pascal(name)), (want_snake.into(), want_pascal.into()), "{name}");
        }
        let stems = ["deletes", "deleted", "denied", "add", "removed", "confirmed", "patches"].map(stem);
        assert_eq!(stems, ["delet", "delet", "deny", "add", "remov", "confirm", "patch"]);
        assert_eq!([escaped("type"), escaped("union"), escaped("id")], ["r#type", "union", "id"]);
        assert_eq!(type_name("ApiError", |_| false), "ApiErrorBody");
        assert_eq!(type_name("a b", |name| name == "AB"), "AB2");
    }
}
