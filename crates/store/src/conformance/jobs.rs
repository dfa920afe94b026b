//! Updates accepted to run later.

use domain::command::{Action, Effect, LeadRef, QueuedUpdate};
use domain::custom_field::{CustomValue, FieldType};
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use domain::fault::Rejection;
use domain::guard::{AttemptGuard, Guard, OnActiveCall};
use domain::limits::JOBS_PER_LEAD_MAX;
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::state::{JobFailure, JobResult};
use domain::status::{DialStatus, StageKind};
use domain::time_zone::TimeZone;
use domain::{CampaignId, FieldId, IdKind, JobId, LeadId, OptionId, TagId, UserId};

use super::World;
use super::world::{merging, named};
use crate::JobHead;

impl World<'_> {
    pub(super) async fn job_id(&self) -> JobId {
        JobId::new(self.id(IdKind::Job).await).unwrap()
    }

    /// The heads of this world, oldest first.
    pub(super) async fn heads(&self) -> Vec<JobHead> {
        let all = self
            .store
            .lease_jobs(self.now(), self.now(), 100_000)
            .await
            .unwrap();
        let is_ours = |head: &JobHead| head.workspace_id == self.workspace;
        all.into_iter().filter(is_ours).collect()
    }

    /// Queues an edit and runs it.
    pub(super) async fn job_done(&self, lead: LeadId, edit: Edit) -> JobId {
        let job = self.job_id().await;
        self.done(self.queue(lead, job, edit)).await;
        self.done(self.run_job(lead, job)).await;
        job
    }
}

pub async fn jobs_of_a_lead_run_in_order(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let mut accepted = Vec::new();
    for n in 0..5 {
        // The ids come in an order of their own: what counts is when a job was accepted.
        let ids = [world.job_id().await, world.job_id().await];
        let [later, sooner] = ids;
        let edit = |job: JobId| merging(&format!(r#"{{"n":{n},"job":{job}}}"#));
        let queued = [sooner, later].map(|job| world.queue(lead, job, edit(job)));
        for outcome in world.batch(queued.into()).await {
            assert_eq!(outcome.unwrap().effect, Effect::Queued);
        }
        accepted.extend([sooner, later]);
    }
    for job in accepted {
        let head = world.heads().await;
        let expected = JobHead {
            workspace_id: world.workspace,
            lead_id: lead,
            job_id: job,
        };
        assert_eq!(head, [expected]);
        let done = world.done(world.run_job(lead, job)).await;
        let ran = done.lead.variables.members().get("job").unwrap().as_u64();
        assert_eq!(ran, Some(job.get()));
    }
    assert_eq!(world.heads().await, []);
}

pub async fn one_head_per_lead(world: &World<'_>) {
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    let mut jobs = Vec::new();
    for lead in [a, a, b, a, b] {
        let job = world.job_id().await;
        jobs.push(job);
        world.done(world.queue(lead, job, named("x"))).await;
    }
    let heads = async || {
        let heads = world.heads().await;
        heads.iter().map(|head| head.job_id).collect::<Vec<_>>()
    };
    assert_eq!(heads().await, [jobs[0], jobs[2]], "oldest first");
    world.done(world.run_job(a, jobs[0])).await;
    assert_eq!(heads().await, [jobs[1], jobs[2]]);
    world.done(world.run_job(b, jobs[2])).await;
    assert_eq!(heads().await, [jobs[1], jobs[4]]);
    assert_eq!(
        world
            .store
            .lease_jobs(world.now(), world.now(), 1)
            .await
            .unwrap()
            .len(),
        1
    );
}

pub async fn a_job_runs_once(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    let job = world.job_id().await;
    world.done(world.queue(lead.id, job, named("once"))).await;
    // A worker that died between commit and answer sends it again, here even in the same batch.
    let twice = vec![world.run_job(lead.id, job), world.run_job(lead.id, job)];
    world.batch(twice).await;
    let again = world.done(world.run_job(lead.id, job)).await;
    assert_eq!(again.effect, Effect::Unchanged);
    assert_eq!(again.lead.version, 2);
    assert_eq!(world.due().await.len(), 1, "one result");
    // An update that changes nothing is finished and announced all the same.
    world.job_done(lead.id, named("once")).await;
    assert_eq!(world.lead(lead.id).await.version, 2);
    let first = world.due().await.remove(0);
    world.delivered(&first).await;
    assert_eq!(world.due().await.len(), 1);
}

pub async fn a_refused_job_says_why(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    let job = world.job_id().await;
    let accepted_at = world.now();
    let to_nowhere = Edit {
        stage: StageEdit::Named("nowhere".to_owned()),
        ..Edit::default()
    };
    world.done(world.queue(lead.id, job, to_nowhere)).await;
    let finished_at = world.wait(5);
    let done = world.done(world.run_job(lead.id, job)).await;
    assert_eq!(done.lead.version, 1, "nothing changed");
    let expected = JobResult {
        job_id: job,
        accepted_at,
        finished_at,
        lead_id: lead.id,
        lead_created_at: lead.created_at,
        external_id: Some("ref-1".to_owned()),
        result: Err(JobFailure::UnknownStage("nowhere".to_owned())),
    };
    assert_eq!(*world.due().await[0].news.result(), expected);
    assert_eq!(world.heads().await, []);
}

pub async fn only_so_many_wait(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let other = world.new_lead().await.id;
    let first = world.store.reserve_ids(IdKind::Job, 2_000).await.unwrap();
    let jobs = (first..).map(|id| JobId::new(id).unwrap());
    let jobs: Vec<_> = jobs.take(JOBS_PER_LEAD_MAX + 1).collect();
    for chunk in jobs.chunks(128) {
        let queued = chunk.iter().map(|job| world.queue(lead, *job, named("x")));
        let outcomes = world.batch(queued.collect()).await;
        for (job, outcome) in chunk.iter().zip(outcomes) {
            let refused = outcome.err();
            let is_last = *job == jobs[JOBS_PER_LEAD_MAX];
            assert_eq!(refused, is_last.then_some(Rejection::TooManyWaiting));
        }
    }
    world.job_done(other, named("another lead's count")).await;
    world.done(world.run_job(lead, jobs[0])).await;
    world
        .done(world.queue(lead, jobs[JOBS_PER_LEAD_MAX], named("room again")))
        .await;
}

pub async fn a_queued_edit_reads_back_whole(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let twin = world.new_lead().await.id;
    let tag = world.new_tag().await;
    let user = world.new_user().await;
    let field = world.new_field(FieldType::MultiSelect, 2).await;
    let edit = whole_edit(world.campaign, tag, user, field.0, &field.1);
    // The job's edit went through the store; its result must be that of the edit itself.
    world.job_done(lead, edit.clone()).await;
    world.done(world.update(twin, edit)).await;
    let (mut lead, twin) = (world.lead(lead).await, world.lead(twin).await);
    (lead.id, lead.created_at) = (twin.id, twin.created_at);
    assert_eq!(format!("{lead:#?}"), format!("{twin:#?}"));
    // And so did its guard.
    let job = world.job_id().await;
    let guard = Guard {
        attempt: AttemptGuard::Any,
        on_active_call: OnActiveCall::Reject,
        version: Some(1),
    };
    let queued = QueuedUpdate {
        job,
        lead: LeadRef::Number(lead.id),
        edit: named("stale"),
        guard,
    };
    world
        .done(world.command(Action::Queue(Box::new(queued))))
        .await;
    world.done(world.run_job(twin.id, job)).await;
    assert_eq!(world.lead(twin.id).await.version, 2);
}

/// Every field set, to something that is not its default.
pub(super) fn whole_edit(
    campaign: CampaignId,
    tag: TagId,
    user: UserId,
    field: FieldId,
    options: &[OptionId],
) -> Edit {
    let text = |text: &str| Change::Set(text.to_owned());
    let object = |text: &str| ObjectEdit::Replace(Object::parse(text).unwrap());
    Edit {
        campaign: Change::Set(campaign),
        external_id: text("crm/17"),
        phone: Change::Set(PhoneInput::read("+44 20 7946 0958").unwrap()),
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        name: text("A. Lovelace"),
        email: text("ada@example.com"),
        company_name: text("Analytical Engines"),
        time_zone: Change::Set(TimeZone::new("Europe/London").unwrap()),
        variables: object(r#"{"b":1.50,"a":{"d":null,"c":[]}}"#),
        collected: object(r#"{"mood":"good"}"#),
        custom_fields: vec![CustomFieldEdit {
            field,
            declared_type: Some(FieldType::MultiSelect),
            value: Some(CustomValue::MultiSelect(options.to_vec())),
        }],
        notes: text("called twice"),
        tags: SetEdit::Add(vec![tag]),
        assigned_users: SetEdit::Replace(vec![user]),
        dial_status: Some(StatusEdit {
            to: DialStatus::Voicemail,
            same_as: vec![DialStatus::Retry],
        }),
        stage: StageEdit::OfKind(StageKind::Qualified),
        disposition: text("warm"),
        next_attempt_at: Change::Set(domain::Timestamp::LAST),
    }
}
