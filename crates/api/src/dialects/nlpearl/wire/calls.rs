//! Calls: `CallApiView`, and what a search shows of it.

use serde::Serialize;

use super::CollectedInfo;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Call<'a> {
    pub(in super::super) id: String,
    pub(in super::super) pearl_id: String,
    /// The old v1 page's name for the outbound's id.
    pub(in super::super) related_id: String,
    pub(in super::super) start_time: String,
    pub(in super::super) conversation_status: u16,
    pub(in super::super) status: u8,
    pub(in super::super) from: Option<&'a str>,
    pub(in super::super) to: Option<&'a str>,
    pub(in super::super) name: Option<&'a str>,
    pub(in super::super) duration: u32,
    pub(in super::super) recording: Option<&'a str>,
    pub(in super::super) transcript: [(); 0],
    pub(in super::super) summary: Option<&'a str>,
    pub(in super::super) collected_info: Vec<CollectedInfo<'a>>,
    pub(in super::super) tags: [(); 0],
    pub(in super::super) is_call_transferred: bool,
    pub(in super::super) overall_sentiment: (),
    pub(in super::super) lead_id: String,
}

/// `CallListApiView`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CallItem<'a> {
    pub(in super::super) id: String,
    pub(in super::super) start_time: String,
    pub(in super::super) conversation_status: u16,
    pub(in super::super) status: u8,
    pub(in super::super) from: Option<&'a str>,
    pub(in super::super) to: Option<&'a str>,
    pub(in super::super) duration: u32,
    pub(in super::super) tags: [(); 0],
}
