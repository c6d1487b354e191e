//! Random values of the domain and random entries: well-formed one by one, without sense together.

use chancery::chain::entry::Entry;
use chancery::chain::millis::Millis;
use chancery::domain::act::{Act, ActKind, By, Consular, Instrument, Signatory, Step, StepKind};
use chancery::domain::assertion::{Assertion, Statement};
use chancery::domain::date_roles::{Dates, Role};
use chancery::domain::day::Day;
use chancery::domain::editorial::{Claim, Correction, Erasure, Retraction, Says, Standing};
use chancery::domain::edtf::Edtf;
use chancery::domain::entity::{
    Change, ChangeKind, Code, CodeSystem, EntityId, EntityKind, Name, Registration,
};
use chancery::domain::event::{Context, Event, Fact, Opening};
use chancery::domain::period::Period;
use chancery::domain::recognition::{
    Level, Manner, Mission, MissionKind, Recognition, RecognitionKind, Residence,
};
use chancery::domain::relation::{Axis, Parties};
use chancery::domain::sequence::Sequence;
use chancery::domain::source::{Attachment, Commitment, Confidence, Grade, Source};
use chancery::domain::status::{CountingRule, Status};
use chancery::domain::text::{Key, Note, Origin, Text};
use chancery::domain::wellformed;
use chancery::tlog::hash::Hash;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Any entry that can be encoded, unless its parts together are too long.
pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    let head = (any::<[u8; 32]>(), number(), 0..=Millis::LAST.number(), text(), option::of(key()));
    let tail =
        (vec(source(), 0..4), vec(attachment(), 0..3), option::of(text()), option::of(note()));
    (head.boxed(), event().boxed(), tail.boxed()).prop_map(|(head, event, tail)| Entry {
        previous: Hash(head.0),
        sequence: Sequence(head.1),
        recorded_at: Millis::new(head.2).unwrap(),
        recorder: head.3,
        key: head.4,
        event,
        sources: tail.0,
        attachments: tail.1,
        even_so: tail.2,
        note: tail.3,
    })
}

/// Any event that is well-formed by itself.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let target = || number().prop_map(Sequence);
    let opening = (origin(), option::of(text()));
    let correction = (target(), fact().boxed(), text());
    let any = prop_oneof![
        1 => opening.prop_map(|(origin, title)| Event::Opening(Opening { origin, title })),
        8 => fact().boxed().prop_map(Event::Fact),
        2 => claim().boxed().prop_map(Event::Claim),
        2 => correction.boxed().prop_map(|(target, fact, reason)| {
            Event::Correction(Correction { target, fact, reason })
        }),
        1 => (target(), text())
            .prop_map(|(target, reason)| Event::Retraction(Retraction { target, reason })),
        2 => (axis(), statement().boxed())
            .prop_map(|(axis, assert)| Event::Assertion(Assertion { axis, assert })),
        1 => (target(), any::<u8>(), text()).prop_map(|(target, attachment, reason)| {
            Event::Erasure(Erasure { target, attachment, reason })
        }),
    ];
    any.prop_filter("well-formed", |event| wellformed::check(event, &[], &[]).is_ok())
}

/// Any fact that is well-formed by itself, but for entities that stand on both sides.
pub(crate) fn fact() -> impl Strategy<Value = Fact> {
    let context = (text(), edtf(), vec(entity(), 0..4));
    prop_oneof![
        2 => registration().boxed().prop_map(Fact::Registration),
        2 => change().boxed().prop_map(Fact::Change),
        4 => act().boxed().prop_map(Fact::Act),
        1 => recognition().boxed().prop_map(Fact::Recognition),
        1 => mission().boxed().prop_map(Fact::Mission),
        1 => step().boxed().prop_map(Fact::Step),
        1 => context.boxed().prop_map(|(title, date, entities)| {
            Fact::Context(Context { title, date, entities })
        }),
    ]
}

/// Any act that is well-formed by itself.
pub(crate) fn act() -> impl Strategy<Value = Act> {
    let what = (axis(), parties(), select(ActKind::ALL.to_vec()), 0..5usize, option::of(text()));
    let place = (option::of(text()), option::of(zone()), instrument(), option::of(text()));
    let consular = select(vec![Consular::Implied, Consular::Included, Consular::Excluded]);
    let clauses = (vec(signatory(), 0..3), option::of(consular), option::of(number()));
    let links = (references(), references(), option::of(text()));
    (what, reading_dates(), place, clauses, links).prop_map(
        |(what, dates, place, clauses, links)| {
            let (axis, parties, kind, by, government) = what;
            let begins = matches!(kind, ActKind::Establish | ActKind::Restore);
            Act {
                axis,
                parties,
                act: kind,
                by: actor(parties, by),
                government,
                dates,
                place: place.0,
                zone: place.1,
                instrument: place.2,
                wording: place.3,
                signatories: clauses.0,
                consular: clauses.1.filter(|_| begins && axis == Axis::Diplomatic),
                annuls: clauses.2.map(Sequence).filter(|_| kind == ActKind::Annul),
                after: links.0,
                because: links.1,
                multilateral: links.2,
            }
        },
    )
}

fn actor(parties: Parties, number: usize) -> By {
    let [first, second] = parties.both();
    [By::Both, By::One(first), By::One(second), By::Nobody, By::Unknown][number]
}

fn signatory() -> impl Strategy<Value = Signatory> {
    (entity(), text(), option::of(text())).prop_map(|(entity, person, office)| Signatory {
        entity,
        person,
        office,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let kinds = vec![
        StepKind::Proposed,
        StepKind::Agreed,
        StepKind::Approved,
        StepKind::Signed,
        StepKind::Announced,
        StepKind::Refused,
        StepKind::Withdrawn,
    ];
    (parties(), select(ActKind::ALL.to_vec()), select(kinds), 0..5usize, reading_dates()).prop_map(
        |(parties, towards, step, by, dates)| Step {
            parties,
            towards,
            step,
            by: actor(parties, by),
            dates,
        },
    )
}

fn recognition() -> impl Strategy<Value = Recognition> {
    let kinds =
        vec![RecognitionKind::Recognised, RecognitionKind::Withdrawn, RecognitionKind::Refused];
    let manner = option::of(select(vec![Manner::DeJure, Manner::DeFacto]));
    let what = (parties(), select(kinds), option::of(text()), manner);
    (what, reading_dates(), references()).prop_map(|(what, dates, because)| Recognition {
        by: what.0.second(),
        of: what.0.first(),
        act: what.1,
        government: what.2,
        manner: what.3,
        dates,
        because,
    })
}

fn mission() -> impl Strategy<Value = Mission> {
    let kinds = vec![
        MissionKind::Opened,
        MissionKind::Closed,
        MissionKind::OperationsSuspended,
        MissionKind::LevelSet,
        MissionKind::Recalled,
        MissionKind::Expelled,
        MissionKind::Returned,
        MissionKind::ProtectionBegun,
        MissionKind::ProtectionEnded,
    ];
    let levels = vec![
        Level::None,
        Level::RepresentativeOffice,
        Level::LiaisonOffice,
        Level::InterestsSection,
        Level::ChargeAdInterim,
        Level::Charge,
        Level::Minister,
        Level::Ambassador,
    ];
    let residence = prop_oneof![Just(Residence::Resident), entity().prop_map(Residence::SeatedIn)];
    let what = (parties(), select(kinds), option::of(select(levels)), option::of(entity()));
    let where_ = (option::of(residence), option::of(any::<u32>()));
    (what, where_, reading_dates(), references()).prop_map(
        |(what, (residence, number), dates, because)| Mission {
            sender: what.0.first(),
            host: what.0.second(),
            act: what.1,
            level: what.2,
            protecting: what.3,
            residence,
            number,
            dates,
            because,
        },
    )
}

fn registration() -> impl Strategy<Value = Registration> {
    let kinds = vec![
        EntityKind::State,
        EntityKind::FormerState,
        EntityKind::Contested,
        EntityKind::AssociatedState,
        EntityKind::SovereignNonState,
        EntityKind::Organisation,
    ];
    let name = (text(), option::of(period())).prop_map(|(name, period)| Name { name, period });
    let code = (code_system(), text(), option::of(period()))
        .prop_map(|(system, code, period)| Code { system, code, period });
    let lists = (vec(name, 0..4), vec(code, 0..4), option::of(period()));
    (entity(), select(kinds), text(), lists).prop_map(|(id, entity, name, lists)| Registration {
        id,
        entity,
        name,
        names: lists.0,
        codes: lists.1,
        lifetime: lists.2,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let with_a_day = prop_oneof![
        Just(ChangeKind::Extinguished),
        Just(ChangeKind::Revived),
        (entity(), option::of(vec(entity(), 0..4)))
            .prop_map(|(successor, partners)| ChangeKind::Continues { successor, partners }),
        entity().prop_map(|successor| ChangeKind::Succeeds { successor }),
    ];
    let with_a_date = prop_oneof![
        text().prop_map(|name| ChangeKind::Renamed { name }),
        (code_system(), text()).prop_map(|(system, code)| ChangeKind::Code { system, code }),
        entity().prop_map(|group| ChangeKind::Admitted { group }),
        entity().prop_map(|group| ChangeKind::Left { group }),
        (option::of(text()), option::of(text()))
            .prop_map(|(from, to)| ChangeKind::GovernmentChanged { from, to }),
    ];
    let dated = prop_oneof![
        (day().prop_map(Edtf::from), with_a_day.boxed()),
        (edtf(), with_a_date.boxed()),
    ];
    (entity(), dated).prop_map(|(entity, (on, change))| Change { entity, on, change })
}

fn claim() -> impl Strategy<Value = Claim> {
    let roles = vec![Role::Decided, Role::Approved, Role::Signed, Role::Effective, Role::Announced];
    let says = vec![
        Says::Establish,
        Says::Sever,
        Says::Restore,
        Says::Suspend,
        Says::Lapse,
        Says::Annul,
        Says::Denies,
    ];
    let standings =
        vec![Standing::Rival, Standing::SameMoment, Standing::WordingOnly, Standing::Rejected];
    let when = (option::of((select(roles), edtf())), option::of(text()), option::of(zone()));
    let what = (option::of(select(says)), option::of(text()), select(standings));
    (number(), when, what).prop_map(|(target, (dated, place, zone), (says, wording, standing))| {
        let (role, date) = dated.unzip();
        Claim { target: Sequence(target), role, date, place, zone, says, wording, standing }
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    let rule = || select(vec![CountingRule::Active, CountingRule::ActiveAndSuspended]);
    prop_oneof![
        (parties(), select(Status::ALL.to_vec()), day())
            .prop_map(|(parties, status, on)| Statement::Status { parties, status, on }),
        (entity(), option::of(entity()), rule(), any::<u32>(), day()).prop_map(
            |(entity, among, rule, count, on)| Statement::Count { entity, among, rule, count, on }
        ),
        (entity(), entity(), rule(), vec(entity(), 0..4), day()).prop_map(
            |(entity, among, rule, missing, on)| {
                Statement::Missing { entity, among, rule, missing, on }
            }
        ),
        (parties(), rule(), any::<u32>(), day()).prop_map(|(parties, rule, ordinal, on)| {
            let [entity, partner] = parties.both();
            Statement::Ordinal { entity, partner, rule, ordinal, on }
        }),
        (entity(), day(), day()).prop_map(|(entity, one, other)| Statement::Complete {
            entity,
            from: one.min(other),
            to: one.max(other),
        }),
    ]
}

/// Any source.
pub(crate) fn source() -> impl Strategy<Value = Source> {
    let grades = vec![
        Grade::PrimaryBoth,
        Grade::PrimaryOne,
        Grade::StateMedia,
        Grade::Agency,
        Grade::OtherNews,
        Grade::Compilation,
        Grade::Unsourced,
    ];
    let confidences =
        vec![Confidence::High, Confidence::Medium, Confidence::Low, Confidence::NotStated];
    let texts = (option::of(text()), option::of(text()), option::of(text()));
    let dates = (option::of(edtf()), option::of(edtf()));
    (texts, dates, select(grades), select(confidences)).prop_map(
        |((title, publisher, address), (published, accessed), grade, confidence)| Source {
            title,
            publisher,
            published,
            address,
            accessed,
            grade,
            confidence,
        },
    )
}

fn attachment() -> impl Strategy<Value = Attachment> {
    (any::<[u8; 32]>(), number(), text()).prop_map(|(commitment, length, media_type)| Attachment {
        commitment: Commitment(commitment),
        length,
        media_type,
    })
}

/// Any entity id, a few of them often.
pub(crate) fn entity() -> impl Strategy<Value = EntityId> {
    let often = select(vec!["KOR", "SYR", "CUB", "UKR", "X-DPR", "UN"]).prop_map(str::to_owned);
    prop_oneof![4 => often, 1 => "[-A-Z0-9]{2,12}"].prop_map(|id| EntityId::parse(&id).unwrap())
}

/// Any two different entities.
pub(crate) fn parties() -> impl Strategy<Value = Parties> {
    (entity(), entity())
        .prop_filter_map("two entities", |(one, other)| Parties::new(one, other).ok())
}

/// Any day.
pub(crate) fn day() -> impl Strategy<Value = Day> {
    (Day::FIRST.number()..=Day::LAST.number()).prop_map(|number| Day::from_number(number).unwrap())
}

/// Any date, mostly near the present.
pub(crate) fn edtf() -> BoxedStrategy<Edtf> {
    let one = || "(19|20)[0-9]{2}(-0[1-9](-[0-2][1-9])?)?[?~%]?";
    prop_oneof![
        3 => day().prop_map(|day| day.to_string()),
        3 => one(),
        1 => "[0-9]{3}X|(19|20)XX",
        1 => (one(), one()).prop_map(|(a, b)| format!("[{a}..{b}]")),
        1 => one().prop_map(|a| format!("[..{a}]")),
        1 => one().prop_map(|a| format!("[{a}..]")),
        1 => vec(one(), 2..=16).prop_map(|dates| format!("[{}]", dates.join(","))),
    ]
    .prop_filter_map("a date", |text| Edtf::parse(&text).ok())
    .boxed()
}

/// Any period.
pub(crate) fn period() -> BoxedStrategy<Period> {
    let end = || "(19|20)[0-9]{2}(-0[1-9](-[0-2][1-9])?)?[?~%]?";
    prop_oneof![
        (end(), end()).prop_map(|(a, b)| format!("{a}/{b}")),
        end().prop_map(|a| format!("{a}/..")),
        end().prop_map(|b| format!("../{b}")),
    ]
    .prop_filter_map("a period", |text| Period::parse(&text).ok())
    .boxed()
}

/// Any dates that a fact can be read by.
pub(crate) fn reading_dates() -> impl Strategy<Value = Dates> {
    let any = vec(option::of(edtf()), 5).prop_map(|dates| {
        let [decided, approved, signed, effective, announced] = dates.try_into().unwrap();
        Dates { decided, approved, signed, effective, announced }
    });
    any.prop_filter("a reading", |dates| dates.reading().is_some())
}

/// Any one-line text, seldom one of the greatest length.
pub(crate) fn text() -> BoxedStrategy<Text> {
    prop_oneof![60 => "\\PC{1,24}", 1 => "x{4096}"]
        .prop_filter_map("a text", |text| Text::parse(text.trim()).ok())
        .boxed()
}

fn note() -> impl Strategy<Value = Note> {
    prop_oneof![20 => "[^\\p{C}]{1,24}(\n\\PC{1,24}){0,3}", 1 => "x{32768}"]
        .prop_filter_map("a note", |text| Note::parse(text.trim()).ok())
}

fn key() -> impl Strategy<Value = Key> {
    "[a-z]\\PC{0,24}".prop_filter_map("a key", |text| Key::parse(text.trim()).ok())
}

fn origin() -> impl Strategy<Value = Origin> {
    "[a-z]{1,12}\\.example/[a-z]{0,12}".prop_map(|text| Origin::parse(text).unwrap())
}

fn zone() -> impl Strategy<Value = Text> {
    select(vec!["Asia/Damascus", "Etc/GMT+3", "UTC"]).prop_map(|zone| Text::parse(zone).unwrap())
}

fn axis() -> impl Strategy<Value = Axis> {
    select(vec![Axis::Diplomatic, Axis::Consular])
}

fn instrument() -> impl Strategy<Value = Instrument> {
    select(vec![
        Instrument::JointCommunique,
        Instrument::ExchangeOfNotes,
        Instrument::Treaty,
        Instrument::Declaration,
        Instrument::Law,
        Instrument::None,
        Instrument::Unknown,
    ])
}

fn code_system() -> impl Strategy<Value = CodeSystem> {
    select(vec![
        CodeSystem::Iso2,
        CodeSystem::Iso3,
        CodeSystem::Cow,
        CodeSystem::Gw,
        CodeSystem::Wikidata,
    ])
}

fn references() -> impl Strategy<Value = Vec<Sequence>> {
    vec(number().prop_map(Sequence), 0..4)
}

/// Any number, as often small as large, so that every length of a varint occurs.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..=300u64, 65_000..=66_000u64, any::<u32>().prop_map(u64::from), any::<u64>()]
}
