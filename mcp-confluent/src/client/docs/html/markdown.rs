//! The tree as Markdown: ATX headings, fenced code, lists with `-`, tables with `|`.

use reqwest::Url;

use super::{Element, Node, is_hidden, one_line};

/// Elements that stand in a line.
pub(super) fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "big"
            | "bdi"
            | "bdo"
            | "br"
            | "cite"
            | "code"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
    )
}

pub(super) fn write(element: &Element, page: &Url) -> String {
    let mut writer = Writer {
        page,
        blocks: Vec::new(),
        line: String::new(),
    };
    writer.children(element, None);
    writer.end_line();
    writer.blocks.join("\n\n")
}

struct Writer<'a> {
    page: &'a Url,
    blocks: Vec<String>,
    /// The paragraph that is being written.
    line: String,
}

impl Writer<'_> {
    /// What is in `element`, as a text of its own.
    fn inner(&self, element: &Element, language: Option<&str>) -> String {
        let mut writer = Writer {
            page: self.page,
            blocks: Vec::new(),
            line: String::new(),
        };
        writer.children(element, language);
        writer.end_line();
        writer.blocks.join("\n\n")
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let lines: Vec<_> = line
            .lines()
            .map(one_line)
            .filter(|line| !line.is_empty())
            .collect();
        if !lines.is_empty() {
            self.blocks.push(lines.join("  \n"));
        }
    }

    fn block(&mut self, block: String) {
        self.end_line();
        if !block.trim().is_empty() {
            self.blocks.push(block);
        }
    }

    fn children(&mut self, element: &Element, language: Option<&str>) {
        for child in &element.children {
            match child {
                Node::Text(text) => push_text(&mut self.line, text),
                Node::Element(element) if is_inline(&element.name) => self.inline(element),
                Node::Element(element) => self.element(element, language),
            }
        }
    }

    fn element(&mut self, element: &Element, language: Option<&str>) {
        let name = element.name.as_str();
        if is_hidden(name) {
            return;
        }
        let language = language_of(element).or(language);
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(name.as_bytes()[1] - b'0');
                let heading = one_line(&self.inner(element, None));
                if !heading.is_empty() {
                    self.block(format!("{} {heading}", "#".repeat(level)));
                }
            }
            "pre" => {
                let mut code = String::new();
                raw(element, &mut code);
                self.block(fenced(&code, language_of_child(element).or(language)));
            }
            "ul" | "ol" => self.block(self.list(element)),
            "table" => self.block(self.table(element)),
            "blockquote" => {
                let quoted = self.inner(element, language);
                self.block(prefixed(&quoted, "> ", "> "));
            }
            "dt" => {
                let term = one_line(&self.inner(element, None));
                self.block(format!("**{term}**"));
            }
            "hr" => self.block("---".to_owned()),
            _ => {
                self.end_line();
                self.children(element, language);
                self.end_line();
            }
        }
    }

    fn list(&self, list: &Element) -> String {
        let mut number = list
            .attribute("start")
            .and_then(|it| it.parse().ok())
            .unwrap_or(1_u32);
        let mut items = Vec::new();
        for item in &list.children {
            let text = match item {
                Node::Text(text) => one_line(text),
                Node::Element(item) => self.inner(item, None),
            };
            if text.is_empty() {
                continue;
            }
            let marker = if list.name == "ol" {
                format!("{number}. ")
            } else {
                "- ".to_owned()
            };
            number = number.saturating_add(1);
            items.push(prefixed(&text, &marker, &" ".repeat(marker.len())));
        }
        items.join("\n")
    }

    fn table(&self, table: &Element) -> String {
        let mut rows = Vec::new();
        self.rows(table, &mut rows);
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = Vec::new();
        for (index, mut row) in rows.into_iter().enumerate() {
            row.resize(width, String::new());
            text.push(format!("| {} |", row.join(" | ")));
            if index == 0 {
                text.push(format!("|{}", " --- |".repeat(width)));
            }
        }
        text.join("\n")
    }

    fn rows(&self, table: &Element, rows: &mut Vec<Vec<String>>) {
        for element in table.elements() {
            match element.name.as_str() {
                "tr" => {
                    let cells = element
                        .elements()
                        .filter(|it| matches!(&*it.name, "td" | "th"));
                    let cells =
                        cells.map(|cell| one_line(&self.inner(cell, None)).replace('|', "\\|"));
                    rows.push(cells.collect());
                }
                "thead" | "tbody" | "tfoot" => self.rows(element, rows),
                _ => {}
            }
        }
    }

    fn inline(&mut self, element: &Element) {
        match element.name.as_str() {
            "br" => self.line.push('\n'),
            "img" => push_text(&mut self.line, element.attribute("alt").unwrap_or_default()),
            "a" => self.link(element),
            "code" | "kbd" | "samp" | "tt" => {
                let code = element.words();
                let ticks = if code.contains('`') { "``" } else { "`" };
                self.around(ticks, &code);
            }
            "b" | "strong" => {
                let text = one_line(&self.inner(element, None));
                self.around("**", &text);
            }
            "em" | "i" => {
                let text = one_line(&self.inner(element, None));
                self.around("*", &text);
            }
            _ => self.children(element, None),
        }
    }

    fn around(&mut self, mark: &str, text: &str) {
        if !text.is_empty() {
            self.line.push_str(&format!("{mark}{text}{mark}"));
        }
    }

    fn link(&mut self, element: &Element) {
        // The sign behind a heading that shows its own address.
        if element.has_class("headerlink") {
            return;
        }
        let text = one_line(&self.inner(element, None));
        let target = element.attribute("href").filter(|it| !it.starts_with('#'));
        let target = target.and_then(|it| self.page.join(it.trim()).ok());
        let target = target.filter(|url| matches!(url.scheme(), "http" | "https"));
        match target {
            Some(url) if !text.is_empty() => {
                let url = url.as_str().replace('(', "%28").replace(')', "%29");
                self.line.push_str(&format!("[{text}]({url})"));
            }
            _ => self.line.push_str(&text),
        }
    }
}

/// Appends text with one space for each run of white space.
fn push_text(line: &mut String, text: &str) {
    for character in text.chars() {
        if !character.is_whitespace() && !character.is_control() {
            line.push(character);
        } else if !line.is_empty() && !line.ends_with([' ', '\n']) {
            line.push(' ');
        }
    }
}

/// Text with its white space, as in code.
fn raw(element: &Element, into: &mut String) {
    for child in &element.children {
        match child {
            Node::Text(text) => {
                into.extend(
                    text.chars()
                        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control()),
                );
            }
            Node::Element(element) if element.name == "br" => into.push('\n'),
            Node::Element(element) if is_hidden(&element.name) => {}
            Node::Element(element) => raw(element, into),
        }
    }
}

fn fenced(code: &str, language: Option<&str>) -> String {
    let code = code.trim_matches('\n').trim_end();
    if code.is_empty() {
        return String::new();
    }
    // A fence is longer than any in the code.
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{}\n{code}\n{fence}", language.unwrap_or_default())
}

/// The language that a class names, as Sphinx (`highlight-yaml`) and most others (`language-yaml`) do.
fn language_of(element: &Element) -> Option<&str> {
    let named = |class: &'_ &str| {
        let language = class
            .strip_prefix("language-")
            .or(class.strip_prefix("highlight-"));
        language.is_some_and(|it| !matches!(it, "default" | "none" | "text" | "notranslate"))
    };
    let class = element.classes().find(named)?;
    let (_, language) = class.split_once('-')?;
    let plain = language
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '_'));
    plain.then_some(language)
}

fn language_of_child(element: &Element) -> Option<&str> {
    language_of(element).or_else(|| element.elements().find_map(language_of))
}

/// `first` before the first line and `rest` before the others.
fn prefixed(text: &str, first: &str, rest: &str) -> String {
    let lines = text.lines().enumerate().map(|(index, line)| {
        let prefix = if index == 0 { first } else { rest };
        format!("{prefix}{line}").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    fn markdown(html: &str) -> String {
        let page = Url::parse("https://docs.example.com/a/b.html").unwrap();
        Document::parse(html).markdown(&page)
    }

    #[test]
    fn what_pages_are_made_of() {
        for (html, expected) in [
            (
                "<h2>Set&nbsp;up<a class='headerlink' href='#x'>¶</a></h2>",
                "## Set up",
            ),
            (
                "<p>a <b>b</b>\n <i>c</i> &amp;\td<p>e",
                "a **b** *c* & d\n\ne",
            ),
            ("one<br>two", "one  \ntwo"),
            (
                "see <a href='../c.html#d'>this <em>page</em></a>.",
                "see [this *page*](https://docs.example.com/c.html#d).",
            ),
            (
                "<a href='javascript:alert(1)'>x</a> <a href='#y'>y</a>",
                "x y",
            ),
            ("use <code class='x'><span>a</span> b</code>", "use `a b`"),
            (
                "<ul><li>a<li><p>b</p><ol start=3><li>c</ol></ul>",
                "- a\n- b\n\n  3. c",
            ),
            (
                "<div class='highlight-yaml notranslate'><pre><span>a:</span>\n  b</pre></div>",
                "```yaml\na:\n  b\n```",
            ),
            (
                "<pre><code class=language-sql>SELECT ```;</code></pre>",
                "````sql\nSELECT ```;\n````",
            ),
            ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
            ("<dl><dt>a</dt><dd>b</dd></dl><hr>", "**a**\n\nb\n\n---"),
            (
                "<table><tr><th>a<th>b<tr><td>1|2</table>",
                "| a | b |\n| --- | --- |\n| 1\\|2 |  |",
            ),
            (
                "<script>if (a < b) alert('<p>x')</script><style>p{}</style>ok",
                "ok",
            ),
            ("a</p></div>b \u{1b}[31m", "ab [31m"),
        ] {
            assert_eq!(markdown(html), expected, "{html}");
        }
    }

    #[test]
    fn no_page_is_too_deep() {
        let html = format!("{}<p>end", "<div>".repeat(100_000));
        assert_eq!(markdown(&html), "end");
        let html = format!("{}end", "<ul><li>".repeat(10_000));
        assert!(markdown(&html).ends_with("end"));
    }
}
