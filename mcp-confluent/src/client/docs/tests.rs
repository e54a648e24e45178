//! The client against a server that answers what a test says; each site is a path of it.

use serde_json::{Value, json};

use super::{
    Source::{Developer, Docs, Support},
    *,
};
use crate::{
    client::http::{
        Call,
        tests::server::{Reply, Seen, Server},
    },
    error::ErrorKind,
};

fn client(server: &Server) -> DocsClient {
    let endpoints = Endpoints {
        docs: format!("{}/docs", server.url),
        developer: format!("{}/developer", server.url),
        support: format!("{}/support", server.url),
        docs_search: format!("{}/engine", server.url),
        docs_search_key: Some("k".to_owned()),
        ..Endpoints::default()
    };
    DocsClient::new(&endpoints).unwrap()
}

fn call() -> Call {
    Call::within(Duration::from_secs(30))
}

/// A server of pages by their path.
async fn pages(pages: &'static [(&'static str, Reply)]) -> Server {
    Server::start(move |seen| {
        let path = seen.line.split(' ').nth(1).unwrap();
        let page = pages.iter().find(|(known, _)| *known == path);
        page.map_or_else(|| Reply::with(404, &[], "gone"), |(_, reply)| reply.clone())
    })
    .await
}

fn leak(pages: Vec<(&'static str, Reply)>) -> &'static [(&'static str, Reply)] {
    Vec::leak(pages)
}

fn html(body: &str) -> Reply {
    Reply::with(200, &[("content-type", "text/html; charset=utf-8")], body)
}

fn moved(to: &str) -> Reply {
    Reply::with(302, &[("location", to)], "")
}

fn results(seen: &Seen, base: &str) -> Reply {
    let items = |urls: &[String], url: &str| {
        let items = urls
            .iter()
            .map(|it| json!({url: it, "title": ["A longer title", "Title"], "body": "a <b>b</b>"}));
        items.collect::<Value>()
    };
    let at = |site: &str, names: &[&str]| {
        let urls = names.iter().map(|name| format!("{base}/{site}/{name}"));
        urls.collect::<Vec<_>>()
    };
    let body =
        if seen.line.starts_with("POST /developer/api/search ") {
            let mut of_docs = at("docs", &["d1", "d1/#part"]);
            of_docs.push("https://evil.example.com/x".to_owned());
            json!({"tutorial": {"items": items(&at("developer", &["v1", "v2", "v3"]), "url")},
               "documentation": {"items": items(&of_docs, "url")}})
        } else if seen.line.starts_with(
            "GET /support/api/v2/help_center/articles/search.json?query=a%20b&per_page=",
        ) {
            json!({"results": items(&at("support", &["articles/1"]), "html_url")})
        } else if seen.line.starts_with(
            "GET /engine/api/v1/public/engines/search.json?engine_key=k&q=a%20b&per_page=",
        ) {
            json!({"records": {"page": items(&at("docs", &["d1", "d2"]), "url")}})
        } else {
            return Reply::with(400, &[], "not as expected");
        };
    Reply::json(200, &body)
}

#[tokio::test]
async fn sites_take_turns_and_each_page_comes_once() {
    let server = Server::start(|seen| {
        let host = seen.header("host").unwrap();
        results(seen, &format!("http://{host}"))
    })
    .await;
    let found = client(&server).search(&call(), "a b", 10).await.unwrap();
    let urls: Vec<_> = found
        .results
        .iter()
        .map(|it| it.url.rsplit_once("/d").map_or(&*it.url, |it| it.1))
        .collect();
    assert_eq!(urls[0], "1");
    assert!(urls[1].ends_with("eveloper/v1"), "{urls:?}");
    let sources: Vec<_> = found.results.iter().map(|it| it.source).collect();
    assert_eq!(
        sources,
        [Docs, Developer, Developer, Docs, Support, Developer]
    );
    assert_eq!(found.results[0].title, "Title");
    assert_eq!(found.results[0].description, "a b");
    assert_eq!(found.failures, Vec::<String>::new());
    let few = client(&server).search(&call(), "a b", 2).await.unwrap();
    assert_eq!(few.results.len(), 2);
}

#[tokio::test]
async fn what_a_failed_source_has_is_missing_and_said_to_be() {
    let server = Server::start(|seen| {
        if seen.line.contains("/developer/") {
            return Reply::with(500, &[], "");
        }
        let host = seen.header("host").unwrap();
        results(seen, &format!("http://{host}"))
    })
    .await;
    let found = client(&server).search(&call(), "a b", 10).await.unwrap();
    assert_eq!(found.results.len(), 3);
    let [failure] = &found.failures[..] else {
        panic!("{found:?}")
    };
    assert!(failure.starts_with("developer site: "), "{failure}");
    assert!(failure.contains("500"), "{failure}");
}

#[tokio::test]
async fn nothing_and_a_failure_is_a_failure() {
    let server = Server::start(|seen| {
        if seen.line.contains("/support/") {
            return Reply::with(403, &[], "");
        }
        Reply::json(200, &json!({}))
    })
    .await;
    let error = client(&server)
        .search(&call(), "a b", 10)
        .await
        .unwrap_err();
    assert!(error.message().contains("support site"), "{error}");
}

#[tokio::test]
async fn the_markdown_of_a_page_is_preferred() {
    let markdown = [("content-type", "text/markdown; charset=utf-8")];
    let server = pages(leak(vec![
        ("/docs/a.md", Reply::with(200, &markdown, "# Title\n\nText.")),
        ("/docs/b.md", html("no markdown")),
        (
            "/docs/b.html",
            html("<title>W</title><body><nav>menu</nav><div class='x rst-content'><h1>B<a class=headerlink>¶</a></h1>It.</div>"),
        ),
    ]))
    .await;
    let client = client(&server);
    let page = client
        .page(&call(), &format!("{}/docs/a.html", server.url))
        .await
        .unwrap();
    assert_eq!(page.title.as_deref(), Some("Title"));
    assert_eq!(page.markdown, "# Title\n\nText.");
    assert_eq!(page.url, format!("{}/docs/a.html", server.url));
    let page = client
        .page(&call(), &format!("{}/docs/b.html", server.url))
        .await
        .unwrap();
    assert_eq!(page.title.as_deref(), Some("B"));
    assert_eq!(page.markdown, "# B\n\nIt.");
}

#[tokio::test]
async fn redirections_stay_on_the_sites() {
    let server = pages(leak(vec![
        ("/docs/old.html", moved("/docs/new.html")),
        ("/docs/new.html", html("<body>new")),
        ("/docs/out.html", moved("https://evil.example.com/docs/")),
        ("/docs/up.html", moved("../internal")),
        ("/internal", html("<body>secret")),
        ("/docs/round.html", moved("round.html")),
        ("/docs/gone.html", moved("/docs/")),
        ("/docs/", html("<body>front")),
    ]))
    .await;
    let client = client(&server);
    let get = |name: &'static str| {
        let url = format!("{}/docs/{name}", server.url);
        let client = &client;
        async move { client.page(&call(), &url).await }
    };
    let page = get("old.html").await.unwrap();
    assert!(page.url.ends_with("/docs/new.html"), "{}", page.url);
    for (name, kind, words) in [
        ("out.html", ErrorKind::Refused, "evil.example.com"),
        ("up.html", ErrorKind::Refused, "redirects to"),
        ("round.html", ErrorKind::Upstream, "more than 5"),
        ("gone.html", ErrorKind::NotFound, "front page"),
    ] {
        let error = get(name).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(words), "{error}");
    }
    assert!(
        !server
            .seen()
            .iter()
            .any(|seen| seen.line.contains("/internal"))
    );
}

#[tokio::test]
async fn other_addresses_are_never_asked() {
    let server = pages(&[]).await;
    let client = client(&server);
    let host = server.url.strip_prefix("http://").unwrap();
    for url in [
        "https://evil.example.com/docs/a.html".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("{}/elsewhere", server.url),
        format!("{}/docs/../internal", server.url),
        format!("{}/docsx/a", server.url),
        format!("http://me:pw@{host}/docs/a.html"),
        format!("http://{host}@evil.example.com/docs/a.html"),
        format!("https://{host}/docs/a.html"),
    ] {
        let error = client.page(&call(), &url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{url}: {error}");
        assert!(!error.to_string().contains("pw@"), "{error}");
    }
    let error = client.page(&call(), "not a url").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(server.seen().is_empty());
}

#[test]
fn only_this_machine_may_be_asked_without_tls() {
    let mut endpoints = Endpoints::default();
    assert!(DocsClient::new(&endpoints).is_ok());
    endpoints.support = "http://support.example.com".to_owned();
    let error = DocsClient::new(&endpoints).unwrap_err();
    assert!(error.message().contains("not https"), "{error}");
}

#[tokio::test]
async fn the_developer_site_has_three_kinds_of_pages() {
    let long = format!("<p>{}</p>", "word ".repeat(400));
    let marked = "<section data-test-id=section>promo</section><h2 data-swiftype-name=title>T</h2>\
                  <div data-swiftype-name=body>text<div data-swiftype-index=false>menu</div></div>";
    let data = json!({"result": {"pageContext": {
        "contentMappings": {"one": ["<p>first</p>"], "two": "<p>second</p>"},
        "hero": {"title": "Hero"},
    }}});
    let data: &'static str = Box::leak(data.to_string().into_boxed_str());
    let json = [("content-type", "application/json")];
    let server = pages(leak(vec![
        ("/developer/marked/", html(marked)),
        ("/developer/data/", html("<body><div id=root></div>")),
        (
            "/developer/page-data/data/page-data.json",
            Reply::with(200, &json, data),
        ),
        (
            "/developer/plain/",
            html(&format!(
                "<body><header>menu</header><section data-test-id=section>{long}</section>"
            )),
        ),
    ]))
    .await;
    let client = client(&server);
    let get = |name: &'static str| {
        let url = format!("{}/developer/{name}", server.url);
        let client = &client;
        async move { client.page(&call(), &url).await.unwrap() }
    };
    let page = get("marked/").await;
    assert_eq!(
        (page.title.as_deref(), &*page.markdown),
        (Some("T"), "text")
    );
    let page = get("data/").await;
    assert_eq!(
        (page.title.as_deref(), &*page.markdown),
        (Some("Hero"), "first\n\nsecond")
    );
    assert_eq!(get("data/#two").await.markdown, "second");
    let page = get("plain/").await;
    assert!(page.markdown.starts_with("word word"), "{page:?}");
    assert!(!page.markdown.contains("menu"));
}

#[tokio::test]
async fn support_articles_are_read_by_their_number() {
    let article = json!({"article": {"title": "T &amp; U", "body": "<p>How <b>to</b></p>"}});
    let article: &'static str = Box::leak(article.to_string().into_boxed_str());
    let json = [("content-type", "application/json")];
    let path = "/support/api/v2/help_center/articles/12.json";
    let server = pages(leak(vec![
        (path, Reply::with(200, &json, article)),
        ("/support/hc/x", html("<body>nothing")),
    ]))
    .await;
    let client = client(&server);
    let url = format!("{}/support/hc/en-us/articles/12-How-To?x=1", server.url);
    let page = client.page(&call(), &url).await.unwrap();
    assert_eq!(page.title.as_deref(), Some("T & U"));
    assert_eq!(page.markdown, "How **to**");
    let url = format!("{}/support/hc/x", server.url);
    let error = client.page(&call(), &url).await.unwrap_err();
    assert!(error.message().contains("no article"), "{error}");
}
