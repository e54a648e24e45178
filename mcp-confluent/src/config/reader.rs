//! Holds the tree of a file against the description of its keys and reports everything that does
//! not fit.

use std::collections::BTreeMap;

use super::{
    brokers,
    found::{Data, Fields, Found},
    keys,
    problems::{Place, Problems, shown},
    shape::{Block, Key, List, Map, Shape, Text, Union},
    suggest::nearest,
    url,
    yaml::{Entry, Node, Scalar, Value},
};

const RATIO: &str = "must be a number from 0 to 1";

/// Reads one tree.
pub(super) struct Reader<'run> {
    pub(super) problems: &'run mut Problems,
    /// Where each key stands, for whoever wants to name the line later.
    pub(super) places: BTreeMap<Vec<String>, Place>,
    path: Vec<String>,
}

impl<'run> Reader<'run> {
    pub(super) fn new(problems: &'run mut Problems) -> Self {
        Self {
            problems,
            places: BTreeMap::new(),
            path: Vec::new(),
        }
    }

    /// Reads the whole file; `None` if its root is no map.
    pub(super) fn root(&mut self, root: &Node) -> Option<Fields> {
        self.block(&keys::ROOT, None, root, &root.place)
    }

    fn error(&mut self, place: &Place, what: impl Into<String>, fix: impl Into<String>) {
        self.problems.error(place, &self.path, what, fix);
    }

    /// Reads `node` as what `shape` says. `opened` is where its key stands.
    fn value(&mut self, shape: &'static Shape, node: &Node, opened: &Place) -> Option<Found> {
        let place = node.place.clone();
        let data = match (&node.value, shape) {
            // Whoever decides about unset variables has said so already.
            (Value::Unset(_), _) => return None,
            (Value::Null, Shape::Any) => Data::Any(serde_json::Value::Null),
            (Value::Null, _) => {
                self.error(opened, "has no value", "Write one, or remove the line.");
                return None;
            }
            (_, Shape::Any) => Data::Any(json(node)),
            (_, Shape::Block(block)) => Data::Block(self.block(block, None, node, opened)?),
            (_, Shape::Union(union)) => Data::Block(self.union(union, node, opened)?),
            (_, Shape::Map(map)) => Data::Map(self.map(map, node)?),
            (_, Shape::List(list)) => Data::List(self.list(list, node)?),
            (Value::Scalar(scalar), shape) => self.scalar(shape, scalar, &place)?,
            (Value::List(_) | Value::Map(_), _) => {
                let what = match shape {
                    Shape::Flag => "must be `true` or `false`",
                    Shape::Integer { .. } => "must be a whole number",
                    Shape::Ratio => RATIO,
                    _ => "must be text",
                };
                let fix = match shape {
                    Shape::Text(Text::Urls | Text::Brokers) => {
                        "Write several into one text, with commas between them."
                    }
                    _ => "",
                };
                self.error(&place, what, fix);
                return None;
            }
        };
        Some(Found { place, data })
    }

    fn union(&mut self, union: &'static Union, node: &Node, opened: &Place) -> Option<Fields> {
        if !matches!(node.value, Value::Map(_)) {
            self.error(
                &node.place,
                "must hold keys of its own",
                format!(
                    "Start with `type:` on a line below; it is {}.",
                    one_of(union.names())
                ),
            );
            return None;
        }
        let allowed = || format!("Write `type: …` with {}.", one_of(union.names()));
        let Some(entry) = node.entry("type") else {
            self.error(opened, "has no `type`", allowed());
            return None;
        };
        let text = match &entry.value.value {
            Value::Unset(_) => return None,
            Value::Scalar(scalar) => scalar.text.trim(),
            _ => "",
        };
        let Some(arm) = union.arms.iter().find(|arm| arm.name == text) else {
            let fix = match nearest(text, union.names()) {
                Some(name) => format!("Did you mean `{name}`? {}", allowed()),
                None => allowed(),
            };
            self.path.push("type".to_owned());
            self.error(&entry.value.place, "is no type that exists here", fix);
            self.path.pop();
            return None;
        };
        self.block(arm.block, Some((union, arm.name)), node, opened)
    }

    /// Reads the keys of a block; `of` is the union that it is of and the value of its `type`, if it is of
    /// one.
    fn block(
        &mut self,
        block: &'static Block,
        of: Option<(&'static Union, &'static str)>,
        node: &Node,
        opened: &Place,
    ) -> Option<Fields> {
        let Value::Map(entries) = &node.value else {
            let names: Vec<&str> = block.keys().map(|key| key.name).collect();
            self.error(
                &node.place,
                "must hold keys of its own",
                format!(
                    "Write them indented on the lines below: {}.",
                    names.join(", ")
                ),
            );
            return None;
        };
        let mut found = BTreeMap::new();
        let mut failed = false;
        for entry in entries {
            self.path.push(entry.key.clone());
            self.places.insert(self.path.clone(), entry.place.clone());
            if let Some(key) = block.key(&entry.key) {
                let value = self.value(&key.shape, &entry.value, &entry.place);
                failed |= value.is_none();
                if let Some(value) = value.filter(|_| !entry.set_aside) {
                    found.insert(key.name, value);
                }
            } else if of.is_none() || entry.key != "type" {
                failed = true;
                self.unknown(block, of, entry);
            }
            self.path.pop();
        }
        for key in block.keys().filter(|key| key.required) {
            if node.entry(key.name).is_none() {
                self.missing(key, opened);
            }
        }
        Some(Fields {
            path: self.path.clone(),
            place: opened.clone(),
            kind: of.map_or("", |(_, kind)| kind),
            block,
            found,
            failed,
        })
    }

    fn missing(&mut self, key: &Key, opened: &Place) {
        self.path.push(key.name.to_owned());
        self.error(opened, "is missing", key.about);
        self.path.pop();
    }

    fn unknown(
        &mut self,
        block: &'static Block,
        of: Option<(&'static Union, &'static str)>,
        entry: &Entry,
    ) {
        let known = || block.keys().map(|key| key.name);
        let elsewhere = paths_to(&entry.key);
        let arms = of.iter().flat_map(|(union, _)| union.arms);
        let arms = arms.filter(|arm| arm.block.key(&entry.key).is_some());
        let mut others = arms.map(|arm| arm.name).peekable();
        let fix = if let Some(meant) = nearest(&entry.key, known()) {
            format!("Did you mean `{meant}`?")
        } else if others.peek().is_some() {
            format!("It goes with `type:` {}.", one_of(others))
        } else if entry.key == "<<" {
            "YAML 1.2 has no merge keys: repeat the keys, or use an alias for the whole block."
                .to_owned()
        } else if let [first, rest @ ..] = elsewhere.as_slice() {
            match rest.first() {
                Some(second) => format!("It belongs into {first} or {second}."),
                None => format!("It belongs into {first}."),
            }
        } else {
            let known: Vec<&str> = known().collect();
            match known.as_slice() {
                [] => format!(
                    "`type: {}` has no other keys.",
                    of.map_or("", |(_, kind)| kind)
                ),
                known => format!("The keys here are {}.", known.join(", ")),
            }
        };
        self.error(&entry.place, "is not a key that exists here", fix);
    }

    fn map(&mut self, map: &'static Map, node: &Node) -> Option<Vec<(String, Found)>> {
        let Value::Map(entries) = &node.value else {
            self.error(
                &node.place,
                "must hold keys of its own",
                "Write them indented on the lines below, or `{}` for none.",
            );
            return None;
        };
        let mut found: Vec<(String, Found)> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for entry in entries {
            let name = entry.key.trim();
            self.path.push(name.to_owned());
            self.places.insert(self.path.clone(), entry.place.clone());
            if name.is_empty() {
                self.error(
                    &entry.place,
                    "is a blank name",
                    "Write a name before the colon.",
                );
            } else if names.contains(&name) {
                self.error(
                    &entry.place,
                    "is given twice: two names differ only in the space around them",
                    "Choose another name.",
                );
            } else {
                names.push(name);
                let value = self.value(&map.of, &entry.value, &entry.place);
                if let Some(value) = value.filter(|_| !entry.set_aside) {
                    found.push((name.to_owned(), value));
                }
            }
            self.path.pop();
        }
        Some(found)
    }

    fn list(&mut self, list: &'static List, node: &Node) -> Option<Vec<Found>> {
        let Value::List(items) = &node.value else {
            self.error(
                &node.place,
                "must be a list",
                "Write `[first, second]`, or one `- item` on each line below.",
            );
            return None;
        };
        if items.is_empty() && !list.may_be_empty {
            self.error(
                &node.place,
                "is empty",
                "Name something, or remove the line.",
            );
            return None;
        }
        let mut found: Vec<Found> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            self.path.push(format!("[{index}]"));
            if let Some(value) = self.value(&list.of, item, &item.place) {
                if list.unique && found.iter().any(|other| same(&other.data, &value.data)) {
                    self.error(
                        &item.place,
                        "is in the list already",
                        "Remove one of the two.",
                    );
                } else {
                    found.push(value);
                }
            }
            self.path.pop();
        }
        Some(found)
    }

    fn scalar(&mut self, shape: &'static Shape, scalar: &Scalar, place: &Place) -> Option<Data> {
        let text = scalar.text.trim();
        match shape {
            Shape::Text(kind) => self.text(*kind, scalar, place),
            Shape::Flag => {
                let flag = flag(scalar);
                if flag.is_none() {
                    let fix = if scalar.interpolated {
                        "Its variable has to be one of the two, or 1 or 0."
                    } else if !scalar.plain {
                        "Write it without quotes."
                    } else if ["yes", "no", "on", "off"]
                        .iter()
                        .any(|it| text.eq_ignore_ascii_case(it))
                    {
                        "YAML 1.2 reads yes, no, on and off as text."
                    } else {
                        ""
                    };
                    self.error(place, "must be `true` or `false`", fix);
                }
                flag.map(Data::Flag)
            }
            Shape::Integer { min, max } => {
                let number = integer(text).filter(|number| (min..=max).contains(&number));
                if number.is_none() {
                    let what = format!("must be a whole number from {min} to {max}");
                    self.error(place, what, "");
                }
                number.map(Data::Integer)
            }
            Shape::Ratio => {
                let ratio = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
                if ratio.is_none() {
                    self.error(place, RATIO, "");
                }
                ratio.map(Data::Ratio)
            }
            Shape::Choice(choices) => {
                let names = || choices.iter().map(|(name, _)| *name);
                if let Some(name) = names().find(|name| *name == text) {
                    return Some(Data::Text(name.to_owned()));
                }
                let fix = match nearest(text, names()) {
                    Some(meant) => format!("Did you mean `{meant}`?"),
                    None => String::new(),
                };
                self.error(place, format!("must be {}", one_of(names())), fix);
                None
            }
            Shape::List(_) | Shape::Block(_) | Shape::Union(_) | Shape::Map(_) | Shape::Any => None,
        }
    }

    fn text(&mut self, kind: Text, scalar: &Scalar, place: &Place) -> Option<Data> {
        if kind == Text::Raw {
            return Some(Data::Text(scalar.text.clone()));
        }
        let text = scalar.text.trim();
        if text.is_empty() {
            if kind != Text::Note {
                let fix = if scalar.interpolated {
                    "Its variable is set to nothing."
                } else {
                    "Write something, or remove the line."
                };
                self.error(place, "is blank", fix);
            }
            return None;
        }
        let wrong = match kind {
            Text::Line | Text::Note | Text::Secret | Text::File | Text::Raw => None,
            // No header of HTTP carries one with a line break.
            Text::LongSecret(_) if text.contains(|c: char| c.is_whitespace() || c.is_control()) => {
                Some((
                    "must not hold spaces, line breaks or control characters".to_owned(),
                    "`mcp-confluent --generate-key` makes a key: write that one line.".to_owned(),
                ))
            }
            Text::LongSecret(least) => (text.chars().count() < least).then(|| {
                (
                    format!("must have at least {least} characters"),
                    String::new(),
                )
            }),
            Text::Id(start) => (!text.starts_with(start))
                .then(|| (format!("must start with `{start}`"), String::new())),
            Text::Url | Text::WholeUrl | Text::RegionUrl | Text::UrlWithUser => {
                match parse_url(kind, text) {
                    Ok(endpoint) if endpoint.user.is_some() && kind != Text::UrlWithUser => Some((
                        "must not hold a user or password".to_owned(),
                        "Say how to sign in under `auth`.".to_owned(),
                    )),
                    Ok(_) => None,
                    Err((what, fix)) => Some((what.to_owned(), fix.to_owned())),
                }
            }
            Text::Urls => url::parse_all(text).err(),
            Text::Brokers => brokers::parse(text).err().map(|wrong| {
                (
                    wrong.join("; "),
                    "Write `host:port`, several with commas between them.".to_owned(),
                )
            }),
        };
        if let Some((what, fix)) = wrong {
            self.error(place, what, fix);
            return None;
        }
        Some(Data::Text(text.to_owned()))
    }
}

fn parse_url(kind: Text, text: &str) -> Result<url::Endpoint, (&'static str, &'static str)> {
    match kind {
        Text::WholeUrl => url::parse_with_query(text),
        Text::RegionUrl => {
            let example = text
                .replace("{region}", "region")
                .replace("{cloud}", "cloud");
            url::parse(&example)
        }
        _ => url::parse(text),
    }
}

/// A YAML boolean, or one that came from a variable.
fn flag(scalar: &Scalar) -> Option<bool> {
    let text = scalar.text.trim();
    if scalar.interpolated {
        return match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        };
    }
    match text {
        "true" | "True" | "TRUE" if scalar.plain => Some(true),
        "false" | "False" | "FALSE" if scalar.plain => Some(false),
        _ => None,
    }
}

/// A whole number in any of YAML's spellings (`8080`, `0x1F90`, `8.08e3`).
fn integer(text: &str) -> Option<i64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok();
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok();
    }
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number: f64 = text.parse().ok()?;
    // Whole numbers up to here are exact in a double.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was just checked"
    )]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// `a`, `b` or `c`.
fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn same(a: &Data, b: &Data) -> bool {
    matches!((a, b), (Data::Text(a), Data::Text(b)) if a == b)
}

/// Where in the file a key called `name` may stand, for somebody who put it elsewhere.
fn paths_to(name: &str) -> Vec<String> {
    fn search(block: &'static Block, path: &str, name: &str, found: &mut Vec<String>) {
        for key in block.keys() {
            let path = if path.is_empty() {
                key.name.to_owned()
            } else {
                format!("{path}.{}", key.name)
            };
            if key.name == name {
                let parent = path
                    .rsplit_once('.')
                    .map_or("the top level", |(parent, _)| parent);
                let parent = if parent.contains(' ') {
                    parent.to_owned()
                } else {
                    format!("`{parent}`")
                };
                found.push(parent);
            }
            match &key.shape {
                Shape::Block(block) => search(block, &path, name, found),
                Shape::Map(Map {
                    of: Shape::Union(union),
                    ..
                }) => {
                    for arm in union.arms {
                        search(arm.block, &format!("{path}.<id>"), name, found);
                    }
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    search(&keys::ROOT, "", name, &mut found);
    found.dedup();
    // A key of many blocks (`endpoint`, `auth`) says nothing about where this one belongs.
    if found.len() > 2 { Vec::new() } else { found }
}

/// Any YAML as JSON, by the core schema.
pub(super) fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null | Value::Unset(_) => serde_json::Value::Null,
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), json(&entry.value)))
            .collect(),
        Value::Scalar(scalar) if !scalar.plain || scalar.interpolated => scalar.text.clone().into(),
        Value::Scalar(scalar) => {
            if let Some(flag) = flag(scalar) {
                return flag.into();
            }
            let text = scalar.text.as_str();
            if let Some(number) = integer(text).filter(|_| !text.contains(['.', 'e', 'E'])) {
                return number.into();
            }
            // `nan` and `inf` are text to YAML unless a dot stands in front.
            match text.parse::<f64>().map(serde_json::Number::from_f64) {
                Ok(Some(number)) => number.into(),
                _ => text.into(),
            }
        }
    }
}

/// The key as it may be printed in a sentence.
pub(super) fn quoted(key: &str) -> String {
    format!("`{}`", shown(key))
}
