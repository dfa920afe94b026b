//! `leadbook copy`: moves a whole book to an empty place, from a file to a database or back. Opens both, holds their locks,
//! shows how it goes; the copying itself is `app`'s.

use std::io::IsTerminal;

use anyhow::Context as _;
use app::copy::{Copied, CopyStage, Progress, copy_book};
use indicatif::{ProgressBar, ProgressStyle};

use crate::location::Location;
use crate::{book, cli, serve};

pub(crate) async fn copy(options: cli::Copy) -> anyhow::Result<()> {
    let from = Location::of_option("--from", &options.from)?;
    let to = Location::of_option("--to", &options.to)?;
    book::ensure_exists(&from)?;
    ensure_two_places(&from, &to)?;
    // Taken before anything is opened; they end with the process.
    let _from_lock = serve::lock(&from)?;
    let _to_lock = serve::lock(&to)?;
    let source = book::open_to_copy(&from)
        .await
        .context("the source cannot be copied")?;
    let target = book::open_to_copy(&to)
        .await
        .context("the target cannot be filled")?;
    let mut watcher = Watcher::new();
    let copied = copy_book(&*source, &*target, &mut |progress| watcher.show(progress)).await;
    watcher.end();
    source.close().await?;
    target.close().await?;
    let copied = copied.with_context(|| format!("the book in {from} was not copied to {to}"))?;
    show(&copied);
    say!("The book in {from} is copied to {to}; both were read again and hold the same.");
    Ok(())
}

/// Of two names of one folder; of two names of one database the second is not empty.
fn ensure_two_places(from: &Location, to: &Location) -> anyhow::Result<()> {
    if let (Location::Folder(from), Location::Folder(to)) = (from, to) {
        let is_one = match (from.canonicalize(), to.canonicalize()) {
            (Ok(from), Ok(to)) => from == to,
            _ => false,
        };
        anyhow::ensure!(!is_one, "--from and --to name the same book");
    }
    Ok(())
}

fn show(copied: &[Copied]) {
    say!(
        "{:<15}{:>12}  checksum (SHA-256, of both books)",
        "",
        "records"
    );
    for Copied { kind, tally } in copied {
        say!(
            "{:<15}{:>12}  {}",
            kind.name(),
            tally.count,
            tally.checksum()
        );
    }
}

/// A bar for who watches a terminal, a line per table for who reads a log.
struct Watcher {
    bar: Option<ProgressBar>,
    last: Option<Progress>,
}

impl Watcher {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            let style =
                ProgressStyle::with_template("{msg:<24} {wide_bar} {human_pos}/{human_len} {eta}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, last: None }
    }

    fn show(&mut self, progress: Progress) {
        let key = |progress: Progress| (progress.stage, progress.kind);
        let is_new = self.last.map(key) != Some(key(progress));
        if let Some(bar) = &self.bar {
            if is_new {
                bar.reset();
                bar.set_message(title(progress));
            }
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        } else if is_new {
            self.line();
        }
        self.last = Some(progress);
    }

    /// What is done with.
    fn line(&self) {
        if let Some(last) = self.last {
            say!("{}: {} of {}", title(last), last.done, last.total);
        }
    }

    fn end(self) {
        match &self.bar {
            Some(bar) => bar.finish_and_clear(),
            None => self.line(),
        }
    }
}

fn title(progress: Progress) -> String {
    let doing = match progress.stage {
        CopyStage::Copying => "copying",
        CopyStage::Checking => "checking",
        CopyStage::Indexing => "indexing",
    };
    format!("{doing} {}", progress.kind.name())
}
