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

/// Whether the call goes where somebody has to be signed in.
pub(super) fn is_asked_for(cx: &ToolContext) -> bool {
    let connection = cx.connection();
    connection.is_ok_and(|connection| connection.config().sign_in().is_some())
}

/// Makes sure that somebody is signed in where the call goes; shows the person at the other end where
/// to sign in, and waits.
pub(super) async fn ensure(cx: &ToolContext) -> Result<()> {
    let connection = cx.connection()?;
    let endpoints = &cx.inner().gates.config().endpoints;
    let login = clients::login(connection, endpoints)?;
    let Standing::Begun(begun) = login.ensure().await? else {
        return Ok(());
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
    let outcome = if let Some(peer) = cx.inner().progress.shows_urls() {
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
    } else {
        begun.open_browser();
        begun.finished().await
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
