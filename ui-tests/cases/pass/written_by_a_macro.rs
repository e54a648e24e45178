use mcp_confluent::prelude::*;

macro_rules! ping {
    ($name:ident, $argument:ident, $of:ty, $question:literal) => {
        /// Ping something.
        #[confluent_tool(read_only, category = Kafka, confirm = $question)]
        async fn $name(
            kafka: Kafka,
            /// What to ping.
            #[arg(default)]
            $argument: $of,
        ) -> Result<Pinged> {
            let _ = kafka;
            Ok(Pinged { what: $argument.to_string() })
        }
    };
}

/// What was pinged.
#[confluent_type(text("{}", self.what))]
struct Pinged {
    /// What it was.
    what: String,
}

ping!(ping_broker, broker, i32, "Ping {broker}?");
ping!(ping_topic, topic, String, "Ping {topic}?");

fn main() {
    mcp_confluent::testing::check_tools();
}
