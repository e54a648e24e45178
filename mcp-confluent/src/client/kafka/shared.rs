//! [`Shared`]: one request for several calls that ask the same at the same time.

use std::{future::Future, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, watch};

/// A request whose answer several calls share.
///
/// A call only gets the answer to a request that was sent after the call came, so that nothing it could
/// know of is missing: it joins the request that waits for its turn, never the one that is on its way.
/// At most one is on its way and one waits, however many calls there are.
pub(super) struct Shared<T> {
    /// The request that is not sent yet.
    waiting: Mutex<Option<watch::Receiver<Option<T>>>>,
    /// Held by the one that is on its way.
    turn: Turn<()>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            waiting: Mutex::new(None),
            turn: Turn::new(()),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Shared<T> {
    /// The answer to `request`, or to the same request of another call. It is dropped when nobody waits
    /// for its answer any more. `None` if it came to no end.
    pub(super) async fn ask<F>(
        self: &Arc<Self>,
        request: impl FnOnce() -> F + Send + 'static,
    ) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut answer = {
            let mut waiting = self.waiting.lock();
            if let Some(answer) = &*waiting {
                answer.clone()
            } else {
                let (sender, answer) = watch::channel(None);
                *waiting = Some(answer.clone());
                tokio::spawn(self.clone().send(request, sender));
                answer
            }
        };
        let answer = answer.wait_for(Option::is_some).await.ok()?;
        answer.clone()
    }

    async fn send<F: Future<Output = T>>(
        self: Arc<Self>,
        request: impl FnOnce() -> F,
        answer: watch::Sender<Option<T>>,
    ) {
        let _turn = self.turn.lock().await;
        // Whoever comes from now on might know of something that this request does not see.
        drop(self.waiting.lock().take());
        tokio::select! {
            biased;
            () = answer.closed() => {}
            value = async { request().await } => drop(answer.send(Some(value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::{
        sync::{Semaphore, mpsc},
        task::{JoinHandle, yield_now},
    };

    use super::*;

    /// Requests that are answered when the test says so, with their number.
    struct Requests {
        shared: Arc<Shared<usize>>,
        sent: Arc<AtomicUsize>,
        begun: mpsc::UnboundedSender<usize>,
        answer: Arc<Semaphore>,
    }

    impl Requests {
        fn new() -> (Self, mpsc::UnboundedReceiver<usize>) {
            let (begun, beginning) = mpsc::unbounded_channel();
            let requests = Self {
                shared: Arc::default(),
                sent: Arc::default(),
                begun,
                answer: Arc::new(Semaphore::new(0)),
            };
            (requests, beginning)
        }

        fn ask(&self) -> JoinHandle<Option<usize>> {
            let (sent, begun, answer) =
                (self.sent.clone(), self.begun.clone(), self.answer.clone());
            let shared = self.shared.clone();
            tokio::spawn(async move {
                let request = move || async move {
                    let number = sent.fetch_add(1, Ordering::SeqCst) + 1;
                    begun.send(number).unwrap();
                    answer.acquire().await.unwrap().forget();
                    number
                };
                shared.ask(request).await
            })
        }

        /// Until every call that was begun waits for something.
        async fn settle(&self) {
            for _ in 0..20 {
                yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_call_never_gets_what_was_asked_before_it_came() {
        let (requests, mut begun) = Requests::new();
        let first = requests.ask();
        assert_eq!(begun.recv().await, Some(1));
        let later: Vec<_> = (0..5).map(|_| requests.ask()).collect();
        requests.settle().await;
        assert_eq!(requests.sent.load(Ordering::SeqCst), 1, "they wait");
        requests.answer.add_permits(1);
        assert_eq!(first.await.unwrap(), Some(1));

        assert_eq!(begun.recv().await, Some(2));
        let last = requests.ask();
        requests.settle().await;
        requests.answer.add_permits(2);
        for call in later {
            assert_eq!(call.await.unwrap(), Some(2), "one request for all");
        }
        assert_eq!(last.await.unwrap(), Some(3));
        assert_eq!(requests.sent.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_request_goes_on_while_somebody_waits_for_it() {
        let (requests, mut begun) = Requests::new();
        let first = requests.ask();
        assert_eq!(begun.recv().await, Some(1));
        let (second, third) = (requests.ask(), requests.ask());
        requests.settle().await;

        // Nobody waits for the first one: the next does not wait for it either.
        first.abort();
        assert_eq!(begun.recv().await, Some(2));
        // The one that asked is gone, the other still gets its answer.
        second.abort();
        assert!(second.await.unwrap_err().is_cancelled());
        requests.answer.add_permits(1);
        assert_eq!(third.await.unwrap(), Some(2));
    }

    #[tokio::test]
    async fn a_request_that_nobody_waits_for_is_not_sent() {
        let (requests, mut begun) = Requests::new();
        let first = requests.ask();
        assert_eq!(begun.recv().await, Some(1));
        let second = requests.ask();
        requests.settle().await;
        second.abort();
        assert!(second.await.unwrap_err().is_cancelled());
        requests.answer.add_permits(1);
        assert_eq!(first.await.unwrap(), Some(1));
        requests.settle().await;
        assert_eq!(requests.sent.load(Ordering::SeqCst), 1);
    }
}
