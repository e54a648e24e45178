"""What the JSON serialiser is given; our codec has the same JSON for it."""

import json

# Apicurio takes a schema that names no draft for something else.
DRAFT = "http://json-schema.org/draft-07/schema#"
ADDRESS = {
    "$schema": DRAFT,
    "type": "object",
    "properties": {"zip": {"$ref": "zip.json"}},
    "required": ["zip"],
}
ZIP = {"$schema": DRAFT, "type": "string", "pattern": "^[0-9]{5}$"}

CASES = [
    {
        "name": "object",
        "schema": {
            "$schema": DRAFT,
            "title": "Order",
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "text": {"type": "string"},
                "list": {"type": "array", "items": {"type": ["number", "null"]}},
                "at": {"type": "string", "format": "date-time"},
            },
            "required": ["id"],
        },
        "json": {
            "id": 9223372036854775807,
            "least": -9223372036854775808,
            "beyond": 18446744073709551615,
            "text": "grün 🌱 \u0001",
            "list": [1, 0.1, None, -0.0, 1e300],
            "at": "2026-11-23T13:05:09Z",
        },
    },
    {
        "name": "tuple",
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Tuple",
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "boolean"}],
        },
        "json": ["x", True],
    },
    {
        "name": "references",
        "schema": {
            "$schema": DRAFT,
            "title": "Customer",
            "type": "object",
            "properties": {"home": {"$ref": "address.json"}},
        },
        "references": [
            {
                "name": "address.json",
                "schema": json.dumps(ADDRESS),
                "references": [{"name": "zip.json", "schema": json.dumps(ZIP)}],
            }
        ],
        "json": {"home": {"zip": "12345"}},
    },
]
