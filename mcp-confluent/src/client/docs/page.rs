//! Reading a page.

use reqwest::Url;
use serde_json::Value;

use super::{
    DocsClient, PATIENCE, Source,
    html::{Document, Element, words},
    sites::Site,
};
use crate::{
    client::http::{Call, Request, Response},
    error::{ErrorKind, Result, ToolError},
};

const MAX_REDIRECTIONS: usize = 5;
/// Sections of the developer site with less text than this are its frame.
const FRAME: usize = 1500;

/// A page of the documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it is, after redirections.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
    /// Its text, Markdown.
    pub markdown: String,
}

/// An answer and the address it came from.
struct Fetched {
    url: Url,
    response: Response,
}

impl DocsClient {
    /// The page at `url`, which has to be on one of the sites; within ten seconds.
    ///
    /// # Errors
    /// The address is on no site or leads away from them, there is no such page, or it has no text.
    pub async fn page(&self, call: &Call, url: &str) -> Result<Page> {
        let call = &call.at_most(PATIENCE);
        let url = Url::parse(url.trim()).map_err(|error| {
            ToolError::argument(format!("`url` is no address: {error}"))
                .hint("give it whole, for example https://docs.confluent.io/platform/current/")
        })?;
        let Some((site, _)) = self.sites.place(&url) else {
            return Err(self.sites.stranger(&url, "`url` is at"));
        };
        let page = match site.source {
            Source::Docs => self.docs_page(call, &url).await?,
            Source::Developer => self.developer_page(call, &url).await?,
            Source::Support => self.support_page(call, site, &url).await?,
        };
        if page.markdown.trim().is_empty() {
            let message = format!("the page {} has no text that can be read", page.url);
            return Err(ToolError::new(ErrorKind::Upstream, message)
                .hint("search-product-docs finds other pages about it"));
        }
        Ok(page)
    }

    /// The answer at `url`, after at most five redirections that stay on the sites.
    async fn fetch(&self, call: &Call, url: &Url) -> Result<Fetched> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTIONS {
            let Some((site, path)) = self.sites.place(&url) else {
                return Err(self.sites.stranger(&url, "the page redirects to"));
            };
            let response = site.http.send(call, Request::page(&path)).await?;
            let Some(location) = response.location() else {
                return Ok(Fetched { url, response });
            };
            url = url.join(location).map_err(|error| {
                let message = format!("{url} redirects to no address: {error}");
                ToolError::new(ErrorKind::Upstream, message)
            })?;
        }
        Err(ToolError::new(
            ErrorKind::Upstream,
            format!("{url} redirects more than {MAX_REDIRECTIONS} times"),
        ))
    }

    /// The Markdown that the site has for most pages, else what the page shows.
    async fn docs_page(&self, call: &Call, url: &Url) -> Result<Page> {
        if let Ok(Fetched {
            url: found,
            response,
        }) = self.fetch(call, &twin(url)).await
            && response.media_type().contains("markdown")
        {
            return Ok(Page {
                title: heading(&String::from_utf8_lossy(response.bytes())),
                markdown: response.text()?,
                url: if found == twin(url) {
                    url.clone()
                } else {
                    found
                }
                .into(),
            });
        }
        let Fetched {
            url: found,
            response,
        } = self.fetch(call, url).await?;
        // A page that is gone leads to the front page.
        let is_front = |url| {
            let path = self.sites.docs.path_of(url);
            matches!(path.as_deref(), Some("/" | "/index.html"))
        };
        if is_front(&found) && !is_front(url) {
            let message = format!("there is no page {url} any more: it leads to the front page");
            return Err(
                ToolError::not_found(message).hint("search-product-docs finds where it is now")
            );
        }
        let document = Document::parse(&response.text()?);
        let main = document
            .find(|it| it.name == "div" && it.has_class("rst-content"))
            .or_else(|| document.find(|it| it.name == "main" || it.name == "article"))
            .or_else(|| document.find(|it| it.name == "body"));
        Ok(page(found, document.title(), main))
    }

    async fn developer_page(&self, call: &Call, url: &Url) -> Result<Page> {
        let Fetched {
            url: found,
            response,
        } = self.fetch(call, url).await?;
        let mut document = Document::parse(&response.text()?);
        let marked = |name: &'static str| {
            move |it: &Element| it.attribute("data-swiftype-name") == Some(name)
        };
        let title = document.find(marked("title")).map(Element::words);
        let title = title.or_else(|| document.title());
        document.remove(|it| it.attribute("data-swiftype-index") == Some("false"));
        document.remove(|it| {
            it.attribute("data-test-id") == Some("section") && it.words().chars().count() < FRAME
        });
        if let Some(body) = document.find(marked("body")) {
            return Ok(page(found, title, Some(body)));
        }
        if let Ok(page) = self.page_data(call, &found).await {
            return Ok(page);
        }
        document.remove(|it| matches!(&*it.name, "header" | "footer" | "nav"));
        let main = document
            .find(|it| it.attribute("data-test-id") == Some("section"))
            .or_else(|| document.find(|it| it.name == "body"));
        Ok(page(found, title, main))
    }

    /// The data behind a page that is put together in the browser.
    async fn page_data(&self, call: &Call, url: &Url) -> Result<Page> {
        let site = &self.sites.developer;
        let path = site.path_of(url).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default().trim_matches('/');
        let path = if path.is_empty() { "index" } else { path };
        let request = Request::page(&format!("/page-data/{path}/page-data.json"));
        let answer: Value = site.http.fetch(call, request).await?;
        let context = &answer["result"]["pageContext"];
        let mappings = &context["contentMappings"];
        let chosen = url.fragment().map(|fragment| &mappings[fragment]);
        let chosen = chosen.filter(|it| !it.is_null());
        let text = match (chosen, mappings) {
            (Some(one), _) => texts(one),
            (None, Value::Object(all)) => all.values().map(texts).collect::<Vec<_>>().join("\n"),
            (None, all) => texts(all),
        };
        let title = ["/hero/title", "/seo/title"];
        let title = title.iter().find_map(|at| context.pointer(at)?.as_str());
        let document = Document::parse(&text);
        Ok(Page {
            url: url.as_str().to_owned(),
            title: title.map(str::to_owned),
            markdown: document.markdown(url),
        })
    }

    /// An article by its number, or what the page shows.
    async fn support_page(&self, call: &Call, site: &Site, url: &Url) -> Result<Page> {
        let number = url.path().split_once("/articles/").map(|(_, rest)| {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            rest[..end.unwrap_or(rest.len())].to_owned()
        });
        if let Some(number) = number.filter(|number| !number.is_empty()) {
            let request = Request::get("/api/v2/help_center/articles/{id}")
                .path("id", format_args!("{number}.json"));
            let answer: Value = site.http.fetch(call, request).await?;
            let article = &answer["article"];
            let document = Document::parse(article["body"].as_str().unwrap_or_default());
            return Ok(Page {
                url: url.as_str().to_owned(),
                title: article["title"].as_str().map(words),
                markdown: document.markdown(url),
            });
        }
        let Fetched {
            url: found,
            response,
        } = self.fetch(call, url).await?;
        let document = Document::parse(&response.text()?);
        let article = document
            .find(|it| it.name == "article" && it.attribute("id") == Some("main-content"))
            .ok_or_else(|| {
                let message = format!("{found} is no article of the support site");
                ToolError::new(ErrorKind::Unsupported, message)
                    .hint("only addresses with /articles/ and a number can be read there")
            })?;
        Ok(page(found, document.title(), Some(article)))
    }
}

fn page(url: Url, title: Option<String>, main: Option<&Element>) -> Page {
    Page {
        markdown: main.map(|main| main.markdown(&url)).unwrap_or_default(),
        url: url.into(),
        title,
    }
}

/// Where the Markdown of a page is.
fn twin(url: &Url) -> Url {
    let mut twin = url.clone();
    twin.set_fragment(None);
    let path = url.path();
    let stem = path.strip_suffix(".html").or(path.strip_suffix(".md"));
    let path = match stem {
        Some(stem) => format!("{stem}.md"),
        None if path.ends_with('/') => format!("{path}index.md"),
        None => format!("{path}.md"),
    };
    twin.set_path(&path);
    twin
}

/// The first heading of a Markdown text.
fn heading(markdown: &str) -> Option<String> {
    let line = markdown.lines().find_map(|line| line.strip_prefix("# "))?;
    Some(line.trim().to_owned())
}

/// All texts in a value, one after another.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(texts).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => fields.values().map(texts).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_markdown_of_a_page_is_beside_it() {
        for (page, expected) in [
            ("https://h/a/b.html#c", "https://h/a/b.md"),
            ("https://h/a/", "https://h/a/index.md"),
            ("https://h/a/b", "https://h/a/b.md"),
            ("https://h/a/b.md", "https://h/a/b.md"),
            ("https://h", "https://h/index.md"),
        ] {
            let url = Url::parse(page).unwrap();
            assert_eq!(twin(&url).as_str(), expected);
        }
    }
}
