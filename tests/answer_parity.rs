//! Both stores answer alike: the same graph in each, the same questions over real HTTP, and the same bytes in return.
//!
//! What differs by nature is left out: when something was recorded or imported, for the stores are written one after the
//! other; so the cursors of lists in the order of that time, of which each server takes its own; and how many calls of
//! the store an answer took whose parts are read beside each other, for it says which was quicker.

mod question;
pub mod world;

use fastrand::Rng;
use hukun::http::Config;
use hukun::model::change::Subject;
use hukun::model::principal::Principal;
use hukun::service::Limits;
use reqwest::Client;
use serde_json::{Map, Value, json};

use crate::support::{TestApp, soak};
use question::{Asker, Named, Question, named_connections};
use world::{Both, Stores, World, build};

const SEED: u64 = 20_240_305;
const QUESTIONS: u64 = 500;
/// Worlds of a long run, each with as many questions.
const WORLDS: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_stores_answer_alike() {
    for seed in SEED..SEED + if soak() { WORLDS } else { 1 } {
        one_world(seed).await;
    }
}

async fn one_world(seed: u64) {
    println!("the seed is {seed}");
    let stores = Stores::empty().await;
    let mut world = build(&stores, &mut Rng::with_seed(seed)).await;
    // What a walk may do is bounded by its work alone: time would end it here sooner than there.
    let limits = Limits {
        trace_work_max: 20_000,
        trace_ms_max: 600_000,
        ..Limits::default()
    };
    let both = stores.open(limits).await;
    know_the_rest(&mut world, &both).await;
    Pair::of(both).await.asked(seed, QUESTIONS, &world).await.check();
}

/// Further pages: by cursors of either server, or, where they differ by nature, by each one's own.
fn pages(rng: &mut Rng, question: &Question, answers: &[Value; 2]) -> [Map<String, Value>; 2] {
    let cursors = answers.each_ref().map(|answer| {
        let edges = answer["data"]["list"]["edges"].as_array();
        let edges = edges.into_iter().flatten();
        edges
            .filter_map(|edge| edge["cursor"].as_str())
            .collect::<Vec<_>>()
    });
    let mut again = rng.clone();
    let from = rng.usize(0..2);
    again.usize(0..2);
    if question.by_time {
        return [
            question.page(rng, &cursors[0]),
            question.page(&mut again, &cursors[1]),
        ];
    }
    let variables = question.page(rng, &cursors[from]);
    [variables.clone(), variables]
}

/// The ids of what came from a data set: the questions are about them too.
pub async fn know_the_rest(world: &mut World, both: &Both) {
    let session = both.embedded.session(&Principal::operator("test")).await.unwrap();
    for dataset in session.datasets().await.unwrap() {
        for subject in session.subjects_of_dataset(&dataset.dataset.id).await.unwrap() {
            let ids = match subject {
                Subject::Entity(_) => &mut world.ids,
                Subject::Relation(_) => &mut world.relations,
                _ => continue,
            };
            let id = subject.as_str().to_string();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
}

/// Both stores, each behind a server.
pub struct Pair {
    client: Client,
    apps: [TestApp; 2],
}

impl Pair {
    pub async fn of(both: Both) -> Self {
        let mut config = Config::default();
        config.limits.request_ms_max = 600_000;
        Self {
            client: Client::new(),
            apps: [
                TestApp::over(both.embedded, config.clone()).await,
                TestApp::over(both.neo4j, config).await,
            ],
        }
    }

    /// Asks both so many questions, and counts what came back.
    pub async fn asked(&self, seed: u64, count: u64, world: &World) -> Tally {
        let named = named_connections();
        let questions = |first| self.questions(seed, [first, count / 2], world, &named);
        let (mut tally, other) = tokio::join!(questions(1), questions(2));
        tally.add(other);
        tally
    }

    /// Half of the questions, every second one from the first: two are asked at a time.
    async fn questions(&self, seed: u64, [first, count]: [u64; 2], world: &World, named: &Named) -> Tally {
        let mut tally = Tally::default();
        let mut number = first;
        while tally.asked < count {
            let mut asker = Asker::new(Rng::with_seed(seed ^ (number << 32)), world, named);
            let question = asker.question();
            let place = format!("seed {seed}, question {number}");
            let variables = [question.variables.clone(), question.variables.clone()];
            let answers = self.ask(&mut tally, &place, &question, variables).await;
            if question.has_pages {
                for page in 1..5 {
                    let place = format!("{place}, page {page}");
                    let variables = pages(&mut asker.rng, &question, &answers);
                    self.ask(&mut tally, &place, &question, variables).await;
                }
            }
            number += 2;
        }
        tally
    }

    /// Asks both, and holds the one answer against the other.
    async fn ask(
        &self,
        tally: &mut Tally,
        place: &str,
        question: &Question,
        variables: [Map<String, Value>; 2],
    ) -> [Value; 2] {
        let ask = async |at: usize| {
            let body = json!({ "query": question.text, "variables": variables[at] });
            let request = self
                .client
                .post(format!("{}/graphql", self.apps[at].url))
                .json(&body);
            let response = request
                .header("accept", "application/graphql-response+json")
                .send()
                .await
                .unwrap();
            (response.status(), response.text().await.unwrap())
        };
        let (embedded, neo4j) = tokio::join!(ask(0), ask(1));
        let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let answers = [read(&embedded.1), read(&neo4j.1)];
        let same = embedded == neo4j
            || (question.by_time || question.is_raced) && {
                // As text, which has the order of fields too.
                let [one, other] = answers
                    .clone()
                    .map(|answer| comparable(answer, question).to_string());
                embedded.0 == neo4j.0 && one == other
            };
        tally.count(&answers[0]);
        if !same {
            let variables = serde_json::to_string(&variables[0]).unwrap();
            tally.differing.push(format!(
                "{place}:\n{}\n{variables}\n{}",
                question.text,
                first_difference(&embedded.1, &neo4j.1)
            ));
        }
        answers
    }
}

/// An answer without what differs by nature.
fn comparable(mut answer: Value, question: &Question) -> Value {
    if question.by_time {
        forget_cursors(&mut answer);
    }
    if question.is_raced {
        answer["extensions"]["cost"] = Value::Null;
    }
    answer
}

/// Takes the cursors out of an answer.
fn forget_cursors(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["cursor", "startCursor", "endCursor"] {
                fields.remove(name);
            }
            fields.values_mut().for_each(forget_cursors);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_cursors),
        _ => {}
    }
}

/// The answers around the place where they part.
fn first_difference(embedded: &str, neo4j: &str) -> String {
    let (one, other): (Vec<char>, Vec<char>) = (embedded.chars().collect(), neo4j.chars().collect());
    let at = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let around = |text: &[char]| {
        text.iter()
            .skip(at.saturating_sub(250))
            .take(500)
            .collect::<String>()
    };
    format!("  embedded: …{}\n  Neo4j:    …{}", around(&one), around(&other))
}

/// What came back: a comparison of nothing with nothing would always pass.
#[derive(Default)]
pub struct Tally {
    asked: u64,
    refused: u64,
    empty: u64,
    differing: Vec<String>,
}

impl Tally {
    fn count(&mut self, answer: &Value) {
        self.asked += 1;
        let data = answer["data"].as_object();
        let list = data.and_then(|data| data.values().next());
        self.refused += u64::from(answer.get("errors").is_some());
        self.empty += u64::from(list.is_some_and(|list| list["totalCount"] == json!(0)));
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.refused += other.refused;
        self.empty += other.empty;
        self.differing.extend(other.differing);
    }

    /// Holds both to the same answers, whatever these were.
    pub fn all_alike(&self) {
        let Self { asked, differing, .. } = self;
        assert!(
            differing.is_empty(),
            "{} of {asked} answers differ. The first:\n\n{}",
            differing.len(),
            differing.iter().take(4).cloned().collect::<Vec<_>>().join("\n\n")
        );
    }

    pub fn check(&self) {
        let Self {
            asked,
            refused,
            empty,
            ..
        } = self;
        println!("{asked} questions: {refused} refused, {empty} with an empty list");
        self.all_alike();
        assert!(
            *refused < asked / 8,
            "most questions are to be answered: {refused} of {asked} were refused"
        );
        assert!(
            *empty < asked / 2,
            "most lists are to have something: {empty} of {asked} are empty"
        );
    }
}
