//! Schemas by id: facts that never change, so they may be kept.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use super::Schema;

const MAX_SCHEMAS: usize = 1000;
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What a schema is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Ids are counted per context.
    Id {
        context: Option<String>,
        id: u32,
    },
    Guid(String),
}

/// The schemas used last, bounded in number and bytes.
#[derive(Debug, Default)]
pub(super) struct Cache {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    schemas: HashMap<Key, Entry>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    schema: Arc<Schema>,
    used: u64,
}

impl Cache {
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Schema>> {
        let state = &mut *self.state.lock();
        state.clock += 1;
        let entry = state.schemas.get_mut(key)?;
        entry.used = state.clock;
        Some(entry.schema.clone())
    }

    pub(super) fn put(&self, key: Key, schema: Arc<Schema>) {
        let state = &mut *self.state.lock();
        if schema.text.len() > MAX_BYTES {
            return;
        }
        state.clock += 1;
        state.bytes += schema.text.len();
        let used = state.clock;
        if let Some(old) = state.schemas.insert(key, Entry { schema, used }) {
            state.bytes -= old.schema.text.len();
        }
        while state.schemas.len() > MAX_SCHEMAS || state.bytes > MAX_BYTES {
            let oldest = state.schemas.iter().min_by_key(|(_, entry)| entry.used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            if let Some(entry) = state.schemas.remove(&oldest) {
                state.bytes -= entry.schema.text.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::schema_registry::SchemaType;

    fn key(id: u32) -> Key {
        Key::Id { context: None, id }
    }

    fn schema(bytes: usize) -> Arc<Schema> {
        Arc::new(Schema::new(SchemaType::Avro, "x".repeat(bytes)))
    }

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let cache = Cache::default();
        for id in 0..1500 {
            cache.put(key(id), schema(1));
            assert!(cache.get(&key(0)).is_some());
        }
        assert_eq!(cache.state.lock().schemas.len(), MAX_SCHEMAS);
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.get(&key(1499)).is_some());
    }

    #[test]
    fn bytes_are_bounded_and_counted_once() {
        let cache = Cache::default();
        for id in 0..10 {
            cache.put(key(id % 5), schema(MAX_BYTES / 4));
        }
        assert!(cache.state.lock().bytes <= MAX_BYTES);
        assert_eq!(cache.state.lock().schemas.len(), 4);
        cache.put(key(100), schema(MAX_BYTES + 1));
        assert!(cache.get(&key(100)).is_none());
    }

    #[test]
    fn an_id_means_another_schema_in_another_context() {
        let cache = Cache::default();
        cache.put(key(1), schema(1));
        let context = Some(".staging".to_owned());
        assert!(cache.get(&Key::Id { context, id: 1 }).is_none());
    }
}
