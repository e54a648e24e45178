//! Clients of single resources, as many as are worth keeping.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::error::Result;

/// Each may hold connections and threads.
const MOST: usize = 16;

/// Clients by their type and what they are for; the one that was not used for longest makes room.
#[derive(Default)]
pub(super) struct Kept(Mutex<Vec<Entry>>);

struct Entry {
    kind: TypeId,
    of: String,
    client: Arc<dyn Any + Send + Sync>,
}

impl Kept {
    /// The client of type `T` for `of`, made by `open` where none is kept.
    pub(super) fn get<T: Send + Sync + 'static>(
        &self,
        of: &str,
        open: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let clients = &mut *self.0.lock();
        let kind = TypeId::of::<T>();
        let place = clients.iter().position(|it| it.kind == kind && it.of == of);
        if let Some(place) = place {
            let kept = clients.remove(place);
            let client = kept.client.clone();
            clients.push(kept);
            if let Ok(client) = client.downcast() {
                return Ok(client);
            }
        }
        let client = Arc::new(open()?);
        if clients.len() >= MOST {
            clients.remove(0);
        }
        clients.push(Entry {
            kind,
            of: of.to_owned(),
            client: client.clone(),
        });
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ToolError;

    #[test]
    fn a_client_is_shared_until_too_many_others_were_used_since() {
        let kept = Kept::default();
        let get = |of: usize| kept.get(&of.to_string(), || Ok(of)).expect("a client");
        let first = get(0);
        for other in 1..MOST {
            get(other);
        }
        assert!(Arc::ptr_eq(&first, &get(0)), "it was used last");
        get(MOST);
        assert!(Arc::ptr_eq(&first, &get(0)));
        let second = get(2);
        for other in 100..100 + MOST {
            get(other);
        }
        assert!(!Arc::ptr_eq(&second, &get(2)));
        assert_eq!(kept.0.lock().len(), MOST);
    }

    #[test]
    fn types_and_failures_are_told_apart() {
        let kept = Kept::default();
        let failed = kept.get::<u8>("a", || Err(ToolError::internal("no")));
        assert!(failed.is_err());
        assert_eq!(*kept.get::<u8>("a", || Ok(1)).expect("a client"), 1);
        assert_eq!(*kept.get::<u16>("a", || Ok(2)).expect("a client"), 2);
        assert_eq!(*kept.get::<u8>("a", || Ok(3)).expect("a client"), 1);
    }
}
