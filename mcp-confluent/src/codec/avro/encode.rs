//! JSON to Avro bytes, led by the schema.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    super::{
        limits::{Budget, Limits},
        number::{nearest_float, read_double},
        problem::{Problem, Step, excerpt, expected},
        varint,
    },
    logical, packed,
    schema::{
        BytesKind, Enum, Field, Fixed, FixedKind, IntKind, LongKind, Record, Type, TypeId, Types,
        Unit, label,
    },
    union::{self, Pick},
};

/// How a JSON value is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// As this crate writes values; see the [module](super).
    Ours,
    /// As a schema writes defaults: no logical types, bytes as the characters U+0000 to U+00FF,
    /// unions without tags.
    Default,
}

/// Writes `value` as the root type.
pub(super) fn encode(types: &Types, value: &Value, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let mut encoder = Encoder {
        types,
        bytes: Vec::new(),
        budget: Budget::new(limits),
        limit: limits.payload_bytes,
    };
    match types.get(types.root()) {
        // The other clients write bytes at the top level without their length.
        Type::Bytes(kind) => encoder.bytes = bytes_of(*kind, value, Notation::Ours)?,
        _ => encoder.write(types.root(), value, Notation::Ours)?,
    }
    encoder.check_size()?;
    Ok(encoder.bytes)
}

struct Encoder<'a> {
    types: &'a Types,
    bytes: Vec<u8>,
    budget: Budget,
    limit: usize,
}

impl Encoder<'_> {
    fn write(&mut self, id: TypeId, value: &Value, notation: Notation) -> Result<(), Problem> {
        self.budget.take(1)?;
        self.check_size()?;
        match self.types.get(id) {
            Type::Null => match value {
                Value::Null => Ok(()),
                _ => Err(expected("null", value)),
            },
            Type::Boolean => {
                let value = value
                    .as_bool()
                    .ok_or_else(|| expected("a boolean", value))?;
                self.bytes.push(value.into());
                Ok(())
            }
            Type::Int(kind) => {
                let value = int_of(*kind, value, notation)?;
                varint::write_signed(value.into(), &mut self.bytes);
                Ok(())
            }
            Type::Long(kind) => {
                let value = long_of(*kind, value, notation)?;
                varint::write_signed(value, &mut self.bytes);
                Ok(())
            }
            Type::Float => {
                let value = float_of(value)?;
                self.bytes.extend(value.to_le_bytes());
                Ok(())
            }
            Type::Double => {
                let value = double_of(value)?;
                self.bytes.extend(value.to_le_bytes());
                Ok(())
            }
            Type::Bytes(kind) => {
                let value = bytes_of(*kind, value, notation)?;
                self.sized(&value);
                Ok(())
            }
            Type::String { uuid } => {
                let text = value.as_str().ok_or_else(|| expected("a string", value))?;
                if *uuid && notation == Notation::Ours {
                    uuid_of(value)?;
                }
                self.sized(text.as_bytes());
                Ok(())
            }
            Type::Enum(ty) => {
                let position = symbol_of(ty, value)?;
                self.length(position);
                Ok(())
            }
            Type::Fixed(ty) => {
                let value = fixed_of(ty, value, notation)?;
                self.padded(&value, ty.size)
            }
            // A branch is no union itself, so this adds no depth of its own.
            Type::Union(branches) => self.union(branches, value, notation),
            Type::Array(items) => self.nested(|this| this.array(*items, value, notation)),
            Type::Map(values) => self.nested(|this| this.map(*values, value, notation)),
            Type::Record(record) => self.nested(|this| this.record(record, value, notation)),
        }
    }

    fn nested(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.budget.enter()?;
        write(self)?;
        self.budget.leave();
        Ok(())
    }

    fn array(&mut self, items: TypeId, value: &Value, notation: Notation) -> Result<(), Problem> {
        let values = value
            .as_array()
            .ok_or_else(|| expected("an array", value))?;
        if !values.is_empty() {
            self.length(values.len());
            for (index, value) in values.iter().enumerate() {
                self.write(items, value, notation)
                    .map_err(|problem| problem.at(Step::Index(index)))?;
            }
        }
        self.length(0);
        Ok(())
    }

    fn map(&mut self, ty: TypeId, value: &Value, notation: Notation) -> Result<(), Problem> {
        let values = object(value)?;
        if !values.is_empty() {
            self.length(values.len());
            for (key, value) in values {
                self.sized(key.as_bytes());
                self.write(ty, value, notation)
                    .map_err(|problem| problem.at(Step::field(key)))?;
            }
        }
        self.length(0);
        Ok(())
    }

    fn union(
        &mut self,
        branches: &[TypeId],
        value: &Value,
        notation: Notation,
    ) -> Result<(), Problem> {
        self.budget.take(union::effort(self.types, branches))?;
        match union::pick(self.types, branches, value, notation) {
            Some(Pick::Plain(branch)) => {
                self.length(branch);
                self.write(branches[branch], value, notation)
            }
            Some(Pick::Tagged(branch, inner)) => {
                self.length(branch);
                let ty = branches[branch];
                self.write(ty, inner, notation)
                    .map_err(|problem| problem.at(Step::field(label(self.types.get(ty)))))
            }
            None => Err(expected(
                &format!("one of {}", union::labels(self.types, branches)),
                value,
            )),
        }
    }

    fn record(
        &mut self,
        record: &Record,
        value: &Value,
        notation: Notation,
    ) -> Result<(), Problem> {
        let values = object(value)?;
        if let Some(unknown) = values
            .keys()
            .find(|name| !record.by_name.contains_key(*name))
        {
            return Err(Problem::new(format!(
                "the record `{}` has no such field; it has {}",
                record.name,
                names(&record.fields)
            ))
            .at(Step::field(unknown)));
        }
        for field in &record.fields {
            match (values.get(&field.name), &field.default) {
                (Some(value), _) => self.write(field.ty, value, notation),
                (None, Some(default)) => {
                    self.write(field.ty, default, Notation::Default)
                        .map_err(|problem| {
                            Problem::new(format!("the schema's default does not fit: {problem}"))
                        })
                }
                (None, None) => Err(Problem::new(format!(
                    "missing, and the record `{}` has no default for it",
                    record.name
                ))),
            }
            .map_err(|problem| problem.at(Step::field(&field.name)))?;
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), Problem> {
        if self.bytes.len() <= self.limit {
            return Ok(());
        }
        Err(self.too_large())
    }

    fn too_large(&self) -> Problem {
        Problem::new(format!(
            "the payload would be larger than {} bytes",
            self.limit
        ))
    }

    /// Adds `number`, which is in two's complement, with its sign in front up to `size` bytes.
    fn padded(&mut self, number: &[u8], size: usize) -> Result<(), Problem> {
        // The schema says the size, which may be anything.
        let end = self.bytes.len().saturating_add(size);
        if end > self.limit {
            return Err(self.too_large());
        }
        let is_negative = number.first().is_some_and(|first| first & 0x80 != 0);
        let sign = if is_negative { 0xff } else { 0 };
        self.bytes.resize(end - number.len(), sign);
        self.bytes.extend_from_slice(number);
        Ok(())
    }

    fn length(&mut self, length: usize) {
        varint::write_length(length, &mut self.bytes);
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }
}

fn object(value: &Value) -> Result<&Map<String, Value>, Problem> {
    value
        .as_object()
        .ok_or_else(|| expected("an object", value))
}

fn because(why: &str, value: &Value) -> Problem {
    Problem::new(format!("{why}, found {}", excerpt(&value.to_string())))
}

fn names(fields: &[Field]) -> String {
    let names: Vec<_> = fields
        .iter()
        .map(|field| format!("`{}`", field.name))
        .collect();
    if names.is_empty() {
        "no fields".to_owned()
    } else {
        excerpt(&names.join(", "))
    }
}

/// An integer, also from a string of digits: JavaScript clients cannot write larger ones exactly.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn int_of(kind: IntKind, value: &Value, notation: Notation) -> Result<i32, Problem> {
    let text = value
        .as_str()
        .filter(|_| notation == Notation::Ours && kind != IntKind::Plain);
    if let Some(text) = text {
        return match kind {
            IntKind::Date => logical::date_days(text),
            _ => logical::time_count(text, Unit::Millis)
                .and_then(|count| i32::try_from(count).map_err(|error| error.to_string())),
        }
        .map_err(|why| because(&why, value));
    }
    integer(value)
        .and_then(|value| i32::try_from(value).ok())
        .ok_or_else(|| {
            let what = match kind {
                IntKind::Plain => "an int (32 bits)",
                IntKind::Date => "a date such as \"2026-11-23\"",
                IntKind::TimeMillis => "a time of day such as \"13:05:09.250\"",
            };
            expected(what, value)
        })
}

pub(super) fn long_of(kind: LongKind, value: &Value, notation: Notation) -> Result<i64, Problem> {
    let text = value
        .as_str()
        .filter(|_| notation == Notation::Ours && kind != LongKind::Plain);
    if let Some(text) = text {
        return match kind {
            LongKind::Timestamp(unit) => logical::timestamp_count(text, unit),
            LongKind::LocalTimestamp(unit) => logical::local_count(text, unit),
            _ => logical::time_count(text, Unit::Micros),
        }
        .map_err(|why| because(&why, value));
    }
    integer(value).ok_or_else(|| {
        let what = match kind {
            LongKind::Plain => "a long (64 bits)",
            LongKind::TimeMicros => "a time of day such as \"13:05:09.250\"",
            LongKind::Timestamp(_) => "a time such as \"2026-11-23T13:05:09.250Z\"",
            LongKind::LocalTimestamp(_) => "a local time such as \"2026-11-23T13:05:09.250\"",
        };
        expected(what, value)
    })
}

pub(super) fn double_of(value: &Value) -> Result<f64, Problem> {
    read_double(value)
        .ok_or_else(|| expected("a number, or \"NaN\", \"Infinity\" or \"-Infinity\"", value))
}

pub(super) fn float_of(value: &Value) -> Result<f32, Problem> {
    let double = double_of(value)?;
    let float = nearest_float(double);
    if double.is_finite() && !float.is_finite() {
        return Err(expected("a float (32 bits)", value));
    }
    Ok(float)
}

/// JSON text for a decimal: a string, or a number that is surely exact.
fn decimal_source(value: &Value) -> Result<Cow<'_, str>, Problem> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        Value::Number(number) => logical::exact_number(number)
            .map(Cow::Owned)
            .ok_or_else(|| {
                expected(
                    "a decimal as a string (a JSON number of so many digits gets rounded)",
                    value,
                )
            }),
        _ => Err(expected("a decimal in a string such as \"12.34\"", value)),
    }
}

pub(super) fn bytes_of(
    kind: BytesKind,
    value: &Value,
    notation: Notation,
) -> Result<Vec<u8>, Problem> {
    Ok(match kind {
        _ if notation == Notation::Default => from_code_points(value)?,
        BytesKind::Plain => from_base64(value)?,
        BytesKind::Decimal(decimal) => logical::decimal_bytes(&decimal_source(value)?, decimal)
            .map_err(|why| because(&why, value))?,
        BytesKind::BigDecimal => packed::big_decimal_bytes(&decimal_source(value)?)
            .map_err(|why| because(&why, value))?,
    })
}

/// The bytes of a `fixed`; those of a decimal without the ones that only repeat its sign.
pub(super) fn fixed_of(
    fixed: &Fixed,
    value: &Value,
    notation: Notation,
) -> Result<Vec<u8>, Problem> {
    let bytes = match fixed.kind {
        _ if notation == Notation::Default => from_code_points(value)?,
        FixedKind::Plain => from_base64(value)?,
        FixedKind::Uuid => uuid_of(value)?.as_bytes().to_vec(),
        FixedKind::Duration => packed::duration_bytes(value)?,
        FixedKind::Decimal(decimal) => logical::decimal_bytes(&decimal_source(value)?, decimal)
            .map_err(|why| because(&why, value))?,
    };
    let is_filled_up = notation == Notation::Ours && matches!(fixed.kind, FixedKind::Decimal(_));
    if bytes.len() == fixed.size || is_filled_up && bytes.len() < fixed.size {
        return Ok(bytes);
    }
    Err(because(
        &format!(
            "`{}` takes {} bytes, these are {}",
            fixed.name,
            fixed.size,
            bytes.len()
        ),
        value,
    ))
}

pub(super) fn symbol_of(ty: &Enum, value: &Value) -> Result<usize, Problem> {
    let symbol = value.as_str().and_then(|text| ty.by_symbol.get(text));
    symbol.copied().ok_or_else(|| {
        let symbols: Vec<_> = ty.symbols.iter().map(|s| format!("\"{s}\"")).collect();
        expected(&format!("one of {}", excerpt(&symbols.join(", "))), value)
    })
}

pub(super) fn uuid_of(value: &Value) -> Result<Uuid, Problem> {
    value
        .as_str()
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| {
            expected(
                "a UUID such as \"01890a5d-ac96-774b-bcce-b302099a8057\"",
                value,
            )
        })
}

fn from_base64(value: &Value) -> Result<Vec<u8>, Problem> {
    value
        .as_str()
        .and_then(|text| BASE64.decode(text).ok())
        .ok_or_else(|| expected("bytes as base64 in a string", value))
}

fn from_code_points(value: &Value) -> Result<Vec<u8>, Problem> {
    value
        .as_str()
        .and_then(|text| text.chars().map(|c| u8::try_from(c).ok()).collect())
        .ok_or_else(|| expected("bytes as characters up to U+00FF", value))
}
