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
    assert_eq!(client.get("/subjects").await.1, json!(["a", ":.staging:a"]));
    for default in ["", "%3A.%3A"] {
        let path = format!("/subjects?subjectPrefix={default}");
        assert_eq!(client.get(&path).await.1, json!(["a"]), "{path}");
    }
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

#[tokio::test]
async fn a_subject_says_which_context_an_id_belongs_to() {
    let client = Client::start().await;
    for (subject, fields) in [
        ("a", &["x"][..]),
        ("%3A.staging%3Ab", &["y"]),
        ("%3A.staging%3Aother", &["z"]),
        ("%3A.prod%3Ac", &["w"]),
    ] {
        client.register(subject, &record(fields)).await;
    }
    for (query, place, fields) in [
        ("", None, &["x"][..]),
        ("?subject=a", Some(("a", 1)), &["x"]),
        // Without a context, the subject of that name in any of them is meant.
        ("?subject=b", Some((":.staging:b", 1)), &["y"]),
        ("?subject=c", Some((":.prod:c", 1)), &["w"]),
        ("?subject=nobody", Some(("a", 1)), &["x"]),
        ("?subject=%3A.staging%3Ab", Some((":.staging:b", 1)), &["y"]),
        ("?subject=%3A.prod%3A", Some((":.prod:c", 1)), &["w"]),
    ] {
        let path = format!("/schemas/ids/1{query}");
        let (status, found) = client.get(&path).await;
        assert_eq!(status, 200, "{path}");
        let there = found["subject"]
            .as_str()
            .map(|subject| (subject, found["version"].as_u64().unwrap()));
        assert_eq!(there, place, "{path}");
        assert_eq!(found["schema"], record(fields).to_string(), "{path}");
    }
    // One in a context must have the schema.
    for subject in ["%3A.staging%3Aother", "%3A.none%3Aa"] {
        let path = format!("/schemas/ids/1?subject={subject}");
        assert_eq!(refusal(client.get(&path).await), (404, 40403), "{path}");
    }
    assert_eq!(
        client.get("/schemas/ids/1/versions?subject=b").await.1,
        json!([{"subject": ":.staging:b", "version": 1}])
    );
}

#[tokio::test]
async fn a_version_of_a_subject_without_a_context_may_be_in_any() {
    let client = Client::start().await;
    client.register("%3A.staging%3Ab", &record(&["y"])).await;
    let (status, found) = client.get("/subjects/b/versions/latest").await;
    assert_eq!((status, &found["subject"]), (200, &json!(":.staging:b")));
    let body = json!({ "schema": record(&["y"]).to_string() });
    let (status, found) = client.call("POST", "/subjects/b", &body).await;
    assert_eq!((status, &found["subject"]), (200, &json!(":.staging:b")));
    // Not one that names another context, nor the list of versions.
    for path in ["/subjects/%3A.prod%3Ab/versions/1", "/subjects/b/versions"] {
        assert_eq!(refusal(client.get(path).await), (404, 40401), "{path}");
    }
}
