//! The dialer's side: claim a lead, start the call, report how it ended; the call log; and the sweep of dead leases.

use domain::command::{Action, CallEnd, Claiming, Done, Hold, VendorId};
use domain::limits::{CLAIM_CANDIDATES_MAX, DELETE_CALLS_MAX, LIST_PAGE_MAX};
use domain::listing::{CallFilter, CallPage};
use domain::{CallId, CampaignId, IdKind, LeadId};
use store::{CallList, CallRecord, ExpiredClaim};

use crate::App;
use crate::context::Context;
use crate::error::{AppError, Conflict, Missing};

/// What a dialer asks for.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest {
    pub campaign: CampaignId,
    /// This lead and no other; `None` takes the one due longest.
    pub lead: Option<LeadId>,
    pub lease_ms: i64,
    pub hold: Hold,
}

impl App {
    /// Claims a lead. `None` if the campaign has none that may be called now.
    pub async fn claim_lead(
        &self,
        context: &Context,
        request: ClaimRequest,
    ) -> Result<Option<Done>, AppError> {
        if let Some(lead) = request.lead {
            return self.claim(context, request, lead).await.map(Some);
        }
        let candidates = self.candidates(context, request.campaign).await?;
        for lead in candidates {
            match self.claim(context, request, lead).await {
                Ok(done) => return Ok(Some(done)),
                // Somebody was faster, or the lead changed since: the next one.
                Err(AppError::Conflict(Conflict::NotClaimable(_)) | AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn claim(
        &self,
        context: &Context,
        request: ClaimRequest,
        lead: LeadId,
    ) -> Result<Done, AppError> {
        let ClaimRequest {
            campaign,
            lease_ms,
            hold,
            ..
        } = request;
        let call = self.next_id(IdKind::Call, CallId::new).await?;
        let claiming = Claiming {
            lead,
            campaign,
            call,
            lease_ms,
            hold,
        };
        Ok(self.submit(context, Action::Claim(claiming)).await??)
    }

    /// The candidates, starting at a different one for each caller, so that many dialers do not
    /// all ask for the same lead.
    async fn candidates(
        &self,
        context: &Context,
        campaign: CampaignId,
    ) -> Result<Vec<LeadId>, AppError> {
        let now = self.environment.now();
        let mut leads = self
            .store
            .claim_candidates(context.workspace_id, campaign, now, CLAIM_CANDIDATES_MAX)
            .await?;
        // A lone dialer gets the one due longest; only a full page is worth spreading.
        if leads.len() == CLAIM_CANDIDATES_MAX {
            let mut byte = [0];
            self.environment.fill(&mut byte);
            let offset = usize::from(byte[0]) % leads.len();
            leads.rotate_left(offset);
        }
        Ok(leads)
    }

    /// Turns a reservation into an attempt.
    pub async fn start_call(
        &self,
        context: &Context,
        call: CallId,
        fence_token: u64,
    ) -> Result<Done, AppError> {
        let lead = self.call(context, call).await?.lead_id;
        Ok(self
            .submit(
                context,
                Action::Start {
                    lead,
                    call,
                    fence_token,
                },
            )
            .await??)
    }

    /// Ends a call; `end.lead` is taken from the call.
    pub async fn end_call(&self, context: &Context, end: CallEnd) -> Result<Done, AppError> {
        let lead = self.call(context, end.call).await?.lead_id;
        Ok(self
            .submit(context, Action::End(Box::new(CallEnd { lead, ..end })))
            .await??)
    }

    pub async fn call(&self, context: &Context, call: CallId) -> Result<CallRecord, AppError> {
        self.store
            .call(context.workspace_id, call)
            .await?
            .filter(|call| context.scope.allows(Some(call.campaign_id)))
            .ok_or(AppError::NotFound(Missing::Call))
    }

    /// The call that a vendor's id names.
    pub async fn call_by_vendor_id(
        &self,
        context: &Context,
        id: &VendorId,
    ) -> Result<CallRecord, AppError> {
        let missing = AppError::NotFound(Missing::Call);
        let number = id.number.and_then(CallId::new).ok_or(missing.clone())?;
        let call = self.call(context, number).await?;
        let is_meant = id.matches(call.lead_created_at);
        is_meant.then_some(call).ok_or(missing)
    }

    /// A page of the call log, as far as the caller may see it.
    pub async fn list_calls(
        &self,
        context: &Context,
        mut filter: CallFilter,
        mut page: CallPage,
    ) -> Result<CallList, AppError> {
        filter.campaigns = context.visible(filter.campaigns);
        page.limit = page.limit.min(LIST_PAGE_MAX);
        Ok(self
            .store
            .calls(context.workspace_id, &filter, page)
            .await?)
    }

    /// Deletes calls from the log, those that the caller may see and that have ended; how many there were. What leads
    /// remember of them stays.
    pub async fn delete_calls(
        &self,
        context: &Context,
        calls: &[CallId],
    ) -> Result<usize, AppError> {
        let mut visible = Vec::with_capacity(calls.len());
        for call in calls.iter().take(DELETE_CALLS_MAX) {
            match self.call(context, *call).await {
                Ok(call) => visible.push(call.id),
                Err(AppError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self
            .store
            .delete_calls(context.workspace_id, &visible)
            .await?)
    }

    /// Claims of any workspace whose lease has run out.
    pub async fn expired_claims(&self, limit: usize) -> Result<Vec<ExpiredClaim>, AppError> {
        Ok(self
            .store
            .expired_claims(self.environment.now(), limit)
            .await?)
    }

    /// Ends one of them.
    pub async fn expire_claim(&self, expired: ExpiredClaim) -> Result<(), AppError> {
        let context = Context::system(expired.workspace_id, "lease-sweep");
        let action = Action::Expire {
            lead: expired.lead_id,
            call: expired.call_id,
        };
        self.submit(&context, action).await??;
        Ok(())
    }
}
