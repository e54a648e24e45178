//! Which branch of a union a JSON value means.
//!
//! A value may be tagged with its branch, `{"com.acme.Address": {…}}`, as Avro's own JSON encoding
//! has it. A plain value means the branch it fits best, judged by the value alone and not by what
//! is nested in it: so the choice is made once, whatever the nesting, and an error further in is
//! reported where it is.

use serde_json::{Map, Number, Value};

use super::{
    super::{number::float_number, problem::excerpt},
    logical::MAX_DECIMAL_DIGITS,
    scalar::{self, Notation},
    schema::{BytesKind, Decimal, Fixed, FixedKind, IntKind, LongKind, Type, TypeId, Types, label},
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
    if notation == Notation::Default {
        // The first branch that it can be of, as the specification has it.
        let fits = |branch: &TypeId| fit(types.get(*branch), value, notation) > Fit::No;
        return branches.iter().position(fits).map(Pick::Plain);
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

/// What the choice of a branch for `value` costs in values: a large union is gone through for each
/// of them, and a long text is looked through for each branch that it may mean.
pub(super) fn effort(types: &Types, branches: &[TypeId], value: &Value) -> usize {
    /// A value is worth so many short looks.
    const LOOKS: usize = 16;
    /// In one of them, so many bytes are looked through,
    const BYTES: usize = 64;
    /// or so many digits of a decimal.
    const DIGITS: usize = 8;
    let (text, keys) = match value {
        Value::String(text) => (text.len(), 0),
        Value::Object(fields) => (0, fields.keys().map(String::len).sum()),
        _ => (0, 0),
    };
    let digits = |decimal: Decimal| {
        let scale = usize::try_from(decimal.scale).unwrap_or(usize::MAX);
        (text.min(MAX_DECIMAL_DIGITS) + scale.min(MAX_DECIMAL_DIGITS)) / DIGITS
    };
    let looks = |branch: &TypeId| {
        1 + match types.get(*branch) {
            Type::Record(record) if value.is_object() => {
                record.fields.len() + (record.name_bytes + keys) / BYTES
            }
            Type::Enum(_) => text / BYTES,
            Type::Fixed(Fixed { kind, .. }) => match kind {
                FixedKind::Decimal(decimal) => digits(*decimal) + text / BYTES,
                _ => text / BYTES,
            },
            Type::Bytes(BytesKind::Decimal(decimal)) => digits(*decimal),
            // Of every other type, a union has one branch.
            _ => 0,
        }
    };
    branches.iter().map(looks).sum::<usize>() / LOOKS
}

/// The tags of all branches, for messages.
pub(super) fn labels(types: &Types, branches: &[TypeId]) -> String {
    let labels: Vec<_> = branches
        .iter()
        .map(|branch| format!("`{}`", label(types.get(*branch))))
        .collect();
    excerpt(&labels.join(", "))
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
    match value {
        Value::Null => when(matches!(ty, Type::Null), Fit::Form),
        Value::Bool(_) => when(matches!(ty, Type::Boolean), Fit::Form),
        Value::Array(_) => when(matches!(ty, Type::Array(_)), Fit::Form),
        Value::Number(number) => number_fit(ty, value, number, notation),
        Value::String(_) => text_fit(ty, value, notation),
        Value::Object(fields) => object_fit(ty, value, fields, notation),
    }
}

fn when(fits: bool, fit: Fit) -> Fit {
    if fits { fit } else { Fit::No }
}

fn number_fit(ty: &Type, value: &Value, number: &Number, notation: Notation) -> Fit {
    match ty {
        Type::Int(kind) => {
            let plain = *kind == IntKind::Plain;
            let fit = if plain { Fit::Form } else { Fit::Stretch };
            when(scalar::int(*kind, value, notation).is_ok(), fit)
        }
        Type::Long(kind) => {
            let plain = *kind == LongKind::Plain;
            let fit = if plain { Fit::Form } else { Fit::Stretch };
            when(scalar::long(*kind, value, notation).is_ok(), fit)
        }
        Type::Double if number.is_f64() => Fit::Form,
        Type::Double => Fit::Text,
        // A double takes what a float would lose something of.
        Type::Float if number.is_f64() => {
            let float = scalar::float(value).ok();
            let exact = float.and_then(float_number).as_ref() == Some(number);
            if exact { Fit::Form } else { Fit::Stretch }
        }
        Type::Float => Fit::Stretch,
        Type::Bytes(kind) => when(scalar::bytes(*kind, value, notation).is_ok(), Fit::Stretch),
        Type::Fixed(fixed) => when(scalar::fixed(fixed, value, notation).is_ok(), Fit::Stretch),
        _ => Fit::No,
    }
}

fn text_fit(ty: &Type, value: &Value, notation: Notation) -> Fit {
    match ty {
        Type::Int(kind) => {
            let plain = *kind == IntKind::Plain;
            let fit = if plain { Fit::Stretch } else { Fit::Distinct };
            when(scalar::int(*kind, value, notation).is_ok(), fit)
        }
        Type::Long(kind) => {
            let plain = *kind == LongKind::Plain;
            let fit = if plain { Fit::Stretch } else { Fit::Distinct };
            when(scalar::long(*kind, value, notation).is_ok(), fit)
        }
        Type::Float | Type::Double => when(scalar::double(value).is_ok(), Fit::Stretch),
        // In a union there is no other string type that this could be.
        Type::String { .. } => Fit::Form,
        Type::Enum(ty) => when(scalar::symbol(ty, value).is_some(), Fit::Distinct),
        Type::Bytes(kind) => when(scalar::bytes(*kind, value, notation).is_ok(), Fit::Text),
        Type::Fixed(fixed) => {
            let uuid = fixed.kind == FixedKind::Uuid;
            let fit = if uuid { Fit::Distinct } else { Fit::Text };
            when(scalar::fixed(fixed, value, notation).is_ok(), fit)
        }
        _ => Fit::No,
    }
}

fn object_fit(ty: &Type, value: &Value, fields: &Map<String, Value>, notation: Notation) -> Fit {
    match ty {
        Type::Map(_) => Fit::Text,
        Type::Record(record) => {
            let known = fields.keys().all(|name| record.by_name.contains_key(name));
            let complete = || {
                let mut wanted = record.fields.iter();
                wanted.all(|field| field.default.is_some() || fields.contains_key(&field.name))
            };
            if known && complete() {
                Fit::Form
            } else {
                Fit::Stretch
            }
        }
        // Only a duration is an object.
        Type::Fixed(fixed) => when(scalar::fixed(fixed, value, notation).is_ok(), Fit::Distinct),
        _ => Fit::No,
    }
}
