//! Who hears an event: all active subscriptions of a workspace, arranged so that those that do not hear it cost
//! next to nothing.
//!
//! Subscriptions with the same filter are one entry, entries lie by campaign, and the rest of a filter is a few
//! bits. Ten thousand subscriptions that wait for other campaigns are never looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Filter, Format, Topic};
use crate::event::{Dialect, Event, Origin};
use crate::ids::{CampaignId, SubscriptionId};
use crate::lead::LeadField;

/// The active subscriptions of one workspace.
#[derive(Debug, Default)]
pub struct Audience {
    anywhere: Vec<Ear>,
    by_campaign: HashMap<CampaignId, Vec<Ear>>,
}

/// All subscriptions that hear the same.
#[derive(Debug)]
struct Ear {
    topics: u16,
    fields: u32,
    dialects: u8,
    except_sources: BTreeSet<String>,
    subscriptions: Vec<SubscriptionId>,
}

/// What of a filter does not depend on the campaign.
type Sound = (u16, u32, u8, BTreeSet<String>);

impl Audience {
    pub fn new<'a>(
        subscriptions: impl IntoIterator<Item = (SubscriptionId, Format, &'a Filter)>,
    ) -> Self {
        let mut ears = BTreeMap::<(Option<CampaignId>, Sound), Vec<SubscriptionId>>::new();
        for (id, format, filter) in subscriptions {
            let sound = sound(format, filter);
            let campaigns = filter.campaigns.iter().copied().map(Some);
            let anywhere = filter.campaigns.is_empty().then_some(None);
            for campaign in campaigns.chain(anywhere) {
                ears.entry((campaign, sound.clone())).or_default().push(id);
            }
        }
        let mut audience = Self::default();
        for ((campaign, sound), subscriptions) in ears {
            let (topics, fields, dialects, except_sources) = sound;
            let list = match campaign {
                None => &mut audience.anywhere,
                Some(campaign) => audience.by_campaign.entry(campaign).or_default(),
            };
            list.push(Ear {
                topics,
                fields,
                dialects,
                except_sources,
                subscriptions,
            });
        }
        audience
    }

    pub fn is_empty(&self) -> bool {
        self.anywhere.is_empty() && self.by_campaign.is_empty()
    }

    /// Who hears the event of a lead that is in `campaign` now; each once, in the order of their ids.
    pub fn of_event(
        &self,
        event: &Event,
        campaign: Option<CampaignId>,
    ) -> BTreeSet<SubscriptionId> {
        if self.is_empty() {
            return BTreeSet::new();
        }
        let fields = event
            .changes
            .iter()
            .fold(0, |fields, change| fields | field_bit(change.field));
        let campaigns = [campaign, campaign_before(event)];
        self.hearing(
            Topic::Event(event.kind),
            Some(fields),
            &event.origin,
            campaigns,
        )
    }

    /// Who hears that an update of a lead in `campaign` has finished.
    pub fn of_result(
        &self,
        origin: &Origin,
        campaign: Option<CampaignId>,
    ) -> BTreeSet<SubscriptionId> {
        self.hearing(Topic::UpdateFinished, None, origin, [campaign, None])
    }

    fn hearing(
        &self,
        topic: Topic,
        fields: Option<u32>,
        origin: &Origin,
        campaigns: [Option<CampaignId>; 2],
    ) -> BTreeSet<SubscriptionId> {
        let of_campaigns = campaigns
            .into_iter()
            .flatten()
            .filter_map(|campaign| self.by_campaign.get(&campaign))
            .flatten();
        let (topic, dialect) = (topic_bit(topic), dialect_bit(origin.dialect));
        self.anywhere
            .iter()
            .chain(of_campaigns)
            .filter(|ear| ear.topics & topic != 0 && ear.dialects & dialect != 0)
            // What is no change of a lead has no fields to ask for.
            .filter(|ear| fields.is_none_or(|fields| ear.fields == 0 || ear.fields & fields != 0))
            .filter(|ear| {
                let source = origin.source.as_deref();
                source.is_none_or(|source| !ear.except_sources.contains(source))
            })
            .flat_map(|ear| ear.subscriptions.iter().copied())
            .collect()
    }
}

fn sound(format: Format, filter: &Filter) -> Sound {
    let spoken = format.topics();
    let wanted = |topic: &&Topic| filter.topics.is_empty() || filter.topics.contains(topic);
    let topics = spoken
        .iter()
        .filter(wanted)
        .fold(0, |bits, topic| bits | topic_bit(*topic));
    let fields = filter
        .fields
        .iter()
        .fold(0, |bits, field| bits | field_bit(*field));
    let dialects = if filter.dialects.is_empty() {
        u8::MAX
    } else {
        let dialects = filter.dialects.iter();
        dialects.fold(0, |bits, dialect| bits | dialect_bit(*dialect))
    };
    (topics, fields, dialects, filter.except_sources.clone())
}

fn topic_bit(topic: Topic) -> u16 {
    Topic::ALL
        .iter()
        .position(|other| *other == topic)
        .map_or(0, |place| 1 << place)
}

const fn field_bit(field: LeadField) -> u32 {
    1 << field as u32
}

const fn dialect_bit(dialect: Dialect) -> u8 {
    1 << dialect as u8
}

/// The campaign that the event took the lead out of.
fn campaign_before(event: &Event) -> Option<CampaignId> {
    let moved = event
        .changes
        .iter()
        .find(|change| change.field == LeadField::CampaignId)?;
    CampaignId::new(moved.before.as_ref()?.as_u64()?)
}

#[cfg(test)]
mod tests;
