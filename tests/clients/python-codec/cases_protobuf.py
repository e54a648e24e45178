"""What the Protobuf serialiser is given, and the JSON that our codec has for it."""

import pathlib
import tempfile

import grpc_tools
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2
from google.protobuf import wrappers_pb2
from google.type import money_pb2
from grpc_tools import protoc

import confluent_kafka.schema_registry.confluent.type.decimal_pb2 as confluent_decimal

COMMON = """syntax = "proto3";
package acme.common;
message Address { string zip = 1; }
"""

PERSON = """syntax = "proto3";
package acme.person;
import "common.proto";
message Person { string name = 1; acme.common.Address home = 2; }
"""

SOURCES = {
    "scalars.proto": """syntax = "proto3";
package acme;
enum Suit { NONE = 0; HEARTS = 1; }
message Scalars {
  double double = 1;
  float float = 2;
  int32 int32 = 3;
  int64 int64 = 4;
  uint32 uint32 = 5;
  uint64 uint64 = 6;
  sint32 sint32 = 7;
  sint64 sint64 = 8;
  fixed32 fixed32 = 9;
  fixed64 fixed64 = 10;
  sfixed32 sfixed32 = 11;
  sfixed64 sfixed64 = 12;
  bool bool = 13;
  string string = 14;
  bytes bytes = 15;
  Suit suit = 16;
  repeated int64 many = 17;
  map<string, int64> by_name = 18;
  map<int64, Suit> by_number = 19;
  oneof choice { string left = 20; int32 right = 21; }
  optional int32 present = 22;
  optional int32 absent = 23;
  string snake_case_name = 24;
  double nan = 25;
  float infinite = 26;
  Scalars inner = 27;
}
""",
    "known.proto": """syntax = "proto3";
package acme;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/type/money.proto";
import "confluent/type/decimal.proto";
message Known {
  google.protobuf.Timestamp at = 1;
  google.protobuf.Duration took = 2;
  google.protobuf.Struct struct = 3;
  google.protobuf.Value value = 4;
  google.protobuf.ListValue list = 5;
  google.protobuf.Any any = 6;
  google.protobuf.FieldMask mask = 7;
  google.protobuf.Empty empty = 8;
  google.protobuf.Int64Value int64 = 9;
  google.protobuf.UInt64Value uint64 = 10;
  google.protobuf.BoolValue bool = 11;
  google.protobuf.StringValue string = 12;
  google.protobuf.BytesValue bytes = 13;
  google.protobuf.DoubleValue double = 14;
  google.protobuf.FloatValue float = 15;
  google.protobuf.Int32Value int32 = 16;
  google.protobuf.UInt32Value uint32 = 17;
  google.type.Money money = 18;
  confluent.type.Decimal decimal = 19;
  google.protobuf.NullValue null = 20;
}
""",
    "nested.proto": """syntax = "proto3";
package acme;
message First { int32 a = 1; }
message Second {
  message Inner { message Innermost { int64 b = 1; } }
  map<string, int32> counts = 1;
  message Last { int64 c = 1; }
}
""",
    "order.proto": """syntax = "proto3";
package acme.order;
import "person.proto";
import "common.proto";
message Order { acme.person.Person to = 1; acme.common.Address bill = 2; }
""",
    "person.proto": PERSON,
    "common.proto": COMMON,
    "required.proto": """syntax = "proto2";
package acme;
message Old {
  required int64 id = 1;
  optional string text = 2 [default = "d"];
  repeated int32 packed = 3 [packed = true];
  optional group Box = 4 { optional int32 b = 1; }
}
""",
}

CONFLUENT_DECIMAL = """syntax = "proto3";
package confluent.type;
message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }
"""


def pool():
    """Compiles all sources with protoc."""
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name, text in SOURCES.items():
            (root / name).write_text(text)
        (root / "confluent/type").mkdir(parents=True)
        (root / "confluent/type/decimal.proto").write_text(CONFLUENT_DECIMAL)
        google = pathlib.Path(money_pb2.__file__).parents[2]
        out = root / "set"
        arguments = ["protoc", f"-I{root}", f"-I{google}"]
        arguments += [f"-I{pathlib.Path(grpc_tools.__file__).parent / '_proto'}"]
        arguments += [f"--descriptor_set_out={out}", *SOURCES]
        if protoc.main(arguments) != 0:
            raise SystemExit("protoc failed")
        # The modules above have put their files into the default pool already.
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    default = descriptor_pool.Default()
    files = {file.name: file for file in files.file}
    # The imported ones first.
    for name in ["common.proto", "person.proto", *sorted(files)]:
        if file := files.pop(name, None):
            default.AddSerializedFile(file.SerializeToString())
    return default


POOL = pool()


def message(name, **fields):
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))(**fields)


def case(name, file, value, json, sources=(), **more):
    return {
        "name": name,
        "message": value.DESCRIPTOR.full_name,
        "source": SOURCES[file],
        # The imports as text, for a registry that holds text.
        "sources": {path: SOURCES[path] for path in sources},
        "python": value,
        "json": json,
        **more,
    }


def any_of(value):
    result = any_pb2.Any()
    result.Pack(value)
    return result


SCALARS = message(
    "acme.Scalars",
    double=0.1,
    float=0.1,
    int32=-(2**31),
    int64=-(2**63),
    uint32=2**32 - 1,
    uint64=2**64 - 1,
    sint32=2**31 - 1,
    sint64=2**63 - 1,
    fixed32=1,
    fixed64=2**53 + 1,
    sfixed32=-1,
    sfixed64=-(2**53) - 1,
    bool=True,
    string='a "quoted" \n line, grün 🌱',
    bytes=b"\x00\xff\xfe",
    suit=1,
    many=[0, -1, 2**63 - 1],
    by_name={"k": -1},
    by_number={-5: 1},
    left="",
    present=0,
    snake_case_name="s",
    nan=float("nan"),
    infinite=float("-inf"),
    inner=message("acme.Scalars", right=7),
)

KNOWN = message(
    "acme.Known",
    at=timestamp_pb2.Timestamp(seconds=1795439109, nanos=250000000),
    took=duration_pb2.Duration(seconds=-1, nanos=-500000000),
    struct=json_format.ParseDict({"a": [1.5, None, True, {"b": "x"}]}, struct_pb2.Struct()),
    value=struct_pb2.Value(string_value="v"),
    list=json_format.ParseDict(["x", False], struct_pb2.ListValue()),
    any=any_of(money_pb2.Money(currency_code="CHF", units=5)),
    mask=field_mask_pb2.FieldMask(paths=["a.b_c", "d"]),
    empty=empty_pb2.Empty(),
    int64=wrappers_pb2.Int64Value(value=2**63 - 1),
    uint64=wrappers_pb2.UInt64Value(value=2**64 - 1),
    bool=wrappers_pb2.BoolValue(value=False),
    string=wrappers_pb2.StringValue(value=""),
    bytes=wrappers_pb2.BytesValue(value=b"\xff"),
    double=wrappers_pb2.DoubleValue(value=0.5),
    float=wrappers_pb2.FloatValue(value=0.25),
    int32=wrappers_pb2.Int32Value(value=-1),
    uint32=wrappers_pb2.UInt32Value(value=1),
    money=money_pb2.Money(currency_code="EUR", units=-(2**53) - 1, nanos=-10),
    decimal=confluent_decimal.Decimal(value=b"\x00\x96", precision=3, scale=2),
)

CASES = [
    case(
        "scalars",
        "scalars.proto",
        SCALARS,
        {
            "double": 0.1,
            "float": 0.1,
            "int32": -2147483648,
            "int64": "-9223372036854775808",
            "uint32": 4294967295,
            "uint64": "18446744073709551615",
            "sint32": 2147483647,
            "sint64": "9223372036854775807",
            "fixed32": 1,
            "fixed64": "9007199254740993",
            "sfixed32": -1,
            "sfixed64": "-9007199254740993",
            "bool": True,
            "string": 'a "quoted" \n line, grün 🌱',
            "bytes": "AP/+",
            "suit": "HEARTS",
            "many": ["0", "-1", "9223372036854775807"],
            "byName": {"k": "-1"},
            "byNumber": {"-5": "HEARTS"},
            "left": "",
            "present": 0,
            "snakeCaseName": "s",
            "nan": "NaN",
            "infinite": "-Infinity",
            "inner": {"right": 7},
        },
    ),
    case("empty", "scalars.proto", message("acme.Scalars"), {}),
    case(
        "well-known-types",
        "known.proto",
        KNOWN,
        {
            "at": "2026-11-23T13:05:09.250Z",
            "took": "-1.500s",
            "struct": {"a": [1.5, None, True, {"b": "x"}]},
            "value": "v",
            "list": ["x", False],
            "any": {
                "@type": "type.googleapis.com/google.type.Money",
                "currencyCode": "CHF",
                "units": "5",
            },
            "mask": "a.bC,d",
            "empty": {},
            "int64": "9223372036854775807",
            "uint64": "18446744073709551615",
            "bool": False,
            "string": "",
            "bytes": "/w==",
            "double": 0.5,
            "float": 0.25,
            "int32": -1,
            "uint32": 1,
            "money": {"currencyCode": "EUR", "units": "-9007199254740993", "nanos": -10},
            "decimal": {"value": "AJY=", "precision": 3, "scale": 2},
        },
    ),
    case("first-message", "nested.proto", message("acme.First", a=1), {"a": 1}),
    case(
        "second-message",
        "nested.proto",
        message("acme.Second", counts={"x": 1}),
        {"counts": {"x": 1}},
    ),
    case(
        "nested-message",
        "nested.proto",
        message("acme.Second.Inner.Innermost", b=2**63 - 1),
        {"b": "9223372036854775807"},
    ),
    case("after-a-map-entry", "nested.proto", message("acme.Second.Last", c=5), {"c": "5"}),
    case(
        "references",
        "order.proto",
        message(
            "acme.order.Order",
            to={"name": "Ann", "home": {"zip": "1"}},
            bill={"zip": "2"},
        ),
        {"to": {"name": "Ann", "home": {"zip": "1"}}, "bill": {"zip": "2"}},
        sources=("person.proto", "common.proto"),
    ),
    case(
        "proto2",
        "required.proto",
        message("acme.Old", id=1, text="", packed=[1, 2], box={"b": 3}),
        {"id": "1", "text": "", "packed": [1, 2], "box": {"b": 3}},
    ),
]
