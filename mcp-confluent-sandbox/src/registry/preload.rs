//! Example subjects.

use super::errors::ApiError;
use super::names::Subject;
use super::operations::SchemaBody;
use super::store::{Reference, Store};

const MONEY_AVRO: &str = r#"{"type":"record","name":"Money","namespace":"shop","doc":"An amount and its currency.","fields":[{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},{"name":"currency","type":"string"}]}"#;

const INVOICE_AVRO: &str = r#"{"type":"record","name":"Invoice","namespace":"shop","doc":"What a customer has to pay.","fields":[{"name":"id","type":"long"},{"name":"customer","type":"string","doc":"The customer's id."},{"name":"total","type":"Money"},{"name":"issued_at","type":{"type":"long","logicalType":"timestamp-millis"}}]}"#;

const INVOICE_AVRO_2: &str = r#"{"type":"record","name":"Invoice","namespace":"shop","doc":"What a customer has to pay.","fields":[{"name":"id","type":"long"},{"name":"customer","type":"string","doc":"The customer's id."},{"name":"total","type":"Money"},{"name":"issued_at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"status","type":{"type":"enum","name":"Status","symbols":["UNKNOWN","OPEN","PAID"],"default":"UNKNOWN"},"default":"OPEN"},{"name":"note","type":["null","string"],"default":null}]}"#;

const SUBSCRIPTION_JSON: &str = r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Subscription","type":"object","additionalProperties":false,"required":["id","email"],"properties":{"id":{"type":"string"},"email":{"type":"string","format":"email"},"addresses":{"type":"array","items":{"$ref":"#/$defs/address"}}},"$defs":{"address":{"type":"object","required":["city"],"properties":{"street":{"type":"string"},"city":{"type":"string"}}}}}"##;

const GEO_PROTO: &str = r#"syntax = "proto3";

package shop.geo;

// A place on earth.
message Point {
  double latitude = 1;
  double longitude = 2;
}
"#;

const SHIPMENT_PROTO: &str = r#"syntax = "proto3";

package shop;

import "google/protobuf/timestamp.proto";
import "shop/geo.proto";

// A parcel on its way.
message Shipment {
  int64 order_id = 1;
  string carrier = 2;
  google.protobuf.Timestamp shipped_at = 3;
  repeated shop.geo.Point route = 4;
  map<string, string> labels = 5;
}
"#;

/// Registers the examples: `shop.Money` and `invoices-value` (Avro, two versions, a reference),
/// `subscriptions-value` (JSON Schema), `shop/geo.proto` and `shipments-value` (Protobuf, a reference).
pub(super) fn fill(store: &mut Store) -> Result<(), ApiError> {
    let money = [("shop.Money", "shop.Money")];
    let geo = [("shop/geo.proto", "shop/geo.proto")];
    for (subject, kind, schema, references) in [
        ("shop.Money", "AVRO", MONEY_AVRO, &[][..]),
        ("invoices-value", "AVRO", INVOICE_AVRO, &money),
        ("invoices-value", "AVRO", INVOICE_AVRO_2, &money),
        ("subscriptions-value", "JSON", SUBSCRIPTION_JSON, &[]),
        ("shop/geo.proto", "PROTOBUF", GEO_PROTO, &[]),
        ("shipments-value", "PROTOBUF", SHIPMENT_PROTO, &geo),
    ] {
        let references = references.iter().map(|(name, subject)| Reference {
            name: (*name).to_owned(),
            subject: (*subject).to_owned(),
            version: 1,
        });
        let body = SchemaBody {
            schema: Some(schema.to_owned()),
            schema_type: Some(kind.to_owned()),
            references: Some(references.collect()),
            ..SchemaBody::default()
        };
        store.register(&Subject::parse(subject), &body, false)?;
    }
    Ok(())
}
