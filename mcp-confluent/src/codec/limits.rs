//! Bounds on what is compiled, written and read.

use serde_json::Value;

use super::problem::{Problem, Step};

/// Bounds of a [`Codec`](super::Codec). Schemas and payloads come from elsewhere: none of them may
/// take all memory or the whole stack.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest payload read or written, in bytes without the framing.
    pub payload_bytes: usize,
    /// The largest schema text, with all its references, in bytes.
    pub schema_bytes: usize,
    /// How many schemas one schema may refer to, directly and through others.
    pub references: usize,
    /// How deep values may nest.
    pub depth: usize,
    /// How many values (array items, map entries, fields …) one payload may hold.
    pub values: usize,
    /// How many compiled schemas are remembered.
    pub compiled: usize,
    /// How large the texts of all compiled schemas that are remembered may be together, in bytes.
    pub compiled_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes: 8 << 20,
            schema_bytes: 1 << 20,
            references: 256,
            depth: 100,
            values: 1_000_000,
            compiled: 256,
            compiled_bytes: 16 << 20,
        }
    }
}

/// What is left of [`Limits::depth`] and [`Limits::values`] while one payload is walked.
#[derive(Debug)]
pub(super) struct Budget {
    depth: usize,
    values: usize,
    limits: (usize, usize),
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            depth: limits.depth,
            values: limits.values,
            limits: (limits.depth, limits.values),
        }
    }

    /// Takes `count` values.
    pub(super) fn take(&mut self, count: usize) -> Result<(), Problem> {
        match self.values.checked_sub(count) {
            Some(left) => self.values = left,
            None => {
                return Err(Problem::new(format!(
                    "more than {} values in one payload",
                    self.limits.1
                )));
            }
        }
        Ok(())
    }

    /// Takes what a text costs that can be longer than the bytes it is read from, such as a name of
    /// the schema that is written once for each value: a long one is as good as several values.
    pub(super) fn take_text(&mut self, text: &str) -> Result<(), Problem> {
        self.take(text.len() / 64)
    }

    /// One level down, for as long as `walk` runs.
    pub(super) fn nested<T>(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.enter()?;
        let result = walk(self);
        self.leave();
        result
    }

    /// One level down, until [`leave`](Self::leave).
    pub(super) fn enter(&mut self) -> Result<(), Problem> {
        match self.depth.checked_sub(1) {
            Some(left) => self.depth = left,
            None => {
                return Err(Problem::new(format!(
                    "nested more than {} deep",
                    self.limits.0
                )));
            }
        }
        Ok(())
    }

    /// One level up.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }
}

/// Checks a JSON value that is to be written against the bounds.
pub(super) fn check_value(value: &Value, limits: &Limits) -> Result<(), Problem> {
    fn walk(value: &Value, budget: &mut Budget) -> Result<(), Problem> {
        budget.take(1)?;
        match value {
            Value::Array(items) => budget.nested(|budget| {
                for (index, item) in items.iter().enumerate() {
                    walk(item, budget).map_err(|problem| problem.at(Step::Index(index)))?;
                }
                Ok(())
            }),
            Value::Object(fields) => budget.nested(|budget| {
                for (name, field) in fields {
                    walk(field, budget).map_err(|problem| problem.at(Step::field(name)))?;
                }
                Ok(())
            }),
            _ => Ok(()),
        }
    }
    walk(value, &mut Budget::new(limits))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        let limits = Limits {
            depth: 2,
            values: 4,
            ..Limits::default()
        };
        assert!(check_value(&json!([[1, 2]]), &limits).is_ok());
        let deep = check_value(&json!([[[]]]), &limits).unwrap_err();
        assert_eq!(deep.to_string(), "at `$[0][0]`: nested more than 2 deep");
        let many = check_value(&json!([1, 2, 3, 4]), &limits).unwrap_err();
        assert_eq!(
            many.to_string(),
            "at `$[3]`: more than 4 values in one payload"
        );
    }
}
