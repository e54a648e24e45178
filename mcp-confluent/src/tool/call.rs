//! The way of one call: find the tool, take the arguments, ask, run, render, bound.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt::Write as _,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, JsonObject, MetaObject};
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedRwLockReadGuard, RwLock},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    ask::{Asker, Channel, Pending},
    bound,
    check::{Problem, normalise_and_check},
    content,
    context::{Inner, ToolContext},
    effect::Effect,
    gates::gap_on,
    inject::BoxFuture,
    meta::Meta,
    not_done::{failure, plan, refuse},
    output::Rendered,
    progress::ProgressSink,
    toolbox::{CONFIRM_TOKEN, CONNECTION_ID, Offered, Toolbox},
};
use crate::{
    connection::Connection,
    error::{ErrorKind, Result, ToolError},
    observe::{Origin, TraceContext, Traced},
    policy::audit::{self, masked},
};

/// How long after its deadline a body that may not be dropped can still answer.
const GRACE: Duration = Duration::from_secs(5);

/// The limit of tools that say they run long.
const LONG_RUNNING: Duration = Duration::from_mins(10);

/// Where a request comes from, and the ways back.
pub(crate) struct Requester {
    /// Who calls; an approval is worth nothing to anybody else.
    pub(crate) caller: String,
    pub(crate) channel: Channel,
    pub(crate) progress: ProgressSink,
    pub(crate) cancel: CancellationToken,
    /// The client's place in a trace.
    pub(crate) trace: Option<TraceContext>,
}

impl Requester {
    /// Of what nobody can be asked about, and nobody is told the progress of.
    pub(crate) fn silent(caller: &str, cancel: &CancellationToken) -> Self {
        Self {
            caller: caller.to_owned(),
            channel: Channel::Nobody,
            progress: ProgressSink::none(),
            cancel: cancel.clone(),
            trace: None,
        }
    }
}

/// One call as it came in.
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) arguments: JsonObject,
    /// Who calls; an approval is worth nothing to anybody else.
    pub(crate) caller: String,
    pub(crate) channel: Channel,
    pub(crate) progress: ProgressSink,
    pub(crate) cancel: CancellationToken,
    /// For traces.
    pub(crate) origin: Origin,
}

/// No tool of this name is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownTool {
    pub(crate) name: String,
    pub(crate) nearest: Option<&'static str>,
}

impl std::fmt::Display for UnknownTool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name: String = self
            .name
            .chars()
            .take(80)
            .flat_map(char::escape_debug)
            .collect();
        write!(f, "there is no tool `{name}`")?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl Toolbox {
    /// Runs one call. Whatever goes wrong in it is a result that says so; only a name that no tool
    /// has is an error.
    pub(crate) async fn call(&self, call: Call) -> Result<CallToolResponse, UnknownTool> {
        let Some(offered) = self.offered(&call.tool) else {
            return self.not_offered(&call.tool).map(Into::into);
        };
        let name = offered.entry.meta().name;
        let started = Instant::now();
        let traced = Traced::begin(name, &call.origin);
        let prepared = match self.prepare(offered, call) {
            Ok(prepared) => prepared,
            Err(problems) => {
                let outcome = ErrorKind::Argument.as_str();
                traced.end(outcome, true);
                let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                let span = tracing::info_span!("call", tool = name, outcome, millis);
                span.in_scope(|| tracing::info!(problems = problems.len(), "refused"));
                return Ok(refuse(name, &problems).into());
            }
        };
        if let Ok(connection) = prepared.context.connection() {
            traced.works_on(connection.id());
        }
        let span = tracing::info_span!(
            "call",
            tool = name,
            connection = prepared
                .context
                .connection()
                .ok()
                .map(|connection| connection.id()),
            outcome = tracing::field::Empty,
            millis = tracing::field::Empty,
        );
        let context = prepared.context.clone();
        let outcome = observed(span, Box::pin(run(prepared)))
            .instrument(traced.span())
            .await;
        let failed = outcome
            .as_ref()
            .is_err_and(|error| error.kind() != ErrorKind::NeedsInput);
        traced.end(outcome_of(&outcome), failed);
        Ok(match outcome {
            Ok(rendered) => self.answer(rendered).into(),
            Err(error) if error.kind() == ErrorKind::NeedsInput => {
                match context.inner().asker.take_pending() {
                    Some(Pending::Question(question)) => (*question).into(),
                    Some(Pending::Plan { question, token }) => plan(name, &question, &token).into(),
                    None => failure(&ToolError::internal(
                        "the tool asked for an answer without a question",
                    ))
                    .into(),
                }
            }
            Err(error) => self.fail(&error).into(),
        })
    }

    fn prepare(&self, offered: &Offered, call: Call) -> Result<Prepared, Vec<Problem>> {
        let meta = offered.entry.meta();
        let named = named_connection(&call.arguments);
        let mut arguments =
            normalise_and_check(&offered.schema, call.arguments).map_err(|problems| {
                self.with_reasons(offered.entry, named.filter(|_| offered.routed), problems)
            })?;
        // Where the server did not add it, it is an argument of the tool's own.
        let named = if offered.routed {
            arguments.remove(CONNECTION_ID)
        } else {
            None
        };
        let connection = match named {
            Some(Value::String(id)) => offered
                .viable
                .iter()
                .find(|connection| connection.id() == id),
            _ => offered.viable.first(),
        };
        let token = match arguments.remove(CONFIRM_TOKEN) {
            Some(Value::String(token)) => Some(token),
            _ => None,
        };
        let body = offered.entry.prepare(arguments.clone())?;
        let effect = body.effect;
        let audit = self
            .audit
            .as_ref()
            .filter(|_| effect != Effect::ReadOnly)
            .map(|audit| {
                let arguments = masked(&arguments, &offered.schema);
                audit.entry(
                    meta,
                    connection.map(|connection| connection.id()),
                    &call.caller,
                    &arguments,
                )
            });
        let requester = Requester {
            caller: call.caller,
            channel: call.channel,
            progress: call.progress,
            cancel: call.cancel,
            trace: call.origin.trace,
        };
        let limit = self.limit(meta);
        let context = self.context(
            meta,
            connection,
            offered.routed,
            arguments,
            requester,
            token,
        );
        let changing = (effect != Effect::ReadOnly).then(|| self.changing.clone());
        Ok(Prepared {
            body,
            context,
            limit,
            audit,
            changing,
        })
    }

    /// `problems` with why the connection that was named cannot serve it, where there is one of that
    /// name.
    pub(super) fn with_reasons(
        &self,
        of: &impl AsRef<Meta>,
        named: Option<String>,
        mut problems: Vec<Problem>,
    ) -> Vec<Problem> {
        let named = named.and_then(|id| self.connections().iter().find(|it| it.id() == id));
        if let Some(gap) = named.and_then(|connection| gap_on(of, connection)) {
            for problem in &mut problems {
                if problem.path == CONNECTION_ID {
                    problem.message.extend([": ", &*gap.reason()]);
                }
            }
        }
        problems
    }

    /// How long a call may take.
    pub(super) fn limit(&self, meta: &Meta) -> Duration {
        if meta.long_running {
            LONG_RUNNING
        } else {
            self.gates.config().safety.default_timeout
        }
    }

    /// Everything one call has. `routed` says whether it named its connection.
    pub(super) fn context(
        &self,
        meta: &'static Meta,
        connection: Option<&Arc<Connection>>,
        routed: bool,
        arguments: JsonObject,
        requester: Requester,
        token: Option<String>,
    ) -> ToolContext {
        let inner = Inner {
            tool: meta.name,
            asker: Asker::new(
                self.gates.config().safety.confirm,
                requester.channel,
                self.approvals.clone(),
                binding(meta.name, connection, &requester.caller, &arguments),
                token,
                connection
                    .filter(|_| routed)
                    .map(|connection| connection.id().to_owned()),
                requester.progress.task(),
            ),
            connection: connection.cloned(),
            arguments: Arc::new(arguments),
            cancel: requester.cancel.child_token(),
            progress: requester.progress,
            gates: self.gates.clone(),
            trace: requester.trace,
        };
        ToolContext::new(inner, Instant::now() + self.limit(meta))
    }

    /// A tool that exists but is off says why; one that does not exist is an error.
    fn not_offered(&self, name: &str) -> Result<CallToolResult, UnknownTool> {
        let Some(entry) = self.registry().get(name) else {
            return Err(UnknownTool {
                name: name.to_owned(),
                nearest: self.registry().nearest(name),
            });
        };
        let gap = self.gap(entry);
        let reason = gap.map_or("it is off".into(), |gap| gap.reason());
        Ok(failure(
            &ToolError::new(
                ErrorKind::Refused,
                format!("`{name}` is not available: {reason}"),
            )
            .hint("the operator decides this in the configuration of the server"),
        ))
    }

    fn answer(&self, rendered: Rendered) -> CallToolResult {
        let limit = self.gates.config().safety.max_result_bytes;
        let Rendered {
            mut text,
            structured,
            content,
        } = rendered;
        let (blocks, mut notes) = content::within(content, limit);
        let mut result = match structured {
            Some(mut value) => {
                let cuts = bound::value(&mut value, limit);
                notes.extend(cuts.iter().map(ToString::to_string));
                notes.extend(bound::page_again(&mut value, &cuts));
                CallToolResult::structured(value)
            }
            None => CallToolResult::success(Vec::new()),
        };
        bound::text(&mut text, limit);
        if !notes.is_empty() {
            // Writing to a `String` cannot fail.
            let _ = write!(
                text,
                "\n\nThe result was larger than {limit} bytes and is not complete: {}. Ask for less at a \
                 time: a page, fewer records, one topic.",
                notes.join("; ")
            );
            let mut meta = JsonObject::new();
            meta.insert("truncated".to_owned(), json!(notes));
            result = result.with_meta(Some(MetaObject(meta)));
        }
        result.content = Vec::with_capacity(1 + blocks.len());
        if blocks.is_empty() || !text.is_empty() {
            result.content.push(ContentBlock::text(text));
        }
        result.content.extend(blocks);
        result
    }

    fn fail(&self, error: &ToolError) -> CallToolResult {
        let mut result = failure(error);
        let mut text = error.to_string();
        bound::text(&mut text, self.gates.config().safety.max_result_bytes);
        result.content = vec![ContentBlock::text(text)];
        result
    }
}

/// The connection that `arguments` name, in either spelling.
pub(super) fn named_connection(arguments: &JsonObject) -> Option<String> {
    let named = arguments
        .get(CONNECTION_ID)
        .or_else(|| arguments.get("connection_id"));
    named.and_then(Value::as_str).map(str::to_owned)
}

struct Prepared {
    body: super::registry::Prepared,
    context: ToolContext,
    limit: Duration,
    audit: Option<audit::Entry>,
    changing: Option<Arc<RwLock<()>>>,
}

async fn run(prepared: Prepared) -> Result<Rendered> {
    let Prepared {
        mut body,
        context,
        limit,
        audit,
        changing,
    } = prepared;
    let effect = body.effect;
    if effect != Effect::ReadOnly
        && let Ok(connection) = context.connection()
        && connection.is_read_only()
    {
        return Err(changes_nothing(connection.id()));
    }
    let question = body.confirm.take();
    let asks = context.clone();
    let confirmed = async move {
        if let Some(question) = question {
            asks.ask().confirm(question).await?;
        }
        Ok::<(), ToolError>(())
    };
    let cancel = context.cancelled().clone();
    // Before anything is asked, as the answer of a client that is asked by a result opens once.
    #[cfg(feature = "login")]
    if super::sign_in::is_asked_for(&context) {
        // On the heap, because few calls need it and its future is large.
        let signed_in = Box::pin(super::sign_in::ensure(&context));
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(given_up()),
            signed_in = signed_in => signed_in?,
        }
    }
    // A person may take longer than the deadline of the work that follows.
    tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(given_up()),
        answer = confirmed => answer?,
    }
    // Whoever ends the process waits for this.
    let mut changing = match changing {
        Some(changing) => Some(changing.read_owned().await),
        None => None,
    };
    let record = match audit {
        Some(entry) => Some(entry.begin().await?),
        None => None,
    };
    let result = execute(body, context, limit, effect, &mut changing).await;
    if let Some(record) = record {
        record
            .finish(outcome_of(&result), result.as_ref().err())
            .await;
    }
    result
}

async fn execute(
    body: super::registry::Prepared,
    context: ToolContext,
    limit: Duration,
    effect: Effect,
    changing: &mut Option<OwnedRwLockReadGuard<()>>,
) -> Result<Rendered> {
    if effect == Effect::ReadOnly {
        return reading(|context| body.run(context), context, limit).await;
    }
    let cancel = context.cancelled().clone();
    // Counted from here.
    let context = context.with_deadline(Instant::now() + limit);
    let mut body = shielded(body.run(context.clone()));
    // What may have begun to change something is told, never dropped halfway.
    let deadline = loop {
        let deadline = context.deadline();
        match timeout_at(deadline, &mut body).await {
            Ok(result) => return result,
            // Somebody was asked in the meantime.
            Err(_) if context.deadline() > deadline => {}
            Err(_) => break deadline,
        }
    };
    cancel.cancel();
    if let Ok(result) = timeout_at(deadline + GRACE, &mut body).await {
        return result;
    }
    let changing = changing.take();
    tokio::spawn(async move {
        let _changing = changing;
        body.await
    });
    Err(late(limit).hint("it may still take effect: look at the resource before you try again"))
}

/// Runs what only reads, until its deadline or until nobody waits for it any more.
pub(super) async fn reading<T: 'static>(
    body: impl FnOnce(ToolContext) -> BoxFuture<'static, Result<T>>,
    context: ToolContext,
    limit: Duration,
) -> Result<T> {
    let cancel = context.cancelled().clone();
    // Counted from here.
    let deadline = Instant::now() + limit;
    let body = shielded(body(context.with_deadline(deadline)));
    tokio::select! {
        () = cancel.cancelled() => Err(given_up()),
        result = timeout_at(deadline, body) => result.unwrap_or_else(|_| Err(late(limit))),
    }
}

/// Runs something in a span that tells how it went and how long it took.
pub(super) async fn observed<T>(
    span: tracing::Span,
    running: impl Future<Output = Result<T>>,
) -> Result<T> {
    let started = Instant::now();
    let outcome = running.instrument(span.clone()).await;
    let _entered = span.enter();
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.record("millis", millis)
        .record("outcome", outcome_of(&outcome));
    match &outcome {
        Ok(_) => tracing::info!("answered"),
        Err(error) if error.kind() == ErrorKind::NeedsInput => tracing::info!("asked back"),
        Err(error) if error.kind() == ErrorKind::Internal => tracing::error!(%error, "failed"),
        Err(error) => tracing::info!(%error, "failed"),
    }
    outcome
}

/// One word for how a call went.
fn outcome_of<T>(result: &Result<T>) -> &'static str {
    result
        .as_ref()
        .map_or_else(|error| error.kind().as_str(), |_| "ok")
}

pub(super) fn given_up() -> ToolError {
    ToolError::new(ErrorKind::Cancelled, "the call was cancelled")
}

/// The error of a call that would change something where only its like that reads is let through.
fn changes_nothing(connection: &str) -> ToolError {
    ToolError::new(
        ErrorKind::Refused,
        format!("nothing was changed: the connection `{connection}` is read-only, and this would change something"),
    )
    .hint("ask for what only reads, or use a connection without `read_only: true`")
}

fn late(limit: Duration) -> ToolError {
    ToolError::new(
        ErrorKind::TimedOut,
        format!("no answer within {} s", limit.as_secs()),
    )
    .hint("ask for less, or have the operator raise `safety.default_timeout_seconds`")
}

/// Turns a panic of the body into an error, so that the server goes on.
fn shielded<T: 'static>(mut body: BoxFuture<'static, Result<T>>) -> BoxFuture<'static, Result<T>> {
    Box::pin(poll_fn(move |cx| {
        // The body is not polled again after a panic, so nothing broken is seen.
        match catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(ToolError::internal(format!(
                "the tool has a defect and stopped: {}",
                words(panic.as_ref())
            ))
            .hint("other calls are not affected; please report this"))),
        }
    }))
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

/// What an approval is bound to. The order of keys does not matter.
fn binding(
    tool: &str,
    connection: Option<&Arc<Connection>>,
    caller: &str,
    arguments: &JsonObject,
) -> Vec<u8> {
    let parts = json!([
        tool,
        connection.map(|c| c.id()),
        caller,
        sorted_map(arguments)
    ]);
    parts.to_string().into_bytes()
}

fn sorted_map(map: &JsonObject) -> Value {
    let sorted: BTreeMap<_, _> = map
        .iter()
        .map(|(key, value)| (key, sorted(value)))
        .collect();
    Value::Object(
        sorted
            .into_iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
    )
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => sorted_map(map),
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
