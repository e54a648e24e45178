//! Messages from canonical JSON, and from the spellings that its readers have to take as well.

use std::collections::HashMap;

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage as _, Value as Field,
};
use serde_json::{Map, Value};

use super::{
    super::{
        number::{nearest_float, read_double},
        problem::{Problem, Step, excerpt, expected},
    },
    known,
};

/// Reads `value` as a `message`.
pub(super) fn parse(message: MessageDescriptor, value: &Value) -> Result<DynamicMessage, Problem> {
    let known = message.full_name().strip_prefix("google.protobuf.");
    match known {
        Some("Any") => return any(message, value),
        Some("Struct") => return only(message, "fields", value),
        Some("ListValue") => return only(message, "values", value),
        Some("Value") => return dynamic(message, value),
        Some(name) if known::is_wrapper(name) => return only(message, "value", value),
        Some(name) => {
            if let Some(parsed) = known::parse(name, &message, value)? {
                return Ok(parsed);
            }
        }
        None => {}
    }
    let mut parsed = DynamicMessage::new(message);
    fields(&mut parsed, object(value)?, |_| false)?;
    Ok(parsed)
}

fn object(value: &Value) -> Result<&Map<String, Value>, Problem> {
    value
        .as_object()
        .ok_or_else(|| expected("an object", value))
}

/// Sets the fields of `message` from `values`, but for those to `skip`.
fn fields(
    message: &mut DynamicMessage,
    values: &Map<String, Value>,
    skip: impl Fn(&str) -> bool,
) -> Result<(), Problem> {
    for (name, value) in values.iter().filter(|(name, _)| !skip(name)) {
        field(message, name, value).map_err(|problem| problem.at(Step::field(name)))?;
    }
    Ok(())
}

fn field(message: &mut DynamicMessage, name: &str, value: &Value) -> Result<(), Problem> {
    let descriptor = message.descriptor();
    let extension = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .and_then(|name| descriptor.parent_pool().get_extension_by_name(name))
        .filter(|extension| extension.containing_message() == descriptor);
    if let Some(field) = extension {
        if let Some(value) = shaped(&field.kind(), field.is_list(), field.is_map(), value)? {
            message.set_extension(&field, value);
        }
        return Ok(());
    }
    let field = descriptor
        .get_field_by_json_name(name)
        .or_else(|| descriptor.get_field_by_name(name))
        .ok_or_else(|| no_such_field(&descriptor))?;
    let Some(value) = shaped(&field.kind(), field.is_list(), field.is_map(), value)? else {
        return Ok(());
    };
    if let Some(other) = already_set(message, &field) {
        return Err(Problem::new(format!(
            "`{}` is given too, and only one of them can be",
            other.json_name()
        )));
    }
    message.set_field(&field, value);
    Ok(())
}

fn no_such_field(message: &MessageDescriptor) -> Problem {
    let fields = message
        .fields()
        .map(|field| format!("`{}`", field.json_name()));
    let fields: Vec<_> = fields.collect();
    let fields = if fields.is_empty() {
        "no fields".to_owned()
    } else {
        excerpt(&fields.join(", "))
    };
    Problem::new(format!(
        "the message `{}` has no such field; it has {fields}",
        message.full_name()
    ))
}

/// A field that `field` would take the place of: the same in another spelling, or another of the
/// same `oneof`.
fn already_set(message: &DynamicMessage, field: &FieldDescriptor) -> Option<FieldDescriptor> {
    match field.containing_oneof() {
        Some(oneof) => oneof.fields().find(|other| message.has_field(other)),
        None => message.has_field(field).then(|| field.clone()),
    }
}

/// A field's value; `None` where it is not set.
fn shaped(
    kind: &Kind,
    is_list: bool,
    is_map: bool,
    value: &Value,
) -> Result<Option<Field>, Problem> {
    if value.is_null() && (is_list || is_map || !takes_null(kind)) {
        return Ok(None);
    }
    if is_map && let Some(entry) = kind.as_message() {
        return map(entry, object(value)?).map(Some);
    }
    if is_list {
        let items = value
            .as_array()
            .ok_or_else(|| expected("an array", value))?;
        let item = |(index, item)| {
            one(kind, item).map_err(|problem: Problem| problem.at(Step::Index(index)))
        };
        let items = items.iter().enumerate().map(item);
        return items.collect::<Result<_, _>>().map(Field::List).map(Some);
    }
    one(kind, value).map(Some)
}

/// Whether a `null` is a value of its own.
fn takes_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name() == "google.protobuf.Value",
        Kind::Enum(ty) => ty.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}

fn map(entry: &MessageDescriptor, values: &Map<String, Value>) -> Result<Field, Problem> {
    let (key_kind, kind) = (
        entry.map_entry_key_field().kind(),
        entry.map_entry_value_field().kind(),
    );
    let mut entries = HashMap::with_capacity(values.len());
    for (name, value) in values {
        let at = |problem: Problem| problem.at(Step::field(name));
        let key = key(&key_kind, name).map_err(at)?;
        let value = one(&kind, value).map_err(at)?;
        if entries.insert(key, value).is_some() {
            return Err(at(Problem::new("the same key is given twice")));
        }
    }
    Ok(Field::Map(entries))
}

fn key(kind: &Kind, name: &str) -> Result<MapKey, Problem> {
    let text = Value::from(name);
    if *kind == Kind::Bool {
        return name
            .parse()
            .map(MapKey::Bool)
            .map_err(|_| expected("the key \"true\" or \"false\"", &text));
    }
    Ok(match one(kind, &text)? {
        Field::I32(key) => MapKey::I32(key),
        Field::I64(key) => MapKey::I64(key),
        Field::U32(key) => MapKey::U32(key),
        Field::U64(key) => MapKey::U64(key),
        _ => MapKey::String(name.to_owned()),
    })
}

fn one(kind: &Kind, value: &Value) -> Result<Field, Problem> {
    let missing = |what: &str| expected(what, value);
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(value)
            .map(Field::I32)
            .ok_or_else(|| missing("an integer of 32 bits")),
        Kind::Uint32 | Kind::Fixed32 => integer(value)
            .map(Field::U32)
            .ok_or_else(|| missing("an integer of 32 bits, not negative")),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(value)
            .map(Field::I64)
            .ok_or_else(|| missing("an integer of 64 bits")),
        Kind::Uint64 | Kind::Fixed64 => integer(value)
            .map(Field::U64)
            .ok_or_else(|| missing("an integer of 64 bits, not negative")),
        Kind::Double => double(value)
            .map(Field::F64)
            .ok_or_else(|| missing("a number, or \"NaN\", \"Infinity\" or \"-Infinity\"")),
        Kind::Float => double(value)
            .map(|double| (double, nearest_float(double)))
            .filter(|(double, float)| float.is_finite() || !double.is_finite())
            .map(|(_, float)| Field::F32(float))
            .ok_or_else(|| missing("a float of 32 bits")),
        Kind::Bool => value
            .as_bool()
            .map(Field::Bool)
            .ok_or_else(|| missing("a boolean")),
        Kind::String => value
            .as_str()
            .map(|text| Field::String(text.to_owned()))
            .ok_or_else(|| missing("a string")),
        Kind::Bytes => known::bytes(value).map(Field::Bytes),
        Kind::Enum(ty) => symbol(ty, value).map(Field::EnumNumber),
        Kind::Message(message) => parse(message.clone(), value).map(Field::Message),
    }
}

/// An integer, also as a string, and also written as `1.0`.
fn integer<T: TryFrom<i128>>(value: &Value) -> Option<T> {
    let integer = match value {
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| known::integer(number.as_f64()?).map(i128::from)),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    };
    T::try_from(integer?).ok()
}

fn double(value: &Value) -> Option<f64> {
    read_double(value).or_else(|| {
        let double: f64 = value.as_str()?.parse().ok()?;
        double.is_finite().then_some(double)
    })
}

fn symbol(ty: &EnumDescriptor, value: &Value) -> Result<i32, Problem> {
    if value.is_null() && ty.full_name() == "google.protobuf.NullValue" {
        return Ok(0);
    }
    let number = match value {
        Value::String(name) => ty.get_value_by_name(name).map(|symbol| symbol.number()),
        other => integer(other),
    };
    number.ok_or_else(|| {
        let symbols: Vec<_> = ty.values().map(|s| format!("\"{}\"", s.name())).collect();
        expected(&format!("one of {}", excerpt(&symbols.join(", "))), value)
    })
}

/// A message that is nothing but one of its fields.
fn only(message: MessageDescriptor, name: &str, value: &Value) -> Result<DynamicMessage, Problem> {
    let field = message
        .get_field_by_name(name)
        .ok_or_else(|| known::redefined(message.name()))?;
    let mut parsed = DynamicMessage::new(message);
    if let Some(value) = shaped(&field.kind(), field.is_list(), field.is_map(), value)? {
        parsed.set_field(&field, value);
    }
    Ok(parsed)
}

/// `google.protobuf.Value`: JSON itself.
fn dynamic(message: MessageDescriptor, value: &Value) -> Result<DynamicMessage, Problem> {
    let name = match value {
        Value::Null => "null_value",
        Value::Bool(_) => "bool_value",
        Value::Number(number) => {
            let integer = number.as_i64().map(i128::from);
            let integer = integer.or_else(|| number.as_u64().map(i128::from));
            if integer.is_some_and(|integer| !known::is_exact(integer)) {
                return Err(expected(
                    "a number that a double holds exactly (write a larger one as a string)",
                    value,
                ));
            }
            "number_value"
        }
        Value::String(_) => "string_value",
        Value::Array(_) => "list_value",
        Value::Object(_) => "struct_value",
    };
    only(message, name, value)
}

/// `google.protobuf.Any`: a message with its type.
fn any(message: MessageDescriptor, value: &Value) -> Result<DynamicMessage, Problem> {
    let values = object(value)?;
    let pool = message.parent_pool().clone();
    let mut parsed = DynamicMessage::new(message);
    if values.is_empty() {
        return Ok(parsed);
    }
    let at = |problem: Problem| problem.at(Step::field("@type"));
    let url = values.get("@type").and_then(Value::as_str).ok_or_else(|| {
        at(Problem::new(
            "missing: an Any names its type, such as \"type.googleapis.com/acme.Order\"",
        ))
    })?;
    let name = url.rsplit('/').next().unwrap_or_default();
    let wrapped = || match values.get("value") {
        Some(value) if values.len() == 2 => Ok(value),
        _ => Err(expected("the keys \"@type\" and \"value\"", value)),
    };
    let bytes = match pool.get_message_by_name(name) {
        Some(inner) if known::has_own_form(&inner) => {
            let value = parse(inner, wrapped()?);
            known::encode(&value.map_err(|problem| problem.at(Step::field("value")))?)
        }
        Some(inner) => {
            let mut inner = DynamicMessage::new(inner);
            fields(&mut inner, values, |name| name == "@type")?;
            known::encode(&inner)
        }
        // As it is shown where the type is not known.
        None => known::bytes(wrapped().map_err(|_| {
            at(Problem::new(format!(
                "the type `{}` is not part of the schema",
                excerpt(name)
            )))
        })?)
        .map_err(|problem| problem.at(Step::field("value")))?,
    };
    known::set(&mut parsed, "type_url", Field::String(url.to_owned()))?;
    known::set(&mut parsed, "value", Field::Bytes(bytes))?;
    Ok(parsed)
}
