//! Serving HTTP/1 on loopback until asked to stop.

use std::error::Error as StdError;
use std::net::Ipv4Addr;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Error;

/// The clients are the handlers of this process and the command line; each keeps a handful of connections.
const MAX_CONNECTIONS: usize = 512;

/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 128;

/// How long a request that is under way may go on once the hub stops. The tests wait for it to be over.
pub(super) const GRACE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 5_000 });

/// How long accepting rests after it failed, which it does when the process is out of file handles.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// The wish of the [`super::Cloud`] that its servers end. A dropped sender is that wish too.
#[derive(Debug, Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(super) fn channel() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    pub(super) async fn asked(&mut self) {
        // An error means that the sender is gone, which asks for the same.
        drop(self.0.wait_for(|stop| *stop).await);
    }
}

/// Listens on a free port of 127.0.0.1, and nowhere else.
pub(super) fn listen() -> Result<TcpListener, Error> {
    let listen = || {
        let socket = TcpSocket::new_v4()?;
        // Accepted connections inherit it on Linux. Without it, answers in two writes wait 40 ms for an
        // acknowledgement.
        socket.set_nodelay(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        socket.listen(BACKLOG)
    };
    listen().map_err(Error::io("listen on 127.0.0.1"))
}

/// Answers requests on `listener` until `stop`; then lets those under way end, for at most [`GRACE`].
pub(super) async fn serve<S, B>(listener: TcpListener, service: S, mut stop: Stop)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let full = connections.len() >= MAX_CONNECTIONS;
        tokio::select! {
            () = stop.asked() => break,
            _ = connections.join_next(), if full => {}
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, _)) => {
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service.clone());
                    connections.spawn(graceful.watch(connection));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
        }
    }
    drop(listener);
    // What is still running after the grace is cut when `connections` is dropped.
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(open = connections.len(), "requests were cut off at the end");
    }
}
