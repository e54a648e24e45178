//! JSON values that count how often they are looked at, so that a check can be ended.
//!
//! The validator knows no bound of its own. It can work on any representation of JSON, and this one
//! ends the check from within: by unwinding, as none of its functions can fail.

use std::{
    borrow::Cow,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use jsonschema::{
    JsonType,
    json::{Array, Json, Node, NodeIdentity, Object, cmp, unique},
};
use serde_json::{Map, Value, map};

thread_local! {
    /// The looks left to the check that runs on this thread.
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// What unwinds through the validator when there are none left.
struct Spent;

/// Runs `check`, which may look at [`Counted`] values so many times; `None` where it wanted to do
/// so more often.
pub(super) fn within<T>(looks: u64, check: impl FnOnce() -> T) -> Option<T> {
    LEFT.set(looks);
    match catch_unwind(AssertUnwindSafe(check)) {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<Spent>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

fn look(parts: usize) {
    let cost = 1 + u64::try_from(parts / 16).unwrap_or(u64::MAX);
    match LEFT.get().checked_sub(cost) {
        Some(left) => LEFT.set(left),
        // Unlike a panic, this says nothing on stderr.
        None => resume_unwind(Box::new(Spent)),
    }
}

/// The representation: `serde_json`'s, with a count.
pub(super) enum Counting {}

/// A value of it.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a>(pub(super) &'a Value);

impl Json for Counting {
    type Node<'a> = Counted<'a>;
    type PreparedKey = String;
    type StringBuffer = ();

    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(Counted<'_>) -> T) -> T {
        f(Counted(&Value::String(string.to_owned())))
    }
}

impl<'a> Node<'a, Counting> for Counted<'a> {
    type Object = CountedObject<'a>;
    type Array = CountedArray<'a>;
    type Number = &'a serde_json::Number;

    fn as_object(&self) -> Option<Self::Object> {
        look(0);
        self.0.as_object().map(CountedObject)
    }

    fn as_array(&self) -> Option<Self::Array> {
        look(0);
        self.0.as_array().map(|items| CountedArray(items))
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        let text = self.0.as_str();
        look(text.map_or(0, str::len));
        text.map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Self::Number> {
        look(0);
        self.0.as_number()
    }

    fn as_boolean(&self) -> Option<bool> {
        look(0);
        self.0.as_bool()
    }

    fn is_null(&self) -> bool {
        look(0);
        self.0.is_null()
    }

    fn json_type(&self) -> JsonType {
        look(0);
        match self.0 {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Number(_) => JsonType::Number,
            Value::String(_) => JsonType::String,
            Value::Array(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        look(match self.0 {
            Value::String(text) => text.len(),
            Value::Array(items) => items.len(),
            Value::Object(fields) => fields.len(),
            _ => 0,
        });
        cmp::equal(self.0, expected)
    }

    fn to_value(&self) -> Cow<'a, Value> {
        look(0);
        Cow::Borrowed(self.0)
    }

    fn identity(&self) -> Option<NodeIdentity> {
        look(0);
        Some(NodeIdentity::new(std::ptr::from_ref(self.0).addr()))
    }
}

pub(super) struct CountedObject<'a>(&'a Map<String, Value>);

impl<'a> Object<'a, Counting> for CountedObject<'a> {
    type Node = Counted<'a>;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        look(0);
        self.0.len()
    }

    fn get(&self, key: &String) -> Option<Counted<'a>> {
        look(0);
        self.0.get(key).map(Counted)
    }

    fn members(&self) -> Members<'a> {
        Members(self.0.iter())
    }
}

pub(super) struct Members<'a>(map::Iter<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Counted<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        look(0);
        let (name, value) = self.0.next()?;
        Some((name, Counted(value)))
    }
}

pub(super) struct CountedArray<'a>(&'a [Value]);

impl<'a> Array<'a, Counting> for CountedArray<'a> {
    type Node = Counted<'a>;
    type ElementsIter = Elements<'a>;

    fn len(&self) -> usize {
        look(0);
        self.0.len()
    }

    fn elements(&self) -> Elements<'a> {
        Elements(self.0.iter())
    }

    fn is_unique(&self) -> bool {
        look(self.0.len());
        unique::is_unique(self.0)
    }
}

pub(super) struct Elements<'a>(std::slice::Iter<'a, Value>);

impl<'a> Iterator for Elements<'a> {
    type Item = Counted<'a>;

    fn next(&mut self) -> Option<Counted<'a>> {
        look(0);
        self.0.next().map(Counted)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_check_ends_when_its_looks_are_spent() {
        let value = json!([1, 2, 3]);
        let count = || {
            Counted(&value)
                .as_array()
                .map(|items| items.elements().count())
        };
        // The array, three elements, and that there is no fourth.
        assert_eq!(within(5, count), Some(Some(3)));
        assert_eq!(within(4, count), None);
        let long = json!("x".repeat(160));
        assert_eq!(within(10, || Counted(&long).as_string().is_some()), None);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let panic = catch_unwind(|| within(1, || resume_unwind(Box::new("other"))));
        assert!(panic.is_err_and(|panic| panic.is::<&str>()));
    }
}
