//! The serde attributes that rename fields and variants.

use crate::names::capitalized;

/// A rule of serde's `rename_all`.
struct RenameRule {
    name: &'static str,
    apply: fn(&str) -> String,
}

const FIELD_RULES: [RenameRule; 4] = [
    RenameRule {
        name: "camelCase",
        apply: |snake| {
            let pascal: String = snake.split('_').map(capitalized).collect();
            pascal[..1].to_ascii_lowercase() + &pascal[1..]
        },
    },
    RenameRule { name: "PascalCase", apply: |snake| snake.split('_').map(capitalized).collect() },
    RenameRule { name: "kebab-case", apply: |snake| snake.replace('_', "-") },
    RenameRule { name: "SCREAMING_SNAKE_CASE", apply: |snake| snake.to_ascii_uppercase() },
];

const VARIANT_RULES: [RenameRule; 5] = [
    RenameRule { name: "SCREAMING_SNAKE_CASE", apply: |variant| split_words(variant, '_').to_ascii_uppercase() },
    RenameRule { name: "UPPERCASE", apply: |variant| variant.to_ascii_uppercase() },
    RenameRule { name: "lowercase", apply: |variant| variant.to_ascii_lowercase() },
    RenameRule { name: "snake_case", apply: |variant| split_words(variant, '_') },
    RenameRule { name: "camelCase", apply: |variant| variant[..1].to_ascii_lowercase() + &variant[1..] },
];

/// The words of a variant as serde splits them: each capital begins a word.
fn split_words(variant: &str, by: char) -> String {
    let mut words = String::new();
    for (index, c) in variant.char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            words.push(by);
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// The serde attributes that map Rust names to the names on the wire.
pub(crate) struct Renames {
    /// The value of `rename_all`, if any.
    pub(crate) rule: Option<&'static str>,
    apply: fn(&str) -> String,
}

impl Renames {
    /// `names` are pairs of the Rust name and the name on the wire.
    pub(crate) fn of_fields<'a>(names: &[(&'a str, &'a str)]) -> Self {
        Renames::best(&FIELD_RULES, names)
    }

    /// `names` are pairs of the Rust name and the name on the wire.
    pub(crate) fn of_variants<'a>(names: &[(&'a str, &'a str)]) -> Self {
        Renames::best(&VARIANT_RULES, names)
    }

    /// The rule that leaves the fewest names to rename one by one. Without a gain there is no rule.
    fn best(rules: &[RenameRule], names: &[(&str, &str)]) -> Self {
        let count = |apply: fn(&str) -> String| names.iter().filter(|(rust, wire)| apply(rust) == *wire).count();
        let mut best = Renames { rule: None, apply: str::to_owned };
        for rule in rules {
            if count(rule.apply) > count(best.apply) {
                best = Renames { rule: Some(rule.name), apply: rule.apply };
            }
        }
        best
    }

    /// Whether a name needs a `rename` of its own.
    pub(crate) fn needs_rename(&self, rust: &str, wire: &str) -> bool {
        (self.apply)(rust) != wire
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_replaces_many_renames() {
        let of = |names: &[(&str, &str)]| Renames::of_fields(names).rule;
        assert_eq!(of(&[("org_id", "orgId"), ("name", "name")]), Some("camelCase"));
        assert_eq!(of(&[("org_id", "org_id"), ("name", "name")]), None);
        assert_eq!(of(&[("id", "Id"), ("md5_of_body", "MD5OfBody")]), Some("PascalCase"));
        let renames = Renames::of_fields(&[("id", "Id"), ("md5_of_body", "MD5OfBody")]);
        assert_eq!([renames.needs_rename("id", "Id"), renames.needs_rename("md5_of_body", "MD5OfBody")], [false, true]);
        let of = |names: &[(&str, &str)]| Renames::of_variants(names).rule;
        assert_eq!(of(&[("NotFound", "NOT_FOUND"), ("Ok", "OK")]), Some("SCREAMING_SNAKE_CASE"));
        assert_eq!(of(&[("Jit", "JIT")]), Some("SCREAMING_SNAKE_CASE"));
        assert_eq!(of(&[("Jit", "Jit")]), None);
    }
}
