//! The checks in the XML of JUnit, which services that run checks on every change can show.

use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::cli::error::CliError;
use crate::ledger::answer::assertion::Outcome;
use crate::ledger::answer::finding::{ASSERTIONS, Check};

/// Writes the checks to a file. A finding fails its case under `strict` alone.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(check: &Check, strict: bool, path: &Path) -> Result<(), CliError> {
    let trouble = |source| CliError::Written { path: path.to_owned(), source };
    let mut report = Report::new("chancery check");
    report.add_test_suites([findings(check, strict), assertions(check, strict)]);
    let xml = report.to_string().map_err(|error| trouble(std::io::Error::other(error)))?;
    std::fs::write(path, xml).map_err(trouble)
}

fn findings(check: &Check, strict: bool) -> TestSuite {
    let mut suite = TestSuite::new("findings");
    for named in check.checks.iter().filter(|named| named.name != ASSERTIONS) {
        let of_kind = check.findings.iter().filter(|found| found.finding.as_str() == named.name);
        let told: Vec<String> = of_kind
            .map(|found| {
                let relation =
                    found.relation.map(|parties| parties.to_string()).unwrap_or_default();
                let entries: Vec<String> = found.entries.iter().map(ToString::to_string).collect();
                format!("{relation} (entries {})", entries.join(", "))
            })
            .collect();
        let mut case = if named.ok || !strict {
            TestCase::new(named.name, TestCaseStatus::success())
        } else {
            failed(named.name, &format!("{} found", named.found))
        };
        if !told.is_empty() {
            case.set_system_out(told.join("\n"));
        }
        suite.add_test_case(case);
    }
    suite
}

fn assertions(check: &Check, strict: bool) -> TestSuite {
    let mut suite = TestSuite::new(ASSERTIONS);
    for assertion in &check.assertions {
        let found = format!("entry {}: found {}", assertion.entry, assertion.found);
        suite.add_test_case(match assertion.now {
            Outcome::Holds => TestCase::new(assertion.words.as_str(), TestCaseStatus::success()),
            Outcome::Undecided if !strict => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(found);
                TestCase::new(assertion.words.as_str(), status)
            }
            Outcome::Fails | Outcome::Undecided | Outcome::Unjudged => {
                failed(&assertion.words, &found)
            }
        });
    }
    suite
}

fn failed(name: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message);
    TestCase::new(name, status)
}
