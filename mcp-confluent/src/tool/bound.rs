//! Keeps a result within the operator's size.

use std::fmt;

use serde_json::Value;

/// Cuts `text` to at most `limit` bytes at a character; says how much was cut.
pub(crate) fn text(text: &mut String, limit: usize) {
    if text.len() <= limit {
        return;
    }
    let whole = text.len();
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(&format!("… (cut: {end} of {whole} bytes)"));
}

/// Shortens texts that take up a good part of the room, then lists, longest first, then other texts, until
/// `value` is at most `limit` bytes of JSON.
///
/// The shape stays what the output schema says: only items of lists and ends of texts go. Returns
/// what was cut, empty when all fitted.
pub(crate) fn value(value: &mut Value, limit: usize) -> Vec<Cut> {
    let mut cuts = Vec::new();
    // Each round at least halves the largest list or text, so this ends soon; the cap is for
    // values whose size lies in the names of their keys.
    for _ in 0..64 {
        let size = size(value);
        if size <= limit {
            break;
        }
        let excess = size - limit;
        let mut largest = None;
        find_largest(value, &mut String::new(), limit, &mut largest);
        let Some(Largest { path, size, .. }) = largest else {
            break;
        };
        match value.pointer_mut(&path) {
            Some(Value::Array(items)) => {
                let of = items.len();
                let shown = keep_of(items, excess, size);
                items.truncate(shown);
                let list = name(&path);
                cuts.push(Cut::List { list, shown, of });
            }
            Some(Value::String(string)) => {
                let keep = string
                    .len()
                    .saturating_sub(excess + 64)
                    .max(string.len() / 8)
                    .min(string.len() / 2);
                text(string, keep);
                cuts.push(Cut::Text(name(&path)));
            }
            _ => break,
        }
    }
    cuts
}

/// What was left out, by the names of the fields on the way to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The last items of a list.
    List {
        list: String,
        shown: usize,
        of: usize,
    },
    /// The end of a text.
    Text(String),
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List { list, shown, of } => write!(f, "`{list}` shows {shown} of {of} items"),
            Self::Text(text) => write!(f, "`{text}` is cut"),
        }
    }
}

/// The token of a paged result stands for the items that were to be shown, so where some of them were
/// left out it goes, too; what to ask for instead.
pub(crate) fn page_again(result: &mut Value, cuts: &[Cut]) -> Option<String> {
    let shown = cuts.iter().rev().find_map(|cut| match cut {
        Cut::List { list, shown, .. } if !list.contains('.') => Some((*shown).max(1)),
        _ => None,
    })?;
    result.as_object_mut()?.shift_remove("nextPageToken")?;
    Some(format!(
        "`nextPageToken` would skip what is not shown, so there is none: call again with the same \
         `pageToken`, if any, for at most {shown} items"
    ))
}

/// How many items stay so that about `excess` bytes go.
fn keep_of(items: &[Value], excess: usize, size_of_list: usize) -> usize {
    let mut left = size_of_list.saturating_sub(excess);
    for (index, item) in items.iter().enumerate() {
        let size = size(item) + 1;
        if size > left {
            return index;
        }
        left -= size;
    }
    items.len() / 2
}

struct Largest {
    path: String,
    size: usize,
    rank: Rank,
}

/// What goes first is the greatest. Lists go before texts, as a list can be paged and a text cannot; but
/// one huge text must not cost the other items of its list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Text,
    List,
    HugeText,
}

fn find_largest(value: &Value, path: &mut String, limit: usize, largest: &mut Option<Largest>) {
    let (length, rank) = match value {
        Value::Array(items) => (items.len(), Rank::List),
        Value::String(string) if string.len() > limit / 4 => (string.len() / 256, Rank::HugeText),
        Value::String(string) => (string.len() / 256, Rank::Text),
        _ => (0, Rank::Text),
    };
    // A list of one item, or a short text, is not what makes a result too large.
    if length > 1 {
        let size = size(value);
        let better = largest
            .as_ref()
            .is_none_or(|l| (rank, size) > (l.rank, l.size));
        if better {
            *largest = Some(Largest {
                path: path.clone(),
                size,
                rank,
            });
        }
    }
    let end = path.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("/{index}"));
                find_largest(item, path, limit, largest);
                path.truncate(end);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                find_largest(item, path, limit, largest);
                path.truncate(end);
            }
        }
        _ => {}
    }
}

fn name(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

/// Bytes of the compact JSON of `value`, without making it.
pub(crate) fn size(value: &Value) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Neither a counter nor a `Value` can fail.
    drop(serde_json::to_writer(&mut counter, value));
    counter.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_is_left_alone() {
        let mut result = json!({"names": ["a", "b"]});
        assert!(value(&mut result, 100).is_empty());
        assert_eq!(result, json!({"names": ["a", "b"]}));
    }

    #[test]
    fn the_longest_list_is_shortened_and_named() {
        let names: Vec<_> = (0..1000).map(|n| format!("topic-{n}")).collect();
        let mut result = json!({"names": names, "total": 1000});
        let cuts = value(&mut result, 1000);
        assert!(size(&result) <= 1000, "{}", size(&result));
        assert_eq!(result["total"], 1000);
        let kept = result["names"].as_array().unwrap().len();
        assert!(kept > 50, "{kept}");
        let [cut] = cuts.as_slice() else {
            panic!("{cuts:?}")
        };
        assert_eq!(
            cut.to_string(),
            format!("`names` shows {kept} of 1000 items")
        );
        assert_eq!(page_again(&mut result, &cuts), None);
    }

    #[test]
    fn a_token_that_would_skip_items_goes() {
        let names: Vec<_> = (0..100).map(|n| format!("topic-{n}")).collect();
        let paged = json!({"names": names, "nextPageToken": "topic-99", "total": 500});
        let mut result = paged.clone();
        let cuts = value(&mut result, 1000);
        let kept = result["names"].as_array().unwrap().len();
        let note = page_again(&mut result, &cuts).unwrap();
        assert!(note.ends_with(&format!("at most {kept} items")), "{note}");
        assert_eq!(result["nextPageToken"], Value::Null);
        let mut result = paged.clone();
        let cuts = value(&mut result, 10_000);
        assert_eq!(page_again(&mut result, &cuts), None);
        assert_eq!(result, paged);
    }

    #[test]
    fn a_huge_text_does_not_cost_the_other_items() {
        let mut result = json!({"subjects": [
            {"name": "a", "schema": "x".repeat(4000)},
            {"name": "b", "schema": "y".repeat(40)},
            {"name": "c", "schema": "z".repeat(6000)},
        ]});
        let cuts = value(&mut result, 1000);
        assert!(size(&result) <= 1000, "{}", size(&result));
        assert_eq!(result["subjects"].as_array().unwrap().len(), 3);
        assert_eq!(result["subjects"][1]["schema"], "y".repeat(40));
        assert_eq!(cuts[0].to_string(), "`subjects.2.schema` is cut");
    }

    #[test]
    fn a_huge_text_in_a_list_of_one_is_cut_at_a_character() {
        let mut result = json!({"records": [{"value": "é".repeat(10_000)}]});
        let notes = value(&mut result, 1000);
        assert!(size(&result) <= 1000, "{}", size(&result));
        assert!(!notes.is_empty());
    }

    #[test]
    fn prose_is_cut_at_a_character() {
        let mut prose = "é".repeat(100);
        text(&mut prose, 51);
        assert!(prose.starts_with(&"é".repeat(25)) && prose.ends_with("(cut: 50 of 200 bytes)"));
    }
}
