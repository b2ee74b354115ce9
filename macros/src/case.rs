//! serde's rename rules, and the names of constants.

/// A rule of serde's `rename_all`, applied to field names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RenameRule {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

/// The rules as serde spells them.
pub(crate) const CASES: [(&str, RenameRule); 8] = [
    ("lowercase", RenameRule::Lower),
    ("UPPERCASE", RenameRule::Upper),
    ("PascalCase", RenameRule::Pascal),
    ("camelCase", RenameRule::Camel),
    ("snake_case", RenameRule::Snake),
    ("SCREAMING_SNAKE_CASE", RenameRule::ScreamingSnake),
    ("kebab-case", RenameRule::Kebab),
    ("SCREAMING-KEBAB-CASE", RenameRule::ScreamingKebab),
];

impl RenameRule {
    pub(crate) fn named(name: &str) -> Option<RenameRule> {
        let (_, case) = CASES.iter().find(|(spelled, _)| *spelled == name)?;
        Some(*case)
    }

    /// Renames a field, written in snake case, exactly as serde does.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            RenameRule::Lower | RenameRule::Snake => field.to_owned(),
            RenameRule::Upper | RenameRule::ScreamingSnake => field.to_ascii_uppercase(),
            RenameRule::Pascal => field.split('_').map(capitalized).collect(),
            RenameRule::Camel => {
                let pascal = RenameRule::Pascal.apply(field);
                let mut chars = pascal.chars();
                match chars.next() {
                    Some(first) => first.to_ascii_lowercase().to_string() + chars.as_str(),
                    None => pascal,
                }
            }
            RenameRule::Kebab => field.replace('_', "-"),
            RenameRule::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

impl RenameRule {
    /// Renames a variant, written in Pascal case, exactly as serde does.
    pub(crate) fn apply_to_variant(self, variant: &str) -> String {
        match self {
            RenameRule::Pascal => variant.to_owned(),
            RenameRule::Lower => variant.to_ascii_lowercase(),
            RenameRule::Upper => variant.to_ascii_uppercase(),
            RenameRule::Camel => {
                let mut chars = variant.chars();
                chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
            }
            RenameRule::Snake | RenameRule::ScreamingSnake | RenameRule::Kebab | RenameRule::ScreamingKebab => {
                let mut snake = String::new();
                for (index, c) in variant.char_indices() {
                    if index > 0 && c.is_uppercase() {
                        snake.push('_');
                    }
                    snake.push(c.to_ascii_lowercase());
                }
                self.apply(&snake)
            }
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

/// The name of a method's constant: `deactivateAll` and `deactivate_all` both are `DEACTIVATE_ALL`.
pub(crate) fn constant_name(method: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for c in method.chars() {
        if c.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = c.is_lowercase() || c.is_numeric();
        name.extend(c.to_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_renamed_as_serde_does() {
        for (rule, field, want) in [
            ("lowercase", "org_id", "org_id"),
            ("UPPERCASE", "org_id", "ORG_ID"),
            ("PascalCase", "org_id", "OrgId"),
            ("camelCase", "org_id", "orgId"),
            ("camelCase", "id", "id"),
            ("camelCase", "_id", "id"),
            ("snake_case", "org_id", "org_id"),
            ("SCREAMING_SNAKE_CASE", "org_id", "ORG_ID"),
            ("kebab-case", "org_id", "org-id"),
            ("SCREAMING-KEBAB-CASE", "org_id", "ORG-ID"),
        ] {
            let case = RenameRule::named(rule).unwrap();
            assert_eq!(case.apply(field), want, "{rule} of {field}");
        }
        assert_eq!(RenameRule::named("camelcase"), None);
    }

    #[test]
    fn variants_are_renamed_as_serde_does() {
        for (rule, want) in [
            ("lowercase", "deleteall"),
            ("UPPERCASE", "DELETEALL"),
            ("PascalCase", "DeleteAll"),
            ("camelCase", "deleteAll"),
            ("snake_case", "delete_all"),
            ("SCREAMING_SNAKE_CASE", "DELETE_ALL"),
            ("kebab-case", "delete-all"),
            ("SCREAMING-KEBAB-CASE", "DELETE-ALL"),
        ] {
            assert_eq!(RenameRule::named(rule).unwrap().apply_to_variant("DeleteAll"), want, "{rule}");
        }
    }

    #[test]
    fn constants_are_screaming() {
        for (method, want) in [
            ("deactivate", "DEACTIVATE"),
            ("deactivate_all", "DEACTIVATE_ALL"),
            ("deactivateAll", "DEACTIVATE_ALL"),
            ("v2Delete", "V2_DELETE"),
            ("type", "TYPE"),
        ] {
            assert_eq!(constant_name(method), want);
        }
    }
}
