//! What may be written so that a restricted data set can be hidden whole, and what a writer who may not see it is told.

use std::collections::BTreeSet;

use hukun::model::id::{DatasetId, SourceId};
use hukun::model::ontology::RelationKind::{InIndustry, InvestsIn, PartOf};
use hukun::model::principal::{DatasetScope, Principal, Role};
use hukun::model::record::Access;
use hukun::service::write::{Batch, Deletion, DeletionKind, Draft, Terms, WriteOutcome, WriteProblem};
use hukun::service::{Limits, Service};

use crate::support::graph::{Graph, cny, entity, graph, relation, stated};
use crate::support::stores::{self, Ground};

fn editor(of: &[&str]) -> Principal {
    Principal {
        name: "editor".into(),
        role: Role::Editor,
        pii: false,
        scope: DatasetScope::Only(
            of.iter()
                .map(|id| DatasetId::parse(id).unwrap())
                .collect::<BTreeSet<_>>(),
        ),
    }
}

fn secret() -> Graph {
    graph().in_dataset("secret").restricted()
}

/// A public data set `d` and a restricted one.
async fn both() -> (Service, Ground) {
    let (service, ground) = stores::service(Limits::default()).await;
    let public = graph().relation(
        InvestsIn,
        "fund:a",
        "project:a",
        relation().id("r").amount(cny(5)),
    );
    public
        .entity("region:a")
        .entity("industry:a")
        .write(&service)
        .await;
    let own = secret().entity("fund:s").relation_between_known(
        InvestsIn,
        "fund:s",
        "project:a",
        relation().id("s"),
    );
    own.write(&service).await;
    (service, ground)
}

async fn refusals(service: &Service, batch: Batch) -> Vec<WriteProblem> {
    match service.write(batch).await.unwrap() {
        WriteOutcome::Done(done) => panic!("it was taken: {done:?}"),
        WriteOutcome::Refused(problems) => problems,
    }
}

fn said(problems: &[WriteProblem]) -> Vec<String> {
    let place = |draft: usize| draft.to_string();
    let words = |problem: &WriteProblem| {
        let hint = problem.hint.render(place);
        format!(
            "{} {}: {}; {hint}",
            problem.field,
            problem.value,
            problem.reason.render(place)
        )
    };
    problems.iter().map(words).collect()
}

#[tokio::test]
async fn a_restricted_data_set_shares_no_row_and_gives_no_part_to_records_of_others() {
    let (service, _ground) = both().await;
    let mut batch = secret()
        .entity(entity("fund:a").named("Known here only"))
        .relation_between_known(PartOf, "region:a", "region:a2", relation().id("p"))
        .entity("region:a2")
        .relation_between_known(
            InIndustry,
            "project:a",
            "industry:a",
            relation().id("i").share("0.5"),
        )
        .batch();
    batch.drafts.push(Draft::Statement {
        subject: "r".into(),
        statement: relation_amount(),
    });
    batch.drafts.push(Draft::Name {
        entity: hukun::model::id::EntityId::parse("project:a").unwrap(),
        name: hukun::model::entity::Name {
            value: "Another".into(),
            lang: "en".into(),
            role: hukun::model::entity::NameRole::Alias,
        },
        statement: stated(),
    });
    let problems = said(&refusals(&service, batch).await);
    for words in [
        "fund:a has a row in data set d; a restricted data set shares no rows",
        "cannot state an amount of",
        "cannot give a name to",
        "cannot state a share of",
        "cannot give a place in a hierarchy to",
    ] {
        assert!(
            problems.iter().any(|problem| problem.contains(words)),
            "{words}\n{problems:#?}"
        );
    }
    assert_eq!(problems.len(), 5, "{problems:#?}");
    let plain = Draft::Statement {
        subject: "r".into(),
        statement: stated(),
    };
    let mut batch = secret().batch();
    batch.drafts.push(plain);
    assert!(matches!(
        service.write(batch).await.unwrap(),
        WriteOutcome::Done(_)
    ));
}

fn relation_amount() -> hukun::service::write::StatementDraft {
    let amount = hukun::model::quantity::QuantityParts {
        amount: Some(9.into()),
        ..Default::default()
    };
    hukun::service::write::StatementDraft {
        amount: Some(Box::new(amount)),
        ..stated()
    }
}

#[tokio::test]
async fn a_public_data_set_does_not_refer_to_a_restricted_one() {
    let (service, _ground) = both().await;
    let mut batch = graph()
        .entity("fund:s")
        .relation_between_known(InvestsIn, "fund:s", "project:a", relation().id("x"))
        .batch();
    batch.drafts.push(Draft::Statement {
        subject: "s".into(),
        statement: stated(),
    });
    let problems = said(&refusals(&service, batch).await);
    assert!(
        problems
            .iter()
            .any(|problem| problem.starts_with("id fund:s: fund:s has a row in data set secret")),
        "{problems:#?}"
    );
    for key in ["from_id fund:s", "subject_id s"] {
        let of_key = problems.iter().find(|problem| problem.starts_with(key));
        assert!(
            of_key.is_some_and(|problem| problem.contains("put this row into secret")),
            "{key}\n{problems:#?}"
        );
    }
}

/// To an editor of the public data set, what is restricted is what is not there; only its key is taken.
#[tokio::test]
async fn a_writer_learns_nothing_of_what_they_may_not_see() {
    let (service, _ground) = both().await;
    let refers = |id: &str, key: &str| {
        let mut batch = graph()
            .relation_between_known(InvestsIn, id, "project:a", relation().id("x"))
            .batch();
        batch.drafts.push(Draft::Statement {
            subject: key.into(),
            statement: stated(),
        });
        batch.terms = Terms::new(editor(&["d"]));
        batch
    };
    let hidden = said(&refusals(&service, refers("fund:s", "s")).await);
    let absent = said(&refusals(&service, refers("fund:n", "n")).await);
    let renamed: Vec<String> = absent
        .iter()
        .map(|said| said.replace("fund:n", "fund:s").replace(" n:", " s:"))
        .collect();
    assert_eq!(hidden, renamed);

    let mut batch = graph().entity("fund:s").batch();
    batch.terms = Terms::new(editor(&["d"]));
    assert_eq!(
        said(&refusals(&service, batch).await),
        ["id fund:s: this id cannot be used; choose another id"]
    );

    let remove = async |id: &str| {
        let removal = Deletion {
            kind: DeletionKind::Entity,
            ids: vec![id.into()],
            cascade: false,
            dry_run: false,
            terms: Terms::new(editor(&["d"])),
        };
        match service.delete(removal).await.unwrap() {
            WriteOutcome::Refused(problems) => said(&problems),
            WriteOutcome::Done(done) => panic!("{done:?}"),
        }
    };
    assert_eq!(
        remove("fund:s").await,
        [remove("fund:n").await[0].replace("fund:n", "fund:s")]
    );
    // Nor is the id of a data set that is hidden told from another that is taken.
    let mut batch = graph()
        .relation_between_known(InvestsIn, "fund:a", "project:a", relation().id("secret"))
        .batch();
    batch.terms = Terms::new(editor(&["d"]));
    assert_eq!(
        said(&refusals(&service, batch).await),
        ["id secret: this id cannot be used; choose another id"]
    );
    // The public relation is named, the hidden one is not.
    let of_project = remove("project:a").await;
    assert!(
        of_project[0].contains("r refers to it") && !of_project[0].contains("2 records"),
        "{of_project:?}"
    );
}

#[tokio::test]
async fn a_source_of_both_is_the_same_in_both_and_one_of_the_restricted_alone_is_cited_by_no_other() {
    let (service, _ground) = both().await;
    let mut batch = secret().batch();
    let Draft::Record { record, .. } = &mut batch.drafts[0] else {
        unreachable!()
    };
    let hukun::model::change::Record::Source(source) = &mut **record else {
        unreachable!()
    };
    source.title = "Otherwise".into();
    let problems = said(&refusals(&service, batch).await);
    assert!(
        problems[0].contains("data set d lists it differently"),
        "{problems:#?}"
    );

    let mut batch = secret().batch();
    let Draft::Record { record, .. } = &mut batch.drafts[0] else {
        unreachable!()
    };
    let hukun::model::change::Record::Source(source) = &mut **record else {
        unreachable!()
    };
    source.id = SourceId::parse("source:own").unwrap();
    assert!(matches!(
        service.write(batch).await.unwrap(),
        WriteOutcome::Done(_)
    ));
    let mut batch = graph().batch();
    let statement = hukun::service::write::StatementDraft {
        source: SourceId::parse("source:own").unwrap(),
        ..stated()
    };
    batch.drafts.push(Draft::Statement {
        subject: "r".into(),
        statement,
    });
    let problems = said(&refusals(&service, batch).await);
    assert!(
        problems[0].contains("source:own is listed only by data set secret"),
        "{problems:#?}"
    );
}

/// Whoever opens a session after a data set was restricted sees it no more; and again when it is public.
#[tokio::test]
async fn a_data_set_that_becomes_restricted_is_hidden_at_once() {
    let (service, _ground) = stores::service(Limits::default()).await;
    graph().entity("project:a").write(&service).await;
    let partner = graph()
        .in_dataset("partner")
        .entity("fund:p")
        .relation_between_known(InvestsIn, "fund:p", "project:a", relation().id("p"));
    partner.write(&service).await;
    // Of the public data set, and needs an entity of the partner's.
    graph()
        .relation_between_known(InvestsIn, "fund:p", "project:a", relation().id("x"))
        .write(&service)
        .await;
    let seen = async || {
        let session = service.session(&Principal::anonymous()).await.unwrap();
        let ids = ["p", "x"].map(|id| hukun::model::id::RelationId::parse(id).unwrap());
        let found = session.relations(&ids).await.unwrap().iter().flatten().count();
        let datasets = session.datasets().await.unwrap();
        let counts: Vec<(String, u64)> = datasets
            .iter()
            .map(|info| (info.dataset.id.to_string(), info.relation_count))
            .collect();
        (found, counts)
    };
    let open = (2, vec![("d".to_string(), 1), ("partner".to_string(), 1)]);
    assert_eq!(seen().await, open);
    partner.clone().restricted().write(&service).await;
    assert_eq!(seen().await, (0, vec![("d".to_string(), 0)]));
    let all = service.session(&Principal::operator("test")).await.unwrap();
    let dataset = &all.datasets().await.unwrap()[1].dataset;
    assert_eq!(
        (dataset.id.as_str(), dataset.access),
        ("partner", Access::Restricted)
    );
    partner.write(&service).await;
    assert_eq!(seen().await, open);
}

#[tokio::test]
async fn a_data_set_is_not_restricted_while_others_share_its_rows_or_cite_its_sources() {
    let (service, _ground) = stores::service(Limits::default()).await;
    graph()
        .in_dataset("partner")
        .entity("project:a")
        .entity("fund:p")
        .write(&service)
        .await;
    graph().entity("project:a").write(&service).await;
    let mut batch = graph().in_dataset("partner").restricted().batch();
    batch.drafts.clear();
    let problems = said(&refusals(&service, batch).await);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(
        problems[0].starts_with("id project:a: it has a row in data set d too"),
        "{problems:#?}"
    );
}

/// A deletion sent again is done already, but what was hidden when it went was never there.
#[tokio::test]
async fn what_was_deleted_of_a_restricted_data_set_never_was() {
    let (service, _ground) = both().await;
    let remove = async |by: Principal, id: &str| {
        let removal = Deletion {
            kind: DeletionKind::Relation,
            ids: vec![id.into()],
            cascade: false,
            dry_run: false,
            terms: Terms::new(by),
        };
        match service.delete(removal).await.unwrap() {
            WriteOutcome::Refused(problems) => Err(said(&problems)),
            WriteOutcome::Done((removed, _)) => Ok(removed.relations),
        }
    };
    let admin = || Principal::operator("test");
    assert_eq!(remove(admin(), "s").await, Ok(1));
    assert_eq!(remove(admin(), "r").await, Ok(1));
    for id in ["r", "s"] {
        assert_eq!(remove(admin(), id).await, Ok(0));
        assert_eq!(remove(editor(&["secret"]), id).await, Ok(0));
    }
    assert_eq!(remove(editor(&["d"]), "r").await, Ok(0));
    let absent = remove(editor(&["d"]), "n").await.unwrap_err();
    assert_eq!(
        remove(editor(&["d"]), "s").await,
        Err(vec![absent[0].replace(" n:", " s:")])
    );
}

/// Whoever named a data set while it was public, and writes when it is not any more.
#[tokio::test]
async fn a_fact_is_written_in_its_data_set_as_it_stands_then() {
    let (service, _ground) = stores::service(Limits::default()).await;
    let partner = || graph().in_dataset("partner");
    partner().entity("fund:p").write(&service).await;
    let fact = |id: &str, by: Principal| {
        let mut batch = partner().entity(id).batch();
        batch.mode = hukun::service::write::WriteMode::Curate;
        batch.terms = Terms::new(by);
        batch
    };
    let (unscoped, admin) = (
        Principal {
            scope: DatasetScope::Unscoped,
            ..editor(&[])
        },
        Principal::operator("test"),
    );
    let (early, late) = (fact("fund:q", unscoped.clone()), fact("fund:r", admin));
    assert!(matches!(
        service.write(early).await.unwrap(),
        WriteOutcome::Done(_)
    ));
    partner().restricted().write(&service).await;
    assert_eq!(
        said(&refusals(&service, fact("fund:s", unscoped)).await),
        ["dataset_id partner: no data set has this id; correct the id; `datasets` lists the data sets"]
    );
    assert!(matches!(
        service.write(late).await.unwrap(),
        WriteOutcome::Done(_)
    ));
    let anyone = service.session(&Principal::anonymous()).await.unwrap();
    assert!(
        anyone.datasets().await.unwrap().is_empty(),
        "it is restricted still"
    );
}
