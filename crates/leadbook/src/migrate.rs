//! `leadbook migrate`: brings the book to this version's form, which every opening does, and says which that is.

use crate::site::Site;
use crate::{book, cli};

pub(crate) async fn migrate(site: &Site, options: cli::Migrate) -> anyhow::Result<()> {
    let location = &site.location;
    if options.citus {
        book::spread_over_citus(location).await?;
        say!("The tables are spread over the nodes of the Citus cluster.");
    }
    let app = book::open_existing(site).await?;
    let version = app.health().await?.schema_version;
    say!("The book in {location} is at schema version {version}.");
    Ok(app.stop().await?)
}
