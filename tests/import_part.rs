//! A part of the graph given out: what lies in a region, what was there on a day, with all it refers to and no more.

use hukun::dataset::{ExportFormat, ExportOptions, GraphSubset, SubsetOptions, write_directory};
use hukun::model::id::{DatasetId, EntityId};
use hukun::model::partial_date::PartialDate;
use hukun::service::ServiceError;

use crate::import_support::{Files, Graph};

/// `b` lies in `a`, and `c` elsewhere; a fund from there invests in a company here.
fn places() -> Files {
    Files::new()
        .file("sources.csv", "id,title\nsource:s,S\nsource:far,F\n")
        .table(
            "entities",
            "id,kind,name_zh,region_id,valid_from,valid_to",
            &[
                "region:a,REGION,甲,,,",
                "region:b,REGION,乙,region:a,,",
                "region:c,REGION,丙,,,",
                "park:p,PARK,园,region:b,,",
                "company:k,COMPANY,司,region:b,,",
                "company:gone,COMPANY,旧司,region:b,,2019",
                "fund:near,FUND,近基金,region:b,,",
                "fund:far,FUND,远基金,region:c,,",
                "company:far,COMPANY,远司,region:c,,",
                "industry:i,INDUSTRY,业,,,",
                "industry:other,INDUSTRY,别业,,,",
                "program:g,PROGRAM,策,,,",
                "program:h,PROGRAM,别策,,,",
            ],
        )
        .table(
            "relations",
            "id,kind,from_id,to_id,under,valid_from,valid_to",
            &[
                "hosted,HOSTED_AT,company:k,park:p,program:g,2020,2022",
                "in,IN_INDUSTRY,company:k,industry:i,,,",
                "in-other,IN_INDUSTRY,company:far,industry:other,,,",
                "near,INVESTS_IN,fund:near,company:k,,,",
                "across,INVESTS_IN,fund:far,company:k,program:h,,",
                "party,PARTY_TO,region:c,program:g,,,",
            ],
        )
        .table(
            "observations",
            "id,entity_id,indicator,amount,unit,basis",
            &[
                "observation:here,company:k,STAFF,5,PERSON,MEASURED",
                "observation:far,company:far,STAFF,6,PERSON,MEASURED",
            ],
        )
        .table(
            "rules",
            "id,bearer_id,rule_type,part,party_id,lower,upper",
            &[
                "rule:here,fund:near,CO_INVEST,1,fund:far,0.5,0.5",
                "rule:far,fund:far,CO_INVEST,1,fund:near,0.5,0.5",
            ],
        )
}

fn options(region: Option<&str>, day: Option<&str>) -> SubsetOptions {
    SubsetOptions {
        region: region.map(|id| EntityId::parse(id).unwrap()),
        at: day.map(|day| PartialDate::parse(day).unwrap().last_day().into()),
    }
}

/// The ids of a table, in its order.
fn ids(files: &[(String, String)], table: &str) -> Vec<String> {
    let (_, text) = files
        .iter()
        .find(|(name, _)| *name == format!("{table}.csv"))
        .unwrap_or_else(|| panic!("no {table}: {files:?}"));
    text.lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_string())
        .collect()
}

/// Gives a part out, takes it in elsewhere and gives all of that out: the same.
async fn part(graph: &Graph, options: &SubsetOptions, format: ExportFormat) -> Vec<(String, String)> {
    let (session, out) = (graph.session().await, tempfile::tempdir().unwrap());
    let part = GraphSubset::read(&session, options).await.unwrap();
    let how = ExportOptions {
        format,
        personal_data: true,
    };
    let dataset = DatasetId::parse("d").unwrap();
    assert!(part.includes_dataset(&dataset));
    let exported = write_directory(&session, &dataset, Some(&part), out.path(), how)
        .await
        .unwrap();
    let other = Graph::empty().await;
    other
        .import_with(&exported.path, &crate::import_support::options())
        .await
        .unwrap_or_else(|problem| panic!("{problem}"));
    let again = other.export("d", format).await.texts();
    let mut texts: Vec<(String, String)> = std::fs::read_dir(&exported.path)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                std::fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect();
    texts.sort();
    assert_eq!(again, texts);
    texts
}

#[tokio::test]
async fn a_region_is_given_out_with_what_it_refers_to_and_taken_in_again() {
    let graph = Graph::empty().await;
    graph.import(&places()).await.unwrap();
    let files = part(
        &graph,
        &options(Some("region:a"), Some("2021-06-01")),
        ExportFormat::Csv,
    )
    .await;
    assert_eq!(
        ids(&files, "entities"),
        // The programme and the far fund come as what a relation and a rule refer to.
        [
            "company:k",
            "fund:far",
            "fund:near",
            "industry:i",
            "park:p",
            "program:g",
            "region:a",
            "region:b"
        ]
    );
    assert_eq!(
        ids(&files, "relations"),
        [
            "company:k/region",
            "fund:near/region",
            "hosted",
            "in",
            "near",
            "park:p/region",
            "region:b/region"
        ]
    );
    assert_eq!(ids(&files, "observations"), ["observation:here"]);
    assert_eq!(ids(&files, "rules"), ["rule:here"]);
    assert_eq!(ids(&files, "sources"), ["source:s"]);
    part(
        &graph,
        &options(Some("region:a"), Some("2021-06-01")),
        ExportFormat::Jsonl,
    )
    .await;
    // Without a day nothing is past; a region that holds no other has less.
    let all_time = part(&graph, &options(Some("region:a"), None), ExportFormat::Csv).await;
    assert!(ids(&all_time, "entities").contains(&"company:gone".to_string()));
    let far = part(&graph, &options(Some("region:c"), None), ExportFormat::Csv).await;
    assert_eq!(
        ids(&far, "entities"),
        [
            "company:far",
            "fund:far",
            "fund:near",
            "industry:other",
            "region:c"
        ]
    );
}

#[tokio::test]
async fn a_day_alone_leaves_out_only_what_was_not_there() {
    let graph = Graph::empty().await;
    graph.import(&places()).await.unwrap();
    let files = part(&graph, &options(None, Some("2023")), ExportFormat::Csv).await;
    let (entities, relations) = (ids(&files, "entities"), ids(&files, "relations"));
    assert_eq!(entities.len(), 12);
    assert!(!entities.contains(&"company:gone".to_string()));
    assert!(!relations.contains(&"hosted".to_string()) && relations.contains(&"across".to_string()));
    assert!(!relations.contains(&"company:gone/region".to_string()));
}

#[tokio::test]
async fn an_unknown_region_is_named_and_another_kind_refused() {
    let graph = Graph::empty().await;
    graph.import(&places()).await.unwrap();
    let session = graph.session().await;
    let refused = async |region: &str| {
        GraphSubset::read(&session, &options(Some(region), None))
            .await
            .unwrap_err()
    };
    assert!(matches!(refused("region:no").await, ServiceError::UnknownId { id, .. } if id == "region:no"));
    assert!(matches!(refused("park:p").await, ServiceError::Input(_)));
}

#[tokio::test]
async fn a_source_that_another_data_set_lists_comes_with_that_one() {
    let graph = Graph::empty().await;
    graph.import(&places()).await.unwrap();
    let citing = Files::of("e")
        .file("sources.csv", "id,title\nsource:e,E\n")
        .file(
            "entities.csv",
            "id,kind,name_zh,source_id,locator,quote,assertion,reliability\nregion:e,REGION,戊,source:far,L1,说,STATED,INDEPENDENT\n",
        );
    graph.import(&citing).await.unwrap();
    let (session, out) = (graph.session().await, tempfile::tempdir().unwrap());
    let part = GraphSubset::read(&session, &options(Some("region:e"), None))
        .await
        .unwrap();
    let how = ExportOptions {
        format: ExportFormat::Csv,
        personal_data: false,
    };
    let other = Graph::empty().await;
    for (id, rows) in [("d", vec![("sources", 1)]), ("e", vec![("entities", 1)])] {
        let dataset = DatasetId::parse(id).unwrap();
        assert!(part.includes_dataset(&dataset));
        let exported = write_directory(&session, &dataset, Some(&part), out.path(), how)
            .await
            .unwrap();
        assert_eq!(exported.rows, rows, "{id}");
        other
            .import_with(&exported.path, &crate::import_support::options())
            .await
            .unwrap_or_else(|problem| panic!("{problem}"));
    }
}
