"""Records through the built server, with Confluent's Python client on the other side.

    through_server.py BINARY                 on the broker and registry of `--sandbox`
    through_server.py BINARY BROKERS URL     on a Kafka and a schema registry

What the client's serialisers wrote, `consume-messages` has to read, and what `produce-message`
wrote, its deserialisers: every case of `cases_*.py`, in both framings where the registry has GUIDs;
evolved schemas; broken records between good ones.
"""

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
import traceback
import uuid

import vectors
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

DEADLINE = 60
HEADER = "__value_schema_id"


class Server:
    """The server over its pipes."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.last = 0
        hello = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "python-codec", "version": "1"},
        }
        self._ask("initialize", hello)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _read(self):
        for line in self.process.stdout:
            self.answers.put(json.loads(line))

    def _send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def _ask(self, method, params):
        self.last += 1
        self._send({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params})
        while True:
            answer = self.answers.get(timeout=DEADLINE)
            if answer.get("id") == self.last:
                return answer["result"]

    def call(self, tool, **arguments):
        """Calls a tool that has to go well; its structured content."""
        result = self._ask("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise AssertionError(f"{tool}: {result['content'][0]['text']}")
        return result["structuredContent"]

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=DEADLINE) == 0, "the server did not end well"


class World:
    """A broker, a registry, and the server between them."""

    def __init__(self, server, brokers, registry, framings):
        self.server = server
        self.registry = SchemaRegistryClient(registry)
        self.framings = framings
        # Topics of an earlier run are left alone.
        self.run = uuid.UUID(bytes=vectors.random.SystemRandom().randbytes(16)).hex[:8]
        self.producer = Producer({"bootstrap.servers": brokers})
        self.brokers = brokers

    def topic(self, name):
        topic = f"{name}-{self.run}"
        self.server.call("create-topics", topics=[{"topic": topic, "numPartitions": 1}])
        return topic

    def write(self, topic, value, headers=None):
        failures = []

        def delivered(error, _message):
            if error is not None:
                failures.append(error)

        self.producer.produce(topic, value, headers=headers or [], on_delivery=delivered)
        assert self.producer.flush(DEADLINE) == 0 and not failures, f"not written: {failures}"

    def read(self, topic, offset):
        """The value and headers of one record, as the client sees it."""
        consumer = Consumer({"bootstrap.servers": self.brokers, "group.id": f"reads-{self.run}"})
        try:
            consumer.assign([TopicPartition(topic, 0, offset)])
            message = consumer.poll(DEADLINE)
            assert message is not None and message.error() is None, f"nothing at {offset}: {message}"
            return message.value(), message.headers() or []
        finally:
            consumer.close()

    def records(self, topic):
        """All records of the topic, as the server shows them."""
        return self.server.call("consume-messages", topics=[{"name": topic}], maxMessages=100)["records"]


def context(topic, headers=None):
    return SerializationContext(topic, MessageField.VALUE, headers)


def shown(record):
    assert "valueProblem" not in record, record["valueProblem"]
    assert record["valueEncoding"] == "schema", record
    return record["value"]


def identical(one, other):
    """Equal JSON, with -0.0 apart from 0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def both_ways(world, kind, case, framing):
    """One case in one framing, in both directions."""
    topic = world.topic(f"{kind}-{case['name']}-{framing}")
    subject = topic + "-value"
    conf = {"schema.id.serializer": header_schema_id_serializer} if framing == "header" else {}
    serializer = vectors.serializer_for(kind, world.registry, case, conf)
    deserializer = vectors.deserializer_for(kind, world.registry, case)

    headers = []
    theirs = serializer(case["python"], context(topic, headers))
    world.write(topic, theirs, headers)
    (record,) = world.records(topic)
    found = shown(record)
    assert identical(found, case["json"]), f"{found} is not {case['json']}"
    assert record["valueSchema"]["subject"] == subject, record["valueSchema"]

    value = {"message": case["json"], "useSchemaRegistry": True}
    if "message" in case:
        value["messageName"] = case["message"]
    if framing == "header":
        value["schemaIdLocation"] = "header"
    written = [world.server.call("produce-message", topicName=topic, value=value)]
    # A second time with the text of the schema, which is registered already or equal to it.
    if kind != "protobuf":
        latest = world.registry.get_latest_version(subject).schema
        value["schema"] = latest.schema_str
        value["schemaType"] = kind.upper()
        value["references"] = [
            {"name": it.name, "subject": it.subject, "version": it.version}
            for it in latest.references or []
        ]
        written.append(world.server.call("produce-message", topicName=topic, value=value))
    if kind == "avro" and len(theirs) <= 5:
        return  # The client takes so short a payload for a broken one.
    expected = deserializer(theirs, context(topic, headers))
    for answer in written:
        payload, headers = world.read(topic, int(answer["offset"]))
        assert (HEADER in dict(headers)) == (framing == "header"), headers
        found = deserializer(payload, context(topic, headers))
        assert vectors.same(found, expected), f"{found!r} is not {expected!r}"


def without_framing(payload):
    """A Protobuf message without the id and the index that stand before it."""
    rest = iter(payload[5:])

    def number():
        result = shift = 0
        for byte in rest:
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result >> 1
        raise AssertionError(f"cut off: {payload!r}")

    for _ in range(number()):
        number()
    return bytes(rest)


def registers_from_text(world, case):
    """A Protobuf schema that the server registers from its text, with imports."""
    topic = world.topic(f"protobuf-{case['name']}-text")
    references = []
    for name in reversed(list(case["sources"])):
        subject = f"{topic}-{name}"
        schema = Schema(case["sources"][name], "PROTOBUF", list(references))
        world.registry.register_schema(subject, schema)
        references.append(vectors.SchemaReference(name, subject, 1))
    value = {
        "message": case["json"],
        "useSchemaRegistry": True,
        "schemaType": "PROTOBUF",
        "schema": case["source"],
        "references": [{"name": it.name, "subject": it.subject, "version": 1} for it in references],
        "messageName": case["message"],
    }
    answer = world.server.call("produce-message", topicName=topic, value=value)
    payload, _ = world.read(topic, int(answer["offset"]))
    # The client's deserialiser wants the schema in a form that only Confluent's registry gives.
    found = type(case["python"]).FromString(without_framing(payload))
    assert vectors.same(found, case["python"]), f"{found!r} is not {case['python']!r}"
    (record,) = world.records(topic)
    assert identical(shown(record), case["json"]), record


def evolves(world):
    """Records of two versions; each is read with the one it was written with."""
    topic = world.topic("evolves")

    def version(*fields):
        return json.dumps({"type": "record", "name": "Order", "fields": list(fields)})

    number = {"name": "id", "type": "long"}
    note = {"name": "note", "type": ["null", "string"], "default": None}
    first, second = version(number), version(number, note)
    for schema, value in [(first, {"id": 2**63 - 1}), (second, {"id": 2, "note": "new"})]:
        serializer = AvroSerializer(world.registry, schema)
        world.write(topic, serializer(value, context(topic)))
    value = {"message": {"id": 3}, "useSchemaRegistry": True, "version": 1}
    answer = world.server.call("produce-message", topicName=topic, value=value)
    found = [shown(record) for record in world.records(topic)]
    assert found == [{"id": 2**63 - 1}, {"id": 2, "note": "new"}, {"id": 3}], found
    payload, headers = world.read(topic, int(answer["offset"]))
    newest = AvroDeserializer(world.registry, second)(payload, context(topic, headers))
    assert newest == {"id": 3, "note": None}, newest


def broken_records_stay_readable(world):
    """Every record comes back; those that cannot be decoded as base64 and with the reason."""
    topic = world.topic("broken")
    schema = '{"type":"record","name":"Order","fields":[{"name":"text","type":"string"}]}'
    good = AvroSerializer(world.registry, schema)({"text": "good"}, context(topic))
    broken = {
        "an unknown id": b"\0\x7f\xff\xff\xff" + good[5:],
        "cut off": good[:-1],
        "too long": good + b"\0",
        "no framing": b"\0\1",
        "text": b"just text",
    }
    for value in broken.values():
        world.write(topic, value)
        world.write(topic, good)
    records = world.records(topic)
    assert len(records) == 2 * len(broken), records
    for (what, _), bad, fine in zip(broken.items(), records[::2], records[1::2], strict=True):
        assert shown(fine) == {"text": "good"}, fine
        if what in ("no framing", "text"):
            assert bad["valueEncoding"] in ("utf8", "base64"), bad
        else:
            assert bad["valueEncoding"] == "base64" and bad["valueProblem"], f"{what}: {bad}"


@contextlib.contextmanager
def world(binary, services):
    if services:
        brokers, url = services
        connection = {
            "type": "direct",
            "kafka": {"bootstrap_servers": brokers},
            "schema_registry": {"endpoint": url},
        }
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            # JSON is YAML.
            json.dump({"connections": {"main": connection}}, file)
            file.flush()
            server = Server(binary, "-c", file.name)
            # This registry has no GUIDs, so that no header can name a schema.
            yield World(server, brokers, {"url": url}, ["prefix"])
    else:
        server = Server(binary, "--sandbox")
        card = server.call("describe-configured-connection", connectionId="sandbox")["blocks"]
        registry = {
            "url": card["schema_registry"]["endpoint"],
            "basic.auth.user.info": "sandbox:sandbox",
        }
        brokers = card["kafka"]["bootstrap_servers"]
        yield World(server, brokers, registry, ["prefix", "header"])
    server.stop()


def plays(world):
    """Each thing to try, with its name."""
    for kind, cases in vectors.CASES.items():
        for case in cases:
            for framing in world.framings:
                name = f"{kind}/{case['name']}, {framing}"
                yield name, lambda: both_ways(world, kind, case, framing)  # noqa: B023
            # Apicurio's parser has no groups.
            if kind == "protobuf" and " group " not in case["source"]:
                name = f"{kind}/{case['name']}, schema as text"
                yield name, lambda: registers_from_text(world, case)  # noqa: B023
    yield "evolution", lambda: evolves(world)
    yield "broken records", lambda: broken_records_stay_readable(world)


def main(binary, *services):
    failures = played = 0
    with world(binary, services) as it:
        for name, play in plays(it):
            played += 1
            try:
                play()
                print(f"pass  {name}")
            except Exception:  # noqa: BLE001
                failures += 1
                print(f"FAIL  {name}")
                traceback.print_exc(limit=-1, file=sys.stdout)
    print(f"{played - failures} of {played} passed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
