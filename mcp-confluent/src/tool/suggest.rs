//! Which known word an unknown one was probably meant to be.

use crate::config::suggest::distance;

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
