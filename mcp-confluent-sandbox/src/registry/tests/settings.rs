//! Levels and modes.

use super::*;

#[tokio::test]
async fn levels_are_set_inherited_and_removed() {
    let client = Client::start().await;
    client.register("a", &record(&["x"])).await;
    assert_eq!(
        client.get("/config").await.1,
        json!({"compatibilityLevel": "BACKWARD"})
    );
    assert_eq!(refusal(client.get("/config/a").await), (404, 40408));
    assert_eq!(
        client.get("/config/a?defaultToGlobal=true").await.1["compatibilityLevel"],
        "BACKWARD"
    );
    let set = async |path: &str, level: &str| {
        client
            .call("PUT", path, &json!({"compatibility": level}))
            .await
    };
    assert_eq!(
        set("/config/a", "full_transitive").await.1,
        json!({"compatibility": "FULL_TRANSITIVE"})
    );
    assert_eq!(
        client.get("/config/a").await.1["compatibilityLevel"],
        "FULL_TRANSITIVE"
    );
    assert_eq!(refusal(set("/config", "WRONG").await), (422, 42203));
    set("/config", "NONE").await;
    assert_eq!(
        client.delete("/config/a").await.1["compatibilityLevel"],
        "FULL_TRANSITIVE"
    );
    assert_eq!(refusal(client.delete("/config/a").await), (404, 40408));
    assert_eq!(
        client.get("/config/a?defaultToGlobal=true").await.1["compatibilityLevel"],
        "NONE"
    );
    assert_eq!(client.register("a", &json!("string")).await.0, 200);
    client.delete("/config").await;
    assert_eq!(
        client.get("/config").await.1["compatibilityLevel"],
        "BACKWARD"
    );
}

#[tokio::test]
async fn each_level_looks_its_own_way() {
    let (wide, narrow) = (record(&["x", "y"]), record(&["x"]));
    for (level, may_remove, may_add) in [
        ("NONE", true, true),
        ("BACKWARD", true, false),
        ("BACKWARD_TRANSITIVE", true, false),
        ("FORWARD", false, true),
        ("FORWARD_TRANSITIVE", false, true),
        ("FULL", false, false),
        ("FULL_TRANSITIVE", false, false),
    ] {
        let client = Client::start().await;
        client
            .call("PUT", "/config", &json!({"compatibility": level}))
            .await;
        for (subject, first, then, allowed) in [
            ("r", &wide, &narrow, may_remove),
            ("a", &narrow, &wide, may_add),
        ] {
            assert_eq!(client.register(subject, first).await.0, 200);
            let expected = if allowed { 200 } else { 409 };
            assert_eq!(
                client.register(subject, then).await.0,
                expected,
                "{level} {subject}"
            );
        }
    }
}

#[tokio::test]
async fn transitive_levels_look_at_every_version() {
    for (level, expected) in [("BACKWARD", 200), ("BACKWARD_TRANSITIVE", 409)] {
        let client = Client::start().await;
        client
            .call("PUT", "/config/s", &json!({"compatibility": level}))
            .await;
        let field = |rest: Value| json!({"type": "record", "name": "R", "fields": [rest]});
        client.register("s", &record(&[])).await;
        client
            .register(
                "s",
                &field(json!({"name": "x", "type": "int", "default": 0})),
            )
            .await;
        let last = client
            .register("s", &field(json!({"name": "x", "type": "int"})))
            .await;
        assert_eq!(last.0, expected, "{level}: {}", last.1);
    }
}

#[tokio::test]
async fn modes_forbid_and_import() {
    let client = Client::start().await;
    client.register("a", &record(&["x"])).await;
    let set = async |path: &str, mode: &str| client.call("PUT", path, &json!({"mode": mode})).await;
    assert_eq!(client.get("/mode").await.1, json!({"mode": "READWRITE"}));
    assert_eq!(refusal(client.get("/mode/a").await), (404, 40409));
    assert_eq!(refusal(set("/mode", "BOGUS").await), (422, 42204));
    set("/mode/a", "READONLY").await;
    assert_eq!(
        refusal(client.register("a", &record(&[])).await),
        (422, 42205)
    );
    assert_eq!(refusal(client.delete("/subjects/a").await), (422, 42205));
    assert_eq!(client.register("b", &record(&[])).await.0, 200);
    assert_eq!(
        client.delete("/mode/a").await.1,
        json!({"mode": "READONLY"})
    );

    let with_id = json!({"schema": "\"int\"", "id": 100, "version": 5});
    let import = async || client.call("POST", "/subjects/i/versions", &with_id).await;
    assert_eq!(refusal(import().await), (422, 42205));
    assert_eq!(refusal(set("/mode", "IMPORT").await), (422, 42205));
    set("/mode/i", "IMPORT").await;
    let (_, imported) = import().await;
    assert_eq!(
        (&imported["id"], &imported["version"]),
        (&json!(100), &json!(5))
    );
    assert_eq!(client.register("b", &json!("int")).await.0, 409);
    assert_eq!(client.register("c", &json!("string")).await.1["id"], 101);
}
