//! The transcripts: what the documents and `tests/cmd` show is what the command prints.
//!
//! `TRYCMD=overwrite cargo test transcripts` writes them anew.

#[test]
fn every_transcript_is_what_the_command_prints() {
    trycmd::TestCases::new()
        .env("CHANCERY_NOW", "2026-11-24T00:00:00Z")
        .env("CHANCERY_RECORDER", "archive")
        .env("NO_COLOR", "1")
        .case("README.md")
        .case("docs/*.md")
        // It copies ledgers; `verify_page` runs it where nothing is in the way.
        .skip("docs/verify.md")
        .case("tests/cmd/*.trycmd");
}
