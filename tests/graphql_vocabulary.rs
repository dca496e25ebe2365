//! One vocabulary: every value that the schema prints has words in both languages, and what is labelled elsewhere is labelled
//! with these words.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use hukun::model::entity::EntityKind;
use hukun::model::ontology::RelationKind;
use hukun::model::quantity::Basis;
use hukun::model::statement::Property;
use hukun::service::{MissingInputReason, RatioGap, WeakEvidence};
use serde_json::{Value, json};

use crate::command::{hukun, seed};
use crate::support::graph::entity;
use crate::support::{TestApp, graph};

const ALL: &str = "{ vocabulary { type typeLabel typeLabelEn: typeLabel(lang: \"en\") open value zh en label labelEn: label(lang: \"en\") \
    description descriptionZh descriptionEn } }";

/// The entries by their list, each list in its order.
async fn vocabulary(app: &TestApp) -> BTreeMap<String, Vec<Value>> {
    let data = app.query(ALL).await.good();
    let mut lists: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in data["vocabulary"].as_array().unwrap() {
        let list = lists.entry(text(&entry["type"]).to_string()).or_default();
        list.push(entry.clone());
    }
    lists
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn values(list: &[Value]) -> Vec<&str> {
    list.iter().map(|entry| text(&entry["value"])).collect()
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// A new value of an enum fails here until it has words; so does a list that is served as text.
#[tokio::test]
async fn every_value_of_the_schema_has_words_in_both_languages() {
    let app = TestApp::with(graph()).await;
    let lists = vocabulary(&app).await;
    let question = "{ __schema { types { kind name description enumValues { name description } } } }";
    let schema = app.query(question).await.good();
    let mut enums = 0;
    for list in schema["__schema"]["types"].as_array().unwrap() {
        let name = text(&list["name"]);
        if list["kind"] != "ENUM" || name.starts_with("__") {
            continue;
        }
        enums += 1;
        let entries = lists
            .get(name)
            .unwrap_or_else(|| panic!("the vocabulary has no {name}"));
        let printed = list["enumValues"].as_array().unwrap();
        let expected: Vec<&str> = printed.iter().map(|value| text(&value["name"])).collect();
        assert_eq!(values(entries), expected, "{name}");
        for (entry, value) in entries.iter().zip(printed) {
            assert_eq!(entry["descriptionEn"], value["description"], "{name}");
            assert_eq!(entry["open"], false, "{name}");
        }
    }
    assert!(enums > 30, "{enums} enums");

    let texts: [(&str, Vec<&str>); 4] = [
        ("Basis", Basis::ALL.iter().map(|basis| basis.name()).collect()),
        (
            "Property",
            Property::ALL.iter().map(|property| property.name()).collect(),
        ),
        (
            "MissingInput",
            MissingInputReason::ALL
                .iter()
                .map(|lack| lack.name())
                .chain(RatioGap::ALL.iter().map(|gap| gap.name()))
                .collect(),
        ),
        (
            "WeakEvidence",
            WeakEvidence::ALL.iter().map(|weak| weak.name()).collect(),
        ),
    ];
    for (name, expected) in texts {
        assert_eq!(values(&lists[name]), expected, "{name}");
    }
}

#[tokio::test]
async fn words_are_whole_and_tell_values_apart() {
    let app = TestApp::with(graph()).await;
    // What is written alike in Chinese and in English.
    let signs = ["%"];
    for (name, entries) in vocabulary(&app).await {
        let distinct: BTreeSet<&str> = values(&entries).into_iter().collect();
        assert_eq!(distinct.len(), entries.len(), "{name} has a value twice");
        for language in ["zh", "en"] {
            let labels: BTreeSet<&str> = entries.iter().map(|entry| text(&entry[language])).collect();
            // A mechanism that a source counts and a program are the same to a Chinese reader.
            let alike = usize::from(name == "Unit" && language == "zh");
            assert_eq!(
                labels.len() + alike,
                entries.len(),
                "{name}: a label twice in {language}"
            );
        }
        for entry in &entries {
            let (zh, en) = (text(&entry["zh"]), text(&entry["en"]));
            assert!(is_chinese(zh) || signs.contains(&zh), "{entry}");
            assert!(!en.is_empty() && !is_chinese(en), "{entry}");
            assert!(is_chinese(text(&entry["descriptionZh"])), "{entry}");
            assert!(text(&entry["descriptionZh"]).ends_with('。'), "{entry}");
            assert!(text(&entry["descriptionEn"]).ends_with('.'), "{entry}");
            assert!(
                is_chinese(text(&entry["typeLabel"])) && !is_chinese(text(&entry["typeLabelEn"])),
                "{entry}"
            );
            // Asked for by `lang`, they are the same words; Chinese is the default.
            assert_eq!([&entry["label"], &entry["labelEn"]], [&entry["zh"], &entry["en"]]);
            assert_eq!(entry["description"], entry["descriptionZh"]);
        }
    }
}

/// The words that readers of policy papers expect.
#[tokio::test]
async fn words_are_those_of_policy_papers() {
    let lists = vocabulary(&TestApp::with(graph()).await).await;
    for (list, value, zh, en) in [
        ("Assertion", "NORMATIVE", "应然表述", "Recommendation"),
        (
            "Assertion",
            "SUPERLATIVE",
            "“首个/最佳”类表述",
            "Superlative claim",
        ),
        ("Assertion", "IMPLIED", "由上下文推得", "Inferred from context"),
        ("Basis", "DELIVERED", "已落实", "Delivered"),
        ("Basis", "OUTPUT", "新增产值", "Added output"),
        ("Basis", "TAX_YIELD", "税收", "Tax revenue"),
        (
            "DeadEndReason",
            "RETURNS_ONLY",
            "只返回来源方",
            "leads only back to its source",
        ),
        (
            "RuleType",
            "REINVEST",
            "返投要求",
            "Local reinvestment requirement",
        ),
    ] {
        let entry = lists[list].iter().find(|entry| entry["value"] == value).unwrap();
        assert_eq!([&entry["zh"], &entry["en"]], [zh, en]);
    }
    assert_eq!(lists["Assertion"][0]["typeLabel"], "表述方式");
}

#[tokio::test]
async fn one_list_can_be_asked_for() {
    let app = TestApp::with(graph()).await;
    let data = app
        .query(r#"{ vocabulary(type: "QuantityStatus") { type value zh en } }"#)
        .await
        .good();
    assert_eq!(
        data["vocabulary"],
        json!([
            { "type": "QuantityStatus", "value": "REALISED", "zh": "已实现", "en": "Realised" },
            { "type": "QuantityStatus", "value": "PROMISED", "zh": "已承诺", "en": "Promised" },
            { "type": "QuantityStatus", "value": "CLAIMED", "zh": "所宣称", "en": "Claimed" },
        ])
    );
    let (code, message) = app
        .query(r#"{ vocabulary(type: "Resorce") { value } }"#)
        .await
        .bad();
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "BAD_USER_INPUT",
            "type: the vocabulary has no list `Resorce`; did you mean Resource?"
        )
    );
}

/// Each list of the vocabulary is hundreds of rows, however often it is asked for under other names.
#[tokio::test]
async fn what_the_vocabulary_costs_is_counted() {
    let app = TestApp::with(graph()).await;
    let asked = |times: usize| {
        let aliases: Vec<String> = (0..times)
            .map(|n| format!("a{n}: vocabulary {{ type zh en label description descriptionZh descriptionEn value open }}"))
            .collect();
        format!("{{ {} }}", aliases.join(" "))
    };
    app.query(&asked(2)).await.good();
    let (code, message) = app.query(&asked(200)).await.bad();
    assert_eq!(code, "LIMIT_EXCEEDED", "{message}");
}

#[tokio::test]
async fn the_ontology_has_the_same_words() {
    let app = TestApp::with(graph()).await;
    let fields = "kind label english: label(lang: \"en\") description about: description(lang: \"en\")";
    let question = format!("{{ ontology {{ entityKinds {{ {fields} }} relationKinds {{ {fields} }} }} }}");
    let ontology = app.query(&question).await.good()["ontology"].clone();
    let lists = vocabulary(&app).await;
    for (kinds, list, count) in [
        ("entityKinds", "EntityKind", EntityKind::ALL.len()),
        ("relationKinds", "RelationKind", RelationKind::ALL.len()),
    ] {
        let kinds = ontology[kinds].as_array().unwrap();
        assert_eq!(kinds.len(), count);
        for (kind, entry) in kinds.iter().zip(&lists[list]) {
            assert_eq!(kind["kind"], entry["value"]);
            assert_eq!([&kind["label"], &kind["english"]], [&entry["zh"], &entry["en"]]);
            assert_eq!(
                [&kind["description"], &kind["about"]],
                [&entry["descriptionZh"], &entry["descriptionEn"]]
            );
        }
    }
}

/// A cohort of any kind is counted in a unit that has words; so is all that the seed writes as a code.
#[tokio::test]
async fn units_and_types_in_use_have_words() {
    let lists = vocabulary(&TestApp::with(graph()).await).await;
    let units = values(&lists["Unit"]);
    for kind in EntityKind::ALL {
        assert!(units.contains(&kind.member_unit()), "{kind}");
    }
    let columns = [
        ("unit", "Unit"),
        ("basis", "Basis"),
        ("level", "Level"),
        ("scheme", "IndustryScheme"),
        ("park_type", "ParkType"),
        ("lab_type", "LabType"),
        ("facility_type", "FacilityType"),
        ("fund_type", "FundType"),
        ("listing_board", "ListingBoard"),
        ("org_type", "OrgType"),
        ("indicator", "ObservationIndicator"),
    ];
    let mut found = 0;
    for table in ["entities", "relations", "observations"] {
        let mut reader = csv::Reader::from_path(format!("{}/{table}.csv", seed())).unwrap();
        let header = reader.headers().unwrap().clone();
        for row in reader.records() {
            let row = row.unwrap();
            for (column, list) in columns {
                let Some(at) = header.iter().position(|name| name == column) else {
                    continue;
                };
                if !row[at].is_empty() {
                    found += 1;
                    assert!(
                        values(&lists[list]).contains(&&row[at]),
                        "{table}: {column} {}",
                        &row[at]
                    );
                }
            }
        }
    }
    assert!(found > 100, "{found} codes");
}

/// `vocabulary.json` is what the page is built from, so it is held against the code and against the API.
#[tokio::test]
async fn the_printed_vocabulary_is_the_codes() {
    let home = tempfile::tempdir().unwrap();
    let printed = hukun(home.path())
        .args(["vocabulary", "--format", "json"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vocabulary.json");
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own switch, no setting of the program"
    )]
    if std::env::var("HUKUN_BLESS").is_ok() {
        fs::write(&path, &printed).unwrap();
    }
    assert!(
        printed == fs::read_to_string(path).unwrap(),
        "vocabulary.json is not what the code says: HUKUN_BLESS=1 cargo test the_printed_vocabulary"
    );
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let lists = vocabulary(&TestApp::with(graph()).await).await;
    assert_eq!(printed.as_object().unwrap().len(), lists.len());
    for (name, entries) in lists {
        let list = &printed[&name];
        assert_eq!(list["values"].as_object().unwrap().len(), entries.len(), "{name}");
        for entry in entries {
            assert_eq!(
                [&list["zh"], &list["en"]],
                [&entry["typeLabel"], &entry["typeLabelEn"]]
            );
            let words = ["zh", "en", "descriptionZh", "descriptionEn"];
            let words = words.map(|field| (field.to_string(), entry[field].clone()));
            let expected = Value::Object(words.into_iter().collect());
            assert_eq!(list["values"][text(&entry["value"])], expected, "{name}");
        }
    }
}

#[test]
fn the_command_line_prints_the_words_for_people() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = hukun(home.path())
            .arg("vocabulary")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, table, _) = run(&["Rank", "--format", "table"]);
    assert_eq!(code, Some(0));
    let line = table.lines().find(|line| line.contains("PREFERRED")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["PREFERRED", "首选", "Preferred", "只采用这一条。"]);
    let (_, table, _) = run(&["Rank", "--format", "table", "--lang", "en"]);
    assert!(
        table.contains("Statement that counts instead of all others."),
        "{table}"
    );
    let (code, _, problem) = run(&["Ranks"]);
    assert_eq!(code, Some(2));
    assert!(problem.contains("did you mean Rank?"), "{problem}");
}

/// Sentences that explain an answer come in both languages, with the words of the vocabulary in them.
#[tokio::test]
async fn explanations_come_in_both_languages() {
    let built = graph()
        .entity(entity("region:a").named("甲区").described("甲区是一个区。"))
        .entity(entity("region:b").described("A region."))
        .entity(entity("region:c"));
    let app = TestApp::with(built).await;
    let data = app
        .query(
            r#"{ indicators(regions: ["region:a"], codes: [EI_INDEX]) { missing { reason detail en: detail(lang: "en") } }
            nodes(ids: ["region:a", "region:b", "region:c"]) { ... on Region { description descriptionLang } } }"#,
        )
        .await
        .good();
    assert_eq!(
        data["indicators"][0]["missing"],
        json!([{ "reason": "NO_TIES", "detail": "「甲区」的主体与位于某地区的主体之间没有联系。",
            "en": "No tie connects an actor of 甲区 with an actor that is located in a region." }])
    );
    assert_eq!(
        data["nodes"],
        json!([
            { "description": "甲区是一个区。", "descriptionLang": "zh" },
            { "description": "A region.", "descriptionLang": "en" },
            { "description": null, "descriptionLang": null },
        ])
    );
}
