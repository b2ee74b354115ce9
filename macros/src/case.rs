//! serde's rename rules, and the constant's name of a method.

/// A rule of serde's `rename_all`, applied to field names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Case {
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
pub(crate) const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    pub(crate) fn named(name: &str) -> Option<Case> {
        let (_, case) = CASES.iter().find(|(spelled, _)| *spelled == name)?;
        Some(*case)
    }

    /// Renames a field, written in snake case, exactly as serde does.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Case::Lower | Case::Snake => field.to_owned(),
            Case::Upper | Case::ScreamingSnake => field.to_ascii_uppercase(),
            Case::Pascal => field.split('_').map(capitalized).collect(),
            Case::Camel => {
                let pascal = Case::Pascal.apply(field);
                let mut chars = pascal.chars();
                match chars.next() {
                    Some(first) => first.to_ascii_lowercase().to_string() + chars.as_str(),
                    None => pascal,
                }
            }
            Case::Kebab => field.replace('_', "-"),
            Case::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

impl Case {
    /// Renames a variant, written in Pascal case, exactly as serde does.
    pub(crate) fn apply_to_variant(self, variant: &str) -> String {
        match self {
            Case::Pascal => variant.to_owned(),
            Case::Lower => variant.to_ascii_lowercase(),
            Case::Upper => variant.to_ascii_uppercase(),
            Case::Camel => {
                let mut chars = variant.chars();
                chars.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
            }
            Case::Snake | Case::ScreamingSnake | Case::Kebab | Case::ScreamingKebab => {
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
            let case = Case::named(rule).unwrap();
            assert_eq!(case.apply(field), want, "{rule} of {field}");
        }
        assert_eq!(Case::named("camelcase"), None);
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
            assert_eq!(Case::named(rule).unwrap().apply_to_variant("DeleteAll"), want, "{rule}");
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
