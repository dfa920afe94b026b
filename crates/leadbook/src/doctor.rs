//! `leadbook doctor`: looks the book over and says what an operator should do.

use app::vault::VaultError;
use domain::Timestamp;
use domain::subscription::{Disabled, DisabledReason, Subscription};
use store::StoreHealth;

use crate::book;
use crate::location::Location;
use crate::site::Site;

/// Ailing subscriptions that are named one by one.
const SUBSCRIPTIONS_SHOWN_MAX: usize = 20;

pub(crate) async fn doctor(site: &Site) -> anyhow::Result<()> {
    let app = book::open_existing(site).await?;
    let health = app.health().await?;
    let ailing = app.ailing_subscriptions().await?;
    app.stop().await?;
    show(&health);
    let mut findings = findings(&health, site);
    let shown = ailing.iter().take(SUBSCRIPTIONS_SHOWN_MAX);
    findings.extend(shown.map(|(subscription, unopened)| ail(subscription, unopened.as_ref())));
    if let Some(more @ 1..) = ailing.len().checked_sub(SUBSCRIPTIONS_SHOWN_MAX) {
        findings.push(format!("{more} more subscription(s) of these kinds"));
    }
    for finding in &findings {
        say!("! {finding}");
    }
    anyhow::ensure!(findings.is_empty(), "{} finding(s)", findings.len());
    say!("All well.");
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a size for a person, to a tenth of a megabyte"
)]
fn show(health: &StoreHealth) {
    say!("{}", health.description);
    say!("schema version      {}", health.schema_version);
    say!("size                {:.1} MB", health.bytes as f64 / 1e6);
    say!("workspaces          {}", health.workspaces);
    say!("leads               {}", health.leads);
    say!("events              {}", health.events);
    say!("queued updates      {}", health.jobs_waiting);
    say!("webhooks waiting    {}", health.deliveries_waiting);
    say!("webhooks given up   {}", health.deliveries_dead);
    say!("endpoints failing   {}", health.subscriptions_failing);
    say!("endpoints disabled  {}", health.subscriptions_disabled);
}

fn findings(health: &StoreHealth, site: &Site) -> Vec<String> {
    // What PostgreSQL finds says itself what to do.
    let remedy = match &site.location {
        Location::Folder(_) => "; restore the file from a copy",
        Location::Database(_) => "",
    };
    let problems = health.problems.iter();
    let mut findings: Vec<_> = problems
        .map(|problem| format!("integrity: {problem}{remedy}"))
        .collect();
    if health.deliveries_dead > 0 {
        findings.push(format!(
            "{} webhook(s) were given up and lie as dead letters; see GET /leadbook/v1/dead-letters, and replay them when \
             their endpoints are well",
            health.deliveries_dead
        ));
    }
    if health.expired_claims > 0 {
        findings.push(format!(
            "{} claim(s) have run out and nobody ended them; is the server running?",
            health.expired_claims
        ));
    }
    findings
}

/// One subscription that does not do its work, and what to do.
fn ail(subscription: &Subscription, unopened: Option<&VaultError>) -> String {
    // A query may hold a token.
    let url = subscription.url.split('?').next().unwrap_or_default();
    let who = format!(
        "subscription {} of workspace {} ({url})",
        subscription.id, subscription.workspace_id
    );
    if let Some(error) = unopened {
        return format!("{who}: {error}");
    }
    let health = subscription.health;
    let Some(Disabled { at, reason }) = health.disabled else {
        let since = health.failing_since.map(Timestamp::to_rfc3339_seconds);
        return format!(
            "{who} has failed at every attempt since {}; see its attempts, GET /leadbook/v1/subscriptions/{}/attempts",
            since.unwrap_or_default(),
            subscription.id
        );
    };
    let why = match reason {
        DisabledReason::Owner => "by its owner",
        DisabledReason::Gone => "because it answered 410 Gone",
        DisabledReason::Failing => "because every attempt had failed for days",
    };
    format!(
        "{who} was disabled {why} at {}; when its endpoint is well, PATCH it with {{\"is_enabled\": true}} and replay its dead \
         letters",
        at.to_rfc3339_seconds()
    )
}
