//! The handle of a running sandbox.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use crate::broker::{Broker, HOST, Refusal};
use crate::config::Overrides;
use crate::options::SandboxOptions;
use crate::preload;
use crate::records::append_records;
use crate::security::Acl;
use crate::server::{Listener, Reservation, Shared};
use crate::storage::Record;

/// A running broker. It lives in a thread of its own and ends when this is dropped, with all that
/// it holds.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use mcp_confluent_sandbox::{Record, Sandbox, SandboxOptions};
///
/// let sandbox = Sandbox::start(SandboxOptions::new()).await?;
/// sandbox.create_topic("greetings", 2)?;
/// assert_eq!(sandbox.produce("greetings", 0, &[Record::new("hello")])?, 0);
/// // Any Kafka client can now use `sandbox.bootstrap_servers()`.
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    port: u16,
    sasl_port: Option<u16>,
    commands: mpsc::UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

/// What the handle asks of the thread.
#[derive(Debug)]
enum Command {
    Stop(oneshot::Sender<()>),
    Restart(oneshot::Sender<io::Result<()>>),
    CloseConnections,
    End,
}

impl Sandbox {
    /// Starts a broker on 127.0.0.1.
    ///
    /// # Errors
    /// The port cannot be had, or no thread can be started.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let broker = Arc::new(Broker::new(&options));
        if options.preload {
            preload::fill(&mut broker.state.lock())
                .map_err(|refusal| error("preload", &refusal))?;
        }
        let shared = Arc::new(Shared {
            broker,
            max_request_bytes: options.max_request_bytes,
            connections: Arc::new(Semaphore::new(options.max_connections)),
            response_delay: Mutex::new(Duration::ZERO),
        });
        let (commands, requested) = mpsc::unbounded_channel();
        let (ready, started) = oneshot::channel();
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("kafka-sandbox".to_owned())
            .spawn(move || run(&for_thread, &options, requested, ready))?;
        let (port, sasl_port) = started.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Self {
            shared,
            port,
            sasl_port,
            commands,
            thread: Some(thread),
        })
    }

    /// The address of the listener without authentication, as clients want it in
    /// `bootstrap.servers`.
    pub fn bootstrap_servers(&self) -> String {
        format!("{HOST}:{}", self.port)
    }

    /// The address of the listener with authentication (`security.protocol` is `SASL_PLAINTEXT`), if
    /// there are users.
    pub fn sasl_bootstrap_servers(&self) -> Option<String> {
        self.sasl_port.map(|port| format!("{HOST}:{port}"))
    }

    /// Goes away: stops listening and closes every connection. All data is kept, and so are the
    /// ports; connections are refused until [`Sandbox::restart`].
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        let _ended = self.commands.send(Command::Stop(done));
        let _ended = stopped.await;
    }

    /// Listens again on the same ports after [`Sandbox::stop`]; closes all connections if it was not
    /// stopped.
    ///
    /// # Errors
    /// Another program got hold of a port meanwhile.
    pub async fn restart(&self) -> io::Result<()> {
        let (done, restarted) = oneshot::channel();
        let _ended = self.commands.send(Command::Restart(done));
        restarted.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Closes every connection; new ones are taken.
    pub fn close_connections(&self) {
        let _ended = self.commands.send(Command::CloseConnections);
    }

    /// Holds back every answer for this long, starting with the next one. Requests take effect before
    /// the wait.
    pub fn set_response_delay(&self, delay: Duration) {
        *self.shared.response_delay.lock() = delay;
    }

    /// Creates a topic with the configuration of a new one.
    ///
    /// # Errors
    /// The name is not allowed or is taken, or there are too many partitions.
    pub fn create_topic(&self, name: &str, partitions: usize) -> io::Result<()> {
        self.create_topic_with(name, partitions, &[])
    }

    /// Creates a topic with a configuration, such as `("cleanup.policy", "compact")`.
    ///
    /// # Errors
    /// As for [`Sandbox::create_topic`]; or a key is unknown or its value not allowed.
    pub fn create_topic_with(
        &self,
        name: &str,
        partitions: usize,
        configs: &[(&str, &str)],
    ) -> io::Result<()> {
        let configs = configs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        self.create(name, partitions.max(1), configs)
            .map_err(|refusal| error(name, &refusal))
    }

    fn create(&self, name: &str, partitions: usize, configs: Overrides) -> Result<(), Refusal> {
        let mut state = self.shared.broker.state.lock();
        state.topics.check_new(name, partitions)?;
        crate::config::check_topic(&configs).map_err(|message| {
            Refusal::new(kafka_protocol::ResponseError::InvalidConfig, message)
        })?;
        state.topics.create(name, partitions, configs);
        Ok(())
    }

    /// Appends records to a partition and gives the offset of the first.
    ///
    /// # Errors
    /// There is no such partition, or no room for the records.
    pub fn produce(&self, topic: &str, partition: i32, records: &[Record]) -> io::Result<i64> {
        let appended = append_records(
            &mut self.shared.broker.state.lock(),
            topic,
            partition,
            records,
        );
        self.shared.broker.appended.notify_waiters();
        appended.map_err(|refusal| error(&format!("{topic}-{partition}"), &refusal))
    }

    /// Commits an offset for a consumer group that has no members; the group need not exist.
    ///
    /// # Errors
    /// The name is empty, or there are too many groups.
    pub fn commit_offset(
        &self,
        group: &str,
        topic: &str,
        partition: i32,
        offset: i64,
    ) -> io::Result<()> {
        let mut state = self.shared.broker.state.lock();
        let group = state
            .groups
            .get_or_create(group)
            .map_err(|code| error(group, &code.into()))?;
        group.set_offset(topic, partition, offset);
        Ok(())
    }

    /// Adds an ACL; one that is there already is not added again. It has an effect only with
    /// [`SandboxOptions::enforce_acls`].
    pub fn add_acl(&self, acl: Acl) {
        self.shared.broker.state.lock().security.add_acl(acl);
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn broker(&self) -> Arc<Broker> {
        self.shared.broker.clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ended = self.commands.send(Command::End);
        if let Some(thread) = self.thread.take() {
            // The thread only has to leave its loop; then the ports are free.
            let _panicked = thread.join();
        }
    }
}

fn error(what: &str, refusal: &Refusal) -> io::Error {
    let message = refusal
        .message
        .clone()
        .unwrap_or_else(|| refusal.code.to_string());
    io::Error::other(format!("{what}: {message}"))
}

fn gone() -> io::Error {
    io::Error::other("the sandbox's thread has ended")
}

type Ready = oneshot::Sender<io::Result<(u16, Option<u16>)>>;

/// The thread: a runtime of its own, so that clients that block do not block the broker.
fn run(
    shared: &Arc<Shared>,
    options: &SandboxOptions,
    requested: mpsc::UnboundedReceiver<Command>,
    ready: Ready,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let _gone = ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let plain = Listener::open(options.port, false);
        let opened = plain.and_then(|plain| {
            let sasl = if options.users.is_empty() {
                None
            } else {
                Some(Listener::open(0, true)?)
            };
            Ok((plain, sasl))
        });
        let (plain, sasl) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let _gone = ready.send(Err(error));
                return;
            }
        };
        let _gone = ready.send(Ok((plain.port(), sasl.as_ref().map(Listener::port))));
        tokio::select! {
            () = serve(shared, Door::Open(plain), sasl.map(Door::Open), requested) => {}
            () = keep_time(&shared.broker) => {}
        }
    });
}

/// A listener that may be closed for a while.
#[derive(Debug)]
enum Door {
    Open(Listener),
    Closed(Reservation),
}

impl Door {
    async fn serve(&mut self, shared: &Arc<Shared>) {
        match self {
            Self::Open(listener) => listener.serve(shared).await,
            Self::Closed(_) => std::future::pending().await,
        }
    }

    async fn close(self) -> Self {
        match self {
            Self::Open(listener) => Self::Closed(listener.close().await),
            closed @ Self::Closed(_) => closed,
        }
    }

    async fn close_connections(&mut self) {
        if let Self::Open(listener) = self {
            listener.close_connections().await;
        }
    }

    fn open(&mut self) -> io::Result<()> {
        if let Self::Closed(reservation) = self {
            *self = Self::Open(reservation.open()?);
        }
        Ok(())
    }
}

async fn serve(
    shared: &Arc<Shared>,
    plain: Door,
    sasl: Option<Door>,
    mut requested: mpsc::UnboundedReceiver<Command>,
) {
    let mut doors: Vec<Door> = std::iter::once(plain).chain(sasl).collect();
    loop {
        let command = {
            let mut open = doors.iter_mut().map(|door| door.serve(shared));
            let (first, second) = (open.next(), open.next());
            tokio::select! {
                command = requested.recv() => command,
                () = poll(first) => continue,
                () = poll(second) => continue,
            }
        };
        match command {
            Some(Command::Stop(done)) => {
                doors = close(doors).await;
                let _gone = done.send(());
            }
            Some(Command::Restart(done)) => {
                doors = close(doors).await;
                let opened = doors.iter_mut().try_for_each(Door::open);
                let _gone = done.send(opened);
            }
            Some(Command::CloseConnections) => {
                for door in &mut doors {
                    door.close_connections().await;
                }
            }
            Some(Command::End) | None => return,
        }
    }
}

async fn poll(future: Option<impl Future<Output = ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn close(doors: Vec<Door>) -> Vec<Door> {
    let mut closed = Vec::new();
    for door in doors {
        closed.push(door.close().await);
    }
    closed
}

/// Lets deadlines of groups and transactions take effect when they come.
async fn keep_time(broker: &Broker) {
    loop {
        let rescheduled = broker.rescheduled.notified();
        let now = Instant::now();
        let (next, aborted) = {
            let mut state = broker.state.lock();
            let groups = state.groups.expire(now);
            let (transactions, aborted) = state.abort_late_transactions(now);
            (groups.into_iter().chain(transactions).min(), aborted)
        };
        if aborted {
            broker.appended.notify_waiters();
        }
        match next {
            Some(next) => {
                let _late = tokio::time::timeout_at(next, rescheduled).await;
            }
            None => rescheduled.await,
        }
    }
}
