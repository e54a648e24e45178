//! [`Client`]: an MCP client of either protocol era that checks everything it is told.

use serde_json::{Map, Value, json};
use tokio::{
    sync::{OnceCell, oneshot},
    time::Instant,
};

use crate::{
    Config, ToolAnswer,
    person::Person,
    server::{Server, Start},
};

/// A generation of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25 and before: `initialize`, then requests within that session.
    Session,
    /// 2026-07-28: every request says who asks and what the client can do.
    Stateless,
}

impl Era {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Session, Self::Stateless];

    /// The version this client speaks.
    pub fn version(self) -> &'static str {
        match self {
            Self::Session => "2025-11-25",
            Self::Stateless => "2026-07-28",
        }
    }
}

/// A client that has said hello.
pub struct Client {
    server: Server,
    era: Era,
    /// What the server said about itself.
    pub hello: Value,
    tools: OnceCell<Vec<Value>>,
}

/// A call that was sent and is not answered yet.
pub struct PendingCall {
    /// The request's id.
    pub id: i64,
    response: oneshot::Receiver<Value>,
    started: Instant,
}

impl PendingCall {
    /// Whether no answer has arrived yet.
    pub fn is_unanswered(&self) -> bool {
        self.response.is_empty()
    }
}

impl Client {
    /// Starts the server with `config` for a client without a person.
    pub async fn start(config: &Config, era: Era) -> Self {
        Self::greet(Start::new().config(config.clone()).spawn(), era).await
    }

    /// Starts the server with `config` for a client with `person` in front of it.
    pub async fn start_with(config: &Config, era: Era, person: &Person) -> Self {
        Self::greet(
            Start::new()
                .config(config.clone())
                .person(person.clone())
                .spawn(),
            era,
        )
        .await
    }

    /// Says hello to a server that was just started.
    pub async fn greet(server: Server, era: Era) -> Self {
        let mut client = Self {
            server,
            era,
            hello: Value::Null,
            tools: OnceCell::new(),
        };
        let hello = match era {
            Era::Session => {
                let params = json!({
                    "protocolVersion": era.version(),
                    "capabilities": client.server.person.capabilities(),
                    "clientInfo": { "name": "tests", "version": "1" },
                });
                let hello = client.request("initialize", params).await;
                client
                    .server
                    .notify("notifications/initialized", json!({}))
                    .await;
                hello
            }
            Era::Stateless => client.request("server/discover", json!({})).await,
        };
        client.hello = hello;
        client
    }

    /// The server behind this client.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The era it speaks.
    pub fn era(&self) -> Era {
        self.era
    }

    /// Hangs up and waits for the server's good end.
    pub async fn close(self) {
        self.server.close().await;
    }

    /// Hangs up without waiting, for tests of what happens then.
    pub fn into_server(self) -> Server {
        self.server
    }

    /// The parameters with what this era puts into every request.
    fn params(&self, params: Value) -> Value {
        let Value::Object(mut params) = params else {
            panic!("parameters are an object: {params}")
        };
        if self.era == Era::Stateless {
            let meta = params.entry("_meta").or_insert_with(|| json!({}));
            let meta = meta.as_object_mut().expect("`_meta` is an object");
            let ours = [
                ("protocolVersion", json!(self.era.version())),
                ("clientInfo", json!({ "name": "tests", "version": "1" })),
                ("clientCapabilities", self.server.person.capabilities()),
            ];
            for (key, value) in ours {
                meta.entry(format!("io.modelcontextprotocol/{key}"))
                    .or_insert(value);
            }
        }
        Value::Object(params)
    }

    /// Sends a request; its result, or its error.
    pub async fn try_request(&self, method: &str, params: Value) -> Result<Value, Value> {
        self.judge(self.server.exchange(method, self.params(params)).await)
    }

    /// Sends a request that has to go well.
    pub async fn request(&self, method: &str, params: Value) -> Value {
        match self.try_request(method, params).await {
            Ok(result) => result,
            Err(error) => panic!("{method}: {error}\n{}", self.server.log()),
        }
    }

    fn judge(&self, mut response: Value) -> Result<Value, Value> {
        if response["error"].is_object() {
            return Err(response["error"].take());
        }
        let result = response["result"].take();
        assert!(
            result.is_object(),
            "neither a result nor an error: {response}"
        );
        let says_type = result["resultType"].is_string();
        assert_eq!(
            says_type,
            self.era == Era::Stateless,
            "resultType belongs to 2026-07-28: {result}"
        );
        Ok(result)
    }

    /// The tools that are listed, asked for once.
    pub async fn tools(&self) -> &[Value] {
        self.tools
            .get_or_init(async || {
                let mut result = self.request("tools/list", json!({})).await;
                let Value::Array(tools) = result["tools"].take() else {
                    panic!("no tools: {result}")
                };
                tools
            })
            .await
    }

    /// One listed tool.
    pub async fn tool(&self, name: &str) -> &Value {
        let tools = self.tools().await;
        tools
            .iter()
            .find(|tool| tool["name"] == name)
            .unwrap_or_else(|| panic!("{name} is not listed"))
    }

    /// Calls a tool and answers what it asks on the way; its result is checked against the tool's
    /// output schema.
    pub async fn call(&self, tool: &str, arguments: Value) -> ToolAnswer {
        self.call_with(json!({ "name": tool, "arguments": arguments }))
            .await
    }

    /// As [`call`](Self::call), with other parameters than name and arguments.
    pub async fn call_with(&self, params: Value) -> ToolAnswer {
        let call = self.begin(params.clone()).await;
        self.finish(call, params).await
    }

    /// Sends a call and does not wait.
    pub async fn begin(&self, params: Value) -> PendingCall {
        let started = Instant::now();
        let (id, response) = self.server.send("tools/call", self.params(params)).await;
        PendingCall {
            id,
            response,
            started,
        }
    }

    /// Waits for a call sent with [`begin`](Self::begin) with the same parameters.
    pub async fn finish(&self, call: PendingCall, params: Value) -> ToolAnswer {
        let tool = params["name"]
            .as_str()
            .expect("a call names its tool")
            .to_owned();
        let started = call.started;
        let mut response = call.response;
        for _round in 0..5 {
            let answer = self.server.arrival(response, &tool).await;
            let result = self
                .judge(answer)
                .unwrap_or_else(|error| panic!("{tool}: protocol error {error}"));
            if result["resultType"] != "input_required" {
                self.check(&tool, &result).await;
                return ToolAnswer {
                    result,
                    took: started.elapsed(),
                };
            }
            let again = self.answer_questions(&params, &result);
            response = self.server.send("tools/call", self.params(again)).await.1;
        }
        panic!("{tool} asks again and again");
    }

    /// The call once more, with the person's answers.
    fn answer_questions(&self, params: &Value, result: &Value) -> Value {
        let mut answers = Map::new();
        for (key, question) in result["inputRequests"].as_object().into_iter().flatten() {
            assert_eq!(question["method"], "elicitation/create", "{result}");
            if let Some(answer) = self.server.person.answer(&question["params"]) {
                answers.insert(key.clone(), answer);
            }
        }
        let mut again = params.clone();
        again["inputResponses"] = Value::Object(answers);
        again["requestState"] = result["requestState"].clone();
        again
    }

    /// A result is prose and, if it is a good one, data of the promised shape.
    async fn check(&self, tool: &str, result: &Value) {
        let listed = self
            .tools()
            .await
            .iter()
            .find(|listed| listed["name"] == tool);
        let text = result["content"][0]["text"].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{tool} says nothing: {result}");
        let data = &result["structuredContent"];
        if result["isError"] == true {
            assert!(data.is_null(), "{tool} failed and has data: {result}");
            return;
        }
        let schema = &listed.unwrap_or_else(|| panic!("{tool} is not listed"))["outputSchema"];
        let problems = problems(schema, data);
        assert!(
            problems.is_empty(),
            "{tool} breaks its output schema: {problems:?}\n{data}"
        );
    }

    /// Calls a tool, which has to go well; its data.
    pub async fn data(&self, tool: &str, arguments: Value) -> Value {
        self.call(tool, arguments).await.data().clone()
    }
}

/// What is wrong with `data` according to `schema`; nothing if all is well.
pub fn problems(schema: &Value, data: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::options()
        .build(schema)
        .unwrap_or_else(|error| panic!("not a schema: {error}\n{schema}"));
    validator
        .iter_errors(data)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}
