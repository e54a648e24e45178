#!/usr/bin/env python3
"""Derives routes.json, the table of routes that the sandbox checks requests against.

    python3 routes.py OPENAPI.json > routes.json

OPENAPI.json is a description of Confluent Cloud's REST APIs. Only names and types are taken from it:
for each route the parameters of its query and the shape of its body. In a shape, a name that ends in
`!` is required, `*` stands for any other name, `[x]` is a list of x, and `{"one of": [...]}` is one of
several shapes.
"""
import json
import re
import sys

# What the sandbox answers; everything else is an unknown route.
SERVED = re.compile(
    r"^("
    r"GET /org/v2/(environments|organizations)(/\{id\})?"
    r"|GET /(cmk/v2|srcm/v3)/clusters(/\{id\})?"
    r"|GET /fcpm/v2/compute-pools(/\{id\})?"
    r"|GET /billing/v1/costs"
    r"|\S+ /connect/v1/environments/.*/connectors.*"
    r"|\S+ /sql/v1/.*/statements.*"
    r"|\S+ /catalog/v1/(entity/tags|entity/type/.*/tags.*|types/tagdefs.*)"
    r"|GET /catalog/v1/(search/basic|entity/type/\{typeName\}/name/\{qualifiedName\})"
    r"|\S+ /tableflow/v1/.*"
    r"|GET /kafka/v3/clusters/\{cluster_id\}(/topics(/\{topic_name\}(/configs)?)?)?"
    r"|POST /kafka/v3/clusters/\{cluster_id\}/topics/\{topic_name\}/configs:alter"
    r")$"
)
# The service fills these in itself, whatever the description says of them.
FILLED_IN = {
    "api_version", "current_cfu", "id", "kind", "metadata", "phase", "related", "resource_name",
    "self", "status",
}


class Shapes:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part]
            node = target
        return node

    def shape(self, node, depth=0):
        node = self.resolve(node)
        if depth > 12:
            return "any"
        for word in ("oneOf", "anyOf"):
            if word in node:
                shapes = [self.shape(one, depth + 1) for one in node[word]]
                distinct = [s for i, s in enumerate(shapes) if s not in shapes[:i]]
                return distinct[0] if len(distinct) == 1 else {"one of": distinct}
        if "allOf" in node:
            merged = {}
            for part in node["allOf"]:
                merged = merge(merged, self.shape(part, depth + 1))
            return merged or "any"
        kind = node.get("type")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "any")
        if kind == "array":
            return [self.shape(node.get("items", {}), depth + 1)]
        if kind == "object" or "properties" in node:
            return self.object(node, depth)
        return kind if kind in ("string", "number", "integer", "boolean") else "any"

    def object(self, node, depth):
        required = set(node.get("required", [])) - FILLED_IN
        shape = {}
        for name, value in node.get("properties", {}).items():
            key = name + "!" if name in required else name
            shape[key] = self.shape(value, depth + 1)
        more = node.get("additionalProperties")
        if isinstance(more, dict) and more:
            shape["*"] = self.shape(more, depth + 1)
        return shape or "object"


def merge(left, right):
    if left in ({}, "any", "object"):
        return right
    if right in ({}, "any", "object"):
        return left
    if not (isinstance(left, dict) and isinstance(right, dict)):
        return left
    merged = dict(left)
    for name, shape in right.items():
        plain = name.rstrip("!")
        twin = next((k for k in (plain, plain + "!") if k in merged), None)
        if twin is None:
            merged[name] = shape
            continue
        both = merge(merged.pop(twin), shape)
        merged[plain + "!" if twin.endswith("!") or name.endswith("!") else plain] = both
    return merged


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    shapes = Shapes(document)
    routes = {}
    for template, item in document["paths"].items():
        path, _, _ = template.partition("?")
        for method, operation in item.items():
            if method == "parameters" or not SERVED.match(f"{method.upper()} {path}"):
                continue
            query = {}
            if "?" in template:
                query["expand"] = "string"
            for parameter in item.get("parameters", []) + operation.get("parameters", []):
                parameter = shapes.resolve(parameter)
                if parameter["in"] == "query":
                    mark = "!" if parameter.get("required") else ""
                    query[parameter["name"] + mark] = shapes.shape(parameter.get("schema", {}))
            route = routes.setdefault(f"{method.upper()} {path}", {})
            if query:
                route.setdefault("query", {}).update(query)
            content = shapes.resolve(operation.get("requestBody", {})).get("content", {})
            if "application/json" in content:
                route["body"] = shapes.shape(content["application/json"]["schema"])
    lines = [f"  {json.dumps(name)}: {json.dumps(route)}" for name, route in sorted(routes.items())]
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
