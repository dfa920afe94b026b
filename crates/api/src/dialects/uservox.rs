//! To be written.
use crate::Api;
use crate::failure::Failure;
use axum::Router;
use axum::response::Response;
use domain::state::JobResult;
pub(crate) fn routes() -> Router<Api> {
    Router::new()
}
pub(crate) fn respond(failure: Failure) -> Response {
    crate::native::respond(failure)
}
/// The result webhook's body.
pub fn encode_result(result: &JobResult) -> String {
    format!("{result:?}")
}
/// The stages of a process that names none.
pub fn default_stages() -> Vec<domain::campaign::Stage> {
    use domain::campaign::Stage;
    use domain::status::StageKind::{Contacted, Converted, Lost, New, Qualified};
    [
        ("make_first_call", New),
        ("schedule_second_call", Contacted),
        ("followup_1", Contacted),
        ("followup_2", Contacted),
        ("followup_3", Contacted),
        ("interested", Qualified),
        ("converted", Converted),
        ("lost", Lost),
    ]
    .into_iter()
    .map(|(name, kind)| Stage::new(name, kind))
    .collect()
}
