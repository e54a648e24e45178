//! The keys of an attribute: `word`, `key = expression` and `key(…)`, separated by commas.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, ExprLit, Lit, LitStr, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{problems::Problems, suggest};

/// One key as written.
pub(crate) struct Key {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

/// What stands behind the name of a key.
pub(crate) enum Value {
    /// Nothing.
    Word,
    /// `= expression`
    Expr(Box<Expr>),
    /// `(…)`
    List(Group),
    /// Something wrong, reported already.
    Wrong,
}

/// The keys of one attribute and the known keys that wrong ones were probably meant to be.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) keys: Vec<Key>,
    pub(crate) missed: Vec<&'static str>,
}

impl Keys {
    /// Whether the key called `name` is there, or one that was probably meant to be it.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name.unraw() == name) || self.missed.contains(&name)
    }
}

/// Parses the keys of `#[attribute(…)]`. An unknown or repeated key is reported and left out; the
/// keys after it are still read.
pub(crate) fn parse(
    attribute: &str,
    known: &[&'static str],
    tokens: TokenStream,
    problems: &Problems,
) -> Keys {
    let mut keys = Keys::default();
    let parsed = (|input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = key(attribute, known, input, &mut keys, problems) {
                problems.add(error);
            }
            skip_to_comma(input);
        }
        Ok(())
    })
    .parse2(tokens);
    if let Err(error) = parsed {
        problems.add(error);
    }
    keys
}

fn key(
    attribute: &str,
    known: &[&'static str],
    input: ParseStream<'_>,
    keys: &mut Keys,
    problems: &Problems,
) -> syn::Result<()> {
    let name = input.call(Ident::parse_any)?;
    let word = name.unraw().to_string();
    let is_known = known.contains(&word.as_str());
    let is_repeated = keys.keys.iter().any(|key| key.name.unraw() == word);
    if !is_known {
        let meant = suggest::nearest(&word, known);
        keys.missed.extend(meant);
        let hint = meant
            .map(|meant| format!("; did you mean `{meant}`?"))
            .unwrap_or_default();
        let list: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
        problems.on(
            &name,
            format!(
                "unknown key `{word}` in `#[{attribute}]`{hint}\nthe keys are {}",
                list.join(", ")
            ),
        );
    } else if is_repeated {
        problems.on(&name, format!("`{word}` is given twice"));
    }
    let value = value(input);
    if is_known && !is_repeated {
        let value = value.unwrap_or_else(|error| {
            problems.add(error);
            Value::Wrong
        });
        keys.keys.push(Key { name, value });
    }
    Ok(())
}

fn value(input: ParseStream<'_>) -> syn::Result<Value> {
    if input.peek(Token![=]) {
        let equals: Token![=] = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new_spanned(
                equals,
                "expected a value after `=`",
            ));
        }
        return input
            .parse()
            .map(|expr| Value::Expr(Box::new(ungrouped(expr))));
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(Value::Word);
    }
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            Ok(Value::List(group))
        }
        other => Err(syn::Error::new_spanned(other, "expected `,`, `=` or `(`")),
    }
}

/// The expression that a `macro_rules!` passed on as one.
pub(crate) fn ungrouped(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
}

/// Goes on behind the next comma; what stands before it has been reported.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() {
        let comma = input.peek(Token![,]);
        if input.parse::<TokenTree>().is_err() || comma {
            break;
        }
    }
}

impl Key {
    /// Checks that the key is a bare word.
    pub(crate) fn word(&self, problems: &Problems) -> bool {
        match &self.value {
            Value::Word | Value::Wrong => true,
            Value::Expr(value) => self.not_a_word(value, problems),
            Value::List(group) => self.not_a_word(group, problems),
        }
    }

    fn not_a_word(&self, value: impl ToTokens, problems: &Problems) -> bool {
        problems.on(
            value,
            format!("`{}` is a word and takes no value", self.name),
        );
        false
    }

    /// The value of `key = expression`; `example` shows one when there is none.
    pub(crate) fn expr(&self, example: &str, problems: &Problems) -> Option<&Expr> {
        match &self.value {
            Value::Expr(expr) => return Some(expr),
            Value::Word => problems.on(&self.name, self.wants(example)),
            Value::List(group) => problems.on(group, self.wants(example)),
            Value::Wrong => {}
        }
        None
    }

    /// The value of `key = "literal"`.
    pub(crate) fn literal(&self, example: &str, problems: &Problems) -> Option<&LitStr> {
        match self.expr(example, problems)? {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text),
            other => {
                problems.on(
                    other,
                    format!("`{}` is a text such as `{example}`", self.name),
                );
                None
            }
        }
    }

    fn wants(&self, example: &str) -> String {
        format!(
            "`{0}` needs a value, for example `{0} = {example}`",
            self.name
        )
    }

    /// Where the name of the key is.
    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    const KNOWN: &[&str] = &["read_only", "name", "default", "requires"];

    fn names(tokens: TokenStream) -> (Vec<String>, String) {
        let problems = Problems::default();
        let keys = parse("confluent_tool", KNOWN, tokens, &problems);
        let names = keys.keys.iter().map(|key| key.name.to_string()).collect();
        (
            names,
            problems
                .finish()
                .map(|errors| errors.to_string())
                .unwrap_or_default(),
        )
    }

    #[test]
    fn words_values_and_lists_are_read() {
        let (names, errors) = names(quote!(
            read_only,
            default = HashMap::<A, B>::new(),
            requires(X, Y),
        ));
        assert_eq!(names, ["read_only", "default", "requires"]);
        assert_eq!(errors, "");
    }

    #[test]
    fn keys_behind_a_wrong_one_are_still_read() {
        let (names, errors) =
            names(quote!(readonly, 5 six, name "x", default = , read_only, read_only));
        assert_eq!(names, ["name", "default", "read_only"]);
        for message in [
            "unknown key `readonly` in `#[confluent_tool]`; did you mean `read_only`?",
            "expected ident",
            "expected `,`, `=` or `(`",
            "expected a value after `=`",
            "`read_only` is given twice",
        ] {
            assert!(errors.contains(message), "{message} is not in {errors}");
        }
    }
}
