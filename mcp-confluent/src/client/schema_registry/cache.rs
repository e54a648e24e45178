//! Schemas by id: facts that never change, so they may be kept.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::context_of;
use crate::{
    client::call::{Call, Ended, cancelled},
    codec::SchemaRef,
    error::{ErrorKind, Result, ToolError},
};

const MAX_FACTS: usize = 1000;
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What a schema is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) schema: SchemaRef,
    scope: Scope,
}

/// Ids are counted per context, and references are looked up in one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Scope {
    Default,
    Context(String),
    /// The registry says which context: the one where this subject has the id.
    Subject(String),
}

impl Key {
    /// The key of `schema` where `subject` says the context.
    pub(super) fn new(schema: SchemaRef, subject: Option<&str>) -> Self {
        let scope = match (subject, subject.and_then(context_of)) {
            (_, Some(context)) => Scope::Context(context.to_owned()),
            (Some(subject), None) => Scope::Subject(subject.to_owned()),
            (None, None) => Scope::Default,
        };
        Self { schema, scope }
    }
}

/// Something that may be kept.
pub(super) trait Keep {
    /// About how many bytes of memory it takes.
    fn bytes(&self) -> usize;

    /// Whether it stays true.
    fn is_fact(&self) -> bool {
        true
    }
}

/// The facts used last, bounded in number and bytes.
#[derive(Debug)]
pub(super) struct Cache<T> {
    /// The host of the registry, for messages.
    host: String,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    facts: HashMap<Key, Fact<T>>,
    bytes: usize,
    clock: u64,
    /// What is being fetched now.
    under_way: HashMap<Key, Weak<OnceCell<Arc<T>>>>,
}

#[derive(Debug)]
struct Fact<T> {
    value: Arc<T>,
    bytes: usize,
    used: u64,
}

impl<T> Cache<T> {
    /// A cache of what the registry at `host` says.
    pub(super) fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            state: Mutex::new(State {
                facts: HashMap::new(),
                bytes: 0,
                clock: 0,
                under_way: HashMap::new(),
            }),
        }
    }
}

impl<T: Keep> Cache<T> {
    /// The fact that `key` stands for, fetched if it is not known.
    ///
    /// Who asks while it is being fetched waits for that. What fails, or will not stay true, is not
    /// kept: the next one asks anew.
    pub(super) async fn get_or_fetch(
        &self,
        call: &Call,
        key: Key,
        fetch: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        if let Some(known) = self.get(&key) {
            return Ok(known);
        }
        let fetch = Box::pin(fetch);
        let shared = self.under_way(&key);
        let fetched = shared.get_or_try_init(|| async {
            let value = Arc::new(fetch.await?);
            if value.is_fact() {
                self.put(key.clone(), value.clone());
            }
            Ok(value)
        });
        let ended = match call.wait(fetched).await {
            Ok(result) => return result.cloned(),
            Err(ended) => ended,
        };
        let doing = format!("get {} on {}", key.schema, self.host);
        Err(match ended {
            Ended::Cancelled => cancelled(&doing),
            Ended::TimedOut => {
                let seconds = call.elapsed().as_secs_f64();
                let message = format!("{doing}: no answer in {seconds:.1} s");
                ToolError::new(ErrorKind::TimedOut, message)
                    .hint("the schema registry is slow or unreachable: try again")
            }
        })
    }

    fn under_way(&self, key: &Key) -> Arc<OnceCell<Arc<T>>> {
        let under_way = &mut self.state.lock().under_way;
        if let Some(cell) = under_way.get(key).and_then(Weak::upgrade) {
            return cell;
        }
        under_way.retain(|_, cell| cell.strong_count() > 0);
        let cell = Arc::default();
        under_way.insert(key.clone(), Arc::downgrade(&cell));
        cell
    }

    fn get(&self, key: &Key) -> Option<Arc<T>> {
        let state = &mut *self.state.lock();
        state.clock += 1;
        let fact = state.facts.get_mut(key)?;
        fact.used = state.clock;
        Some(fact.value.clone())
    }

    fn put(&self, key: Key, value: Arc<T>) {
        let state = &mut *self.state.lock();
        let bytes = value.bytes();
        if bytes > MAX_BYTES {
            return;
        }
        state.clock += 1;
        state.bytes += bytes;
        let used = state.clock;
        if let Some(old) = state.facts.insert(key, Fact { value, bytes, used }) {
            state.bytes -= old.bytes;
        }
        while state.facts.len() > MAX_FACTS || state.bytes > MAX_BYTES {
            let oldest = state.facts.iter().min_by_key(|(_, fact)| fact.used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            if let Some(fact) = state.facts.remove(&oldest) {
                state.bytes -= fact.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::{sync::Notify, task::JoinSet};

    use super::*;

    const HOST: &str = "registry.example";

    impl Keep for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    fn key(id: u32) -> Key {
        Key::new(SchemaRef::Id(id), None)
    }

    fn call() -> Call {
        Call::within(Duration::from_secs(30))
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let cache = Cache::new(HOST);
        for id in 0..1500 {
            cache.put(key(id), Arc::new(1));
            assert!(cache.get(&key(0)).is_some());
        }
        assert_eq!(cache.state.lock().facts.len(), MAX_FACTS);
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.get(&key(1499)).is_some());
    }

    #[test]
    fn bytes_are_bounded_and_counted_once() {
        let cache = Cache::new(HOST);
        for id in 0..10 {
            cache.put(key(id % 5), Arc::new(MAX_BYTES / 4));
        }
        assert!(cache.state.lock().bytes <= MAX_BYTES);
        assert_eq!(cache.state.lock().facts.len(), 4);
        cache.put(key(100), Arc::new(MAX_BYTES + 1));
        assert!(cache.get(&key(100)).is_none());
    }

    #[test]
    fn an_id_means_another_schema_in_another_context() {
        let cache = Cache::new(HOST);
        cache.put(key(1), Arc::new(1));
        let of = |subject| Key::new(SchemaRef::Id(1), Some(subject));
        assert!(cache.get(&of(":.staging:s")).is_none());
        // Nor is it known which context a subject without one is in.
        assert!(cache.get(&of("s")).is_none());
        cache.put(of("s"), Arc::new(2));
        assert!(cache.get(&of("t")).is_none());
        cache.put(of(":.staging:s"), Arc::new(3));
        assert!(cache.get(&of(":.staging:t")).is_some());
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_shares_one_fetch() {
        let (cache, fetches) = (Arc::new(Cache::new(HOST)), Arc::new(AtomicUsize::new(0)));
        let open = Arc::new(Notify::new());
        let mut asking = JoinSet::new();
        for _ in 0..10 {
            let (cache, fetches, open) = (cache.clone(), fetches.clone(), open.clone());
            asking.spawn(async move {
                let fetch = async {
                    fetches.fetch_add(1, Ordering::Relaxed);
                    open.notified().await;
                    Ok(7)
                };
                *cache.get_or_fetch(&call(), key(1), fetch).await.unwrap()
            });
        }
        while fetches.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        open.notify_one();
        assert_eq!(asking.join_all().await, [7; 10]);
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
        let known = cache
            .get_or_fetch(&call(), key(1), async { unreachable!() })
            .await;
        assert_eq!(*known.unwrap(), 7);
    }

    #[tokio::test]
    async fn who_waits_goes_on_when_the_first_one_fails_or_gives_up() {
        let cache = Cache::<usize>::new(HOST);
        let (short, long) = (Call::within(Duration::from_millis(10)), call());
        let failed = cache
            .get_or_fetch(&long, key(1), async { Err(ToolError::internal("once")) })
            .await;
        assert!(failed.is_err());
        let given_up = cache.get_or_fetch(&short, key(1), std::future::pending());
        let fetched = cache.get_or_fetch(&long, key(1), async { Ok(2) });
        let (given_up, fetched) = tokio::join!(given_up, fetched);
        let given_up = given_up.unwrap_err();
        assert_eq!(given_up.kind(), ErrorKind::TimedOut);
        let start = "get schema id 1 on registry.example: no answer in ";
        assert!(given_up.message().starts_with(start), "{given_up}");
        assert!(given_up.hint_text().unwrap().contains("try again"));
        assert_eq!(*fetched.unwrap(), 2);
    }
}
