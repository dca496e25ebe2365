//! Writing and what readers see of it.

use hukun::model::change::{Change, Record, Revision, Subject};
use hukun::model::entity::Entity;
use hukun::model::ontology::RelationKind::{InvestsIn, LocatedIn};
use hukun::model::partial_date::PartialDate;
use hukun::model::selector::EntityFilter;
use hukun::model::statement::{Rank, Statement};
use hukun::store::{CommitOutcome, Reader, Store, StoreError, StoreResult, VisibilityFilter};

use super::fixture::*;

pub async fn an_answer_names_the_revision_it_was_read_at<S: Store>(store: &S) {
    assert_eq!(
        store.reader(&VisibilityFilter::All).await.unwrap().revision(),
        Revision(0)
    );
    let outcome = write(store, graph(&["region:a"], &[])).await;
    assert_eq!(outcome, CommitOutcome::Committed(Revision(1), ()));
    assert_eq!(
        store.reader(&VisibilityFilter::All).await.unwrap().revision(),
        Revision(1)
    );
}

pub async fn a_change_set_that_changes_nothing_makes_no_revision<S: Store>(store: &S) {
    let changes = graph(
        &["fund:f", "project:p"],
        &[("r", InvestsIn, "fund:f", "project:p")],
    );
    write(store, changes.clone()).await;
    assert_eq!(
        write(store, changes).await,
        CommitOutcome::Unchanged(Revision(1), ())
    );
    assert_eq!(
        write(store, vec![]).await,
        CommitOutcome::Unchanged(Revision(1), ())
    );
}

pub async fn a_reader_sees_what_it_saw_or_says_that_the_graph_moved<S: Store>(store: &S) {
    write(
        store,
        graph(
            &["fund:f", "project:p"],
            &[("r", InvestsIn, "fund:f", "project:p")],
        ),
    )
    .await;
    let before = store.reader(&VisibilityFilter::All).await.unwrap();
    let renamed = Entity {
        description: Some("后来".into()),
        ..entity("fund:f")
    };
    let spoken = Statement {
        quote: Some("后来说".into()),
        ..statement()
    };
    write(
        store,
        vec![
            Change::Put {
                record: Record::Entity(renamed),
                statements: vec![spoken],
            },
            delete_relation("r"),
        ],
    )
    .await;
    // Another commit may clear away what only old readers can still reach; it must not while there is one.
    write(store, graph(&["region:later"], &[])).await;
    let after = store.reader(&VisibilityFilter::All).await.unwrap();
    let fund = [entity_id("fund:f")];
    let described = |found: Vec<Option<hukun::model::entity::SharedEntity>>| {
        found[0].as_ref().unwrap().description.clone()
    };
    if let Some(found) = seen_before(&before, before.entities(&fund).await) {
        assert_eq!(described(found), None);
    }
    assert_eq!(
        described(after.entities(&fund).await.unwrap()),
        Some("后来".into())
    );
    let subject = [Subject::Entity(fund[0].clone())];
    let quoted = |found: Vec<Vec<Statement>>| found[0][0].quote.clone().unwrap();
    if let Some(found) = seen_before(&before, before.statements(&subject).await) {
        assert_eq!(quoted(found), "如此说");
    }
    assert_eq!(quoted(after.statements(&subject).await.unwrap()), "后来说");
    if let Some(found) = seen_before(&before, before.relations(&[relation_id("r")]).await) {
        assert!(found[0].is_some());
    }
    assert!(after.relations(&[relation_id("r")]).await.unwrap()[0].is_none());
    assert_eq!((before.revision(), after.revision()), (Revision(1), Revision(3)));
}

/// What an older reader saw, or none where it says that the graph moved on.
fn seen_before<T>(reader: &impl Reader, answer: StoreResult<T>) -> Option<T> {
    match answer {
        Ok(seen) => Some(seen),
        Err(StoreError::StaleRead { read_at }) => {
            assert_eq!(read_at, reader.revision());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

pub async fn a_snapshot_reader_has_no_stale_read<S: Store>(store: &S) {
    write(store, graph(&["fund:f"], &[])).await;
    let snapshot = store.snapshot_reader(&VisibilityFilter::All).await.unwrap();
    let renamed = Entity {
        description: Some("后来".into()),
        ..entity("fund:f")
    };
    let writing = write(store, vec![put_entity(renamed)]);
    let reading = async {
        for _ in 0..20 {
            let found = snapshot.entities(&[entity_id("fund:f")]).await.unwrap();
            assert_eq!(found[0].as_ref().unwrap().description, None);
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        drop(snapshot);
    };
    let (written, ()) = tokio::join!(writing, reading);
    assert_eq!(written, CommitOutcome::Committed(Revision(2), ()));
}

/// Two entities are always written together: whoever reads sees both as one write left them.
pub async fn what_is_read_while_it_is_written_is_of_one_revision<S: Store>(store: &S) {
    let both = |n: usize| {
        ["fund:a", "fund:b"].map(|id| {
            put_entity(Entity {
                description: Some(n.to_string()),
                ..entity(id)
            })
        })
    };
    let first = [dataset(), source()].into_iter().chain(both(0)).collect();
    write(store, first).await;
    let writing = async {
        for n in 1..40 {
            write(store, both(n).into()).await;
        }
    };
    let ids = [entity_id("fund:a"), entity_id("fund:b")];
    let reading = async {
        let mut whole = 0;
        while whole < 40 {
            let reader = store.reader(&VisibilityFilter::All).await.unwrap();
            if let Some(found) = seen_before(&reader, reader.entities(&ids).await) {
                let said: Vec<_> = found
                    .iter()
                    .map(|e| e.as_ref().unwrap().description.clone().unwrap())
                    .collect();
                assert_eq!(said[0], said[1]);
                assert_eq!(reader.revision(), Revision(said[0].parse::<u64>().unwrap() + 1));
                whole += 1;
            }
        }
    };
    tokio::join!(writing, reading);
}

pub async fn a_change_set_that_does_not_fit_leaves_nothing<S: Store>(store: &S) {
    write(store, graph(&["fund:f"], &[])).await;
    let dangling = graph(&["project:new"], &[("r", InvestsIn, "fund:f", "project:nowhere")]);
    assert!(store.commit(Write(dangling)).await.is_err());
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(reader.revision(), Revision(1));
    assert_eq!(
        reader.entities(&[entity_id("project:new")]).await.unwrap(),
        [None]
    );
    assert_eq!(
        write(store, graph(&["project:new"], &[])).await,
        CommitOutcome::Committed(Revision(2), ())
    );
}

pub async fn writers_at_once_get_revisions_of_their_own<S: Store>(store: &S) {
    write(store, graph(&["region:r"], &[])).await;
    let names: Vec<String> = (0..200).map(|n| format!("fund:f{n:03}")).collect();
    let writes = names.iter().map(|name| async move {
        let located = put_relation(relation(&format!("{name}/region"), LocatedIn, name, "region:r"));
        write(store, vec![put_entity(entity(name)), located]).await
    });
    let outcomes = futures_util::future::join_all(writes).await;
    let mut revisions: Vec<u64> = outcomes
        .into_iter()
        .map(|outcome| match outcome {
            CommitOutcome::Committed(revision, ()) => revision.0,
            other => panic!("{other:?}"),
        })
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=201).collect::<Vec<u64>>());
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(
        reader
            .count_entities(&EntityFilter::default(), None)
            .await
            .unwrap(),
        201
    );
}

pub async fn a_merged_id_leads_to_the_entity_kept<S: Store>(store: &S) {
    write(store, graph(&["fund:a", "fund:b", "fund:c"], &[])).await;
    let merge = |from: &str, to: &str| {
        vec![
            Change::Delete(Subject::Entity(entity_id(from))),
            Change::Redirect {
                from: entity_id(from),
                to: entity_id(to),
            },
        ]
    };
    write(store, merge("fund:a", "fund:b")).await;
    write(store, merge("fund:b", "fund:c")).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let ids = [
        entity_id("fund:a"),
        entity_id("fund:b"),
        entity_id("fund:c"),
        entity_id("fund:d"),
    ];
    let kept = Some(entity_id("fund:c"));
    assert_eq!(
        reader.resolve(&ids).await.unwrap(),
        [kept.clone(), kept.clone(), kept, None]
    );
    assert_eq!(
        reader.entities(&ids).await.unwrap()[0].as_ref().unwrap().id,
        entity_id("fund:c")
    );
    let filter = EntityFilter {
        ids: Some(vec![entity_id("fund:a")]),
        ..EntityFilter::default()
    };
    assert_eq!(reader.count_entities(&filter, None).await.unwrap(), 1);
    let occupied = reader
        .subjects_of_keys(&["fund:a".into(), "fund:d".into()])
        .await
        .unwrap();
    assert_eq!(occupied, [Some(Subject::Entity(entity_id("fund:a"))), None]);
}

pub async fn statements_that_differ_make_a_contested_amount<S: Store>(store: &S) {
    write(store, graph(&["fund:f", "project:p"], &[])).await;
    let mut investment = relation("r", InvestsIn, "fund:f", "project:p");
    investment.quantity = Some(cny(10));
    let saying = |amount: i64, rank| Statement {
        own: false,
        quantity: Some(cny(amount)),
        rank,
        ..statement()
    };
    let put = |others: Vec<Statement>| {
        let statements = std::iter::once(statement()).chain(others).collect();
        vec![Change::Put {
            record: Record::Relation(investment.clone()),
            statements,
        }]
    };
    let amount = async || {
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let relation = reader.relations(&[relation_id("r")]).await.unwrap()[0]
            .clone()
            .unwrap();
        let quantity = relation.quantity.unwrap();
        assert_eq!(quantity.exact(), Some(10.into()), "the row says ten throughout");
        let q = quantity.effective();
        (q.lower().unwrap(), q.upper().unwrap(), q.is_contested())
    };
    write(store, put(vec![])).await;
    assert_eq!(amount().await, (10.into(), 10.into(), false));
    write(store, put(vec![saying(12, Rank::Normal)])).await;
    assert_eq!(amount().await, (10.into(), 12.into(), true));
    write(store, put(vec![saying(12, Rank::Deprecated)])).await;
    assert_eq!(amount().await, (10.into(), 10.into(), false));
    write(
        store,
        put(vec![saying(12, Rank::Normal), saying(11, Rank::Preferred)]),
    )
    .await;
    assert_eq!(amount().await, (11.into(), 11.into(), false));
}

pub async fn an_amount_is_known_from_the_first_day_on_which_it_is_stated<S: Store>(store: &S) {
    write(store, graph(&["fund:f", "project:p"], &[])).await;
    let mut investment = relation("r", InvestsIn, "fund:f", "project:p");
    investment.quantity = Some(cny(10));
    let on = |as_of: Option<&str>, own, rank| Statement {
        own,
        rank,
        as_of: as_of.map(|text| PartialDate::parse(text).unwrap()),
        ..statement()
    };
    let known_from = async |statements: Vec<Statement>| {
        let record = Record::Relation(investment.clone());
        write(store, vec![Change::Put { record, statements }]).await;
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let relation = reader.relations(&[relation_id("r")]).await.unwrap()[0].clone();
        let amount = relation.unwrap().quantity.unwrap();
        let day = amount.known_from();
        if let Some(day) = day {
            let before = amount.clone().known_on(day.pred_opt());
            assert_eq!((before.lower(), before.effective().lower()), (None, None));
            assert_eq!(before.unit(), amount.unit());
            assert_eq!(amount.known_on(Some(day)).effective().exact(), Some(10.into()));
        }
        day.map(|day| day.to_string())
    };
    let (row, more) = (
        on(Some("2024"), true, Rank::Normal),
        on(Some("2023-02"), false, Rank::Normal),
    );
    assert_eq!(known_from(vec![row.clone()]).await.as_deref(), Some("2024-12-31"));
    assert_eq!(
        known_from(vec![row.clone(), more]).await.as_deref(),
        Some("2023-02-28")
    );
    let deprecated = on(Some("2023-02"), false, Rank::Deprecated);
    assert_eq!(
        known_from(vec![row.clone(), deprecated]).await.as_deref(),
        Some("2024-12-31")
    );
    assert_eq!(known_from(vec![row, on(None, false, Rank::Normal)]).await, None);
}

pub async fn statements_come_back_as_they_were_written<S: Store>(store: &S) {
    write(store, graph(&["fund:f"], &[])).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let subjects = [
        Subject::Entity(entity_id("fund:f")),
        Subject::Entity(entity_id("fund:none")),
    ];
    assert_eq!(
        reader.statements(&subjects).await.unwrap(),
        [vec![statement()], vec![]]
    );
    assert_eq!(
        *reader.evidence(&subjects).await.unwrap()[0],
        [statement().class()]
    );
    assert_eq!(
        reader.memberships(&subjects).await.unwrap()[0],
        [statement().dataset]
    );
    let datasets = reader.datasets().await.unwrap();
    assert_eq!((datasets[0].entity_count, datasets[0].relation_count), (1, 0));
    assert_eq!(
        reader
            .subjects_of_dataset(&statement().dataset)
            .await
            .unwrap()
            .len(),
        2
    );
}
