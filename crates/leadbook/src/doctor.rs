//! `leadbook doctor`: looks the book over and says what an operator should do.

use store::StoreHealth;

use crate::book;
use crate::location::Location;
use crate::site::Site;

pub(crate) async fn doctor(site: &Site) -> anyhow::Result<()> {
    let app = book::open_existing(site).await?;
    let health = app.health().await?;
    app.stop().await?;
    show(&health);
    let findings = findings(&health, location);
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
            "{} webhook(s) were given up after every retry; check the callback URLs",
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
