//! What the HTTP servers of tests share: they answer whoever connects, until they are dropped.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server on a listener.
pub struct HttpServer(JoinHandle<()>);

impl HttpServer {
    /// Answers each request with what `answer` makes of it and of the server's state.
    pub fn start<S, F, A>(listener: TcpListener, state: Arc<S>, answer: F) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Request<Incoming>, Arc<S>) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        Self(tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // An answer that waits for an acknowledgement takes 44 ms.
                stream.set_nodelay(true).unwrap();
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let service = service_fn(|request| {
                        let answer = answer(request, Arc::clone(&state));
                        async { Ok::<_, Infallible>(answer.await) }
                    });
                    // Who goes away before the answer does so on purpose.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        }))
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.0.abort();
    }
}
