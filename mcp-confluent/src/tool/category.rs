//! The category of a tool: what it works on.

/// What a tool works on. Shown as `_meta.category` and used to switch tools on and off in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Topics, records, consumer groups.
    Kafka,
    /// Subjects, schemas, compatibility.
    SchemaRegistry,
    /// Tags and search.
    Catalog,
    /// Flink SQL.
    Flink,
    /// Connectors.
    Connect,
    /// Organisations, environments, clusters.
    ConfluentCloud,
    /// Tableflow topics and catalog integrations.
    Tableflow,
    /// Metrics.
    Metrics,
    /// Costs.
    Billing,
    /// Product documentation.
    Docs,
    /// This server itself.
    Diagnostics,
    /// A category of another crate: lowercase words joined by `-`.
    Other(&'static str),
}

impl Category {
    /// The name on the wire, as the reference server spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::SchemaRegistry => "schema-registry",
            Self::Catalog => "catalog",
            Self::Flink => "flink",
            Self::Connect => "connect",
            Self::ConfluentCloud => "confluent-cloud",
            Self::Tableflow => "tableflow",
            Self::Metrics => "metrics",
            Self::Billing => "billing",
            Self::Docs => "docs",
            Self::Diagnostics => "mcp-server-diagnostics",
            Self::Other(name) => name,
        }
    }
}
