//! Registering, looking up, reading.

use super::*;

#[tokio::test]
async fn a_schema_has_one_id_wherever_it_is() {
    let client = Client::start().await;
    let (status, first) = client.register("a", &record(&["x", "y"])).await;
    assert_eq!(status, 200);
    assert_eq!((&first["id"], &first["version"]), (&json!(1), &json!(1)));
    let (_, again) = client.register("a", &record(&["x", "y"])).await;
    assert_eq!(again, first);
    let (_, second) = client.register("a", &record(&["x"])).await;
    assert_eq!((&second["id"], &second["version"]), (&json!(2), &json!(2)));
    let (_, elsewhere) = client.register("b", &record(&["x"])).await;
    assert_eq!(
        (&elsewhere["id"], &elsewhere["version"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(elsewhere["guid"], second["guid"]);
    assert_ne!(first["guid"], second["guid"]);

    assert_eq!(client.get("/subjects").await.1, json!(["a", "b"]));
    assert_eq!(client.get("/subjects/a/versions").await.1, json!([1, 2]));
    let (_, latest) = client.get("/subjects/a/versions/latest").await;
    assert_eq!(latest["version"], 2);
    assert_eq!(latest["subject"], "a");
    assert_eq!(latest["schemaType"], Value::Null, "left out for Avro");
    assert_eq!(latest["schema"], record(&["x"]).to_string());
    let (_, schema) = client.get("/schemas/ids/2").await;
    assert_eq!(schema["schema"], latest["schema"]);
    let guid = schema["guid"].as_str().expect("a GUID");
    assert_eq!(
        client.get(&format!("/schemas/guids/{guid}")).await.1,
        schema
    );
    assert_eq!(
        client.get(&format!("/schemas/guids/{guid}/ids")).await.1,
        json!([{"context": ".", "id": 2}])
    );
    assert_eq!(client.get("/schemas/ids/2/schema").await.1, record(&["x"]));
    assert_eq!(
        client.get("/schemas/ids/2/subjects").await.1,
        json!(["a", "b"])
    );
    assert_eq!(
        client.get("/schemas/ids/2/versions").await.1,
        json!([{"subject": "a", "version": 2}, {"subject": "b", "version": 1}])
    );
}

#[tokio::test]
async fn the_form_matters_only_without_normalize() {
    let client = Client::start().await;
    let post = async |path: &str, schema: &str| {
        client
            .call(
                "POST",
                path,
                &json!({"schema": schema, "schemaType": "JSON"}),
            )
            .await
            .1
    };
    assert_eq!(
        post("/subjects/j/versions", r#"{"type":"object","title":"t"}"#).await["version"],
        1
    );
    let other = r#"{ "title": "t", "type": "object" }"#;
    assert_eq!(
        post("/subjects/j/versions?normalize=true", other).await["version"],
        1
    );
    assert_eq!(post("/subjects/j", other).await["error_code"], 40403);
    assert_eq!(
        post("/subjects/j?normalize=true", other).await["version"],
        1
    );
    assert_eq!(post("/subjects/j/versions", other).await["version"], 2);
}

#[tokio::test]
async fn what_is_not_there() {
    let client = Client::start().await;
    client.register("a", &record(&["x"])).await;
    for (path, expected) in [
        ("/subjects/nope/versions", (404, 40401)),
        ("/subjects/nope/versions/1", (404, 40401)),
        ("/subjects/a/versions/7", (404, 40402)),
        ("/subjects/a/versions/0", (422, 42202)),
        ("/subjects/a/versions/x", (422, 42202)),
        ("/schemas/ids/99", (404, 40403)),
        ("/schemas/guids/no-guid", (404, 40403)),
        ("/nowhere", (404, 404)),
        ("/subjects/%zz/versions", (400, 400)),
    ] {
        assert_eq!(refusal(client.get(path).await), expected, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_schema() {
    let client = Client::start().await;
    for body in [
        json!({"schema": "{\"type\":\"nope\"}"}),
        json!({"schema": ""}),
        json!({}),
        json!({"schema": "\"int\"", "schemaType": "XML"}),
        json!({"schema": "\"int\"", "references": [{"name": "n", "subject": "nope", "version": 1}]}),
        json!({"schema": "message {", "schemaType": "PROTOBUF"}),
        json!({"schema": "[]", "schemaType": "JSON"}),
    ] {
        let answer = client.call("POST", "/subjects/s/versions", &body).await;
        assert_eq!(refusal(answer), (422, 42201), "{body}");
    }
    let answer = client
        .call("POST", "/subjects/s/versions", &json!([1]))
        .await;
    assert_eq!(refusal(answer), (400, 400));
    assert_eq!(client.get("/subjects").await.1, json!([]));
}

#[tokio::test]
async fn an_incompatible_schema_is_refused_with_the_field() {
    let client = Client::start().await;
    client.register("a", &record(&["x"])).await;
    let (status, body) = client.register("a", &record(&["x", "new"])).await;
    assert_eq!((status, &body["error_code"]), (409, &json!(409)));
    let message = body["message"].as_str().expect("a message");
    assert!(
        message.contains("READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1"),
        "{message}"
    );
    assert!(message.contains("`new`"), "{message}");

    let schema = json!({"schema": record(&["x", "new"]).to_string()});
    let check = "/compatibility/subjects/a/versions";
    let (_, plain) = client.call("POST", check, &schema).await;
    assert_eq!(plain, json!({"is_compatible": false}));
    let (_, verbose) = client
        .call("POST", &format!("{check}/latest?verbose=true"), &schema)
        .await;
    assert!(
        verbose["messages"][0]
            .as_str()
            .expect("a message")
            .contains("(version 1)")
    );
    let (_, good) = client
        .call(
            "POST",
            &format!("{check}?verbose=true"),
            &json!({"schema": record(&[]).to_string()}),
        )
        .await;
    assert_eq!(good, json!({"is_compatible": true, "messages": []}));
    let (_, other) = client
        .call(
            "POST",
            check,
            &json!({"schema": "{}", "schemaType": "JSON"}),
        )
        .await;
    assert_eq!(other["is_compatible"], false);
}

#[tokio::test]
async fn references_are_kept_and_found_from_both_ends() {
    let client = Client::with(RegistryOptions::new().preload(true)).await;
    let (_, invoice) = client.get("/subjects/invoices-value/versions/1").await;
    assert_eq!(
        invoice["references"],
        json!([{"name": "shop.Money", "subject": "shop.Money", "version": 1}])
    );
    let (_, by) = client
        .get("/subjects/shop.Money/versions/1/referencedby")
        .await;
    let ids = [
        &invoice["id"],
        &client.get("/subjects/invoices-value/versions/2").await.1["id"],
    ];
    assert_eq!(by, json!(ids));
    let (_, shipment) = client
        .get("/subjects/shipments-value/versions/latest")
        .await;
    assert_eq!(shipment["schemaType"], "PROTOBUF");
    let (_, all) = client.get("/schemas?latestOnly=true").await;
    let subjects: Vec<&str> = all
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|schema| schema["subject"].as_str())
        .collect();
    assert_eq!(
        subjects,
        [
            "invoices-value",
            "shipments-value",
            "shop.Money",
            "shop/geo.proto",
            "subscriptions-value"
        ]
    );
    assert_eq!(
        client.get("/subjects/shop%2Fgeo.proto/versions").await.1,
        json!([1])
    );
}

#[tokio::test]
async fn lists_come_in_parts() {
    let client = Client::start().await;
    for subject in ["b", "a", "ab"] {
        client.register(subject, &record(&[])).await;
    }
    assert_eq!(
        client.get("/subjects?offset=1&limit=1").await.1,
        json!(["ab"])
    );
    assert_eq!(client.get("/subjects?offset=9").await.1, json!([]));
    assert_eq!(
        client.get("/subjects?limit=-1").await.1,
        json!(["a", "ab", "b"])
    );
    assert_eq!(
        client.get("/subjects?subjectPrefix=a").await.1,
        json!(["a", "ab"])
    );
}

#[tokio::test]
async fn a_protobuf_file_is_given_as_text_or_compiled() {
    let client = Client::with(RegistryOptions::new().preload(true)).await;
    let path = "/subjects/shop%2Fgeo.proto/versions/1";
    let (_, plain) = client.get(path).await;
    assert!(
        plain["schema"]
            .as_str()
            .expect("a text")
            .starts_with("syntax")
    );
    let (_, compiled) = client.get(&format!("{path}?format=serialized")).await;
    let text = compiled["schema"].as_str().expect("a text");
    // It can be registered, and is normally the same.
    let body = json!({"schema": text, "schemaType": "PROTOBUF"});
    let (_, same) = client
        .call("POST", "/subjects/shop%2Fgeo.proto?normalize=true", &body)
        .await;
    assert_eq!(same["version"], 1, "{same}");
    let avro = client
        .get("/subjects/shop.Money/versions/1?format=serialized")
        .await;
    assert!(avro.1["schema"].as_str().expect("a text").starts_with('{'));
}
