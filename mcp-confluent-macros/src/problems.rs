//! Collects mistakes, so that one run of the compiler reports all of them.

use std::{cell::RefCell, fmt::Display, thread};

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far. Must be finished: one that is dropped has swallowed them.
#[derive(Default)]
pub(crate) struct Problems {
    errors: RefCell<Vec<syn::Error>>,
    finished: bool,
}

impl Problems {
    /// A mistake at `span`.
    pub(crate) fn at(&self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    /// A mistake that is all of `tokens`.
    pub(crate) fn on(&self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake that syn found.
    pub(crate) fn add(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// The `compile_error!`s of all mistakes; `None` if there was none.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        self.finished = true;
        let errors = self.errors.take();
        (!errors.is_empty()).then(|| errors.iter().map(syn::Error::to_compile_error).collect())
    }
}

impl Drop for Problems {
    fn drop(&mut self) {
        assert!(
            self.finished || thread::panicking(),
            "mistakes were collected and not reported"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wrong_is_none() {
        assert!(Problems::default().finish().is_none());
    }

    #[test]
    fn every_mistake_is_reported() {
        let problems = Problems::default();
        problems.at(Span::call_site(), "first");
        problems.at(Span::call_site(), "second");
        let errors = problems.finish().unwrap().to_string();
        assert!(
            errors.contains("\"first\"") && errors.contains("\"second\""),
            "{errors}"
        );
    }

    #[test]
    #[should_panic(expected = "not reported")]
    fn unfinished_problems_are_a_defect() {
        drop(Problems::default());
    }
}
