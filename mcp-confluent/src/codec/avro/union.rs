//! Which branch of a union a JSON value means.
//!
//! A value may be tagged with its branch, `{"com.acme.Address": {…}}`, as Avro's own JSON encoding
//! has it. A plain value means the branch it fits best, judged by the value alone and not by what
//! is nested in it: so the choice is made once, whatever the nesting, and an error further in is
//! reported where it is.

use serde_json::Value;

use super::{
    encode::{self, Notation, float_number},
    schema::{BytesKind, FixedKind, IntKind, LongKind, Type, TypeId, Types, label},
};

/// A branch by its position, and the value it is to be given.
#[derive(Debug, PartialEq)]
pub(super) enum Pick<'v> {
    /// The value as it stands.
    Plain(usize),
    /// What the tag holds.
    Tagged(usize, &'v Value),
}

/// The branch for `value`; `None` where it fits none.
pub(super) fn pick<'v>(
    types: &Types,
    branches: &[TypeId],
    value: &'v Value,
    notation: Notation,
) -> Option<Pick<'v>> {
    if notation == Notation::Ours
        && let Some(object) = value.as_object().filter(|object| object.len() == 1)
        && let Some((tag, inner)) = object.iter().next()
        && let Some(branch) = branches
            .iter()
            .position(|branch| label(types.get(*branch)) == tag)
    {
        return Some(Pick::Tagged(branch, inner));
    }
    let mut best = (Fit::No, 0);
    for (position, branch) in branches.iter().enumerate() {
        let fit = fit(types.get(*branch), value, notation);
        if fit > best.0 {
            best = (fit, position);
        }
    }
    (best.0 > Fit::No).then_some(Pick::Plain(best.1))
}

/// How a value decoded from `branch` is written: plain where that would be read back as the same
/// branch, otherwise tagged.
pub(super) fn written(types: &Types, branches: &[TypeId], branch: usize, value: Value) -> Value {
    if pick(types, branches, &value, Notation::Ours) == Some(Pick::Plain(branch)) {
        return value;
    }
    let tag = label(types.get(branches[branch])).to_owned();
    Value::Object([(tag, value)].into_iter().collect())
}

/// The tags of all branches, for messages.
pub(super) fn labels(types: &Types, branches: &[TypeId]) -> String {
    let labels: Vec<_> = branches
        .iter()
        .map(|branch| format!("`{}`", label(types.get(*branch))))
        .collect();
    super::super::problem::excerpt(&labels.join(", "))
}

/// How well a plain value fits a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// It can be read as this, but looks like something else.
    Stretch,
    /// One of the texts this type has, though most texts of the form mean something else.
    Text,
    /// It is of this form.
    Form,
    /// It is of a form that hardly anything else has.
    Distinct,
}

fn fit(ty: &Type, value: &Value, notation: Notation) -> Fit {
    let if_fits = |fits: bool, fit: Fit| if fits { fit } else { Fit::No };
    match (ty, value) {
        (Type::Null, Value::Null)
        | (Type::Boolean, Value::Bool(_))
        | (Type::Array(_), Value::Array(_)) => Fit::Form,
        (Type::Int(kind), _) => {
            let text = match kind {
                IntKind::Plain => Fit::Stretch,
                _ => Fit::Distinct,
            };
            let number = match kind {
                IntKind::Plain => Fit::Form,
                _ => Fit::Stretch,
            };
            let fits = encode::int_of(*kind, value, notation).is_ok();
            if_fits(fits, if value.is_string() { text } else { number })
        }
        (Type::Long(kind), _) => {
            let text = match kind {
                LongKind::Plain => Fit::Stretch,
                _ => Fit::Distinct,
            };
            let number = match kind {
                LongKind::Plain => Fit::Form,
                _ => Fit::Stretch,
            };
            let fits = encode::long_of(*kind, value, notation).is_ok();
            if_fits(fits, if value.is_string() { text } else { number })
        }
        (Type::Double, Value::Number(number)) if number.is_f64() => Fit::Form,
        (Type::Double, Value::Number(_)) => Fit::Text,
        (Type::Float, Value::Number(number)) => {
            // Only where nothing is lost; a double takes the others.
            let float = number.as_f64().map(|double| double as f32);
            let exact = number.is_f64() && float.and_then(float_number).as_ref() == Some(number);
            if exact { Fit::Form } else { Fit::Stretch }
        }
        (Type::Float | Type::Double, Value::String(_)) => {
            if_fits(encode::double_of(value).is_ok(), Fit::Stretch)
        }
        (Type::String { uuid: false }, Value::String(_)) => Fit::Form,
        (Type::String { uuid: true }, Value::String(_)) => {
            if notation == Notation::Default || encode::uuid_of(value).is_ok() {
                Fit::Distinct
            } else {
                Fit::Stretch
            }
        }
        (Type::Enum(ty), Value::String(_)) => {
            if_fits(encode::symbol_of(ty, value).is_ok(), Fit::Distinct)
        }
        (Type::Bytes(kind), Value::String(_) | Value::Number(_)) => {
            let fits = encode::bytes_of(*kind, value, notation).is_ok();
            let number = value.is_number() && *kind != BytesKind::Plain;
            if_fits(fits, if number { Fit::Stretch } else { Fit::Text })
        }
        (Type::Fixed(fixed), _) => {
            let fits = encode::fixed_of(fixed, value, notation).is_ok();
            let fit = match fixed.kind {
                FixedKind::Uuid | FixedKind::Duration => Fit::Distinct,
                _ if value.is_number() => Fit::Stretch,
                _ => Fit::Text,
            };
            if_fits(fits, fit)
        }
        (Type::Map(_), Value::Object(_)) => Fit::Text,
        (Type::Record(record), Value::Object(values)) => {
            let known = values.keys().all(|name| record.by_name.contains_key(name));
            let complete = record
                .fields
                .iter()
                .all(|field| field.default.is_some() || values.contains_key(&field.name));
            if known && complete {
                Fit::Form
            } else {
                Fit::Stretch
            }
        }
        _ => Fit::No,
    }
}
