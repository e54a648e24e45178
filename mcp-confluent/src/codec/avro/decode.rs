//! Avro bytes to JSON, led by the schema they were written with.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    super::{
        limits::{Budget, Limits},
        number::{double_value, float_value},
        problem::{Problem, Step, excerpt},
        varint,
    },
    logical, packed,
    schema::{
        BytesKind, Fixed, FixedKind, IntKind, LongKind, Record, Type, TypeId, Types, Unit, label,
    },
    union,
};

/// Reads one value of the root type; bytes left over are an error, as they show that the data was
/// written with another schema.
pub(super) fn decode(types: &Types, bytes: &[u8], limits: &Limits) -> Result<Value, Problem> {
    // The other clients write bytes at the top level without their length.
    if let Type::Bytes(kind) = types.get(types.root()) {
        return bytes_value(*kind, bytes);
    }
    let mut decoder = Decoder {
        types,
        rest: bytes,
        budget: Budget::new(limits),
    };
    let value = decoder.read(types.root())?;
    match decoder.rest.len() {
        0 => Ok(value),
        left => Err(Problem::new(format!(
            "{left} of {} bytes are left over after the value",
            bytes.len()
        ))),
    }
}

struct Decoder<'a> {
    types: &'a Types,
    rest: &'a [u8],
    budget: Budget,
}

impl<'a> Decoder<'a> {
    fn read(&mut self, id: TypeId) -> Result<Value, Problem> {
        self.budget.take(1)?;
        let types = self.types;
        Ok(match types.get(id) {
            Type::Null => Value::Null,
            Type::Boolean => match self.take(1)?[0] {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                other => {
                    return Err(Problem::new(format!(
                        "a boolean is the byte 0 or 1, not {other}"
                    )));
                }
            },
            Type::Int(kind) => {
                let count = self.long()?;
                let count = i32::try_from(count)
                    .map_err(|_| Problem::new(format!("{count} is not an int of 32 bits")))?;
                int_value(*kind, count)
            }
            Type::Long(kind) => long_value(*kind, self.long()?),
            Type::Float => float_value(f32::from_le_bytes(self.array()?)),
            Type::Double => double_value(f64::from_le_bytes(self.array()?)),
            Type::Bytes(kind) => {
                let value = bytes_value(*kind, self.sized()?)?;
                self.scaled(value)?
            }
            Type::String { .. } => Value::String(self.string()?),
            Type::Enum(ty) => {
                let position = self.long()?;
                let symbol = usize::try_from(position)
                    .ok()
                    .and_then(|position| ty.symbols.get(position));
                match symbol {
                    Some(symbol) => {
                        self.budget.take_text(symbol)?;
                        Value::String(symbol.clone())
                    }
                    None => {
                        return Err(Problem::new(format!(
                            "the enum `{}` has no symbol number {position}",
                            ty.name
                        )));
                    }
                }
            }
            Type::Fixed(ty) => {
                let value = fixed_value(ty, self.take(ty.size)?)?;
                self.scaled(value)?
            }
            // A branch is no union itself, so this adds no depth of its own.
            Type::Union(branches) => self.union(branches)?,
            Type::Array(items) => self.nested(|this| this.items(*items))?,
            Type::Map(values) => self.nested(|this| this.entries(*values))?,
            Type::Record(record) => self.nested(|this| this.record(record))?,
        })
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, Problem>,
    ) -> Result<Value, Problem> {
        self.budget.enter()?;
        let value = read(self)?;
        self.budget.leave();
        Ok(value)
    }

    /// The same value; few bytes are a long text where the scale of a decimal is large.
    fn scaled(&mut self, value: Value) -> Result<Value, Problem> {
        self.budget.take_text(value.as_str().unwrap_or_default())?;
        Ok(value)
    }

    fn union(&mut self, branches: &[TypeId]) -> Result<Value, Problem> {
        let position = self.long()?;
        let branch = usize::try_from(position)
            .ok()
            .filter(|branch| *branch < branches.len())
            .ok_or_else(|| {
                Problem::new(format!(
                    "the union has no branch number {position}; its branches are {}",
                    union::labels(self.types, branches)
                ))
            })?;
        let label = label(self.types.get(branches[branch]));
        self.budget.take_text(label)?;
        let value = self.read(branches[branch])?;
        self.budget
            .take(union::effort(self.types, branches, &value))?;
        Ok(union::written(self.types, branches, branch, value))
    }

    fn items(&mut self, ty: TypeId) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            let count = self.block()?;
            if count == 0 {
                return Ok(Value::Array(items));
            }
            for _ in 0..count {
                let item = self
                    .read(ty)
                    .map_err(|problem| problem.at(Step::Index(items.len())))?;
                items.push(item);
            }
        }
    }

    fn entries(&mut self, ty: TypeId) -> Result<Value, Problem> {
        let mut entries = Map::new();
        loop {
            let count = self.block()?;
            if count == 0 {
                return Ok(Value::Object(entries));
            }
            for _ in 0..count {
                let key = self.string()?;
                let value = self
                    .read(ty)
                    .map_err(|problem| problem.at(Step::field(&key)))?;
                entries.insert(key, value);
            }
        }
    }

    fn record(&mut self, record: &Record) -> Result<Value, Problem> {
        let mut fields = Map::new();
        for field in &record.fields {
            self.budget.take_text(&field.name)?;
            let value = self
                .read(field.ty)
                .map_err(|problem| problem.at(Step::field(&field.name)))?;
            fields.insert(field.name.clone(), value);
        }
        Ok(Value::Object(fields))
    }

    /// The number of items in the next block of an array or a map. A negative one is followed by
    /// the block's size in bytes, which only matters to those who skip it.
    fn block(&mut self) -> Result<u64, Problem> {
        let count = self.long()?;
        if count < 0 {
            self.long()?;
        }
        Ok(count.unsigned_abs())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Problem> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| {
            Problem::new(format!(
                "the payload ends too early: {count} more bytes expected, {} are left",
                self.rest.len()
            ))
        })?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn long(&mut self) -> Result<i64, Problem> {
        varint::read_signed(&mut self.rest)
    }

    fn sized(&mut self) -> Result<&'a [u8], Problem> {
        let length = self.long()?;
        let length = usize::try_from(length)
            .map_err(|_| Problem::new(format!("a length of {length} bytes")))?;
        self.take(length)
    }

    fn string(&mut self) -> Result<String, Problem> {
        let bytes = self.sized()?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Problem::new(format!(
                "a string that is not UTF-8: \"{}\"",
                excerpt(&String::from_utf8_lossy(bytes))
            ))),
        }
    }
}

fn text_or_number(text: Option<String>, number: i64) -> Value {
    text.map_or_else(|| Value::from(number), Value::String)
}

fn int_value(kind: IntKind, count: i32) -> Value {
    let text = match kind {
        IntKind::Plain => None,
        IntKind::Date => logical::date_text(count),
        IntKind::TimeMillis => logical::time_text(count.into(), Unit::Millis),
    };
    text_or_number(text, count.into())
}

fn long_value(kind: LongKind, count: i64) -> Value {
    let text = match kind {
        LongKind::Plain => None,
        LongKind::TimeMicros => logical::time_text(count, Unit::Micros),
        LongKind::Timestamp(unit) => logical::timestamp_text(count, unit),
        LongKind::LocalTimestamp(unit) => logical::local_text(count, unit),
    };
    text_or_number(text, count)
}

fn decimal_value(bytes: &[u8], scale: u32) -> Result<Value, Problem> {
    logical::decimal_text(bytes, scale)
        .map(Value::String)
        .ok_or_else(|| {
            Problem::new(format!(
                "a decimal of {} bytes and scale {scale} is too large to be shown",
                bytes.len()
            ))
        })
}

fn bytes_value(kind: BytesKind, bytes: &[u8]) -> Result<Value, Problem> {
    match kind {
        BytesKind::Plain => Ok(Value::String(BASE64.encode(bytes))),
        BytesKind::Decimal(decimal) => decimal_value(bytes, decimal.scale),
        BytesKind::BigDecimal => packed::big_decimal_text(bytes).map(Value::String),
    }
}

fn fixed_value(ty: &Fixed, bytes: &[u8]) -> Result<Value, Problem> {
    match ty.kind {
        FixedKind::Plain => Ok(Value::String(BASE64.encode(bytes))),
        FixedKind::Decimal(decimal) => decimal_value(bytes, decimal.scale),
        FixedKind::Uuid => Uuid::from_slice(bytes)
            .map(|uuid| Value::String(uuid.hyphenated().to_string()))
            .map_err(|error| Problem::new(error.to_string())),
        FixedKind::Duration => packed::duration_value(bytes),
    }
}
