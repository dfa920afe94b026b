//! Who hears an event: all active subscriptions of a workspace, arranged so that those that do not hear it cost
//! next to nothing.
//!
//! Subscriptions with the same filter are one entry, entries lie by campaign, and the rest of a filter is a few
//! bits. Ten thousand subscriptions that wait for other campaigns, or for the same other thing, are never looked at.

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

/// All subscriptions that hear the same, but for their own echo.
#[derive(Debug)]
struct Ear {
    sound: Sound,
    listeners: Vec<Listeners>,
}

/// Those with the same sources of their own.
#[derive(Debug)]
struct Listeners {
    except_sources: BTreeSet<String>,
    subscriptions: Vec<SubscriptionId>,
}

/// What of a filter is neither campaign nor source, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sound {
    topics: u16,
    /// 0 is any.
    fields: u32,
    dialects: u8,
}

impl Audience {
    pub fn new<'a>(
        subscriptions: impl IntoIterator<Item = (SubscriptionId, Format, &'a Filter)>,
    ) -> Self {
        type BySource = BTreeMap<BTreeSet<String>, Vec<SubscriptionId>>;
        let mut ears = BTreeMap::<(Option<CampaignId>, Sound), BySource>::new();
        for (id, format, filter) in subscriptions {
            let sound = Sound::of(format, filter);
            let campaigns = filter.campaigns.iter().copied().map(Some);
            let anywhere = filter.campaigns.is_empty().then_some(None);
            for campaign in campaigns.chain(anywhere) {
                let by_source = ears.entry((campaign, sound)).or_default();
                let same = by_source.entry(filter.except_sources.clone()).or_default();
                same.push(id);
            }
        }
        let mut audience = Self::default();
        for ((campaign, sound), by_source) in ears {
            let list = match campaign {
                None => &mut audience.anywhere,
                Some(campaign) => audience.by_campaign.entry(campaign).or_default(),
            };
            let listeners = by_source
                .into_iter()
                .map(|(except_sources, subscriptions)| Listeners {
                    except_sources,
                    subscriptions,
                });
            let listeners = listeners.collect();
            list.push(Ear { sound, listeners });
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
        let hears = |sound: Sound| {
            sound.topics & topic != 0
                && sound.dialects & dialect != 0
                // What is no change of a lead has no fields to ask for.
                && fields.is_none_or(|fields| sound.fields == 0 || sound.fields & fields != 0)
        };
        let is_echo = |listeners: &Listeners| {
            let source = origin.source.as_deref();
            source.is_some_and(|source| listeners.except_sources.contains(source))
        };
        self.anywhere
            .iter()
            .chain(of_campaigns)
            .filter(|ear| hears(ear.sound))
            .flat_map(|ear| &ear.listeners)
            .filter(|listeners| !is_echo(listeners))
            .flat_map(|listeners| listeners.subscriptions.iter().copied())
            .collect()
    }
}

impl Sound {
    fn of(format: Format, filter: &Filter) -> Self {
        let wanted = |topic: &&Topic| filter.topics.is_empty() || filter.topics.contains(topic);
        let topics = format.topics().iter().filter(wanted);
        let fields = filter.fields.iter();
        let dialects = filter.dialects.iter();
        Self {
            topics: topics.fold(0, |bits, topic| bits | topic_bit(*topic)),
            fields: fields.fold(0, |bits, field| bits | field_bit(*field)),
            dialects: if filter.dialects.is_empty() {
                u8::MAX
            } else {
                dialects.fold(0, |bits, dialect| bits | dialect_bit(*dialect))
            },
        }
    }
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
