//! [`Ask`]: one question to the person at the other end, over whichever way the client has.
//!
//! A session client is asked by a request (`elicitation/create`). A 2026-07-28 client gets the
//! question as the result and calls again with the answer. A client with neither gets the plan and
//! a token, and calls again with `confirmToken`. The approvals that travel through the client are
//! sealed, bound to the tool, the arguments, the connection and the caller, and work once.
//!
//! A call that has become a task asks through the task, whichever of the first two the client has.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rmcp::{
    RoleServer,
    model::{
        ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationSchema,
        InputRequest, InputRequiredResult, RequestStateCodec, SealOptions,
    },
    service::Peer,
    task_manager::{TaskContext, TaskExit},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::{
    argument::ArgSpec, context::ToolContext, inject::FromContext, progress::TaskStatus,
    requirement::Requirement, toolbox::CONFIRM_TOKEN,
};
use crate::{
    client::Pauses,
    config::Confirm,
    error::{ErrorKind, Result, ToolError},
    tool::call::given_up,
};

/// How long a sealed approval can be used.
pub(crate) const APPROVAL_LIFETIME: Duration = Duration::from_mins(5);

/// Questions to the person at the other end of a call.
#[derive(Debug, Clone)]
pub struct Ask(pub(crate) ToolContext);

impl Ask {
    /// Returns when the person said yes.
    ///
    /// The body may run again from the top with the answer known: whatever comes before the
    /// question must be repeatable.
    ///
    /// # Errors
    /// The person said no, nobody can be asked, or (to be passed on with `?`) the answer comes with
    /// a later call.
    pub async fn confirm(&self, question: impl Into<String> + Send) -> Result<()> {
        let _pause = self.0.inner().asker.pauses().begin();
        tokio::select! {
            biased;
            // Nobody waits for the answer any more.
            () = self.0.cancelled().cancelled() => Err(given_up()),
            answer = self.0.inner().asker.confirm(question.into()) => answer,
        }
    }
}

/// What `confirmToken` means, for the schemas of tools that ask.
pub(crate) const CONFIRM_TOKEN_DESCRIPTION: &str = "From the plan.";

#[diagnostic::do_not_recommend]
impl FromContext for Ask {
    const REQUIRES: &'static [Requirement] = &[];
    const ARGUMENTS: &'static [ArgSpec] = &[ArgSpec::new::<Option<String>>(
        CONFIRM_TOKEN,
        CONFIRM_TOKEN_DESCRIPTION,
    )];

    async fn from_context(cx: &ToolContext) -> Result<Self> {
        Ok(cx.ask())
    }
}

/// The way to the person.
pub(crate) enum Channel {
    /// A session client that shows questions.
    Session(Peer<RoleServer>),
    /// A client that takes the question as the result and calls again with the answers.
    Retry {
        answers: BTreeMap<String, Value>,
        state: Option<String>,
    },
    /// Whoever sits where this process was started; the answer may take its time.
    Terminal(fn(&str) -> bool),
    /// Nobody, where this process was started: whoever wrote the command agrees with it.
    Unattended,
    /// No way.
    Nobody,
}

/// Everything [`Ask`] needs for one call.
pub(crate) struct Asker {
    policy: Confirm,
    channel: Channel,
    approvals: Arc<Approvals>,
    /// What an approval is bound to: tool, connection, caller, arguments.
    binding: Vec<u8>,
    token: Option<String>,
    /// The connection that is asked about, where there are several to be mistaken for each other.
    place: Option<String>,
    task: TaskStatus,
    asked: AtomicUsize,
    /// While it waits for answers, which is no time of the call.
    pauses: Pauses,
    /// What was approved before this call, known after the first question.
    earlier: Mutex<Option<Vec<u64>>>,
    pending: Mutex<Option<Pending>>,
}

/// A question that left the body unanswered.
pub(crate) enum Pending {
    /// For the client to show.
    Question(Box<InputRequiredResult>),
    /// For the model: what would be done, and the token that lets it.
    Plan { question: String, token: String },
}

#[derive(Serialize, Deserialize)]
struct Approval {
    /// Makes it work once.
    nonce: u64,
    /// Questions already answered with yes, in the order they were asked; as digests, so that a
    /// model has little to copy.
    approved: Vec<u64>,
    /// The question this state was made for.
    pending: u64,
}

impl Asker {
    pub(crate) fn new(
        policy: Confirm,
        channel: Channel,
        approvals: Arc<Approvals>,
        binding: Vec<u8>,
        token: Option<String>,
        place: Option<String>,
        task: TaskStatus,
    ) -> Self {
        Self {
            policy,
            channel,
            approvals,
            binding,
            token,
            place,
            task,
            asked: AtomicUsize::new(0),
            pauses: Pauses::default(),
            earlier: Mutex::new(None),
            pending: Mutex::new(None),
        }
    }

    /// Says yes to everything: for unit tests of tools.
    pub(crate) fn approving() -> Self {
        Self::new(
            Confirm::Never,
            Channel::Nobody,
            Arc::new(Approvals::new([0; 32])),
            Vec::new(),
            None,
            None,
            TaskStatus::default(),
        )
    }

    /// The question a body left with, after it returned [`ErrorKind::NeedsInput`].
    pub(crate) fn take_pending(&self) -> Option<Pending> {
        self.pending.lock().take()
    }

    pub(crate) fn pauses(&self) -> &Pauses {
        &self.pauses
    }

    async fn confirm(&self, question: String) -> Result<()> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        if self.policy == Confirm::Never {
            return Ok(());
        }
        let question = match &self.place {
            Some(connection) => format!("{question} (connection \"{connection}\")"),
            None => question,
        };
        match &self.channel {
            Channel::Session(peer) => {
                if let Some(task) = self.task.get() {
                    return ask_in(task, &question, number).await;
                }
                let asked = peer.create_elicitation(form(&question));
                match self.task.while_asking(asked).await {
                    Ok(answer) => judge(&answer),
                    Err(error) => Err(not_asked(error)),
                }
            }
            Channel::Terminal(ask) => {
                let ask = *ask;
                // Whoever does not wait for the answer any more leaves it to itself.
                match spawn_blocking(move || ask(&question)).await {
                    Ok(true) => Ok(()),
                    Ok(false) => Err(declined()),
                    Err(error) => Err(not_asked(error)),
                }
            }
            Channel::Unattended => Err(ToolError::new(
                ErrorKind::Refused,
                format!("nothing was changed, because nobody is here to be asked: {question}"),
            )
            .hint("say --yes to agree beforehand")),
            Channel::Retry { answers, state } => {
                let approved = self.earlier(state.as_deref(), |approval| {
                    let answer = answers.get(&key(approval.approved.len()))?;
                    Some(serde_json::from_value::<ElicitResult>(answer.clone()).ok())
                })?;
                if approved.get(number) == Some(&digest(&question)) {
                    return Ok(());
                }
                if let Some(task) = self.task.get() {
                    return ask_in(task, &question, number).await;
                }
                let state = self.seal(approved, &question, number)?;
                let request = InputRequest::Elicitation(ElicitRequest::new(form(&question)));
                let requests = BTreeMap::from([(key(number), request)]);
                self.leave(Pending::Question(Box::new(InputRequiredResult::new(
                    Some(requests),
                    Some(state),
                ))))
            }
            Channel::Nobody if self.policy == Confirm::Require => Err(ToolError::new(
                ErrorKind::Refused,
                format!(
                    "nothing was changed: this server acts only after a person agreed, and this client \
                     cannot show the question \"{question}\""
                ),
            )
            .hint("use a client that supports elicitation, or have the operator set `safety.confirm: ask`")),
            Channel::Nobody => {
                let approved =
                    self.earlier(self.token.as_deref(), |_| Some(Some(ElicitResult::new(ElicitationAction::Accept))))?;
                if approved.get(number) == Some(&digest(&question)) {
                    return Ok(());
                }
                let token = self.seal(approved, &question, number)?;
                self.leave(Pending::Plan { question, token })
            }
        }
    }

    /// The questions that were answered with yes before this call; opens `sealed` once.
    fn earlier(
        &self,
        sealed: Option<&str>,
        answer: impl FnOnce(&Approval) -> Option<Option<ElicitResult>>,
    ) -> Result<Vec<u64>> {
        let mut earlier = self.earlier.lock();
        if let Some(approved) = &*earlier {
            return Ok(approved.clone());
        }
        let mut approved = Vec::new();
        if let Some(sealed) = sealed {
            let mut approval = self.approvals.open(sealed, &self.binding)?;
            // Answered with nothing: the question is asked again.
            if let Some(answer) = answer(&approval) {
                judge(&answer.ok_or_else(no_answer)?)?;
                approval.approved.push(approval.pending);
            }
            approved = approval.approved;
        }
        *earlier = Some(approved.clone());
        Ok(approved)
    }

    fn seal(&self, mut approved: Vec<u64>, question: &str, number: usize) -> Result<String> {
        // A question that changed since it was answered makes the later answers worthless.
        approved.truncate(number);
        self.approvals.seal(
            &Approval {
                nonce: rand::random(),
                approved,
                pending: digest(question),
            },
            &self.binding,
        )
    }

    pub(crate) fn leave(&self, pending: Pending) -> Result<()> {
        *self.pending.lock() = Some(pending);
        Err(ToolError::new(
            ErrorKind::NeedsInput,
            "an answer is needed first",
        ))
    }
}

/// Tells questions of one call apart. What an approval is worth rests on the seal and on what it is
/// bound to, so 64 bits are enough.
fn digest(question: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish()
}

fn key(number: usize) -> String {
    format!("confirm-{}", number + 1)
}

fn form(question: &str) -> ElicitRequestParams {
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: question.to_owned(),
        requested_schema: ElicitationSchema::builder()
            .required_bool_with("confirm", |field| field.title("Go ahead"))
            .build_unchecked(),
    }
}

/// Asks while the call is a task; the client finds the question where it looks after the task.
async fn ask_in(task: &TaskContext, question: &str, number: usize) -> Result<()> {
    let request = InputRequest::Elicitation(ElicitRequest::new(form(question)));
    match task.request_input(key(number), request).await {
        Ok(answer) => judge(&serde_json::from_value(answer).map_err(|_| no_answer())?),
        Err(TaskExit::Cancelled) => Err(given_up()),
        Err(TaskExit::Error(error)) => Err(not_asked(error)),
    }
}

fn not_asked(error: impl std::fmt::Display) -> ToolError {
    ToolError::new(
        ErrorKind::Refused,
        format!("nothing was changed, because the question could not be asked: {error}"),
    )
}

fn no_answer() -> ToolError {
    ToolError::argument("the answer to the question is not an elicitation result")
}

fn judge(answer: &ElicitResult) -> Result<()> {
    let unticked = answer
        .content
        .as_ref()
        .and_then(|content| content.get("confirm"))
        == Some(&Value::Bool(false));
    if answer.action == ElicitationAction::Accept && !unticked {
        Ok(())
    } else {
        Err(declined())
    }
}

fn declined() -> ToolError {
    ToolError::new(
        ErrorKind::Refused,
        "nothing was changed: the person did not agree",
    )
    .hint("do not try again unless the person asks for it")
}

/// Seals approvals and remembers which were used. One for the whole server.
pub(crate) struct Approvals {
    codec: RequestStateCodec,
    used: Mutex<HashMap<u64, Instant>>,
}

impl Approvals {
    #[expect(
        deprecated,
        reason = "the checked constructor only looks at the length, and that is fixed"
    )]
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self {
            codec: RequestStateCodec::new(key.to_vec()),
            used: Mutex::default(),
        }
    }

    fn seal(&self, approval: &Approval, binding: &[u8]) -> Result<String> {
        let options = SealOptions::new()
            .associated_data(binding)
            .ttl(APPROVAL_LIFETIME);
        self.codec
            .seal_json_with(approval, &options)
            .map_err(|error| {
                ToolError::internal(format!("an approval could not be sealed: {error}"))
            })
    }

    fn open(&self, sealed: &str, binding: &[u8]) -> Result<Approval> {
        let approval: Approval = self
            .codec
            .open_json_with(sealed, binding)
            .map_err(|_| stale())?;
        let now = Instant::now();
        let mut used = self.used.lock();
        used.retain(|_, end| *end > now);
        if used
            .insert(approval.nonce, now + APPROVAL_LIFETIME)
            .is_some()
        {
            return Err(stale());
        }
        Ok(approval)
    }
}

fn stale() -> ToolError {
    ToolError::new(
        ErrorKind::Refused,
        "nothing was changed: this approval was used before, is older than five minutes, or was given for \
         another call",
    )
    .hint("call again with the arguments you mean and without the approval, and use the one that comes back")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::time::timeout;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        config::Config,
        observe::Origin,
        policy::ToolFilter,
        prelude::*,
        tool::{call::Call, progress::ProgressSink, registry::Registry, toolbox::Toolbox},
    };

    /// Destroys something after it asked.
    #[confluent_tool(destructive, category = Category::Other("test"), confirm = "Really?")]
    async fn ask_at_the_terminal() -> Result<Done> {
        Ok(Done)
    }

    static ASKED: tokio::sync::Notify = tokio::sync::Notify::const_new();
    static ANSWER: Mutex<Option<mpsc::Receiver<()>>> = parking_lot::const_mutex(None);

    /// Somebody who says nothing until the end of the test.
    fn silent(_: &str) -> bool {
        let answer = ANSWER.lock().take();
        ASKED.notify_one();
        answer.is_some_and(|answer| answer.recv().is_ok())
    }

    fn call(channel: Channel, cancel: &CancellationToken) -> Call {
        Call {
            tool: "ask-at-the-terminal".to_owned(),
            arguments: rmcp::model::JsonObject::new(),
            caller: "test".to_owned(),
            channel,
            progress: ProgressSink::none(),
            cancel: cancel.clone(),
            origin: Origin::default(),
        }
    }

    fn toolbox() -> Toolbox {
        let registry = Registry::collect().unwrap();
        Toolbox::new(registry, Config::default(), ToolFilter::default())
    }

    fn words(answer: rmcp::model::CallToolResponse) -> String {
        match answer {
            rmcp::model::CallToolResponse::Complete(result) => {
                result.content[0].as_text().unwrap().text.clone()
            }
            _ => panic!("not complete"),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_question_at_the_terminal_can_be_left() {
        let (end, answer) = mpsc::channel();
        *ANSWER.lock() = Some(answer);
        let cancel = CancellationToken::new();
        let asked = call(Channel::Terminal(silent), &cancel);
        let called = tokio::spawn(async move { toolbox().call(asked).await });
        ASKED.notified().await;
        cancel.cancel();
        let left = timeout(Duration::from_secs(30), called).await;
        drop(end);
        let left = words(left.unwrap().unwrap().unwrap());
        assert_eq!(left, "the call was cancelled");
    }

    /// Destroys something after it asked within its time.
    #[confluent_tool(destructive, category = Category::Other("test"))]
    async fn ask_within_its_time(ask: Ask, cx: ToolContext) -> Result<Done> {
        let (deadline, call) = (cx.deadline(), cx.call());
        ask.confirm("Sure?").await?;
        if cx.deadline().min(call.deadline()) < deadline + THOUGHT {
            return Err(ToolError::internal("the answer took its time"));
        }
        Ok(Done)
    }

    /// How long a call may take, and how long somebody thinks.
    const LIMIT: Duration = Duration::from_secs(1);
    const THOUGHT: Duration = Duration::from_millis(1500);

    fn thoughtful(_: &str) -> bool {
        std::thread::sleep(THOUGHT);
        true
    }

    #[tokio::test]
    async fn who_is_asked_takes_no_time_of_the_call() {
        let mut config = Config::default();
        config.safety.default_timeout = LIMIT;
        let registry = Registry::collect().unwrap();
        let toolbox = Toolbox::new(registry, config, ToolFilter::default());
        let mut asked = call(Channel::Terminal(thoughtful), &CancellationToken::new());
        asked.tool = "ask-within-its-time".to_owned();
        assert_eq!(words(toolbox.call(asked).await.unwrap()), "Done.");
    }

    #[tokio::test]
    async fn where_nobody_is_the_command_has_to_agree() {
        let unattended = call(Channel::Unattended, &CancellationToken::new());
        let refused = words(toolbox().call(unattended).await.unwrap());
        assert!(
            refused.contains("Really?") && refused.contains("--yes"),
            "{refused}"
        );
        assert!(!refused.contains("did not agree"), "{refused}");
    }
}
