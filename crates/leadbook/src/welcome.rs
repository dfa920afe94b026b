//! What a person reads when the server has started: where it is, and what to do next.

use api::demo::Demo;
use api::views;
use domain::IdKind;

use crate::first_run::FirstRun;
use crate::location::Location;

/// The first start of a book: everything a newcomer needs, the key for the only time.
pub(crate) fn first_run(base_url: &str, location: &Location, first: &FirstRun) {
    let FirstRun {
        workspace,
        campaign,
        leads,
        key,
    } = first;
    say!("Leadbook listens on {base_url}");
    say!("The book is new and lies in {location}");
    say!(
        "It has workspace {} with campaign {} and {} leads.",
        workspace.id,
        campaign.id,
        leads.len()
    );
    say!("\nYour key, shown this once (`leadbook key create` makes more):\n\n  {key}\n");
    say!("Update a lead, in each dialect:");
    let pearl = views::object_id(IdKind::Campaign, campaign.created_at, campaign.id.get());
    let object_id = |index: usize| {
        views::object_id(IdKind::Lead, leads[index].created_at, leads[index].id.get())
    };
    curl(
        "Autocalls",
        "PUT",
        &format!("{base_url}/api/user/leads/{}", leads[0].id),
        key,
        r#"{"variables": {"company": "Acme Corp"}}"#,
    );
    curl(
        "NLPearl",
        "PUT",
        &format!("{base_url}/v2/Outbound/{pearl}/Lead/{}", object_id(1)),
        key,
        r#"{"status": 130}"#,
    );
    curl(
        "JourneyBee",
        "PATCH",
        &format!("{base_url}/api/v1/leads/{}", leads[2].id),
        key,
        r#"{"status": "contacted"}"#,
    );
    let dialnexa = views::code("lead", leads[3].id.get());
    curl(
        "DialNexa",
        "PATCH",
        &format!("{base_url}/v1/campaigns-leads/{dialnexa}"),
        key,
        r#"{"metadata": {"product": "home_loan"}}"#,
    );
    let uservox = format!(
        r#"{{"leadId": "{}", "metadata": {{"make": "Toyota"}}}}"#,
        object_id(4)
    );
    curl(
        "UserVox",
        "POST",
        &format!("{base_url}/api/v1/leads/update"),
        key,
        &uservox,
    );
    say!("\nSee what happened:");
    let history = format!("{base_url}/leadbook/v1/leads/{}/history", leads[0].id);
    say!("\n  curl {history} -H 'Authorization: Bearer {key}'\n");
    say!("Watch what happens, as it happens:");
    let stream = format!("{base_url}/leadbook/v1/events/stream?after=now");
    say!("\n  curl -N '{stream}' -H 'Authorization: Bearer {key}'\n");
    say!("Stop with Ctrl-C. `leadbook --help` shows what else there is.");
}

/// Every later start.
pub(crate) fn again(base_url: &str, location: &Location) {
    say!("Leadbook listens on {base_url}");
    say!("The book lies in {location}");
    say!("Keys: `leadbook key list`, `leadbook key create`. Stop with Ctrl-C.");
}

/// A demo: the documents' examples, ready to paste.
pub(crate) fn demo(base_url: &str, demo: &Demo) {
    say!("Leadbook demo on {base_url}: everything here is forgotten when it stops.");
    say!("The vendors' own examples work with only the host changed:");
    curl(
        "Autocalls",
        "PUT",
        &format!("{base_url}/api/user/leads/{}", demo.autocalls_lead),
        &demo.autocalls_key,
        r#"{"campaign_id": 456, "phone_number": "+1234567890", "variables": {"name": "John Doe"}}"#,
    );
    let nlpearl = format!(
        "{base_url}/v2/Outbound/{}/Lead/{}",
        demo.nlpearl_pearl, demo.nlpearl_lead
    );
    curl(
        "NLPearl",
        "PUT",
        &nlpearl,
        &demo.nlpearl_key,
        r#"{"status": 130}"#,
    );
    curl(
        "JourneyBee (its snippets print {leadId}: put 789 there)",
        "PATCH",
        &format!("{base_url}/api/v1/leads/{}", demo.journeybee_lead),
        &demo.journeybee_key,
        r#"{"status": "contacted", "tags": [1, 2, 3]}"#,
    );
    curl(
        "DialNexa",
        "PATCH",
        &format!("{base_url}/v1/campaigns-leads/{}", demo.dialnexa_lead),
        &demo.dialnexa_key,
        r#"{"phone_number": "+919876543210"}"#,
    );
    let uservox = format!(
        r#"{{"referenceId": "{}", "projectId": "{}", "processId": "{}", "metadata": {{"make": "Toyota"}}}}"#,
        demo.uservox_reference, demo.uservox_project, demo.uservox_process
    );
    curl(
        "UserVox",
        "POST",
        &format!("{base_url}/api/v1/leads/update"),
        &demo.uservox_key,
        &uservox,
    );
    say!("\nOur own API, with any of these keys: {base_url}/leadbook/v1/leads/123/history");
    say!("Stop with Ctrl-C.");
}

fn curl(title: &str, method: &str, url: &str, key: &str, body: &str) {
    say!("\n# {title}");
    say!("curl -X {method} '{url}' \\");
    say!("  -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\");
    say!("  -d '{body}'");
}
