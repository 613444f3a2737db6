//! Lambda's Invoke, with functions that a test says.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use milepost_net::{AddressPolicy, Functions};
use milepost_runtime::Clients;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http_server::HttpServer;
use crate::live_world::sdk_settings;

/// What a function does with an input.
#[derive(Debug, Clone)]
pub enum Told {
    /// It answers.
    Answer(Value),
    /// It ends with an error of this type.
    Error(&'static str),
    /// It answers bytes that are no JSON.
    Raw(Bytes),
}

type Handler = dyn Fn(&str, &Value) -> Told + Send + Sync;

/// Lambda, on a port of its own.
pub struct Lambda {
    url: String,
    state: Arc<State>,
    _server: HttpServer,
}

struct State {
    handler: Box<Handler>,
    calls: Mutex<Vec<(String, Value)>>,
}

impl Lambda {
    /// `handler` is all functions: it gets the ARN and the input.
    pub async fn start(handler: impl Fn(&str, &Value) -> Told + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            handler: Box::new(handler),
            calls: Mutex::default(),
        });
        let server = HttpServer::start(listener, Arc::clone(&state), answer);
        Self {
            url,
            state,
            _server: server,
        }
    }

    /// What calls them.
    pub fn functions(&self) -> Functions {
        Clients::new(sdk_settings(&self.url)).functions_for_imports(AddressPolicy::default())
    }

    /// The calls since the last look: of which function, with which input.
    pub fn calls(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.state.calls.lock().unwrap())
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let input: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
    let function = parts.uri.path().split('/').nth(3).unwrap_or_default();
    let function = function.replace("%3A", ":");
    state.calls.lock().unwrap().push((function.clone(), input.clone()));
    let told = {
        let state = Arc::clone(&state);
        let handle = move || (state.handler)(&function, &input);
        tokio::task::spawn_blocking(handle).await.unwrap()
    };
    let response = Response::builder().header("content-type", "application/json");
    let response = match told {
        Told::Answer(answer) => response.body(Bytes::from(answer.to_string())),
        Told::Raw(bytes) => response.body(bytes),
        Told::Error(name) => {
            let error = json!({"errorType": name, "errorMessage": "as the test says"});
            let response = response.header("x-amz-function-error", "Unhandled");
            response.body(Bytes::from(error.to_string()))
        }
    };
    response.unwrap().map(Full::new)
}
