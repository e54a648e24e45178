//! [`Toolbox`]: the tools, resources and prompts that the configured connections can serve.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use rmcp::model::{JsonObject, MetaObject, Tool, ToolAnnotations};
#[cfg(feature = "http")]
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

use super::{
    argument::UNUSED,
    ask::{Approvals, CONFIRM_TOKEN_DESCRIPTION},
    category::Category,
    effect::Effect,
    gates::{Gap, Gates},
    prompt::offer::PromptOffer,
    registry::{Entry, Registry},
    resource::offer::ResourceOffer,
    schema,
};
use crate::{
    config::{Config, ServerConfig},
    connection::Connection,
    policy::{ToolFilter, audit::Audit},
};

/// The argument that routes a call when several connections are configured.
pub(crate) const CONNECTION_ID: &str = "connectionId";
/// The argument that carries the approval of a plan.
pub(crate) const CONFIRM_TOKEN: &str = "confirmToken";

/// The tools, resources and prompts that the configured connections can serve, and everything their
/// calls share.
///
/// Making one is cheap: schemas and the list are made when first asked for.
pub struct Toolbox {
    pub(crate) gates: Gates,
    pub(crate) approvals: Arc<Approvals>,
    pub(crate) audit: Option<Arc<Audit>>,
    /// Calls that change something share it as readers while they run.
    pub(crate) changing: Arc<RwLock<()>>,
    offered: OnceLock<Offers>,
    pub(super) resources: OnceLock<Vec<ResourceOffer>>,
    pub(super) prompts: OnceLock<Vec<PromptOffer>>,
}

#[derive(Default)]
struct Offers {
    tools: Vec<Offered>,
    by_name: HashMap<&'static str, usize>,
}

/// A tool at least one connection can serve, as clients see it.
pub(crate) struct Offered {
    pub(crate) entry: &'static Entry,
    pub(crate) tool: Tool,
    pub(crate) schema: Arc<JsonObject>,
    /// The connections that can serve it; empty for a tool that needs none.
    pub(crate) viable: Vec<Arc<Connection>>,
    /// Whether the call names its connection.
    pub(crate) routed: bool,
}

/// What approvals are sealed with. Instances that serve the same API key stand in for each other, so
/// they share it; otherwise an approval does not outlive the process that gave it.
fn approval_key(config: &ServerConfig) -> [u8; 32] {
    #[cfg(feature = "http")]
    if let Some(key) = &config.auth.api_key {
        let mut hash = openssl::sha::Sha256::new();
        hash.update(b"mcp-confluent: approvals\0");
        hash.update(key.expose_secret().as_bytes());
        return hash.finish();
    }
    #[cfg(not(feature = "http"))]
    let _ = config;
    rand::random()
}

impl Toolbox {
    /// The tools of `registry` on the connections of `config`. Nothing is opened.
    pub fn new(registry: Registry, config: Config, filter: ToolFilter) -> Self {
        let audit = config
            .safety
            .audit_file
            .clone()
            .map(Audit::new)
            .map(Arc::new);
        let key = approval_key(&config.server);
        Self {
            gates: Gates::new(registry, config, filter),
            audit,
            changing: Arc::default(),
            approvals: Arc::new(Approvals::new(key)),
            offered: OnceLock::new(),
            resources: OnceLock::new(),
            prompts: OnceLock::new(),
        }
    }

    /// Which tools are on where, and why the others are off.
    pub fn gates(&self) -> &Gates {
        &self.gates
    }

    /// The configured connections in the order of the file.
    pub fn connections(&self) -> &[Arc<Connection>] {
        self.gates.connections()
    }

    /// Every linked tool, sorted by name, offered or not.
    pub fn registry(&self) -> &Registry {
        self.gates.registry()
    }

    /// Returns when no call that changes something is running any more; while the guard lives, new
    /// ones wait.
    ///
    /// To be called before the process ends, so that nothing is left half done.
    pub(crate) async fn settled(&self) -> OwnedRwLockWriteGuard<()> {
        self.changing.clone().write_owned().await
    }

    /// The tools that are offered, sorted by name, as `tools/list` shows them.
    pub fn list(&self) -> impl ExactSizeIterator<Item = &Tool> {
        self.offers().tools.iter().map(|offered| &offered.tool)
    }

    /// How many tools are offered, without making the list.
    pub fn count(&self) -> usize {
        let on = |entry: &&'static Entry| self.gap(entry).is_none();
        self.registry().iter().filter(on).count()
    }

    /// One offered tool.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.offered(name).map(|offered| &offered.tool)
    }

    pub(crate) fn offered(&self, name: &str) -> Option<&Offered> {
        let offers = self.offers();
        offers.by_name.get(name).map(|index| &offers.tools[*index])
    }

    fn offers(&self) -> &Offers {
        self.offered.get_or_init(|| {
            let mut offers = Offers::default();
            for entry in self.registry().iter() {
                if let Some(offered) = self.offer(entry) {
                    offers.by_name.insert(entry.meta().name, offers.tools.len());
                    offers.tools.push(offered);
                }
            }
            offers
        })
    }

    /// Why `entry` is off everywhere, `None` if it is on.
    pub fn gap(&self, entry: &Entry) -> Option<Gap> {
        self.gates.gap(entry)
    }

    fn offer(&self, entry: &'static Entry) -> Option<Offered> {
        if self.gap(entry).is_some() {
            return None;
        }
        let viable = self.gates.viable(entry);
        let routed = !viable.is_empty() && self.connections().len() > 1;
        let mut schema = entry.input_schema();
        if routed {
            add_route(&mut schema, &viable);
        }
        let mut schema = with_confirmation(schema, entry);
        ask_for_what_a_sign_in_needs(entry, &viable, &mut schema);
        let schema = Arc::new(schema);
        let mut tool = describe(entry, &schema);
        if self.gates.config().tools.output_schemas {
            tool.output_schema = entry.output_schema().map(Arc::new);
        }
        Some(Offered {
            entry,
            tool,
            schema,
            viable,
            routed,
        })
    }
}

/// Adds the argument that names the connection, one of `viable`.
pub(super) fn add_route(schema: &mut JsonObject, viable: &[Arc<Connection>]) {
    let ids: Vec<_> = viable.iter().map(|connection| connection.id()).collect();
    let described: Vec<_> = viable
        .iter()
        .map(|connection| describe_route(connection))
        .collect();
    add(
        schema,
        CONNECTION_ID,
        json!({
            "type": "string",
            "enum": ids,
            "description": format!("The connection to work on, one of: {}.", described.join(", ")),
        }),
    );
    if let Some(required) = schema
        .entry("required")
        .or_insert_with(|| json!([]))
        .as_array_mut()
    {
        required.push(Value::from(CONNECTION_ID));
    }
}

/// Adds the argument that carries an approval, for a tool that asks.
fn with_confirmation(mut schema: JsonObject, entry: &Entry) -> JsonObject {
    if entry.meta().confirm {
        let property = json!({
            "type": "string",
            "description": CONFIRM_TOKEN_DESCRIPTION,
        });
        add(&mut schema, CONFIRM_TOKEN, property);
    }
    schema
}

fn add(schema: &mut JsonObject, name: &str, property: Value) {
    if let Some(properties) = schema
        .entry("properties")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    {
        properties.insert(name.to_owned(), property);
    }
}

/// What a connection names itself, a call names on a connection that signs in.
fn ask_for_what_a_sign_in_needs(
    entry: &Entry,
    viable: &[Arc<Connection>],
    schema: &mut JsonObject,
) {
    let signs_in = |it: &&Arc<Connection>| it.config().services().is_none();
    let Some(connection) = viable.iter().find(signs_in) else {
        return;
    };
    let everywhere = viable.iter().all(|it| signs_in(&it));
    let mut required = Vec::new();
    for argument in entry.meta().injected_arguments() {
        let Some(meaning) = argument.if_signed_in() else {
            continue;
        };
        let id = connection.id().escape_debug();
        let meaning = if everywhere {
            required.push(Value::from(argument.name()));
            meaning.to_owned()
        } else if argument.description() == UNUSED {
            format!("Only with \"{id}\", and required there: {meaning}")
        } else {
            format!("{} Required with \"{id}\".", argument.description())
        };
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        if let Some(property) = properties.and_then(|it| it.get_mut(argument.name())) {
            property["description"] = meaning.into();
        }
    }
    if let Some(all) = schema
        .entry("required")
        .or_insert_with(|| json!([]))
        .as_array_mut()
    {
        all.extend(required);
    }
}

fn describe_route(connection: &Connection) -> String {
    let read_only = if connection.is_read_only() {
        " (read-only)"
    } else {
        ""
    };
    match connection.description() {
        Some(text) => format!("\"{}\"{read_only}: {text}", connection.id()),
        None => format!("\"{}\"{read_only}", connection.id()),
    }
}

/// The tool as `tools/list` shows it where one connection has all that it needs.
pub(crate) fn as_listed(entry: &Entry) -> Tool {
    let tool = describe(entry, &with_confirmation(entry.input_schema(), entry));
    match entry.output_schema() {
        Some(schema) => tool.with_raw_output_schema(Arc::new(schema)),
        None => tool,
    }
}

fn describe(entry: &Entry, checked: &JsonObject) -> Tool {
    let meta = entry.meta();
    let read_only = meta.effect == Effect::ReadOnly;
    let annotations = ToolAnnotations::from_raw(
        // The tool itself has a title.
        None,
        Some(read_only),
        // What follows from the other hints, or holds where nothing is said, is not said.
        (!read_only).then_some(meta.effect == Effect::Destructive),
        (meta.idempotent && !read_only).then_some(true),
        (meta.category == Category::Diagnostics).then_some(false),
    );
    let mut extra = JsonObject::new();
    extra.insert("category".to_owned(), Value::from(meta.category.as_str()));
    let listed = Arc::new(schema::listed(checked));
    #[cfg(feature = "conformance")]
    let listed = crate::conformance::schema_of(meta.name).map_or(listed, Arc::new);
    Tool::new_with_raw(meta.name, Some(meta.description.into()), listed)
        .with_title(meta.title)
        .with_annotations(annotations)
        .with_meta(MetaObject(extra))
}
