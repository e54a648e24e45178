//! The URI of a resource: a template with variables, RFC 6570 level 1.

use syn::LitStr;

use crate::{names, problems::Problems};

/// The variable that routes a read to a connection; the server fills it in.
pub(crate) const CONNECTION: &str = "connection";

/// A URI as it stands in the attribute, checked.
pub(crate) struct Uri {
    pub(crate) literal: LitStr,
    /// The names of its variables, in order.
    pub(crate) variables: Vec<String>,
}

impl Uri {
    /// Checks `literal`; `None` after reporting what is wrong with it.
    pub(crate) fn parse(literal: &LitStr, problems: &Problems) -> Option<Self> {
        match variables(&literal.value()) {
            Ok(variables) => Some(Self {
                literal: literal.clone(),
                variables,
            }),
            Err(message) => {
                problems.on(literal, message);
                None
            }
        }
    }

    /// Whether reads name their connection.
    pub(crate) fn is_routed(&self) -> bool {
        self.variables.iter().any(|name| name == CONNECTION)
    }

    /// Letters, digits and `_` only, the same for two templates that match the same URIs.
    pub(crate) fn symbol(&self) -> String {
        let mut out = String::new();
        let mut in_variable = false;
        for c in self.literal.value().chars() {
            match c {
                '{' => {
                    in_variable = true;
                    out.push_str("_v");
                }
                '}' => in_variable = false,
                _ if in_variable => {}
                c if c.is_ascii_alphanumeric() => out.push(c),
                c => out.push_str(&format!("_{:x}_", u32::from(c))),
            }
        }
        out
    }
}

fn variables(uri: &str) -> Result<Vec<String>, String> {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
    if !is_scheme {
        return Err("a URI begins with a scheme, for example `kafka://`".to_owned());
    }
    let mut variables = Vec::new();
    let mut rest = uri;
    let mut behind_variable = false;
    while let Some((before, after)) = rest.split_once('{') {
        check_text(before)?;
        if behind_variable && before.is_empty() {
            return Err(
                "two variables of a URI need a `/` between them: where one ends could not be told"
                    .to_owned(),
            );
        }
        let Some((name, after)) = after.split_once('}') else {
            return Err("`{` is not closed".to_owned());
        };
        if !names::is_argument_name(name) {
            return Err(format!(
                "`{{{name}}}` is no variable: write the name of an argument between the braces, and nothing else"
            ));
        }
        if variables.iter().any(|earlier| earlier == name) {
            return Err(format!("`{{{name}}}` stands in the URI twice"));
        }
        variables.push(name.to_owned());
        behind_variable = true;
        rest = after;
    }
    check_text(rest)?;
    Ok(variables)
}

/// The text between variables is compared as it is, so it must be legal as it is.
fn check_text(text: &str) -> Result<(), String> {
    let wrong = |c: char| !c.is_ascii_alphanumeric() && !"-._~:/?#[]@!$&'()*+,;=%".contains(c);
    match text.chars().find(|c| wrong(*c)) {
        Some('}') => Err("`}` closes no variable".to_owned()),
        Some(c) => Err(format!("a URI has no {c:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_in_order() {
        let found = variables("registry://{connection}/subjects/{subject}/versions/{version}");
        assert_eq!(found.unwrap(), ["connection", "subject", "version"]);
        assert!(variables("test://static-text").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_uri_is_refused_in_words() {
        for (uri, message) in [
            ("topics/{topic}", "begins with a scheme"),
            ("Kafka://x", "begins with a scheme"),
            ("k://{a}{b}", "need a `/` between"),
            ("k://{a", "is not closed"),
            ("k://a}", "closes no variable"),
            ("k://{}", "`{}` is no variable"),
            ("k://{+a}", "`{+a}` is no variable"),
            ("k://{a}/{a}", "twice"),
            ("k://a b", "a URI has no ' '"),
        ] {
            let found = variables(uri).unwrap_err();
            assert!(found.contains(message), "{uri}: {found}");
        }
    }

    #[test]
    fn templates_that_match_the_same_have_one_symbol() {
        let symbol = |uri: &str| {
            let literal = LitStr::new(uri, proc_macro2::Span::call_site());
            let problems = Problems::default();
            let uri = Uri::parse(&literal, &problems).unwrap();
            assert!(problems.finish().is_none());
            uri.symbol()
        };
        assert_eq!(symbol("k://{a}/t"), symbol("k://{b}/t"));
        assert_ne!(symbol("k://a-b"), symbol("k://a_b"));
        assert!(
            symbol("k://{a}/t-1")
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        );
    }
}
