//! The nearest of a set of words to one that is not in it.

/// The word of `known` that was most likely meant by `word`, if one is near.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(word);
    known
        .into_iter()
        .map(|candidate| (distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many edits still look like a slip.
fn allowed(word: &str) -> usize {
    (word.len() / 3).clamp(1, 3)
}

/// Spelling without what people vary: case, `-`, `_` and `.`.
fn plain(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_' | '.' | ' '))
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

/// Edits (insert, remove, replace one character, swap two neighbours) from one word to the other.
pub(crate) fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant_and_nothing_else() {
        let known = ["bootstrap_servers", "auth", "rest_endpoint", "tls"];
        let cases = [
            ("bootstrap_server", Some("bootstrap_servers")),
            ("bootstrapServers", Some("bootstrap_servers")),
            ("bootstrap.servers", Some("bootstrap_servers")),
            ("auht", Some("auth")),
            ("TLS", Some("tls")),
            ("rest-endpont", Some("rest_endpoint")),
            ("password", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
