//! What is said about answers that are no success, and about none.

use super::*;

#[tokio::test]
async fn every_failing_status_is_a_failure_even_with_an_empty_body() {
    for status in [
        300, 301, 302, 304, 400, 401, 403, 404, 405, 406, 407, 408, 409, 410, 412, 413, 415, 418,
        422, 423, 500, 501, 505, 599,
    ] {
        let error = error_of(Reply::with(status, &[], "")).await;
        let start = format!("answered {status}");
        assert!(error.message().contains(&start), "{error}");
        assert!(
            error.message().starts_with("GET /subjects on 127.0.0.1:"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_services_reason_and_code_are_shown() {
    let body = json!({"error_code": 40401, "message": "Subject 'x' not found."});
    let error = error_of(Reply::json(404, &body)).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.code_text(), Some("40401"));
    assert!(
        error
            .message()
            .ends_with("answered 404: Subject 'x' not found")
    );
}

#[tokio::test]
async fn a_web_page_is_one_line_whatever_its_status() {
    let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>lots</body></html>";
    let html = [("content-type", "text/html; charset=utf-8")];
    let error = error_of(Reply::with(500, &html, page)).await;
    assert!(
        error
            .message()
            .ends_with("answered 500: a web page (Sign in)"),
        "{error}"
    );

    let server = Server::start(move |_| Reply::with(200, &html, page)).await;
    let error = client(&server)
        .fetch::<Value>(&call(), subjects())
        .await
        .expect_err("a web page");
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert!(error.message().contains("web page"), "{error}");
    assert!(error.message().contains("Sign in"), "{error}");
}

#[tokio::test]
async fn a_redirection_is_not_followed_but_named() {
    let to = [("location", "https://elsewhere.example.com/subjects")];
    let error = error_of(Reply::with(302, &to, "")).await;
    assert!(
        error
            .hint_text()
            .expect("a hint")
            .contains("https://elsewhere.example.com"),
        "{error}"
    );
}

#[tokio::test]
async fn an_empty_success_is_a_success_but_no_data() {
    let server = Server::start(|_| Reply::Raw(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())).await;
    let client = client(&server);
    let response = client
        .send(&call(), Request::delete("/x"))
        .await
        .expect("a success");
    assert!(response.is_empty());
    assert_eq!(response.status(), 204);
    let error = response.json::<Value>().expect_err("no data");
    assert!(error.message().contains("empty body"), "{error}");
}

#[tokio::test]
async fn broken_json_is_named() {
    let server = Server::start(|_| Reply::with(200, &[], "{\"a\":")).await;
    let error = client(&server)
        .fetch::<Value>(&call(), subjects())
        .await
        .expect_err("no data");
    assert!(error.message().contains("unexpected"), "{error}");
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused() {
    let server = Server::start(|_| Reply::with(200, &[], &"x".repeat(100_001))).await;
    let mut settings = settings(&server.url);
    settings.max_response_bytes = 100_000;
    let error = HttpClient::new(settings)
        .expect("a client")
        .send(&call(), subjects())
        .await
        .expect_err("too much");
    assert!(
        error.message().contains("more than 100000 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_body_beyond_the_bound_does_not_hide_the_status() {
    let error = error_of(Reply::with(500, &[], &"x".repeat(1_000_000))).await;
    assert!(error.message().contains("answered 500: xxx"), "{error}");
    assert!(error.message().len() < 1000);
}

#[tokio::test]
async fn what_is_no_http_is_a_broken_connection() {
    let error = error_of(Reply::Cut("SSH-2.0-OpenSSH_9.6\r\n")).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("the connection broke"), "{error}");
}

#[tokio::test]
async fn nobody_at_the_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = HttpClient::new(settings(&endpoint)).expect("a client");
    let started = std::time::Instant::now();
    let error = client
        .send(&call(), Request::post("/x"))
        .await
        .expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("no connection"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn plain_text_where_tls_is_expected_is_called_tls() {
    let server = Server::start(|_| Reply::json(200, &json!([]))).await;
    let endpoint = server.url.replace("http://", "https://");
    let client = HttpClient::new(settings(&endpoint)).expect("a client");
    let error = client
        .send(&call(), subjects())
        .await
        .expect_err("no TLS there");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}
