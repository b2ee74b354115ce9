//! The rules of keys that are a part of a text: `#[bulk(key = "users/{key}")]`.

use super::fields::field_model;
use crate::args::WordValue;
use crate::derive::fields::FieldInput;
use crate::derive::model::KeyTextModel;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{KEY, NESTED};

/// Returns whether a key field has a text around its key.
pub(super) fn has_key_text(field: &FieldInput<'_>) -> bool {
    field.words.get(KEY).is_some_and(|word| !matches!(word.value, WordValue::None))
}

/// The text around the key, of the one of `keys` that has one. `in_item`: the key is that of an item, and no position.
pub(super) fn check_key_text<'f, 'a: 'f>(
    keys: &[&'f FieldInput<'a>],
    in_item: bool,
    diagnostics: &Diagnostics,
) -> Option<KeyTextModel> {
    let field = keys.iter().find(|field| has_key_text(field))?;
    let word = field.words.get(KEY)?;
    let mistake = |message: &str| diagnostics.error(Rule::KeyText, word, message);
    if keys.len() > 1 {
        mistake("a key in a text is the only key of its type: remove `#[bulk(key)]` from the other fields");
    }
    if field.has(NESTED) {
        mistake("the key is in the text of the field, and not in an object: remove `nested`, or the text");
    }
    let text = word.string().map(|text| text.value()).unwrap_or_default();
    let base = match split(&text) {
        Err(message) => {
            mistake(&message);
            None
        }
        Ok(base) if in_item && base.is_some() => {
            mistake("an item does not contain its position: write `{key}` in the place of the key");
            None
        }
        Ok(base) => base,
    };
    Some(KeyTextModel { field: field_model(field), text, base })
}

/// The number from which the position in a text is counted, if it is one; or what is wrong with the text.
fn split(text: &str) -> Result<Option<usize>, String> {
    let names = "for another JSON name, write `#[serde(rename = \"…\")]`";
    let (before, rest) = text.split_once('{').ok_or_else(|| {
        let found = if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
        format!(
            "expected the text around the key, with `{{key}}`, found {found}: write `key = \"users/{{key}}\"`; {names}"
        )
    })?;
    let Some((place, after)) = rest.split_once('}') else {
        return Err(format!("expected `}}` after `{{{rest}`: write `{{key}}`"));
    };
    let base = match place {
        "key" => None,
        "i" => Some(0),
        "n" => Some(1),
        _ => {
            return Err(format!(
                "expected `{{key}}`, `{{i}}` for a position counted from 0, or `{{n}}` for one counted from 1, found `{{{place}}}`: write one of them"
            ));
        }
    };
    if after.contains(['{', '}']) || before.contains('}') {
        return Err("expected one key in the text, found several braces: keep one `{key}`, `{i}` or `{n}`".to_owned());
    }
    let inner = [before.strip_prefix('*').unwrap_or(before), after.strip_suffix('*').unwrap_or(after)];
    if inner.iter().any(|text| text.contains('*')) {
        return Err("expected `*` at the start or the end of the text, found it elsewhere: remove it".to_owned());
    }
    // The digits of a position end by themselves.
    if before == "*" || after == "*" && base.is_none() {
        return Err(
            "nothing shows where the key starts or ends: write a text between `*` and the key, as `*/users/{key}`"
                .to_owned(),
        );
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_text_has_one_key_with_known_ends() {
        for text in ["{key}", "a/{key}", "{key}/b", "*/a/{key}", "[{key}]*", "*[{key}]*"] {
            assert_eq!(split(text), Ok(None), "{text}");
        }
        assert_eq!((split("/{i}*"), split("*/{n}")), (Ok(Some(0)), Ok(Some(1))));
        for text in [
            "",
            "id",
            "{id}",
            "{key",
            "{}",
            "{key}{key}",
            "}{key}",
            "a*{key}",
            "{key}*b",
            "*{key}",
            "{key}*",
            "*{i}",
            "**/{key}",
        ] {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
