//! Messages as canonical JSON.
//!
//! By hand, because a message comes from elsewhere: `Any` may nest without end, may hold a type that
//! the schema does not know, and no `NaN` may turn into a `null`.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost_reflect::{
    DynamicMessage, EnumDescriptor, Kind, MapKey, ReflectMessage as _, Value as Field,
};
use serde_json::{Map, Value, json};

use super::{
    super::{
        limits::{Budget, Limits},
        number::{double_value, float_value},
        problem::{Problem, Step, excerpt},
    },
    known, scan,
};

/// Writes `message` as JSON; adds to `notes` what the JSON does not show.
pub(super) fn print(
    message: &DynamicMessage,
    limits: &Limits,
    notes: &mut Vec<String>,
) -> Result<Value, Problem> {
    let budget = Budget::new(limits);
    Printer {
        budget,
        limits,
        notes,
    }
    .message(message)
}

struct Printer<'a> {
    budget: Budget,
    limits: &'a Limits,
    notes: &'a mut Vec<String>,
}

/// So many things that are not shown are worth a note.
const MAX_NOTES: usize = 20;

impl Printer<'_> {
    fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(note);
        }
    }

    fn message(&mut self, message: &DynamicMessage) -> Result<Value, Problem> {
        self.budget.enter()?;
        let descriptor = message.descriptor();
        let known = descriptor.full_name().strip_prefix("google.protobuf.");
        let value = match known {
            Some("Any") => self.any(message),
            Some("Struct") => self.only(message, "fields", json!({})),
            Some("ListValue") => self.only(message, "values", json!([])),
            Some("Value") => self.dynamic(message),
            Some(name) if known::is_wrapper(name) => {
                let value = known::field(message, "value")?;
                let kind = descriptor.get_field_by_name("value").map(|f| f.kind());
                self.value(&value, kind.as_ref())
            }
            Some(name) => match known::text(name, message)? {
                Some(text) => Ok(Value::String(text)),
                None => self.fields(message).map(Value::Object),
            },
            None => self.fields(message).map(Value::Object),
        }?;
        self.budget.leave();
        Ok(value)
    }

    fn fields(&mut self, message: &DynamicMessage) -> Result<Map<String, Value>, Problem> {
        let mut object = Map::new();
        for (field, value) in message.fields() {
            self.budget.take_text(field.json_name())?;
            let value = self
                .value(value, Some(&field.kind()))
                .map_err(|problem| problem.at(Step::field(field.json_name())))?;
            object.insert(field.json_name().to_owned(), value);
        }
        for (field, value) in message.extensions() {
            self.budget.take_text(field.json_name())?;
            let value = self
                .value(value, Some(&field.kind()))
                .map_err(|problem| problem.at(Step::field(field.json_name())))?;
            object.insert(field.json_name().to_owned(), value);
        }
        Ok(object)
    }

    /// `kind` is that of the field; for a map, of its entries.
    fn value(&mut self, value: &Field, kind: Option<&Kind>) -> Result<Value, Problem> {
        self.budget.take(1)?;
        Ok(match value {
            Field::Bool(value) => Value::Bool(*value),
            Field::I32(value) => Value::from(*value),
            Field::U32(value) => Value::from(*value),
            Field::I64(value) => Value::String(value.to_string()),
            Field::U64(value) => Value::String(value.to_string()),
            Field::F32(value) => float_value(*value),
            Field::F64(value) => double_value(*value),
            Field::String(value) => Value::String(value.clone()),
            Field::Bytes(value) => Value::String(BASE64.encode(value)),
            Field::EnumNumber(number) => {
                let symbol = symbol(*number, kind.and_then(Kind::as_enum));
                self.budget.take_text(symbol.as_str().unwrap_or_default())?;
                symbol
            }
            Field::Message(message) => self.message(message)?,
            Field::List(items) => {
                let item = |(index, item)| {
                    self.value(item, kind)
                        .map_err(|problem| problem.at(Step::Index(index)))
                };
                Value::Array(
                    items
                        .iter()
                        .enumerate()
                        .map(item)
                        .collect::<Result<_, _>>()?,
                )
            }
            Field::Map(entries) => {
                let kind = kind
                    .and_then(Kind::as_message)
                    .map(|entry| entry.map_entry_value_field().kind());
                let mut object = Map::new();
                for (key, value) in entries {
                    let key = key_text(key);
                    let value = self
                        .value(value, kind.as_ref())
                        .map_err(|problem| problem.at(Step::field(&key)))?;
                    object.insert(key, value);
                }
                // The message has them in no order.
                object.sort_keys();
                Value::Object(object)
            }
        })
    }

    /// A message that is nothing but one of its fields.
    fn only(
        &mut self,
        message: &DynamicMessage,
        name: &str,
        empty: Value,
    ) -> Result<Value, Problem> {
        let Some(field) = message.descriptor().get_field_by_name(name) else {
            return Ok(empty);
        };
        self.value(&message.get_field(&field), Some(&field.kind()))
    }

    /// `google.protobuf.Value`: JSON itself.
    fn dynamic(&mut self, message: &DynamicMessage) -> Result<Value, Problem> {
        // It is one field at most.
        let Some((field, value)) = message.fields().next() else {
            return Ok(Value::Null);
        };
        match value {
            Field::EnumNumber(_) => Ok(Value::Null),
            Field::F64(number) if !number.is_finite() => Err(Problem::new(
                "a number that is not finite, which this type cannot hold",
            )),
            Field::F64(number) => {
                Ok(known::integer(*number).map_or_else(|| double_value(*number), Value::from))
            }
            other => self.value(other, Some(&field.kind())),
        }
    }

    /// `google.protobuf.Any`: the message it holds, with its type.
    fn any(&mut self, message: &DynamicMessage) -> Result<Value, Problem> {
        let (url, bytes) = match (
            &*known::field(message, "type_url")?,
            &*known::field(message, "value")?,
        ) {
            (Field::String(url), Field::Bytes(bytes)) => (url.clone(), bytes.clone()),
            _ => return Err(known::redefined("Any")),
        };
        if url.is_empty() && bytes.is_empty() {
            return Ok(json!({}));
        }
        let name = url.rsplit('/').next().unwrap_or_default();
        let pool = message.descriptor().parent_pool().clone();
        let Some(descriptor) = pool.get_message_by_name(name) else {
            self.note(format!(
                "the type `{}` of an Any is not part of the schema; its bytes are shown",
                excerpt(&url)
            ));
            return Ok(json!({ "@type": url, "value": BASE64.encode(&bytes) }));
        };
        let inside = |problem: Problem| problem.at(Step::field("value"));
        let unknown = scan::scan(&descriptor, &bytes, self.limits).map_err(inside)?;
        if let Some(note) = scan::note(unknown) {
            self.note(note);
        }
        let is_known = known::has_own_form(&descriptor);
        let inner = DynamicMessage::decode(descriptor, bytes)
            .map_err(|error| inside(Problem::new(excerpt(&error.to_string()))))?;
        let inner = self.message(&inner).map_err(inside)?;
        Ok(match inner {
            Value::Object(fields) if !is_known => {
                let tagged = std::iter::once(("@type".to_owned(), Value::String(url)));
                Value::Object(tagged.chain(fields).collect())
            }
            value => json!({ "@type": url, "value": value }),
        })
    }
}

fn symbol(number: i32, ty: Option<&EnumDescriptor>) -> Value {
    if ty.is_some_and(|ty| ty.full_name() == "google.protobuf.NullValue") {
        return Value::Null;
    }
    match ty.and_then(|ty| ty.get_value(number)) {
        Some(symbol) => Value::String(symbol.name().to_owned()),
        None => Value::from(number),
    }
}

pub(super) fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}
