use mcp_confluent::prelude::*;

/// A plan.
#[confluent_type(text("{} steps of {}", self.steps.len(), self.name))]
#[derive(PartialEq, Default)]
pub struct Plan {
    /// Its name.
    #[arg(name = "planName", length = 1..)]
    name: String,
    /// How often to try.
    #[arg(default = 3, range = 1..=9)]
    tries: u32,
    /// Its steps.
    #[arg(default)]
    steps: Vec<Step>,
    /// A note.
    note: Option<String>,
}

/// A step.
#[confluent_type]
#[derive(PartialEq)]
enum Step {
    /// Wait.
    Wait,
    /// Go somewhere.
    GoTo(String),
    /// Turn.
    Turn {
        /// Degrees, clockwise.
        #[arg(range = -360..=360)]
        by_degrees: i32,
    },
}

/// A format.
#[confluent_type]
#[serde(rename_all = "UPPERCASE")]
#[derive(Copy, PartialEq)]
enum Format {
    /// Avro.
    Avro,
    /// Something else.
    #[arg(name = "other")]
    Else,
}

/// A number or a text.
#[confluent_type]
#[serde(untagged)]
enum Scalar {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// The name of a topic.
#[confluent_type]
struct TopicName(String);

/// Nothing at all.
#[confluent_type]
struct Nothing {}

/// Run a plan.
#[confluent_tool(write, category = Kafka)]
async fn run_plan(
    /// The plan.
    plan: Plan,
    /// Formats.
    #[arg(example = [Format::Avro])]
    formats: Vec<Format>,
    /// Scalars.
    scalars: Vec<Scalar>,
    /// Topic.
    topic: TopicName,
    /// Nothing.
    nothing: Option<Nothing>,
) -> Result<Plan> {
    let _ = (formats, scalars, topic, nothing);
    Ok(plan)
}

fn main() {
    mcp_confluent::testing::check_tools();
    let registry = mcp_confluent::tool::registry::Registry::collect().unwrap();
    let schema = registry.get("run-plan").unwrap().input_schema();
    let plan = &schema["properties"]["plan"];
    assert_eq!(plan["required"].as_array().unwrap().len(), 1);
    assert_eq!(plan["properties"]["tries"]["default"], 3);
    assert_eq!(plan["properties"]["planName"]["minLength"], 1);
    let formats = &schema["properties"]["formats"]["items"]["enum"];
    assert_eq!(formats[0], "AVRO");
    assert_eq!(formats[1], "other");
}
