//! One object behind the real S3 client, with an endpoint that cuts, lies and changes its mind.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Region};

use super::http::{Answer, HttpServer, Manner, Request};

/// A client that speaks to this server and leaves retries to the code under test.
pub(crate) fn client(server: &HttpServer) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .endpoint_url(server.url(""))
        .force_path_style(true)
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// An object as the server has it.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) etag: String,
    pub(crate) body: Vec<u8>,
    /// Headers beside the usual ones.
    pub(crate) extra: Vec<(String, String)>,
}

/// What becomes of one GET.
pub(crate) enum Turn {
    /// The body leaves in this manner.
    Body(Manner),
    /// An answer without the object.
    Refuse(u16, &'static str),
    /// From here on the object is another.
    Replace(Object),
    /// The range is ignored, as some servers do.
    IgnoreRange,
    /// The condition is ignored, as some servers do.
    IgnoreCondition(Manner),
}

/// Serves an object; each GET takes one turn of the script, and behaves after its end.
pub(crate) async fn serve(object: Object, script: Vec<Turn>) -> HttpServer {
    let state = Arc::new(Mutex::new((object, VecDeque::from(script))));
    HttpServer::start(move |request| {
        let mut state = state.lock().unwrap();
        let mut turn = state.1.pop_front().unwrap_or(Turn::Body(Manner::Whole));
        if let Turn::Replace(object) = turn {
            state.0 = object;
            turn = Turn::Body(Manner::Whole);
        }
        get(&state.0, request, &turn)
    })
    .await
}

fn get(object: &Object, request: &Request, turn: &Turn) -> Answer {
    let (manner, range, condition) = match turn {
        Turn::Refuse(status, code) => return refusal(*status, code),
        Turn::IgnoreRange => (Manner::Whole, false, true),
        Turn::IgnoreCondition(manner) => (*manner, true, false),
        Turn::Body(manner) => (*manner, true, true),
        Turn::Replace(_) => unreachable!(),
    };
    if condition && request.header("if-match").is_some_and(|tag| tag != object.etag) {
        return refusal(412, "PreconditionFailed");
    }
    let length = object.body.len();
    let from = request.header("range").filter(|_| range).map(|range| {
        let from = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap();
        from.parse::<usize>().unwrap()
    });
    let answer = match from {
        Some(from) if from >= length => return refusal(416, "InvalidRange"),
        Some(from) => Answer::new(206, &object.body[from..])
            .header("content-range", format!("bytes {from}-{}/{length}", length - 1)),
        None => Answer::new(200, object.body.clone()),
    };
    let answer = object
        .extra
        .iter()
        .fold(answer, |answer, (name, value)| answer.header(name, value));
    answer.header("etag", &object.etag).manner(manner)
}

pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    Answer::new(
        status,
        format!("<Error><Code>{code}</Code><Message>As scripted</Message></Error>"),
    )
    .header("content-type", "application/xml")
}
