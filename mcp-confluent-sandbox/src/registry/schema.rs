//! A schema of any language, read and checked.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use protox::prost_reflect::prost::Message as _;
use protox::prost_reflect::prost_types::FileDescriptorProto;
use serde_json::Value;

use super::avro;

/// The language of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Apache Avro.
    Avro,
    /// JSON Schema.
    Json,
    /// Protocol Buffers.
    Protobuf,
}

impl Kind {
    /// The name that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Avro, Self::Json, Self::Protobuf]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text of a schema that another one refers to, under the name it uses.
#[derive(Debug, Clone)]
pub(super) struct Referenced {
    pub(super) name: String,
    pub(super) text: String,
}

/// A schema that is valid.
#[derive(Debug)]
pub(super) enum Parsed {
    Avro(avro::Schema),
    Json(JsonDocuments),
    Protobuf(ProtobufFile),
}

/// A JSON Schema and those it refers to by name.
#[derive(Debug)]
pub(super) struct JsonDocuments {
    pub(super) root: Value,
    pub(super) references: Vec<(String, Value)>,
}

impl JsonDocuments {
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        self.references
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, document)| document)
    }
}

/// A Protobuf file.
#[derive(Debug)]
pub(super) struct ProtobufFile {
    pub(super) descriptor: Box<FileDescriptorProto>,
}

impl Parsed {
    /// Reads `text`; `references` are all it uses, each after those it uses itself. The error says
    /// what is wrong and where.
    pub(super) fn new(kind: Kind, text: &str, references: &[Referenced]) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("it is empty".to_owned());
        }
        match kind {
            Kind::Avro => {
                let texts: Vec<&str> = references
                    .iter()
                    .map(|reference| reference.text.as_str())
                    .collect();
                avro::parse(text, &texts).map(Self::Avro)
            }
            Kind::Json => json(text, references).map(Self::Json),
            Kind::Protobuf => protobuf(text, references).map(Self::Protobuf),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Avro(_) => Kind::Avro,
            Self::Json(_) => Kind::Json,
            Self::Protobuf(_) => Kind::Protobuf,
        }
    }

    /// The text that is stored: without spaces where they mean nothing.
    pub(super) fn stored(&self, text: &str) -> String {
        match self {
            Self::Avro(_) => serde_json::from_str(text).map_or_else(
                |_| text.to_owned(),
                |value| avro::canonical(&value).to_string(),
            ),
            Self::Json(documents) => documents.root.to_string(),
            Self::Protobuf(_) => text.trim().to_owned(),
        }
    }

    /// The same for schemas that differ in form only; what `normalize` compares.
    pub(super) fn normal(&self, stored: &str) -> String {
        match self {
            Self::Avro(_) => serde_json::from_str(stored).map_or_else(
                |_| stored.to_owned(),
                |value: Value| sorted(&value).to_string(),
            ),
            Self::Json(documents) => sorted(&documents.root).to_string(),
            Self::Protobuf(_) => self.compiled().unwrap_or_default(),
        }
    }

    /// A Protobuf file as its compiled form (a `FileDescriptorProto`) in base64.
    pub(super) fn compiled(&self) -> Option<String> {
        match self {
            Self::Protobuf(file) => Some(STANDARD.encode(file.descriptor.encode_to_vec())),
            Self::Avro(_) | Self::Json(_) => None,
        }
    }
}

fn json(text: &str, references: &[Referenced]) -> Result<JsonDocuments, String> {
    let read = |text: &str| -> Result<Value, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        if value.is_object() || value.is_boolean() {
            Ok(value)
        } else {
            Err("a JSON Schema is an object or a boolean".to_owned())
        }
    };
    let root = read(text)?;
    check_keywords(&root, "")?;
    let references = references
        .iter()
        .map(|reference| Ok((reference.name.clone(), read(&reference.text)?)))
        .collect::<Result<_, String>>()?;
    Ok(JsonDocuments { root, references })
}

/// Refuses what no JSON Schema can say, in the places that hold schemas.
fn check_keywords(schema: &Value, path: &str) -> Result<(), String> {
    const TYPES: [&str; 7] = [
        "array", "boolean", "integer", "null", "number", "object", "string",
    ];
    let Some(object) = schema.as_object() else {
        return if schema.is_boolean() {
            Ok(())
        } else {
            Err(format!("{path}: {schema} is no schema"))
        };
    };
    if let Some(of) = object.get("type") {
        let names: Vec<&Value> = of
            .as_array()
            .map_or_else(|| vec![of], |names| names.iter().collect());
        if let Some(unknown) = names
            .iter()
            .find(|name| !name.as_str().is_some_and(|name| TYPES.contains(&name)))
        {
            return Err(format!("{path}/type: {unknown} is no type"));
        }
    }
    for (key, value) in object {
        let path = format!("{path}/{key}");
        match key.as_str() {
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
                let Some(schemas) = value.as_object() else {
                    return Err(format!("{path} is no object"));
                };
                for (name, schema) in schemas {
                    check_keywords(schema, &format!("{path}/{name}"))?;
                }
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                let Some(schemas) = value.as_array() else {
                    return Err(format!("{path} is no list"));
                };
                for (index, schema) in schemas.iter().enumerate() {
                    check_keywords(schema, &format!("{path}/{index}"))?;
                }
            }
            "items" if value.is_array() => {}
            "items" | "additionalProperties" | "not" => check_keywords(value, &path)?,
            "required"
                if !value
                    .as_array()
                    .is_some_and(|names| names.iter().all(Value::is_string)) =>
            {
                return Err(format!("{path} is no list of names"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The file name that the schema itself has among its imports.
const MAIN: &str = "__schema.proto";

fn protobuf(text: &str, references: &[Referenced]) -> Result<ProtobufFile, String> {
    let mut files = ChainFileResolver::new();
    files.add(GoogleFileResolver::new());
    files.add(Files {
        main: text.to_owned(),
        references: references.to_vec(),
    });
    let mut compiler = protox::Compiler::with_file_resolver(files);
    compiler.include_imports(false).include_source_info(false);
    compiler
        .open_file(Path::new(MAIN))
        .map_err(|error| error.to_string())?;
    let set = compiler.file_descriptor_set();
    let descriptor = set.file.into_iter().next_back().ok_or("it holds nothing")?;
    Ok(ProtobufFile {
        descriptor: Box::new(descriptor),
    })
}

/// Schemas as the files that a Protobuf compiler asks for.
struct Files {
    main: String,
    references: Vec<Referenced>,
}

impl FileResolver for Files {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        path.to_str().map(str::to_owned)
    }

    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = if name == MAIN {
            &self.main
        } else {
            let reference = self
                .references
                .iter()
                .find(|reference| reference.name == name);
            &reference
                .ok_or_else(|| protox::Error::file_not_found(name))?
                .text
        };
        // Some clients register the compiled file, as base64.
        let compiled = STANDARD.decode(text.trim()).ok();
        match compiled.and_then(|bytes| FileDescriptorProto::decode(bytes.as_slice()).ok()) {
            Some(mut descriptor) => {
                descriptor.name = Some(name.to_owned());
                Ok(File::from_file_descriptor_proto(descriptor))
            }
            None => File::from_source(name, text),
        }
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(object) => {
            let mut keys: Vec<_> = object.iter().collect();
            keys.sort_unstable_by_key(|(key, _)| key.as_str());
            Value::Object(
                keys.into_iter()
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: Kind, text: &str) -> String {
        Parsed::new(kind, text, &[])
            .err()
            .unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(error(Kind::Json, "[]").contains("object or a boolean"));
        assert!(
            error(Kind::Json, r#"{"properties":{"a":{"type":"strnig"}}}"#)
                .contains("/properties/a/type")
        );
        assert!(error(Kind::Json, r#"{"required":[1]}"#).contains("/required"));
        assert!(error(Kind::Protobuf, "message {").contains("expected"));
        assert!(
            error(
                Kind::Protobuf,
                "syntax = \"proto3\"; import \"other.proto\";"
            )
            .contains("other.proto")
        );
        assert!(error(Kind::Avro, "  ").contains("empty"));
    }

    #[test]
    fn a_compiled_protobuf_file_is_read() {
        let text = "syntax = \"proto3\"; message M { int32 a = 1; }";
        let Ok(Parsed::Protobuf(file)) = Parsed::new(Kind::Protobuf, text, &[]) else {
            panic!("{text}")
        };
        let compiled = STANDARD.encode(file.descriptor.encode_to_vec());
        let Ok(Parsed::Protobuf(again)) = Parsed::new(Kind::Protobuf, &compiled, &[]) else {
            panic!("{compiled}")
        };
        assert_eq!(again.descriptor.message_type, file.descriptor.message_type);
    }

    #[test]
    fn imports_are_found_among_the_references() {
        let reference = Referenced {
            name: "common.proto".to_owned(),
            text: "syntax = \"proto3\"; message C {}".to_owned(),
        };
        let text = "syntax = \"proto3\"; import \"common.proto\"; import \"google/protobuf/timestamp.proto\"; message M { C c = 1; google.protobuf.Timestamp t = 2; }";
        assert!(Parsed::new(Kind::Protobuf, text, &[reference]).is_ok());
    }

    #[test]
    fn the_normal_form_ignores_what_means_nothing() {
        let normal = |kind, text: &str| {
            let parsed = Parsed::new(kind, text, &[]).expect("a schema");
            parsed.normal(&parsed.stored(text))
        };
        assert_eq!(
            normal(Kind::Json, r#"{"a":1,"b":2}"#),
            normal(Kind::Json, r#"{ "b":2,"a":1 }"#)
        );
        assert_eq!(
            normal(
                Kind::Protobuf,
                "syntax = \"proto3\"; message M { int32 a = 1; }"
            ),
            normal(
                Kind::Protobuf,
                "// text\nsyntax = \"proto3\";\nmessage M {\n  int32 a = 1;\n}\n"
            ),
        );
    }
}
