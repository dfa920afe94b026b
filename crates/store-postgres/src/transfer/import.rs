//! Writes the records of another store, a page per transaction, as sets. Events are numbered anew: a lead reserves as many
//! numbers in a row as it has versions, so that each event's number, and that of the one before, follow from its version.

use std::collections::{BTreeMap, HashMap};

use domain::bulk::Chunk;
use domain::state::{Content, DeferredEdit, Delivery, Job};
use domain::{Lead, LeadId, WorkspaceId};
use store::transfer::{JobRecord, Record, RecordKind, VendorIdRecord};
use store::{DeliveryRecord, codec};

use crate::connection::{Session, Target};
use crate::deliveries::lines::Lines;
use crate::errors::Failure;
use crate::migrations::TENANT_TABLES;
use crate::persist::{ByWorkspace, Form, Ids};
use crate::pipeline::{Pipeline, Reach, Step};
use crate::rows::lead::{self, Beside, Columns};
use crate::rows::{Cells, bulk, call, delivery, event, signed, work as rows};
use crate::search::{Links, Searched};
use crate::{admin, counts, feed, notes, partitions, subscriptions, work};

type Written = Result<(), Failure>;

pub(super) async fn mark(pipeline: Pipeline<'_>) -> Written {
    let sql = "INSERT INTO copy_mark (id, next_event_id) VALUES (1, 1)";
    let step = Step::new(Reach::Shared, sql, &[]).creating("an unfinished copy");
    pipeline.one(step).await.map(drop)
}

/// Moves the sequences behind what was written, gives the events their positions, and takes the mark away, in one
/// transaction. Leads reserved their events' numbers one after the other: a book's feed is a few runs.
pub(super) async fn unmark(target: &Target) -> Written {
    // Looks over whole tables, once: longer than a statement may take elsewhere.
    let client = target.connect(Session::Migration).await?;
    let ends = "BEGIN; \
        SELECT setval('event_ids', next_event_id, false) FROM copy_mark; \
        SELECT setval(pg_get_serial_sequence('jobs', 'position'), coalesce(max(position), 0) + 1, false) \
            FROM jobs; \
        SELECT setval(pg_get_serial_sequence('deferred_edits', 'position'), coalesce(max(position), 0) + 1, \
            false) FROM deferred_edits; \
        SELECT setval(pg_get_serial_sequence('deliveries', 'id'), greatest( \
            (SELECT coalesce(max(id), 0) FROM deliveries), \
            (SELECT coalesce(max(id), 0) FROM dead_letters)) + 1, false); \
        CREATE TEMPORARY TABLE islands ON COMMIT DROP AS \
            SELECT workspace_id, min(first) AS first_event_id, sum(version)::bigint AS event_count FROM ( \
                SELECT workspace_id, version, last_event_id - version + 1 AS first, last_event_id + 1 - \
                    sum(version) OVER (PARTITION BY workspace_id ORDER BY last_event_id) AS before \
                FROM leads) AS numbered \
            GROUP BY workspace_id, before; \
        INSERT INTO feed_runs (workspace_id, last_position, first_event_id, event_count) \
            SELECT workspace_id, coalesce((SELECT end_position FROM feeds \
                WHERE feeds.workspace_id = islands.workspace_id), 0) + sum(event_count) \
                OVER (PARTITION BY workspace_id ORDER BY first_event_id), first_event_id, event_count \
            FROM islands; \
        INSERT INTO feeds (workspace_id, end_position, moved_by) \
            SELECT workspace_id, max(last_position), 0 FROM feed_runs GROUP BY workspace_id \
            ON CONFLICT (workspace_id) DO UPDATE SET end_position = excluded.end_position; \
        DELETE FROM copy_mark; \
        COMMIT";
    // The planner must not go on believing that the tables are empty.
    let analyze = format!("ANALYZE {}", TENANT_TABLES.join(", "));
    client.batch_execute(&analyze).await?;
    Ok(client.batch_execute(ends).await?)
}

/// One page on its way in.
pub(super) struct Importing<'a> {
    pub(super) pipeline: Pipeline<'a>,
    pub(super) target: &'a Target,
    pub(super) form: Form,
}

impl Importing<'_> {
    pub(super) async fn page(&self, kind: RecordKind, records: &[Record]) -> Written {
        self.pipeline.begin().await?;
        match kind {
            RecordKind::IdBlock
            | RecordKind::Workspace
            | RecordKind::Key
            | RecordKind::Campaign
            | RecordKind::Tag
            | RecordKind::User
            | RecordKind::Field
            | RecordKind::Subscription
            | RecordKind::Feed => self.configuration(records).await?,
            RecordKind::VendorId => self.vendor_ids(records).await?,
            RecordKind::Lead => self.leads(records).await?,
            RecordKind::Event => self.events(records).await?,
            RecordKind::Call => self.calls(records).await?,
            RecordKind::Job => self.jobs(records).await?,
            RecordKind::DeferredEdit => self.deferred_edits(records).await?,
            RecordKind::Note => self.notes(records).await?,
            RecordKind::Chunk => self.chunks(records).await?,
            RecordKind::Delivery => self.deliveries(records).await?,
        }
        self.pipeline.commit().await
    }

    /// Few, and written one by one as an operator's command does.
    async fn configuration(&self, records: &[Record]) -> Written {
        let pipeline = self.pipeline;
        for record in records {
            match record {
                Record::IdBlock(kind, next) => admin::start_ids_at(pipeline, *kind, *next).await?,
                Record::Workspace(workspace) => {
                    admin::create_workspace(pipeline, workspace).await?;
                }
                Record::Key(key, hash) => admin::create_key(pipeline, key, *hash).await?,
                Record::Campaign(campaign) => admin::create_campaign(pipeline, campaign).await?,
                Record::Tag(workspace, tag) => admin::create_tag(pipeline, *workspace, tag).await?,
                Record::User(workspace, user) => {
                    admin::create_user(pipeline, *workspace, user).await?;
                }
                Record::Field(workspace, field) => {
                    admin::create_field(pipeline, *workspace, field).await?;
                }
                Record::Subscription(subscription) => {
                    subscriptions::create(pipeline, subscription).await?;
                }
                Record::Feed(workspace, end) => {
                    feed::begin_at(pipeline, *workspace, *end).await?;
                }
                _ => return Err(out_of_place()),
            }
        }
        Ok(())
    }

    /// Sends the rows of tables, in order, and what follows from them.
    async fn send(&self, tables: &[&ByWorkspace<'_>], then: Vec<Step<'_>>) -> Written {
        let mut steps: Vec<_> = tables
            .iter()
            .flat_map(|table| table.inserts(self.form))
            .collect();
        steps.extend(then);
        self.pipeline.all(&steps).await.map(drop)
    }

    async fn vendor_ids(&self, records: &[Record]) -> Written {
        let mut table = ByWorkspace::new(&rows::VENDOR_IDS);
        for record in records {
            let Record::VendorId(VendorIdRecord {
                workspace_id,
                dialect,
                target,
                id,
                number,
            }) = record
            else {
                return Err(out_of_place());
            };
            let rows = table.of(*workspace_id);
            rows.text(dialect.name());
            rows.text(target.name());
            rows.text(id);
            rows.integer(signed(*number));
        }
        self.send(&[&table], Vec::new()).await
    }

    async fn leads(&self, records: &[Record]) -> Written {
        let mut leads = ByWorkspace::new(Columns::Inserted.statements());
        let mut beside = Tables::default();
        let first = self.next_event_id().await?;
        let mut next = first;
        for record in records {
            let Record::Lead(lead) = record else {
                return Err(out_of_place());
            };
            next += signed(lead.version);
            let rows = leads.of(lead.workspace_id);
            lead::add(rows, Columns::Inserted, lead, next - 1);
            beside.add(lead);
        }
        self.cover(first, next).await?;
        let sql = "UPDATE copy_mark SET next_event_id = $1 WHERE id = 1";
        let reserved = Step::new(Reach::Shared, sql, &[&next]);
        let mut then: Vec<_> = beside.searched.steps(self.form).collect();
        then.push(reserved);
        let Tables {
            queued,
            claimed,
            places,
            ..
        } = &beside;
        self.send(&[&leads, queued, claimed, places], then).await
    }

    async fn next_event_id(&self) -> Result<i64, Failure> {
        let sql = "SELECT next_event_id FROM copy_mark WHERE id = 1";
        let rows = self
            .pipeline
            .one(Step::new(Reach::Shared, sql, &[]))
            .await?;
        let row = rows.first().ok_or(Failure::broken(
            "an import that was not begun, or was ended meanwhile",
        ))?;
        Ok(row.get(0))
    }

    /// Makes partitions for these event ids. Opening the store has made those of the lowest.
    async fn cover(&self, first: i64, end: i64) -> Written {
        let half = partitions::WIDTH / 2;
        if first / half == end / half {
            return Ok(());
        }
        let client = self.target.connect(Session::Migration).await?;
        let mut id = first;
        while id < end + half {
            partitions::ensure(&client, id).await?;
            id += half;
        }
        Ok(())
    }

    async fn events(&self, records: &[Record]) -> Written {
        let events = records.iter().map(|record| match record {
            Record::Event(event) => Ok(&**event),
            _ => Err(out_of_place()),
        });
        let events = events.collect::<Result<Vec<_>, _>>()?;
        let leads = events
            .iter()
            .map(|event| (event.workspace_id, event.lead_id));
        let before_first = self.before_first(leads).await?;
        let mut table = ByWorkspace::new(&event::INSERT);
        for event in events {
            let key = (event.workspace_id, event.lead_id);
            let before_first = before_first
                .get(&key)
                .ok_or(Failure::broken("an event without its lead"))?;
            let id = before_first + signed(event.version);
            let previous = (event.version > 1).then_some(id - 1);
            event::add(table.of(event.workspace_id), event, id, previous);
        }
        self.send(&[&table], Vec::new()).await
    }

    /// Of each lead the number before those that it has reserved for its events.
    async fn before_first(
        &self,
        keys: impl Iterator<Item = LeadKey>,
    ) -> Result<HashMap<LeadKey, i64>, Failure> {
        let mut leads = BTreeMap::<i64, Vec<i64>>::new();
        for (workspace, lead) in keys {
            let ids = leads.entry(signed(workspace.get())).or_default();
            let id = signed(lead.get());
            // Much of a lead comes together.
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        let sql = "SELECT id, workspace_id, last_event_id - version AS before_first FROM leads \
                   WHERE workspace_id = $1 AND id = ANY($2)";
        let steps = leads.iter();
        let steps: Vec<_> = steps
            .map(|(workspace, ids)| Step::tenant(sql, &[workspace, ids]))
            .collect();
        let mut found = HashMap::new();
        for row in self.pipeline.all(&steps).await?.iter().flatten() {
            let mut cells = Cells::new(row, "leads");
            let id = cells.id("id", LeadId::new)?;
            let workspace = cells.id("workspace_id", WorkspaceId::new)?;
            found.insert((workspace, id), cells.integer("before_first")?);
        }
        Ok(found)
    }

    async fn calls(&self, records: &[Record]) -> Written {
        let mut table = ByWorkspace::new(&call::COPIED);
        for record in records {
            let Record::Call(call) = record else {
                return Err(out_of_place());
            };
            call::copy(table.of(call.workspace_id), call);
        }
        self.send(&[&table], Vec::new()).await
    }

    async fn notes(&self, records: &[Record]) -> Written {
        for record in records {
            let Record::Note(note) = record else {
                return Err(out_of_place());
            };
            notes::create(self.pipeline, note).await?;
        }
        Ok(())
    }

    async fn chunks(&self, records: &[Record]) -> Written {
        let mut bulks = BTreeMap::new();
        let mut chunks = ByWorkspace::new(&bulk::CHUNKS);
        for record in records {
            let Record::Chunk(record) = record else {
                return Err(out_of_place());
            };
            let (of, Chunk { number, leads }) = &**record;
            bulks.insert((of.workspace_id, of.id), of);
            let leads = codec::encode_new_leads(leads);
            bulk::add_chunk(chunks.of(of.workspace_id), of.id, i64::from(*number), leads);
        }
        let mut table = ByWorkspace::new(&bulk::COPIED);
        for of in bulks.into_values() {
            bulk::add(table.of(of.workspace_id), of);
        }
        self.send(&[&table, &chunks], Vec::new()).await
    }

    /// A lead's jobs come in their order, so that the first one to come is and stays its head.
    async fn jobs(&self, records: &[Record]) -> Written {
        let mut table = ByWorkspace::new(&rows::JOBS_COPIED);
        let mut leads = Ids::default();
        for record in records {
            let Record::Job(JobRecord { position, job }) = record else {
                return Err(out_of_place());
            };
            let Job {
                id,
                workspace_id,
                lead_id,
                accepted_at,
                origin,
                edit,
                guard,
            } = job;
            let rows = table.of(*workspace_id);
            rows.integer(signed(id.get()));
            rows.integer(signed(*position));
            rows.integer(signed(lead_id.get()));
            rows.boolean(false);
            rows.integer(0);
            rows.integer(accepted_at.as_millis());
            rows.text(codec::encode_origin(origin).to_string());
            rows.text(codec::encode_edit(edit).to_string());
            rows.text(codec::encode_guard(guard).to_string());
            leads.add(*workspace_id, lead_id.get());
        }
        self.send(&[&table], leads.steps(work::PROMOTE_JOBS).collect())
            .await
    }

    async fn deferred_edits(&self, records: &[Record]) -> Written {
        let mut table = ByWorkspace::new(&rows::DEFERRED_EDITS_COPIED);
        for record in records {
            let Record::DeferredEdit(DeferredEdit {
                position,
                workspace_id,
                lead_id,
                accepted_at,
                origin,
                edit,
            }) = record
            else {
                return Err(out_of_place());
            };
            let rows = table.of(*workspace_id);
            rows.integer(signed(*position));
            rows.integer(signed(lead_id.get()));
            rows.integer(accepted_at.as_millis());
            rows.text(codec::encode_origin(origin).to_string());
            rows.text(codec::encode_edit(edit).to_string());
        }
        self.send(&[&table], Vec::new()).await
    }

    /// As jobs: the first one of a line to come is and stays its head.
    async fn deliveries(&self, records: &[Record]) -> Written {
        let deliveries = records.iter().map(|record| match record {
            Record::Delivery(delivery) => Ok(delivery),
            _ => Err(out_of_place()),
        });
        let records = deliveries.collect::<Result<Vec<_>, _>>()?;
        let event_ids = self.event_ids(&records).await?;
        let mut waiting = ByWorkspace::new(&delivery::COPIED);
        let mut dead = ByWorkspace::new(&delivery::DEAD_COPIED);
        let mut lines = Lines::default();
        for (record, event_id) in records.into_iter().zip(event_ids) {
            let Delivery {
                workspace_id,
                subscription_id,
                lead_id,
                ..
            } = record.delivery;
            if record.dead_at.is_some() {
                delivery::add_copied(dead.of(workspace_id), record, event_id);
            } else {
                delivery::add_copied(waiting.of(workspace_id), record, event_id);
                lines.add(workspace_id, subscription_id, lead_id);
            }
        }
        let heads = lines.promotions_if_none().collect();
        self.send(&[&waiting, &dead], heads).await
    }

    /// The ids that the events of deliveries have here.
    async fn event_ids(&self, records: &[&DeliveryRecord]) -> Result<Vec<Option<i64>>, Failure> {
        let told = records.iter().map(|record| {
            let Delivery {
                workspace_id,
                lead_id,
                content,
                ..
            } = &record.delivery;
            match (content, lead_id) {
                (Content::Event { version, .. }, Some(lead)) => {
                    Some(((*workspace_id, *lead), signed(*version)))
                }
                _ => None,
            }
        });
        let told: Vec<_> = told.collect();
        let before_first = self
            .before_first(told.iter().flatten().map(|(lead, _)| *lead))
            .await?;
        let id = |told: Option<(LeadKey, i64)>| {
            let Some((lead, version)) = told else {
                return Ok(None);
            };
            let before_first = before_first
                .get(&lead)
                .ok_or(Failure::broken("a delivery without its lead"))?;
            Ok(Some(before_first + version))
        };
        told.into_iter().map(id).collect()
    }
}

/// A lead and its workspace.
type LeadKey = (WorkspaceId, LeadId);

fn out_of_place() -> Failure {
    Failure::broken("a record among those of another kind")
}

/// The tables beside the leads.
struct Tables<'a> {
    queued: ByWorkspace<'a>,
    claimed: ByWorkspace<'a>,
    places: ByWorkspace<'a>,
    searched: Searched<'a>,
}

impl Default for Tables<'_> {
    fn default() -> Self {
        Self {
            queued: ByWorkspace::new(&lead::DIAL_QUEUE),
            claimed: ByWorkspace::new(&lead::CLAIMS),
            places: ByWorkspace::new(&counts::PLACES),
            searched: Searched::default(),
        }
    }
}

impl<'a> Tables<'a> {
    fn add(&mut self, lead: &'a Lead) {
        let Beside {
            queued,
            claimed,
            place,
            links: _,
        } = Beside::of(lead);
        let workspace = lead.workspace_id;
        if let Some((campaign, claimable_at)) = queued {
            let rows = self.queued.of(workspace);
            rows.integer(signed(lead.id.get()));
            rows.integer(signed(campaign.get()));
            rows.integer(claimable_at.as_millis());
        }
        if let Some((call, expires_at)) = claimed {
            let rows = self.claimed.of(workspace);
            rows.integer(signed(lead.id.get()));
            rows.integer(signed(call.get()));
            rows.integer(expires_at.as_millis());
        }
        if let Some(place) = place {
            counts::add_place(self.places.of(workspace), lead, place);
            self.searched.add(lead, Links::default());
        }
    }
}
