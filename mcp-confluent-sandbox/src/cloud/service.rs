//! From a connection to the service that answers, and back.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use parking_lot::Mutex;
use serde_json::Value;

use super::call::{Call, reply};
use super::errors::ApiError;
use super::login::{Plane, SignIns};
use super::world::World;
use super::{
    billing, catalog, connect, docs, flink, kafka_rest, logs, resources, table, tableflow,
    telemetry,
};
use crate::Sandbox;
use crate::broker::Broker;
use crate::http::{Answer, Faults, Request, Service, answer, is_allowed};
use crate::registry::{self, Registry};

/// How many requests are remembered.
const MAX_REQUESTS: usize = 1000;

/// What the registry answers, by the first word of the path; of associations, that it has none.
const OF_REGISTRY: [&str; 8] = [
    "associations",
    "compatibility",
    "config",
    "contexts",
    "mode",
    "schemas",
    "subjects",
    "v1",
];

/// What a service answers when it is told to fail.
#[derive(Debug, Clone)]
pub struct Fault {
    status: u16,
    media_type: &'static str,
    body: Option<String>,
    retry_after: Option<u64>,
}

impl Fault {
    /// The status with an error in the words of the service.
    pub fn status(status: u16) -> Self {
        let error = ApiError::new(status, "a failure that was asked for");
        Self {
            status,
            media_type: "application/json",
            body: Some(error.body("").to_string()),
            retry_after: None,
        }
    }

    /// The status with a page for browsers, as proxies send it.
    pub fn html(status: u16) -> Self {
        Self {
            media_type: "text/html",
            body: Some(format!(
                "<!doctype html><html><head><title>{status} Bad Gateway</title></head>\
                 <body><h1>{status} Bad Gateway</h1><p>nginx</p></body></html>"
            )),
            ..Self::status(status)
        }
    }

    /// The status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self {
            body: None,
            ..Self::status(status)
        }
    }

    /// The status and this body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            body: Some(body.to_string()),
            ..Self::status(status)
        }
    }

    /// With a `Retry-After` of so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// What every connection needs.
pub(super) struct Shared {
    keys: Vec<(String, String)>,
    sign_ins: Option<Mutex<SignIns>>,
    broker: Arc<Broker>,
    registry: Arc<registry::Shared>,
    world: Mutex<World>,
    url: OnceLock<String>,
    pub(super) faults: Faults<Fault>,
    pub(super) requests: Mutex<VecDeque<String>>,
}

impl Shared {
    pub(super) fn new(
        keys: Vec<(String, String)>,
        signs_in: Option<String>,
        broker: &Sandbox,
        registry: &Registry,
    ) -> Self {
        let with_tokens = broker
            .sasl_bootstrap_servers()
            .filter(|_| signs_in.is_some());
        let bootstrap = match with_tokens {
            Some(servers) => format!("SASL_PLAINTEXT://{servers}"),
            None => format!("PLAINTEXT://{}", broker.bootstrap_servers()),
        };
        Self {
            keys,
            sign_ins: signs_in.map(|user| Mutex::new(SignIns::new(user))),
            broker: broker.broker(),
            registry: registry.shared(),
            world: Mutex::new(World::new(broker.port(), bootstrap)),
            url: OnceLock::new(),
            faults: Faults::default(),
            requests: Mutex::default(),
        }
    }

    pub(super) fn listens_at(&self, port: u16) {
        self.url.get_or_init(|| format!("http://127.0.0.1:{port}"));
    }

    /// Does something with the sign-ins, where there can be any.
    pub(super) fn with_sign_ins<T>(&self, work: impl FnOnce(&mut SignIns) -> T) -> Option<T> {
        let sign_ins = self.sign_ins.as_ref()?;
        Some(work(&mut sign_ins.lock()))
    }

    fn remember(&self, head: &Parts) {
        let requests = &mut *self.requests.lock();
        if requests.len() == MAX_REQUESTS {
            requests.pop_front();
        }
        let target = head.uri.path_and_query().map_or("/", |it| it.as_str());
        requests.push_back(format!("{} {target}", head.method));
    }

    fn route(&self, request: &Request<'_>) -> Result<Answer, ApiError> {
        let (route, path) = table::find(request).ok_or_else(|| {
            let path = request.segments.join("/");
            ApiError::bad_request(format!("there is no route {} /{path}", request.method))
        })?;
        let body =
            match request.body {
                [] => None,
                body => Some(serde_json::from_slice::<Value>(body).map_err(|error| {
                    ApiError::bad_request(format!("the body is no JSON: {error}"))
                })?),
            };
        let problems = route.problems(request, body.as_ref());
        if !problems.is_empty() {
            return Err(ApiError::bad_request(problems.join("; ")));
        }
        let mut call = Call {
            route: route.name,
            path,
            request,
            body: body.unwrap_or_default(),
            world: &mut self.world.lock(),
            broker: &self.broker,
            registry: &self.registry,
            url: self.url.get().map_or("", String::as_str),
        };
        match request.segments.first().map_or("", String::as_str) {
            "billing" => billing::answer(&call),
            _ if docs::is_open(&request.segments) => docs::answer(&call),
            "api" | "logs" => logs::answer(&mut call),
            "connect" => connect::answer(&mut call),
            "kafka" => kafka_rest::answer(&mut call),
            "v2" => telemetry::answer(&mut call),
            "catalog" => catalog::answer(&mut call),
            "tableflow" => tableflow::answer(&mut call),
            "sql" => flink::answer(&mut call),
            "org" | "cmk" | "srcm" | "fcpm" => resources::answer(&mut call),
            _ => Err(ApiError::new(
                501,
                format!("{} is not in the sandbox", route.name),
            )),
        }
    }
}

impl Service for Shared {
    type Fault = Fault;

    fn faults(&self) -> &Faults<Fault> {
        &self.faults
    }

    fn fail(&self, fault: Fault) -> Answer {
        let mut answer = answer(
            fault.status,
            fault.media_type,
            fault.body.unwrap_or_default(),
        );
        if let Some(seconds) = fault.retry_after {
            answer
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }

    fn too_large(&self, reason: String) -> Answer {
        reply(413, &ApiError::new(413, reason).body(""))
    }

    fn answer(&self, head: &Parts, body: &Bytes) -> Answer {
        self.remember(head);
        let request = match Request::new(head, body) {
            Ok(request) => request,
            Err(reason) => return reply(400, &ApiError::bad_request(reason).body("")),
        };
        if SignIns::concerns(&request, &head.headers)
            && let Some(answer) = self.with_sign_ins(|it| it.answer(&request, &head.headers))
        {
            return answer;
        }
        let service = request.segments.first().map_or("", String::as_str);
        let signed_in = self
            .with_sign_ins(|it| it.admit(Plane::of(service), service, &head.headers))
            .unwrap_or(false);
        let allowed = match service {
            _ if signed_in => true,
            "logs" => self.world.lock().tokens.admit(&head.headers),
            _ if docs::is_open(&request.segments) => true,
            _ => is_allowed(&self.keys, &head.headers),
        };
        if allowed && OF_REGISTRY.contains(&service) {
            return self.registry.route(&request);
        }
        let answered = if allowed {
            self.route(&request)
        } else {
            Err(ApiError::new(401, "the API key is missing or wrong"))
        };
        answered.unwrap_or_else(|error| reply(error.status, &error.body(service)))
    }
}
