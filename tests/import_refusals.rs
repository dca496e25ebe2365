//! What an import refuses, in the words that a person reads.

use std::fs;

use hukun::dataset::{Import, ImportOptions, import, read_directory};
use hukun::service::Limits;

use crate::import_support::{EVIDENCE, Files, Graph, STATED, options};
use crate::support::stores;

/// The report without its first line, which says how many rows there are.
async fn refused(files: &Files) -> String {
    let graph = Graph::empty().await;
    let report = graph.import(files).await.expect_err("it was taken in");
    assert_eq!(graph.session().await.revision().0, 0, "something was written");
    let (head, rows) = report.split_once('\n').unwrap();
    assert!(
        head.starts_with("d: ") && head.ends_with("rejected, nothing of this data set was written"),
        "{head}"
    );
    rows.to_string()
}

const RELATION: &str = "id,kind,from_id,to_id";

fn relations(columns: &str, rows: &[&str]) -> Files {
    let ids = [
        "fund:angel",
        "fund:f",
        "project:chips",
        "project:p",
        "university:u",
        "company:c",
        "industry:i",
        "industry:j",
        "region:a",
        "region:b",
        "program:m",
    ];
    Files::new().entities(&ids).table("relations", columns, rows)
}

#[tokio::test]
async fn a_duplicate_id() {
    let twice = Files::new().entities(&["fund:a", "fund:a"]);
    assert_eq!(
        refused(&twice).await,
        "entities.csv:3  id = fund:a\n    this id stands already at entities.csv:2 → ids are unique over everything\n"
    );
    let across = relations(RELATION, &["fund:f,INVESTS_IN,fund:f,project:p"]);
    assert_eq!(
        refused(&across).await,
        "relations.csv:2  id = fund:f\n    this id stands already at entities.csv:3 → ids are unique over everything\n"
    );
    let dataset = relations(RELATION, &["d,INVESTS_IN,fund:f,project:p"]);
    assert_eq!(
        refused(&dataset).await,
        "relations.csv:2  id = d\n    this id is already that of a data set → ids are unique over everything\n"
    );
}

#[tokio::test]
async fn an_end_that_the_ontology_does_not_allow() {
    let rows = [
        "r1,INVESTS_IN,university:u,project:p",
        "r2,INVESTS_IN,fund:f,region:a",
        "r3,PART_OF,region:a,industry:i",
    ];
    assert_eq!(
        refused(&relations(RELATION, &rows)).await,
        "relations.csv:2  from_id = university:u\n    INVESTS_IN does not go from UNIVERSITY to PROJECT → it goes FUND, \
         ORGANIZATION, COMPANY → PROJECT, COMPANY, FUND, LAB; from UNIVERSITY to PROJECT go PROVIDES_SERVICE, \
         TRANSFERS_TECH, COLLABORATES_WITH\n\
         relations.csv:3  to_id = region:a\n    INVESTS_IN does not go from FUND to REGION → it goes FUND, \
         ORGANIZATION, COMPANY → PROJECT, COMPANY, FUND, LAB; from FUND to REGION go RETURNS_TO, COLLABORATES_WITH, \
         LEVERAGES, LOCATED_IN, GOVERNED_BY\n\
         relations.csv:4  to_id = industry:i\n    PART_OF does not go from REGION to INDUSTRY → it goes REGION → \
         REGION; INDUSTRY → INDUSTRY; PROGRAM → PROGRAM; FACILITY → FACILITY; from REGION to INDUSTRY go COLLABORATES_WITH\n"
    );
}

#[tokio::test]
async fn an_unknown_reference_suggests_the_nearest() {
    let rows = [
        "r1,INVESTS_IN,fund:angle,project:p",
        "r2,INVESTS_IN,fund:f,project:nowhere",
    ];
    assert_eq!(
        refused(&relations(RELATION, &rows)).await,
        "relations.csv:2  from_id = fund:angle\n    no entity has this id → did you mean fund:angel (entities.csv:2)?\n\
         relations.csv:3  to_id = project:nowhere\n    no entity has this id\n"
    );
    let source = Files::new().file(
        "entities.csv",
        &format!("id,kind,name_zh,{EVIDENCE}\nfund:a,FUND,甲,source:S,,甲,STATED,AUDITED\n"),
    );
    assert_eq!(
        refused(&source).await,
        "entities.csv:2  source_id = source:S\n    no source has this id → did you mean source:s (sources.csv:2)?\n"
    );
    let graph = Graph::empty().await;
    graph
        .import(&Files::of("base").entities(&["fund:angel", "project:p"]))
        .await
        .unwrap();
    let other = Files::of("other")
        .file("sources.csv", "id,title\nsource:t,T\n")
        .file(
            "relations.csv",
            &format!(
                "{RELATION},{EVIDENCE}\nr1,INVESTS_IN,fund:angle,project:p,source:t,,此,STATED,AUDITED\n"
            ),
        );
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "other: 1 row rejected, nothing of this data set was written\nrelations.csv:2  from_id = fund:angle\n    \
         no entity has this id → did you mean fund:angel?\n"
    );
}

#[tokio::test]
async fn shares_over_one() {
    let columns = "id,kind,from_id,to_id,share,valid_from,valid_to";
    let rows = [
        "r1,IN_INDUSTRY,project:chips,industry:i,0.7,2020,",
        "r2,IN_INDUSTRY,project:chips,industry:j,0.5,2024,",
        "r3,IN_INDUSTRY,project:p,industry:i,0.7,,2022",
        "r4,IN_INDUSTRY,project:p,industry:j,0.7,2022,",
    ];
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        "relations.csv:3  share = 0.5\n    the shares of project:chips valid in 2024 would sum to 1.2 → at most 0.3 is \
         left beside relations.csv:2 (0.7)\n"
    );
    let graph = Graph::empty().await;
    graph.import(&relations(columns, &rows[..1])).await.unwrap();
    let other = Files::of("e").table("relations", columns, &[rows[1]]);
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "e: 1 row rejected, nothing of this data set was written\nrelations.csv:2  share = 0.5\n    the shares of \
         project:chips valid in 2024 would sum to 1.2 → at most 0.3 is left beside r1 (0.7)\n"
    );
    let beyond = [
        "r1,IN_INDUSTRY,project:p,industry:i,1.01,,",
        "r2,INVESTS_IN,fund:f,project:p,0.5,,",
    ];
    assert_eq!(
        refused(&relations(columns, &beyond)).await,
        "relations.csv:2  share = 1.01\n    a share is between 0 and 1\n\
         relations.csv:3  share = 0.5\n    INVESTS_IN has no share → only IN_INDUSTRY has one\n"
    );
}

#[tokio::test]
async fn a_cycle() {
    let rows = ["r1,PART_OF,region:a,region:b", "r2,PART_OF,region:b,region:a"];
    let cycle = "relations.csv:3  to_id = region:a\n    PART_OF would lead back to where it begins: region:b → region:a → \
                 region:b → one of these must go: this, relations.csv:2\n";
    assert_eq!(refused(&relations(RELATION, &rows)).await, cycle);
    let graph = Graph::empty().await;
    graph.import(&relations(RELATION, &rows[..1])).await.unwrap();
    let other = Files::of("e").table("relations", RELATION, &[rows[1]]);
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "e: 1 row rejected, nothing of this data set was written\nrelations.csv:2  to_id = region:a\n    PART_OF would \
         lead back to where it begins: region:b → region:a → region:b → one of these must go: this, r1\n"
    );
    let itself = relations(RELATION, &["r1,SUBSET_OF,company:c,company:c"]);
    assert_eq!(
        refused(&itself).await,
        "relations.csv:2  to_id = company:c\n    SUBSET_OF would lead back to where it begins: company:c → company:c\n"
    );
}

#[tokio::test]
async fn amounts_that_do_not_fit() {
    let columns = "id,kind,from_id,to_id,amount,amount_max,qualifier,unit,basis,measure";
    let row = |n: usize, cells: &str| format!("r{n},INVESTS_IN,fund:f,project:p,{cells}");
    let rows: Vec<String> = [
        "5,3,RANGE,CNY,INVESTED,",
        "5,,,,INVESTED,",
        "5,,,CNY,,",
        "5,,UNKNOWN,CNY,INVESTED,",
        "5,,RANGE,CNY,INVESTED,",
        "5,5,MORE_THAN,CNY,INVESTED,",
        "1e9,,,CNY,INVESTED,",
        "-5,,,CNY,INVESTED,",
        "5,,exact,CNY,INVESTED,",
        "5,,,yuan,INVESTED,",
        ",,EXACT,CNY,INVESTED,",
        "5,6,,CNY,INVESTED,",
    ]
    .iter()
    .enumerate()
    .map(|(n, cells)| row(n, cells))
    .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        "relations.csv:2  amount_max = 3\n    the range is inverted: 5 is above 3\n\
         relations.csv:3  unit is empty\n    an amount needs a unit and a basis\n\
         relations.csv:4  basis is empty\n    an amount needs a unit and a basis\n\
         relations.csv:5  amount = 5\n    UNKNOWN has no amount\n\
         relations.csv:6  amount_max is empty\n    RANGE needs both amount and amount_max\n\
         relations.csv:7  amount_max = 5\n    MORE_THAN 5 cannot end at 5: give a larger amount_max or none\n\
         relations.csv:8  amount = 1e9\n    no number: write digits, as in 1500000 or 0.25, with no exponent and no separators\n\
         relations.csv:9  amount = -5\n    an amount cannot be negative: -5\n\
         relations.csv:10  qualifier = exact\n    no qualifier → did you mean EXACT?\n\
         relations.csv:11  unit = yuan\n    `yuan` is no unit: write a code of capital letters, as CNY, PERSON, PROJECT\n\
         relations.csv:12  amount is empty\n    EXACT needs an amount\n\
         relations.csv:13  amount_max = 6\n    EXACT has one amount, no amount_max\n"
    );
}

#[tokio::test]
async fn a_row_without_evidence() {
    let rows = "fund:a,FUND,甲,,,,,\nfund:b,FUND,乙,,L1,乙,STATED,AUDITED\nfund:c,FUND,丙,source:s,,,,\n";
    let files = Files::new().file("entities.csv", &format!("id,kind,name_zh,{EVIDENCE}\n{rows}"));
    assert_eq!(
        refused(&files).await,
        "entities.csv:2  source_id is empty\n    a row needs evidence → give source_id, locator, quote, assertion and reliability\n\
         entities.csv:3  source_id is empty\n    this cell cannot be empty\n\
         entities.csv:4  reliability is empty\n    this cell cannot be empty → one of SELF_REPORTED, INDEPENDENT, AUDITED, SYNTHETIC\n"
    );
}

#[tokio::test]
async fn cells_of_entities() {
    let columns = "id,kind,name_zh,tags,stage,size,valid_from,valid_to,external_ids,longitude,region_id";
    let rows = [
        "region:x,FUND,甲,,,,,,,,",
        "fund:天使,FUND,甲,,,,,,,,",
        "fund:a,FUND,甲,,LANDED,,,,,,",
        "project:p,PROJECT,甲,a| b,LANDING,many,2024,2024-01,ror,,",
        "fund:b,FUND,,,,,,,,,",
        "region:r,REGION,甲,,,,24,,,120.9,",
        "industry:i,INDUSTRY,甲,,,,,,,,region:q",
    ];
    assert_eq!(
        refused(&Files::new().table("entities", columns, &rows)).await,
        "entities.csv:2  kind = FUND\n    the id region:x is that of a REGION → write REGION, or an id that begins with fund:\n\
         entities.csv:3  id = fund:天使\n    `fund:天使` has '天'; an id is made of ASCII letters, digits and . _ - : /\n\
         entities.csv:4  stage = LANDED\n    a FUND has no stage → only PROJECT has one\n\
         entities.csv:5  tags = a| b\n    an item is empty or has white space around it → write a|b\n\
         entities.csv:5  size = many\n    no size: write 680, >10, >10..19, 11..19, ~680 (rounded) or ? (unknown)\n\
         entities.csv:5  valid_to = 2024-01\n    valid_from 2024 is not before valid_to 2024-01: a fact holds from the first and until before the second\n\
         entities.csv:5  external_ids = ror\n    write `scheme:value`, as in gbt2260:320583\n\
         entities.csv:5  stage = LANDING\n    no stage → one of IN_TALKS, DOCKED, INVESTED, SUPPORTED, INTRODUCED, LANDED\n\
         entities.csv:6  name_zh is empty\n    an entity needs a name\n\
         entities.csv:7  valid_from = 24\n    `24` is no date: write 2024, 2024-03 or 2024-03-05\n\
         entities.csv:7  latitude is empty\n    a place needs both longitude and latitude\n\
         entities.csv:8  region_id = region:q\n    LOCATED_IN does not go from INDUSTRY to REGION → it goes PARK, UNIVERSITY, LAB, FACILITY, FUND, EXPERT, PROJECT, COMPANY, ORGANIZATION, PROGRAM → REGION; from INDUSTRY to REGION go COLLABORATES_WITH, GOVERNED_BY\n\
         entities.csv:8  region_id = region:q\n    no entity has this id\n"
    );
}

#[tokio::test]
async fn flows_and_resources_that_the_kind_does_not_have() {
    let columns = "id,kind,from_id,to_id,resource,flow,under,driver";
    let rows = [
        "r1,INVESTS_IN,fund:f,project:p,TALENT,BACKWARD,fund:angel,",
        "r2,LEVERAGES,fund:f,project:p,CAPITAL,FORWARD,,STATE",
        "r3,CO_BUILDS,region:a,fund:f,,NONE,,",
        "r4,INVESTS_IN,fund:f,project:p,CAPITAL,BOTH,program:m,MARKET",
        "r5,INVESTS_IN,fund:f,project:p,,NONE,,",
    ];
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        "relations.csv:2  resource = TALENT\n    INVESTS_IN carries CAPITAL → leave the cell empty\n\
         relations.csv:2  flow = BACKWARD\n    INVESTS_IN does not go BACKWARD → it may say FORWARD, BOTH or UNSTATED\n\
         relations.csv:2  under = fund:angel\n    a relation falls under programmes; this is a FUND\n\
         relations.csv:3  driver = STATE\n    no driver → one of ADMINISTRATIVE, MARKET, HYBRID, UNSTATED\n\
         relations.csv:4  flow = NONE\n    CO_BUILDS does not go NONE → it may say FORWARD, BACKWARD, BOTH or UNSTATED\n\
         relations.csv:6  flow = NONE\n    INVESTS_IN does not go NONE → it may say FORWARD, BOTH or UNSTATED\n"
    );
}

#[tokio::test]
async fn rules_that_are_none() {
    let columns = "id,bearer_id,rule_type,base,part,party_id,lower,upper";
    let rows = [
        "rule:a,project:p,ALLOCATION,,1,,5,5",
        "rule:b,program:m,ALLOCATION,x,1,,0.3,0.2",
        "rule:b,program:m,CO_INVEST,y,1,,,",
        "rule:c,program:m,ALLOCATION,,1,,5,6",
        "rule:d,program:m,ALLOCATION,,2,,,",
        "rule:e,program:m,ALLOCATION,,1,fund:nobody,0.8,0.9",
        "rule:e,program:m,ALLOCATION,,2,,0.3,0.3",
        "rule:f,program:m,ALLOCATION,,0,,0,0",
        "rule:g,program:m,ALLOCATION,,1,,0.3,0.2",
    ];
    let files = Files::new()
        .entities(&["project:p", "program:m"])
        .table("rules", columns, &rows);
    assert_eq!(
        refused(&files).await,
        "rules.csv:2  bearer_id = project:p\n    a rule belongs to a PROGRAM or a FUND; this is a PROJECT\n\
         rules.csv:4  rule_type = CO_INVEST\n    this rule says otherwise at rules.csv:3\n\
         rules.csv:4  base = y\n    this rule says otherwise at rules.csv:3\n\
         rules.csv:4  part = 1\n    this part of the rule stands already at rules.csv:3 → (id, part) is unique\n\
         rules.csv:5  lower = 5\n    a part is a fraction of 1 → as weights (5, 3, 2), lower and upper are equal in every part\n\
         rules.csv:5  upper = 6\n    a part is a fraction of 1 → as weights (5, 3, 2), lower and upper are equal in every part\n\
         rules.csv:6  part = 2\n    part 1 of rule:d is missing → number the parts 1, 2, …\n\
         rules.csv:7  party_id = fund:nobody\n    no entity has this id\n\
         rules.csv:7  lower = 1.1\n    the least of the parts sum to more than 1\n\
         rules.csv:9  part = 0\n    parts are numbered 1, 2, …\n\
         rules.csv:10  upper = 0.2\n    the range is inverted: 0.3 is above 0.2\n"
    );
}

#[tokio::test]
async fn sources_statements_and_names() {
    let files = Files::new()
        .file(
            "sources.csv",
            "id,title,sha256,published_on\nsource:s,S,,\nsource:t,,,2024-13\nsource:u,U,ABC,\n",
        )
        .entities(&["fund:a", "program:m"])
        .table(
            "statements",
            "subject_id,property,amount,qualifier,rank",
            &[
                "fund:b,,,,",
                "program:m,paid_in,5,,",
                "fund:a,,5,,",
                "fund:a,paid_in,5,RANGE,",
                "source:s,,,,",
                "fund:a,size,x,,BEST",
            ],
        )
        .table(
            "names",
            "entity_id,value,lang,role",
            &["fund:c,丙,zh,ALIAS", "fund:a,甲,z,ALIAS", "fund:a,甲,zh,NICK"],
        );
    assert_eq!(
        refused(&files).await,
        "sources.csv:3  title is empty\n    this cell cannot be empty\n\
         sources.csv:3  published_on = 2024-13\n    `2024-13` is no date: write 2024, 2024-03 or 2024-03-05\n\
         sources.csv:4  sha256 = ABC\n    a sha256 is 64 hexadecimal digits in lower case\n\
         statements.csv:2  subject_id = fund:b\n    no record has this id → did you mean fund:a (entities.csv:2)?\n\
         statements.csv:3  property = paid_in\n    only a FUND has `paid_in`; this is a PROGRAM\n\
         statements.csv:4  amount = 5\n    there is no amount of which this could be another → say of which property: size, committed or paid_in\n\
         statements.csv:5  amount = 5\n    RANGE needs both amount and amount_max\n\
         statements.csv:6  subject_id = source:s\n    a source is evidence and needs none\n\
         statements.csv:7  amount = x\n    no number: write digits, as in 1500000 or 0.25, with no exponent and no separators\n\
         statements.csv:7  rank = BEST\n    no rank → one of PREFERRED, NORMAL, DEPRECATED\n\
         names.csv:2  entity_id = fund:c\n    no entity has this id → did you mean fund:a (entities.csv:2)?\n\
         names.csv:3  lang = z\n    no language tag → write zh, en, zh-Latn …\n\
         names.csv:4  role = NICK\n    no role → one of OFFICIAL, ALIAS, ABBREVIATION, TRANSLITERATION\n"
    );
}

#[tokio::test]
async fn who_refers_to_a_rejected_row_is_not_blamed() {
    let files = Files::new()
        .table(
            "entities",
            "id,kind,name_zh,size",
            &["fund:f,FUND,甲,many", "project:p,PROJECT,乙,"],
        )
        .table("relations", RELATION, &["r1,INVESTS_IN,fund:f,project:p"]);
    let report = refused(&files).await;
    assert_eq!(report.lines().count(), 2, "{report}");
}

#[tokio::test]
async fn json_that_is_no_cell() {
    let lines = format!(
        "{{\"id\":\"fund:a\",\"kind\":\"FUND\",\"name_zh\":[\"甲\"],\"tags\":[1],\"size\":true,{rest}}}\n",
        rest = "\"source_id\":\"source:s\",\"reliability\":\"AUDITED\""
    );
    assert_eq!(
        refused(&Files::new().file("entities.jsonl", &lines)).await,
        "entities.jsonl:1  name_zh = 甲\n    a list cannot stand here → write one text\n\
         entities.jsonl:1  tags = [1]\n    this cannot stand here → write an array of texts\n\
         entities.jsonl:1  size = true\n    this cannot stand here → write a text, or a number\n"
    );
}

#[tokio::test]
async fn quotations_that_their_source_does_not_bear_out() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("s.txt"), "标题\n专家库扩容至\n680人\n").unwrap();
    let sources = format!(
        "id,title,sha256\nsource:s,S,{}\n",
        hash_of("标题\n专家库扩容至\n680人\n")
    );
    let rows = "expert:a,EXPERT,甲,source:s,L2-3 [3,13),专家库扩容至680人,STATED,AUDITED\n\
                expert:b,EXPERT,乙,source:s,L2,专家库扩容至860人,STATED,AUDITED\n";
    let entities = format!(
        "id,kind,name_zh,{EVIDENCE}\n{}",
        rows.replace("L2-3 [3,13)", "\"L2-3 [3,14)\"")
    );
    let files = Files::new()
        .file("sources.csv", &sources)
        .file("entities.csv", &entities);
    let held = ImportOptions {
        sources: Some(home.path().to_path_buf()),
        ..options()
    };
    let report = Graph::empty()
        .await
        .import_with(files.path(), &held)
        .await
        .unwrap_err();
    assert_eq!(
        report,
        "d: 1 row rejected, nothing of this data set was written\nentities.csv:3  quote = 专家库扩容至860人\n    \
         on lines 2 to 2, there stands: 专家库扩容至 → the source does not have it\n"
    );
}

fn hash_of(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digits = Sha256::digest(text.as_bytes());
    let digits = digits.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_no_row() {
    let message = |files: &Files| {
        let error = read_directory(files.path()).unwrap_err().to_string();
        error.replace(&format!("{}/", files.path().display()), "")
    };
    assert_eq!(
        message(&Files::new().file("entities.csv", "id,kind,nmae_zh\n")),
        "entities.csv:1: no column `nmae_zh` in entities; the nearest is `name_zh`"
    );
    assert_eq!(
        message(&Files::new().file("entitys.csv", "id\n")),
        "entitys.csv is no file of a data set; the nearest is entities.csv"
    );
    assert_eq!(
        message(&Files::new().file("dataset.toml", "id = "))
            .lines()
            .next(),
        Some("dataset.toml: TOML parse error at line 1, column 6")
    );
    let files = Files::new();
    fs::write(
        files.path().join("entities.csv"),
        [b"id,kind\nfund:".as_slice(), &[0xc4, 0xe3, b'\n']].concat(),
    )
    .unwrap();
    assert_eq!(
        message(&files),
        "entities.csv:2: this is no UTF-8: save the file as UTF-8"
    );
    let files = Files::new();
    fs::remove_file(files.path().join("dataset.toml")).unwrap();
    assert!(message(&files).ends_with("is no data set: it has no dataset.toml"));
    assert!(
        read_directory(&files.path().join("nowhere"))
            .unwrap_err()
            .to_string()
            .contains("cannot be read: ")
    );
}

#[tokio::test]
async fn the_report_is_json_lines_for_programs() {
    let files = relations(RELATION, &["r1,INVESTS_IN,fund:angle,project:p"]);
    let (service, _ground) = stores::service(Limits::default()).await;
    let Import { result, .. } = import(&service, read_directory(files.path()).unwrap(), &options())
        .await
        .unwrap();
    assert_eq!(
        result.unwrap_err().json_lines(),
        "{\"file\":\"relations.csv\",\"line\":2,\"column\":\"from_id\",\"value\":\"fund:angle\",\
         \"reason\":\"no entity has this id\",\"hint\":\"did you mean fund:angel (entities.csv:2)?\"}\n"
    );
}

#[tokio::test]
async fn a_rejected_row_is_named_by_the_line_on_which_it_begins() {
    let text = format!(
        "\u{feff}id,kind,name_zh,description,{EVIDENCE}\r\nfund:a,FUND,甲,\"二\r\n行\",{STATED}\r\n\r\nfund:b,FOND,乙,,{STATED}\r\n"
    );
    assert_eq!(
        refused(&Files::new().file("entities.csv", &text)).await,
        "entities.csv:5  kind = FOND\n    no kind → did you mean FUND?\n"
    );
}
