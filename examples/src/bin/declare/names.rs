//! Names of a specification as names of Rust.

/// Words that a field or a method cannot be called without `r#`.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Words that not even `r#` makes a name.
const NO_NAMES: [&str; 4] = ["self", "super", "crate", "_"];

/// Types that generated code names without a path.
const TAKEN: [&str; 27] = [
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
    "ItemReply",
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
        // In `APITokens` the `T` begins a word; in `IDs` the `s` alone is none.
        let last_of_many =
            after.is_some_and(char::is_ascii_lowercase) && !(after == Some(&'s') && is_end(&chars, index + 2));
        if fresh || (c.is_ascii_uppercase() && (rises || last_of_many)) {
            words.push(String::new());
        }
        fresh = false;
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
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
        Some(_) if NO_NAMES.contains(&snake.as_str()) => format!("{snake}_"),
        Some(_) => snake,
    }
}

/// The name of a method. A client has a constructor, and a list, of its own.
pub(crate) fn method(id: &str, verb: &str) -> String {
    let name = snake(id);
    if ["new", "endpoints"].contains(&name.as_str()) { format!("{verb}_{name}") } else { name }
}

/// A snake-case name as it is written.
pub(crate) fn written(snake: &str) -> String {
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

/// The name of a type, other than those that are taken.
pub(crate) fn type_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let name = pascal(name);
    let name = if TAKEN.contains(&name.as_str()) { format!("{name}Body") } else { name };
    free(&name, taken)
}

/// The name, or the first of those with a number after it that is free.
pub(crate) fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    names.find(|name| !taken(name)).unwrap_or_default()
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// A rule of serde's `rename_all` for fields.
type Rule = (&'static str, fn(&str) -> String);

const FIELD_RULES: [Rule; 4] = [
    ("camelCase", |snake| {
        let pascal: String = snake.split('_').map(capitalized).collect();
        pascal[..1].to_ascii_lowercase() + &pascal[1..]
    }),
    ("PascalCase", |snake| snake.split('_').map(capitalized).collect()),
    ("kebab-case", |snake| snake.replace('_', "-")),
    ("SCREAMING_SNAKE_CASE", |snake| snake.to_ascii_uppercase()),
];

const VARIANT_RULES: [Rule; 5] = [
    ("SCREAMING_SNAKE_CASE", |variant| split(variant, '_').to_ascii_uppercase()),
    ("UPPERCASE", |variant| variant.to_ascii_uppercase()),
    ("lowercase", |variant| variant.to_ascii_lowercase()),
    ("snake_case", |variant| split(variant, '_')),
    ("camelCase", |variant| variant[..1].to_ascii_lowercase() + &variant[1..]),
];

/// A variant's words as serde tells them: a capital begins one.
fn split(variant: &str, by: char) -> String {
    let mut words = String::new();
    for (index, c) in variant.char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            words.push(by);
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// How serde is told the names that fields, or variants, have on the wire.
pub(crate) struct Renames {
    /// For all of them.
    pub(crate) rule: Option<&'static str>,
    apply: fn(&str) -> String,
}

impl Renames {
    pub(crate) fn of_fields<'a>(names: &[(&'a str, &'a str)]) -> Self {
        Renames::best(&FIELD_RULES, names)
    }

    pub(crate) fn of_variants<'a>(names: &[(&'a str, &'a str)]) -> Self {
        Renames::best(&VARIANT_RULES, names)
    }

    /// The rule that spares the most renames: pairs of the Rust name and the name on the wire.
    fn best(rules: &[Rule], names: &[(&str, &str)]) -> Self {
        let fits = |apply: fn(&str) -> String| names.iter().filter(|(rust, wire)| apply(rust) == *wire).count();
        let none: (Option<&'static str>, fn(&str) -> String) = (None, str::to_owned);
        let rules = rules.iter().map(|(name, apply)| (Some(*name), *apply));
        let mut best = none;
        for rule in rules {
            if fits(rule.1) > fits(best.1) {
                best = rule;
            }
        }
        Renames { rule: best.0, apply: best.1 }
    }

    /// Whether a name needs a rename of its own.
    pub(crate) fn lacks(&self, rust: &str, wire: &str) -> bool {
        (self.apply)(rust) != wire
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_rusts_cases() {
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
        assert_eq!([written("type"), written("union"), written("id")], ["r#type", "union", "id"]);
        assert_eq!(type_name("ApiError", |_| false), "ApiErrorBody");
        assert_eq!(type_name("a b", |name| name == "AB"), "AB2");
    }

    #[test]
    fn serde_is_told_names_once_where_it_can() {
        let of = |names: &[(&str, &str)]| Renames::of_fields(names).rule;
        assert_eq!(of(&[("org_id", "orgId"), ("name", "name")]), Some("camelCase"));
        assert_eq!(of(&[("org_id", "org_id"), ("name", "name")]), None);
        assert_eq!(of(&[("id", "Id"), ("md5_of_body", "MD5OfBody")]), Some("PascalCase"));
        let renames = Renames::of_fields(&[("id", "Id"), ("md5_of_body", "MD5OfBody")]);
        assert_eq!([renames.lacks("id", "Id"), renames.lacks("md5_of_body", "MD5OfBody")], [false, true]);
        let of = |names: &[(&str, &str)]| Renames::of_variants(names).rule;
        assert_eq!(of(&[("NotFound", "NOT_FOUND"), ("Ok", "OK")]), Some("SCREAMING_SNAKE_CASE"));
        assert_eq!(of(&[("Jit", "JIT")]), Some("SCREAMING_SNAKE_CASE"));
        assert_eq!(of(&[("Jit", "Jit")]), None);
    }
}
