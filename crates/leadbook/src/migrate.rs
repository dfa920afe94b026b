//! `leadbook migrate`: brings the book to this version's form, which every opening does, and says which that is.

use crate::location::Location;
use crate::{book, cli};

pub(crate) async fn migrate(location: &Location, options: cli::Migrate) -> anyhow::Result<()> {
    if options.citus {
        book::spread_over_citus(location).await?;
        say!("The tables are spread over the nodes of the Citus cluster.");
    }
    let app = book::open_existing(location).await?;
    let version = app.health().await?.schema_version;
    say!("The book in {location} is at schema version {version}.");
    Ok(app.stop().await?)
}
