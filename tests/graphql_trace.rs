//! Traces and the ledger, over HTTP.

use hukun::model::ontology::RelationKind::{
    CollaboratesWith, ContributesTo, Grants, HostedAt, InIndustry, InvestsIn, IssuesVoucher, LocatedIn,
    PartOf, PartyTo, ReturnsTo, Serves, SharesTax,
};
use hukun::model::statement::{Assertion, Reliability};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, entity, of, relation, said};
use crate::support::{TestApp, graph, ids, texts};

/// Money from a city reaches an industry by two funds; one project leads nowhere.
fn money() -> Graph {
    graph()
        .relation(
            ContributesTo,
            "region:city",
            "fund:a",
            relation().id("c1").amount(cny(60).paid_in()).under("program:p"),
        )
        .relation(
            ContributesTo,
            "region:city",
            "fund:b",
            relation().id("c2").valid(Some("2020"), Some("2022")),
        )
        .relation(
            InvestsIn,
            "fund:a",
            "project:x",
            relation()
                .id("i1")
                .amount(cny(40).more_than().invested())
                .under("program:p"),
        )
        .relation(
            InvestsIn,
            "fund:b",
            "project:x",
            relation().id("i2").amount(cny(0).unknown().invested()),
        )
        .relation(
            InvestsIn,
            "fund:a",
            "project:y",
            relation().id("i3").amount(cny(5).committed()),
        )
        .relation(
            InIndustry,
            "project:x",
            "industry:z",
            relation()
                .id("n1")
                .share("1")
                .evidence(said(Assertion::Implied, Reliability::Independent)),
        )
        .relation(CollaboratesWith, "project:y", "company:q", relation().id("w1"))
        .relation(LocatedIn, "fund:a", "region:city", "l1")
        .relation(Serves, "expert:pool", "project:x", "s1")
        .entity(entity("expert:pool").size(&of(680, "PERSON")))
}

async fn trace(app: &TestApp, input: &str, fields: &str) -> Value {
    app.query(&format!("{{ trace(input: {{ {input} }}) {{ {fields} }} }}"))
        .await
        .good()["trace"]
        .clone()
}

const ENDS: &str = r#"from: { ids: ["region:city"] }, to: { ids: ["industry:z"] }"#;

#[tokio::test]
async fn paths_their_union_and_where_they_stop() {
    let app = TestApp::with(money()).await;
    let fields = "totalCount { value exact } truncated truncatedBy revision
        paths { nodes { length weakest undatedCount resources entities { id } relations { id } } }
        graph { entities { id } relations { id } truncated hidden { count } }
        deadEnds { totalCount nodes { entity { id } reached reasons arriving { id quantity { lower status } } } }";
    assert_json_snapshot!(trace(&app, ENDS, fields).await, @r#"
    {
      "totalCount": {
        "value": "2",
        "exact": true
      },
      "truncated": false,
      "truncatedBy": null,
      "revision": "1",
      "paths": {
        "nodes": [
          {
            "length": 3,
            "weakest": "IMPLIED",
            "undatedCount": 3,
            "resources": [
              "CAPITAL"
            ],
            "entities": [
              {
                "id": "region:city"
              },
              {
                "id": "fund:a"
              },
              {
                "id": "project:x"
              },
              {
                "id": "industry:z"
              }
            ],
            "relations": [
              {
                "id": "c1"
              },
              {
                "id": "i1"
              },
              {
                "id": "n1"
              }
            ]
          },
          {
            "length": 3,
            "weakest": "IMPLIED",
            "undatedCount": 2,
            "resources": [
              "CAPITAL"
            ],
            "entities": [
              {
                "id": "region:city"
              },
              {
                "id": "fund:b"
              },
              {
                "id": "project:x"
              },
              {
                "id": "industry:z"
              }
            ],
            "relations": [
              {
                "id": "c2"
              },
              {
                "id": "i2"
              },
              {
                "id": "n1"
              }
            ]
          }
        ]
      },
      "graph": {
        "entities": [
          {
            "id": "fund:a"
          },
          {
            "id": "fund:b"
          },
          {
            "id": "industry:z"
          },
          {
            "id": "project:x"
          },
          {
            "id": "region:city"
          }
        ],
        "relations": [
          {
            "id": "c1"
          },
          {
            "id": "c2"
          },
          {
            "id": "i1"
          },
          {
            "id": "i2"
          },
          {
            "id": "n1"
          }
        ],
        "truncated": false,
        "hidden": [
          {
            "count": 1
          },
          {
            "count": 1
          },
          {
            "count": 1
          },
          {
            "count": 1
          }
        ]
      },
      "deadEnds": {
        "totalCount": 1,
        "nodes": [
          {
            "entity": {
              "id": "project:y"
            },
            "reached": true,
            "reasons": [
              "DIRECTION_UNSTATED"
            ],
            "arriving": [
              {
                "id": "i3",
                "quantity": {
                  "lower": "5",
                  "status": "PROMISED"
                }
              }
            ]
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn paths_page_by_key() {
    let app = TestApp::with(money()).await;
    let page = async |args: &str| {
        trace(&app, ENDS, &format!("paths({args}) {{ nodes {{ relations {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }}")).await["paths"].clone()
    };
    let first = page("first: 1").await;
    assert_eq!(texts(&first["nodes"][0]["relations"], "/id"), ["c1", "i1", "n1"]);
    assert_eq!(
        (
            &first["pageInfo"]["hasNextPage"],
            &first["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(true), &json!(false))
    );
    let second = page(&format!("first: 5, after: {}", first["pageInfo"]["endCursor"])).await;
    assert_eq!(texts(&second["nodes"][0]["relations"], "/id"), ["c2", "i2", "n1"]);
    assert_eq!(
        (
            &second["pageInfo"]["hasNextPage"],
            &second["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(false), &json!(true))
    );
    let dead = trace(&app, ENDS, "deadEnds(first: 1) { pageInfo { endCursor } }").await["deadEnds"]["pageInfo"]["endCursor"].clone();
    let stray = app
        .query(&format!(
            "{{ trace(input: {{ {ENDS} }}) {{ paths(after: {dead}) {{ nodes {{ length }} }} }} }}"
        ))
        .await
        .bad();
    assert_eq!(stray.0, "BAD_USER_INPUT");
}

/// The dead ends as `entity: reasons, reached or not`.
async fn ends(app: &TestApp, input: &str) -> Vec<String> {
    let fields = "deadEnds { nodes { entity { id } reached reasons arriving { id } } }";
    let answer = trace(app, input, fields).await;
    let line = |end: &Value| {
        assert_eq!(end["reached"], !end["arriving"].as_array().unwrap().is_empty());
        let reached = if end["reached"] == true {
            ""
        } else {
            " (not reached)"
        };
        let reasons = texts(&end["reasons"], "").join(" ");
        format!("{}: {reasons}{reached}", end["entity"]["id"].as_str().unwrap())
    };
    answer["deadEnds"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(line)
        .collect()
}

/// What leads to an industry that is not of the target region, or was not asked for, does not lead back.
#[tokio::test]
async fn a_way_to_what_was_not_asked_for_is_told_from_a_way_back() {
    let app = TestApp::with(
        graph()
            .relation(LocatedIn, "company:a1", "region:a", "l1")
            .relation(LocatedIn, "company:b1", "region:b", "l2")
            .relation(InvestsIn, "company:a1", "company:z1", "i1")
            .relation(InIndustry, "company:z1", "industry:i", "n1"),
    )
    .await;
    let from = r#"from: { regionId: "region:a", kinds: [COMPANY] }"#;
    let to = |kind: &str| format!(r#"{from}, to: {{ regionId: "region:b", kinds: [{kind}] }}"#);
    assert_eq!(ends(&app, &to("INDUSTRY")).await, ["company:z1: LEADS_ELSEWHERE"]);
    assert_eq!(ends(&app, &to("COMPANY")).await, ["industry:i: LEADS_ELSEWHERE"]);
}

/// What leads on to where others come sooner leads on: only what leads back where it came from returns.
#[tokio::test]
async fn only_what_leads_back_returns() {
    let app = TestApp::with(
        graph()
            .relation(LocatedIn, "fund:s", "region:a", "l1")
            .relation(InvestsIn, "fund:s", "company:near", "i1")
            .relation(InvestsIn, "fund:s", "fund:far", "i2")
            .relation(InvestsIn, "fund:far", "company:near", "i3")
            .relation(InvestsIn, "fund:s", "fund:back", "i4")
            .relation(InvestsIn, "fund:back", "project:p", "i5")
            .relation(ReturnsTo, "project:p", "fund:back", "b1")
            .relation(InvestsIn, "fund:s", "project:q", "i6")
            .relation(ReturnsTo, "project:q", "fund:s", "b2")
            .relation(CollaboratesWith, "project:q", "company:near", relation().id("w1"))
            .relation(LocatedIn, "fund:idle", "region:a", "l2")
            .relation(CollaboratesWith, "fund:idle", "company:near", relation().id("w2")),
    )
    .await;
    let found = ends(
        &app,
        r#"from: { regionId: "region:a", kinds: [FUND] }, to: { kinds: [UNIVERSITY] }"#,
    )
    .await;
    assert_eq!(
        found,
        [
            "company:near: DIRECTION_UNSTATED",
            "fund:idle: DIRECTION_UNSTATED (not reached)",
            "project:p: RETURNS_ONLY",
            "project:q: DIRECTION_UNSTATED",
        ]
    );
}

#[tokio::test]
async fn each_part_of_the_question_counts() {
    let app = TestApp::with(money()).await;
    for (input, count) in [
        ("", "2"),
        ("asOf: \"2023-01-01\"", "1"),
        ("asOf: \"2021-01-01\"", "2"),
        ("asOf: \"2021-01-01\", undated: EXCLUDE", "0"),
        ("asOf: \"2021\"", "2"),
        ("asOf: \"2022-01\"", "1"),
        ("during: { from: \"2021\", to: \"2023\" }", "2"),
        ("during: { from: \"2022\" }", "1"),
        ("during: { to: \"2020-01-01\" }", "2"),
        ("during: { from: \"2019\", to: \"2020\" }, undated: EXCLUDE", "0"),
        ("asOf: \"2023\", during: { from: \"2020\", to: \"2021\" }", "1"),
        ("resources: [TALENT]", "0"),
        ("resources: [CAPITAL]", "2"),
        ("exclude: [\"fund:b\"]", "1"),
        ("through: [{ kinds: [FUND] }, { ids: [\"fund:a\"] }]", "1"),
        ("relationKinds: [CONTRIBUTES_TO]", "0"),
        ("kindRules: [{ kind: INVESTS_IN, walk: NONE }]", "0"),
        ("maxLength: 2", "0"),
        ("mode: SHORTEST", "1"),
        ("evidence: { assertions: [STATED] }", "0"),
        ("evidence: { reliabilities: [AUDITED] }", "0"),
        ("stages: [LANDED]", "2"),
    ] {
        let answer = trace(&app, &format!("{ENDS}, {input}"), "totalCount { value exact }").await;
        assert_eq!(
            answer["totalCount"],
            json!({ "value": count, "exact": true }),
            "{input}"
        );
    }
}

#[tokio::test]
async fn what_a_trace_cannot_answer_is_refused() {
    let app = TestApp::with(money()).await;
    for (input, code) in [
        ("from: {}, to: { kinds: [INDUSTRY] }", "BAD_USER_INPUT"),
        (
            "from: { regionRole: LOCATED }, to: { kinds: [INDUSTRY] }",
            "BAD_USER_INPUT",
        ),
        (
            "from: { ids: [\"region:nowhere\"] }, to: { kinds: [INDUSTRY] }",
            "NOT_FOUND",
        ),
        (
            "from: { regionId: \"region:nowhere\" }, to: { kinds: [INDUSTRY] }",
            "NOT_FOUND",
        ),
        (
            "from: { kinds: [REGION] }, to: { kinds: [INDUSTRY] }, maxLength: 0",
            "BAD_USER_INPUT",
        ),
        (
            "from: { kinds: [REGION] }, to: { kinds: [INDUSTRY] }, maxLength: 13",
            "BAD_USER_INPUT",
        ),
        (
            "from: { kinds: [REGION] }, to: { kinds: [INDUSTRY] }, maxLength: -1",
            "BAD_USER_INPUT",
        ),
        (
            "from: { kinds: [REGION] }, to: { kinds: [INDUSTRY] }, exclude: [\"fund:nowhere\"]",
            "NOT_FOUND",
        ),
    ] {
        let (found, message) = app
            .query(&format!("{{ trace(input: {{ {input} }}) {{ truncated }} }}"))
            .await
            .bad();
        assert_eq!(found, code, "{input}: {message}");
        let (found, _) = app
            .query(&format!("{{ mechanisms(input: {{ {input} }}) {{ undated }} }}"))
            .await
            .bad();
        assert_eq!(found, code, "{input}");
    }
}

#[tokio::test]
async fn what_is_not_asked_for_is_not_computed() {
    let app = TestApp::with(money()).await;
    let calls = async |fields: &str| {
        app.query(&format!("{{ trace(input: {{ {ENDS} }}) {{ {fields} }} }}"))
            .await
            .store_calls()
    };
    assert_eq!(calls("revision").await, calls("totalCount { value }").await);
    assert_eq!(
        calls("revision").await,
        calls("paths { pageInfo { hasNextPage } }").await
    );
    assert!(
        calls("paths { nodes { entities { id } relations { id } } }").await <= calls("revision").await + 2
    );
}

#[tokio::test]
async fn the_ledger_has_a_row_for_each_programme() {
    let app = TestApp::with(money()).await;
    let query = format!("{{ mechanisms(input: {{ {ENDS} }}) {{ program {{ id }} resources relationCount pathCount {{ value exact }} endsDead
        relations(first: 2) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage }} }} members {{ kind count {{ lower upper }} }}
        realised {{ lower upper unit qualifier }} promised {{ lower upper unit }} claimed {{ lower }}
        originStated directionStated industryStated undated drivers statements {{ assertion reliability count }} rules {{ id }} }} }}");
    let data = app.query(&query).await.good();
    let programs: Vec<_> = data["mechanisms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["program"]["id"].as_str())
        .collect();
    assert_eq!(programs, [Some("program:p"), None]);
    assert_json_snapshot!(data["mechanisms"], @r#"
    [
      {
        "program": {
          "id": "program:p"
        },
        "resources": [
          "CAPITAL"
        ],
        "relationCount": 2,
        "pathCount": {
          "value": "1",
          "exact": true
        },
        "endsDead": false,
        "relations": {
          "totalCount": 2,
          "nodes": [
            {
              "id": "c1"
            },
            {
              "id": "i1"
            }
          ],
          "pageInfo": {
            "hasNextPage": false
          }
        },
        "members": [
          {
            "kind": "REGION",
            "count": {
              "lower": "1",
              "upper": "1"
            }
          },
          {
            "kind": "FUND",
            "count": {
              "lower": "1",
              "upper": "1"
            }
          },
          {
            "kind": "PROJECT",
            "count": {
              "lower": "1",
              "upper": "1"
            }
          }
        ],
        "realised": [
          {
            "lower": "60",
            "upper": "60",
            "unit": "CNY",
            "qualifier": "EXACT"
          },
          {
            "lower": "40",
            "upper": null,
            "unit": "CNY",
            "qualifier": "MORE_THAN"
          }
        ],
        "promised": [],
        "claimed": [],
        "originStated": true,
        "directionStated": true,
        "industryStated": true,
        "undated": 2,
        "drivers": [
          "UNSTATED"
        ],
        "statements": [
          {
            "assertion": "STATED",
            "reliability": "INDEPENDENT",
            "count": 2
          }
        ],
        "rules": []
      },
      {
        "program": null,
        "resources": [
          "CAPITAL"
        ],
        "relationCount": 4,
        "pathCount": {
          "value": "2",
          "exact": true
        },
        "endsDead": true,
        "relations": {
          "totalCount": 4,
          "nodes": [
            {
              "id": "c2"
            },
            {
              "id": "i2"
            }
          ],
          "pageInfo": {
            "hasNextPage": true
          }
        },
        "members": [
          {
            "kind": "REGION",
            "count": {
              "lower": "1",
              "upper": "1"
            }
          },
          {
            "kind": "INDUSTRY",
            "count": {
              "lower": "1",
              "upper": "1"
            }
          },
          {
            "kind": "FUND",
            "count": {
              "lower": "2",
              "upper": "2"
            }
          },
          {
            "kind": "PROJECT",
            "count": {
              "lower": "2",
              "upper": "2"
            }
          }
        ],
        "realised": [
          {
            "lower": null,
            "upper": null,
            "unit": "CNY",
            "qualifier": "UNKNOWN"
          }
        ],
        "promised": [
          {
            "lower": "5",
            "upper": null,
            "unit": "CNY"
          }
        ],
        "claimed": [],
        "originStated": true,
        "directionStated": true,
        "industryStated": false,
        "undated": 3,
        "drivers": [
          "UNSTATED"
        ],
        "statements": [
          {
            "assertion": "STATED",
            "reliability": "INDEPENDENT",
            "count": 3
          },
          {
            "assertion": "IMPLIED",
            "reliability": "INDEPENDENT",
            "count": 1
          }
        ],
        "rules": []
      }
    ]
    "#);
    assert_eq!(ids(&data["mechanisms"][0]["relations"]), ["c1", "i1"]);
}

/// An agency of A grants to a firm of B and, more, to one of Z; other programmes have nothing to do with either.
fn granted() -> Graph {
    let granted =
        |id: &str, amount, under: &str| relation().id(id).amount(cny(amount).granted()).under(under);
    graph()
        .relation(LocatedIn, "organization:a", "region:a", "l1")
        .relation(LocatedIn, "company:b", "region:b", "l2")
        .relation(LocatedIn, "company:z", "region:z", "l3")
        .relation(PartOf, "region:b", "region:above", "l4")
        .relation(LocatedIn, "company:above", "region:above", "l5")
        .relation(
            Grants,
            "organization:a",
            "company:b",
            granted("r1", 5, "program:p"),
        )
        .relation(
            Grants,
            "organization:a",
            "company:z",
            granted("r2", 1000, "program:p"),
        )
        .relation(
            Grants,
            "organization:a",
            "company:above",
            granted("r3", 30, "program:p"),
        )
        .relation(
            Grants,
            "organization:u",
            "company:z",
            granted("r4", 7, "program:q"),
        )
        .relation(
            Grants,
            "organization:u",
            "company:u",
            granted("r5", 7, "program:r"),
        )
        .entity(entity("program:s"))
}

const A_TO_B: &str = r#"from: { regionId: "region:a" }, to: { regionId: "region:b" }"#;

#[tokio::test]
async fn what_goes_elsewhere_is_no_part_of_a_row_and_programmes_left_out_say_why() {
    let app = TestApp::with(granted()).await;
    let query = format!(
        "{{ ledger(input: {{ {A_TO_B} }}) {{ truncatedBy
            rows {{ program {{ id }} reason tied notTied relations {{ nodes {{ id }} }}
                realised {{ lower upper unit basis }}
                figures {{ status resource unit basis total {{ lower }} bothStated {{ lower }} originNotStated {{ lower }}
                    destinationNotStated {{ lower }} neitherStated {{ lower }} relations {{ nodes {{ id }} }} }}
                elsewhere {{ relationCount amounts {{ lower upper basis status }} relations {{ nodes {{ id }} }} }} }}
            leftOut {{ program {{ id }} reason notTied elsewhere {{ relationCount amounts {{ lower }} }} }} }} }}"
    );
    let data = app.query(&query).await.good();
    assert_eq!(
        data["ledger"],
        json!({
            "truncatedBy": null,
            "rows": [{
                "program": { "id": "program:p" },
                "reason": null,
                "tied": false,
                "notTied": 0,
                "relations": { "nodes": [{ "id": "r1" }, { "id": "r3" }] },
                "realised": [{ "lower": "35", "upper": "35", "unit": "CNY", "basis": "GRANTED" }],
                "figures": [{
                    "status": "REALISED",
                    "resource": "CAPITAL",
                    "unit": "CNY",
                    "basis": "GRANTED",
                    "total": { "lower": "35" },
                    "bothStated": { "lower": "5" },
                    "originNotStated": null,
                    // A place above the region is not known to lie elsewhere.
                    "destinationNotStated": { "lower": "30" },
                    "neitherStated": null,
                    "relations": { "nodes": [{ "id": "r1" }, { "id": "r3" }] },
                }],
                "elsewhere": {
                    "relationCount": 1,
                    "amounts": [{ "lower": "1000", "upper": "1000", "basis": "GRANTED", "status": "REALISED" }],
                    "relations": { "nodes": [{ "id": "r2" }] },
                },
            }],
            "leftOut": [
                {
                    "program": { "id": "program:q" },
                    "reason": "ELSEWHERE",
                    "notTied": 0,
                    "elsewhere": { "relationCount": 1, "amounts": [{ "lower": "7" }] },
                },
                {
                    "program": { "id": "program:r" },
                    "reason": "NEITHER_STATED",
                    "notTied": 1,
                    "elsewhere": { "relationCount": 0, "amounts": [] },
                },
                {
                    "program": { "id": "program:s" },
                    "reason": "NOTHING_CARRIED",
                    "notTied": 0,
                    "elsewhere": { "relationCount": 0, "amounts": [] },
                },
            ],
        })
    );
    // The rows alone are the older field's.
    let rows = app
        .query(&format!(
            "{{ mechanisms(input: {{ {A_TO_B} }}) {{ program {{ id }} relationCount }} }}"
        ))
        .await
        .good();
    assert_eq!(
        rows["mechanisms"],
        json!([{ "program": { "id": "program:p" }, "relationCount": 2 }])
    );
}

/// Mechanisms as a report tells of them: totals that are stated, and splits that are not.
fn reported() -> Graph {
    let under = |id: &str, of: &str| relation().id(id).under(of);
    graph()
        .relation(PartOf, "region:j", "region:a", "l0")
        .relation(LocatedIn, "park:k", "region:b", "l1")
        .relation(HostedAt, "program:vouchers", "park:k", "l2")
        // Vouchers: who issues them is not known, what was issued is, and the programme was first tried in a larger region.
        .relation(LocatedIn, "program:vouchers", "region:wide", "l3")
        .relation(
            IssuesVoucher,
            "organization:issuers",
            "program:vouchers",
            under("v1", "program:vouchers").amount(cny(0).unknown().issued()),
        )
        .relation(
            IssuesVoucher,
            "program:vouchers",
            "project:v",
            under("v2", "program:vouchers").amount(cny(15_660_000).issued()),
        )
        // Tax: how much was shared is known, who got which part is not.
        .relation(PartyTo, "region:j", "program:tax", under("t1", "program:tax"))
        .relation(
            SharesTax,
            "company:moved",
            "program:tax",
            under("t2", "program:tax").amount(cny(0).unknown().shared()),
        )
        .relation(
            SharesTax,
            "program:tax",
            "region:b",
            under("t3", "program:tax").amount(cny(0).unknown().shared()),
        )
        .relation(
            SharesTax,
            "program:tax",
            "region:j",
            under("t4", "program:tax").amount(cny(0).unknown().shared()),
        )
        .observation("o1", "program:tax", "shared", &cny(470_000_000).shared(), "2024")
        // Funds: what was promised is known, what was paid is not.
        .relation(PartyTo, "park:k", "program:funds", under("f0", "program:funds"))
        .relation(
            ContributesTo,
            "organization:founders",
            "fund:green",
            under("f1", "program:funds").amount(cny(0).unknown().paid_in()),
        )
        .relation(
            ContributesTo,
            "organization:founders",
            "fund:smart",
            under("f2", "program:funds").amount(cny(0).unknown().paid_in()),
        )
        .entity(entity("fund:green").promised(&cny(500_000_000).committed()))
        .entity(entity("fund:smart").promised(&cny(400_000_000).committed()))
}

#[tokio::test]
async fn what_is_stated_as_a_total_stands_as_stated() {
    let app = TestApp::with(reported()).await;
    let query = format!(
        "{{ mechanisms(input: {{ {A_TO_B} }}) {{ program {{ id }} tied
            figures {{ basis total {{ lower upper qualifier }} totals {{ entity {{ id }} observationId counts }}
                splitNotStated {{ nodes {{ id }} }} stages {{ nodes {{ id }} }} open {{ nodes {{ id }} }} }} }} }}"
    );
    let reply = app.query(&query).await;
    let calls = reply.store_calls();
    let data = reply.good();
    let rows = data["mechanisms"].as_array().unwrap();
    let of = |program: &str| {
        let row = rows.iter().find(|row| row["program"]["id"] == program).unwrap();
        assert_eq!(row["tied"], true, "{program}");
        row["figures"].clone()
    };
    let exact = |amount: &str| json!({ "lower": amount, "upper": amount, "qualifier": "EXACT" });
    let vouchers = of("program:vouchers");
    assert_eq!(vouchers[0]["total"], exact("15660000"));
    assert_eq!(ids(&vouchers[0]["splitNotStated"]), ["v1"]);
    let tax = of("program:tax");
    assert_eq!(tax.as_array().unwrap().len(), 1);
    assert_eq!(tax[0]["total"], exact("470000000"));
    assert_eq!(
        tax[0]["totals"],
        json!([{ "entity": { "id": "program:tax" }, "observationId": "o1", "counts": true }])
    );
    assert_eq!(ids(&tax[0]["splitNotStated"]), ["t2", "t3"]);
    let funds = of("program:funds");
    let promised = funds
        .as_array()
        .unwrap()
        .iter()
        .find(|figure| figure["basis"] == "COMMITTED")
        .unwrap();
    assert_eq!(promised["total"], exact("900000000"));
    let paid = funds
        .as_array()
        .unwrap()
        .iter()
        .find(|figure| figure["basis"] == "PAID_IN")
        .unwrap();
    assert_eq!(
        paid["total"],
        json!({ "lower": null, "upper": null, "qualifier": "UNKNOWN" })
    );
    assert_eq!(ids(&paid["open"]), ["f1", "f2"]);
    // As many calls of the store as for one row.
    let one = app
        .query(&format!(
            "{{ mechanisms(input: {{ {A_TO_B}, relationKinds: [IN_INDUSTRY] }}) {{ program {{ id }} }} }}"
        ))
        .await;
    assert!(
        calls <= one.store_calls() + 6,
        "{calls} calls, and {} for little",
        one.store_calls()
    );
}

/// Layers of funds, each fund investing in all of the next layer: few relations, many paths, no cycle.
fn layers(width: usize, depth: usize) -> Graph {
    let mut graph = graph();
    for a in 0..width {
        graph = graph
            .relation(
                InvestsIn,
                "fund:s",
                &format!("fund:0.{a}"),
                relation().id(&format!("a{a}")),
            )
            .relation(
                InvestsIn,
                &format!("fund:{}.{a}", depth - 1),
                "fund:t",
                relation().id(&format!("z{a}")),
            );
        for (layer, b) in (1..depth).flat_map(|layer| (0..width).map(move |b| (layer, b))) {
            let (from, to) = (format!("fund:{}.{a}", layer - 1), format!("fund:{layer}.{b}"));
            graph = graph.relation(InvestsIn, &from, &to, relation().id(&format!("m{layer}.{a}.{b}")));
        }
    }
    graph
}

#[tokio::test]
async fn a_page_out_of_work_is_cut_and_says_so_while_the_count_is_exact() {
    const LAYERS: &str = r#"from: { ids: ["fund:s"] }, to: { ids: ["fund:t"] }"#;
    let limits = hukun::service::Limits {
        trace_work_max: 1200,
        ..Default::default()
    };
    let config = hukun::http::Config::default();
    let (whole, tight) = (
        TestApp::with(layers(6, 4)).await,
        TestApp::with_limits(layers(6, 4), config, limits).await,
    );
    let fields = "truncated truncatedBy totalCount { value exact }
        paths(first: 1000) { nodes { relations { id } } pageInfo { hasNextPage hasPreviousPage endCursor } }";
    let (full, cut) = (
        trace(&whole, LAYERS, fields).await,
        trace(&tight, LAYERS, fields).await,
    );
    let count = json!({ "value": "1296", "exact": true });
    assert_eq!((&full["totalCount"], &cut["totalCount"]), (&count, &count));
    assert_eq!(full["truncated"], json!(false));
    assert_eq!(
        (&cut["truncated"], &cut["truncatedBy"]),
        (&json!(true), &json!("WORK_LIMIT"))
    );
    let nodes = |answer: &Value| answer["paths"]["nodes"].as_array().unwrap().clone();
    let (all, begun) = (nodes(&full), nodes(&cut));
    assert!(!begun.is_empty() && begun.len() < 1000, "{}", begun.len());
    assert!(all.starts_with(&begun));
    assert_eq!(
        (
            &cut["paths"]["pageInfo"]["hasNextPage"],
            &cut["paths"]["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(true), &json!(false))
    );
    // The next page goes on where this one was cut; one that fits is whole, and says so.
    let after = cut["paths"]["pageInfo"]["endCursor"].as_str().unwrap();
    let next = format!(
        "truncated paths(first: 3, after: {after:?}) {{ nodes {{ relations {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage }} }}"
    );
    let next = trace(&tight, LAYERS, &next).await;
    assert_eq!(nodes(&next), all[begun.len()..begun.len() + 3]);
    assert_eq!(
        next["paths"]["pageInfo"],
        json!({ "hasNextPage": true, "hasPreviousPage": true })
    );
    assert_eq!(next["truncated"], json!(false));
    // Only what is asked for can be cut.
    let counted = trace(&tight, LAYERS, "truncated totalCount { value exact }").await;
    assert_eq!(counted, json!({ "truncated": false, "totalCount": count }));
}
