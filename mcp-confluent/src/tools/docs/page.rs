//! `get-product-doc-page`.

use crate::prelude::*;

/// How much of a page one answer holds, in characters.
const AT_ONCE: usize = 40_000;

/// Get a page found by search-product-docs as Markdown; long ones in parts.
#[confluent_tool(read_only, category = Docs)]
async fn get_product_doc_page(
    docs: Docs,
    /// Its address.
    #[arg(length = 1..=2000)]
    url: String,
    /// From `nextOffset`.
    #[arg(default)]
    offset: usize,
) -> Result<DocPage> {
    let page = docs.client().page(docs.call(), &url).await?;
    let total = page.markdown.chars().count();
    if offset > 0 && offset >= total {
        let message = format!(
            "`offset` must be below {total}, the characters of {}",
            page.url
        );
        return Err(ToolError::argument(message));
    }
    let (markdown, next_offset) = part(&page.markdown, offset);
    Ok(DocPage {
        url: page.url,
        title: page.title,
        markdown,
        total_characters: total,
        next_offset,
    })
}

/// At most [`AT_ONCE`] characters from `offset` on, up to the end of a line; and where the rest
/// begins, if there is one.
fn part(text: &str, offset: usize) -> (String, Option<usize>) {
    let byte = |character| text.char_indices().nth(character).map(|(byte, _)| byte);
    let rest = &text[byte(offset).unwrap_or(text.len())..];
    let Some((end, _)) = rest.char_indices().nth(AT_ONCE) else {
        return (rest.to_owned(), None);
    };
    let end = rest[..end].rfind('\n').map_or(end, |line| line + 1);
    let part = rest[..end].to_owned();
    let next = offset + part.chars().count();
    (part, Some(next))
}

/// A page.
#[confluent_type(text("{}", self.prose()))]
struct DocPage {
    /// Where it is, after redirections.
    url: String,
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The text, or this part of it.
    markdown: String,
    /// How long the whole page is.
    total_characters: usize,
    /// Pass it as `offset` for the rest; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
}

impl DocPage {
    fn prose(&self) -> String {
        let mut text = format!("Source: {}\n\n", self.url);
        if let Some(title) = &self.title
            && !self.markdown.starts_with("# ")
        {
            text.push_str(&format!("# {title}\n\n"));
        }
        text.push_str(&self.markdown);
        if let Some(next) = self.next_offset {
            text.push_str(&format!(
                "\n\nThere is more: call again with `offset` {next}."
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole() {
        for text in [
            "ä\n".repeat(AT_ONCE),
            "x".repeat(2 * AT_ONCE + 1),
            String::new(),
            "short".to_owned(),
        ] {
            let mut all = String::new();
            let mut offset = Some(0);
            while let Some(start) = offset {
                let (part, next) = part(&text, start);
                assert!(part.chars().count() <= AT_ONCE);
                all.push_str(&part);
                offset = next;
            }
            assert_eq!(all, text);
        }
    }
}
