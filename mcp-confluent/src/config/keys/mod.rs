//! Every key that a configuration file may have: the one description of the file.

mod auth;
mod kafka;
mod program;
mod services;

use self::{
    kafka::KAFKA,
    program::{ENDPOINTS, OTLP, SAFETY, SERVER, TOOLS},
    services::{CONFLUENT_CLOUD, FLINK, SCHEMA_REGISTRY, TABLEFLOW, TELEMETRY},
};
use super::shape::{
    Arm, Block, Key, List, Map,
    Shape::{self, Any, Choice, Flag, Integer},
    Text, Union,
};

const LINE: Shape = Shape::Text(Text::Line);
const SECRET: Shape = Shape::Text(Text::Secret);
const URL: Shape = Shape::Text(Text::Url);
const WHOLE_URL: Shape = Shape::Text(Text::WholeUrl);
const FILE: Shape = Shape::Text(Text::File);

/// The whole file.
pub(in crate::config) static ROOT: Block = Block {
    name: "configuration",
    about: "Configuration of mcp-confluent. `${NAME}` and `${NAME:-text}` in a value stand for \
            environment variables.",
    groups: &[&[
        Key::required(
            "connections",
            "The Kafka clusters and Confluent services to work with, by id. The id is what a \
             client passes as `connectionId` when there are several.",
            Shape::Map(&CONNECTIONS),
        ),
        Key::new(
            "server",
            "How clients reach the server, and its log.",
            Shape::Block(&SERVER),
        ),
        Key::new(
            "safety",
            "Who confirms destructive calls; limits; the audit file.",
            Shape::Block(&SAFETY),
        ),
        Key::new(
            "tools",
            "Which categories of tools are on.",
            Shape::Block(&TOOLS),
        ),
        Key::new(
            "endpoints",
            "Every other host the program may call, besides those that connections name.",
            Shape::Block(&ENDPOINTS),
        ),
        Key::new(
            "otlp",
            "An OpenTelemetry collector that gets traces and metrics. Without one, none leave \
             this process.",
            Shape::Block(&OTLP),
        ),
        Key::new(
            "extensions",
            "Settings of tools from other crates, by the name they ask for.",
            Shape::Map(&EXTENSIONS),
        ),
    ]],
};

static EXTENSIONS: Map = Map {
    keys: "The name the extension asks for.",
    except: &[],
    of: Any,
};

static CONNECTIONS: Map = Map {
    keys: "The id of the connection.",
    except: &[],
    of: Shape::Union(&CONNECTION),
};

static CONNECTION: Union = Union {
    name: "connection",
    about: "A connection: either addresses and credentials (`direct`) or a sign-in to Confluent \
            Cloud (`oauth`).",
    arms: &[
        Arm {
            name: "direct",
            block: &DIRECT,
        },
        Arm {
            name: "oauth",
            block: &OAUTH,
        },
    ],
};

/// Keys of both kinds of connection.
const COMMON: &[Key] = &[
    Key::new(
        "description",
        "What this connection is, for people and models that choose between several.",
        Shape::Text(Text::Note),
    ),
    Key::new(
        "read_only",
        "Nothing may be changed through this connection.",
        Flag,
    )
    .or("false"),
    Key::new(
        "allow_tools",
        "Names of the only tools that may be used on this connection.",
        Shape::List(&NAMES),
    ),
    Key::new(
        "block_tools",
        "Names of tools that may not be used on this connection.",
        Shape::List(&NAMES),
    ),
    Key::new(
        "protected_topics",
        "Topics that no tool may write to, change or delete here; `*` is any run of characters. \
         Replaces the default, so repeat that and add yours; `[]` protects none. Reading is not \
         restricted.",
        Shape::List(&PATTERNS),
    )
    .or(r#"["__*", "_schemas", "_confluent*"]"#),
];

static NAMES: List = List {
    of: LINE,
    may_be_empty: false,
    unique: false,
};

static PATTERNS: List = List {
    of: LINE,
    may_be_empty: true,
    unique: false,
};

static DIRECT: Block = Block {
    name: "direct",
    about: "Addresses and credentials, one block per service.",
    groups: &[
        COMMON,
        &[
            Key::new("kafka", "A Kafka cluster.", Shape::Block(&KAFKA)),
            Key::new(
                "schema_registry",
                "A Confluent-compatible schema registry.",
                Shape::Block(&SCHEMA_REGISTRY),
            ),
            Key::new(
                "confluent_cloud",
                "The control plane of Confluent Cloud. Also gives `telemetry` its key.",
                Shape::Block(&CONFLUENT_CLOUD),
            ),
            Key::new(
                "tableflow",
                "Tableflow in Confluent Cloud.",
                Shape::Block(&TABLEFLOW),
            ),
            Key::new(
                "telemetry",
                "The metrics API of Confluent Cloud.",
                Shape::Block(&TELEMETRY),
            ),
            Key::new("flink", "Flink SQL.", Shape::Block(&FLINK)),
        ],
    ],
};

static OAUTH: Block = Block {
    name: "oauth",
    about: "A sign-in to Confluent Cloud in the browser; everything else follows from it.",
    groups: &[
        COMMON,
        &[
            Key::new(
                "ccloud_env",
                "Which deployment of Confluent Cloud.",
                Choice(&[
                    ("devel", "Confluent's development deployment"),
                    ("stag", "Confluent's staging deployment"),
                    ("prod", "Confluent Cloud"),
                ]),
            )
            .or(r#""prod""#),
            Key::new(
                "kafka_debug",
                "librdkafka debug contexts for this connection, such as `broker,security`.",
                LINE,
            ),
            Key::new(
                "client_id",
                "The public OAuth client that signs in; by default the one that Confluent \
                 registered for this `ccloud_env`.",
                LINE,
            ),
            Key::new(
                "callback_port",
                "The port on 127.0.0.1 that the browser comes back to. The client has to be registered \
                 with it; 0 takes a free port.",
                Integer {
                    min: 0,
                    max: 65_535,
                },
            )
            .or("26640"),
            Key::new(
                "callback_path",
                "The path that the browser comes back to. The client has to be registered with it.",
                LINE,
            )
            .or(r#""/gateway/v1/callback-local-mcp-docs""#),
            Key::new(
                "open_browser",
                "Open the system's browser for the sign-in. The address is printed in any case.",
                Flag,
            )
            .or("true"),
            Key::new(
                "token_store",
                "Where the sign-in is kept after the process ends.",
                Choice(&[
                    ("keyring", "the keyring of the system"),
                    ("file", "the file that `token_file` names"),
                    ("memory", "nowhere"),
                ]),
            )
            .or(r#""keyring""#),
            Key::new(
                "token_file",
                "File for `token_store: file`, created so that only its owner can read it.",
                FILE,
            ),
        ],
    ],
};
