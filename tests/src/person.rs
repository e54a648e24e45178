//! [`Person`]: who sits at the client and answers questions.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// Whoever answers what the server asks, and what was asked.
#[derive(Debug, Clone, Default)]
pub struct Person {
    manner: Manner,
    asked: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Manner {
    #[default]
    Absent,
    Accepts,
    GoesTo,
    Unticks,
    Declines,
    Cancels,
    Silent,
}

impl Person {
    fn with(manner: Manner) -> Self {
        Self {
            manner,
            asked: Arc::default(),
        }
    }

    /// Nobody: the client declares that it cannot show questions.
    pub fn absent() -> Self {
        Self::with(Manner::Absent)
    }

    /// Says yes to everything.
    pub fn accepts() -> Self {
        Self::with(Manner::Accepts)
    }

    /// Goes to the addresses that are shown; what was asked then ends with them.
    pub fn goes_to_addresses() -> Self {
        Self::with(Manner::GoesTo)
    }

    /// Sends the form off with the box for yes left empty.
    pub fn unticks() -> Self {
        Self::with(Manner::Unticks)
    }

    /// Says no.
    pub fn declines() -> Self {
        Self::with(Manner::Declines)
    }

    /// Closes the question without an answer.
    pub fn cancels() -> Self {
        Self::with(Manner::Cancels)
    }

    /// Looks at the question for ever.
    pub fn silent() -> Self {
        Self::with(Manner::Silent)
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .expect("nobody panics while holding it")
            .clone()
    }

    /// The client capabilities that go with this person.
    pub fn capabilities(&self) -> Value {
        match self.manner {
            Manner::Absent => json!({}),
            Manner::GoesTo => json!({ "elicitation": { "url": {} } }),
            _ => json!({ "elicitation": {} }),
        }
    }

    /// The result of an `elicitation/create` with these parameters; `None` from who stays silent.
    pub fn answer(&self, params: &Value) -> Option<Value> {
        let question = params["message"]
            .as_str()
            .expect("a question has a text")
            .to_owned();
        let question = if self.manner == Manner::GoesTo {
            assert_eq!(params["mode"], "url", "{params}");
            format!("{question} {}", params["url"].as_str().expect("an address"))
        } else {
            assert_eq!(params["requestedSchema"]["type"], "object", "{params}");
            question
        };
        self.asked
            .lock()
            .expect("nobody panics while holding it")
            .push(question);
        match self.manner {
            Manner::GoesTo => Some(json!({ "action": "accept" })),
            Manner::Absent => panic!("asked a client that cannot show questions: {params}"),
            Manner::Accepts => Some(json!({ "action": "accept", "content": form(params, true) })),
            Manner::Unticks => Some(json!({ "action": "accept", "content": form(params, false) })),
            Manner::Declines => Some(json!({ "action": "decline" })),
            Manner::Cancels => Some(json!({ "action": "cancel" })),
            Manner::Silent => None,
        }
    }

    /// The response to a request of the server.
    pub(crate) fn respond(&self, request: &Value) -> Option<Value> {
        let id = &request["id"];
        match request["method"].as_str() {
            Some("elicitation/create") => {
                let result = self.answer(&request["params"])?;
                Some(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
            }
            Some("ping") => Some(json!({ "jsonrpc": "2.0", "id": id, "result": {} })),
            method => {
                let error = json!({ "code": -32601, "message": format!("no {method:?} here") });
                Some(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
            }
        }
    }
}

/// The form filled in: every box gets `tick`.
fn form(params: &Value, tick: bool) -> Value {
    let fields = params["requestedSchema"]["properties"]
        .as_object()
        .expect("a form has fields");
    fields
        .iter()
        .map(|(name, field)| {
            assert_eq!(
                field["type"], "boolean",
                "only boxes are expected: {params}"
            );
            (name.clone(), json!(tick))
        })
        .collect()
}
