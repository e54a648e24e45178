//! [`Gates`]: which tools are on, where, and why the others are off.

use std::{borrow::Cow, fmt, sync::Arc};

use super::{
    context::ToolContext, inject::FromContext, meta::Meta, registry::Registry,
    requirement::Requirement,
};
use crate::{
    config::Config,
    connection::{Clients, Connection},
    error::Result,
    policy::ToolFilter,
};

/// Every linked tool, every configured connection, and which tool is on where.
///
/// A tool that explains the server itself can be given one. Cheap to clone.
#[derive(Clone, Default)]
pub struct Gates(Arc<Inner>);

#[derive(Default)]
struct Inner {
    registry: Registry,
    connections: Vec<Arc<Connection>>,
    config: Config,
    filter: ToolFilter,
    /// The clients of what no connection names.
    clients: Clients,
}

/// Why a tool is off.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Gap {
    /// The connection does not offer something.
    Missing(&'static Requirement),
    /// The connection would offer something if a variable were set; the words say which.
    LeftOut(Arc<str>),
    /// The connection signs in with OAuth, which does not give something.
    SignIn,
    /// The connection is read-only and the tool is not.
    ReadOnly,
    /// The connection's own `allow_tools` or `block_tools`.
    ConnectionFilter,
    /// The operator's lists or categories.
    OperatorFilter(Switch),
    /// Experimental tools are off.
    Experimental,
    /// No connection is configured.
    NoConnection,
}

/// What of the operator's lists or categories leaves a tool out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Switch {
    /// `--allow-tools` or `--allow-tools-file`.
    AllowTools,
    /// `--block-tools` or `--block-tools-file`.
    BlockTools,
    /// `tools.enable` of the configuration.
    Enable,
    /// `tools.disable` of the configuration.
    Disable,
}

impl Switch {
    fn reason(self) -> &'static str {
        match self {
            Self::AllowTools => "`--allow-tools` or its file does not name it",
            Self::BlockTools => "`--block-tools` or its file names it",
            Self::Enable => "`tools.enable` does not name its category",
            Self::Disable => "`tools.disable` names its category",
        }
    }
}

impl Gap {
    /// The reason in words.
    pub fn reason(&self) -> Cow<'static, str> {
        let reason = match self {
            Self::LeftOut(reason) => return reason.to_string().into(),
            Self::Missing(requirement) => requirement.reason(),
            Self::SignIn if cfg!(feature = "login") => {
                "the connection signs in with OAuth, which does not give what the tool needs"
            }
            Self::SignIn => "the connection signs in with OAuth, which this build cannot do",
            Self::ReadOnly => "the connection is read-only",
            Self::ConnectionFilter => {
                "`allow_tools` or `block_tools` of the connection leaves it out"
            }
            Self::OperatorFilter(switch) => switch.reason(),
            Self::Experimental => "it is experimental, and experimental tools are off",
            Self::NoConnection => "no connection is configured",
        };
        reason.into()
    }
}

impl Gates {
    /// The gates of the tools in `registry` on the connections of `config`. Nothing is opened.
    pub fn new(registry: Registry, config: Config, filter: ToolFilter) -> Self {
        let connections = config
            .connections
            .iter()
            .cloned()
            .map(Connection::new)
            .map(Arc::new);
        let connections = connections.collect();
        Self(Arc::new(Inner {
            registry,
            connections,
            config,
            filter,
            clients: Clients::default(),
        }))
    }

    /// The client of what no connection names, such as the documentation: made by `open` the first
    /// time and shared afterwards.
    pub fn client<T: Send + Sync + 'static>(
        &self,
        open: impl FnOnce(&Config) -> Result<T>,
    ) -> Result<Arc<T>> {
        self.0.clients.get(|| open(&self.0.config))
    }

    /// Every linked tool, sorted by name, on or off.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The configured connections, in the order of the configuration.
    pub fn connections(&self) -> &[Arc<Connection>] {
        &self.0.connections
    }

    /// The configuration of the whole server.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Why a tool or a prompt is off everywhere, `None` if it is on somewhere.
    pub fn gap(&self, of: &impl AsRef<Meta>) -> Option<Gap> {
        if needs_no_connection(of) {
            return self.server_gap(of);
        }
        self.routed_gap(of)
    }

    /// Why what is always routed to a connection is off everywhere, `None` if it is on somewhere.
    pub(crate) fn routed_gap(&self, of: &impl AsRef<Meta>) -> Option<Gap> {
        if let Some(gap) = self.server_gap(of) {
            return Some(gap);
        }
        let mut first = None;
        for connection in self.connections() {
            let gap = gap_on(of, connection)?;
            first.get_or_insert(gap);
        }
        Some(first.unwrap_or(Gap::NoConnection))
    }

    /// Why it is off whatever the connections offer, `None` if it is not.
    pub fn server_gap(&self, of: &impl AsRef<Meta>) -> Option<Gap> {
        let meta = of.as_ref();
        let block = &self.0.filter.block;
        let (name, category) = (meta.allowed_as(), meta.category.as_str());
        let tools = &self.config().tools;
        let switch = if meta.experimental && !tools.experimental {
            return Some(Gap::Experimental);
        } else if block.contains(name) || block.contains(meta.name) {
            Switch::BlockTools
        } else if !self.0.filter.permits(name) {
            Switch::AllowTools
        } else if tools.disable.iter().any(|it| it == category) {
            Switch::Disable
        } else if !tools.allows_category(category) {
            Switch::Enable
        } else {
            return None;
        };
        Some(Gap::OperatorFilter(switch))
    }

    /// The connections that can serve it; none if it is switched off or needs no connection.
    pub fn viable(&self, of: &impl AsRef<Meta>) -> Vec<Arc<Connection>> {
        if needs_no_connection(of) {
            return Vec::new();
        }
        self.routes(of)
    }

    /// The connections that what is always routed to one can be routed to.
    pub(crate) fn routes(&self, of: &impl AsRef<Meta>) -> Vec<Arc<Connection>> {
        if self.server_gap(of).is_some() {
            return Vec::new();
        }
        let viable = self
            .connections()
            .iter()
            .filter(|to| gap_on(of, to).is_none());
        viable.cloned().collect()
    }

    /// The names of the tools that `connection` serves, sorted.
    pub fn served_by(&self, connection: &Connection) -> Vec<&'static str> {
        self.registry()
            .iter()
            .filter(|entry| !needs_no_connection(entry))
            .filter(|entry| self.server_gap(entry).is_none() && gap_on(entry, connection).is_none())
            .map(|entry| entry.meta().name)
            .collect()
    }
}

impl fmt::Debug for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gates")
            .field("connections", &self.0.connections)
            .finish_non_exhaustive()
    }
}

#[diagnostic::do_not_recommend]
impl FromContext for Gates {
    const REQUIRES: &'static [Requirement] = &[];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        Ok(cx.inner().gates.clone())
    }
}

/// Whether it works without any connection.
pub fn needs_no_connection(of: &impl AsRef<Meta>) -> bool {
    of.as_ref().requirements().next().is_none()
}

/// Everything `connection` lacks for it.
pub fn missing_on(of: &impl AsRef<Meta>, connection: &Connection) -> Vec<&'static Requirement> {
    of.as_ref()
        .requirements()
        .filter(|need| !need.is_offered_by(connection))
        .collect()
}

/// Why the connection does not have what `missing` names, if it is written there and was left out.
pub fn left_out(missing: &Requirement, connection: &Connection) -> Option<Arc<str>> {
    // The reason of a requirement has the blocks that would fulfil it in backticks.
    let blocks = missing.reason().split('`').skip(1).step_by(2);
    let reasons = blocks.filter_map(|block| connection.config().left_out(block));
    let reasons: Vec<String> = reasons.collect();
    (!reasons.is_empty()).then(|| reasons.join("; ").into())
}

/// Why `connection` cannot serve it, `None` if it can.
pub fn gap_on(of: &impl AsRef<Meta>, connection: &Connection) -> Option<Gap> {
    let meta = of.as_ref();
    if let Some(missing) = meta
        .requirements()
        .find(|need| !need.is_offered_by(connection))
    {
        let signs_in = connection.config().services().is_none();
        return Some(if signs_in {
            Gap::SignIn
        } else {
            left_out(missing, connection).map_or(Gap::Missing(missing), Gap::LeftOut)
        });
    }
    if connection.is_read_only() && meta.always_changes() {
        return Some(Gap::ReadOnly);
    }
    let config = connection.config();
    let is_blocked = config.block_tools.iter().any(|name| name == meta.name);
    if is_blocked || !config.allows_tool(meta.allowed_as()) {
        return Some(Gap::ConnectionFilter);
    }
    None
}
