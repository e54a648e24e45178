//! Which known word an unknown one was probably meant to be.

/// The nearest of `known` to `word`, if it is near enough to have been meant.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let fold = |word: &str| -> Vec<char> {
        word.chars()
            .filter(|c| *c != '_')
            .flat_map(char::to_lowercase)
            .collect()
    };
    let word = fold(word);
    known
        .iter()
        .map(|name| (distance(&word, &fold(name)), *name))
        .filter(|(distance, name)| *distance <= name.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many characters must be inserted, removed or replaced.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(from != to);
            row.push(replaced.min(last[j + 1] + 1).min(row[j] + 1));
        }
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[&str] = &[
        "read_only",
        "write",
        "destructive",
        "category",
        "name",
        "default",
    ];

    #[test]
    fn a_slip_is_recognised() {
        assert_eq!(nearest("readonly", KEYS), Some("read_only"));
        assert_eq!(nearest("readOnly", KEYS), Some("read_only"));
        assert_eq!(nearest("defualt", KEYS), Some("default"));
        assert_eq!(nearest("categry", KEYS), Some("category"));
    }

    #[test]
    fn another_word_is_not() {
        assert_eq!(nearest("description", KEYS), None);
        assert_eq!(nearest("x", KEYS), None);
    }
}
