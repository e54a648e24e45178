//! The tools against a small server that answers what a test says.

use serde_json::json;

use crate::{
    client::http::tests::server::{Reply, Server},
    tools::testing::Tools,
};

fn tools(server: &Server) -> Tools {
    Tools::on(&[format!(
        "confluent_cloud: {{endpoint: '{}', auth: {{type: api_key, key: me, secret: s3cret}}}}",
        server.url
    )])
}

#[tokio::test]
async fn environments_are_listed_whatever_one_of_them_lacks() {
    let server = Server::start(|_| {
        let environments = json!([
            {
                "id": "env-1",
                "display_name": "production",
                "stream_governance_config": {"package": "ADVANCED"},
                "metadata": {
                    "self": "https://api.confluent.cloud/org/v2/environments/env-1",
                    "resource_name": "crn://confluent.cloud/organization=o/environment=env-1",
                    "created_at": "2024-05-01T00:00:00Z"
                }
            },
            {"id": "env-2", "kind": "SomethingNew"},
        ]);
        let next = "https://api.confluent.cloud/org/v2/environments?page_token=abc";
        let metadata = json!({"next": next, "total_size": 5});
        Reply::json(200, &json!({"data": environments, "metadata": metadata}))
    })
    .await;
    let arguments = json!({"page_size": 2, "page_token": "first"});
    let (page, words) = tools(&server).ok("list-environments", arguments).await;
    assert_eq!(
        page,
        json!({
            "items": [
                {
                    "id": "env-1",
                    "name": "production",
                    "streamGovernance": "ADVANCED",
                    "resourceName": "crn://confluent.cloud/organization=o/environment=env-1",
                    "createdAt": "2024-05-01T00:00:00Z"
                },
                {"id": "env-2"},
            ],
            "nextPageToken": "abc",
            "total": 5,
        })
    );
    assert_eq!(
        words,
        "2 of 5 environments:\nenv-1 \"production\", Stream Governance ADVANCED, created 2024-05-01T00:00:00Z\nenv-2\n\
         There is more: call again with `pageToken` \"abc\"."
    );
    let [seen] = &server.seen()[..] else {
        panic!("{:?}", server.seen())
    };
    assert_eq!(
        seen.line,
        "GET /org/v2/environments?page_size=2&page_token=first HTTP/1.1"
    );
    assert_eq!(seen.header("authorization"), Some("Basic bWU6czNjcmV0"));
}

#[tokio::test]
async fn a_key_that_may_not_is_told_with_its_block() {
    let server = Server::start(|_| {
        let error = json!({"errors": [{"status": "403", "detail": "forbidden for this key"}]});
        Reply::json(403, &error)
    })
    .await;
    let error = tools(&server).error("list-environments", json!({})).await;
    assert!(
        error.contains("answered 403: forbidden for this key"),
        "{error}"
    );
    assert!(error.contains("`confluent_cloud` block"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn without_the_block_the_tool_is_off_and_says_why() {
    let tools = Tools::on(&["schema_registry: {endpoint: 'http://localhost:1'}".to_owned()]);
    let error = tools.error("list-environments", json!({})).await;
    assert!(error.contains("no `confluent_cloud` block"), "{error}");
}
