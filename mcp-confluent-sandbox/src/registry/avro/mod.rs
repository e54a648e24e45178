//! Avro schemas (Avro 1.12 specification): read, checked, written in one form.

mod canonical;
mod defaults;
mod parse;

pub(super) use canonical::canonical;
pub(super) use parse::parse;

/// A place in [`Schema::types`].
pub(super) type TypeId = usize;

/// A schema with everything it uses. Named types that use themselves are why types are numbered.
#[derive(Debug)]
pub(super) struct Schema {
    types: Vec<Type>,
    root: TypeId,
}

#[derive(Debug, Clone)]
pub(super) enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(TypeId),
    Map(TypeId),
    Union(Vec<TypeId>),
    Fixed {
        name: Name,
        size: u64,
    },
    Enum {
        name: Name,
        symbols: Vec<String>,
        default: Option<String>,
    },
    Record {
        name: Name,
        fields: Vec<Field>,
    },
    /// A named type whose definition is being read.
    Unfinished,
}

/// The full name of a type, and what it is also called, in full.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) full: String,
    pub(super) aliases: Vec<String>,
}

impl Name {
    /// The name without its namespace.
    pub(super) fn simple(&self) -> &str {
        self.full.rsplit('.').next().unwrap_or(&self.full)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    pub(super) has_default: bool,
    pub(super) of: TypeId,
}

impl Schema {
    pub(super) fn root(&self) -> TypeId {
        self.root
    }

    pub(super) fn get(&self, id: TypeId) -> &Type {
        &self.types[id]
    }
}

impl Type {
    /// What the type is called in messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Long => "long".to_owned(),
            Self::Float => "float".to_owned(),
            Self::Double => "double".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::String => "string".to_owned(),
            Self::Array(_) => "array".to_owned(),
            Self::Map(_) => "map".to_owned(),
            Self::Union(_) => "union".to_owned(),
            Self::Fixed { name, .. } => format!("fixed `{}`", name.full),
            Self::Enum { name, .. } => format!("enum `{}`", name.full),
            Self::Record { name, .. } => format!("record `{}`", name.full),
            Self::Unfinished => "unfinished".to_owned(),
        }
    }
}
