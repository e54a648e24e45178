//! Contexts: names and ids of their own.

use super::*;

#[tokio::test]
async fn a_context_has_its_own_subjects_and_ids() {
    let client = Client::start().await;
    client.register("a", &record(&["x"])).await;
    assert_eq!(client.get("/contexts").await.1, json!(["."]));
    let (_, staged) = client.register("%3A.staging%3Aa", &record(&[])).await;
    assert_eq!(staged["id"], 1);
    assert_eq!(client.get("/contexts").await.1, json!([".", ".staging"]));
    assert_eq!(client.get("/subjects").await.1, json!(["a"]));
    assert_eq!(
        client.get("/subjects?subjectPrefix=%3A.staging%3A").await.1,
        json!([":.staging:a"])
    );
    assert_eq!(
        client.get("/subjects?subjectPrefix=%3A*%3A").await.1,
        json!(["a", ":.staging:a"])
    );
    assert_eq!(
        client.get("/contexts/.staging/subjects").await.1,
        json!([":.staging:a"])
    );
    assert_eq!(client.get("/schemas/ids/1/schema").await.1, record(&["x"]));
    assert_eq!(
        client
            .get("/schemas/ids/1/schema?subject=%3A.staging%3A")
            .await
            .1,
        record(&[])
    );
    assert_eq!(
        client
            .get("/contexts/.staging/schemas/ids/1/schema")
            .await
            .1,
        record(&[])
    );
    assert_eq!(
        client
            .get("/contexts/.staging/subjects/a/versions/1")
            .await
            .1["subject"],
        ":.staging:a"
    );
}

#[tokio::test]
async fn a_context_has_its_own_level_and_references() {
    let client = Client::start().await;
    client
        .call(
            "PUT",
            "/config/%3A.staging%3A",
            &json!({"compatibility": "NONE"}),
        )
        .await;
    assert_eq!(
        client
            .get("/config/%3A.staging%3Aa?defaultToGlobal=true")
            .await
            .1["compatibilityLevel"],
        "NONE"
    );
    assert_eq!(
        client.get("/config").await.1["compatibilityLevel"],
        "BACKWARD"
    );
    client
        .register(
            "%3A.staging%3Abase",
            &json!({"type": "fixed", "name": "F", "size": 2}),
        )
        .await;
    let body = json!({"schema": "{\"type\":\"array\",\"items\":\"F\"}", "references": [{"name": "F", "subject": "base", "version": -1}]});
    let (status, registered) = client
        .call("POST", "/subjects/%3A.staging%3Auser/versions", &body)
        .await;
    assert_eq!(
        (status, &registered["references"][0]["version"]),
        (200, &json!(1))
    );
    let (status, _) = client.call("POST", "/subjects/user/versions", &body).await;
    assert_eq!(status, 422);
}
