//! Listening on a loopback port.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::{Shared, connection};
use crate::broker::Peer;

/// Connections that wait to be taken.
const BACKLOG: u32 = 128;
/// After a failed accept, which is mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// An open port and the connections that came in through it.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    port: u16,
    authenticated: bool,
    connections: JoinSet<()>,
}

/// A port that is kept while nobody listens on it, so that no other program gets it.
#[derive(Debug)]
pub(crate) struct Reservation {
    /// Bound, but not listening: connections are refused.
    socket: Option<TcpSocket>,
    port: u16,
    authenticated: bool,
}

fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // On Windows, this would let another program listen on the same port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}

impl Listener {
    /// Listens on `port`, or on a free one for 0.
    pub(crate) fn open(port: u16, authenticated: bool) -> io::Result<Self> {
        let socket = bind(port)?.listen(BACKLOG)?;
        let port = socket.local_addr()?.port();
        Ok(Self {
            socket,
            port,
            authenticated,
            connections: JoinSet::new(),
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Takes connections for as long as it is polled.
    pub(crate) async fn serve(&mut self, shared: &Arc<Shared>) -> ! {
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, address)) => self.start(stream, address, shared),
                    Err(error) => {
                        tracing::warn!(%error, "the sandbox could not take a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_ended) = self.connections.join_next() => {}
            }
        }
    }

    fn start(&mut self, stream: TcpStream, address: SocketAddr, shared: &Arc<Shared>) {
        let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
            tracing::warn!(%address, "the sandbox has as many connections as it may; this one is closed");
            return;
        };
        let peer = Peer::anonymous(address.ip().to_string(), self.port);
        let (shared, authenticated) = (Arc::clone(shared), self.authenticated);
        self.connections.spawn(async move {
            connection::serve(stream, peer, authenticated, &shared).await;
            drop(permit);
        });
    }

    /// Closes every connection; new ones are taken.
    pub(crate) async fn close_connections(&mut self) {
        self.connections.shutdown().await;
    }

    /// Stops listening, closes every connection and keeps the port.
    pub(crate) async fn close(mut self) -> Reservation {
        self.close_connections().await;
        drop(self.socket);
        let socket = bind(self.port).inspect_err(|error| {
            tracing::warn!(%error, port = self.port, "the sandbox could not keep its port while it is stopped");
        });
        Reservation {
            socket: socket.ok(),
            port: self.port,
            authenticated: self.authenticated,
        }
    }
}

impl Reservation {
    /// Listens again on the same port.
    pub(crate) fn open(&mut self) -> io::Result<Listener> {
        self.socket = None;
        Listener::open(self.port, self.authenticated)
    }
}
