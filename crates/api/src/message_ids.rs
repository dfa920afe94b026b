//! What a message is called, wherever it is told: the same in every attempt, replay and copy of the book, so that a
//! receiver knows what it has seen. The feed names its events so, too.

use app::News;
use domain::LeadId;
use domain::state::{Content, JobResult};
use domain::subscription::Notice;

pub(crate) fn event(lead: LeadId, version: u64) -> String {
    format!("evt_{lead}_{version}")
}

/// Of what a delivery tells, read out.
pub(crate) fn of_news(news: &News, delivery: u64) -> String {
    match news {
        News::Event { event: told, .. } => event(told.lead_id, told.version),
        News::Result(told) => result(told),
        News::Notice(told) => notice(told),
        News::Test => test(delivery),
    }
}

/// Of what a delivery will tell.
pub(crate) fn of_content(content: &Content, lead: Option<LeadId>, delivery: u64) -> String {
    match (content, lead) {
        (Content::Event { version, .. }, Some(lead)) => event(lead, *version),
        (Content::Result(told), _) => result(told),
        (Content::Notice(told), _) => notice(told),
        // An event is always a lead's.
        (Content::Test, _) | (Content::Event { .. }, None) => test(delivery),
    }
}

pub(crate) fn test(delivery: u64) -> String {
    format!("test_{delivery}")
}

fn result(result: &JobResult) -> String {
    format!("upd_{}", result.job_id)
}

fn notice(notice: &Notice) -> String {
    let at = notice.disabled.at.as_millis();
    format!("sub_{}_{at}", notice.subscription_id)
}
