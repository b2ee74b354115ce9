//! The words inside an attribute's parentheses: `flag`, `name = value`, `name(…)`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, LitStr, Meta, Token, parenthesized};

use crate::crate_name;
use crate::diagnostics::Diagnostics;
use crate::expression::string_of;
use crate::rules::{Mistake, Rule};
use crate::suggest;
use crate::symbol::{CRATE, Vocabulary};

/// One word, with its tokens.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) name: Ident,
    pub(crate) value: WordValue,
}

/// The value after a word.
#[derive(Clone)]
pub(crate) enum WordValue {
    None,
    Equals(Box<Expr>),
    List(TokenStream),
}

impl Word {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The string after `=`.
    pub(crate) fn string(&self) -> Option<LitStr> {
        match &self.value {
            WordValue::Equals(value) => string_of(value),
            _ => None,
        }
    }
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(input.error(format_args!("expected a value after `{name} =`: write `{name} = …`")));
            }
            WordValue::Equals(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            WordValue::List(inside.parse()?)
        } else {
            WordValue::None
        };
        Ok(Word { name, value })
    }
}

impl ToTokens for Word {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        match &self.value {
            WordValue::None => {}
            WordValue::Equals(value) => {
                Token![=](self.name.span()).to_tokens(tokens);
                value.to_tokens(tokens);
            }
            WordValue::List(list) => {
                syn::token::Paren(self.name.span()).surround(tokens, |tokens| {
                    list.to_tokens(tokens);
                });
            }
        }
    }
}

/// The words of one or more attributes. All are allowed, and each appears once.
pub(crate) struct WordSet {
    words: Vec<Word>,
    /// Allowed words that a mistyped word most likely means. They are not reported as missing too.
    nearest: Vec<&'static str>,
    /// A part could not be read, so no word is reported as missing.
    broken: bool,
}

impl WordSet {
    pub(crate) fn none() -> Self {
        WordSet { words: Vec::new(), nearest: Vec::new(), broken: false }
    }

    /// Marks the set as incomplete, so that no word is reported as missing.
    pub(crate) fn spoil(&mut self) {
        self.broken = true;
    }

    /// Reads further tokens into the words.
    pub(crate) fn read(&mut self, tokens: TokenStream, vocabulary: &Vocabulary, diagnostics: &Diagnostics) {
        let words = Punctuated::<Word, Token![,]>::parse_terminated.parse2(tokens);
        self.admit_all(words, vocabulary, diagnostics);
    }

    fn admit_all(
        &mut self,
        words: syn::Result<Punctuated<Word, Token![,]>>,
        vocabulary: &Vocabulary,
        diagnostics: &Diagnostics,
    ) {
        match words {
            Ok(words) => {
                for word in words {
                    self.admit(word, vocabulary, diagnostics);
                }
            }
            Err(error) => {
                self.broken = true;
                diagnostics.syntax(&error);
            }
        }
    }

    /// Reads the words of one more attribute.
    pub(crate) fn read_attribute(&mut self, attribute: &Attribute, vocabulary: &Vocabulary, diagnostics: &Diagnostics) {
        // A list knows its parentheses, so an error at its end is reported there.
        if let Meta::List(list) = &attribute.meta {
            let words = list.parse_args_with(Punctuated::<Word, Token![,]>::parse_terminated);
            return self.admit_all(words, vocabulary, diagnostics);
        }
        match inside(attribute) {
            Ok(tokens) => self.read(tokens, vocabulary, diagnostics),
            Err(mistake) => {
                self.broken = true;
                diagnostics.mistake(&attribute.meta, mistake);
            }
        }
    }

    fn admit(&mut self, word: Word, vocabulary: &Vocabulary, diagnostics: &Diagnostics) {
        let name = word.name.to_string();
        if !vocabulary.allowed.contains(&name.as_str()) {
            self.nearest.extend(suggest::nearest(&name, vocabulary.allowed));
            let message = suggest::unknown(vocabulary.kind, &name, vocabulary.allowed);
            return diagnostics.error(Rule::WordUnknown, &word.name, message);
        }
        if self.words.iter().any(|earlier| earlier.is(&name)) {
            return diagnostics.error(Rule::WordTwice, &word, format_args!("duplicate `{name}`: remove one of them"));
        }
        self.words.push(word);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Word> {
        self.words.iter().find(|word| word.is(name))
    }

    /// Returns whether the word is present, as a flag. A value after it is reported.
    pub(crate) fn flag(&self, name: &str, diagnostics: &Diagnostics) -> bool {
        let Some(word) = self.get(name) else {
            return false;
        };
        if !matches!(word.value, WordValue::None) {
            diagnostics.error(Rule::FlagValue, word, format_args!("`{name}` takes no value: write `{name}` alone"));
        }
        true
    }

    /// Returns whether the word is missing, and no mistyped word can mean it.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !self.broken && self.get(name).is_none() && !self.nearest.contains(&name)
    }

    /// The path of `crate = path`; `::bulk_endpoint` by default. `of` is the item under the macro, and `written` the attribute with the
    /// word.
    pub(crate) fn krate(&self, of: &Ident, written: &str, diagnostics: &Diagnostics) -> syn::Path {
        let default = || syn::parse_quote!(::bulk_endpoint);
        let Some(word) = self.get(CRATE) else {
            let Some(renamed) = crate_name::renamed() else { return default() };
            // rustc would report each path of the expansion. With this one it finds no further error.
            diagnostics.error(
                Rule::CratePath,
                of,
                format_args!(
                    "`bulk-endpoint` has the name `{renamed}` in Cargo.toml, so its default path is wrong: write `#[{written}(crate = {renamed})]`"
                ),
            );
            let renamed = Ident::new(&renamed, Span::call_site());
            return syn::parse_quote!(::#renamed);
        };
        if let WordValue::Equals(value) = &word.value
            && let Expr::Path(path) = value.as_ref()
        {
            return path.path.clone();
        }
        diagnostics.error(
            Rule::CratePath,
            word,
            "expected the path of the `bulk-endpoint` crate, without quotes: write `crate = renamed`",
        );
        default()
    }
}

/// The tokens in an attribute's parentheses; none for a bare `#[name]`.
pub(crate) fn inside(attribute: &Attribute) -> Result<TokenStream, Mistake> {
    match &attribute.meta {
        Meta::Path(_) => Ok(TokenStream::new()),
        Meta::List(list) => Ok(list.tokens.clone()),
        Meta::NameValue(_) => {
            Err(Rule::Parentheses.broken(format!("expected parentheses: write `{}(…)`", name_of(attribute))))
        }
    }
}

/// An attribute's name: the last segment of its path.
pub(crate) fn name_of(attribute: &Attribute) -> String {
    attribute.path().segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
}

/// The comma-separated values in an attribute's parentheses.
pub(crate) fn values(attribute: &Attribute) -> Option<Vec<Expr>> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let values = parser.parse2(inside(attribute).ok()?).ok()?;
    Some(values.into_iter().collect())
}

/// The span of an attribute's name, for errors about missing words.
pub(crate) fn place_of(attribute: &Attribute) -> Span {
    match attribute.path().segments.last() {
        Some(segment) => segment.ident.span(),
        None => Span::call_site(),
    }
}
