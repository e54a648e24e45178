//! The sign-in of a connection of `type: oauth`.

use tokio_util::sync::CancellationToken;

use super::{
    Probe,
    report::{Block, Finding, State},
};
use crate::{
    client::{
        cloud::CloudClient,
        http::{Call, Wanted},
        login::{Lasts, Plane},
    },
    error::{ErrorKind, Result, ToolError},
    tool::clients,
};

/// Whether somebody is signed in, and may look at the environments. Nobody is asked to sign in.
pub(super) async fn check(probe: &Probe) -> Block {
    let environment = probe.settings().sign_in().map(|it| it.environment);
    let host = probe
        .config
        .endpoints
        .login(environment.unwrap_or_default())
        .to_owned();
    let mut report = Block::new(probe.connection.id(), "oauth", &host);
    let call = Call::new(probe.deadline, CancellationToken::new());
    let asked = call.wait(ask(probe, &call)).await.unwrap_or_else(|_| {
        Err(ToolError::new(
            ErrorKind::TimedOut,
            "no answer within the time of this check",
        ))
    });
    let error = match asked {
        Ok(Some((lasts, store))) => {
            for state in [
                &mut report.reachable,
                &mut report.signed_in,
                &mut report.allowed,
            ] {
                *state = State::Good;
            }
            let until = moment(lasts.until);
            let idle = moment(lasts.idle_until.min(lasts.until));
            return report.note(format!(
                "signed in until {until}, or {idle} if nothing is asked until then; kept in {store}"
            ));
        }
        Ok(None) => {
            let id = probe.connection.id();
            return report.note(format!(
                "nobody is signed in: the first call asks, or `mcp-confluent login {id}`"
            ));
        }
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::Unauthenticated => report.signed_in = State::Bad,
        ErrorKind::Denied => report.allowed = State::Bad,
        _ => report.reachable = State::Bad,
    }
    report.findings.push(Finding {
        what: error.message().to_owned(),
        host,
        key: "ccloud_env".to_owned(),
        place: probe.place(&["ccloud_env"]),
        cause: error.hint_text().unwrap_or("see the message").to_owned(),
    });
    report
}

async fn ask(probe: &Probe, call: &Call) -> Result<Option<(Lasts, String)>> {
    let endpoints = &probe.config.endpoints;
    let login = clients::login(&probe.connection, endpoints)?;
    let Some(lasts) = login.resume().await? else {
        return Ok(None);
    };
    let resources = clients::resources(&probe.connection, endpoints)?;
    let tokens = resources.tokens(Plane::Control);
    let cloud = CloudClient::signed_in(resources.control_plane(), tokens, true)?;
    cloud.environments(call, Wanted::new(1, None)).await?;
    Ok(Some((lasts, login.store_name())))
}

/// A moment, in words; `seconds` since 1970.
fn moment(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let moment = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    moment.format("%H:%M UTC").to_string()
}
