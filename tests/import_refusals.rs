//! What an import refuses, in the words that a person reads.

use std::fs;

use hukun::dataset::{ImportOptions, ImportOutcome, import, read_directory};
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
        "entities.csv:3  id = fund:a\n    this id is already used at entities.csv:2 → choose another id: ids are unique across all records and data sets\n"
    );
    let across = relations(RELATION, &["fund:f,INVESTS_IN,fund:f,project:p"]);
    assert_eq!(
        refused(&across).await,
        "relations.csv:2  id = fund:f\n    this id is already used at entities.csv:3 → choose another id: ids are unique across all records and data sets\n"
    );
    let dataset = relations(RELATION, &["d,INVESTS_IN,fund:f,project:p"]);
    assert_eq!(
        refused(&dataset).await,
        "relations.csv:2  id = d\n    this id is already used by a data set → choose another id: ids are unique across all records and data sets\n"
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
        "relations.csv:2  from_id = university:u\n    INVESTS_IN cannot connect UNIVERSITY to PROJECT → INVESTS_IN connects FUND, ORGANIZATION, COMPANY → PROJECT, COMPANY, FUND, LAB; to connect UNIVERSITY to PROJECT use PROVIDES_SERVICE, \
         TRANSFERS_TECH, COLLABORATES_WITH\n\
         relations.csv:3  to_id = region:a\n    INVESTS_IN cannot connect FUND to REGION → INVESTS_IN connects FUND, ORGANIZATION, COMPANY → PROJECT, COMPANY, FUND, LAB; to connect FUND to REGION use RETURNS_TO, COLLABORATES_WITH, \
         LEVERAGES, LOCATED_IN, GOVERNED_BY\n\
         relations.csv:4  to_id = industry:i\n    PART_OF cannot connect REGION to INDUSTRY → PART_OF connects REGION → \
         REGION; INDUSTRY → INDUSTRY; PROGRAM → PROGRAM; FACILITY → FACILITY; to connect REGION to INDUSTRY use COLLABORATES_WITH\n"
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
         relations.csv:3  to_id = project:nowhere\n    no entity has this id → add it first, or correct the id\n"
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
        "relations.csv:3  share = 0.5\n    the shares of project:chips valid in 2024 would sum to 1.2 → write at most 0.3, which is what is left beside relations.csv:2 (0.7)\n"
    );
    let graph = Graph::empty().await;
    graph.import(&relations(columns, &rows[..1])).await.unwrap();
    let other = Files::of("e").table("relations", columns, &[rows[1]]);
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "e: 1 row rejected, nothing of this data set was written\nrelations.csv:2  share = 0.5\n    the shares of \
         project:chips valid in 2024 would sum to 1.2 → write at most 0.3, which is what is left beside r1 (0.7)\n"
    );
    let beyond = [
        "r1,IN_INDUSTRY,project:p,industry:i,1.01,,",
        "r2,INVESTS_IN,fund:f,project:p,0.5,,",
    ];
    assert_eq!(
        refused(&relations(columns, &beyond)).await,
        "relations.csv:2  share = 1.01\n    a share must be between 0 and 1 → write a fraction of the whole, such as 0.25 for a quarter\n\
         relations.csv:3  share = 0.5\n    INVESTS_IN has no share → leave the cell empty: only CARRIED_BY and IN_INDUSTRY have a share\n"
    );
}

#[tokio::test]
async fn parts_of_what_a_project_keeps() {
    let columns = "id,kind,from_id,to_id,share,amount,unit,basis";
    let rows = [
        "r1,CARRIED_BY,project:p,company:c,0.6,60,EUR,GRANTED",
        "r2,CARRIED_BY,project:chips,company:c,0.6,,,",
        "r3,CARRIED_BY,project:chips,company:c,0.5,,,",
        // Shares of its industries are shares of another whole.
        "r4,IN_INDUSTRY,project:chips,industry:i,0.9,,,",
    ];
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        "relations.csv:2  share = 0.6\n    the row has both a share and an amount (60) → state one of the two and leave the other empty\n\
         relations.csv:4  share = 0.5\n    the shares of project:chips would sum to 1.1 → write at most 0.4, which is what is left beside \
         relations.csv:3 (0.6)\n"
    );
    let graph = Graph::empty().await;
    graph
        .import(&relations(columns, &[rows[1], rows[3]]))
        .await
        .unwrap();
    let other = Files::of("e").table("relations", columns, &[rows[2]]);
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "e: 1 row rejected, nothing of this data set was written\nrelations.csv:2  share = 0.5\n    the shares of \
         project:chips would sum to 1.1 → write at most 0.4, which is what is left beside r2 (0.6)\n"
    );
}

#[tokio::test]
async fn amounts_of_more_digits_than_flows_compute_with() {
    let columns = "id,kind,from_id,to_id,amount,unit,basis";
    let rows = [
        "r1,INVESTS_IN,fund:f,project:p,999999999999999.999999,CNY,INVESTED",
        "r2,INVESTS_IN,fund:f,project:p,1000000000000000,CNY,INVESTED",
        "r3,INVESTS_IN,fund:f,project:p,0.0000001,CNY,INVESTED",
        "r4,INVESTS_IN,fund:f,project:p,1.5000000000,CNY,INVESTED",
    ];
    let too_many = "the amount has too many digits (expected at most 15 digits before the point and 6 after it) → round it, or \
                    write it in a larger unit";
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        format!(
            "relations.csv:3  amount = 1000000000000000\n    {too_many}\nrelations.csv:4  amount = 0.0000001\n    {too_many}\n"
        )
    );
}

#[tokio::test]
async fn a_cycle() {
    let rows = ["r1,PART_OF,region:a,region:b", "r2,PART_OF,region:b,region:a"];
    let cycle = "relations.csv:3  to_id = region:a\n    PART_OF would form a cycle: region:b → region:a → \
                 region:b → remove one of these: this, relations.csv:2\n";
    assert_eq!(refused(&relations(RELATION, &rows)).await, cycle);
    let graph = Graph::empty().await;
    graph.import(&relations(RELATION, &rows[..1])).await.unwrap();
    let other = Files::of("e").table("relations", RELATION, &[rows[1]]);
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "e: 1 row rejected, nothing of this data set was written\nrelations.csv:2  to_id = region:a\n    PART_OF would form a cycle: region:b → region:a → region:b → remove one of these: this, r1\n"
    );
    let itself = relations(RELATION, &["r1,SUBSET_OF,company:c,company:c"]);
    assert_eq!(
        refused(&itself).await,
        "relations.csv:2  to_id = company:c\n    SUBSET_OF would form a cycle: company:c → company:c → leave it out, or correct one of its ends\n"
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
        ",5,RANGE,CNY,INVESTED,",
        "5,6,AT_LEAST,CNY,INVESTED,",
        "5,6,AT_MOST,CNY,INVESTED,",
        "0,,LESS_THAN,CNY,INVESTED,",
        "6,6,LESS_THAN,CNY,INVESTED,",
        ",-6,AT_MOST,CNY,INVESTED,",
        ",,AT_MOST,CNY,INVESTED,",
    ]
    .iter()
    .enumerate()
    .map(|(n, cells)| row(n, cells))
    .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        "relations.csv:2  amount_max = 3\n    the range is inverted: 5 is above 3 → write 3 to 5, or correct one end\n\
         relations.csv:3  unit is empty\n    an amount needs a unit and a basis → give both, as in CNY and PAID_IN\n\
         relations.csv:4  basis is empty\n    an amount needs a unit and a basis → give both, as in CNY and PAID_IN\n\
         relations.csv:5  amount = 5\n    UNKNOWN takes no amount → leave the amount empty, or give another qualifier\n\
         relations.csv:6  amount_max is empty\n    RANGE needs both amount and amount_max → write AT_LEAST where only the lower end is stated\n\
         relations.csv:7  amount_max = 5\n    MORE_THAN 5 cannot end at 5 → give a larger upper end, or none\n\
         relations.csv:8  amount = 1e9\n    `1e9` is not a valid number (expected digits with an optional decimal point) → write 1000000000\n\
         relations.csv:9  amount = -5\n    an amount cannot be negative: -5 → only a CHANGE may be negative; money given back is a RETURNS_TO of its positive amount\n\
         relations.csv:10  qualifier = exact\n    `exact` is not a valid qualifier → did you mean EXACT?\n\
         relations.csv:11  unit = yuan\n    `yuan` is not a valid unit (expected a code of capital letters, as CNY, PERSON, PROJECT) → write CNY\n\
         relations.csv:12  amount is empty\n    EXACT needs an amount → give the amount, or write UNKNOWN\n\
         relations.csv:13  amount_max = 6\n    EXACT takes one amount, without amount_max → leave the upper end empty, or write RANGE\n\
         relations.csv:14  amount is empty\n    RANGE needs both amount and amount_max → write AT_MOST where only the upper end is stated\n\
         relations.csv:15  amount_max = 6\n    AT_LEAST takes one end, but both amount and amount_max are given → write RANGE where both ends are stated\n\
         relations.csv:16  amount_max = 6\n    AT_MOST takes one end, but both amount and amount_max are given → write RANGE where both ends are stated\n\
         relations.csv:17  amount_max is empty\n    LESS_THAN 0 cannot begin at 0 → give a larger upper end\n\
         relations.csv:18  amount_max = 6\n    LESS_THAN 6 cannot begin at 6 → give a larger upper end\n\
         relations.csv:19  amount_max = -6\n    an amount cannot be negative: -6 → only a CHANGE may be negative; money given back is a RETURNS_TO of its positive amount\n\
         relations.csv:20  amount is empty\n    AT_MOST needs an amount → give the amount, or write UNKNOWN\n"
    );
}

#[tokio::test]
async fn a_row_without_evidence() {
    let rows = "fund:a,FUND,甲,,,,,\nfund:b,FUND,乙,,L1,乙,STATED,AUDITED\nfund:c,FUND,丙,source:s,,,,\n";
    let files = Files::new().file("entities.csv", &format!("id,kind,name_zh,{EVIDENCE}\n{rows}"));
    assert_eq!(
        refused(&files).await,
        "entities.csv:2  source_id is empty\n    a row needs evidence → give source_id, locator, quote, assertion and reliability\n\
         entities.csv:3  source_id is empty\n    this cell cannot be empty → write the id of the source that states this, as in sources.csv\n\
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
        "project:p,PROJECT,甲,a|,LANDING,many,2024,2024-01,ror,,",
        "fund:b,FUND,,,,,,,,,",
        "region:r,REGION,甲,,,,24,,,120.9,",
        "industry:i,INDUSTRY,甲,,,,,,,,region:q",
    ];
    assert_eq!(
        refused(&Files::new().table("entities", columns, &rows)).await,
        "entities.csv:2  kind = FUND\n    the id region:x is that of a REGION, not of a FUND → write REGION, or an id that begins with fund:\n\
         entities.csv:3  id = fund:天使\n    `fund:天使` is not a valid id ('天' is not allowed) → write ASCII letters, digits and . _ - : /\n\
         entities.csv:4  stage = LANDED\n    a FUND has no stage → leave the cell empty: this column is only for PROJECT\n\
         entities.csv:5  tags = a|\n    a list item cannot be empty → leave it out\n\
         entities.csv:5  size = many\n    `many` is not a valid size (expected a number, a range or ?) → write 680, >10, >=10, <10, <=10, >10..19, 11..19, 11..<20, ~680 (rounded) or ? (unknown)\n\
         entities.csv:5  valid_to = 2024-01\n    valid_from 2024 is not before valid_to 2024-01 (valid_to is the first day on which it no longer holds) → for a time that lasts until the end of 2024-01 write 2024-02 as valid_to\n\
         entities.csv:5  external_ids = ror\n    `ror` is not a valid external id (expected `scheme:value`) → write it as gbt2260:320583\n\
         entities.csv:5  stage = LANDING\n    `LANDING` is not a valid stage → one of IN_TALKS, DOCKED, INVESTED, SUPPORTED, INTRODUCED, LANDED\n\
         entities.csv:6  name_zh is empty\n    an entity needs a name → give it a name in any language\n\
         entities.csv:7  valid_from = 24\n    `24` is not a valid date (expected 2024, 2024-03 or 2024-03-05) → write 0024\n\
         entities.csv:7  latitude is empty\n    a location needs both longitude and latitude → give both, in degrees, or neither\n\
         entities.csv:8  region_id = region:q\n    LOCATED_IN cannot connect INDUSTRY to REGION → LOCATED_IN connects PARK, UNIVERSITY, LAB, FACILITY, FUND, EXPERT, PROJECT, COMPANY, ORGANIZATION, PROGRAM → REGION; to connect INDUSTRY to REGION use COLLABORATES_WITH, GOVERNED_BY\n\
         entities.csv:8  region_id = region:q\n    no entity has this id → add it first, or correct the id\n"
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
        "r6,COLLABORATES_WITH,fund:f,project:p,,FORWARD,,",
    ];
    assert_eq!(
        refused(&relations(columns, &rows)).await,
        "relations.csv:2  resource = TALENT\n    INVESTS_IN always carries CAPITAL → leave the cell empty\n\
         relations.csv:2  flow = BACKWARD\n    INVESTS_IN cannot have the flow BACKWARD → write FORWARD, BOTH or UNSTATED\n\
         relations.csv:2  under = fund:angel\n    a relation can only fall under a PROGRAM; this is a FUND → write the id of a programme, or leave it out\n\
         relations.csv:3  driver = STATE\n    `STATE` is not a valid driver → one of ADMINISTRATIVE, MARKET, HYBRID, UNSTATED\n\
         relations.csv:4  flow = NONE\n    CO_BUILDS cannot have the flow NONE → write FORWARD, BACKWARD, BOTH or UNSTATED\n\
         relations.csv:6  flow = NONE\n    INVESTS_IN cannot have the flow NONE → write FORWARD, BOTH or UNSTATED\n\
         relations.csv:7  flow = FORWARD\n    COLLABORATES_WITH cannot have the flow FORWARD → write BOTH or UNSTATED\n"
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
        "rules.csv:2  bearer_id = project:p\n    a rule belongs to a PROGRAM or a FUND; this is a PROJECT → write the id of the programme or fund that has the rule\n\
         rules.csv:4  rule_type = CO_INVEST\n    this differs from the first row of the rule at rules.csv:3 → write the same value in every row of the rule\n\
         rules.csv:4  base = y\n    this differs from the first row of the rule at rules.csv:3 → write the same value in every row of the rule\n\
         rules.csv:4  part = 1\n    this part of the rule is already given at rules.csv:3 → give each part its own number: (id, part) is unique\n\
         rules.csv:5  lower = 5\n    a part must be at most 1 → write a fraction of 1; for weights such as 5, 3 and 2, make lower and upper equal in every part\n\
         rules.csv:5  upper = 6\n    a part must be at most 1 → write a fraction of 1; for weights such as 5, 3 and 2, make lower and upper equal in every part\n\
         rules.csv:6  part = 2\n    part 1 of rule:d is missing → number the parts 1, 2, …\n\
         rules.csv:7  party_id = fund:nobody\n    no entity has this id → add it first, or correct the id\n\
         rules.csv:7  lower = 1.1\n    the lower ends of the parts sum to more than 1 → correct a part; for weights, make lower and upper equal in every part\n\
         rules.csv:9  part = 0\n    `0` is not a valid part number (expected 1 or more) → number the parts 1, 2, …\n\
         rules.csv:10  upper = 0.2\n    the range is inverted: 0.3 is above 0.2 → swap lower and upper, or correct one\n"
    );
}

#[tokio::test]
async fn sources_statements_and_names() {
    let files = Files::new()
        .currency("CNY")
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
        "sources.csv:3  title is empty\n    this cell cannot be empty → write the title as it appears in the source\n\
         sources.csv:3  published_on = 2024-13\n    `2024-13` is not a valid date (months are 01 to 12) → write 2024, or correct the month\n\
         sources.csv:4  sha256 = ABC\n    this is not a valid sha256 (expected 64 hexadecimal digits in lower case) → write what `sha256sum` prints for the file\n\
         statements.csv:2  subject_id = fund:b\n    no record has this id → did you mean fund:a (entities.csv:2)?\n\
         statements.csv:3  property = paid_in\n    only a FUND has `paid_in`; this is a PROGRAM → leave the property empty if the statement is about the record as a whole\n\
         statements.csv:4  amount = 5\n    this amount does not correspond to an amount of the record → name the property: size, committed or paid_in\n\
         statements.csv:5  amount = 5\n    RANGE needs both amount and amount_max → write AT_LEAST where only the lower end is stated\n\
         statements.csv:6  subject_id = source:s\n    a source cannot be the subject of a statement → leave the statement out\n\
         statements.csv:7  amount = x\n    `x` is not a valid number (expected digits with an optional decimal point) → write digits such as 1500000 or 0.25, without exponent or separators\n\
         statements.csv:7  rank = BEST\n    `BEST` is not a valid rank → one of PREFERRED, NORMAL, DEPRECATED\n\
         names.csv:2  entity_id = fund:c\n    no entity has this id → did you mean fund:a (entities.csv:2)?\n\
         names.csv:3  lang = z\n    `z` is not a valid language tag → write a language tag such as zh, en or zh-Latn\n\
         names.csv:4  role = NICK\n    `NICK` is not a valid role → one of OFFICIAL, ALIAS, ABBREVIATION, TRANSLITERATION\n"
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
        "entities.jsonl:1  name_zh = 甲\n    a list is not valid here (expected a single text) → write a single text\n\
         entities.jsonl:1  tags = [1]\n    this JSON value is not valid here (expected an array of texts) → write an array of texts\n\
         entities.jsonl:1  size = true\n    this JSON value is not valid here (expected a text or a number) → write a text or a number\n"
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
         on lines 2 to 2, the source reads: 专家库扩容至 → the source does not contain it; copy the quotation from the source\n"
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
        "entities.csv:1: no column `nmae_zh` in entities; did you mean `name_zh`?"
    );
    assert_eq!(
        message(&Files::new().file("entitys.csv", "id\n")),
        "entitys.csv is not a file of a data set; did you mean entities.csv?"
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
        "entities.csv:2: the file is not UTF-8; it looks like GB18030; run the import again with `--encoding gb18030`, or save the file as UTF-8"
    );
    let files = Files::new();
    fs::remove_file(files.path().join("dataset.toml")).unwrap();
    assert!(
        message(&files)
            .ends_with("is not a data set (expected a dataset.toml in it); name the directory that has one")
    );
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
    let ImportOutcome { result, .. } = import(&service, read_directory(files.path()).unwrap(), &options())
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
        "entities.csv:5  kind = FOND\n    `FOND` is not a valid kind → did you mean FUND?\n"
    );
}

/// The message for a data set that cannot be read, without its directory.
fn unreadable(files: &Files) -> String {
    let error = read_directory(files.path()).unwrap_err().to_string();
    error.replace(&format!("{}/", files.path().display()), "")
}

fn with_bytes(name: &str, bytes: &[u8]) -> Files {
    let files = Files::new();
    fs::write(files.path().join(name), bytes).unwrap();
    files
}

const FIRM: &str = "id,kind,name_zh,source_id,reliability\ncompany:a,COMPANY,甲公司,source:s,SYNTHETIC\n";

#[tokio::test]
async fn a_quotation_mark_where_none_can_be_is_an_error_on_its_line() {
    let message = |rows: &str| {
        unreadable(&Files::new().file(
            "entities.csv",
            &format!("id,kind,name_zh,description,{EVIDENCE}\n{rows}"),
        ))
    };
    assert_eq!(
        message(&format!("fund:a,FUND,甲,\"一\n二\"三,{STATED}\n")),
        "entities.csv:3: `三` follows the closing quotation mark of its cell; double a quotation mark that is part of the text, or remove what follows the cell"
    );
    assert_eq!(
        message(&format!(
            "fund:a,FUND,甲,,{STATED}\nfund:b,FUND,乙 \"大\" 丙,,{STATED}\n"
        )),
        "entities.csv:3: a quotation mark is inside the cell `乙 \"大\" 丙`, which does not begin with one; enclose the cell in quotation marks and double each mark in it: \"a \"\"b\"\" c\""
    );
    assert_eq!(
        message(&format!(
            "fund:a,FUND,\"甲\n乙\",,{STATED}\nfund:b,FUND,乙,\"开,{STATED}\nfund:c,FUND,丙,,{STATED}\n"
        )),
        "entities.csv:4: the quotation mark that opens a cell on this line is never closed; close it, and double each quotation mark that is part of the text"
    );
}

#[tokio::test]
async fn a_separator_or_an_encoding_that_is_not_the_formats_is_named() {
    for (mark, name) in [(";", "semicolon"), ("\t", "tab")] {
        assert_eq!(
            unreadable(&Files::new().file("entities.csv", &FIRM.replace(',', mark))),
            format!(
                "entities.csv:1: the cells are separated by a {name}, not by a comma; run the import again with `--separator {name}`"
            )
        );
    }
    let wide = |unit: fn(u16) -> [u8; 2]| FIRM.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
    let told = |name: &str| {
        format!(
            "the file is not UTF-8; it looks like {name}; run the import again with `--encoding {}`, or save the file as UTF-8",
            name.to_lowercase()
        )
    };
    for (bytes, name, line) in [
        ([&[0xff, 0xfe], &little[..]].concat(), "UTF-16LE", 1),
        ([&[0xfe, 0xff], &big[..]].concat(), "UTF-16BE", 1),
        (little, "UTF-16LE", 1),
        (big, "UTF-16BE", 1),
        (bytes_of(FIRM, b"\xbc\xd7\xb9\xab\xcb\xbe"), "GB18030", 2),
        (bytes_of(FIRM, b"M\xfcller"), "windows-1252", 2),
        (
            bytes_of(&FIRM.replace('\n', "\r"), b"M\xfcller"),
            "windows-1252",
            2,
        ),
        (bytes_of(FIRM, b"\xcf\xf0\xe8\xec\xe5\xf0"), "windows-1251", 2),
    ] {
        assert_eq!(
            unreadable(&with_bytes("entities.csv", &bytes)),
            format!("entities.csv:{line}: {}", told(name))
        );
    }
}

/// The text with its Chinese name in another encoding.
fn bytes_of(text: &str, name: &[u8]) -> Vec<u8> {
    let (before, after) = text.split_once("甲公司").unwrap();
    [before.as_bytes(), name, after.as_bytes()].concat()
}

#[tokio::test]
async fn a_byte_order_mark_and_lines_that_end_in_cr_are_fine() {
    let rows = FIRM.replace("甲公司", "甲").replace('\n', "\r");
    Graph::empty()
        .await
        .import(&Files::new().file("entities.csv", &format!("\u{feff}{rows}")))
        .await
        .unwrap();
    let wrong = format!("{rows}company:b,COMPANYX,乙,source:s,SYNTHETIC\r");
    assert!(
        refused(&Files::new().file("entities.csv", &wrong))
            .await
            .starts_with("entities.csv:3  kind = COMPANYX\n")
    );
    let line = r#"{"id":"company:a","kind":"COMPANY","name_en":"F","source_id":"source:s","reliability":"SYNTHETIC"}"#;
    let lines = format!("\u{feff}{line}\r{}\r", line.replace("company:a", "company b"));
    assert!(
        refused(&Files::new().file("entities.jsonl", &lines))
            .await
            .starts_with("entities.jsonl:2  id = company b\n")
    );
}

#[tokio::test]
async fn dates_say_what_was_meant() {
    let rows = [
        "project:day,PROJECT,甲,2024-06-30,2024-06-30",
        "project:year,PROJECT,甲,2014,2014",
        "project:april,PROJECT,甲,2024-01-01,2015-04-31",
        "project:month,PROJECT,甲,2014-03,2014-03",
        "university:old,UNIVERSITY,甲,976,",
        "project:iso,PROJECT,甲,2024-01-01T00:00:00Z,",
        "project:dmy,PROJECT,甲,31.12.2024,",
    ];
    let exclusive = "(valid_to is the first day on which it no longer holds)";
    let expected = "(expected 2024, 2024-03 or 2024-03-05)";
    assert_eq!(
        refused(&Files::new().table("entities", "id,kind,name_zh,valid_from,valid_to", &rows)).await,
        format!(
            "entities.csv:2  valid_to = 2024-06-30\n    valid_from 2024-06-30 is not before valid_to 2024-06-30 {exclusive} → for 2024-06-30 alone write 2024-07-01 as valid_to\n\
             entities.csv:3  valid_to = 2014\n    valid_from 2014 is not before valid_to 2014 {exclusive} → for 2014 alone write 2015 as valid_to\n\
             entities.csv:4  valid_to = 2015-04-31\n    `2015-04-31` is not a valid date (April has 30 days) → write 2015-04-30, or 2015-04 where the day is not known\n\
             entities.csv:5  valid_to = 2014-03\n    valid_from 2014-03 is not before valid_to 2014-03 {exclusive} → for 2014-03 alone write 2014-04 as valid_to\n\
             entities.csv:6  valid_from = 976\n    `976` is not a valid date {expected} → write 0976\n\
             entities.csv:7  valid_from = 2024-01-01T00:00:00Z\n    `2024-01-01T00:00:00Z` is not a valid date {expected} → write 2024-01-01\n\
             entities.csv:8  valid_from = 31.12.2024\n    `31.12.2024` is not a valid date {expected} → write 2024-12-31\n"
        )
    );
}

#[tokio::test]
async fn names_that_do_not_show_as_they_are_stored() {
    let evidence = "\"kind\":\"COMPANY\",\"source_id\":\"source:s\",\"reliability\":\"SYNTHETIC\"";
    let lines = |names: &[&str]| {
        let line = |(place, name): (usize, &&str)| {
            format!(
                "{{\"id\":\"company:c{place}\",\"name_en\":{},{evidence}}}\n",
                serde_json::json!(name)
            )
        };
        Files::new().file(
            "entities.jsonl",
            &names.iter().enumerate().map(line).collect::<String>(),
        )
    };
    let bad = [
        " Firm  ",
        "Firm\nin two lines",
        "Fi\u{200b}rm",
        "Firm\tTab",
        "Firm \u{7} bell",
        "\u{202e}Firm",
        "\u{200d}",
    ];
    assert_eq!(
        refused(&lines(&bad)).await,
        "entities.jsonl:1  name_en =  Firm  \n    there is white space around the text → write it without: `Firm`\n\
         entities.jsonl:2  name_en = Firm⏎in two lines\n    a line break (U+000A) is not allowed here → write it on one line: `Firm in two lines`\n\
         entities.jsonl:3  name_en = Fi<U+200B>rm\n    an invisible character (U+200B) is not allowed here → take it out: `Firm`\n\
         entities.jsonl:4  name_en = Firm<U+0009>Tab\n    a tab (U+0009) is not allowed here → write a space instead: `Firm Tab`\n\
         entities.jsonl:5  name_en = Firm <U+0007> bell\n    a control character (U+0007) is not allowed here → take it out: `Firm  bell`\n\
         entities.jsonl:6  name_en = <U+202E>Firm\n    a bidirectional control character (U+202E) is not allowed here → take it out, because the direction follows from the letters: `Firm`\n\
         entities.jsonl:7  name_en = \u{200d}\n    the text has no visible character → write a text with a visible character, or leave it empty\n"
    );
    let good = [
        "Firm\u{a0}NBSP",
        "Firm 🚀",
        "<b>Firm</b> & Co",
        "Mu\u{308}ller",
        "Müller",
        "𠮷野家",
        "A|B",
    ];
    Graph::empty().await.import(&lines(&good)).await.unwrap();
}

#[tokio::test]
async fn an_own_statement_needs_its_row() {
    let base = Files::of("base").entities(&["fund:a"]);
    let graph = Graph::empty().await;
    graph.import(&base).await.unwrap();
    let other = Files::of("other").table("statements", "subject_id,own", &["fund:a,true", "fund:a,yes"]);
    assert_eq!(
        graph.import(&other).await.unwrap_err(),
        "other: 2 rows rejected, nothing of this data set was written\n\
         statements.csv:2  own = true\n    an own statement needs a row for its record in this data set → leave the cell empty\n\
         statements.csv:3  own = yes\n    `yes` is not valid here (expected true or false) → write true, or leave the cell empty\n"
    );
}
