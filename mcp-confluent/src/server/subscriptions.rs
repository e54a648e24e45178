//! Who is told when a resource changes, or the list of them.
//!
//! Kafka and the other services tell nobody, so what somebody is subscribed to is read again every few
//! seconds and compared. However many are subscribed to one thing, it is read once; when the last of
//! them leaves, it is not read any more.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use rmcp::{
    ErrorData, RoleServer,
    model::{ErrorCode, ReadResourceResponse, ResourceUpdatedNotificationParam},
    service::{Peer, SubscriptionContext},
};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::tool::{call::Requester, toolbox::Toolbox};

/// How long after one look comes the next.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many things are watched at most, whoever asked for them.
const MOST: usize = 256;

/// What can be watched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    /// The contents at a URI.
    Resource(String),
    /// Which resources there are.
    List,
}

/// Looks at one subject again and again while somebody holds it.
struct Watch {
    /// Counts the changes.
    changes: watch::Receiver<u64>,
    _looking: Task,
}

/// Ends when this is dropped.
struct Task(JoinHandle<()>);

impl Task {
    fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Everything that is watched, for all clients.
#[derive(Clone)]
pub(super) struct Subscriptions(Arc<Inner>);

struct Inner {
    toolbox: Arc<Toolbox>,
    watched: Mutex<HashMap<Subject, Weak<Watch>>>,
    /// How long after one look comes the next.
    interval: Duration,
}

/// What one client of the protocol with sessions is subscribed to; it is told no more when this is
/// dropped.
#[derive(Default)]
pub(super) struct Session {
    /// Tells it about one URI each, and under no URI about the list.
    told: Mutex<HashMap<Option<String>, Task>>,
}

impl Subscriptions {
    pub(super) fn new(toolbox: Arc<Toolbox>) -> Self {
        Self::every(INTERVAL, toolbox)
    }

    fn every(interval: Duration, toolbox: Arc<Toolbox>) -> Self {
        Self(Arc::new(Inner {
            toolbox,
            interval,
            watched: Mutex::default(),
        }))
    }

    /// Tells `peer` from now on when the resource at `uri` changes, and when the list of resources
    /// does.
    pub(super) async fn subscribe(
        &self,
        session: &Session,
        peer: &Peer<RoleServer>,
        uri: String,
    ) -> Result<(), ErrorData> {
        self.0.toolbox.can_read(&uri)?;
        let resource = self.watch(Subject::Resource(uri.clone())).await?;
        let list = self.watch(Subject::List).await?;
        let mut told = session.told.lock();
        told.entry(None).or_insert_with(|| {
            let peer = peer.clone();
            Task::spawn(each_change(list, async move || {
                peer.notify_resource_list_changed().await.is_ok()
            }))
        });
        told.entry(Some(uri.clone())).or_insert_with(|| {
            let peer = peer.clone();
            Task::spawn(each_change(resource, async move || {
                let updated = ResourceUpdatedNotificationParam::new(uri.clone());
                peer.notify_resource_updated(updated).await.is_ok()
            }))
        });
        Ok(())
    }

    /// Tells a client of the protocol without sessions what it asked for, until it stops listening.
    pub(super) async fn listen(&self, context: &SubscriptionContext) -> Result<(), ErrorData> {
        let accepted = context.accepted();
        let mut telling = JoinSet::new();
        if accepted.resources_list_changed == Some(true) {
            let list = self.watch(Subject::List).await?;
            let sink = context.sink().clone();
            telling.spawn(each_change(list, async move || {
                sink.notify_resource_list_changed().await.is_ok()
            }));
        }
        for uri in accepted.resource_subscriptions.iter().flatten() {
            let resource = self.watch(Subject::Resource(uri.clone())).await?;
            let (sink, uri) = (context.sink().clone(), uri.clone());
            telling.spawn(each_change(resource, async move || {
                sink.notify_resource_updated(uri.clone()).await.is_ok()
            }));
        }
        context.cancelled().await;
        Ok(())
    }

    /// The watch of `subject`, which has taken its first look.
    async fn watch(&self, subject: Subject) -> Result<Arc<Watch>, ErrorData> {
        if let Some(watch) = self.watched(&subject) {
            return Ok(watch);
        }
        // Without the lock: others may begin the same, and then the first one stays.
        let first = self.0.look(&subject).await;
        let mut watched = self.0.watched.lock();
        watched.retain(|_, watch| watch.strong_count() > 0);
        if let Some(watch) = watched.get(&subject).and_then(Weak::upgrade) {
            return Ok(watch);
        }
        if watched.len() >= MOST {
            return Err(ErrorData::new(
                ErrorCode::INVALID_REQUEST,
                format!("{MOST} resources are watched already, and no more can be"),
                None,
            ));
        }
        let (tell, changes) = watch::channel(0);
        let inner = Arc::downgrade(&self.0);
        let looking = keep_looking(inner, self.0.interval, subject.clone(), first, tell);
        let watch = Arc::new(Watch {
            changes,
            _looking: Task::spawn(looking),
        });
        watched.insert(subject, Arc::downgrade(&watch));
        Ok(watch)
    }

    fn watched(&self, subject: &Subject) -> Option<Arc<Watch>> {
        self.0.watched.lock().get(subject)?.upgrade()
    }
}

impl Session {
    /// Tells the client no longer about `uri`. One that is subscribed to nothing is told nothing.
    pub(super) fn unsubscribe(&self, uri: &str) {
        let mut told = self.told.lock();
        told.remove(&Some(uri.to_owned()));
        if told.keys().all(Option::is_none) {
            told.clear();
        }
    }
}

impl Inner {
    /// What `subject` looks like now, as a digest; `None` where that cannot be told.
    async fn look(&self, subject: &Subject) -> Option<u64> {
        let cancel = CancellationToken::new();
        let caller = "subscriptions";
        match subject {
            Subject::List => {
                let resources = self.toolbox.all_resources(caller, &cancel).await;
                let uris: Vec<_> = resources.into_keys().collect();
                Some(digest(&uris))
            }
            Subject::Resource(uri) => {
                let read = self
                    .toolbox
                    .read(uri, Requester::silent(caller, &cancel))
                    .await;
                match read {
                    Ok(ReadResourceResponse::Complete(result)) => {
                        Some(digest(&serde_json::to_string(&result.contents).ok()?))
                    }
                    // That it is gone is a change too.
                    Err(error) if error.code == ErrorCode::RESOURCE_NOT_FOUND => Some(0),
                    Ok(_) | Err(_) => None,
                }
            }
        }
    }
}

fn digest(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

async fn keep_looking(
    inner: Weak<Inner>,
    interval: Duration,
    subject: Subject,
    mut last: Option<u64>,
    changed: watch::Sender<u64>,
) {
    loop {
        sleep(interval).await;
        let Some(inner) = inner.upgrade() else { return };
        // A service that is away says nothing about what it has.
        let Some(now) = inner.look(&subject).await else {
            continue;
        };
        if last.is_some_and(|last| last != now) {
            changed.send_modify(|count| *count += 1);
        }
        last = Some(now);
    }
}

/// Calls `tell` after each change, until it says that nobody listens.
async fn each_change(watch: Arc<Watch>, tell: impl AsyncFn() -> bool) {
    let mut changes = watch.changes.clone();
    changes.mark_unchanged();
    while changes.changed().await.is_ok() {
        if !tell().await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::timeout;

    use super::*;
    use crate::{config::Config, policy::ToolFilter, prelude::*, tool::registry::Registry};

    static NUMBER: AtomicU32 = AtomicU32::new(0);
    static LOOKS: AtomicU32 = AtomicU32::new(0);

    /// A number that changes.
    #[confluent_resource(uri = "test://number", category = Category::Other("test"))]
    async fn number() -> Result<String> {
        LOOKS.fetch_add(1, Ordering::SeqCst);
        Ok(NUMBER.load(Ordering::SeqCst).to_string())
    }

    async fn eventually(happened: impl Fn() -> bool) {
        let wait = async {
            while !happened() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(20), wait).await.unwrap();
    }

    /// One test, as they would share the number.
    #[tokio::test]
    async fn what_is_watched_twice_is_looked_at_once_and_then_no_more() {
        let registry = Registry::collect().unwrap();
        let toolbox = Toolbox::new(registry, Config::default(), ToolFilter::default());
        let watching = Subscriptions::every(Duration::from_millis(5), Arc::new(toolbox));
        let subject = || Subject::Resource("test://number".to_owned());
        let first = watching.watch(subject()).await.unwrap();
        let second = watching.watch(subject()).await.unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        // Nothing has changed, however often it was looked at.
        eventually(|| LOOKS.load(Ordering::SeqCst) > 5).await;
        assert_eq!(*first.changes.borrow(), 0);
        NUMBER.fetch_add(1, Ordering::SeqCst);
        eventually(|| *second.changes.borrow() == 1).await;
        drop(first);
        let looks = LOOKS.load(Ordering::SeqCst);
        eventually(|| LOOKS.load(Ordering::SeqCst) > looks).await;
        let handle = Arc::downgrade(&second);
        drop(second);
        assert!(handle.upgrade().is_none());
        assert!(watching.watched(&subject()).is_none());
    }

    #[tokio::test]
    async fn no_more_is_watched_than_is_allowed() {
        let registry = Registry::collect().unwrap();
        let toolbox = Toolbox::new(registry, Config::default(), ToolFilter::default());
        let watching = Subscriptions::new(Arc::new(toolbox));
        let mut held = Vec::new();
        for number in 0..MOST {
            let subject = Subject::Resource(format!("nothing://{number}"));
            held.push(watching.watch(subject).await.unwrap());
        }
        let one_more = || watching.watch(Subject::Resource("nothing://x".to_owned()));
        let Err(error) = one_more().await else {
            panic!("it is watched")
        };
        assert!(
            error.message.contains("watched already"),
            "{}",
            error.message
        );
        held.pop();
        one_more().await.unwrap();
    }
}
