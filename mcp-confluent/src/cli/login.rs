//! `login` and `logout`: the sign-in of a connection of `type: oauth`, outside of any call.

use std::{io::IsTerminal as _, sync::Arc};

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

use super::{Failure, complain, print, setup::Ready};
use crate::{
    client::login::{Begun, Login, Pasted},
    connection::Connection,
    tool::clients,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The connection; may be left out where one signs in.
    #[arg(value_name = "CONNECTION")]
    connection: Option<String>,
}

/// Has a person sign in, whether or not somebody is signed in already.
pub(super) async fn sign_in(ready: &Ready, arguments: &Arguments) -> Result<(), Failure> {
    let (connection, login) = named(ready, arguments)?;
    let id = connection.id();
    if !login.outlives() {
        return Err(Failure::Usage(format!(
            "login: the connection `{id}` has `token_store: memory`, so there is nothing to keep a sign-in for \
             the server in\n    Write `keyring`, or `file` with a `token_file`; or call a tool: the server asks \
             then."
        )));
    }
    let failed = |error: crate::ToolError| Failure::Run(format!("login: {error}"));
    let begun = login.begin().await.map_err(failed)?;
    let opened = begun.listens() && begun.open_browser();
    complain(&told(&begun, opened));
    let who = tokio::select! {
        outcome = begun.finished() => outcome.map_err(failed)?,
        () = pasted(&begun) => begun.finished().await.map_err(failed)?,
        _ = tokio::signal::ctrl_c() => return Err(Failure::Run("interrupted".to_owned())),
    };
    if !login.is_kept().await {
        return Err(Failure::Run(format!(
            "login: signed in, but it cannot be kept in {} (the warning above says why)\n    Write \
             `token_store: file` and a `token_file` for the connection `{id}`.",
            login.store_name()
        )));
    }
    let who = who.map(|who| format!(" as {who}")).unwrap_or_default();
    print(&format!(
        "Signed in{who} on the connection `{id}`; kept in {}.\n",
        login.store_name()
    ))
}

/// Forgets the sign-in.
pub(super) async fn sign_out(ready: &Ready, arguments: &Arguments) -> Result<(), Failure> {
    let (connection, login) = named(ready, arguments)?;
    let signed_out = login.sign_out().await;
    signed_out.map_err(|error| Failure::Run(format!("logout: {error}")))?;
    print(&format!(
        "Signed out on the connection `{}`: nothing is kept in {} any more.\n",
        connection.id(),
        login.store_name()
    ))
}

fn told(begun: &Begun, opened: bool) -> String {
    let first = if opened {
        "the browser was opened; if it shows nothing, go to"
    } else {
        "sign in to Confluent Cloud at"
    };
    let then = if begun.listens() {
        "With a browser on another machine, it ends at an address that it cannot reach:\n    copy that address, \
         paste it here, and press Enter."
    } else {
        "The port that the browser comes back to is in use, so it ends at a page that cannot be\n    shown, or \
         at somebody else's: copy its address, paste it here, and press Enter."
    };
    format!("{first}\n    {}\n    {then}", begun.url())
}

/// Returns when somebody pasted what the sign-in waited for.
async fn pasted(begun: &Begun) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = next(&mut lines).await {
        if line.trim().is_empty() {
            continue;
        }
        match begun.paste(&line).await {
            Pasted::Taken => return,
            Pasted::Refused(why) => complain(&format!("{why} Paste the whole address.")),
        }
    }
    // Nobody is there who could paste anything.
    if !begun.listens() && !std::io::stdin().is_terminal() {
        complain("standard input has ended, so nothing can be pasted");
    }
    std::future::pending::<()>().await;
}

async fn next(lines: &mut Lines<BufReader<Stdin>>) -> Option<String> {
    lines.next_line().await.ok().flatten()
}

/// The connection that the arguments name, or else the one that signs in.
fn named(ready: &Ready, arguments: &Arguments) -> Result<(Arc<Connection>, Arc<Login>), Failure> {
    let gates = ready.toolbox.gates();
    let signs_in = |it: &&Arc<Connection>| it.config().sign_in().is_some();
    let connections = gates.connections().iter();
    let found = match &arguments.connection {
        Some(id) => connections.clone().find(|it| it.id() == id),
        None => connections.clone().find(signs_in),
    };
    let connection = found.filter(signs_in).ok_or_else(|| {
        let known = connections
            .filter(signs_in)
            .map(|it| format!("`{}`", it.id()));
        let known = known.collect::<Vec<_>>().join(", ");
        let of = match &arguments.connection {
            Some(id) => format!(
                "there is no connection `{}` that signs in",
                id.escape_debug()
            ),
            None => "no connection signs in".to_owned(),
        };
        let next = if known.is_empty() {
            "Write one of `type: oauth` (`mcp-confluent init --oauth`), or say --oauth.".to_owned()
        } else {
            format!("It is {known} that does.")
        };
        Failure::Usage(format!("{of}\n    {next}"))
    })?;
    let login = clients::login(connection, &gates.config().endpoints)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    Ok((connection.clone(), login))
}
