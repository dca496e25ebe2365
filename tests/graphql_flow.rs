//! How much came from whom, over HTTP.

mod answers;
mod layers;
mod limits;
mod passing;
mod questionnaire;
mod robustness;
mod uncertain;

use hukun::model::ontology::RelationKind::{ContributesTo, InIndustry, InvestsIn, ReturnsTo};
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, relation};
use crate::support::{TestApp, graph};

const AMOUNT: &str = "min proportional max bounds";

/// Moves of money, each as its id, who gives, who takes, and how many yuan: `60`, `>50`, or `?` for not stated.
trait Moves {
    fn moves(self, moves: &[&str]) -> Self;
}

impl Moves for Graph {
    fn moves(self, moves: &[&str]) -> Self {
        moves.iter().fold(self, |graph, text| {
            let words: Vec<&str> = text.split(' ').collect();
            let [id, from, to, amount] = words[..] else {
                panic!("`{text}` is no move of money")
            };
            let number = cny(amount.trim_matches(['>', '?']).parse().unwrap_or(0));
            let amount = match amount.as_bytes()[0] {
                b'?' => number.unknown(),
                b'>' => number.more_than(),
                _ => number,
            };
            let (kind, amount) = match from.split_once(':') {
                Some(("region", _)) => (ContributesTo, amount.paid_in()),
                Some(("project", _)) => (ReturnsTo, amount.invested()),
                _ => (InvestsIn, amount.invested()),
            };
            graph.relation(kind, from, to, relation().id(id).amount(amount))
        })
    }
}

fn moves(moves: &[&str]) -> Graph {
    graph().moves(moves)
}

/// A city and its neighbour put money into a fund; the project it invests in returns some of it.
fn fixture() -> Graph {
    moves(&[
        "a region:sh fund:f 60",
        "b region:ks fund:f 40",
        "c fund:f project:p 120",
        "d4 project:p fund:f 20",
    ])
    .relation(
        InIndustry,
        "project:p",
        "industry:i",
        relation().id("e").share("1"),
    )
}

/// What leaves a fund to one of two projects may be all of the one supplier or none of it.
fn two_projects() -> Graph {
    moves(&[
        "a region:sh fund:f 60",
        "b region:ks fund:f 40",
        "c fund:f project:p 50",
        "d4 fund:f project:q 50",
    ])
}

fn asking(input: &str, fields: &str) -> String {
    format!(r#"{{ flow(input: {{ {input} }}) {{ {fields} }} }}"#)
}

async fn flow_of(app: &TestApp, input: &str, fields: &str) -> Value {
    app.query(&asking(input, fields)).await.good()["flow"].clone()
}

fn money(from: &str, to: &str) -> String {
    format!(r#"from: {{ ids: ["{from}"] }}, to: {{ ids: ["{to}"] }}, resource: CAPITAL, unit: "CNY""#)
}

fn amount(min: &str, proportional: Option<&str>, max: Option<&str>, bounds: &str) -> Value {
    json!({ "min": min, "proportional": proportional, "max": max, "bounds": bounds })
}

fn exactly(amount: &str) -> Value {
    self::amount(amount, Some(amount), Some(amount), "EXACT")
}
