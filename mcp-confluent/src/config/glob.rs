//! Simple patterns for names: `*` is any run of characters, `?` is any one.

use std::fmt;

/// A pattern for names, such as `__*` or `orders-?`.
///
/// Everything but `*` and `?` stands for itself, upper and lower case are different, and a
/// pattern matches whole names only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// The pattern `pattern`. Every text is a pattern.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().collect();
        let name: Vec<char> = name.chars().collect();
        let (mut p, mut n) = (0, 0);
        // Where the last `*` was and how far it reaches: only that one is ever tried again, which
        // keeps the worst case at pattern × name.
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(c) if *c == '?' || *c == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => {
                    let Some((at, reach)) = star else {
                        return false;
                    };
                    star = Some((at, reach + 1));
                    p = at + 1;
                    n = reach + 1;
                }
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns_match_whole_names() {
        let cases = [
            ("__*", "__consumer_offsets", true),
            ("__*", "_schemas", false),
            ("_schemas", "_schemas", true),
            ("_schemas", "_schemas2", false),
            ("_confluent*", "_confluent", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "a--b--b--c", true),
            ("a*b*c", "a--b--b--", false),
            ("?", "é", true),
            ("?", "", false),
            ("orders-?", "orders-12", false),
            ("Orders", "orders", false),
            ("[ab]", "a", false),
            ("*.*", "a.b", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(
                Glob::new(pattern).matches(name),
                expected,
                "{pattern} on {name}"
            );
        }
    }

    #[test]
    fn many_stars_stay_cheap() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!Glob::new(pattern).matches(&"a".repeat(5_000)));
    }
}
