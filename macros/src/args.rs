//! The words inside an attribute's parentheses: `flag`, `name = value`, `name(…)`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token, parenthesized};

use crate::report::Report;
use crate::rules::{Mistake, Rule};
use crate::suggest;

/// One word, with the tokens it came from.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

/// What stands behind a word.
#[derive(Clone)]
pub(crate) enum Value {
    None,
    Equals(Box<Expr>),
    List(TokenStream),
}

impl Word {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// The string behind `=`.
    pub(crate) fn string(&self) -> Option<LitStr> {
        match &self.value {
            Value::Equals(value) => string_of(value),
            _ => None,
        }
    }
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Value::Equals(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            Value::List(inside.parse()?)
        } else {
            Value::None
        };
        Ok(Word { name, value })
    }
}

impl ToTokens for Word {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        match &self.value {
            Value::None => {}
            Value::Equals(value) => {
                Token![=](self.name.span()).to_tokens(tokens);
                value.to_tokens(tokens);
            }
            Value::List(list) => {
                syn::token::Paren(self.name.span()).surround(tokens, |tokens| {
                    list.to_tokens(tokens);
                });
            }
        }
    }
}

/// Which words an attribute knows.
pub(crate) struct Vocabulary {
    /// What a word is called in a message: "setting", "role".
    pub(crate) kind: &'static str,
    pub(crate) allowed: &'static [&'static str],
}

/// The words of one or more attributes: all known, each once.
pub(crate) struct Words {
    words: Vec<Word>,
    /// Allowed words that a mistyped one stood for: their absence is no second mistake.
    meant: Vec<&'static str>,
    /// Something could not be read: absence says nothing.
    broken: bool,
}

impl Words {
    pub(crate) fn none() -> Self {
        Words { words: Vec::new(), meant: Vec::new(), broken: false }
    }

    /// Of what was meant something is missing: absence says nothing.
    pub(crate) fn spoil(&mut self) {
        self.broken = true;
    }

    /// Reads further tokens into the words.
    pub(crate) fn read(&mut self, tokens: TokenStream, vocabulary: &Vocabulary, report: &Report) {
        match Punctuated::<Word, Token![,]>::parse_terminated.parse2(tokens) {
            Ok(words) => {
                for word in words {
                    self.admit(word, vocabulary, report);
                }
            }
            Err(error) => {
                self.broken = true;
                report.syntax(&error);
            }
        }
    }

    /// Reads the words of one more attribute.
    pub(crate) fn read_attribute(&mut self, attribute: &Attribute, vocabulary: &Vocabulary, report: &Report) {
        match inside(attribute) {
            Ok(tokens) => self.read(tokens, vocabulary, report),
            Err(mistake) => {
                self.broken = true;
                report.mistake(&attribute.meta, mistake);
            }
        }
    }

    fn admit(&mut self, word: Word, vocabulary: &Vocabulary, report: &Report) {
        let name = word.name.to_string();
        if !vocabulary.allowed.contains(&name.as_str()) {
            self.meant.extend(suggest::nearest(&name, vocabulary.allowed));
            let message = suggest::unknown(vocabulary.kind, &name, vocabulary.allowed);
            return report.error(Rule::WordUnknown, &word.name, message);
        }
        if self.words.iter().any(|earlier| earlier.is(&name)) {
            return report.error(
                Rule::WordTwice,
                &word,
                format_args!("`{name}` is given twice: take one of them away"),
            );
        }
        self.words.push(word);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Word> {
        self.words.iter().find(|word| word.is(name))
    }

    /// The word is there as a bare flag; a value behind it is an error.
    pub(crate) fn flag(&self, name: &str, report: &Report) -> bool {
        let Some(word) = self.get(name) else {
            return false;
        };
        if !matches!(word.value, Value::None) {
            report.error(Rule::FlagValue, word, format_args!("`{name}` takes no value"));
        }
        true
    }

    /// Nothing written here stands for the word, not even a slip.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !self.broken && self.get(name).is_none() && !self.meant.contains(&name)
    }

    /// The `crate = path` word; `::bulk_endpoint` without one.
    pub(crate) fn krate(&self, report: &Report) -> syn::Path {
        let default = || syn::parse_quote!(::bulk_endpoint);
        let Some(word) = self.get("crate") else {
            return default();
        };
        if let Value::Equals(value) = &word.value
            && let Expr::Path(path) = value.as_ref()
        {
            return path.path.clone();
        }
        report.error(
            Rule::CratePath,
            word,
            "`crate` takes the path of the bulk-endpoint crate, without quotes: `crate = renamed`",
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
            Err(Rule::Parentheses.broken(format!("write `{}(…)`, with parentheses", name_of(attribute))))
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

/// The string that an expression is.
pub(crate) fn string_of(value: &Expr) -> Option<LitStr> {
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

/// The expression without the invisible groups that `macro_rules!` puts around its fragments.
pub(crate) fn bare(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => bare(&group.expr),
        other => other,
    }
}

/// The place of an attribute's name, for what is missing in it.
pub(crate) fn place_of(attribute: &Attribute) -> Span {
    match attribute.path().segments.last() {
        Some(segment) => segment.ident.span(),
        None => Span::call_site(),
    }
}
