//! Before a call on a connection that signs in: somebody has to be signed in.

use rmcp::{
    RoleServer,
    model::{ElicitRequestParams, ElicitationAction},
    service::Peer,
};

use super::{clients, context::ToolContext};
use crate::{
    client::login::{Begun, Standing},
    error::{ErrorKind, Result, ToolError},
};

/// Makes sure that somebody is signed in where the call goes; shows the person at the other end where
/// to sign in, and waits. Calls that go elsewhere are not held up.
pub(super) async fn ensure(cx: &ToolContext) -> Result<()> {
    let Ok(connection) = cx.connection() else {
        return Ok(());
    };
    if connection.config().sign_in().is_none() {
        return Ok(());
    }
    let endpoints = &cx.inner().gates.config().endpoints;
    let login = clients::login(connection, endpoints)?;
    let begun = match login.ensure().await? {
        Standing::SignedIn => return Ok(()),
        Standing::Begun(begun) => begun,
    };
    let message = format!(
        "Waiting for the sign-in to Confluent Cloud at {}",
        begun.url()
    );
    cx.progress().report(0, 1, message).await;
    if !begun.is_first() {
        return begun.finished().await.map(drop);
    }
    begun.announce();
    let outcome = match cx.inner().progress.shows_urls() {
        Some(peer) => {
            tokio::select! {
                outcome = begun.finished() => outcome,
                answer = shown(peer, &begun) => match answer {
                    Some(ElicitationAction::Accept) => begun.finished().await,
                    Some(_) => {
                        login.give_up().await;
                        Err(declined(connection.id()))
                    }
                    None => {
                        begun.open_browser();
                        begun.finished().await
                    }
                },
            }
        }
        None => {
            begun.open_browser();
            begun.finished().await
        }
    };
    outcome.map(drop)
}

/// Has the client show the address; `None` if it does not.
async fn shown(peer: &Peer<RoleServer>, begun: &Begun) -> Option<ElicitationAction> {
    let question = ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: "Sign in to Confluent Cloud, so that the tools can use it for you.".to_owned(),
        url: begun.url().to_owned(),
        elicitation_id: format!("sign-in-{:016x}", rand::random::<u64>()),
    };
    match peer.create_elicitation(question).await {
        Ok(answer) => Some(answer.action),
        Err(error) => {
            tracing::debug!(%error, "the client does not show the address");
            None
        }
    }
}

fn declined(connection: &str) -> ToolError {
    ToolError::new(
        ErrorKind::Refused,
        format!("nobody was signed in on the connection `{connection}`: the person declined"),
    )
    .hint("do not try again unless the person asks for it")
}
