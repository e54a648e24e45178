//! Tools that do what tests need, and a client to call them with.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use mcp_confluent::{
    config::{Config, ConnectionConfig, DirectServices},
    policy::ToolFilter,
    prelude::*,
    server::handler::Handler,
    tool::{registry::Registry, toolbox::Toolbox},
};
use parking_lot::Mutex;
use rmcp::{
    ClientHandler, RoleClient, ServiceExt as _,
    model::{
        CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig,
        ElicitRequestParams, ElicitResult, ElicitationAction, ErrorData, Implementation,
        ProgressNotificationParam, ProtocolVersion, ResourceUpdatedNotificationParam,
    },
    service::{
        ClientLifecycleMode, NotificationContext, RequestContext, RunningService,
        serve_client_with_lifecycle,
    },
};
use serde_json::Value;

pub(crate) type Client = RunningService<RoleClient, Person>;

/// Which calls of `waits-until-told` began, and which were told to stop.
pub(crate) static BEGUN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
pub(crate) static TOLD: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A client handle that only connections named `probe…` offer.
pub(crate) struct Probe(pub String);

impl FromContext for Probe {
    const REQUIRES: &'static [Requirement] = &[Requirement::new(
        "probe",
        "the connection has no probe",
        |connection| connection.id().starts_with("probe"),
    )];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        Ok(Self(cx.connection()?.id().to_owned()))
    }
}

/// Says which connection was used.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn which_connection(probe: Probe) -> Result<Text> {
    Ok(Text::from(probe.0))
}

/// Changes something on a connection.
#[confluent_tool(write, category = Category::Other("test"))]
async fn change_something(probe: Probe) -> Result<Text> {
    Ok(Text::from(probe.0))
}

/// Has a defect.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn has_a_defect() -> Result<Text> {
    panic!("the wheel came off");
}

/// Waits for ever.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn waits_for_ever() -> Result<Text> {
    std::future::pending().await
}

/// Waits until it is told to stop, and remembers that.
#[confluent_tool(write, category = Category::Other("test"))]
async fn waits_until_told(
    cx: &ToolContext,
    /// Which call this is.
    number: u32,
) -> Result<Text> {
    BEGUN.lock().insert(number);
    cx.cancelled().cancelled().await;
    TOLD.lock().insert(number);
    Ok(Text::from("told"))
}

/// Destroys things.
#[confluent_tool(destructive, category = Category::Other("test"), confirm = "Destroy {names:?}?")]
async fn destroy(
    /// What to destroy.
    names: Vec<String>,
) -> Result<Text> {
    Ok(Text::from(format!("destroyed {}", names.join(", "))))
}

/// Asks twice.
#[confluent_tool(destructive, category = Category::Other("test"))]
async fn asks_twice(ask: Ask) -> Result<Text> {
    ask.confirm("First?").await?;
    ask.confirm("Second?").await?;
    Ok(Text::from("both"))
}

/// Many names.
#[confluent_type(text("{} names", self.names.len()))]
pub(crate) struct Names {
    /// The names.
    names: Vec<String>,
}

/// Answers with more than fits.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn says_too_much() -> Result<Names> {
    Ok(Names {
        names: (0..100_000).map(|n| format!("name-{n}")).collect(),
    })
}

/// Counts to three.
#[confluent_tool(read_only, category = Category::Other("test"))]
async fn counts(progress: Progress) -> Result<Text> {
    for done in 1..=3 {
        progress.report(done, 3, format!("step {done}")).await;
    }
    Ok(Text::from("counted"))
}

/// The client's side: answers questions, keeps what it is told.
#[derive(Clone, Default)]
pub(crate) struct Person {
    /// What to answer; `None` for a client that cannot be asked.
    pub answer: Option<bool>,
    pub questions: Arc<Mutex<Vec<String>>>,
    pub progress: Arc<Mutex<Vec<f64>>>,
    /// URIs of resources that were said to have changed.
    pub updated: Arc<Mutex<Vec<String>>>,
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let capabilities = match self.answer {
            Some(_) => ClientCapabilities::builder().enable_elicitation().build(),
            None => ClientCapabilities::default(),
        };
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        if let ElicitRequestParams::FormElicitationParams { message, .. } = request {
            self.questions.lock().push(message);
        }
        Ok(match self.answer {
            Some(true) => ElicitResult::new(ElicitationAction::Accept)
                .with_content(serde_json::json!({ "confirm": true })),
            _ => ElicitResult::new(ElicitationAction::Decline),
        })
    }

    async fn on_progress(
        &self,
        progress: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.progress.lock().push(progress.progress);
    }

    async fn on_resource_updated(
        &self,
        updated: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.updated.lock().push(updated.uri);
    }
}

/// The two ways a client can speak.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Era {
    Session,
    Stateless,
}

pub(crate) const ERAS: [Era; 2] = [Era::Session, Era::Stateless];

/// A configuration with these connections; `!` in front makes one read-only.
pub(crate) fn config(connections: &[&str]) -> Config {
    let mut config = Config::default();
    for id in connections {
        let services = DirectServices::default();
        let mut connection = ConnectionConfig::direct(id.trim_start_matches('!'), services);
        connection.read_only = id.starts_with('!');
        config.connections.push(connection);
    }
    config
}

pub(crate) async fn connect(config: Config, person: Person, era: Era) -> Client {
    connect_with(config, ToolFilter::default(), person, era).await
}

pub(crate) async fn connect_with(
    config: Config,
    filter: ToolFilter,
    person: Person,
    era: Era,
) -> Client {
    let toolbox = Toolbox::new(Registry::collect().unwrap(), config, filter);
    let handler = Handler::new(Arc::new(toolbox));
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (read, write) = tokio::io::split(ours);
    tokio::spawn(async move {
        let transport = mcp_confluent::server::stdio::Stdio::new(read, write);
        handler
            .serve(transport)
            .await
            .unwrap()
            .waiting()
            .await
            .unwrap();
    });
    match era {
        Era::Session => person.serve(theirs).await.unwrap(),
        Era::Stateless => {
            let lifecycle = ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            };
            serve_client_with_lifecycle(person, theirs, lifecycle)
                .await
                .unwrap()
        }
    }
}

pub(crate) fn request(tool: &str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object, not {arguments}");
    };
    CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)
}

pub(crate) async fn call(client: &Client, tool: &str, arguments: Value) -> CallToolResult {
    let answer = client.call_tool(request(tool, arguments));
    tokio::time::timeout(Duration::from_secs(20), answer)
        .await
        .unwrap()
        .unwrap()
}

pub(crate) fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

pub(crate) fn failed(result: &CallToolResult) -> bool {
    result.is_error == Some(true)
}

/// Waits until `happened` says so.
pub(crate) async fn eventually(what: &str, happened: impl Fn() -> bool) {
    let wait = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .expect(what);
}
