//! The change log: its order, its pages, and whom a line concerns.

use std::collections::BTreeSet;

use hukun::model::change::{Change, ChangeAction, LogPosition, LoggedChange, Record, Subject};
use hukun::model::entity::Entity;
use hukun::model::id::DatasetId;
use hukun::model::ontology::RelationKind::InvestsIn;
use hukun::model::page::{PageRequest, page_of_sorted};
use hukun::model::statement::Statement;
use hukun::store::{LogQuery, Reader, Store, StoreError, VisibilityFilter};

use super::fixture::*;

async fn lines<S: Store>(store: &S, told: Option<&[&str]>) -> Vec<LoggedChange> {
    let told = told.map(ids);
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let query = LogQuery {
        page: PageRequest::first(1_000),
        datasets: told.clone(),
    };
    let page = reader.log(&query).await.unwrap();
    assert!(!page.has_next && !page.has_previous);
    let count = reader.count_log(told.as_ref()).await.unwrap();
    assert_eq!(count, page.items.len() as u64);
    page.items
}

fn ids(told: &[&str]) -> BTreeSet<DatasetId> {
    told.iter().map(|id| DatasetId::parse(id).unwrap()).collect()
}

fn words(lines: &[LoggedChange]) -> Vec<String> {
    let words = |line: &LoggedChange| format!("{} {}", line.action, line.changed.as_str());
    lines.iter().map(words).collect()
}

pub async fn the_log_tells_every_change_once_in_the_order_of_the_commits<S: Store>(store: &S) {
    assert_eq!(
        store
            .reader(&VisibilityFilter::All)
            .await
            .unwrap()
            .log_end()
            .await
            .unwrap(),
        LogPosition::default()
    );
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(reader.log_begin().await.unwrap(), LogPosition::default());
    let ends = ["fund:f", "project:p"];
    write(store, graph(&ends, &[("r", InvestsIn, "fund:f", "project:p")])).await;
    // What changes nothing is told to nobody.
    write(store, graph(&ends, &[("r", InvestsIn, "fund:f", "project:p")])).await;
    let away = Subject::Entity(entity_id("project:p"));
    let redirect = Change::Redirect {
        from: entity_id("project:p"),
        to: entity_id("project:q"),
    };
    let mut merging = graph(&["project:q"], &[]);
    merging.extend([delete_relation("r"), Change::Delete(away), redirect]);
    write(store, merging).await;
    let lines = lines(store, None).await;
    let told = words(&lines);
    let created = told.iter().filter(|words| words.starts_with("CREATED")).count();
    assert_eq!(told[created - 1], "CREATED project:q", "{told:?}");
    assert_eq!(
        told[created..],
        ["DELETED r", "DELETED project:p", "MERGED project:p"]
    );
    let last = lines.last().unwrap();
    assert_eq!(
        (last.action, &last.merged_into),
        (ChangeAction::Merged, &Some(entity_id("project:q")))
    );
    assert!(lines.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(
        lines
            .windows(2)
            .all(|pair| pair[0].position.revision <= pair[1].position.revision)
    );
    let end = store
        .reader(&VisibilityFilter::All)
        .await
        .unwrap()
        .log_end()
        .await
        .unwrap();
    assert_eq!(end, last.position);
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(reader.log_begin().await.unwrap(), lines[0].position);
}

pub async fn pages_of_the_log_go_on_from_any_of_its_places<S: Store>(store: &S) {
    for name in ["fund:a", "fund:b", "fund:c"] {
        write(store, graph(&[name], &[])).await;
    }
    let all = lines(store, None).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    for limit in [0, 1, 2, 100] {
        for at in 0..all.len() {
            // Between any two of its places, forward and from the end, it gives what the whole list would.
            let place = |at: usize| all.get(at).map(|line| line.position);
            for (after, before, from_end) in [
                (place(at), None, false),
                (None, place(at), true),
                (None, place(at), false),
                (place(at), place(at + 2), true),
                (place(at + 1), place(at), false),
                (None, None, true),
            ] {
                let page = PageRequest {
                    limit,
                    from_end,
                    after,
                    before,
                };
                let expected = page_of_sorted(&all, |line| line.position, &page);
                let query = LogQuery { page, datasets: None };
                assert_eq!(reader.log(&query).await.unwrap(), expected, "{query:?}");
            }
        }
    }
    let end = all.last().unwrap().position;
    for strange in [
        LogPosition {
            number: end.number + 1,
            ..end
        },
        LogPosition {
            revision: hukun::model::change::Revision(end.revision.0 + 1),
            ..end
        },
    ] {
        for from_end in [false, true] {
            let page = PageRequest {
                from_end,
                after: Some(strange).filter(|_| !from_end),
                before: Some(strange).filter(|_| from_end),
                limit: 1,
            };
            let query = LogQuery { page, datasets: None };
            assert!(matches!(
                reader.log(&query).await,
                Err(StoreError::LogPositionUnknown)
            ));
        }
    }
}

pub async fn a_line_concerns_the_data_sets_whose_facts_it_changed<S: Store>(store: &S) {
    let said = |dataset: &str, own: bool, quote: &str| Statement {
        dataset: DatasetId::parse(dataset).unwrap(),
        own,
        quote: Some(quote.into()),
        ..statement()
    };
    let put = |entity: Entity, statements: Vec<Statement>| Change::Put {
        record: Record::Entity(entity),
        statements,
    };
    let mut first = graph(&[], &[]);
    if let Change::Dataset(own) = dataset() {
        let id = DatasetId::parse("e").unwrap();
        first.push(Change::Dataset(hukun::model::record::Dataset { id, ..own }));
    }
    first.push(put(entity("fund:f"), vec![said("d", true, "一")]));
    write(store, first).await;
    let before = lines(store, None).await.len();
    // Another data set adds its word to it: who sees only the first has nothing new.
    let both = vec![said("d", true, "一"), said("e", false, "二")];
    write(store, vec![put(entity("fund:f"), both.clone())]).await;
    // The first says something else of it.
    let renamed = Entity {
        description: Some("后来".into()),
        ..entity("fund:f")
    };
    write(store, vec![put(renamed, both)]).await;
    write(store, vec![Change::Delete(Subject::Entity(entity_id("fund:f")))]).await;
    let all = lines(store, None).await;
    let concerned: Vec<BTreeSet<DatasetId>> =
        all[before..].iter().map(|line| line.datasets.clone()).collect();
    assert_eq!(concerned, [ids(&["e"]), ids(&["d"]), ids(&["d"])]);
    let told = lines(store, Some(&["e"])).await;
    assert_eq!(words(&told), ["CREATED e", "UPDATED fund:f"]);
    let both = lines(store, Some(&["d", "e"])).await;
    assert_eq!(both.len(), all.len());
    assert!(lines(store, Some(&["x"])).await.is_empty());
}

pub async fn the_last_line_on_a_key_is_the_newest_that_is_told<S: Store>(store: &S) {
    let put = |dataset: &str| Change::Put {
        record: Record::Entity(entity("fund:f")),
        statements: vec![Statement {
            dataset: DatasetId::parse(dataset).unwrap(),
            ..statement()
        }],
    };
    let mut first = graph(&["fund:g"], &[]);
    if let Change::Dataset(own) = dataset() {
        let id = DatasetId::parse("e").unwrap();
        first.push(Change::Dataset(hukun::model::record::Dataset { id, ..own }));
    }
    first.push(put("d"));
    write(store, first).await;
    let delete = || Change::Delete(Subject::Entity(entity_id("fund:f")));
    write(store, vec![delete()]).await;
    let before = store.reader(&VisibilityFilter::All).await.unwrap();
    let keys = ["fund:none", "fund:f", "fund:g", "fund:f"].map(String::from);
    let last = async |told: Option<&[&str]>| {
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let lines = reader.last_lines(&keys, told.map(ids).as_ref()).await.unwrap();
        let word = |line: &Option<LoggedChange>| {
            line.as_ref()
                .map(|line| words(std::slice::from_ref(line)).remove(0))
        };
        lines.iter().map(word).collect::<Vec<_>>()
    };
    let all = lines(store, None).await;
    let found = before.last_lines(&keys, None).await.unwrap();
    assert_eq!(found[1], all.last().cloned());
    let of = |f: &str| {
        let f = Some(f.to_string());
        vec![None, f.clone(), Some("CREATED fund:g".to_string()), f]
    };
    assert_eq!(last(None).await, of("DELETED fund:f"));
    // Made again by another data set: who is told of the first alone has heard of the deletion last.
    write(store, vec![put("e")]).await;
    assert_eq!(last(None).await, of("CREATED fund:f"));
    assert_eq!(last(Some(&["d"])).await, of("DELETED fund:f"));
    assert_eq!(last(Some(&["x"])).await, vec![None; 4]);
}

pub async fn news_comes_with_each_commit<S: Store>(store: &S) {
    let mut news = store.subscribe();
    for name in ["fund:a", "fund:b"] {
        news.borrow_and_update();
        write(store, graph(&[name], &[])).await;
        let heard = tokio::time::timeout(std::time::Duration::from_secs(5), news.changed()).await;
        heard.expect("it is told").unwrap();
    }
    let newest = store.reader(&VisibilityFilter::All).await.unwrap().revision();
    assert_eq!(*news.borrow(), newest);
}
