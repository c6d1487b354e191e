//! The page of the command: its generated part is what the command says of itself, and its examples
//! of events are read.

use std::fs;
use std::path::Path;

use chancery::domain::wellformed;
use chancery::ledger::draft::Draft;

const MARK: &str = "<!-- generated from the definition of the command; `CHANCERY_BLESS=1 cargo test cli_page` writes it anew -->\n";

fn page() -> String {
    fs::read_to_string(path()).unwrap()
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")
}

fn generated() -> String {
    let mut command = chancery::cli::definition().term_width(100);
    command.build();
    let mut text = String::new();
    for subcommand in command.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let name = subcommand.get_name().to_owned();
        let help = subcommand.clone().term_width(100).render_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        text.push_str(&format!("\n### {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    }
    text
}

#[test]
fn the_page_of_the_command_shows_what_the_command_says_of_itself() {
    let page = page();
    let (by_hand, shown) = page.split_once(MARK).expect("the page has its mark");
    let generated = generated();
    #[allow(clippy::disallowed_methods, reason = "writing the page anew is asked for by hand")]
    if std::env::var("CHANCERY_BLESS").is_ok() {
        fs::write(path(), format!("{by_hand}{MARK}{generated}")).unwrap();
        return;
    }
    assert!(shown == generated, "docs/cli.md is out of step: CHANCERY_BLESS=1 cargo test cli_page");
}

#[test]
fn every_example_of_an_event_is_read_and_every_kind_has_one() {
    let page = page();
    let blocks = page.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut kinds = Vec::new();
    for line in blocks.flat_map(str::lines) {
        let draft: Draft = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        wellformed::check(&draft.event, &draft.sources, &draft.attachments).unwrap();
        kinds.push(draft.event.kind());
    }
    kinds.sort_unstable();
    kinds.dedup();
    let all = [
        "act",
        "assertion",
        "change",
        "claim",
        "context",
        "correction",
        "erasure",
        "mission",
        "opening",
        "recognition",
        "registration",
        "retraction",
        "step",
    ];
    assert_eq!(kinds, all);
}
