//! YAML text to a tree of nodes that know their place.
//!
//! Built on parser events rather than on a ready-made tree: that keeps the text of a scalar as it
//! was written (`0123` stays `0123`), reports every duplicate key instead of the first, and bounds
//! depth and alias expansion here.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::problems::{Place, Problem, Problems, shown};

/// Deepest nesting that is read; a configuration needs about ten.
const MAX_DEPTH: usize = 64;
/// Nodes a document may have, those that aliases repeat included.
const MAX_NODES: usize = 100_000;
/// Tabs behind colons that are understood.
const MAX_TABS: usize = 1_000;
/// What the parser says about such a tab.
const TAB_REFUSED: &str = "':' must be followed by a valid YAML whitespace";

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Nothing after the colon, `~` or `null`.
    Null,
    /// Text, a number or a boolean: which of them depends on what the key wants.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file, without duplicate keys.
    Map(Vec<Entry>),
    /// Text that names variables which are not set.
    Unset(Vec<String>),
}

/// A scalar as it was written.
#[derive(Clone)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Neither quoted nor tagged as text nor a block of text, so that it may be a number.
    pub(super) plain: bool,
    /// Some of the text came from a variable.
    pub(super) interpolated: bool,
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The text may be a secret.
        out.debug_struct("Scalar")
            .field("plain", &self.plain)
            .finish_non_exhaustive()
    }
}

/// A key of a map with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) value: Node,
    /// Left out of the configuration because variables in it are not set.
    pub(super) set_aside: bool,
}

impl Node {
    /// The entries of a map; of anything else none.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a map called `key`.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }
}

/// The text of a file: UTF-8, a byte order mark is dropped.
pub(super) fn decode(file: &Arc<str>, bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::new(
            Place::File(file.clone()),
            "",
            "the file is UTF-16",
            "Save it as UTF-8.",
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text
            .strip_prefix('\u{feff}')
            .map_or_else(|| text.clone(), str::to_owned)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let good = String::from_utf8_lossy(good);
            let line = good.matches('\n').count() + 1;
            let column = good
                .rsplit('\n')
                .next()
                .map_or(0, |rest| rest.chars().count())
                + 1;
            let place = Place::Line {
                file: file.clone(),
                line,
                column,
            };
            Err(Problem::new(
                place,
                "",
                "this is not UTF-8 text",
                "Save the file as UTF-8.",
            ))
        }
    }
}

/// The one document of `text`; `None` if it is empty or cannot be parsed (which is a problem).
pub(super) fn parse(file: &Arc<str>, text: &str, problems: &mut Problems) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = &spaces_for_tabs(text);
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        text,
        file,
        anchors: BTreeMap::new(),
        nodes: 0,
        problems,
    };
    match reader.document() {
        Ok(root) => root,
        Err(Stop(problem)) => {
            if let Some((place, what, fix)) = problem {
                problems.error(&place, &[], what, fix);
            }
            None
        }
    }
}

/// The text with a space for a tab wherever the parser refuses one that YAML 1.2 allows: between a colon
/// and a value without quotes. Every place stays what it was.
fn spaces_for_tabs(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if !text.contains(":\t") {
        return text;
    }
    for _ in 0..MAX_TABS {
        let error = Parser::new_from_str(&text).find_map(Result::err);
        let Some(error) = error.filter(|error| error.info() == TAB_REFUSED) else {
            break;
        };
        let before = error.marker().index().saturating_sub(1);
        let Some((at, '\t')) = text.char_indices().nth(before) else {
            break;
        };
        text.to_mut().replace_range(at..=at, " ");
    }
    text
}

/// The file cannot be read on; holds what is still to be reported.
struct Stop(Option<(Place, String, String)>);

struct Reader<'text, 'run> {
    events: Parser<'text, StrInput<'text>>,
    text: &'text str,
    file: &'run Arc<str>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    problems: &'run mut Problems,
}

impl<'text> Reader<'text, '_> {
    fn document(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        loop {
            let (event, start) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(self.stop(
                        start,
                        "a second document starts here",
                        "A configuration is one document: remove the `---`, or move this to its own file.",
                    ));
                }
                Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::Nothing => {}
                event => root = Some(self.node(event, start, 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'text>, Marker), Stop> {
        match self.events.next() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(error)) => Err(Stop(Some(self.syntax(&error)))),
            None => Ok((Event::StreamEnd, Marker::default())),
        }
    }

    fn node(&mut self, event: Event<'text>, start: Marker, depth: usize) -> Result<Node, Stop> {
        self.count(1, start)?;
        if depth > MAX_DEPTH {
            return Err(self.stop(start, "this is nested too deeply", ""));
        }
        let place = self.place(start);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(text.into_owned(), style, tag.as_deref(), &place);
                (value, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), &place);
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), &place);
                (self.map(depth)?, anchor)
            }
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    return Err(self.stop(start, "this alias stands inside its own anchor", ""));
                };
                self.count(size(&node), start)?;
                return Ok(node);
            }
            _ => return Err(self.stop(start, "this is not a configuration", "")),
        };
        let node = Node { place, value };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            let (event, start) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, start, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, start) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Map(entries));
            }
            let key = self.node(event, start, depth + 1)?;
            let (event, start) = self.next()?;
            let value = self.node(event, start, depth + 1)?;
            let name = match key.value {
                Value::Scalar(scalar) => scalar.text,
                Value::Null => String::new(),
                _ => {
                    self.problems
                        .error(&key.place, &[], "a key must be plain text", "");
                    continue;
                }
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == name) {
                let line = first.place.line().unwrap_or_default();
                self.problems.error(
                    &key.place,
                    &[],
                    format!("the key {} is given twice", shown(&name)),
                    format!("It already stands in line {line}: keep one of the two."),
                );
                continue;
            }
            entries.push(Entry {
                key: name,
                place: key.place,
                value,
                set_aside: false,
            });
        }
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        place: &Place,
    ) -> Value {
        self.check_tag(tag, place);
        let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        let plain = style == ScalarStyle::Plain && !is_text;
        if plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
            return Value::Null;
        }
        Value::Scalar(Scalar {
            text,
            plain,
            interpolated: false,
        })
    }

    fn check_tag(&mut self, tag: Option<&Tag>, place: &Place) {
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            self.problems.error(
                place,
                &[],
                "a tag (`!…`) has no meaning here",
                "Remove it, or put quotes round a value that starts with `!`.",
            );
        }
    }

    fn count(&mut self, more: usize, at: Marker) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > MAX_NODES {
            return Err(self.stop(at, "the configuration is too large to be one", ""));
        }
        Ok(())
    }

    fn stop(&self, at: Marker, what: &str, fix: &str) -> Stop {
        Stop(Some((self.place(at), what.to_owned(), fix.to_owned())))
    }

    fn place(&self, at: Marker) -> Place {
        Place::Line {
            file: self.file.clone(),
            line: at.line().max(1),
            column: at.col() + 1,
        }
    }

    /// Says where the syntax breaks and what usually breaks it, never what stands there.
    fn syntax(&self, error: &ScanError) -> (Place, String, String) {
        // The one message of the parser that quotes the text does so behind this.
        let info = error.info().split(": `").next().unwrap_or_default();
        let line = error.marker().line();
        let mut lines = self.text.lines().skip(line.saturating_sub(2)).take(2);
        let fix = if info.contains("tab") {
            "Indent with spaces."
        } else if lines.any(|line| line.contains(":\u{a0}")) {
            "Here or in the line before, a no-break space stands behind a colon: write a plain space."
        } else {
            "Look at the indentation here and in the line before, and put quotes round a value \
             that holds `: `, ` #` or starts with one of `{ [ & * ! | > % @`."
        };
        (
            self.place(*error.marker()),
            format!("this is not YAML ({info})"),
            fix.to_owned(),
        )
    }
}

/// Number of nodes in a tree, keys included.
fn size(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| 1 + size(&entry.value))
                .sum::<usize>()
        }
        _ => 1,
    }
}
