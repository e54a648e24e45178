"""Payloads as Confluent's own Python serialisers write them, and a reader for ours.

    vectors.py write DIR     writes DIR/{avro,json,protobuf}.json
    vectors.py read FILE     reads with Confluent's deserialisers what our codecs wrote
    vectors.py speed DIR     times the deserialisers on what criterion measured, in its directory DIR

A vector holds a schema with its references, a value in our JSON, and the payload: with the id in
front (`prefix`), and bare with a header that holds the GUID (`header`, `bare`). The expected JSON is
written down here by hand and not computed, so that it is a check of its own.
"""

import json
import pathlib
import random
import sys
import timeit
import uuid

import cases_avro
import cases_json
import cases_protobuf
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

random.seed(7)
# The mock registry draws its GUIDs from here; the same ones every time keep the files stable.
uuid.uuid4 = lambda: uuid.UUID(int=random.getrandbits(128), version=4)


def registry():
    return SchemaRegistryClient.new_client({"url": "mock://"})


def context(subject, headers=None):
    return SerializationContext(subject.removesuffix("-value"), MessageField.VALUE, headers)


def exported(client, schema):
    """A schema of the registry with all it refers to."""
    references = []
    for reference in schema.references or []:
        version = client.get_version(reference.subject, reference.version)
        references.append({"name": reference.name, **exported(client, version.schema)})
    return {"schema": schema.schema_str, "references": references}


def registered(client, references):
    """Registers references, the innermost first."""
    result = []
    for reference in references:
        name, subject = reference["name"], reference["name"] + "-value"
        inner = registered(client, reference.get("references", []))
        client.register_schema(subject, Schema(reference["schema"], reference["kind"], inner))
        result.append(SchemaReference(name, subject, 1))
    return result


def vector(kind, client, case):
    """Runs one serialiser in both framings."""
    subject = case["name"] + "-value"
    prefix = serializer_for(kind, client, case, {})(case["python"], context(subject))
    headers = []
    conf = {"schema.id.serializer": header_schema_id_serializer}
    header = serializer_for(kind, client, case, conf)
    bare = header(case["python"], context(subject, headers))
    version = client.get_latest_version(subject)
    result = {
        "name": case["name"],
        "id": version.schema_id,
        "guid": version.guid,
        **exported(client, version.schema),
        "value": case["json"],
        "prefix": prefix.hex(),
        "header": headers[0][1].hex(),
        "bare": bare.hex(),
    }
    for extra in ("source", "message", "sources"):
        if extra in case:
            result[extra] = case[extra]
    return result


def serializer_for(kind, client, case, conf):
    """Confluent's serialiser; what the schema refers to is registered."""
    if kind == "protobuf":
        return ProtobufSerializer(type(case["python"]), client, conf)
    references = registered(client, with_kind(case.get("references", []), kind.upper()))
    schema = Schema(json.dumps(case["schema"]), kind.upper(), references)
    if kind == "avro":
        return AvroSerializer(client, schema, conf=conf)
    return JSONSerializer(schema, client, conf=conf)


def with_kind(references, kind):
    return [
        dict(r, kind=kind, references=with_kind(r.get("references", []), kind)) for r in references
    ]


CASES = {
    "avro": cases_avro.CASES,
    # The client's objects are the JSON itself.
    "json": [dict(case, python=case["json"]) for case in cases_json.CASES],
    "protobuf": cases_protobuf.CASES,
}


def write(directory):
    for kind, cases in CASES.items():
        lines = [
            json.dumps(vector(kind, registry(), case), separators=(",", ":")) for case in cases
        ]
        path = pathlib.Path(directory) / f"{kind}.json"
        path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
        print(f"{path}: {len(lines)} vectors")


def read(path):
    ours = json.loads(pathlib.Path(path).read_text())
    failures = 0
    for kind, cases in CASES.items():
        for case in cases:
            try:
                read_case(kind, case, ours[f"{kind}/{case['name']}"])
            except Exception as error:  # noqa: BLE001
                print(f"{kind}/{case['name']}: {type(error).__name__}: {error}")
                failures += 1
    sys.exit(1 if failures else 0)


def deserializer_for(kind, client, case):
    if kind == "avro":
        return AvroDeserializer(client)
    if kind == "json":
        return JSONDeserializer(None, schema_registry_client=client)
    return ProtobufDeserializer(type(case["python"]), {}, client)


def read_case(kind, case, ours):
    """What our codec wrote must be the object that Confluent's serialiser was given."""
    client = registry()
    # Fills the mock registry, which gives the same ids every time.
    theirs = vector(kind, client, case)
    deserializer = deserializer_for(kind, client, case)
    subject = case["name"] + "-value"
    expected = deserializer(bytes.fromhex(theirs["prefix"]), context(subject))
    found = deserializer(bytes.fromhex(ours["prefix"]), context(subject))
    assert same(found, expected), f"{found!r} is not {expected!r}"
    print(f"{kind}/{case['name']}: read with the id in front")
    bare = bytes.fromhex(ours["bare"])
    if len(bare) <= 5:
        return  # The client takes so short a payload for a broken one.
    # The mock registry's GUID is another one in every run.
    header = b"\x01" + uuid.UUID(theirs["guid"]).bytes + bytes.fromhex(ours["header"])[17:]
    found = deserializer(bare, context(subject, [("__value_schema_id", header)]))
    assert same(found, expected), f"{found!r} is not {expected!r}"
    print(f"{kind}/{case['name']}: read with the GUID in a header")


def speed(directory):
    """Records per second, beside those that `cargo bench --bench codec` left in its directory."""
    print(f"{'decode':<28} {'ours':>12} {'client':>12} {'times':>7}   records/s")
    for path in sorted(pathlib.Path(directory).glob("decode/*/new/benchmark.json")):
        name = json.loads(path.read_text())["function_id"]
        nanoseconds = json.loads((path.parent / "estimates.json").read_text())["median"]
        ours = 1e9 / nanoseconds["point_estimate"]
        client = decoded_per_second(*name.split("/"))
        print(f"{name:<28} {ours:>12,.0f} {client:>12,.0f} {ours / client:>7.1f}")


def decoded_per_second(kind, name):
    case = next(case for case in CASES[kind] if case["name"] == name)
    client = registry()
    payload = bytes.fromhex(vector(kind, client, case)["prefix"])
    deserializer = deserializer_for(kind, client, case)
    subject = context(name + "-value")
    timer = timeit.Timer(lambda: deserializer(payload, subject))
    count, _ = timer.autorange()
    # The best of several: what else the machine does only makes it slower.
    return count / min(timer.repeat(repeat=5, number=count))


def same(one, other):
    # NaN is not equal to itself.
    return one == other or repr(one) == repr(other)


if __name__ == "__main__":
    commands = {"write": write, "read": read, "speed": speed}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](sys.argv[2])
