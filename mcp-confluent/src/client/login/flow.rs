//! A sign-in under way: from the address that a person goes to until there are tokens.

use std::{
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use hyper::StatusCode;
use secrecy::SecretString;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Shared, browser,
    callback::{Arrival, Reply, Server},
    pkce::Proof,
    provider::{Fault, reason},
    session::Session,
};
use crate::{
    config::OAuthConnection,
    error::{ErrorKind, Result, ToolError},
};

/// What became of it: who signed in, where Confluent Cloud says.
type Outcome = Result<Option<String>>;

/// A sign-in under way; it ends when this is dropped.
pub(super) struct Flow {
    begun: Begun,
    _stop: DropGuard,
}

/// A sign-in that somebody has to finish.
#[derive(Debug, Clone)]
pub struct Begun {
    url: Arc<str>,
    connection: Arc<str>,
    first: bool,
    opens_browser: bool,
    listens: bool,
    outcome: watch::Receiver<Option<Outcome>>,
    pasted: mpsc::Sender<Arrival>,
}

/// What became of a pasted address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pasted {
    /// It was what the sign-in waited for.
    Taken,
    /// It was not; this is why.
    Refused(String),
}

/// The port that the browser comes back to.
pub(super) async fn listen(oauth: &OAuthConnection) -> io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", oauth.callback_port)).await
}

impl Flow {
    /// Begins one; without a `listener`, somebody has to paste what the browser brings.
    pub(super) fn begin(
        shared: &Arc<Shared>,
        listener: Option<TcpListener>,
    ) -> Result<(Self, Begun)> {
        let port = match &listener {
            Some(listener) => listener.local_addr()?.port(),
            None => shared.oauth.callback_port,
        };
        let redirect = format!("http://127.0.0.1:{port}{}", shared.oauth.callback_path);
        let proof = Proof::new();
        let url = shared.provider.authorize_url(&proof, &redirect)?;
        let (tell, outcome) = watch::channel(None);
        let (pasted, arrivals) = mpsc::channel(1);
        let stop = shared.end.child_token();
        let listens = listener.is_some();
        let server =
            listener.map(|it| Server::new(it, &shared.oauth.callback_path, pasted.clone()));
        let waiting = Waiting {
            shared: shared.clone(),
            proof,
            redirect,
            arrivals,
            stop: stop.clone(),
        };
        tokio::spawn(waiting.run(server, tell));
        let begun = Begun {
            url: url.into(),
            connection: shared.connection.as_str().into(),
            first: true,
            opens_browser: shared.oauth.open_browser,
            listens,
            outcome,
            pasted,
        };
        let flow = Self {
            begun: Begun {
                first: false,
                ..begun.clone()
            },
            _stop: stop.drop_guard(),
        };
        Ok((flow, begun))
    }

    /// The same sign-in for one more call, unless it is over.
    pub(super) fn join(&self) -> Option<Begun> {
        let over = self.begun.outcome.borrow().is_some();
        (!over).then(|| self.begun.clone())
    }
}

impl Begun {
    /// Where the person has to go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this call began it; others only wait.
    pub fn is_first(&self) -> bool {
        self.first
    }

    /// Whether the browser can come back by itself.
    pub fn listens(&self) -> bool {
        self.listens
    }

    /// Opens the system's browser, if there is one and the configuration does not forbid it.
    pub fn open_browser(&self) -> bool {
        self.opens_browser && browser::open(&self.url)
    }

    /// Writes the address to standard error, whatever else is done with it.
    pub fn announce(&self) {
        let connection = &self.connection;
        // A closed standard error is no reason to panic.
        let _ = writeln!(
            io::stderr(),
            "mcp-confluent: sign in to Confluent Cloud for the connection `{connection}` at\n    {}\n    \
             With a browser on another machine, run `mcp-confluent login {connection}` here: it takes the \
             address that the browser ends at.",
            self.url
        );
    }

    /// Waits until the person is signed in, and says who that is where Confluent Cloud does. Ends after
    /// two minutes at the latest.
    ///
    /// # Errors
    /// Nobody came, or the sign-in was refused, or the tokens could not be had.
    pub async fn finished(&self) -> Result<Option<String>> {
        let mut outcome = self.outcome.clone();
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Ok(None)),
            Err(_) => Err(aborted(&self.connection)),
        }
    }

    /// Takes the address that a browser on another machine ended at.
    pub async fn paste(&self, address: &str) -> Pasted {
        let address = address.trim();
        let query = address.split_once('?').map_or(address, |(_, query)| query);
        let (reply, replied) = oneshot::channel();
        let arrival = Arrival {
            query: query.split('#').next().unwrap_or_default().to_owned(),
            reply,
        };
        let sent = self.pasted.send(arrival).await;
        let reply = match sent {
            Ok(()) => replied.await.ok(),
            Err(_) => None,
        };
        match reply {
            Some(reply) if reply.status == StatusCode::BAD_REQUEST => Pasted::Refused(reply.text),
            // What became of it, `finished` says.
            _ => Pasted::Taken,
        }
    }
}

/// What came back from the provider.
enum Brought {
    Code(SecretString),
    /// The provider, or the person there, said no.
    Refused(String),
    /// Something that is not the answer to this sign-in.
    Stray(&'static str),
}

struct Waiting {
    shared: Arc<Shared>,
    proof: Proof,
    redirect: String,
    arrivals: mpsc::Receiver<Arrival>,
    stop: CancellationToken,
}

impl Waiting {
    async fn run(mut self, server: Option<Server>, tell: watch::Sender<Option<Outcome>>) {
        let patience = self.shared.patience;
        let deadline = Instant::now() + patience;
        let connection = self.shared.connection.clone();
        let stop = self.stop.clone();
        let mut server = server;
        let outcome = {
            let serving = async {
                match &mut server {
                    Some(server) => server.serve().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => Err(aborted(&connection)),
                outcome = self.answer() => outcome,
                () = serving => Err(aborted(&connection)),
                () = sleep_until(deadline) => Err(nobody_came(&connection, patience)),
            }
        };
        if let Err(error) = &outcome {
            tracing::warn!(connection, %error, "nobody was signed in");
        }
        // Nobody waits any more if there is no receiver.
        let _ = tell.send(Some(outcome));
        // Whoever arrives from now on is told that it is over.
        drop(self);
        if let Some(server) = server {
            server.finish().await;
        }
    }

    /// Judges what arrives until something is the answer.
    async fn answer(&mut self) -> Outcome {
        while let Some(Arrival { query, reply }) = self.arrivals.recv().await {
            let brought = judge(&query, &self.proof.state);
            let (shown, outcome) = match brought {
                Brought::Stray(why) => {
                    // A browser that went away needs no page; so below.
                    let _ = reply.send(refusal(StatusCode::BAD_REQUEST, why.to_owned()));
                    continue;
                }
                Brought::Refused(why) => {
                    let error = ToolError::new(
                        ErrorKind::Refused,
                        format!(
                            "nobody was signed in on the connection `{}`: the identity provider said: {why}",
                            self.shared.connection
                        ),
                    )
                    .hint("call again to begin another sign-in");
                    (refusal(StatusCode::BAD_REQUEST, why), Err(error))
                }
                Brought::Code(code) => match self.redeem(&code).await {
                    Ok(who) => {
                        let page = Reply {
                            status: StatusCode::OK,
                            title: "Signed in",
                            text: "mcp-confluent can use Confluent Cloud for you now. You may close this \
                                   window."
                                .to_owned(),
                        };
                        (page, Ok(who))
                    }
                    Err(fault) => {
                        let error = fault.into_error().context(format_args!(
                            "sign in on the connection `{}`",
                            self.shared.connection
                        ));
                        let text = error.message().to_owned();
                        (refusal(StatusCode::BAD_GATEWAY, text), Err(error))
                    }
                },
            };
            let _ = reply.send(shown);
            return outcome;
        }
        Err(aborted(&self.shared.connection))
    }

    /// Exchanges the code for tokens.
    async fn redeem(&self, code: &SecretString) -> Result<Option<String>, Fault> {
        let shared = &self.shared;
        let began = Instant::now();
        let granted = shared
            .provider
            .redeem(code, &self.proof, &self.redirect)
            .await?;
        let Some(refresh_token) = granted.refresh_token else {
            return Err(Fault::Ended(ToolError::internal("no refresh token")));
        };
        let mut session = Session::new(refresh_token, began);
        let who = shared
            .exchange(&mut session, &granted.id_token, began)
            .await?;
        let kept = shared.keep(&mut session).await;
        let mut state = shared.state.lock().await;
        if let Err(reason) = kept {
            shared.warn(&mut state, &reason);
        }
        state.session = Some(session);
        Ok(who)
    }
}

fn refusal(status: StatusCode, text: String) -> Reply {
    Reply {
        status,
        title: "Not signed in",
        text,
    }
}

/// What the query of an address holds.
fn judge(query: &str, state: &str) -> Brought {
    let mut url = reqwest::Url::parse("http://127.0.0.1").ok();
    let pairs = url.as_mut().map(|url| {
        url.set_query(Some(query));
        url.query_pairs().into_owned().collect::<Vec<_>>()
    });
    let pairs = pairs.unwrap_or_default();
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|it| !it.is_empty())
    };
    if value("state") != Some(state) {
        return Brought::Stray(
            "This address belongs to another sign-in: its `state` is not the one that was sent.",
        );
    }
    if let Some(error) = value("error") {
        return Brought::Refused(reason(error, value("error_description")));
    }
    match value("code") {
        Some(code) => Brought::Code(code.to_owned().into()),
        None => Brought::Stray("This address has no `code` in it."),
    }
}

fn aborted(connection: &str) -> ToolError {
    ToolError::new(
        ErrorKind::Cancelled,
        format!("the sign-in on the connection `{connection}` was given up"),
    )
}

fn nobody_came(connection: &str, patience: Duration) -> ToolError {
    ToolError::new(
        ErrorKind::TimedOut,
        format!(
            "nobody signed in to Confluent Cloud on the connection `{connection}` within {} s",
            patience.as_secs()
        ),
    )
    .hint(format!(
        "call again to begin another sign-in; if no browser of this machine can be used, have \
         `mcp-confluent login {connection}` run here"
    ))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn only_the_answer_to_this_sign_in_counts() {
        let stray = |query: &str| matches!(judge(query, "s"), Brought::Stray(_));
        for query in ["", "code=c", "code=c&state=S", "state=s", "state=s&code="] {
            assert!(stray(query), "{query}");
        }
        let Brought::Code(code) = judge("state=s&code=a%2Fb+c", "s") else {
            panic!("a code")
        };
        assert_eq!(code.expose_secret(), "a/b c");
        let Brought::Refused(why) = judge("error=access_denied&state=s&code=c", "s") else {
            panic!("a refusal")
        };
        assert_eq!(why, "access_denied");
        assert!(stray("error=access_denied&state=other"));
    }
}
