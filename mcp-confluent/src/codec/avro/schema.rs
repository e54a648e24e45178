//! Avro schemas, from JSON to the flat form that the encoder and the decoder walk.
//!
//! The names, the namespaces and the logical types follow the
//! [specification](https://avro.apache.org/docs/1.12.0/specification/); what it says a reader should
//! ignore (a logical type that is unknown, or does not fit) is ignored. Names are not checked for
//! their spelling, nor defaults until they are used: a schema that others write records with has to
//! be readable here.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::super::{
    problem::{Problem, Step, excerpt},
    schema::Schema,
};

/// The position of a type in [`Types`].
pub(super) type TypeId = usize;

/// All types of a schema and its references; named types may refer to themselves.
#[derive(Debug)]
pub(super) struct Types {
    types: Vec<Type>,
    root: TypeId,
}

impl Types {
    pub(super) fn root(&self) -> TypeId {
        self.root
    }

    pub(super) fn get(&self, id: TypeId) -> &Type {
        &self.types[id]
    }
}

/// A type. What a logical type makes of it is part of it.
#[derive(Debug)]
pub(super) enum Type {
    Null,
    Boolean,
    Int(IntKind),
    Long(LongKind),
    Float,
    Double,
    Bytes(BytesKind),
    String { uuid: bool },
    Array(TypeId),
    Map(TypeId),
    Union(Vec<TypeId>),
    Record(Record),
    Enum(Enum),
    Fixed(Fixed),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntKind {
    Plain,
    Date,
    TimeMillis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LongKind {
    Plain,
    TimeMicros,
    Timestamp(Unit),
    LocalTimestamp(Unit),
}

/// What a timestamp counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millis,
    Micros,
    Nanos,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BytesKind {
    Plain,
    Decimal(Decimal),
    BigDecimal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FixedKind {
    Plain,
    Decimal(Decimal),
    Uuid,
    Duration,
}

/// How many digits a decimal has, and how many of them follow the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) precision: u32,
    pub(super) scale: u32,
}

#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// Positions in `fields`.
    pub(super) by_name: HashMap<String, usize>,
    /// Bytes of the names of all fields.
    pub(super) name_bytes: usize,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: TypeId,
    /// As the schema writes it, which is not how values are written here: see
    /// [`encode`](super::encode).
    pub(super) default: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) symbols: Vec<String>,
    /// Positions in `symbols`.
    pub(super) by_symbol: HashMap<String, usize>,
}

#[derive(Debug)]
pub(super) struct Fixed {
    pub(super) name: String,
    pub(super) size: usize,
    pub(super) kind: FixedKind,
}

/// Reads a schema. `references` are the texts it builds on, each after those it builds on itself.
pub(super) fn parse<'a>(
    text: &str,
    references: impl IntoIterator<Item = (&'a str, &'a Schema)>,
) -> Result<Types, Problem> {
    let mut parser = Parser::default();
    let mut seen = HashSet::new();
    for (name, schema) in references {
        // The same schema may be known by several names.
        if !seen.insert(schema.fingerprint()) {
            continue;
        }
        parser.document(schema.text()).map_err(|problem| {
            Problem::new(format!("in the reference `{}`: {problem}", excerpt(name)))
        })?;
    }
    let root = parser.document(text)?;
    Ok(Types {
        types: parser.types,
        root,
    })
}

#[derive(Default)]
struct Parser {
    types: Vec<Type>,
    names: HashMap<String, TypeId>,
}

impl Parser {
    fn document(&mut self, text: &str) -> Result<TypeId, Problem> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| Problem::new(format!("the schema is not JSON: {error}")))?;
        self.any(&json, "")
    }

    fn add(&mut self, ty: Type) -> TypeId {
        self.types.push(ty);
        self.types.len() - 1
    }

    fn any(&mut self, json: &Value, namespace: &str) -> Result<TypeId, Problem> {
        match json {
            Value::String(name) => self.named(name, namespace),
            Value::Array(branches) => self.union(branches, namespace),
            Value::Object(object) => self.object(object, namespace),
            _ => Err(Problem::new(
                "a type is a name, an object or, for a union, an array",
            )),
        }
    }

    fn named(&mut self, name: &str, namespace: &str) -> Result<TypeId, Problem> {
        if let Some(ty) = primitive(name) {
            return Ok(self.add(ty));
        }
        // A name without dots is one of the enclosing namespace; some writers mean the null
        // namespace.
        self.names
            .get(&full_name(name, namespace))
            .or_else(|| self.names.get(name.trim_start_matches('.')))
            .copied()
            .ok_or_else(|| {
                Problem::new(format!(
                    "the type `{}` is not defined, neither here before its use nor in a reference",
                    excerpt(name)
                ))
            })
    }

    fn union(&mut self, branches: &[Value], namespace: &str) -> Result<TypeId, Problem> {
        let mut ids = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            let at = |problem: Problem| problem.at(Step::Index(index));
            let id = self.any(branch, namespace).map_err(at)?;
            if matches!(self.types[id], Type::Union(_)) {
                return Err(at(Problem::new(
                    "a union may not directly hold another union",
                )));
            }
            ids.push(id);
        }
        if ids.is_empty() {
            return Err(Problem::new("a union without branches"));
        }
        let mut labels = HashSet::with_capacity(ids.len());
        for (index, id) in ids.iter().enumerate() {
            let label = label(&self.types[*id]);
            if !labels.insert(label) {
                return Err(Problem::new(format!(
                    "the union has two branches `{}`",
                    excerpt(label)
                ))
                .at(Step::Index(index)));
            }
        }
        Ok(self.add(Type::Union(ids)))
    }

    fn object(&mut self, object: &Map<String, Value>, namespace: &str) -> Result<TypeId, Problem> {
        let ty = object
            .get("type")
            .ok_or_else(|| Problem::new("the key `type` is missing"))?;
        let at = |problem: Problem| problem.at(Step::field("type"));
        match ty.as_str() {
            Some("record" | "error") => self.record(object, namespace),
            Some("enum") => self.enumeration(object, namespace),
            Some("fixed") => self.fixed(object, namespace),
            Some("array") => {
                let items = self.inner(object, "items", namespace)?;
                Ok(self.add(Type::Array(items)))
            }
            Some("map") => {
                let values = self.inner(object, "values", namespace)?;
                Ok(self.add(Type::Map(values)))
            }
            Some(name) => match primitive(name) {
                Some(ty) => Ok(self.add(logical(ty, object))),
                None => self.named(name, namespace).map_err(at),
            },
            None => {
                let id = self.any(ty, namespace).map_err(at)?;
                // `{"type": {"type": "bytes"}, "logicalType": …}` wraps a type that nobody else
                // refers to, unless it is a named one.
                if is_named(&self.types[id]) {
                    return Ok(id);
                }
                let plain = std::mem::replace(&mut self.types[id], Type::Null);
                self.types[id] = logical(plain, object);
                Ok(id)
            }
        }
    }

    fn inner(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        namespace: &str,
    ) -> Result<TypeId, Problem> {
        let json = object
            .get(key)
            .ok_or_else(|| Problem::new(format!("the key `{key}` is missing")))?;
        self.any(json, namespace)
            .map_err(|problem| problem.at(Step::field(key)))
    }

    /// Reserves the name, so that the type may refer to itself.
    fn define(
        &mut self,
        object: &Map<String, Value>,
        namespace: &str,
    ) -> Result<(String, TypeId), Problem> {
        let name = text(object, "name").ok_or_else(|| Problem::new("the key `name` is missing"))?;
        let namespace = text(object, "namespace").unwrap_or(namespace);
        let name = full_name(name, namespace);
        if primitive(&name).is_some() {
            return Err(Problem::new(format!("`{name}` may not be defined anew")));
        }
        let id = self.add(Type::Null);
        if self.names.insert(name.clone(), id).is_some() {
            return Err(Problem::new(format!(
                "the type `{}` is defined twice",
                excerpt(&name)
            )));
        }
        Ok((name, id))
    }

    fn record(&mut self, object: &Map<String, Value>, namespace: &str) -> Result<TypeId, Problem> {
        let (name, id) = self.define(object, namespace)?;
        // Another record must not be mistaken for this one while its fields are read.
        self.types[id] = Type::Record(Record {
            name: name.clone(),
            fields: Vec::new(),
            by_name: HashMap::new(),
            name_bytes: 0,
        });
        let namespace = name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
        let list = object
            .get("fields")
            .and_then(Value::as_array)
            .ok_or_else(|| {
                Problem::new(format!("the record `{}` has no `fields`", excerpt(&name)))
            })?;
        let mut fields = Vec::with_capacity(list.len());
        let mut by_name = HashMap::with_capacity(list.len());
        for (index, json) in list.iter().enumerate() {
            let at = |problem: Problem| problem.at(Step::Index(index)).at(Step::field("fields"));
            let json = json
                .as_object()
                .ok_or_else(|| at(Problem::new("a field is an object")))?;
            let name =
                text(json, "name").ok_or_else(|| at(Problem::new("the key `name` is missing")))?;
            let ty = self.inner(json, "type", namespace).map_err(at)?;
            if by_name.insert(name.to_owned(), index).is_some() {
                return Err(at(Problem::new(format!(
                    "the field `{}` occurs twice",
                    excerpt(name)
                ))));
            }
            fields.push(Field {
                name: name.to_owned(),
                ty,
                default: json.get("default").cloned(),
            });
        }
        self.types[id] = Type::Record(Record {
            name,
            name_bytes: fields.iter().map(|field| field.name.len()).sum(),
            fields,
            by_name,
        });
        Ok(id)
    }

    fn enumeration(
        &mut self,
        object: &Map<String, Value>,
        namespace: &str,
    ) -> Result<TypeId, Problem> {
        let (name, id) = self.define(object, namespace)?;
        let symbols: Option<Vec<String>> = object
            .get("symbols")
            .and_then(Value::as_array)
            .and_then(|symbols| {
                symbols
                    .iter()
                    .map(|symbol| symbol.as_str().map(str::to_owned))
                    .collect()
            });
        let symbols = symbols.ok_or_else(|| {
            Problem::new(format!(
                "the enum `{}` needs `symbols`, an array of strings",
                excerpt(&name)
            ))
        })?;
        let by_symbol = symbols
            .iter()
            .enumerate()
            .map(|(position, symbol)| (symbol.clone(), position))
            .collect();
        self.types[id] = Type::Enum(Enum {
            name,
            symbols,
            by_symbol,
        });
        Ok(id)
    }

    fn fixed(&mut self, object: &Map<String, Value>, namespace: &str) -> Result<TypeId, Problem> {
        let (name, id) = self.define(object, namespace)?;
        let size = object
            .get("size")
            .and_then(Value::as_u64)
            .and_then(|size| usize::try_from(size).ok())
            .ok_or_else(|| {
                Problem::new(format!(
                    "the fixed `{}` needs a `size` in bytes",
                    excerpt(&name)
                ))
            })?;
        let fixed = Type::Fixed(Fixed {
            name,
            size,
            kind: FixedKind::Plain,
        });
        self.types[id] = logical(fixed, object);
        Ok(id)
    }
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

fn primitive(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int(IntKind::Plain),
        "long" => Type::Long(LongKind::Plain),
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes(BytesKind::Plain),
        "string" => Type::String { uuid: false },
        _ => return None,
    })
}

fn full_name(name: &str, namespace: &str) -> String {
    match name.strip_prefix('.') {
        Some(name) => name.to_owned(),
        None if name.contains('.') || namespace.is_empty() => name.to_owned(),
        None => format!("{namespace}.{name}"),
    }
}

/// `ty` with the logical type that `object` gives it, where the two fit together.
fn logical(ty: Type, object: &Map<String, Value>) -> Type {
    let Some(name) = text(object, "logicalType") else {
        return ty;
    };
    match (name, ty) {
        ("date", Type::Int(_)) => Type::Int(IntKind::Date),
        ("time-millis", Type::Int(_)) => Type::Int(IntKind::TimeMillis),
        ("time-micros", Type::Long(_)) => Type::Long(LongKind::TimeMicros),
        ("uuid", Type::String { .. }) => Type::String { uuid: true },
        ("big-decimal", Type::Bytes(_)) => Type::Bytes(BytesKind::BigDecimal),
        ("decimal", Type::Bytes(plain)) => {
            Type::Bytes(decimal(object).map_or(plain, BytesKind::Decimal))
        }
        ("decimal" | "uuid" | "duration", Type::Fixed(fixed)) => {
            let kind = match (name, fixed.size) {
                ("uuid", 16) => FixedKind::Uuid,
                ("duration", 12) => FixedKind::Duration,
                ("decimal", _) => decimal(object).map_or(FixedKind::Plain, FixedKind::Decimal),
                _ => FixedKind::Plain,
            };
            Type::Fixed(Fixed { kind, ..fixed })
        }
        (_, Type::Long(plain)) => {
            let (local, name) = match name.strip_prefix("local-") {
                Some(name) => (true, name),
                None => (false, name),
            };
            let unit = match name {
                "timestamp-millis" => Unit::Millis,
                "timestamp-micros" => Unit::Micros,
                "timestamp-nanos" => Unit::Nanos,
                _ => return Type::Long(plain),
            };
            Type::Long(if local {
                LongKind::LocalTimestamp(unit)
            } else {
                LongKind::Timestamp(unit)
            })
        }
        (_, ty) => ty,
    }
}

fn decimal(object: &Map<String, Value>) -> Option<Decimal> {
    let number = |key: &str| match object.get(key) {
        None => Some(0),
        Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    let (precision, scale) = (number("precision")?, number("scale")?);
    (precision > 0 && scale <= precision).then_some(Decimal { precision, scale })
}

fn is_named(ty: &Type) -> bool {
    matches!(ty, Type::Record(_) | Type::Enum(_) | Type::Fixed(_))
}

/// The name a union branch is tagged with: a named type's full name, otherwise the type's own.
pub(super) fn label(ty: &Type) -> &str {
    match ty {
        Type::Record(Record { name, .. })
        | Type::Enum(Enum { name, .. })
        | Type::Fixed(Fixed { name, .. }) => name,
        Type::Null => "null",
        Type::Boolean => "boolean",
        Type::Int(_) => "int",
        Type::Long(_) => "long",
        Type::Float => "float",
        Type::Double => "double",
        Type::Bytes(_) => "bytes",
        Type::String { .. } => "string",
        Type::Array(_) => "array",
        Type::Map(_) => "map",
        Type::Union(_) => "union",
    }
}
