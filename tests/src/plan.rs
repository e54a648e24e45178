//! [`Plan`]: everything that can happen to a tool, as data.

use std::{collections::BTreeMap, time::Duration};

use mcp_confluent_sandbox::cloud::Fault;
use serde_json::{Value, json};

use crate::{Client, CloudWorld, Era, Person, ToolAnswer, cloud::SECRET, eventually};

/// Longer than any test waits.
const FOR_EVER: Duration = Duration::from_hours(1);
/// More requests than any call makes.
const ALWAYS: usize = 10_000;
/// What the services refuse with, and the kind of error it is.
const REFUSALS: [(u16, &str); 7] = [
    (400, "argument"),
    (401, "unauthenticated"),
    (403, "denied"),
    (404, "not_found"),
    (409, "conflict"),
    (429, "upstream"),
    (500, "upstream"),
];
/// Stands for the address of the cloud in arguments.
pub const CLOUD: &str = "{cloud}";
/// What the server adds to the arguments of a tool.
const OF_THE_SERVER: [&str; 2] = ["connectionId", "confirmToken"];

/// A column of the document of the coverage, which explains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "explained in the document")]
pub enum Case {
    Minimal,
    All,
    Pages,
    Arguments,
    Status(u16),
    Page,
    Empty,
    Away,
    TimeOut,
    Cancelled,
    ReadOnly,
}

impl Case {
    /// Every case, in the order of the columns.
    pub fn all() -> Vec<Self> {
        let mut cases = vec![Self::Minimal, Self::All, Self::Pages, Self::Arguments];
        cases.extend(REFUSALS.map(|(status, _)| Self::Status(status)));
        cases.extend([Self::Page, Self::Empty, Self::Away]);
        cases.extend([Self::TimeOut, Self::Cancelled, Self::ReadOnly]);
        cases
    }

    /// The title of its column.
    pub fn title(self) -> String {
        let title = match self {
            Self::Minimal => "minimal",
            Self::All => "all",
            Self::Pages => "pages",
            Self::Arguments => "arguments",
            Self::Status(status) => return status.to_string(),
            Self::Page => "502",
            Self::Empty => "empty",
            Self::Away => "away",
            Self::TimeOut => "time-out",
            Self::Cancelled => "cancelled",
            Self::ReadOnly => "read-only",
        };
        title.to_owned()
    }
}

/// Everything that can happen to one tool.
///
/// A plan says what is particular about the tool; [`Plan::play`] plays all cases with a
/// [`CloudWorld`] of its own and a server behind its pipes: wrong and unknown arguments; of an HTTP
/// service the statuses 400, 401, 403, 404, 409, 429 and 500 with and without a body, and a web page
/// with status 502; nobody at the address; a service that does not answer, until the deadline and
/// until the client cancels; a read-only connection; an empty list; pages; the minimal call and the
/// one with all arguments.
/// Every good answer is checked against the tool's output schema, no answer may show the secret.
///
/// ```no_run
/// # use mcp_confluent_tests::Plan;
/// # use serde_json::json;
/// # async {
/// let plan = Plan::reads("list-clusters")
///     .all(json!({ "environmentId": "env-shop01", "pageSize": 5, "pageToken": "from-0" }))
///     .wrong(json!({ "pageSize": 0 }), "pageSize")
///     .pages("items", json!({ "environmentId": "env-team01" }))
///     .empty("items", json!({ "environmentId": "env-team02" }));
/// plan.play().await;
/// # };
/// ```
///
/// The macro `plays!` of the end-to-end tests makes a test of each plan and a row of
/// `docs/coverage.md`. What a tool's answer should hold is for tests of its own.
#[derive(Debug, Clone)]
pub struct Plan {
    tool: &'static str,
    behind: Behind,
    writes: bool,
    path: &'static str,
    before: Vec<(&'static str, Value)>,
    minimal: Value,
    all: Option<Value>,
    wrong: Vec<(Value, &'static str)>,
    pages: Option<Pages>,
    empty: Option<Empty>,
    refusals: BTreeMap<u16, &'static str>,
    has_deadline: bool,
    apart: &'static [&'static str],
}

/// What answers a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// HTTP services.
    Cloud,
    /// The broker, over Kafka's protocol.
    Broker,
    /// The server alone.
    Server,
}

#[derive(Debug, Clone)]
enum Pages {
    /// The list at this key, with these arguments.
    Of(&'static str, Value),
    /// As above; the service is made to answer this page first.
    After(&'static str, Value),
}

#[derive(Debug, Clone)]
enum Empty {
    /// The list at this key is empty with these arguments.
    With(&'static str, Value),
    /// The list at this key is empty if the service answers this.
    Answer(&'static str, Value),
}

impl Plan {
    fn new(tool: &'static str, writes: bool) -> Self {
        Self {
            tool,
            behind: Behind::Cloud,
            writes,
            path: "",
            before: Vec::new(),
            minimal: json!({}),
            all: None,
            wrong: Vec::new(),
            pages: None,
            empty: None,
            refusals: REFUSALS.into(),
            has_deadline: true,
            apart: &[],
        }
    }

    /// For a tool that only reads.
    pub fn reads(tool: &'static str) -> Self {
        Self::new(tool, false)
    }

    /// For a tool that changes something. The failures are played first, then the minimal call, then
    /// the one with all arguments; on Kafka the minimal call comes before the failures, as a broker
    /// does what it is asked even if nobody waits for the answer.
    pub fn writes(tool: &'static str) -> Self {
        Self::new(tool, true)
    }

    /// The tool speaks to the broker, over Kafka's protocol.
    #[must_use]
    pub fn on_kafka(mut self) -> Self {
        self.behind = Behind::Broker;
        self
    }

    /// The tool speaks to nobody.
    #[must_use]
    pub fn on_nothing(mut self) -> Self {
        self.behind = Behind::Server;
        self.has_deadline = false;
        self
    }

    /// What is required; `{}` if this is not said.
    #[must_use]
    pub fn minimal(mut self, arguments: Value) -> Self {
        self.minimal = arguments;
        self
    }

    /// Every argument the tool has, which is checked; the minimal call if this is not said.
    #[must_use]
    pub fn all(mut self, arguments: Value) -> Self {
        self.all = Some(arguments);
        self
    }

    /// Arguments that exclude those of [`Plan::all`] and are left to other tests.
    #[must_use]
    pub fn apart(mut self, arguments: &'static [&'static str]) -> Self {
        self.apart = arguments;
        self
    }

    /// Arguments that are put over the minimal ones and refused before anything is sent, in a message
    /// that names `argument`.
    #[must_use]
    pub fn wrong(mut self, arguments: Value, argument: &'static str) -> Self {
        self.wrong.push((arguments, argument));
        self
    }

    /// The tool takes `pageSize` and `pageToken`, and gives the list `list`, which has at least two
    /// items with `arguments` over the minimal ones.
    #[must_use]
    pub fn pages(mut self, list: &'static str, arguments: Value) -> Self {
        self.pages = Some(Pages::Of(list, arguments));
        self
    }

    /// As [`Plan::pages`], for a list that has but one page in the sandbox: `first` is the answer of
    /// the service for a page before that one, of one item and with the token `from-0` for the next.
    #[must_use]
    pub fn pages_after(mut self, list: &'static str, first: Value) -> Self {
        self.pages = Some(Pages::After(list, first));
        self
    }

    /// The list `list` is empty with `arguments` over the minimal ones.
    #[must_use]
    pub fn empty(mut self, list: &'static str, arguments: Value) -> Self {
        self.empty = Some(Empty::With(list, arguments));
        self
    }

    /// The list `list` is empty if the service answers `body`.
    #[must_use]
    pub fn empty_answer(mut self, list: &'static str, body: Value) -> Self {
        self.empty = Some(Empty::Answer(list, body));
        self
    }

    /// A call that has to go well before anything else, to make what the tool works on.
    #[must_use]
    pub fn before(mut self, tool: &'static str, arguments: Value) -> Self {
        self.before.push((tool, arguments));
        self
    }

    /// Only requests to paths that begin with `path` fail, instead of all.
    #[must_use]
    pub fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// The tool answers `status` of the service with an error of this kind, or with `ok`.
    #[must_use]
    pub fn answers(mut self, status: u16, kind: &'static str) -> Self {
        self.refusals.insert(status, kind);
        self
    }

    /// The tool has no deadline that a test can wait for.
    #[must_use]
    pub fn long_running(mut self) -> Self {
        self.has_deadline = false;
        self
    }

    /// The tool's name.
    pub fn tool(&self) -> &'static str {
        self.tool
    }

    /// Whether [`Plan::play`] plays `case`.
    pub fn plays(&self, case: Case) -> bool {
        match case {
            Case::Pages => self.pages.is_some(),
            Case::Empty => self.empty.is_some(),
            Case::TimeOut => self.has_deadline,
            Case::ReadOnly => self.writes,
            Case::Status(_) | Case::Page => self.behind == Behind::Cloud,
            Case::Away | Case::Cancelled => self.behind != Behind::Server,
            Case::Minimal | Case::All | Case::Arguments => true,
        }
    }

    /// Plays every case.
    pub async fn play(&self) {
        let world = CloudWorld::start().await;
        let client = world.client().await;
        let run = Run {
            plan: self,
            world: &world,
            client: &client,
        };
        for (tool, arguments) in &self.before {
            client.data(tool, arguments.clone()).await;
        }
        run.listed().await;
        let begins_well = self.writes && self.behind == Behind::Broker;
        if begins_well {
            run.good("minimal", self.minimal.clone()).await;
        }
        run.arguments().await;
        run.refusals().await;
        run.away().await;
        run.time_out().await;
        run.cancelled().await;
        run.read_only().await;
        run.empty().await;
        run.pages().await;
        if !begins_well {
            run.good("minimal", self.minimal.clone()).await;
        }
        if let Some(all) = &self.all {
            run.good("all", all.clone()).await;
        }
        client.close().await;
    }

    /// The minimal arguments with others over them.
    fn with(&self, arguments: &Value) -> Value {
        let mut together = self.minimal.clone();
        for (name, value) in arguments.as_object().expect("arguments are an object") {
            together[name] = value.clone();
        }
        together
    }
}

struct Run<'a> {
    plan: &'a Plan,
    world: &'a CloudWorld,
    client: &'a Client,
}

impl Run<'_> {
    async fn call(&self, arguments: Value) -> ToolAnswer {
        let arguments = self.placed(&arguments);
        let answer = self.client.call(self.plan.tool, arguments).await;
        self.keeps_the_secret(&answer);
        answer
    }

    /// The arguments with the address of the cloud in the place of [`CLOUD`].
    fn placed(&self, arguments: &Value) -> Value {
        let text = arguments
            .to_string()
            .replace(CLOUD, &self.world.cloud.url());
        serde_json::from_str(&text).expect("an address needs no escapes")
    }

    fn keeps_the_secret(&self, answer: &ToolAnswer) {
        let shown = answer.result.to_string();
        assert!(!shown.contains(SECRET), "{}: {shown}", self.plan.tool);
    }

    async fn good(&self, case: &str, arguments: Value) -> Value {
        let answer = self.call(arguments).await;
        let tool = self.plan.tool;
        assert!(!answer.is_error(), "{tool}, {case}: {}", answer.text());
        answer.data().clone()
    }

    fn failed<'a>(&self, case: &str, answer: &'a ToolAnswer, kind: &str) -> &'a str {
        let (tool, text) = (self.plan.tool, answer.text());
        assert!(answer.is_error(), "{tool}, {case}: went well: {text}");
        let found = &answer.result["_meta"]["error"]["kind"];
        assert_eq!(found, kind, "{tool}, {case}: {text}");
        text
    }

    fn fail(&self, fault: Fault) {
        self.world.cloud.fail_next(self.plan.path, ALWAYS, fault);
    }

    fn stop_failing(&self) {
        let none = Fault::status(500);
        self.world.cloud.fail_next(self.plan.path, 0, none);
    }

    /// The plan says what the tool says of itself, and forgets no argument.
    async fn listed(&self) {
        let tool = self.client.tool(self.plan.tool).await;
        let reads = &tool["annotations"]["readOnlyHint"];
        assert_eq!(*reads, !self.plan.writes, "{}", self.plan.tool);
        let all = self.plan.all.as_ref().unwrap_or(&self.plan.minimal);
        let known = tool["inputSchema"]["properties"].as_object();
        let forgotten: Vec<_> = known
            .into_iter()
            .flat_map(|known| known.keys())
            .filter(|name| all[name.as_str()].is_null())
            .filter(|name| !OF_THE_SERVER.contains(&name.as_str()))
            .filter(|name| !self.plan.apart.contains(&name.as_str()))
            .collect();
        assert!(
            forgotten.is_empty(),
            "{}, all: {forgotten:?}",
            self.plan.tool
        );
    }

    async fn arguments(&self) {
        let before = self.world.cloud.requests();
        let unknown = (json!({ "noSuchArgument": 1 }), "noSuchArgument");
        for (arguments, name) in self.plan.wrong.iter().chain([&unknown]) {
            let answer = self.call(self.plan.with(arguments)).await;
            let text = self.failed(&format!("wrong {name}"), &answer, "argument");
            assert!(text.contains(name), "{}: {text}", self.plan.tool);
        }
        assert_eq!(self.world.cloud.requests(), before, "{}", self.plan.tool);
    }

    async fn refusals(&self) {
        if self.plan.behind != Behind::Cloud {
            return;
        }
        for (&status, &kind) in &self.plan.refusals {
            for has_body in [true, false] {
                let mut fault = if has_body {
                    Fault::status(status)
                } else {
                    Fault::empty(status)
                };
                if status == 429 {
                    // A wait that nobody has makes the server give up at once.
                    fault = fault.retry_after(600);
                }
                self.fail(fault);
                let answer = self.call(self.plan.minimal.clone()).await;
                self.stop_failing();
                let case = format!("{status}, body: {has_body}");
                if kind == "ok" {
                    assert!(!answer.is_error(), "{case}: {}", answer.text());
                    continue;
                }
                let text = self.failed(&case, &answer, kind);
                assert!(text.contains(&status.to_string()), "{case}: {text}");
                assert!(status == 500 || text.contains("Next: "), "{case}: {text}");
                assert!(status != 429 || text.contains("600 s"), "{case}: {text}");
            }
        }
        self.fail(Fault::html(502));
        let answer = self.call(self.plan.minimal.clone()).await;
        self.stop_failing();
        let text = self.failed("a page", &answer, "upstream");
        assert!(text.contains("502 Bad Gateway"), "{text}");
        assert!(!text.contains('<'), "{text}");
    }

    async fn away(&self) {
        let CloudWorld { cloud, broker, .. } = self.world;
        let address = match self.plan.behind {
            Behind::Cloud => {
                cloud.stop();
                cloud.url().replace("http://", "")
            }
            Behind::Broker => {
                broker.stop().await;
                broker.sasl_bootstrap_servers().expect("it has a user")
            }
            Behind::Server => return,
        };
        let answer = self.call(self.plan.minimal.clone()).await;
        let text = self.failed("away", &answer, "unreachable");
        assert!(text.contains(&address), "{text}");
        match self.plan.behind {
            Behind::Broker => broker.restart().await.expect("the port is free"),
            _ => cloud.restart().await.expect("the port is free"),
        }
    }

    /// The service does not answer any more.
    fn hang(&self) {
        self.world.cloud.set_response_delay(FOR_EVER);
        self.world.broker.set_response_delay(FOR_EVER);
    }

    /// What the service has not answered was taken back; it answers again.
    async fn taken_back(&self) {
        self.world.broker.set_response_delay(Duration::ZERO);
        self.world.broker.close_connections();
        eventually("the request is taken back", async || {
            self.world.cloud.waiting() == 0
        })
        .await;
        self.world.cloud.set_response_delay(Duration::ZERO);
    }

    async fn time_out(&self) {
        if !self.plan.has_deadline {
            return;
        }
        let safety = json!({ "default_timeout_seconds": 1 });
        let config = self.world.config().set("safety", safety);
        let client = Client::start_with(&config, Era::Stateless, &Person::accepts()).await;
        self.hang();
        let minimal = self.placed(&self.plan.minimal);
        let answer = client.call(self.plan.tool, minimal).await;
        self.failed("time-out", &answer, "timed_out");
        self.keeps_the_secret(&answer);
        self.taken_back().await;
        client.close().await;
    }

    async fn cancelled(&self) {
        if self.plan.behind == Behind::Server {
            return;
        }
        self.hang();
        let call = json!({ "name": self.plan.tool, "arguments": self.placed(&self.plan.minimal) });
        let call = self.client.begin(call).await;
        eventually("the service was asked", async || {
            self.plan.behind == Behind::Broker || self.world.cloud.waiting() > 0
        })
        .await;
        let cancel = json!({ "requestId": call.id });
        let server = self.client.server();
        server.notify("notifications/cancelled", cancel).await;
        self.taken_back().await;
        self.client
            .data("list-configured-connections", json!({}))
            .await;
        assert!(call.is_unanswered(), "{}: answered", self.plan.tool);
    }

    async fn read_only(&self) {
        if !self.plan.writes {
            return;
        }
        let mut connection = self.world.connection();
        connection["read_only"] = true.into();
        let config = crate::Config::new().connection("cloud", connection);
        let client = Client::start_with(&config, Era::Session, &Person::accepts()).await;
        let before = self.world.cloud.requests();
        let answer = client.call(self.plan.tool, self.plan.minimal.clone()).await;
        self.failed("read-only", &answer, "refused");
        assert_eq!(self.world.cloud.requests(), before, "{}", self.plan.tool);
        client.close().await;
    }

    async fn empty(&self) {
        let (list, data) = match &self.plan.empty {
            None => return,
            Some(Empty::With(list, arguments)) => {
                (list, self.good("empty", self.plan.with(arguments)).await)
            }
            Some(Empty::Answer(list, body)) => {
                self.fail(Fault::json(200, body));
                let data = self.good("empty", self.plan.minimal.clone()).await;
                self.stop_failing();
                (list, data)
            }
        };
        assert_eq!(data[list], json!([]), "{}: {data}", self.plan.tool);
    }

    async fn pages(&self) {
        let tool = self.plan.tool;
        match &self.plan.pages {
            None => {}
            Some(Pages::Of(list, arguments)) => {
                let mut arguments = self.plan.with(arguments);
                arguments["pageSize"] = 1000.into();
                let whole = self.good("the whole list", arguments.clone()).await;
                assert_eq!(whole["nextPageToken"], Value::Null, "{tool}: {whole}");
                let whole = items(&whole, list);
                assert!(whole.len() > 1, "{tool}: there is but one page");
                arguments["pageSize"] = (whole.len() - 1).into();
                let first = self.good("the first page", arguments.clone()).await;
                arguments["pageToken"] = first["nextPageToken"].clone();
                let second = self.good("the second page", arguments).await;
                assert_eq!(second["nextPageToken"], Value::Null, "{tool}: {second}");
                let parts = [items(&first, list), items(&second, list)].concat();
                assert_eq!(parts, whole, "{tool}");
            }
            Some(Pages::After(list, first)) => {
                let page = Fault::json(200, first);
                self.world.cloud.fail_next(self.plan.path, 1, page);
                let mut arguments = self.plan.with(&json!({ "pageSize": 1 }));
                let first = self.good("the first page", arguments.clone()).await;
                assert_eq!(items(&first, list).len(), 1, "{tool}: {first}");
                assert_eq!(first["nextPageToken"], "from-0", "{tool}");
                arguments["pageToken"] = first["nextPageToken"].clone();
                let second = self.good("the second page", arguments.clone()).await;
                arguments = self.plan.with(&json!({}));
                let whole = self.good("the whole list", arguments).await;
                assert_eq!(items(&second, list), items(&whole, list), "{tool}");
            }
        }
    }
}

fn items(data: &Value, list: &str) -> Vec<Value> {
    let items = data[list].as_array();
    items.unwrap_or_else(|| panic!("no {list}: {data}")).clone()
}
