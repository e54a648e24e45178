//! Whether a default is a value of its field's type.

use serde_json::Value;

use super::{Schema, Type, TypeId};

/// Whether `value` is written as the Avro specification says for defaults of this type. A union takes
/// a value of any of its branches.
pub(super) fn fits(schema: &Schema, id: TypeId, value: &Value) -> bool {
    let is_integer = |range: std::ops::RangeInclusive<i64>| {
        value.as_i64().is_some_and(|number| range.contains(&number))
    };
    match schema.get(id) {
        Type::Null => value.is_null(),
        Type::Boolean => value.is_boolean(),
        Type::Int => is_integer(i64::from(i32::MIN)..=i64::from(i32::MAX)),
        Type::Long => is_integer(i64::MIN..=i64::MAX),
        Type::Float | Type::Double => value.is_number(),
        Type::Bytes => bytes(value).is_some(),
        Type::String => value.is_string(),
        Type::Fixed { size, .. } => bytes(value) == usize::try_from(*size).ok(),
        Type::Enum { symbols, .. } => value
            .as_str()
            .is_some_and(|symbol| symbols.iter().any(|known| known == symbol)),
        Type::Array(items) => value
            .as_array()
            .is_some_and(|values| values.iter().all(|value| fits(schema, *items, value))),
        Type::Map(of) => value
            .as_object()
            .is_some_and(|values| values.values().all(|value| fits(schema, *of, value))),
        Type::Union(branches) => branches.iter().any(|branch| fits(schema, *branch, value)),
        Type::Record { fields, .. } => value.as_object().is_some_and(|values| {
            fields.iter().all(|field| match values.get(&field.name) {
                Some(value) => fits(schema, field.of, value),
                None => field.has_default,
            })
        }),
        Type::Unfinished => false,
    }
}

/// How many bytes a text of code points 0 to 255 stands for.
fn bytes(value: &Value) -> Option<usize> {
    let text = value.as_str()?;
    text.chars()
        .all(|character| u32::from(character) < 256)
        .then(|| text.chars().count())
}
