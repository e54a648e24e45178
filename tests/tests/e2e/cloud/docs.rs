//! Confluent's documentation.

use mcp_confluent_tests::Plan;
use serde_json::json;

use super::plays;

plays! {
    search_product_docs: Plan::reads("search-product-docs")
        .minimal(json!({ "query": "consumer lag" }))
        .all(json!({ "query": "consumer lag", "limit": 2 }))
        .wrong(json!({ "query": " " }), "query")
        .wrong(json!({ "limit": 0 }), "limit")
        // One site that does not answer is a warning; it is an error if none does.
        .answers(400, "upstream")
        .answers(401, "upstream")
        .answers(403, "upstream")
        .answers(404, "upstream")
        .answers(409, "upstream")
        .empty("results", json!({ "query": "zzz" }));
    get_product_doc_page: Plan::reads("get-product-doc-page")
        .minimal(json!({ "url": "{cloud}/guides/retention" }))
        .all(json!({ "url": "{cloud}/guides/retention", "offset": 10 }))
        .wrong(json!({ "url": "" }), "url")
        .wrong(json!({ "offset": -1 }), "offset");
}
