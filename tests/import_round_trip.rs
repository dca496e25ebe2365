//! What is exported, taken in and exported again is the same to the byte, in either form.

use hukun::dataset::ExportFormat;
use proptest::prelude::*;

use crate::import_support::{Files, Graph};

/// A little data set that has every column, and text that breaks careless files.
pub fn rich() -> Files {
    let sources = "\u{feff}url,id,title,authors,affiliation,publisher,published_on,language,licence,sha256\r\n\
        https://example.org/a?b=c,source:s,\"强化,\"\"协同\"\"第二行\",刘|王,委员会,社,2024-03,zh,CC0-1.0,\
        c77bb6a56572a56fed91179de8a3bd7c72eb382cb7e9306959b7ea2976fd63b6\r\n";
    let ev = "source_id,locator,quote,assertion,reliability,as_of";
    let entities = format!(
        "id,kind,name_zh,name_en,aliases,region_id,description,tags,size,valid_from,valid_to,external_ids,former_ids,level,scheme,code,\
         longitude,latitude,park_type,lab_type,facility_type,capacity,fund_type,committed,paid_in,title_class,fields,contact,stage,\
         listing_board,org_type,family,claim_type,{ev}\n\
         region:r,REGION,甲,A,,,,,,,,gbt2260:320583,,CITY,,,120.90,31.30,,,,,,,,,,,,,,,,source:s,\"L5 [14,33)\",甲,STATED,AUDITED,2024\n\
         region:q,REGION,乙,,,region:r,,,,,,,,,,,,,,,,,,,,,,,,,,,,source:s,,,IMPLIED,SYNTHETIC,\n\
         industry:i,INDUSTRY,芯片,Chips,,,,,,,,,,,SEI,1.2,,,,,,,,,,,,,,,,,,source:s,L1,,COMPUTED,INDEPENDENT,\n\
         park:p,PARK,园,,,region:q,,cohort,>10,,,,,,,,,,SCIENCE,,,,,,,,,,,,,,,source:s,L1,园,STATED,AUDITED,\n\
         university:u,UNIVERSITY,大学,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,source:s,L1,学,STATED,AUDITED,\n\
         lab:l,LAB,室,,,,,cohort,4,,,,,,,,,,,JOINT,,,,,,,,,,,,,,source:s,L1,室,STATED,AUDITED,\n\
         facility:f,FACILITY,算,,,,,,,,,,,,,,,,,,COMPUTING,\"100P, 或更多\",,,,,,,,,,,,source:s,L1,算,STATED,AUDITED,\n\
         fund:f,FUND,基金,Fund,F1|母基金|一号,,\"一只\n基金, \"\"大\"\"\",b|a,,2020,2030-01-02,ror:x|uscc:y:z,fund:old,,,,,,,,,,FOF,>5000000000 CNY,~14.760 EUR,,,,,,,,,source:s,L1,基金,STATED,AUDITED,\n\
         expert:e,EXPERT,专家,,,,,cohort,11..19,,,,,,,,,,,,,,,,,SENIOR,ai|chips,a@example.org,,,,,,source:s,L1,家,STATED,AUDITED,\n\
         project:j,PROJECT,项目,,,,,cohort,>10..19,,,,,,,,,,,,,,,,,,,,LANDED,,,,,source:s,L1,项,STATED,AUDITED,\n\
         company:c,COMPANY,公司,,,,,cohort,?,,,,,,,,,,,,,,,,,,,,,STAR,,,,source:s,L1,司,STATED,AUDITED,\n\
         organization:o,ORGANIZATION,局,,,,,,,,,,,,,,,,,,,,,,,,,,,,GOVERNMENT,,,source:s,L1,局,STATED,AUDITED,\n\
         program:m,PROGRAM,机制,,,,,,,,,,,,,,,,,,,,,,,,,,,,,SHARING,,source:s,L1,制,STATED,AUDITED,\n\
         claim:k,CLAIM,论断,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,LESSON,source:s,L1,断,NORMATIVE,AUDITED,\n"
    );
    let relations = format!(
        "id,kind,from_id,to_id,resource,flow,amount,amount_max,qualifier,unit,basis,measure,original_text,share,under,driver,valid_from,valid_to,{ev}\n\
         r/1,INVESTS_IN,fund:f,project:j,CAPITAL,FORWARD,5000000000,,MORE_THAN,CNY,INVESTED,,超50亿元,,program:m,MARKET,2024,,source:s,L1,投,STATED,AUDITED,\n\
         r/2,CO_BUILDS,university:u,lab:l,TECHNOLOGY,BOTH,,,,,,,,,,UNSTATED,,,source:s,L1,建,STATED,AUDITED,\n\
         r/3,IN_INDUSTRY,project:j,industry:i,,,,,,,,,,0.50,,,,,source:s,L1,业,STATED,AUDITED,\n\
         r/4,COMMUTES,region:q,park:p,,UNSTATED,10,19,RANGE,PERSON,DELIVERED,STOCK,,,,,,,source:s,L1,通,STATED,AUDITED,\n\
         r/5,CONTRIBUTES_TO,organization:o,fund:f,,,,,UNKNOWN,CNY,PAID_IN,,,,,HYBRID,,,source:s,L1,出,STATED,AUDITED,\n\
         r/6,INVESTS_IN,fund:f,company:c,,,5.0,,AT_LEAST,EUR,INVESTED,,不少于5,,,,,,source:s,L1,投,STATED,AUDITED,\n\
         r/7,INVESTS_IN,fund:f,company:c,,,,5,AT_MOST,EUR,INVESTED,,不超过5,,,,,,source:s,L1,投,STATED,AUDITED,\n\
         r/8,INVESTS_IN,fund:f,company:c,,,5,,LESS_THAN,JPY,INVESTED,,不足5,,,,,,source:s,L1,投,STATED,AUDITED,\n\
         r/9,INVESTS_IN,fund:f,company:c,,,5,9,LESS_THAN,CNY,INVESTED,,5至不足9,,,,,,source:s,L1,投,STATED,AUDITED,\n"
    );
    let observations = format!(
        "id,entity_id,indicator,amount,amount_max,qualifier,unit,basis,measure,original_text,period,{ev}\n\
         o1,park:p,growth,-42.0,,ROUNDED,PERCENT,MEASURED,CHANGE,降42%,2024-01/2024-06,source:s,L1,降,STATED,AUDITED,\n\
         o2,park:p,mood,,,QUALITATIVE,,,,好,2024,source:s,L1,好,STATED,AUDITED,\n\
         o3,fund:f,none,,,NONE,CNY,OUTPUT,,,,source:s,L1,无,STATED,AUDITED,\n"
    );
    let rules = format!(
        "id,bearer_id,rule_type,base,part,party_id,party_label,lower,upper,{ev}\n\
         rule:x,program:m,ALLOCATION,税,2,,乙方,3,3.0,source:s,L2,三,STATED,AUDITED,\n\
         rule:x,program:m,ALLOCATION,税,1,region:r,甲方,5,5,source:s,L1,五,STATED,AUDITED,\n\
         rule:y,fund:f,CO_INVEST,,1,,,0.2,0.3,source:s,L1,二至三,STATED,AUDITED,\n\
         rule:y,fund:f,CO_INVEST,,2,organization:o,,0.7,,source:s,L1,七,STATED,AUDITED,2024-05-06\n"
    );
    let statements = format!(
        "subject_id,property,amount,amount_max,qualifier,rank,{ev}\n\
         fund:f,paid_in,15,,,PREFERRED,source:s,L9,十五,STATED,AUDITED,2023\n\
         expert:e,size,10,20,RANGE,DEPRECATED,source:s,L9,十到二十,STATED,AUDITED,\n\
         facility:f,capacity,,,,,source:s,L9,能,STATED,AUDITED,\n\
         r/1,,6000000000,,,,source:s,L9,六十亿,IMPLIED,SELF_REPORTED,\n\
         rule:x,,,,,,source:s,L9,三方,SUPERLATIVE,SELF_REPORTED,\n\
         o1,,,,UNKNOWN,,source:s,free text,未知,STATED,AUDITED,\n"
    );
    let names = format!(
        "entity_id,value,lang,role,{ev}\n\
         fund:f,FF,en,ABBREVIATION,source:s,L7,称为FF的基金,STATED,AUDITED,\n\
         fund:f,Fonds,fr,OFFICIAL,source:s,L1,基金,STATED,AUDITED,\n\
         fund:f,a|b,en,ALIAS,source:s,L7,称为FF的基金,STATED,AUDITED,\n\
         fund:f,第二名,zh,OFFICIAL,source:s,L8,第二名,STATED,AUDITED,\n\
         fund:f,Jijin,zh-Latn,TRANSLITERATION,source:s,L8,拼音Jijin,STATED,AUDITED,2024\n"
    );
    Files::new()
        .file("dataset.toml", "id = \"d\"\ntitle = \"上海 \\\"→\\\" 昆山\"\nlicence = \"CC0-1.0\"\nsynthetic = true\ncoverage = \"CENSUS\"\naccess = \"restricted\"\n")
        .file("sources.csv", sources)
        .file("entities.csv", &entities.replace('\n', "\r\n"))
        .file("relations.csv", &relations)
        .file("observations.csv", &observations)
        .file("rules.csv", &rules)
        .file("statements.csv", &statements)
        .file("names.csv", &names)
}

#[tokio::test]
async fn every_column_comes_back_in_either_form() {
    let graph = Graph::empty().await;
    Graph::counts(graph.import(&rich()).await);
    let csv = graph.export("d", ExportFormat::Csv).await;
    let jsonl = graph.export("d", ExportFormat::Jsonl).await;
    for first in [&csv, &jsonl] {
        let counts = Graph::counts(graph.import(first).await);
        assert_eq!(
            (counts.0, counts.1, counts.3),
            (0, 0, 0),
            "an export says what stands"
        );
        let other = Graph::empty().await;
        Graph::counts(other.import(first).await);
        assert_eq!(other.export("d", ExportFormat::Csv).await.texts(), csv.texts());
        assert_eq!(
            other.export("d", ExportFormat::Jsonl).await.texts(),
            jsonl.texts()
        );
    }
}

#[tokio::test]
async fn the_form_of_an_export_is_one() {
    let graph = Graph::empty().await;
    graph.import(&rich()).await.unwrap();
    let csv = graph.export("d", ExportFormat::Csv).await;
    assert_eq!(
        csv.text("sources.csv"),
        "id,title,authors,affiliation,publisher,published_on,language,licence,sha256,url\n\
         source:s,\"强化,\"\"协同\"\"第二行\",刘|王,委员会,社,2024-03,zh,CC0-1.0,\
         c77bb6a56572a56fed91179de8a3bd7c72eb382cb7e9306959b7ea2976fd63b6,https://example.org/a?b=c\n"
    );
    let fund = csv.text("entities.csv");
    let fund = fund
        .split("\nfund:f,")
        .nth(1)
        .unwrap()
        .split("\nindustry")
        .next()
        .unwrap();
    assert_eq!(
        fund,
        "FUND,基金,Fund,一号|母基金|F1,\"一只\r\n基金, \"\"大\"\"\",a|b,,2020,2030-01-02,ror:x|uscc:y:z,fund:old,,,,,,,,,,FOF,\
         >5000000000 CNY,~14.76 EUR,,,,,,,,,,,,source:s,L1,基金,STATED,AUDITED,"
    );
    assert_eq!(
        csv.text("names.csv"),
        "entity_id,value,lang,role,source_id,locator,quote,assertion,reliability,as_of\n\
         fund:f,第二名,zh,OFFICIAL,source:s,L8,第二名,STATED,AUDITED,\n\
         fund:f,Fonds,fr,OFFICIAL,source:s,L1,基金,STATED,AUDITED,\n\
         fund:f,a|b,en,ALIAS,source:s,L1,基金,STATED,AUDITED,\n\
         fund:f,FF,en,ABBREVIATION,source:s,L7,称为FF的基金,STATED,AUDITED,\n\
         fund:f,Jijin,zh-Latn,TRANSLITERATION,source:s,L8,拼音Jijin,STATED,AUDITED,2024\n"
    );
    assert_eq!(
        csv.text("relations.csv")
            .lines()
            .find(|line| line.starts_with("r/1,"))
            .unwrap(),
        "r/1,INVESTS_IN,fund:f,project:j,,,5000000000,,MORE_THAN,CNY,INVESTED,CUMULATIVE,超50亿元,,program:m,MARKET,2024,,\
         source:s,L1,投,STATED,AUDITED,"
    );
    assert_eq!(
        csv.text("statements.csv").lines().nth(1).unwrap(),
        "expert:e,size,10,20,RANGE,DEPRECATED,,source:s,L9,十到二十,STATED,AUDITED,"
    );
    let jsonl = graph.export("d", ExportFormat::Jsonl).await;
    assert_eq!(
        jsonl.text("rules.jsonl").lines().nth(1).unwrap(),
        "{\"id\":\"rule:x\",\"bearer_id\":\"program:m\",\"rule_type\":\"ALLOCATION\",\"base\":\"税\",\"part\":\"2\",\
         \"party_label\":\"乙方\",\"lower\":\"3\",\"upper\":\"3\",\"source_id\":\"source:s\",\"locator\":\"L2\",\
         \"quote\":\"三\",\"assertion\":\"STATED\",\"reliability\":\"AUDITED\"}"
    );
}

#[tokio::test]
async fn what_is_there_is_not_written_over() {
    let graph = Graph::empty().await;
    graph.import(&rich()).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let options = hukun::dataset::ExportOptions {
        format: ExportFormat::Csv,
        personal_data: false,
    };
    let id = hukun::model::id::DatasetId::parse("d").unwrap();
    let session = graph.session().await;
    let exported = hukun::dataset::write_directory(&session, &id, None, out.path(), options)
        .await
        .unwrap();
    let text = std::fs::read_to_string(exported.path.join("entities.csv")).unwrap();
    assert!(!text.contains("a@example.org"), "personal data was written");
    let again = hukun::dataset::write_directory(&session, &id, None, out.path(), options)
        .await
        .unwrap_err();
    assert!(
        again
            .to_string()
            .ends_with("is not empty; export to another directory, or remove it first"),
        "{again}"
    );
    assert_eq!(
        std::fs::read_dir(out.path()).unwrap().count(),
        1,
        "no half copy is left"
    );
}

/// A text that may stand in any field.
fn line() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        let text: String = text
            .chars()
            .filter(|c| !matches!(c, '\n' | '\r' | '\t' | '\u{feff}'))
            .collect();
        text.trim().to_string()
    })
}

/// Text of every sort that a cell of prose may hold.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_string()),
        Just(",".into()),
        Just("\n".into()),
        Just("\r\n".into()),
        Just("\r".into()),
        Just("|".into()),
        Just("昆山".into()),
        Just(" ".into()),
        Just("\u{feff}".into()),
        Just("'=1+1".into()),
        Just("=1+1".into()),
        Just("\t".into()),
        Just("＝".into()),
        Just("＠".into()),
        Just("-a".into()),
        Just("+".into()),
        Just("🜁".into()),
        "[ -~]{0,4}",
    ];
    proptest::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(description in text(), quote in text(), name in line(), title in line(), base in line()) {
        prop_assume!(!name.is_empty() && !title.is_empty());
        let is_blank = |text: &String| !text.is_empty() && text.chars().all(|c| c.is_whitespace() || c == '\u{feff}');
        prop_assume!(!is_blank(&description) && !is_blank(&quote));
        let mut cells = ::csv::Writer::from_writer(Vec::new());
        cells.write_record(["id", "kind", "name_zh", "description", "source_id", "quote", "reliability"]).unwrap();
        let header = String::from_utf8(cells.into_inner().unwrap()).unwrap();
        let entity = serde_json::json!({
            "id": "fund:a", "kind": "FUND", "name_zh": name, "description": description, "source_id": "source:s", "quote": quote,
            "reliability": "AUDITED",
        });
        let source = serde_json::json!({ "id": "source:s", "title": title, "licence": base });
        let files = Files::new().file("entities.csv", &header).file("entities.jsonl", &entity.to_string()).file("sources.csv", "id,title\n").file("sources.jsonl", &source.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let graph = Graph::empty().await;
            graph.import(&files).await.unwrap();
            let first = graph.export("d", ExportFormat::Csv).await;
            let id = hukun::model::id::EntityId::parse("fund:a").unwrap();
            let stored = graph.session().await.entities(&[id]).await.unwrap().remove(0).unwrap();
            assert_eq!(stored.description.as_deref(), Some(description.as_str()).filter(|text| !text.is_empty()));
            assert_eq!(stored.names[0].value, name);
            let other = Graph::empty().await;
            other.import(&graph.export("d", ExportFormat::Jsonl).await).await.unwrap();
            assert_eq!(other.export("d", ExportFormat::Csv).await.texts(), first.texts());
            // What a spreadsheet would compute stands in no cell of what is given out, and is a text again when it is taken in.
            let again = Graph::empty().await;
            again.import(&first).await.unwrap();
            assert_eq!(again.export("d", ExportFormat::Jsonl).await.texts(), graph.export("d", ExportFormat::Jsonl).await.texts());
            let risky = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
            for file in ["entities.csv", "sources.csv"] {
                let text = first.text(file);
                let mut reader = ::csv::Reader::from_reader(text.as_bytes());
                for row in reader.records() {
                    let row = row.unwrap();
                    assert!(!row.iter().any(risky), "{row:?}");
                }
            }
        });
    }
}
