//! The proxy of the environment.

use mcp_confluent_tests::{Client, CloudWorld, Config, Era, answer::assert_says, server::Start};
use serde_json::json;
use tokio::net::TcpListener;

/// A host that is only known to the proxy.
const HOST: &str = "cloud.invalid";

/// A client of the cloud at `url`, with these variables in the environment of its server.
async fn client(world: &CloudWorld, url: &str, variables: &[(&str, &str)]) -> Client {
    let auth = world.connection()["confluent_cloud"]["auth"].clone();
    let cloud = json!({ "endpoint": url, "auth": auth });
    let connection = json!({ "type": "direct", "confluent_cloud": cloud });
    let mut start = Start::new().config(Config::new().connection("cloud", connection));
    for (name, value) in variables {
        start = start.environment(name, value);
    }
    Client::greet(start.spawn(), Era::Session).await
}

/// An address where nobody listens.
async fn nobody() -> String {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", free.local_addr().unwrap())
}

#[tokio::test]
async fn what_is_elsewhere_is_asked_through_the_proxy() {
    let world = CloudWorld::start().await;
    // The sandbox answers what a proxy is asked for, too.
    let proxy = world.cloud.url();
    let url = format!("http://{HOST}");
    let with_proxy = client(&world, &url, &[("HTTP_PROXY", &proxy)]).await;
    with_proxy.data("list-organizations", json!({})).await;
    with_proxy.close().await;
    let variables = [("HTTP_PROXY", proxy.as_str()), ("NO_PROXY", HOST)];
    let without = client(&world, &url, &variables).await;
    let answer = without.call("list-organizations", json!({})).await;
    assert_says(answer.failure("unreachable"), &[HOST, "NO_PROXY"]);
    without.close().await;
}

#[tokio::test]
async fn what_is_on_this_machine_is_asked_directly() {
    let world = CloudWorld::start().await;
    let proxy = nobody().await;
    let variables = [("HTTP_PROXY", proxy.as_str()), ("ALL_PROXY", &proxy)];
    let client = client(&world, &world.cloud.url(), &variables).await;
    client.data("list-organizations", json!({})).await;
    client.close().await;
}
