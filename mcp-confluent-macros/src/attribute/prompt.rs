//! The keys of `#[confluent_prompt(…)]`.

use proc_macro2::{Ident, TokenStream};

use super::Common;
use crate::{keys, kind::Kind, problems::Problems};

const KEYS: &[&str] = &[
    "category",
    "name",
    "title",
    "skill",
    "requires",
    "experimental",
];

/// What `#[confluent_prompt(…)]` says. Where a key is wrong it is reported and left out.
pub(crate) struct PromptAttribute {
    pub(crate) common: Common,
    /// The word that makes it a skill too.
    pub(crate) skill: Option<Ident>,
}

impl PromptAttribute {
    pub(crate) fn parse(tokens: TokenStream, problems: &Problems) -> Self {
        let keys = keys::parse(Kind::Prompt.attribute(), KEYS, tokens, problems);
        let mut out = Self {
            common: Common::new(Kind::Prompt),
            skill: None,
        };
        for key in &keys.keys {
            if !out.common.read(key, problems) && key.word(problems) {
                out.skill = Some(key.name.clone());
            }
        }
        Common::check_category(&keys, Kind::Prompt, problems);
        out
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn every_key_is_read() {
        let problems = Problems::default();
        let tokens = quote!(
            category = Kafka,
            skill,
            name = "find-lag",
            title = "Find lag",
            requires(ACME),
            experimental
        );
        let attribute = PromptAttribute::parse(tokens, &problems);
        assert!(problems.finish().is_none());
        assert!(attribute.skill.is_some() && attribute.common.experimental);
    }

    #[test]
    fn a_category_is_asked_for_and_a_slip_is_recognised() {
        let problems = Problems::default();
        PromptAttribute::parse(quote!(skil), &problems);
        let errors = problems.finish().unwrap().to_string();
        assert!(errors.contains("say what the prompt is about"), "{errors}");
        assert!(errors.contains("did you mean `skill`?"), "{errors}");
    }
}
