//! A Protobuf schema, from text or descriptor to something that can be reflected on.

use std::{collections::HashMap, panic::AssertUnwindSafe};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost_reflect::FileDescriptor;
use protox::{
    Compiler, Error,
    file::{File, FileResolver, GoogleFileResolver},
};

use super::{
    super::{
        problem::{Problem, excerpt},
        schema::Schema,
    },
    builtin,
};

/// Compiles `text` and what it imports.
pub(super) fn compile<'a>(
    text: &str,
    references: impl IntoIterator<Item = (&'a str, &'a Schema)>,
) -> Result<FileDescriptor, Problem> {
    let mut files: HashMap<String, String> = references
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema.text().to_owned()))
        .collect();
    // The file needs a name that no import has.
    let mut root = String::from("schema.proto");
    while files.contains_key(&root) {
        root.insert(0, '_');
    }
    files.insert(root.clone(), text.to_owned());
    // On some descriptors that no compiler would write, the library panics rather than say so.
    std::panic::catch_unwind(AssertUnwindSafe(|| open(&root, files)))
        .unwrap_or_else(|_| Err(Problem::new("the descriptor contradicts itself")))
}

fn open(root: &str, files: HashMap<String, String>) -> Result<FileDescriptor, Problem> {
    let mut compiler = Compiler::with_file_resolver(Files(files));
    compiler
        .open_file(root)
        .map_err(|error| explain(root, &error))?;
    compiler
        .descriptor_pool()
        .get_file_by_name(root)
        .ok_or_else(|| Problem::new("the compiled schema is missing"))
}

fn explain(root: &str, error: &Error) -> Problem {
    let message = error.to_string();
    let message = if message.contains("but found 'edition'") {
        "it is of a Protobuf edition, and only proto2 and proto3 can be read".to_owned()
    } else {
        excerpt(&message)
    };
    Problem::new(match error.file() {
        Some(file) if file != root => format!("in `{}`: {message}", excerpt(file)),
        _ => message,
    })
}

/// The schema, its references, and what needs no reference.
struct Files(HashMap<String, String>);

impl FileResolver for Files {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        let text = match self.0.get(name) {
            Some(text) => text.as_str(),
            None => match builtin::text(name) {
                Some(text) => text,
                None => return GoogleFileResolver::new().open_file(name),
            },
        };
        match descriptor(name, text) {
            Some(file) => Ok(file),
            None => File::from_source(name, text),
        }
    }
}

/// The file of a base64 `FileDescriptorProto`, which is what a registry holds that was asked for
/// `format=serialized` or was written to by a client that has no source.
fn descriptor(name: &str, text: &str) -> Option<File> {
    let bytes = BASE64
        .decode(text.trim())
        .ok()
        .filter(|bytes| !bytes.is_empty())?;
    let file = File::decode_file_descriptor_proto(bytes.as_slice()).ok()?;
    let mut file = file.file_descriptor_proto().clone();
    file.name = Some(name.to_owned());
    Some(File::from_file_descriptor_proto(file))
}
