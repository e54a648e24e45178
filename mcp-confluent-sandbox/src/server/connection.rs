//! One connection: frames in, frames out, one after the other.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use super::Shared;
use super::dispatch::answer;
use super::session::Session;
use crate::broker::Peer;
use crate::wire::{Frame, Unreadable};

/// The largest request before authentication is done (`sasl.server.max.receive.size`).
const MAX_UNAUTHENTICATED_BYTES: usize = 512 * 1024;

/// Serves a connection until it is closed by its peer or has to be closed.
pub(super) async fn serve(stream: TcpStream, peer: Peer, authenticated: bool, shared: &Shared) {
    let host = peer.host.clone();
    if let Err(reason) = run(stream, peer, authenticated, shared).await {
        tracing::debug!(%host, reason, "the sandbox closes a connection");
    }
}

async fn run(
    stream: TcpStream,
    peer: Peer,
    authenticated: bool,
    shared: &Shared,
) -> Result<(), String> {
    // Answers are small and waited for.
    stream
        .set_nodelay(true)
        .map_err(|error| error.to_string())?;
    let (mut reader, mut writer) = stream.into_split();
    let mut session = Session::new(peer, authenticated);
    loop {
        let limit = if session.is_open() {
            shared.max_request_bytes
        } else {
            shared.max_request_bytes.min(MAX_UNAUTHENTICATED_BYTES)
        };
        let Some(bytes) = read_frame(&mut reader, limit).await? else {
            return Ok(());
        };
        let frame = Frame::read(bytes).map_err(|Unreadable(reason)| reason)?;
        let answer = tokio::select! {
            // First the request: a client may send its last one and close without waiting.
            biased;
            answer = answer(&mut session, &frame, shared) => answer,
            // Nobody waits for the answer any more.
            () = closed(&reader) => return Ok(()),
        };
        let answer = answer.map_err(|Unreadable(reason)| reason)?;
        let delay = *shared.response_delay.lock();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if let Some(bytes) = answer.bytes {
            writer
                .write_all(&bytes)
                .await
                .map_err(|error| error.to_string())?;
        }
        if let Some(reason) = answer.close {
            return Err(reason);
        }
    }
}

/// Reads one frame. `None` is the end of the connection between two frames.
///
/// Memory is taken as bytes come in, not as the frame announces them.
async fn read_frame(reader: &mut OwnedReadHalf, limit: usize) -> Result<Option<Bytes>, String> {
    let length = match reader.read_i32().await {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let length =
        usize::try_from(length).map_err(|_| format!("a frame of {length} bytes is announced"))?;
    if length > limit {
        return Err(format!(
            "a frame of {length} bytes is announced; at most {limit} are taken"
        ));
    }
    let mut frame = Vec::new();
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    let read = reader
        .take(limit)
        .read_to_end(&mut frame)
        .await
        .map_err(|error| error.to_string())?;
    if read < length {
        return Err("the connection ended inside a frame".to_owned());
    }
    Ok(Some(Bytes::from(frame)))
}

/// Comes back when the peer has closed the connection, unless it sent another request before.
async fn closed(reader: &OwnedReadHalf) {
    match reader.as_ref().peek(&mut [0]).await {
        Ok(0) | Err(_) => {}
        Ok(_) => std::future::pending().await,
    }
}
