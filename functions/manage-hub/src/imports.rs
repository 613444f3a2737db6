//! `GET /v1/imports` and `GET /v1/imports/{id}`: what import runs did.

use std::cmp::Reverse;

use lambda_http::{Body, Response};
use milepost_contract::hub::{FileRejectJson, ImportDetailJson, ImportId, ImportJson, ImportListJson};
use milepost_contract::shipengine::Problem;
use milepost_model::{AccountId, ConnectionId, RunReport, Scope};
use milepost_net::Bucket;
use milepost_runtime::{Call, http};
use milepost_store::Store;

/// Connections that are asked for a list, each by one Query.
const MAX_CONNECTIONS: usize = 100;

/// Runs of a list, and of those by hand the newest among which the account's own are looked for.
const MAX_RUNS: usize = 100;

/// Runs of a list unless the caller says how many.
const RUNS: usize = 20;

/// Rejects of an answer: whoever has more has one fault in each row, and the first thousand show it.
const MAX_REJECTS: usize = 1_000;

/// Parts of a rejects file that are read; a part has over a thousand rejects, but for the last of each feed file.
const MAX_PARTS: usize = 20;

/// A part is put at 256 KiB, and can be longer by one row's hint.
const MAX_PART_BYTES: usize = 1 << 20;

pub(crate) async fn list(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    let account = call.account()?;
    let (connection, limit) = asked(call)?;
    let connections = match connection {
        Some(connection) => vec![connection],
        None => connections(store, account).await?,
    };
    let mut runs = Vec::new();
    for connection in &connections {
        let of_connection = store.runs(connection, limit_of(connection, limit), call.now.as_second());
        let of_connection = of_connection.await.map_err(|error| http::unanswered(&error))?;
        // Only a run that ended before that was known does not say by whom it is seen.
        let own =
            of_connection.iter().any(|run| run.scope.is_none()) && own_connection(store, account, connection).await?;
        let visible = of_connection.into_iter().filter(|run| is_visible(run, account, own));
        runs.extend(visible.map(|run| (connection, run)));
    }
    runs.sort_by_key(|(connection, run)| (Reverse(run.started), *connection));
    runs.truncate(limit);
    let imports = runs
        .iter()
        .map(|(connection, run)| ImportJson::of(connection, run))
        .collect();
    http::json(200, &ImportListJson { imports })
}

pub(crate) async fn show(store: &Store, bucket: &Bucket, call: &Call) -> Result<Response<Body>, Problem> {
    let none = || Problem::NotFound { what: "import" };
    let account = call.account()?;
    let ImportId { connection, started } = ImportId::parse(&call.parameter).ok_or_else(none)?;
    let run = store.run(&connection, started).await;
    let run = run.map_err(|error| http::unanswered(&error))?.ok_or_else(none)?;
    let own = run.scope.is_none() && own_connection(store, account, &connection).await?;
    if !is_visible(&run, account, own) {
        return Err(none());
    }
    let (rejects, rejects_complete) = match &run.rejects_file {
        Some(folder) => rejects(bucket, folder).await?,
        None => (Vec::new(), true),
    };
    let import = ImportJson::of(&connection, &run);
    http::json(
        200,
        &ImportDetailJson {
            import,
            rejects,
            rejects_complete,
        },
    )
}

/// The query: of which connection, and how many.
fn asked(call: &Call) -> Result<(Option<ConnectionId>, usize), Problem> {
    let (mut connection, mut limit) = (None, RUNS);
    for (name, value) in http::query(&call.request) {
        match name {
            "connection" => {
                let parsed = ConnectionId::parse(value);
                connection = Some(parsed.map_err(|invalid| Problem::invalid("connection", invalid.to_string()))?);
            }
            "limit" => {
                let within = value.parse().ok().filter(|limit| (1..=MAX_RUNS).contains(limit));
                limit = within.ok_or_else(|| Problem::invalid("limit", format!("it is 1 to {MAX_RUNS}")))?;
            }
            _ => {}
        }
    }
    Ok((connection, limit))
}

/// The account's connections and the shared ones, and files given by hand.
async fn connections(store: &Store, account: &AccountId) -> Result<Vec<ConnectionId>, Problem> {
    let mut ids = vec![ConnectionId::by_hand()];
    for scope in [Scope::Account(account.clone()), Scope::Shared] {
        let connections = store.connections(&scope).await;
        let connections = connections.map_err(|error| http::unanswered(&error))?;
        ids.extend(connections.into_iter().map(|connection| connection.id));
    }
    if ids.len() > MAX_CONNECTIONS + 1 {
        return Err(Problem::MissingParameter {
            field: "connection",
            example: "usps-scans",
        });
    }
    Ok(ids)
}

/// Of all that was given by hand the account's own is a part.
fn limit_of(connection: &ConnectionId, limit: usize) -> usize {
    if *connection == ConnectionId::by_hand() {
        MAX_RUNS
    } else {
        limit
    }
}

/// Whether a connection is there and the account may see what it brings.
async fn own_connection(store: &Store, account: &AccountId, id: &ConnectionId) -> Result<bool, Problem> {
    let connection = store.connection(id).await.map_err(|error| http::unanswered(&error))?;
    Ok(connection.is_some_and(|connection| connection.scope.visible_to(account)))
}

/// By whom the run's parcels are seen; where it ended before that was known, by whom those of its connection are.
fn is_visible(run: &RunReport, account: &AccountId, own_connection: bool) -> bool {
    run.scope
        .as_ref()
        .map_or(own_connection, |scope| scope.visible_to(account))
}

/// The first rejects of a run, and whether they are all.
async fn rejects(bucket: &Bucket, folder: &str) -> Result<(Vec<FileRejectJson>, bool), Problem> {
    let parts = bucket
        .list(folder, MAX_PARTS + 1)
        .await
        .map_err(|error| unread(&error))?;
    let mut rejects = Vec::new();
    for part in parts.iter().take(MAX_PARTS) {
        // The bucket forgets rejects when the run's report expires, and a part more or less tells nothing then.
        let Some(lines) = bucket
            .get(&part.key, MAX_PART_BYTES)
            .await
            .map_err(|error| unread(&error))?
        else {
            continue;
        };
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if rejects.len() == MAX_REJECTS {
                return Ok((rejects, false));
            }
            match serde_json::from_slice(line) {
                Ok(reject) => rejects.push(reject),
                Err(error) => tracing::warn!(%error, "a line of a rejects file could not be read"),
            }
        }
    }
    Ok((rejects, parts.len() <= MAX_PARTS))
}

fn unread(error: &impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "the rejects of a run could not be read");
    Problem::Unavailable { retry_after: 1 }
}
