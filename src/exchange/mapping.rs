//! A mapping says what the rows of a table are in the words of the ledger. Must know no table's
//! columns itself: all of that stands in the mapping.

pub mod convert;
mod read;
mod read_value;
pub mod row;
mod shape;
pub mod template;
mod toml_text;
pub mod value;

use std::collections::BTreeSet;

use csv::StringRecord;
use serde_json::{Value, from_value};

use crate::domain::event::Event;
use crate::domain::text::Key;
use crate::exchange::error::ExchangeError;
use crate::exchange::mapping::row::{Row, RowFault};
use crate::exchange::mapping::template::Template;
use crate::exchange::mapping::value::{Computing, Node};
use crate::ledger::draft::Draft;
use crate::view::knowledge::Knowledge;

/// What the rows of a table are in the words of the ledger.
///
/// ```
/// use chancery::exchange::mapping::Mapping;
/// let mapping = Mapping::parse(
///     r#"
///     name = "wars"
///     columns = ["war", "began"]
///     key = ["war"]
///     [[rule]]
///     event = { kind = "context", title = "{war}", date = "{began}" }
///     "#,
/// )?;
/// assert_eq!(mapping.name(), "wars");
/// # Ok::<(), chancery::exchange::error::ExchangeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    name: String,
    columns: Vec<String>,
    delimiter: u8,
    rules: Vec<Rule>,
}

/// Which rows are what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// Where the mapping has it, counted from 1.
    line: usize,
    conditions: Vec<Condition>,
    /// An entry with this key must be there already.
    when_known: Option<Template>,
    /// No entry with this key may be there yet.
    when_unknown: Option<Template>,
    outcome: Outcome,
    /// Whether later rules may add further entries for the row.
    goes_on: bool,
}

/// What a field must be, or must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    column: usize,
    texts: BTreeSet<String>,
    is_wanted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The row is passed over, for this reason.
    Skip(Template),
    /// The row is an entry.
    Record(Box<Recipe>),
}

/// How a row becomes an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Recipe {
    key: Template,
    date: Option<Node>,
    event: Node,
    sources: Vec<SourceRecipe>,
    note: Option<Node>,
    even_so: Option<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceRecipe {
    conditions: Vec<Condition>,
    source: Vec<(String, Node)>,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is passed over, for this reason.
    Skip(String),
    /// It is these entries.
    Drafts(Vec<Draft>),
}

/// The ledger beside which a row is read.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// Its register.
    pub register: Knowledge<'a>,
    /// Whether an entry with a key is in it, or about to be.
    pub is_known: &'a dyn Fn(&Key) -> bool,
}

impl std::fmt::Debug for Beside<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beside").field("size", &self.register.size).finish_non_exhaustive()
    }
}

impl Mapping {
    /// Reads a mapping (docs/import.md).
    ///
    /// # Errors
    /// The line of the mapping, and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, ExchangeError> {
        read::mapping(text)
    }

    /// What it is called, which begins the keys that are made of columns.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns that it uses.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What stands between the fields of a row.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Finds the mapping's columns in the first row of a table.
    ///
    /// # Errors
    /// When one is missing, or is there twice.
    pub fn places(&self, header: &StringRecord) -> Result<Vec<usize>, ExchangeError> {
        let found = |column: &String| header.iter().filter(move |name| name == column).count();
        let missing: Vec<String> =
            self.columns.iter().filter(|column| found(column) == 0).cloned().collect();
        let twice = self.columns.iter().find(|column| 1 < found(column));
        if !missing.is_empty() || twice.is_some() {
            return Err(ExchangeError::Header {
                missing,
                twice: twice.cloned(),
                found: header.iter().map(str::to_owned).collect(),
            });
        }
        let place = |column| header.iter().position(|name| name == column);
        Ok(self.columns.iter().filter_map(place).collect())
    }

    /// Says what a row is.
    ///
    /// # Errors
    /// Where the row cannot be understood.
    pub fn verdict(&self, row: Row<'_>, beside: Beside<'_>) -> Result<Verdict, RowFault> {
        let mut drafts = Vec::new();
        for rule in &self.rules {
            if !rule.fits(&row, beside) {
                continue;
            }
            match &rule.outcome {
                Outcome::Skip(reason) if drafts.is_empty() => {
                    return Ok(Verdict::Skip(reason.fill(&row)));
                }
                Outcome::Skip(_) => break,
                Outcome::Record(recipe) => drafts.push(self.draft(rule, recipe, row, beside)?),
            }
            if !rule.goes_on {
                break;
            }
        }
        if drafts.is_empty() {
            let reason = "no rule of the mapping fits the row".to_owned();
            return Err(RowFault { line: row.line(), column: None, reason, hint: None });
        }
        Ok(Verdict::Drafts(drafts))
    }

    fn draft(
        &self,
        rule: &Rule,
        recipe: &Recipe,
        row: Row<'_>,
        beside: Beside<'_>,
    ) -> Result<Draft, RowFault> {
        let register = beside.register;
        let mut computing = Computing::of(row, &self.columns, register);
        if let Some(date) = &recipe.date {
            computing.days = computing.days_of(date)?;
        }
        let value = |node: &Option<Node>| match node {
            Some(node) => computing.value(node),
            None => Ok(None),
        };
        let event = computing.value(&recipe.event)?.unwrap_or_default();
        let (note, even_so) = (value(&recipe.note)?, value(&recipe.even_so)?);
        let mut sources = Vec::new();
        for recipe in recipe.sources.iter().filter(|recipe| all_hold(&recipe.conditions, &row)) {
            sources.extend(computing.object(&recipe.source)?);
        }
        let draft = || {
            let event = Event::try_from(event)?;
            Ok(Draft {
                key: Some(from_value(Value::String(recipe.key.fill(&row)))?),
                sources: from_value(Value::Array(sources))?,
                even_so: even_so.map(from_value).transpose()?,
                note: note.map(from_value).transpose()?,
                ..Draft::new(event)
            })
        };
        draft().map_err(|error: serde_json::Error| {
            let reason = format!("{error} (rule at line {} of the mapping)", rule.line);
            RowFault { line: row.line(), column: None, reason, hint: None }
        })
    }
}

fn all_hold(conditions: &[Condition], row: &Row<'_>) -> bool {
    conditions.iter().all(|condition| {
        let field = row.field(condition.column);
        condition.texts.contains(field) == condition.is_wanted
    })
}

impl Rule {
    fn fits(&self, row: &Row<'_>, beside: Beside<'_>) -> bool {
        let known = |template: &Template| {
            Key::parse(template.fill(row)).is_ok_and(|key| (beside.is_known)(&key))
        };
        all_hold(&self.conditions, row)
            && self.when_known.as_ref().is_none_or(known)
            && self.when_unknown.as_ref().is_none_or(|template| !known(template))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::entry::Entry;
    use crate::tlog::hash::Hash;
    use crate::view::fold::View;

    const HEAD: &str = r#"
        name = "acts"
        columns = ["who", "what", "when", "source"]
        key = ["who", "what"]
        date = { column = "when", convert = "edtf-profile" }
    "#;

    const ACT: &str = r#"
        [[rule]]
        [rule.event]
        kind = "act"
        parties = ["KOR", { column = "who", map = { XV = "VDR" }, unmapped = "keep", register = ["iso2", "id"] }]
        act = { column = "what", map = { established = "establish", cut = "sever" } }
        by = "unknown"
        dates.effective = { column = "when", convert = "edtf-profile" }
    "#;

    /// A register in which the code CS has had two bearers.
    fn register() -> View {
        let mut view = View::new();
        let registrations = [
            r#"{"kind":"opening","origin":"a.example/b"}"#,
            r#"{"kind":"registration","id":"KOR","entity":"state","name":"Republic of Korea"}"#,
            r#"{"kind":"registration","id":"VDR","entity":"former-state","name":"South Vietnam"}"#,
            r#"{"kind":"registration","id":"CSK","entity":"former-state","name":"Czechoslovakia",
                "codes":[{"system":"iso2","code":"CS","period":"1974/1993-06-15"}]}"#,
            r#"{"kind":"registration","id":"SCG","entity":"former-state","name":"Serbia and Montenegro",
                "codes":[{"system":"iso2","code":"CS","period":"2003-07-23/2006-09-26"}]}"#,
        ];
        for json in registrations {
            view.apply(&Entry {
                previous: Hash::ZERO,
                sequence: view.size().next(),
                recorded_at: "2026-11-22T03:00:00.000Z".parse().unwrap(),
                recorder: "archive".parse().unwrap(),
                key: None,
                event: serde_json::from_str(json).unwrap(),
                sources: Vec::new(),
                attachments: Vec::new(),
                even_so: None,
                note: None,
            });
        }
        view
    }

    fn verdict(mapping: &str, fields: &[&str]) -> Result<Verdict, String> {
        let mapping = Mapping::parse(mapping).unwrap();
        let view = register();
        let record = StringRecord::from(fields.to_vec());
        let places: Vec<usize> = (0..mapping.columns().len()).collect();
        let row = Row::new(7, &record, &places);
        let is_known = |key: &Key| key.as_str() == "known";
        let beside = Beside { register: view.known(view.size()), is_known: &is_known };
        mapping.verdict(row, beside).map_err(|fault| fault.to_string())
    }

    fn drafts(mapping: &str, fields: &[&str]) -> Vec<String> {
        match verdict(mapping, fields) {
            Ok(Verdict::Drafts(drafts)) => {
                drafts.iter().map(|draft| serde_json::to_string(draft).unwrap()).collect()
            }
            other => panic!("no drafts: {other:?}"),
        }
    }

    fn refused(mapping: &str) -> String {
        Mapping::parse(mapping).unwrap_err().to_string()
    }

    #[test]
    fn a_mapping_is_no_longer_than_it_may_be() {
        let rules = |count: usize| {
            let rule = "[[rule]]\nskip = \"x\"\n";
            format!("name = \"n\"\ncolumns = [\"a\"]\n{}", rule.repeat(count))
        };
        assert!(Mapping::parse(&rules(256)).is_ok());
        assert!(refused(&rules(257)).contains("at most 256 rules"));
        let columns = |count: usize| {
            let names: Vec<String> = (0..count).map(|at| format!("\"c{at}\"")).collect();
            format!("name = \"n\"\ncolumns = [{}]\n[[rule]]\nskip = \"x\"\n", names.join(", "))
        };
        assert!(Mapping::parse(&columns(1_024)).is_ok());
        assert!(refused(&columns(1_025)).contains("at most 1024 columns"));
        let padded = |bytes: usize| {
            let text = rules(1);
            format!("{text}#{}", "x".repeat(bytes - text.len() - 1))
        };
        assert!(Mapping::parse(&padded(1 << 18)).is_ok());
        assert!(refused(&padded((1 << 18) + 1)).contains("at most 262144 bytes"));
    }

    #[test]
    fn what_a_row_makes_does_not_grow_beyond_an_entry() {
        let doubled: String = (1..30)
            .map(|at| format!("v{at} = [{{ value = \"v{0}\" }}, {{ value = \"v{0}\" }}]\n", at - 1))
            .collect();
        let shared = format!(
            "{HEAD}\n[values]\nv0 = \"x\"\n{doubled}[[rule]]\nevent = {{ kind = \"context\", title = {{ value = \"v29\" }}, date = \"1950\" }}\n"
        );
        let told = verdict(&shared, &["a", "b", "1950", "d"]).unwrap_err();
        assert!(told.contains("more than 4096 values"), "{told}");
        let repeated = format!(
            "{HEAD}\n[[rule]]\nevent = {{ kind = \"context\", title = \"{}\", date = \"1950\" }}\n",
            "{what}".repeat(2_000)
        );
        let told = verdict(&repeated, &["a", &"b".repeat(50_000), "1950", "d"]).unwrap_err();
        assert!(told.contains("100000 bytes"), "{told}");
    }

    #[test]
    fn a_row_becomes_the_entry_that_its_rule_describes() {
        let mapping = format!(
            r#"{HEAD}
            note = {{ column = "source", convert = "one-line", optional = true }}
            source = [
                {{ title = "A list", grade = "compilation", confidence = "high" }},
                {{ when-not = {{ source = "" }}, title = {{ column = "source", convert = "one-line" }}, grade = "unsourced" }},
            ]
            {ACT}
            [rule.even-so]
            column = "source"
            convert = "one-line"
            optional = true"#
        );
        assert_eq!(
            drafts(&mapping, &["CS", "cut", "../1991", ""]),
            [
                r#"{"key":"acts:CS:cut","event":{"kind":"act","axis":"diplomatic","parties":["CSK","KOR"],"act":"sever","by":"unknown","dates":{"effective":"[..1991]"}},"sources":[{"title":"A list","grade":"compilation","confidence":"high"}]}"#
            ]
        );
        let [draft] = &drafts(&mapping, &["XV", "established", "1956", "a\nb"])[..] else {
            panic!("it is one entry")
        };
        assert!(draft.contains(r#""parties":["KOR","VDR"]"#), "{draft}");
        assert!(
            draft
                .ends_with(r#"{"title":"a b","grade":"unsourced"}],"even_so":"a b","note":"a b"}"#),
            "{draft}"
        );
    }

    #[test]
    fn a_code_is_looked_up_as_of_the_date_of_the_row() {
        let mapping = format!("{HEAD}{ACT}");
        let on = |when: &str| drafts(&mapping, &["CS", "cut", when, ""])[0].clone();
        assert!(on("1990-03-22").contains(r#"["CSK","KOR"]"#));
        assert!(on("2004").contains(r#"["KOR","SCG"]"#));
        // The first day of a date counts where the last finds nothing.
        assert!(on("1990/1999").contains(r#"["CSK","KOR"]"#));
        assert_eq!(
            verdict(&mapping, &["CS", "cut", "1999-01-01", ""]).unwrap_err(),
            "line 7, column who: no entity has the code \"CS\" on 1999-01-01"
        );
    }

    #[test]
    fn a_fault_names_line_and_column() {
        let mapping = format!("{HEAD}{ACT}");
        let fault = |fields: &[&str]| verdict(&mapping, fields).unwrap_err();
        assert_eq!(
            fault(&["CS", "cut", "2015-02-30", ""]),
            "line 7, column when: impossible day in \"2015-02-30\" at column 9: \
             February 2015 has 28 days"
        );
        assert_eq!(
            fault(&["CS", "ended", "1990", ""]),
            "line 7, column what: the mapping does not say what \"ended\" is, only cut, established"
        );
        assert_eq!(fault(&["CS", "cut", "", ""]), "line 7, column when: the field is empty");
        assert!(
            fault(&["KOR", "cut", "1990", ""]).contains("KOR cannot have relations with itself")
        );
    }

    #[test]
    fn the_first_rule_that_fits_wins_and_may_let_later_ones_add_to_it() {
        let mapping = format!(
            r#"{HEAD}
            [[rule]]
            when = {{ what = ["rumour", "joke"] }}
            skip = "no act: {{what}}"
            [[rule]]
            when-known = "known"
            when-unknown = "{{who}}"
            go-on = true
            key = "{{who}} first"
            event = {{ kind = "context", title = "{{what}}", date = "{{when}}", entities = {{ column = "source", split = ";", register = "id" }} }}
            [[rule]]
            when = {{ what = "cut" }}
            event = {{ kind = "context", title = "second", date = 1990-01-01 }}
            "#
        );
        assert_eq!(
            verdict(&mapping, &["A", "joke", "1990", ""]),
            Ok(Verdict::Skip("no act: joke".to_owned()))
        );
        let both = drafts(&mapping, &["A", "cut", "1990", "KOR; CSK;"]);
        assert!(both[0].contains(r#""key":"A first""#), "{}", both[0]);
        assert!(both[0].contains(r#""entities":["KOR","CSK"]"#), "{}", both[0]);
        assert!(both[1].contains(r#""date":"1990-01-01""#), "{}", both[1]);
        assert_eq!(drafts(&mapping, &["known", "cut", "1990", "KOR"]).len(), 1);
        assert_eq!(
            verdict(&mapping, &["known", "other", "1990", ""]).unwrap_err(),
            "line 7: no rule of the mapping fits the row"
        );
    }

    #[test]
    fn a_value_is_shared_mapped_to_another_or_stands_in_for_an_empty_field() {
        let mapping = format!(
            r#"{HEAD}
            [values.partner]
            column = "who"
            register = "id"
            [values.by]
            column = "what"
            map = {{ "" = "unknown", theirs = {{ value = "partner" }}, ours = "KOR" }}
            [[rule]]
            date = {{ column = "when", optional = true }}
            [rule.event]
            kind = "act"
            act = "sever"
            parties = ["KOR", {{ value = "partner" }}]
            by = {{ value = "by" }}
            dates.effective = {{ column = "when", default = "[..2025-11]" }}
            "#
        );
        let by = |what: &str, when: &str| drafts(&mapping, &["VDR", what, when, ""])[0].clone();
        assert!(by("theirs", "1975").contains(r#""by":"VDR""#));
        assert!(by("ours", "1975").contains(r#""by":"KOR""#));
        let neither = by("", "");
        assert!(
            neither.contains(r#""by":"unknown","dates":{"effective":"[..2025-11]"}"#),
            "{neither}"
        );
    }

    #[test]
    fn a_mapping_that_makes_no_sense_is_refused_by_its_line() {
        let with = |rest: &str| refused(&format!("name = \"a\"\ncolumns = [\"b\"]\n{rest}"));
        let rule = |event: &str| with(&format!("key = [\"b\"]\n[[rule]]\nevent = {{ {event} }}"));
        let cases = [
            (with("keys = [\"b\"]"), "line 3: unknown key \"keys\": use one of name, about,"),
            (
                with("key = \"{c}\"\n[[rule]]\nskip = \"\"\n[[rule]]\nevent = {}"),
                "line 3: \"c\" is none of",
            ),
            (with("[[rule]]\nevent = { kind = \"context\" }"), "line 3: no \"key\""),
            (with("key = 1\n= 2"), "line 4: "),
            (with("[[rule]]\nwhen = { c = \"\" }\nskip = \"x\""), "line 4: \"c\" is none of"),
            (with("[values]\na = { value = \"a\" }"), "line 4: the value \"a\" is made of itself"),
            (
                with("[values]\na = { column = \"b\", convert = \"tirm\" }"),
                "line 4: there is no converter",
            ),
            (
                with("[values]\na = { column = \"b\", registre = \"id\" }"),
                "line 4: unknown key \"registre\"",
            ),
            (
                with("[values]\na = { column = \"b\", register = \"iso4\" }"),
                "line 4: \"iso4\" is no way",
            ),
            (with("[[rule]]"), "line 3: a rule has either \"event\" or \"skip\""),
            (
                with(
                    "source = [{ titel = \"x\" }]\nkey = [\"b\"]\n[[rule]]\nevent = { kind = \"context\" }",
                ),
                "line 3: unknown field `titel`",
            ),
            (rule("kind = \"contxt\""), "line 5: unknown variant `contxt`"),
            (rule("kind = \"context\", titel = \"x\""), "line 5: unknown field `titel`"),
            (
                rule("kind = \"act\", dates = { efective = \"x\" }"),
                "line 5: unknown field `efective`",
            ),
            (
                rule("kind = \"registration\", names = [{ nam = \"x\" }]"),
                "line 5: unknown field `nam`",
            ),
            (
                rule("kind = \"change\", change = { what = \"admitted\", to = \"x\" }"),
                "line 5: unknown field `to`",
            ),
            (rule("title = \"x\""), "line 5: an event has a \"kind\""),
        ];
        for (message, expected) in cases {
            assert!(
                message.starts_with(&format!("the mapping, {expected}")),
                "{message} / {expected}"
            );
        }
    }

    #[test]
    fn columns_are_found_wherever_the_file_has_them() {
        let mapping = Mapping::parse(&format!("{HEAD}{ACT}")).unwrap();
        let header = StringRecord::from(vec!["when", "x", "who", "what", "source"]);
        assert_eq!(mapping.places(&header).unwrap(), [2, 3, 0, 4]);
        let lacking = StringRecord::from(vec!["when", "who"]);
        let error = mapping.places(&lacking).unwrap_err();
        assert_eq!(error.to_string(), "line 1: the columns what, source are missing");
        let twice = StringRecord::from(vec!["when", "who", "what", "source", "who"]);
        let error = mapping.places(&twice).unwrap_err();
        assert_eq!(error.to_string(), "line 1: the column who is there twice");
    }
}
