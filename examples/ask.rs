//! Asks the reference ledger: who the partners of an entity were on a day.
//!
//! `cargo run --example ask -- log KOR 2025-04-10`

use std::error::Error;
use std::sync::Arc;

use chancery::disk::real::Folder;
use chancery::domain::day::Day;
use chancery::ledger::Ledger;
use chancery::ledger::ask::Basis;
use chancery::view::partners::Within;

#[allow(clippy::print_stdout, reason = "an example prints what it found")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let folder = given.next().unwrap_or_else(|| "log".to_owned());
    let name = given.next().unwrap_or_else(|| "KOR".to_owned());
    let day = Day::parse(&given.next().unwrap_or_else(|| "2025-04-10".to_owned()))?;

    let ledger = Ledger::open(Arc::new(Folder::open(folder)?))?;
    let inquiry = ledger.inquire(&Basis::on(day))?;
    let entity = inquiry.lookup(&name)?;
    let partners = inquiry.partners(entity, Within::All)?;
    for partner in &partners.definite {
        let since = partner.since.as_ref().map(ToString::to_string).unwrap_or_default();
        println!("{:>4}  {}  {}  {since}", partner.rank, partner.entity, partner.name);
    }
    println!("{} partners, {} possibly", partners.definite.len(), partners.possible.len());
    Ok(())
}
