//! What is tried again, where, and what is not.

use super::*;

/// A server that answers `first` to the first `times` requests and `[]` after that.
async fn failing(times: usize, first: Reply) -> Server {
    Server::start(move |seen| {
        if seen.number <= times {
            first.clone()
        } else {
            Reply::json(200, &json!([]))
        }
    })
    .await
}

#[tokio::test]
async fn a_read_survives_what_passes() {
    for reply in [
        Reply::with(429, &[], ""),
        Reply::with(502, &[], "<html>"),
        Reply::with(503, &[], ""),
        Reply::with(504, &[], ""),
        Reply::Cut(""),
        Reply::Cut("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[1,"),
    ] {
        let server = failing(1, reply).await;
        client(&server)
            .send(&call(), subjects())
            .await
            .expect("the second answer");
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_write_is_repeated_only_if_it_was_not_looked_at_or_may_be() {
    for (reply, repeatable, expected) in [
        (Reply::with(503, &[], ""), false, 1),
        (Reply::Cut(""), false, 1),
        (Reply::with(500, &[], ""), true, 1),
        (Reply::with(429, &[], ""), false, 2),
        (Reply::with(503, &[], ""), true, 2),
        (Reply::Cut(""), true, 2),
    ] {
        let server = failing(1, reply).await;
        let request = if repeatable {
            Request::post("/x").repeatable()
        } else {
            Request::post("/x")
        };
        let result = client(&server).send(&call(), request).await;
        assert_eq!(result.is_ok(), expected == 2);
        assert_eq!(server.seen().len(), expected);
    }
}

#[tokio::test]
async fn it_gives_up_after_four_attempts() {
    let server = failing(usize::MAX, Reply::with(503, &[], "")).await;
    let error = client(&server)
        .send(&call(), subjects())
        .await
        .expect_err("never");
    assert_eq!(server.seen().len(), 4);
    assert!(error.message().starts_with("after 4 attempts"), "{error}");
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let server = failing(1, Reply::with(429, &[("retry-after", "1")], "")).await;
    let started = std::time::Instant::now();
    client(&server)
        .send(&call(), subjects())
        .await
        .expect("the second answer");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_instead() {
    let server = failing(1, Reply::with(429, &[("retry-after", "3600")], "")).await;
    let started = std::time::Instant::now();
    let error = client(&server)
        .send(&call(), subjects())
        .await
        .expect_err("too long");
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(
        error.hint_text().expect("a hint").contains("3600 s"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn another_server_takes_over_and_stays() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let server = failing(0, Reply::Silence).await;
    let mut settings = settings(&gone);
    settings.endpoints.push(server.url.clone());
    let client = HttpClient::new(settings).expect("a client");
    client
        .send(&call(), Request::post("/x"))
        .await
        .expect("the other server");
    client
        .send(&call(), subjects())
        .await
        .expect("the other server");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_server_that_is_overloaded_hands_over_reads() {
    let busy = failing(usize::MAX, Reply::with(503, &[], "")).await;
    let good = failing(0, Reply::Silence).await;
    let mut settings = settings(&busy.url);
    settings.endpoints.push(good.url.clone());
    let client = HttpClient::new(settings).expect("a client");
    client
        .send(&call(), subjects())
        .await
        .expect("the other server");
    assert_eq!((busy.seen().len(), good.seen().len()), (1, 1));
}

#[tokio::test]
async fn no_server_at_all_is_told_at_once() {
    let gone = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let mut settings = settings(&gone());
    settings.endpoints.push(gone());
    let client = HttpClient::new(settings).expect("a client");
    let error = client
        .send(&call(), subjects())
        .await
        .expect_err("nobody there");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}
