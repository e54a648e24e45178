//! Tools whose parameters the suite looks at.

use rmcp::model::{JsonObject, object};
use serde_json::json;

use crate::prelude::*;

const SCHEMA_TOOL: &str = "json_schema_2020_12_tool";

/// Take a parameter that HTTP clients repeat in a header.
#[confluent_tool(read_only, category = super::CATEGORY, name = "test_header_parameter")]
async fn header_parameter(
    /// The value.
    #[arg(header = "Value")]
    value: String,
) -> Result<Text> {
    Ok(value.into())
}

/// Tool with JSON Schema 2020-12 features.
#[confluent_tool(read_only, category = super::CATEGORY, name = "json_schema_2020_12_tool")]
async fn json_schema_2020_12_tool(
    /// Name.
    name: Option<String>,
    /// Address.
    address: Option<Address>,
    /// How to reach the person.
    contact_method: Option<ContactMethod>,
    /// Telephone number.
    phone: Option<String>,
    /// E-mail address.
    email: Option<String>,
) -> Result<Text> {
    let address = address.map(|Address { street, city }| [street, city]);
    let way = contact_method.map(|way| match way {
        ContactMethod::Phone => phone,
        ContactMethod::Email => email,
    });
    Ok(format!("{name:?}, {address:?}, {way:?}").into())
}

/// An address.
#[confluent_type]
struct Address {
    /// Street.
    street: Option<String>,
    /// City.
    city: Option<String>,
}

/// How to reach a person.
#[confluent_type]
enum ContactMethod {
    /// By telephone.
    Phone,
    /// By e-mail.
    Email,
}

/// The schema that the suite wants to find unchanged in the list of tools: with every keyword that a
/// server might drop.
pub(crate) fn schema_of(tool: &str) -> Option<JsonObject> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": {
            "properties": { "contactMethod": { "const": "phone" } },
            "required": ["contactMethod"],
        },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    });
    (tool == SCHEMA_TOOL).then(|| object(schema))
}
