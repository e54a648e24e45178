//! Lists in pages.

use super::*;
use crate::client::http::{Listed, Wanted};

/// A server of the numbers below `total` that gives at most `most` of them at a time. Its next page
/// is at a host that is not there.
async fn numbers(total: usize, most: usize) -> Server {
    Server::start(move |seen| {
        let query = seen.line.split(['?', ' ']).nth(2).expect("a query");
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.find(|(given, _)| *given == name)?.1;
            value.trim_start_matches("t%3D").parse::<usize>().ok()
        };
        let from = value("page_token").unwrap_or(0);
        let size = value("page_size").expect("a size").min(most);
        let to = (from + size).min(total);
        let next = if to < total {
            format!("http://127.0.0.1:9/elsewhere?page_token=t%3D{to}")
        } else {
            String::new()
        };
        let data: Vec<usize> = (from..to).collect();
        Reply::json(
            200,
            &json!({"data": data, "metadata": {"next": next, "total_size": total}}),
        )
    })
    .await
}

async fn list(server: &Server, items: usize, token: Option<&str>) -> Listed<usize> {
    let wanted = Wanted::new(items, token);
    let request = Request::get("/numbers").query("environment", "env-1");
    client(server)
        .list(&call(), request, wanted)
        .await
        .expect("a list")
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let server = numbers(250, 100).await;
    let all = list(&server, 1000, None).await;
    assert_eq!(all.items, (0..250).collect::<Vec<_>>());
    assert_eq!((all.next, all.total), (None, Some(250)));
    let lines: Vec<_> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(
        lines,
        [
            "GET /numbers?environment=env-1&page_size=100 HTTP/1.1",
            "GET /numbers?environment=env-1&page_size=100&page_token=t%3D100 HTTP/1.1",
            "GET /numbers?environment=env-1&page_size=100&page_token=t%3D200 HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn a_part_says_how_to_go_on_and_nothing_is_left_out() {
    let server = numbers(7, 2).await;
    let mut seen = Vec::new();
    let mut token = None;
    loop {
        let part = list(&server, 3, token.as_deref()).await;
        assert!(part.items.len() <= 3, "{part:?}");
        seen.extend(part.items);
        token = part.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..7).collect::<Vec<_>>());
}

#[tokio::test]
async fn fifty_pages_are_enough_for_one_answer() {
    let server = numbers(1000, 1).await;
    let part = list(&server, 1000, None).await;
    assert_eq!(part.items.len(), 50);
    assert_eq!(part.next.as_deref(), Some("t=50"));
    assert_eq!(server.seen().len(), 50);
}

#[tokio::test]
async fn an_empty_list_is_a_list_in_every_form() {
    for body in [
        json!({"data": []}),
        json!({"data": null, "metadata": null}),
        json!({"data": [], "metadata": {"next": null}}),
    ] {
        let server = Server::start(move |_| Reply::json(200, &body)).await;
        let all = list(&server, 10, None).await;
        assert_eq!((all.items.len(), all.next, all.total), (0, None, None));
    }
}

#[tokio::test]
async fn a_service_that_turns_in_circles_is_told() {
    let server = Server::start(|_| {
        Reply::json(
            200,
            &json!({"data": [1], "metadata": {"next": "/?page_token=same"}}),
        )
    })
    .await;
    let wanted = Wanted::new(10, None);
    let error = client(&server)
        .list::<usize>(&call(), Request::get("/numbers"), wanted)
        .await
        .expect_err("a circle");
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert!(error.message().contains("same page token"), "{error}");
    assert_eq!(server.seen().len(), 2);
}
