//! Web pages as a tree, and the tree as Markdown.
//!
//! html5gum reads the tags as browsers do; the tree is a plain one, good for pages whose tags match.

mod markdown;

use html5gum::{DefaultEmitter, HtmlString, Token, Tokenizer};
use reqwest::Url;

/// Elements that are nested deeper become siblings, so that no page can exhaust the stack.
const MAX_DEPTH: usize = 100;

/// Part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Text(String),
    Element(Element),
}

/// A tag with what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The name of the tag, in lower case.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(given, _)| given == name)?;
        Some(&found.1)
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.classes().any(|it| it == class)
    }

    fn classes(&self) -> impl Iterator<Item = &str> {
        let classes = self.attribute("class").unwrap_or_default();
        classes.split_ascii_whitespace()
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element below this one, in the order of the page, that `is` wanted.
    fn find(&self, is: &dyn Fn(&Self) -> bool) -> Option<&Self> {
        self.elements().find_map(|child| {
            if is(child) {
                Some(child)
            } else {
                child.find(is)
            }
        })
    }

    fn remove(&mut self, is: &dyn Fn(&Self) -> bool) {
        self.children.retain(|child| match child {
            Node::Element(element) => !is(element),
            Node::Text(_) => true,
        });
        for child in &mut self.children {
            if let Node::Element(element) = child {
                element.remove(is);
            }
        }
    }

    /// The text in one line.
    pub(super) fn words(&self) -> String {
        let mut all = String::new();
        self.collect(&mut all);
        one_line(&all)
    }

    /// The text as it stands.
    fn collect(&self, into: &mut String) {
        if is_hidden(&self.name) {
            return;
        }
        for child in &self.children {
            match child {
                Node::Text(text) => into.push_str(text),
                Node::Element(element) => {
                    let apart = !markdown::is_inline(&element.name);
                    into.push_str(if apart { " " } else { "" });
                    element.collect(into);
                    into.push_str(if apart { " " } else { "" });
                }
            }
        }
    }

    /// What is in it as Markdown; links are made whole with the address of the page.
    pub(super) fn markdown(&self, page: &Url) -> String {
        markdown::write(self, page)
    }
}

/// A page.
#[derive(Debug)]
pub(super) struct Document(Element);

impl Document {
    pub(super) fn parse(html: &str) -> Self {
        let mut emitter = DefaultEmitter::default();
        // The content of scripts and styles is no markup.
        emitter.naively_switch_states(true);
        let mut tree = Tree::default();
        for token in Tokenizer::new_with_emitter(html, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let attributes = tag.attributes.iter();
                    let attributes = attributes.map(|(name, value)| (text(name), text(value)));
                    let element = Element {
                        name: text(&tag.name),
                        attributes: attributes.collect(),
                        children: Vec::new(),
                    };
                    tree.open(element, tag.self_closing);
                }
                Token::EndTag(tag) => tree.close(&text(&tag.name)),
                Token::String(string) => tree.add(Node::Text(text(&string))),
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        Self(tree.finish())
    }

    pub(super) fn find(&self, is: impl Fn(&Element) -> bool) -> Option<&Element> {
        self.0.find(&is)
    }

    pub(super) fn remove(&mut self, is: impl Fn(&Element) -> bool) {
        self.0.remove(&is);
    }

    /// The first heading, else the title of the window.
    pub(super) fn title(&self) -> Option<String> {
        ["h1", "title"].iter().find_map(|name| {
            let found = self.find(|it| it.name == *name)?;
            let title = found.words().trim_end_matches('¶').trim_end().to_owned();
            (!title.is_empty()).then_some(title)
        })
    }

    pub(super) fn markdown(&self, page: &Url) -> String {
        self.0.markdown(page)
    }
}

/// A tree that is being built: the open elements, the outermost first.
#[derive(Debug)]
struct Tree {
    open: Vec<Element>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            open: vec![Element::default()],
        }
    }
}

impl Tree {
    fn add(&mut self, node: Node) {
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(node);
        }
    }

    fn open(&mut self, element: Element, self_closing: bool) {
        while self
            .open
            .last()
            .is_some_and(|last| ends(&element.name, &last.name))
        {
            self.pop();
        }
        if self_closing || is_void(&element.name) || self.open.len() >= MAX_DEPTH {
            self.add(Node::Element(element));
        } else {
            self.open.push(element);
        }
    }

    fn close(&mut self, name: &str) {
        // The first is the page itself.
        let Some(place) = self.open.iter().skip(1).rposition(|it| it.name == name) else {
            return;
        };
        while self.open.len() > place + 1 {
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some(element) = self.open.pop() {
            self.add(Node::Element(element));
        }
    }

    fn finish(mut self) -> Element {
        while self.open.len() > 1 {
            self.pop();
        }
        self.open.pop().unwrap_or_default()
    }
}

/// Whether a tag called `new` ends one called `open` that nobody closed.
fn ends(new: &str, open: &str) -> bool {
    match open {
        "li" => new == "li",
        "dt" | "dd" => matches!(new, "dt" | "dd"),
        "td" | "th" => matches!(new, "td" | "th" | "tr" | "tbody"),
        "tr" => matches!(new, "tr" | "tbody"),
        "p" => !markdown::is_inline(new),
        _ => false,
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

/// What browsers do not show as text.
fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "noscript" | "template" | "head" | "svg" | "button" | "iframe"
    )
}

fn text(html: &HtmlString) -> String {
    String::from_utf8_lossy(html).into_owned()
}

/// The words of a text that may hold tags and entities, in one line.
pub(super) fn words(html: &str) -> String {
    Document::parse(html).0.words()
}

/// One space between words, and no control characters.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
