//! Credentials, and faults that are asked for.

use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn users_are_asked_for_their_password() {
    let client = Client::with(RegistryOptions::new().user("me", "secret")).await;
    let get = async |authorization| {
        client
            .call_as(authorization, "GET", "/subjects", &Value::Null)
            .await
    };
    assert_eq!(refusal(get(None).await), (401, 401));
    assert_eq!(refusal(get(Some("Basic bWU6d3Jvbmc=")).await), (401, 401));
    assert_eq!(get(Some("Basic bWU6c2VjcmV0")).await, (200, json!([])));
}

#[tokio::test]
async fn it_can_fail_be_slow_go_away_and_come_back() {
    let client = Client::start().await;
    client.register("a", &record(&[])).await;
    client.registry.fail_next(2, 503);
    assert_eq!(client.get("/subjects").await.0, 503);
    assert_eq!(client.register("b", &record(&[])).await.0, 503);
    assert_eq!(client.get("/subjects").await, (200, json!(["a"])));
    client
        .registry
        .set_response_delay(Duration::from_millis(50));
    let started = Instant::now();
    client.get("/subjects").await;
    assert!(started.elapsed() >= Duration::from_millis(50));
    let address = client.registry.url().replace("http://", "");
    client.registry.stop();
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    client.registry.restart().await.expect("the port");
    assert_eq!(client.get("/subjects").await.1, json!(["a"]));
}
