//! Soft and permanent deletion.

use super::*;

#[tokio::test]
async fn a_version_goes_in_two_steps() {
    let client = Client::start().await;
    client.register("a", &record(&["x", "y"])).await;
    client.register("a", &record(&["x"])).await;
    let one = "/subjects/a/versions/1";
    assert_eq!(
        refusal(client.delete(&format!("{one}?permanent=true")).await),
        (404, 40407)
    );
    assert_eq!(client.delete(one).await, (200, json!(1)));
    assert_eq!(refusal(client.get(one).await), (404, 40402));
    let (_, deleted) = client.get(&format!("{one}?deleted=true")).await;
    assert_eq!(deleted["deleted"], true);
    assert_eq!(client.get("/subjects/a/versions").await.1, json!([2]));
    assert_eq!(
        client.get("/subjects/a/versions?deleted=true").await.1,
        json!([1, 2])
    );
    assert_eq!(
        client.get("/subjects/a/versions?deletedOnly=true").await.1,
        json!([1])
    );
    assert_eq!(
        client.get("/schemas/ids/1").await.0,
        200,
        "records may still carry the id"
    );
    assert_eq!(refusal(client.delete(one).await), (404, 40406));
    assert_eq!(
        client.delete(&format!("{one}?permanent=true")).await,
        (200, json!(1))
    );
    assert_eq!(refusal(client.get("/schemas/ids/1").await), (404, 40403));
    assert_eq!(
        client.delete("/subjects/a/versions/latest").await,
        (200, json!(2))
    );
}

#[tokio::test]
async fn a_subject_goes_in_two_steps_and_can_come_back() {
    let client = Client::start().await;
    client.register("a", &record(&["x", "y"])).await;
    client.register("a", &record(&["x"])).await;
    assert_eq!(refusal(client.delete("/subjects/nope").await), (404, 40401));
    assert_eq!(
        refusal(client.delete("/subjects/a?permanent=true").await),
        (404, 40405)
    );
    assert_eq!(client.delete("/subjects/a").await, (200, json!([1, 2])));
    assert_eq!(refusal(client.delete("/subjects/a").await), (404, 40404));
    assert_eq!(
        refusal(client.get("/subjects/a/versions").await),
        (404, 40401)
    );
    assert_eq!(client.get("/subjects").await.1, json!([]));
    assert_eq!(client.get("/subjects?deleted=true").await.1, json!(["a"]));
    assert_eq!(
        client.get("/subjects?deletedOnly=true").await.1,
        json!(["a"])
    );
    let (_, back) = client.register("a", &record(&["x"])).await;
    assert_eq!((&back["id"], &back["version"]), (&json!(2), &json!(3)));
    client.delete("/subjects/a").await;
    assert_eq!(
        client.delete("/subjects/a?permanent=true").await,
        (200, json!([1, 2, 3]))
    );
    assert_eq!(client.get("/subjects?deleted=true").await.1, json!([]));
}

#[tokio::test]
async fn what_is_referred_to_stays() {
    let client = Client::with(RegistryOptions::new().preload(true)).await;
    assert_eq!(
        refusal(client.delete("/subjects/shop.Money").await),
        (422, 42206)
    );
    assert_eq!(
        refusal(client.delete("/subjects/shop.Money/versions/1").await),
        (422, 42206)
    );
    client.delete("/subjects/invoices-value").await;
    assert_eq!(client.delete("/subjects/shop.Money").await.0, 200);
}
