//! JSON to Avro bytes, led by the schema.

use serde_json::{Map, Value};

use super::{
    super::{
        limits::{Budget, Limits},
        problem::{Problem, Step, excerpt, expected, found},
        varint,
    },
    scalar::{self, Notation},
    schema::{Enum, Field, Record, Type, TypeId, Types, label},
    union::{self, Pick},
};

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
        Type::Bytes(kind) => {
            encoder.bytes =
                scalar::bytes(*kind, value, Notation::Ours).map_err(|why| found(&why, value))?;
        }
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
        let misfit = |why: String| found(&why, value);
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
                let value = scalar::int(*kind, value, notation).map_err(misfit)?;
                varint::write_signed(value.into(), &mut self.bytes);
                Ok(())
            }
            Type::Long(kind) => {
                let value = scalar::long(*kind, value, notation).map_err(misfit)?;
                varint::write_signed(value, &mut self.bytes);
                Ok(())
            }
            Type::Float => {
                let value = scalar::float(value).map_err(misfit)?;
                self.bytes.extend(value.to_le_bytes());
                Ok(())
            }
            Type::Double => {
                let value = scalar::double(value).map_err(misfit)?;
                self.bytes.extend(value.to_le_bytes());
                Ok(())
            }
            Type::Bytes(kind) => {
                let value = scalar::bytes(*kind, value, notation).map_err(misfit)?;
                self.sized(&value);
                Ok(())
            }
            Type::String { uuid } => {
                let text = value.as_str().ok_or_else(|| expected("a string", value))?;
                if *uuid && notation == Notation::Ours {
                    scalar::uuid(value).map_err(misfit)?;
                }
                self.sized(text.as_bytes());
                Ok(())
            }
            Type::Enum(ty) => {
                let position = scalar::symbol(ty, value).ok_or_else(|| no_symbol(ty, value))?;
                self.length(position);
                Ok(())
            }
            Type::Fixed(ty) => {
                let value = scalar::fixed(ty, value, notation).map_err(misfit)?;
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
        self.budget
            .take(union::effort(self.types, branches, value))?;
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

fn no_symbol(ty: &Enum, value: &Value) -> Problem {
    let symbols: Vec<_> = ty.symbols.iter().map(|s| format!("\"{s}\"")).collect();
    expected(&format!("one of {}", excerpt(&symbols.join(", "))), value)
}
