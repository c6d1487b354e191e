//! `publish`: the log as plain files that any web server serves.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::output::format;
use crate::cli::output::page::Page;
use crate::cli::output::progress::Progress;
use crate::cli::output::table::{Column, Table};
use crate::cli::words::entries;
use crate::disk::real::Folder;
use crate::publish::folder::publish;

/// Publish the log as plain files that any web server can serve
///
/// The files are those of a tiled transparency log (C2SP tlog-tiles): what the checkpoint commits to, no more and no
/// less. Publishing again adds what is new; a published file is never changed, save the checkpoint, which comes last.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery publish /srv/www/relations
  chancery publish public && python3 -m http.server --directory public 8000")]
pub(crate) struct PublishLog {
    /// Folder to publish to: an empty one, or that of an earlier time
    dir: PathBuf,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What was published.
#[derive(Debug, Serialize)]
struct ToldPublication {
    origin: String,
    size: u64,
    root: String,
    before: u64,
    files_written: u64,
    dir: String,
}

impl PublishLog {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let ledger = self.place.open()?;
        let vouchers = ledger.vouchers();
        let total = vouchers.checkpoint.as_ref().map_or(0, |signed| signed.checkpoint().size);
        let folder = Folder::create(&self.dir)?;
        let progress = Progress::of(&self.place, "entries", total);
        let published = publish(&ledger, &folder, &mut |done| progress.at(done));
        progress.end();
        let published = published?;
        let checkpoint = published.checkpoint.checkpoint();
        let told = ToldPublication {
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            before: published.before.0,
            files_written: published.files_written,
            dir: self.dir.display().to_string(),
        };
        format::print(self.place.format, &told, || rows(&told), || Ok(page(&told)))?;
        Ok(Exit::Done)
    }
}

fn page(told: &ToldPublication) -> Page {
    let (size, before) = (entries(told.size), told.before);
    let headline = match before {
        0 => format!("Published: {size}"),
        _ if before == told.size => format!("Nothing new: {size}, published before"),
        _ => format!("Published: {size}, {before} of them before"),
    };
    let mut page = Page::new(&headline);
    page.section(
        "",
        vec![
            ("origin".to_owned(), told.origin.clone()),
            ("root".to_owned(), told.root.clone()),
            ("folder".to_owned(), told.dir.clone()),
            ("files written".to_owned(), told.files_written.to_string()),
        ],
    );
    page.line("Next: `chancery clone SRC DIR --key VKEY` copies it, from the folder or from a web server.");
    page
}

fn rows(told: &ToldPublication) -> Table {
    let mut table = Table::new(&[
        Column::Words("origin"),
        Column::Number("size"),
        Column::Words("root"),
        Column::Number("before"),
        Column::Number("files_written"),
        Column::Words("dir"),
    ]);
    table.row([
        told.origin.clone(),
        told.size.to_string(),
        told.root.clone(),
        told.before.to_string(),
        told.files_written.to_string(),
        told.dir.clone(),
    ]);
    table
}
