//! The routes of the service.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bulk_endpoint::OutcomeKind;
use futures_util::{Stream, StreamExt, stream};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Deserialize;
use serde_json::json;

use crate::runs::{Progress, RunError, Runs};

/// The time between two events of a run.
const INTERVAL: Duration = Duration::from_millis(250);

pub(crate) fn router(runs: Arc<Runs>, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/runs", post(accept).get(list))
        .route("/runs/{name}", get(rows))
        .route("/runs/{name}/events", get(events))
        .route("/orgs/{org}/tokens/{id}/deactivate", post(deactivate))
        .route("/metrics", get(move || async move { metrics.render() }))
        .with_state(runs)
}

/// An error as the client of the service gets it.
impl IntoResponse for RunError {
    fn into_response(self) -> Response {
        let (status, why) = match self {
            RunError::Invalid(why) => (StatusCode::BAD_REQUEST, why),
            RunError::NotFound(why) => (StatusCode::NOT_FOUND, why),
            RunError::Exists(why) => (StatusCode::CONFLICT, why),
            RunError::Stopping(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
            RunError::Internal(error) => {
                // It may name files: it is for the operator of the service.
                tracing::error!("{error:#}");
                (StatusCode::INTERNAL_SERVER_ERROR, "the service failed: see its log".to_owned())
            }
        };
        (status, Json(json!({ "error": why }))).into_response()
    }
}

#[derive(Deserialize)]
struct NewRunQuery {
    org: String,
    name: Option<String>,
}

/// Accepts the tokens of a run: once it responds, the run survives the process.
async fn accept(
    State(runs): State<Arc<Runs>>,
    Query(query): Query<NewRunQuery>,
    body: Body,
) -> Result<Response, RunError> {
    let name = query.name.unwrap_or_else(|| format!("run-{:08x}", fastrand::u32(..)));
    let mut run = runs.create(&query.org, &name)?;
    let name = run.name.clone();
    let mut body = body.into_data_stream();
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| RunError::Invalid(format!("the body ended early: {error}")))?;
        run.write(&part).await?;
    }
    runs.accept(run).await?;
    let location = [(header::LOCATION, format!("/runs/{name}"))];
    Ok((StatusCode::CREATED, location, Json(json!({ "run": name }))).into_response())
}

async fn list(State(runs): State<Arc<Runs>>) -> Result<Json<Vec<Progress>>, RunError> {
    let mut list = Vec::new();
    for name in runs.names().await? {
        list.push(runs.progress(&name).await?);
    }
    Ok(Json(list))
}

/// The outcomes of a run, one JSON object a line, read from the journal as they are sent.
async fn rows(State(runs): State<Arc<Runs>>, Path(name): Path<String>) -> Result<Response, RunError> {
    let report = runs.report(&name).await?;
    let (sender, lines) = tokio::sync::mpsc::channel::<Result<Bytes, anyhow::Error>>(16);
    // The rows are read from a file.
    tokio::task::spawn_blocking(move || {
        for row in report.rows() {
            let line = row.map_err(anyhow::Error::new).and_then(|row| Ok(serde_json::to_string(&row)? + "\n"));
            if sender.blocking_send(line.map(Bytes::from)).is_err() {
                return;
            }
        }
    });
    let lines = stream::unfold(lines, |mut lines| async { Some((lines.recv().await?, lines)) });
    let content_type = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((content_type, Body::from_stream(lines)).into_response())
}

/// The progress of a run until it ends, or the service stops.
async fn events(
    State(runs): State<Arc<Runs>>,
    Path(name): Path<String>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stopping = runs.stopping();
    let progress = stream::unfold(Some((runs, name)), |state| async {
        let (runs, name) = state?;
        // A run that was just accepted has not begun.
        let progress = runs.progress(&name).await;
        let event = match &progress {
            Ok(progress) => Event::default().event("progress").json_data(progress).unwrap_or_default(),
            Err(RunError::Internal(error)) => Event::default().event("failed").data(format!("{error:#}")),
            Err(RunError::Invalid(why) | RunError::NotFound(why) | RunError::Exists(why) | RunError::Stopping(why)) => {
                Event::default().event("failed").data(why)
            }
        };
        let goes_on = progress.is_ok_and(|progress| progress.is_live);
        if goes_on {
            tokio::time::sleep(INTERVAL).await;
        }
        Some((Ok(event), goes_on.then_some((runs, name))))
    });
    Sse::new(progress.take_until(stopping.cancelled_owned())).keep_alive(KeepAlive::default())
}

/// Deactivates one token. The status tells the outcome; the body is its row.
async fn deactivate(
    State(runs): State<Arc<Runs>>,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, RunError> {
    let settled = runs.deactivate(&org, &id).await?;
    let status = match settled.outcome.kind() {
        OutcomeKind::Succeeded => StatusCode::OK,
        OutcomeKind::Failed => StatusCode::UNPROCESSABLE_ENTITY,
        OutcomeKind::NotAttempted => StatusCode::SERVICE_UNAVAILABLE,
        // The request was refused, or its result is unknown.
        _ => StatusCode::BAD_GATEWAY,
    };
    Ok((status, Json(settled.row())).into_response())
}
