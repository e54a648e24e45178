"""What the Avro serialiser is given, and the JSON that our codec has for it."""

import datetime as dt
import decimal
import uuid


def record(name, **fields):
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": field, "type": ty} for field, ty in fields.items()],
    }


def logical(ty, logical_type, **more):
    return {"type": ty, "logicalType": logical_type, **more}


UTC = dt.timezone.utc
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
ADDRESS = '{"type":"record","name":"Address","namespace":"acme","fields":[{"name":"zip","type":"string"}]}'
PERSON = (
    '{"type":"record","name":"Person","namespace":"acme","fields":['
    '{"name":"name","type":"string"},{"name":"home","type":"Address"}]}'
)

CASES = [
    # The first schema of a registry has the id 1: 00 00000001 f601.
    {"name": "long", "schema": {"type": "long"}, "python": 123, "json": 123},
    {"name": "string", "schema": {"type": "string"}, "python": "grün 🌱", "json": "grün 🌱"},
    {"name": "boolean", "schema": {"type": "boolean"}, "python": True, "json": True},
    {"name": "bytes", "schema": {"type": "bytes"}, "python": b"\x00\xffabcdef", "json": "AP9hYmNkZWY="},
    {
        "name": "array",
        "schema": {"type": "array", "items": "int"},
        "python": [1, -2, 2147483647],
        "json": [1, -2, 2147483647],
    },
    {
        "name": "primitives",
        "schema": record(
            "P",
            none="null",
            yes="boolean",
            low="int",
            high="int",
            lowest="long",
            highest="long",
            beyond="long",
            float="float",
            double="double",
            text="string",
            bytes="bytes",
            fixed={"type": "fixed", "name": "F4", "size": 4},
            suit={"type": "enum", "name": "Suit", "symbols": ["HEARTS", "SPADES"]},
            list={"type": "array", "items": "string"},
            map={"type": "map", "values": "long"},
            empty={"type": "map", "values": "long"},
        ),
        "python": {
            "none": None,
            "yes": True,
            "low": -(2**31),
            "high": 2**31 - 1,
            "lowest": -(2**63),
            "highest": 2**63 - 1,
            "beyond": 2**53 + 1,
            "float": 0.1,
            "double": 0.1,
            "text": 'a "quoted" \n line',
            "bytes": bytes(range(256)),
            "fixed": b"\x00\x80\xfe\xff",
            "suit": "SPADES",
            "list": ["", "x"],
            "map": {"k": -1},
            "empty": {},
        },
        "json": {
            "none": None,
            "yes": True,
            "low": -2147483648,
            "high": 2147483647,
            "lowest": -9223372036854775808,
            "highest": 9223372036854775807,
            "beyond": 9007199254740993,
            "float": 0.1,
            "double": 0.1,
            "text": 'a "quoted" \n line',
            "bytes": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7"
            "PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6"
            "e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5"
            "uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4"
            "+fr7/P3+/w==",
            "fixed": "AID+/w==",
            "suit": "SPADES",
            "list": ["", "x"],
            "map": {"k": -1},
            "empty": {},
        },
    },
    {
        "name": "not-finite",
        "schema": record("N", a="double", b="double", c="float", d="float"),
        "python": {"a": float("nan"), "b": float("inf"), "c": float("-inf"), "d": -0.0},
        "json": {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": -0.0},
    },
    {
        "name": "logical-types",
        "schema": record(
            "L",
            price=logical("bytes", "decimal", precision=9, scale=2),
            debt=logical("bytes", "decimal", precision=30, scale=10),
            fixed=logical("fixed", "decimal", name="D8", size=8, precision=12, scale=3),
            negative=logical("fixed", "decimal", name="D9", size=9, precision=12, scale=3),
            uuid=logical("string", "uuid"),
            date=logical("int", "date"),
            before=logical("int", "date"),
            millis=logical("int", "time-millis"),
            micros=logical("long", "time-micros"),
            at_millis=logical("long", "timestamp-millis"),
            at_micros=logical("long", "timestamp-micros"),
            old=logical("long", "timestamp-millis"),
            local_millis=logical("long", "local-timestamp-millis"),
            local_micros=logical("long", "local-timestamp-micros"),
            at_nanos=logical("long", "timestamp-nanos"),
            local_nanos=logical("long", "local-timestamp-nanos"),
            duration=logical("fixed", "duration", name="Dur", size=12),
        ),
        "python": {
            "price": decimal.Decimal("1.50"),
            "debt": decimal.Decimal("-12345678901234567890.0123456789"),
            "fixed": decimal.Decimal("123456789.012"),
            "negative": decimal.Decimal("-0.001"),
            "uuid": uuid.UUID(ID),
            "date": dt.date(2026, 11, 23),
            "before": dt.date(1899, 12, 31),
            "millis": dt.time(13, 5, 9, 250000),
            "micros": dt.time(0, 0, 0, 1),
            "at_millis": dt.datetime(2026, 11, 23, 13, 5, 9, 250000, UTC),
            "at_micros": dt.datetime(2026, 11, 23, 14, 5, 9, 1, dt.timezone(dt.timedelta(hours=1))),
            "old": dt.datetime(1914, 6, 28, 9, 0, 0, 0, UTC),
            "local_millis": dt.datetime(2026, 11, 23, 13, 5, 9, 250000),
            "local_micros": dt.datetime(2026, 11, 23, 13, 5, 9, 1),
            # The client has no classes for these three.
            "at_nanos": 1795439109000000001,
            "local_nanos": 1795439109000000001,
            "duration": b"\x01\0\0\0\x02\0\0\0\x03\0\0\0",
        },
        "json": {
            "price": "1.50",
            "debt": "-12345678901234567890.0123456789",
            "fixed": "123456789.012",
            "negative": "-0.001",
            "uuid": ID,
            "date": "2026-11-23",
            "before": "1899-12-31",
            "millis": "13:05:09.250",
            "micros": "00:00:00.000001",
            "at_millis": "2026-11-23T13:05:09.250Z",
            "at_micros": "2026-11-23T13:05:09.000001Z",
            "old": "1914-06-28T09:00:00Z",
            "local_millis": "2026-11-23T13:05:09.250",
            "local_micros": "2026-11-23T13:05:09.000001",
            "at_nanos": "2026-11-23T13:05:09.000000001Z",
            "local_nanos": "2026-11-23T13:05:09.000000001",
            "duration": {"months": 1, "days": 2, "millis": 3},
        },
    },
    {
        "name": "unions",
        "schema": record(
            "U",
            none=["null", "string"],
            some=["null", "string"],
            long=["string", "long"],
            record=["null", record("A", x="int"), record("B", y="int")],
            second=["null", "A", "B"],
            same=[record("C", x="int"), record("D", x="int")],
            decimal=["null", logical("bytes", "decimal", precision=5, scale=2)],
            date=["null", logical("int", "date")],
        ),
        "python": {
            "none": None,
            "some": "x",
            "long": 5,
            "record": {"x": 1},
            "second": ("B", {"y": 2}),
            "same": ("D", {"x": 3}),
            "decimal": decimal.Decimal("1.25"),
            "date": dt.date(2026, 1, 1),
        },
        "json": {
            "none": None,
            "some": "x",
            "long": 5,
            "record": {"x": 1},
            "second": {"y": 2},
            "same": {"D": {"x": 3}},
            "decimal": "1.25",
            "date": "2026-01-01",
        },
    },
    {
        "name": "recursive",
        "schema": {
            "type": "record",
            "name": "Node",
            "namespace": "acme.tree",
            "fields": [
                {"name": "value", "type": "long"},
                {"name": "children", "type": {"type": "array", "items": "Node"}},
                {"name": "next", "type": ["null", "acme.tree.Node"], "default": None},
            ],
        },
        "python": {
            "value": 1,
            "children": [{"value": 2, "children": [], "next": None}],
            "next": {"value": 3, "children": [], "next": None},
        },
        "json": {
            "value": 1,
            "children": [{"value": 2, "children": [], "next": None}],
            "next": {"value": 3, "children": [], "next": None},
        },
    },
    {
        "name": "defaults",
        "schema": {
            "type": "record",
            "name": "Defaults",
            "fields": [
                {"name": "text", "type": "string", "default": "t"},
                {"name": "union", "type": ["int", "null"], "default": 7},
                {"name": "list", "type": {"type": "array", "items": "int"}, "default": [1]},
                {
                    "name": "inner",
                    "type": record("In", a="int"),
                    "default": {"a": 2},
                },
            ],
        },
        "python": {},
        "json": {"text": "t", "union": 7, "list": [1], "inner": {"a": 2}},
    },
    {
        "name": "references",
        "schema": {
            "type": "record",
            "name": "Order",
            "namespace": "acme.orders",
            "fields": [
                {"name": "to", "type": "acme.Person"},
                {"name": "bill", "type": ["null", "acme.Address"]},
            ],
        },
        "references": [
            {"name": "acme.Address", "schema": ADDRESS},
            {
                "name": "acme.Person",
                "schema": PERSON,
                "references": [{"name": "acme.Address", "schema": ADDRESS}],
            },
        ],
        "python": {"to": {"name": "Ann", "home": {"zip": "1"}}, "bill": {"zip": "2"}},
        "json": {"to": {"name": "Ann", "home": {"zip": "1"}}, "bill": {"zip": "2"}},
    },
]
