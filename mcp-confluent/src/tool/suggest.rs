//! Which known word an unknown one was probably meant to be.

/// The nearest of `known` to `word`, if it is near enough to have been meant.
///
/// Case and the signs that join words do not count as differences.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer than any name there is: not worth a comparison.
    if word.len() > 128 {
        return None;
    }
    let folded = fold(word);
    let limit = folded.len().max(3) / 3;
    known
        .into_iter()
        .map(|name| (distance(&folded, &fold(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn fold(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many characters must be inserted, removed, replaced or swapped with a neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(from != to);
            let mut cost = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["list-topics", "delete-topics", "get-topic-config"];
        assert_eq!(nearest("list_topics", names), Some("list-topics"));
        assert_eq!(nearest("listTopcis", names), Some("list-topics"));
        assert_eq!(nearest("delete-topic", names), Some("delete-topics"));
        assert_eq!(nearest("produce-message", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(100_000), names), None);
    }
}
