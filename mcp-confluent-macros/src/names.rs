//! Names on the wire, made of Rust names.

/// Most names a client shows are cut at this length.
const MAX_LENGTH: usize = 64;

/// Arguments that the server adds itself, and when.
const RESERVED: [(&str, &str); 2] = [
    (
        "connectionId",
        "the server adds it when more than one connection is configured",
    ),
    (
        "confirmToken",
        "the server adds it to tools that ask before they run",
    ),
];

/// `list_topics` as `list-topics`.
pub(crate) fn kebab_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim_matches('_').chars() {
        if c == '_' || c == '-' || c == ' ' {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else if c.is_uppercase() {
            if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// `include_internal` as `includeInternal`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut raise = false;
    for c in name.trim_start_matches('_').chars() {
        if c == '_' {
            raise = true;
        } else if std::mem::take(&mut raise) {
            out.push(c.to_ascii_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

/// `list_topics` as `List topics`.
pub(crate) fn sentence(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut chars = words.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// Whether `name` is lowercase words joined by `-`.
pub(crate) fn is_tool_name(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.len() <= MAX_LENGTH
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(is_word)
}

/// A legal tool name near `name`.
pub(crate) fn suggested_tool_name(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let mut name = kebab_case(ascii.trim_start_matches(|c: char| !c.is_ascii_alphabetic()));
    name.truncate(MAX_LENGTH);
    let name = name.trim_end_matches('-');
    if is_tool_name(name) {
        name.to_owned()
    } else {
        "list-topics".to_owned()
    }
}

/// Whether `name` is a letter followed by letters, digits and `_`.
pub(crate) fn is_argument_name(name: &str) -> bool {
    name.len() <= MAX_LENGTH
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Why the server keeps an argument name to itself, if it does.
pub(crate) fn reserved(name: &str) -> Option<&'static str> {
    RESERVED
        .iter()
        .find(|(reserved, _)| *reserved == name)
        .map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_names_become_wire_names() {
        assert_eq!(kebab_case("list_topics"), "list-topics");
        assert_eq!(camel_case("include_internal"), "includeInternal");
        assert_eq!(camel_case("_unused"), "unused");
        assert_eq!(sentence("list_topics"), "List topics");
    }

    #[test]
    fn tool_names_are_lowercase_words() {
        for good in ["list-topics", "a", "get-v2-lag"] {
            assert!(is_tool_name(good), "{good}");
        }
        for bad in [
            "",
            "List-topics",
            "list_topics",
            "-a",
            "a-",
            "a--b",
            "2-a",
            &"a".repeat(65),
        ] {
            assert!(!is_tool_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_bad_tool_name_gets_a_good_one() {
        for (bad, good) in [
            ("List_Topics", "list-topics"),
            ("ListTopics", "list-topics"),
            ("list topics", "list-topics"),
            ("_list__topics_", "list-topics"),
            ("2lists", "lists"),
            ("??", "list-topics"),
        ] {
            assert_eq!(suggested_tool_name(bad), good, "{bad}");
        }
        assert!(is_tool_name(&suggested_tool_name(&"long_name_".repeat(20))));
    }
}
