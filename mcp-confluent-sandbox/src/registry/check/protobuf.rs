//! Protocol Buffers: whether the wire format and the meaning of its numbers stay the same.
//!
//! Fields may come and go, since both are harmless on the wire; what a number means may not change.

use std::collections::{BTreeMap, HashMap, HashSet};

use protox::prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use protox::prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MessageOptions,
};

use super::Problem;
use crate::registry::schema::ProtobufFile;

/// Why data written with `writer` means something else to `reader`.
pub(super) fn check(reader: &ProtobufFile, writer: &ProtobufFile) -> Vec<Problem> {
    let (new, old) = (Messages::of(reader), Messages::of(writer));
    let mut problems = Vec::new();
    for (name, written) in &old.messages {
        if let Some(message) = new.messages.get(name) {
            compare(name, message, written, &mut problems);
        } else {
            let message = format!("message `{name}` was removed");
            problems.push(Problem::new("MESSAGE_REMOVED", name, message));
        }
    }
    problems
}

/// The messages of a file by their names within its package, which may change.
struct Messages<'a> {
    messages: BTreeMap<String, Message<'a>>,
}

struct Message<'a> {
    descriptor: &'a DescriptorProto,
    /// Map entries, by full name: they are messages on the wire only.
    entries: HashMap<String, &'a DescriptorProto>,
    /// `.package.`, to compare names without it.
    prefix: String,
    proto2: bool,
}

impl<'a> Messages<'a> {
    fn of(file: &'a ProtobufFile) -> Self {
        let mut all = Self {
            messages: BTreeMap::new(),
        };
        for message in &file.descriptor.message_type {
            all.add(&file.descriptor, "", message);
        }
        all
    }

    fn add(&mut self, file: &'a FileDescriptorProto, outer: &str, descriptor: &'a DescriptorProto) {
        let name = format!("{outer}{}", descriptor.name());
        let prefix = if file.package().is_empty() {
            ".".to_owned()
        } else {
            format!(".{}.", file.package())
        };
        let mut entries = HashMap::new();
        for nested in &descriptor.nested_type {
            if nested
                .options
                .as_ref()
                .is_some_and(MessageOptions::map_entry)
            {
                entries.insert(format!("{prefix}{name}.{}", nested.name()), nested);
            } else {
                self.add(file, &format!("{name}."), nested);
            }
        }
        let proto2 = file.syntax() != "proto3" && file.syntax() != "editions";
        self.messages.insert(
            name,
            Message {
                descriptor,
                entries,
                prefix,
                proto2,
            },
        );
    }
}

fn compare(name: &str, new: &Message<'_>, old: &Message<'_>, problems: &mut Vec<Problem>) {
    let fields = |message: &Message<'_>| -> BTreeMap<i32, FieldDescriptorProto> {
        message
            .descriptor
            .field
            .iter()
            .map(|field| (field.number(), field.clone()))
            .collect()
    };
    let (news, olds) = (fields(new), fields(old));
    for (number, before) in &olds {
        let path = format!("{name}.{}", before.name());
        let mut report = |kind, message: String| problems.push(Problem::new(kind, &path, message));
        let Some(now) = news.get(number) else {
            if before.label() == Label::Required {
                report(
                    "REQUIRED_FIELD_REMOVED",
                    format!("the required field `{}` was removed", before.name()),
                );
            } else if real_oneof(before).is_some() {
                let what = format!(
                    "field `{}` ({number}) was removed from its oneof",
                    before.name()
                );
                report("ONEOF_FIELD_REMOVED", what);
            }
            continue;
        };
        let (was, is) = (kind(old, before), kind(new, now));
        if !same_on_wire(&was, &is) {
            let what = format!("field `{}` ({number}) was {was} and is {is}", before.name());
            report("FIELD_KIND_CHANGED", what);
        } else if labels_differ(before, now) {
            let what = format!(
                "field `{}` ({number}) was single and is repeated, or the other way round",
                before.name()
            );
            report("FIELD_NUMERIC_LABEL_CHANGED", what);
        }
    }
    for (number, now) in &news {
        if now.label() == Label::Required && !olds.contains_key(number) && new.proto2 {
            let what = format!("the required field `{}` was added", now.name());
            problems.push(Problem::new(
                "REQUIRED_FIELD_ADDED",
                &format!("{name}.{}", now.name()),
                what,
            ));
        }
    }
    oneofs(name, new, (&news, &olds), problems);
}

/// Fields that were free of each other must not come together in a oneof: setting one clears the
/// others. One alone is harmless where the oneof is new.
fn oneofs(
    name: &str,
    new: &Message<'_>,
    (news, olds): (
        &BTreeMap<i32, FieldDescriptorProto>,
        &BTreeMap<i32, FieldDescriptorProto>,
    ),
    problems: &mut Vec<Problem>,
) {
    for (index, oneof) in new.descriptor.oneof_decl.iter().enumerate() {
        let members: Vec<&i32> = news
            .iter()
            .filter(|(_, field)| {
                real_oneof(field).and_then(|i| usize::try_from(i).ok()) == Some(index)
            })
            .map(|(number, _)| number)
            .collect();
        let moved = members.iter().filter(|number| {
            olds.get(**number)
                .is_some_and(|old| real_oneof(old).is_none())
        });
        let moved = moved.count();
        let existed: HashSet<i32> = members
            .iter()
            .filter_map(|number| real_oneof(olds.get(*number)?))
            .collect();
        let path = format!("{name}.{}", oneof.name());
        if moved > 1 {
            let what = format!(
                "{moved} fields were moved into the oneof `{}`",
                oneof.name()
            );
            problems.push(Problem::new("MULTIPLE_FIELDS_MOVED_TO_ONEOF", &path, what));
        } else if moved == 1 && !existed.is_empty() {
            let what = format!(
                "a field was moved into the oneof `{}`, which was there before",
                oneof.name()
            );
            problems.push(Problem::new("FIELD_MOVED_TO_EXISTING_ONEOF", &path, what));
        }
    }
}

/// The oneof that a person wrote; `optional` makes one that nobody sees.
fn real_oneof(field: &FieldDescriptorProto) -> Option<i32> {
    field.oneof_index.filter(|_| !field.proto3_optional())
}

/// Text and bytes may repeat or not: the last one counts. Numbers are packed when they repeat.
fn labels_differ(before: &FieldDescriptorProto, now: &FieldDescriptorProto) -> bool {
    let repeats = |field: &FieldDescriptorProto| field.label() == Label::Repeated;
    let is_text = matches!(now.r#type(), Type::String | Type::Bytes | Type::Message);
    repeats(before) != repeats(now) && !is_text
}

/// What a field holds, as far as the wire and its reader can tell.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Scalar(Type),
    Enum,
    /// Named without its package.
    Message(String),
    Map(Box<Kind>, Box<Kind>),
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scalar(of) => {
                let name = of
                    .as_str_name()
                    .trim_start_matches("TYPE_")
                    .to_ascii_lowercase();
                f.write_str(&name)
            }
            Self::Enum => f.write_str("an enum"),
            Self::Message(name) => write!(f, "message `{name}`"),
            Self::Map(key, value) => write!(f, "map<{key}, {value}>"),
        }
    }
}

fn kind(message: &Message<'_>, field: &FieldDescriptorProto) -> Kind {
    match field.r#type() {
        Type::Enum => Kind::Enum,
        Type::Message | Type::Group => {
            if let Some(entry) = message.entries.get(field.type_name()) {
                let part = |index: usize| {
                    let field = entry.field.get(index);
                    Box::new(field.map_or(Kind::Enum, |field| kind(message, field)))
                };
                return Kind::Map(part(0), part(1));
            }
            let name = field.type_name();
            let name = name.strip_prefix(&message.prefix).unwrap_or(name);
            Kind::Message(name.trim_start_matches('.').to_owned())
        }
        scalar => Kind::Scalar(scalar),
    }
}

fn same_on_wire(was: &Kind, is: &Kind) -> bool {
    match (was, is) {
        (Kind::Map(key, value), Kind::Map(new_key, new_value)) => {
            same_on_wire(key, new_key) && same_on_wire(value, new_value)
        }
        (Kind::Message(name), Kind::Message(new_name)) => name == new_name,
        (Kind::Scalar(_) | Kind::Enum, Kind::Scalar(_) | Kind::Enum) => class(was) == class(is),
        _ => false,
    }
}

/// Scalars of one class read each other's bytes (the specification's "Updating A Message Type").
fn class(kind: &Kind) -> u8 {
    match kind {
        Kind::Enum => 0,
        Kind::Scalar(of) => match of {
            Type::Int32 | Type::Uint32 | Type::Int64 | Type::Uint64 | Type::Bool => 0,
            Type::Sint32 | Type::Sint64 => 1,
            Type::String | Type::Bytes => 2,
            Type::Fixed32 | Type::Sfixed32 => 3,
            Type::Fixed64 | Type::Sfixed64 => 4,
            Type::Float => 5,
            Type::Double => 6,
            Type::Message | Type::Group | Type::Enum => 7,
        },
        Kind::Message(_) | Kind::Map(..) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::schema::{Kind as Language, Parsed};

    /// The kinds and paths of what is wrong when `new` follows `old`.
    fn kinds(new: &str, old: &str) -> Vec<String> {
        let file = |body: &str| {
            let text = if body.starts_with("syntax") {
                body.to_owned()
            } else {
                format!("syntax = \"proto3\"; {body}")
            };
            match Parsed::new(Language::Protobuf, &text, &[]) {
                Ok(Parsed::Protobuf(file)) => file,
                other => panic!("{body}: {other:?}"),
            }
        };
        let problems = check(&file(new), &file(old));
        problems
            .iter()
            .map(|problem| format!("{} {}", problem.kind, problem.path))
            .collect()
    }

    #[test]
    fn fields_may_come_and_go_and_be_renamed() {
        let a = "message M { int32 a = 1; }";
        assert!(kinds("message M { int32 a = 1; string b = 2; }", a).is_empty());
        assert!(kinds("message M { }", a).is_empty());
        assert!(kinds("message M { int32 renamed = 1; }", a).is_empty());
        assert!(kinds("package p; message M { int32 a = 1; } message N { }", a).is_empty());
    }

    #[test]
    fn a_number_keeps_its_meaning() {
        let of = |kind: &str| {
            format!(
                "message M {{ {kind} a = 1; }} message X {{}} message Y {{}} enum E {{ Z = 0; }}"
            )
        };
        for (was, is) in [
            ("int32", "int64"),
            ("bool", "uint32"),
            ("E", "int32"),
            ("string", "bytes"),
            ("sint32", "sint64"),
            ("fixed32", "sfixed32"),
        ] {
            assert!(kinds(&of(is), &of(was)).is_empty(), "{was} to {is}");
        }
        for (was, is) in [
            ("int32", "string"),
            ("int32", "sint32"),
            ("X", "Y"),
            ("X", "bytes"),
            ("float", "double"),
            ("map<string, int32>", "map<string, string>"),
        ] {
            assert_eq!(
                kinds(&of(is), &of(was)),
                ["FIELD_KIND_CHANGED M.a"],
                "{was} to {is}"
            );
        }
        assert!(kinds(&of("map<string, int64>"), &of("map<string, int32>")).is_empty());
    }

    #[test]
    fn labels() {
        let of = |kind: &str| format!("message M {{ {kind} a = 1; }}");
        assert_eq!(
            kinds(&of("repeated int32"), &of("int32")),
            ["FIELD_NUMERIC_LABEL_CHANGED M.a"]
        );
        assert!(kinds(&of("repeated string"), &of("string")).is_empty());
        assert!(kinds(&of("optional int32"), &of("int32")).is_empty());
        let required = "syntax = \"proto2\"; message M { required int32 a = 1; }";
        let none = "syntax = \"proto2\"; message M { }";
        assert_eq!(kinds(required, none), ["REQUIRED_FIELD_ADDED M.a"]);
        assert_eq!(kinds(none, required), ["REQUIRED_FIELD_REMOVED M.a"]);
    }

    #[test]
    fn messages_stay() {
        assert_eq!(
            kinds("message N {}", "message M {} message N {}"),
            ["MESSAGE_REMOVED M"]
        );
        assert_eq!(
            kinds("message M {}", "message M { message I {} }"),
            ["MESSAGE_REMOVED M.I"]
        );
        assert_eq!(
            kinds(
                "message M { message I { string a = 1; } }",
                "message M { message I { int32 a = 1; } }"
            ),
            ["FIELD_KIND_CHANGED M.I.a"]
        );
    }

    #[test]
    fn oneofs_of_a_message() {
        let free = "message M { int32 a = 1; int32 b = 2; }";
        let both = "message M { oneof o { int32 a = 1; int32 b = 2; } }";
        let one = "message M { int32 a = 1; oneof o { int32 b = 2; } }";
        assert_eq!(kinds(both, free), ["MULTIPLE_FIELDS_MOVED_TO_ONEOF M.o"]);
        assert!(kinds(one, free).is_empty());
        assert_eq!(kinds(both, one), ["FIELD_MOVED_TO_EXISTING_ONEOF M.o"]);
        assert_eq!(
            kinds("message M { oneof o { int32 a = 1; } }", both),
            ["ONEOF_FIELD_REMOVED M.b"]
        );
    }
}
