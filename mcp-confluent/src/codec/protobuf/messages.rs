//! Which message of a file a payload holds: by name, and by message indexes.

use prost_reflect::{FileDescriptor, Kind, MessageDescriptor};

use super::super::problem::{Problem, excerpt};

/// What counts when nested messages are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// The messages that the source names; how the Java and JavaScript clients count.
    Declared,
    /// Every nested type of the descriptor, also the entries of maps and the messages of groups;
    /// how the Python client counts.
    All,
}

fn top(file: &FileDescriptor) -> Vec<MessageDescriptor> {
    file.messages().collect()
}

fn nested(message: &MessageDescriptor, counting: Counting) -> Vec<MessageDescriptor> {
    message
        .child_messages()
        .filter(|child| counting == Counting::All || is_declared(message, child))
        .collect()
}

fn is_declared(parent: &MessageDescriptor, child: &MessageDescriptor) -> bool {
    let is_group = || {
        parent
            .fields()
            .any(|field| field.is_group() && field.kind() == Kind::Message(child.clone()))
    };
    !child.is_map_entry() && !is_group()
}

fn at(file: &FileDescriptor, indexes: &[usize], counting: Counting) -> Option<MessageDescriptor> {
    let (first, rest) = indexes.split_first()?;
    let mut message = top(file).into_iter().nth(*first)?;
    for index in rest {
        message = nested(&message, counting).into_iter().nth(*index)?;
    }
    Some(message)
}

/// The message at `indexes`, the way most clients count, or the other way where only that finds
/// one.
pub(super) fn by_indexes(
    file: &FileDescriptor,
    indexes: &[usize],
) -> Result<MessageDescriptor, Problem> {
    at(file, indexes, Counting::Declared)
        .or_else(|| at(file, indexes, Counting::All).filter(|message| !message.is_map_entry()))
        .ok_or_else(|| {
            Problem::new(format!(
                "the payload names the message at the indexes {indexes:?}, which the schema does \
                 not have"
            ))
        })
}

/// The message that the other way finds, where that is not `found`.
pub(super) fn by_indexes_otherwise(
    file: &FileDescriptor,
    indexes: &[usize],
    found: &MessageDescriptor,
) -> Option<MessageDescriptor> {
    at(file, indexes, Counting::All)
        .filter(|other| other != found)
        .filter(|other| {
            let parent = other.parent_message();
            parent.is_none_or(|parent| is_declared(&parent, other))
        })
}

/// The message called `name`, with or without the package, and its indexes. Without a name, the
/// only message of the file.
pub(super) fn by_name(
    file: &FileDescriptor,
    name: Option<&str>,
) -> Result<(MessageDescriptor, Vec<usize>), Problem> {
    let messages = top(file);
    let Some(name) = name else {
        return match messages.as_slice() {
            [message] => Ok((message.clone(), vec![0])),
            [] => Err(Problem::new("the schema defines no message")),
            _ => Err(Problem::new(format!(
                "the schema has several messages and none was named; it has {}",
                names(file)
            ))),
        };
    };
    let package = file.package_name();
    let path = name
        .strip_prefix(package)
        .and_then(|rest| rest.strip_prefix('.'))
        .filter(|_| !package.is_empty())
        .unwrap_or(name);
    // A message may be called as the package is.
    find(&messages, path)
        .or_else(|| find(&messages, name))
        .ok_or_else(|| {
            Problem::new(format!(
                "the schema has no message `{}`; it has {}",
                excerpt(name),
                names(file)
            ))
        })
}

fn find(messages: &[MessageDescriptor], path: &str) -> Option<(MessageDescriptor, Vec<usize>)> {
    let mut level = messages.to_vec();
    let mut indexes = Vec::new();
    let mut found = None;
    for part in path.split('.') {
        let index = level.iter().position(|message| message.name() == part)?;
        let message = level.swap_remove(index);
        indexes.push(index);
        level = nested(&message, Counting::Declared);
        found = Some(message);
    }
    found.map(|message| (message, indexes))
}

/// The full names of all messages that can be named, for messages.
fn names(file: &FileDescriptor) -> String {
    let mut names = Vec::new();
    let mut open = top(file);
    open.reverse();
    while let Some(message) = open.pop() {
        names.push(format!("`{}`", message.full_name()));
        let mut children = nested(&message, Counting::Declared);
        children.reverse();
        open.append(&mut children);
    }
    excerpt(&names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{super::compile::compile, *};

    const FILE: &str = r#"
        syntax = "proto2";
        package acme.v1;
        message First { optional int32 a = 1; }
        message Second {
          map<string, int32> counts = 1;
          optional group Box = 2 { optional int32 b = 1; }
          message Inner { message Innermost {} }
          message Other {}
        }
    "#;

    #[test]
    fn names_lead_to_messages_and_indexes() {
        let file = compile(FILE, []).unwrap();
        for (name, full, indexes) in [
            ("First", "acme.v1.First", &[0][..]),
            ("acme.v1.Second", "acme.v1.Second", &[1]),
            ("Second.Inner", "acme.v1.Second.Inner", &[1, 0]),
            ("Second.Other", "acme.v1.Second.Other", &[1, 1]),
            (
                "acme.v1.Second.Inner.Innermost",
                "acme.v1.Second.Inner.Innermost",
                &[1, 0, 0],
            ),
        ] {
            let (message, found) = by_name(&file, Some(name)).unwrap();
            assert_eq!((message.full_name(), found.as_slice()), (full, indexes));
            assert_eq!(by_indexes(&file, indexes), Ok(message));
        }
    }

    #[test]
    fn indexes_that_count_map_entries_are_understood_where_nothing_else_fits() {
        let file = compile(FILE, []).unwrap();
        let all = nested(&by_indexes(&file, &[1]).unwrap(), Counting::All);
        let other = all.iter().position(|message| message.name() == "Other");
        assert_eq!(other, Some(3));
        let found = by_indexes(&file, &[1, 3]).unwrap();
        assert_eq!(found.full_name(), "acme.v1.Second.Other");
        for missing in [&[][..], &[2], &[1, 9], &[0, 0]] {
            assert!(by_indexes(&file, missing).is_err(), "{missing:?}");
        }
    }

    #[test]
    fn the_other_way_to_count_may_find_another_message() {
        let text = r#"
            syntax = "proto3";
            message Outer {
              map<string, int32> counts = 1;
              message One {}
              message Two {}
            }
        "#;
        let file = compile(text, []).unwrap();
        let otherwise = |indexes: &[usize]| {
            let found = by_indexes(&file, indexes).unwrap();
            by_indexes_otherwise(&file, indexes, &found).map(|it| it.name().to_owned())
        };
        assert_eq!(otherwise(&[0, 1]).as_deref(), Some("One"));
        for same in [&[0][..], &[0, 0], &[0, 2]] {
            assert_eq!(otherwise(same), None, "{same:?}");
        }
    }

    #[test]
    fn a_name_may_only_be_left_out_where_there_is_no_choice() {
        let file = compile(FILE, []).unwrap();
        for (name, why) in [
            (None, "several messages"),
            (Some("Third"), "no message `Third`; it has `acme.v1.First`"),
            (Some("Second.CountsEntry"), "no message"),
        ] {
            let problem = by_name(&file, name).unwrap_err().to_string();
            assert!(problem.contains(why), "{problem}");
        }
        let one = compile("syntax = \"proto3\"; message Only {}", []).unwrap();
        assert_eq!(by_name(&one, None).unwrap().1, [0]);
    }
}
