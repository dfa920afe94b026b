//! `process create`: a campaign with its own stages, dispositions, transitions and callback URLs.

use std::collections::BTreeMap;

use anyhow::Context as _;
use app::subscriptions::PlainAuth;
use app::vault::VaultError;
use app::{AppError, Conflict};
use domain::campaign::{Stage, Transitions};
use domain::limits::{CALLBACKS_MAX, STAGES_MAX};
use domain::status::StageKind;

use crate::site::Site;
use crate::{administration, cli};

pub(crate) async fn process(site: &Site, command: cli::Process) -> anyhow::Result<()> {
    let cli::Process::Create {
        place,
        campaign,
        rules,
    } = command;
    let mut new = administration::new_campaign(campaign)?;
    new.stages = stages(&rules.stage)?;
    new.transitions = transitions(&rules.transition, &new.stages)?;
    anyhow::ensure!(
        rules.disposition.len() <= STAGES_MAX,
        "at most {STAGES_MAX} dispositions"
    );
    new.callbacks = callbacks(&rules)?;
    new.dispositions = rules.disposition;
    administration::create_campaign(site, place, new, "Process").await
}

fn stages(texts: &[String]) -> anyhow::Result<Vec<Stage>> {
    anyhow::ensure!(texts.len() <= STAGES_MAX, "at most {STAGES_MAX} stages");
    if texts.is_empty() {
        return Ok(api::default_stages());
    }
    let read = |text: &String| {
        let (name, kind) = text.split_once('=')?;
        Some(Stage::new(name, StageKind::from_name(kind)?))
    };
    texts
        .iter()
        .map(|text| {
            read(text).with_context(|| {
                format!("--stage {text}: write NAME=KIND, kind new, contacted, qualified, converted or lost")
            })
        })
        .collect()
}

fn transitions(texts: &[String], stages: &[Stage]) -> anyhow::Result<Transitions> {
    if texts.is_empty() {
        return Ok(Transitions::default());
    }
    let mut moves = BTreeMap::<String, Vec<String>>::new();
    for text in texts {
        let (from, to) = text
            .split_once('=')
            .with_context(|| format!("--transition {text}: write FROM=TO"))?;
        for name in [from, to] {
            anyhow::ensure!(
                stages.iter().any(|stage| stage.name == name),
                "--transition {text}: there is no stage {name}"
            );
        }
        moves
            .entry(from.to_owned())
            .or_default()
            .push(to.to_owned());
    }
    Ok(Transitions::Listed(moves))
}

/// URLs are checked for their form here and for their address when they are called: which private
/// ranges are open is the server's setting, not this command's.
fn callbacks(rules: &cli::ProcessOptions) -> anyhow::Result<Vec<(String, PlainAuth)>> {
    anyhow::ensure!(
        rules.callback.len() <= CALLBACKS_MAX,
        "at most {CALLBACKS_MAX} callback URLs"
    );
    let auth = match (&rules.callback_bearer, &rules.callback_header) {
        (Some(token), _) => PlainAuth::Bearer(token.clone()),
        (None, Some(header)) => {
            let (name, value) = header
                .split_once(':')
                .context("--callback-header: write NAME:VALUE")?;
            PlainAuth::Header {
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
            }
        }
        (None, None) => PlainAuth::None,
    };
    worker::check_auth(&auth).map_err(anyhow::Error::msg)?;
    for url in &rules.callback {
        worker::check_url_form(url)?;
    }
    Ok(rules
        .callback
        .iter()
        .map(|url| (url.clone(), auth.clone()))
        .collect())
}

/// A refusal with its reasons, for the command line.
pub(crate) fn explain(error: AppError) -> anyhow::Error {
    match &error {
        AppError::Invalid(faults) => anyhow::anyhow!("{}", api::explain(faults)),
        AppError::Conflict(Conflict::NoSecretKey) => anyhow::Error::new(VaultError::NoKey),
        _ => anyhow::Error::new(error),
    }
}
