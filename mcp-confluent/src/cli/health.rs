//! `health`: whether the server that the configuration describes is ready, for a container without curl.

use super::{Failure, options::Cli, print, setup};
use crate::server::http::probe;

pub(super) async fn run(cli: &Cli) -> Result<(), Failure> {
    let config = setup::server(cli)?;
    let http = &config.http;
    match probe(http).await {
        Ok(()) => print("ready\n"),
        Err(error) => Err(Failure::Run(format!(
            "the server at {}:{} is not ready: {error}",
            http.host, http.port
        ))),
    }
}
