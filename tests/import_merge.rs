//! What an import changes in what stands.

use hukun::dataset::{ExportFormat, ImportOptions};
use hukun::model::change::Subject;
use hukun::model::id::{EntityId, RelationId};
use hukun::service::check_store;

use crate::import_support::{Files, Graph, options};

fn entity(id: &str) -> EntityId {
    EntityId::parse(id).unwrap()
}

async fn quotes(graph: &Graph, id: &str) -> Vec<String> {
    let statements = graph
        .session()
        .await
        .statements(&[Subject::Entity(entity(id))])
        .await
        .unwrap()
        .remove(0);
    let show = |s: hukun::model::statement::Statement| {
        format!(
            "{} {} {}",
            s.dataset,
            if s.own { "own" } else { "more" },
            s.quote.unwrap_or_default()
        )
    };
    statements.into_iter().map(show).collect()
}

async fn names(graph: &Graph, id: &str) -> Vec<String> {
    let found = graph
        .session()
        .await
        .entities(&[entity(id)])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    found
        .names
        .iter()
        .map(|name| format!("{} {} {}", name.value, name.lang, name.role))
        .collect()
}

fn one_fund(description: &str) -> Files {
    Files::new().table(
        "entities",
        "id,kind,name_zh,description",
        &[&format!("fund:a,FUND,甲,{description}"), "fund:b,FUND,乙,"],
    )
}

#[tokio::test]
async fn only_what_differs_is_written() {
    let graph = Graph::empty().await;
    assert_eq!(Graph::counts(graph.import(&one_fund("一")).await), (3, 0, 0, 0));
    let ids = [entity("fund:a"), entity("fund:b")];
    let before = graph.session().await;
    let old = before.entities(&ids).await.unwrap();
    assert_eq!(Graph::counts(graph.import(&one_fund("一")).await), (0, 0, 3, 0));
    assert_eq!(graph.session().await.revision(), before.revision());
    assert_eq!(Graph::counts(graph.import(&one_fund("二")).await), (0, 1, 2, 0));
    let after = graph.session().await;
    let new = after.entities(&ids).await.unwrap();
    let at = |entities: &[Option<hukun::model::entity::SharedEntity>], place: usize| {
        entities[place].as_ref().unwrap().recorded_at
    };
    assert!(at(&new, 0) > at(&old, 0), "what changed was recorded again");
    assert_eq!(at(&new, 1), at(&old, 1), "what did not was not");
    // An empty cell empties the field.
    graph.import(&one_fund("")).await.unwrap();
    assert_eq!(
        graph.session().await.entities(&ids).await.unwrap()[0]
            .as_ref()
            .unwrap()
            .description,
        None
    );
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let graph = Graph::empty().await;
    let dry = ImportOptions {
        dry_run: true,
        ..options()
    };
    assert_eq!(
        Graph::counts(graph.import_with(one_fund("").path(), &dry).await),
        (3, 0, 0, 0)
    );
    assert_eq!(graph.session().await.revision().0, 0);
}

#[tokio::test]
async fn what_is_no_longer_there_stays_unless_it_is_replaced() {
    let graph = Graph::empty().await;
    let whole = Files::new().entities(&["fund:a", "project:p", "region:r"]).table(
        "relations",
        "id,kind,from_id,to_id",
        &["r1,INVESTS_IN,fund:a,project:p"],
    );
    graph.import(&whole).await.unwrap();
    let part = Files::new().entities(&["fund:a", "project:p"]);
    assert_eq!(Graph::counts(graph.import(&part).await), (0, 0, 3, 0));
    let replace = ImportOptions {
        replace: true,
        ..options()
    };
    assert_eq!(
        Graph::counts(graph.import_with(part.path(), &replace).await),
        (0, 0, 3, 2)
    );
    let session = graph.session().await;
    assert_eq!(
        session
            .relations(&[RelationId::parse("r1").unwrap()])
            .await
            .unwrap(),
        [None]
    );
    assert_eq!(session.entities(&[entity("region:r")]).await.unwrap(), [None]);
    assert!(check_store(&session).await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn what_others_refer_to_is_not_taken_away() {
    let graph = Graph::empty().await;
    graph
        .import(&Files::new().entities(&["fund:a", "fund:b", "project:p"]))
        .await
        .unwrap();
    let other = Files::of("e")
        .table(
            "relations",
            "id,kind,from_id,to_id",
            &["r1,INVESTS_IN,fund:a,project:p"],
        )
        .table("statements", "subject_id", &["fund:b"]);
    graph.import(&other).await.unwrap();
    let replace = ImportOptions {
        replace: true,
        ..options()
    };
    let report = graph
        .import_with(Files::new().entities(&["project:p"]).path(), &replace)
        .await
        .unwrap_err();
    assert_eq!(
        report,
        "d: 2 rows rejected, nothing of this data set was written\n\
         dataset.toml  id = fund:b\n    it would be deleted, but data set e has a statement on it → keep its row, or remove what refers to it first\n\
         dataset.toml  id = fund:a\n    it would be deleted, but r1 refers to it → keep its row, or remove what refers to it first\n"
    );
}

#[tokio::test]
async fn two_data_sets_speak_of_one_entity() {
    let graph = Graph::empty().await;
    graph.import(&one_fund("一")).await.unwrap();
    let other = Files::of("e")
        .file(
            "entities.csv",
            "id,kind,name_zh,source_id,quote,reliability\nfund:a,FUND,甲,source:s,另一说,AUDITED\n",
        )
        .file(
            "statements.csv",
            "subject_id,source_id,quote,reliability\nfund:a,source:s,再一说,AUDITED\n",
        );
    // The record is the later one's; the statements are both's.
    graph.import(&other).await.unwrap();
    assert_eq!(
        quotes(&graph, "fund:a").await,
        ["d own 如此说", "e own 另一说", "e more 再一说"]
    );
    graph.import(&one_fund("一")).await.unwrap();
    assert_eq!(
        quotes(&graph, "fund:a").await,
        ["d own 如此说", "e own 另一说", "e more 再一说"]
    );
    // Each export has its own evidence.
    let text = graph.export("e", ExportFormat::Csv).await.text("entities.csv");
    assert!(text.contains("另一说") && !text.contains("如此说"), "{text}");
    // Replacing one leaves the other's.
    let replace = ImportOptions {
        replace: true,
        ..options()
    };
    let gone = Files::of("e");
    assert_eq!(
        Graph::counts(graph.import_with(gone.path(), &replace).await),
        (0, 1, 1, 0)
    );
    assert_eq!(quotes(&graph, "fund:a").await, ["d own 如此说"]);
}

#[tokio::test]
async fn statements_and_names_join_what_stands() {
    let graph = Graph::empty().await;
    graph.import(&one_fund("")).await.unwrap();
    let other = || {
        Files::of("e")
            .currency("CNY")
            .file("statements.csv", "subject_id,property,amount,qualifier,source_id,quote,reliability\nfund:a,paid_in,5,MORE_THAN,source:s,超五元,AUDITED\n")
            .file("names.csv", "entity_id,value,lang,role,source_id,quote,reliability\nfund:a,甲基金,zh,ALIAS,source:s,甲基金成立,AUDITED\n")
    };
    assert_eq!(Graph::counts(graph.import(&other()).await), (0, 2, 0, 0));
    assert_eq!(Graph::counts(graph.import(&other()).await), (0, 0, 2, 0));
    assert_eq!(
        quotes(&graph, "fund:a").await,
        ["d own 如此说", "e more 超五元", "e more 甲基金成立"]
    );
    assert_eq!(
        names(&graph, "fund:a").await,
        ["甲 zh OFFICIAL", "甲基金 zh ALIAS"]
    );
    // The first data set again: its row says nothing of the amount or the alias, and takes neither away.
    assert_eq!(Graph::counts(graph.import(&one_fund("")).await), (0, 0, 3, 0));
    assert_eq!(names(&graph, "fund:a").await.len(), 2);
    let exported = graph.export("d", ExportFormat::Csv).await;
    assert!(
        !exported.text("entities.csv").contains(">5"),
        "what a statement says is not written as the row's"
    );
    // Fewer statements without --replace change nothing; with it, they go.
    let fewer = Files::of("e");
    graph.import(&fewer).await.unwrap();
    assert_eq!(quotes(&graph, "fund:a").await.len(), 3);
    let replace = ImportOptions {
        replace: true,
        ..options()
    };
    graph.import_with(fewer.path(), &replace).await.unwrap();
    assert_eq!(quotes(&graph, "fund:a").await, ["d own 如此说"]);
}

#[tokio::test]
async fn a_former_id_leads_to_its_entity() {
    let graph = Graph::empty().await;
    let files = Files::new().table(
        "entities",
        "id,kind,name_zh,former_ids",
        &["fund:a,FUND,甲,fund:old", "project:p,PROJECT,乙,"],
    );
    graph.import(&files).await.unwrap();
    let found = graph
        .session()
        .await
        .entities(&[entity("fund:old")])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(found.id, entity("fund:a"));
    assert_eq!(Graph::counts(graph.import(&files).await), (0, 0, 3, 0));
    // A reference to it follows.
    let other = Files::of("e").table(
        "relations",
        "id,kind,from_id,to_id",
        &["r1,INVESTS_IN,fund:old,project:p"],
    );
    graph.import(&other).await.unwrap();
    let relation = graph
        .session()
        .await
        .relations(&[RelationId::parse("r1").unwrap()])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(relation.from, entity("fund:a"));
    // So does a row: it adds to the entity what it says of it, once.
    for updated in [1, 0] {
        let counts = Graph::counts(graph.import(&Files::new().entities(&["fund:old"])).await);
        assert_eq!((counts.0, counts.1), (0, updated));
    }
    assert_eq!(
        names(&graph, "fund:a").await,
        ["甲 zh OFFICIAL", "名fund:old zh ALIAS"]
    );
}

#[tokio::test]
async fn a_region_is_short_for_a_relation() {
    let graph = Graph::empty().await;
    let rows = [
        "region:a,REGION,甲,",
        "region:b,REGION,乙,region:a",
        "company:c,COMPANY,丙,region:b",
    ];
    let files = Files::new().table("entities", "id,kind,name_zh,region_id", &rows);
    assert_eq!(Graph::counts(graph.import(&files).await), (6, 0, 0, 0));
    let ids = ["region:b/region", "company:c/region"].map(|id| RelationId::parse(id).unwrap());
    let kinds = graph.session().await.relations(&ids).await.unwrap();
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|relation| relation.unwrap().kind.to_string())
        .collect();
    assert_eq!(kinds, ["PART_OF", "LOCATED_IN"]);
    let exported = graph.export("d", ExportFormat::Csv).await;
    assert!(!exported.text("entities.csv").contains("region_id"));
    assert!(
        exported
            .text("relations.csv")
            .contains("company:c/region,LOCATED_IN,company:c,region:b")
    );
    assert_eq!(Graph::counts(graph.import(&exported).await), (0, 0, 6, 0));
}
