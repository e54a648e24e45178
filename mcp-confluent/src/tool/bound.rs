//! Keeps a result within the operator's size.

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

/// Shortens lists, longest first, then texts, until `value` is at most `limit` bytes of JSON.
///
/// The shape stays what the output schema says: only items of lists and ends of texts go. Returns
/// what was cut, one line each, empty when all fitted.
pub(crate) fn value(value: &mut Value, limit: usize) -> Vec<String> {
    let mut notes = Vec::new();
    // Each round at least halves the largest list or text, so this ends soon; the cap is for
    // values whose size lies in the names of their keys.
    for _ in 0..64 {
        let size = size(value);
        if size <= limit {
            break;
        }
        let excess = size - limit;
        let mut largest = None;
        find_largest(value, &mut String::new(), &mut largest);
        let Some(Largest { path, size, .. }) = largest else {
            break;
        };
        match value.pointer_mut(&path) {
            Some(Value::Array(items)) => {
                let whole = items.len();
                let keep = keep_of(items, excess, size);
                items.truncate(keep);
                notes.push(format!("`{}` shows {keep} of {whole} items", name(&path)));
            }
            Some(Value::String(string)) => {
                let keep = string
                    .len()
                    .saturating_sub(excess + 64)
                    .max(string.len() / 8)
                    .min(string.len() / 2);
                text(string, keep);
                notes.push(format!("`{}` is cut", name(&path)));
            }
            _ => break,
        }
    }
    notes
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
    list: bool,
}

fn find_largest(value: &Value, path: &mut String, largest: &mut Option<Largest>) {
    let (length, list) = match value {
        Value::Array(items) => (items.len(), true),
        Value::String(string) => (string.len() / 256, false),
        _ => (0, false),
    };
    // A list of one item, or a short text, is not what makes a result too large.
    if length > 1 {
        let size = size(value);
        // Lists go before texts: a list can be paged, a text cannot.
        let better = largest
            .as_ref()
            .is_none_or(|l| (list, size) > (l.list, l.size));
        if better {
            *largest = Some(Largest {
                path: path.clone(),
                size,
                list,
            });
        }
    }
    let end = path.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("/{index}"));
                find_largest(item, path, largest);
                path.truncate(end);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                find_largest(item, path, largest);
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
        let notes = value(&mut result, 1000);
        assert!(size(&result) <= 1000, "{}", size(&result));
        assert_eq!(result["total"], 1000);
        let kept = result["names"].as_array().unwrap().len();
        assert!(kept > 50, "{kept}");
        assert_eq!(notes, [format!("`names` shows {kept} of 1000 items")]);
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
