//! Names in what is recorded, looked up as of the day it is about.

use std::sync::Arc;

use crate::cli::error::CliError;
use crate::cli::surroundings;
use crate::domain::act::By;
use crate::domain::day::Day;
use crate::domain::edtf::Edtf;
use crate::domain::entity::EntityId;
use crate::domain::relation::Parties;
use crate::ledger::Ledger;
use crate::view::fold::View;

/// The register as of a day.
#[derive(Debug)]
pub(crate) struct Naming {
    view: Arc<View>,
    on: Day,
}

impl Naming {
    /// Looks names up as of a date: on its last day, or its first when it is open; today without one.
    ///
    /// # Errors
    /// When the clock cannot be read.
    pub(crate) fn on(ledger: &Ledger, date: Option<&Edtf>) -> Result<Self, CliError> {
        let bounds = date.map(Edtf::bounds);
        let on = match bounds {
            Some(bounds) if bounds.latest == Day::LAST => bounds.earliest,
            Some(bounds) => bounds.latest,
            None => surroundings::today()?,
        };
        Ok(Self::at(ledger, on))
    }

    /// Looks names up as of a day.
    pub(crate) fn at(ledger: &Ledger, on: Day) -> Self {
        Self { view: ledger.view(), on }
    }

    /// Finds an entity.
    ///
    /// # Errors
    /// When none, or more than one, is called so.
    pub(crate) fn entity(&self, text: &str) -> Result<EntityId, CliError> {
        Ok(self.view.known(self.view.size()).lookup(text, self.on)?)
    }

    /// Finds two different entities.
    ///
    /// # Errors
    /// When either is not found, or both are the same.
    pub(crate) fn parties(&self, one: &str, other: &str) -> Result<Parties, CliError> {
        Ok(Parties::new(self.entity(one)?, self.entity(other)?)?)
    }

    /// Finds who acted: one of the parties, both, nobody or unknown.
    ///
    /// # Errors
    /// When it is someone else.
    pub(crate) fn actor(&self, text: &str, parties: Parties) -> Result<By, CliError> {
        match text {
            "both" => Ok(By::Both),
            "nobody" => Ok(By::Nobody),
            "unknown" => Ok(By::Unknown),
            name => {
                let entity = self.entity(name)?;
                let who = || CliError::NotAParty { who: entity.to_string() };
                if parties.include(entity) { Ok(By::One(entity)) } else { Err(who()) }
            }
        }
    }
}
