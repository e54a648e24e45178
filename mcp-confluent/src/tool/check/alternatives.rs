//! Alternatives: which arm of `anyOf` or `oneOf` was meant.

use serde_json::Value;

use super::{Check, MAX_DEPTH, MAX_PROBLEMS, Path, Problem};
use crate::tool::{
    keyword::{allows, camel_case, is_container, is_of_type, is_tag},
    wording::{describe, join, shown},
};

impl<'s> Check<'s> {
    /// Exactly the arm that was meant is checked, so that its problems can be reported.
    pub(super) fn alternatives(
        &mut self,
        arms: &'s [Value],
        value: &mut Value,
        path: &Path<'_>,
        depth: usize,
    ) {
        let meant: Vec<&Value> = arms
            .iter()
            .filter(|arm| self.is_meant(arm, value, depth + 1))
            .collect();
        // A single arm of the right type is meant even if a required key is missing.
        let meant = if meant.is_empty() {
            let mut typed = arms.iter().filter(|arm| {
                self.resolve(arm)
                    .as_object()
                    .is_some_and(|arm| is_container(value) && is_of_type(arm, value))
            });
            match (typed.next(), typed.next()) {
                (Some(only), None) => vec![only],
                _ => meant,
            }
        } else {
            meant
        };
        match &meant[..] {
            [] => {
                let allowed = join(arms.iter().map(|arm| describe(arm, self.root)), "or");
                self.problem(path, format!("must be {allowed}, not {}", shown(value)));
            }
            [arm] => self.value(arm, value, path, depth + 1),
            arms => {
                let mut fewest: Option<Vec<Problem>> = None;
                for arm in arms {
                    let mut copy = value.clone();
                    let mut attempt = self.attempt();
                    attempt.value(arm, &mut copy, path, depth + 1);
                    if attempt.problems.is_empty() {
                        *value = copy;
                        return;
                    }
                    if fewest
                        .as_ref()
                        .is_none_or(|best| attempt.problems.len() < best.len())
                    {
                        fewest = Some(attempt.problems);
                    }
                }
                let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
                self.problems
                    .extend(fewest.into_iter().flatten().take(room));
            }
        }
    }

    /// Whether `value` has the outer shape of `arm`: its type, its constants, its required keys.
    fn is_meant(&self, arm: &'s Value, value: &Value, depth: usize) -> bool {
        let Value::Object(schema) = self.resolve(arm) else {
            return *arm != Value::Bool(false);
        };
        if !is_of_type(schema, value) || !allows(schema, value) {
            return false;
        }
        if let Value::Object(object) = value {
            let given = |name: &str| {
                object.get(name).or_else(|| {
                    let spelled = camel_case(name);
                    object
                        .iter()
                        .find(|(key, _)| camel_case(key) == spelled)
                        .map(|(_, it)| it)
                })
            };
            let required = schema.get("required").and_then(Value::as_array);
            let complete = required
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .all(|name| given(name).is_some());
            let properties = schema.get("properties").and_then(Value::as_object);
            let constant = properties.into_iter().flatten().all(|(name, property)| {
                let Value::Object(property) = property else {
                    return true;
                };
                given(name).is_none_or(|value| allows(property, value) || !is_tag(property))
            });
            if !complete || !constant {
                return false;
            }
        }
        ["anyOf", "oneOf"]
            .into_iter()
            .all(|keyword| match schema.get(keyword) {
                Some(Value::Array(arms)) if depth <= MAX_DEPTH => {
                    arms.iter().any(|arm| self.is_meant(arm, value, depth + 1))
                }
                _ => true,
            })
    }
}
