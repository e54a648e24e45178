//! The test kit of the library, on tools of another crate.

use acme_tools as _;
use mcp_confluent::{ErrorKind, testing, tool::resource::Contents};
use serde_json::json;

#[test]
fn the_tools_are_sound() {
    testing::check_tools();
}

#[tokio::test]
async fn a_parcel_is_found() {
    let answer = testing::call("track-parcel", json!({"parcel": "P-17"}))
        .await
        .unwrap();
    assert_eq!(answer.text, "Parcel P-17 is in the depot north.");
    let structured = answer.structured.unwrap();
    assert_eq!(
        structured,
        json!({"parcel": "P-17", "place": {"depot": {"name": "north"}}})
    );
}

#[tokio::test]
async fn an_unknown_parcel_says_where_it_was_looked_for() {
    let arguments = json!({"parcel": "P-404", "depot": "south"});
    let error = testing::call("track-parcel", arguments).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.message(),
        "https://parcels.acme.example/south has no parcel `P-404`"
    );
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let error = testing::call("track-parcel", json!({"parcel": 5, "lvie": true}))
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "`parcel` must be a string, not 5\n\
         `lvie` is not an argument of this tool; did you mean `live`?"
    );
}

#[tokio::test]
async fn a_receipt_is_read_and_a_complaint_is_made() {
    let receipt = testing::read("acme://parcels/P-17/receipt").await.unwrap();
    assert_eq!(
        receipt,
        Contents::Text("# Receipt\n\nParcel P-17, paid.".to_owned())
    );
    let error = testing::read("acme://parcels/17/receipt")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    let complaint = testing::prompt("complain", json!({"parcel": "P-17"}))
        .await
        .unwrap();
    assert!(complaint[0].text().unwrap().contains("where P-17 is"));
    let error = testing::prompt("complain", json!({})).await.unwrap_err();
    assert_eq!(
        error.message(),
        "`parcel` is required: Number of the parcel."
    );
}
