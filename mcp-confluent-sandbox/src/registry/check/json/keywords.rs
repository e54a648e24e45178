//! JSON Schema: the keywords of values, numbers, strings and arrays.

use serde_json::Value;

use super::{At, Check};

impl<'a> Check<'a> {
    /// `enum` and `const`.
    pub(super) fn values(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        let Some(news) = allowed(new.schema) else {
            return;
        };
        let path = format!("{path}/enum");
        let Some(olds) = allowed(old.schema) else {
            self.report(
                "ENUM_ARRAY_ADDED",
                &path,
                "the values are limited now; before, they were free",
            );
            return;
        };
        let lost: Vec<_> = olds.iter().filter(|value| !news.contains(value)).collect();
        if !lost.is_empty() {
            let lost: Value = lost.into_iter().map(|value| (*value).clone()).collect();
            self.report(
                "ENUM_ARRAY_NARROWED",
                &path,
                format!("the values {lost} are no longer accepted"),
            );
        }
    }

    pub(super) fn numbers(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        self.limit(new, old, path, "maximum", Bound::Upper);
        self.limit(new, old, path, "exclusiveMaximum", Bound::Upper);
        self.limit(new, old, path, "minimum", Bound::Lower);
        self.limit(new, old, path, "exclusiveMinimum", Bound::Lower);
        if let Some(step) = number(new, "multipleOf") {
            let path = format!("{path}/multipleOf");
            match number(old, "multipleOf") {
                None => self.report(
                    "MULTIPLE_OF_ADDED",
                    &path,
                    format!("only multiples of {step} are accepted now"),
                ),
                Some(before) if (before / step).fract() != 0.0 => {
                    let message =
                        format!("only multiples of {step} are accepted now; before, of {before}");
                    self.report("MULTIPLE_OF_CHANGED", &path, message);
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn strings(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        self.limit(new, old, path, "maxLength", Bound::Upper);
        self.limit(new, old, path, "minLength", Bound::Lower);
        if let Some(pattern) = new.get("pattern") {
            let path = format!("{path}/pattern");
            match old.get("pattern") {
                None => self.report(
                    "PATTERN_ADDED",
                    &path,
                    format!("the pattern {pattern} was added"),
                ),
                Some(before) if before != pattern => {
                    self.report(
                        "PATTERN_CHANGED",
                        &path,
                        format!("the pattern was {before} and is {pattern}"),
                    );
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn arrays(&mut self, new: At<'a>, old: At<'a>, path: &str) {
        self.limit(new, old, path, "maxItems", Bound::Upper);
        self.limit(new, old, path, "minItems", Bound::Lower);
        let unique = |at: At<'_>| at.get("uniqueItems") == Some(&Value::Bool(true));
        if unique(new) && !unique(old) {
            self.report(
                "UNIQUE_ITEMS_ADDED",
                &format!("{path}/uniqueItems"),
                "items must differ now",
            );
        }
        let (new_heads, old_heads) = (heads(new), heads(old));
        for index in 0..new_heads.len().max(old_heads.len()) {
            let item = |at: At<'a>, heads: &'a [Value]| {
                heads.get(index).or_else(|| rest(at)).map(|s| at.with(s))
            };
            let path = format!("{path}/items/{index}");
            if let Some(new_item) = item(new, new_heads) {
                self.compare(
                    new_item,
                    item(old, old_heads).unwrap_or(old.with(&Value::Bool(true))),
                    &path,
                );
            }
        }
        if let Some(new_items) = rest(new) {
            let old_items = rest(old).unwrap_or(&Value::Bool(true));
            self.compare(
                new.with(new_items),
                old.with(old_items),
                &format!("{path}/items"),
            );
        }
    }

    /// A bound that may be widened but neither added nor tightened.
    pub(super) fn limit(
        &mut self,
        new: At<'a>,
        old: At<'a>,
        path: &str,
        key: &'static str,
        bound: Bound,
    ) {
        let Some(now) = number(new, key) else { return };
        let message = match number(old, key) {
            None => format!("`{key}` {now} was added"),
            Some(before) if bound.is_tighter(now, before) => {
                format!("`{key}` was {before} and is {now}")
            }
            Some(_) => return,
        };
        let kind = match bound {
            Bound::Upper => "UPPER_BOUND_TIGHTENED",
            Bound::Lower => "LOWER_BOUND_TIGHTENED",
        };
        self.report(kind, &format!("{path}/{key}"), message);
    }
}

#[derive(Clone, Copy)]
pub(super) enum Bound {
    Upper,
    Lower,
}

impl Bound {
    fn is_tighter(self, now: f64, before: f64) -> bool {
        match self {
            Self::Upper => now < before,
            Self::Lower => now > before,
        }
    }
}

fn allowed(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    schema
        .get("enum")?
        .as_array()
        .map(|values| values.iter().collect())
}

fn number(at: At<'_>, key: &str) -> Option<f64> {
    at.get(key)?.as_f64()
}

/// The schemas of the first items: `prefixItems`, or a list in `items` (before draft 2020-12).
fn heads(at: At<'_>) -> &[Value] {
    let list = at
        .get("prefixItems")
        .or_else(|| at.get("items"))
        .and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The schema of the other items.
fn rest(at: At<'_>) -> Option<&Value> {
    match at.get("items") {
        Some(Value::Array(_)) => at.get("additionalItems"),
        items => items,
    }
}
