//! Reading single things and what hangs below them, over HTTP.

use hukun::model::entity::{Centroid, Properties};
use hukun::model::ontology::RelationKind::{
    CoBuilds, ContributesTo, HostedAt, InvestsIn, Leverages, LocatedIn, PartOf,
};
use hukun::model::quantity::Basis;
use hukun::model::record::RuleType;
use hukun::model::resource::Resource;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::graph::{cny, entity, of, relation};
use crate::support::{TestApp, graph, ids, texts};

#[tokio::test]
async fn an_empty_graph_answers_with_empty_lists() {
    let app = TestApp::with(graph()).await;
    let data = app.query("{ revision entities { totalCount nodes { id } } relations { nodes { id } } datasets { id } sources { nodes { id } } rules { id } node(id: \"fund:a\") { id } }").await.good();
    assert_json_snapshot!(data, @r#"
    {
      "revision": "0",
      "entities": {
        "totalCount": 0,
        "nodes": []
      },
      "relations": {
        "nodes": []
      },
      "datasets": [],
      "sources": {
        "nodes": []
      },
      "rules": [],
      "node": null
    }
    "#);
}

#[tokio::test]
async fn an_entity_has_its_names_properties_and_evidence() {
    let fund = Properties::Fund {
        fund_type: Some("ANGEL".into()),
        committed: None,
        paid_in: Some(
            hukun::model::quantity::Quantity::new(
                hukun::model::quantity::QuantityParts {
                    amount: Some(50.into()),
                    qualifier: Some(hukun::model::quantity::Qualifier::MoreThan),
                    unit: Some(hukun::model::quantity::Unit::parse("CNY").unwrap()),
                    basis: Some(Basis::PaidIn),
                    ..Default::default()
                },
                hukun::model::quantity::Measure::Stock,
            )
            .unwrap(),
        ),
    };
    let app = TestApp::with(
        graph()
            .entity(
                entity("fund:f")
                    .named("天使基金")
                    .alias("Angel Fund", "en")
                    .tag("angel")
                    .external("x", "1")
                    .valid(Some("2020-05"), None)
                    .properties(fund),
            )
            .relation(LocatedIn, "fund:f", "region:k", ()),
    )
    .await;
    let data = app.query(r#"{ node(id: "fund:f") { __typename id ... on Fund {
        kind name en: name(lang: "en") fr: name(lang: "fr") names { value lang role } tags externalIds { scheme value } validFrom validTo degree
        region { id } regions(role: GOVERNED) { id } fundType committed { lower } paidIn { lower upper lowerExclusive unit basis status measure qualifier contested }
        statements { quote assertion reliability rank locator { lines start end text } source { id title authors } recordedBy property }
        datasets { id synthetic coverage entityCount relationCount } formerIds size { lower }
    } } }"#).await.good();
    assert_json_snapshot!(data["node"], @r#"
    {
      "__typename": "Fund",
      "id": "fund:f",
      "kind": "FUND",
      "name": "天使基金",
      "en": "Angel Fund",
      "fr": "天使基金",
      "names": [
        {
          "value": "天使基金",
          "lang": "zh",
          "role": "OFFICIAL"
        },
        {
          "value": "Angel Fund",
          "lang": "en",
          "role": "ALIAS"
        }
      ],
      "tags": [
        "angel"
      ],
      "externalIds": [
        {
          "scheme": "x",
          "value": "1"
        }
      ],
      "validFrom": "2020-05",
      "validTo": null,
      "degree": 1,
      "region": {
        "id": "region:k"
      },
      "regions": [],
      "fundType": "ANGEL",
      "committed": null,
      "paidIn": {
        "lower": "50",
        "upper": null,
        "lowerExclusive": true,
        "unit": "CNY",
        "basis": "PAID_IN",
        "status": "REALISED",
        "measure": "STOCK",
        "qualifier": "MORE_THAN",
        "contested": false
      },
      "statements": [
        {
          "quote": "如此说",
          "assertion": "STATED",
          "reliability": "INDEPENDENT",
          "rank": "NORMAL",
          "locator": {
            "lines": [
              1,
              1
            ],
            "start": 0,
            "end": 3,
            "text": null
          },
          "source": {
            "id": "source:s",
            "title": "Source",
            "authors": [
              "An Author"
            ]
          },
          "recordedBy": "test",
          "property": null
        }
      ],
      "datasets": [
        {
          "id": "d",
          "synthetic": true,
          "coverage": "SAMPLE",
          "entityCount": 2,
          "relationCount": 1
        }
      ],
      "formerIds": [],
      "size": null
    }
    "#);
}

#[tokio::test]
async fn whatever_has_an_id_is_a_node() {
    let app = TestApp::with(
        graph()
            .entity(entity("fund:f").former("fund:old"))
            .relation(InvestsIn, "fund:f", "project:p", "fund:f/invests")
            .observation("o1", "fund:f", "SIZE", &of(3, "COMPANY"), "2024")
            .rule(
                "rule:r",
                "fund:f",
                RuleType::CoInvest,
                None,
                &[("region:g", 2, 3), ("organization:s", 7, 8)],
            )
            .entities(["region:g", "organization:s"]),
    )
    .await;
    let data = app.query(r#"{ nodes(ids: ["fund:f", "fund:old", "fund:f/invests", "o1", "rule:r", "source:s", "d", "nothing", "fund:nothing"]) { __typename id
        ... on Relation { relation: kind from { id } to { id } } ... on Observation { indicator quantity { lower unit } period { from to text } }
        ... on Rule { type bearer { id } parts { party { id } lower upper } check { status reason relations { id } } } ... on Dataset { title } ... on Source { title }
        ... on Entity { kind } } }"#).await.good();
    assert_json_snapshot!(data["nodes"], @r#"
    [
      {
        "__typename": "Fund",
        "id": "fund:f",
        "kind": "FUND"
      },
      {
        "__typename": "Fund",
        "id": "fund:f",
        "kind": "FUND"
      },
      {
        "__typename": "Relation",
        "id": "fund:f/invests",
        "relation": "INVESTS_IN",
        "from": {
          "id": "fund:f"
        },
        "to": {
          "id": "project:p"
        }
      },
      {
        "__typename": "Observation",
        "id": "o1",
        "indicator": "SIZE",
        "quantity": {
          "lower": "3",
          "unit": "COMPANY"
        },
        "period": {
          "from": "2024",
          "to": "2024",
          "text": "2024"
        }
      },
      {
        "__typename": "Rule",
        "id": "rule:r",
        "type": "CO_INVEST",
        "bearer": {
          "id": "fund:f"
        },
        "parts": [
          {
            "party": {
              "id": "region:g"
            },
            "lower": "0.2",
            "upper": "0.3"
          },
          {
            "party": {
              "id": "organization:s"
            },
            "lower": "0.7",
            "upper": "0.8"
          }
        ],
        "check": {
          "status": "UNDETERMINED",
          "reason": "规则未说明以什么计；其名下没有记录已实现的数额。",
          "relations": []
        }
      },
      {
        "__typename": "Source",
        "id": "source:s",
        "title": "Source"
      },
      {
        "__typename": "Dataset",
        "id": "d",
        "title": "Data set d"
      },
      null,
      null
    ]
    "#);
}

#[tokio::test]
async fn each_kind_has_its_own_properties() {
    let properties = [
        (
            "region:a",
            Properties::Region {
                level: Some("CITY".into()),
                centroid: Some(Centroid {
                    longitude: "120.98".parse().unwrap(),
                    latitude: "31.38".parse().unwrap(),
                }),
            },
            "level longitude latitude",
        ),
        (
            "industry:a",
            Properties::Industry {
                scheme: Some("SEI".into()),
                code: Some("1".into()),
            },
            "scheme code",
        ),
        (
            "park:a",
            Properties::Park {
                park_type: Some("ENCLAVE".into()),
                level: Some("NATIONAL".into()),
            },
            "parkType level",
        ),
        (
            "lab:a",
            Properties::Lab {
                lab_type: Some("JOINT".into()),
            },
            "labType",
        ),
        (
            "facility:a",
            Properties::Facility {
                facility_type: Some("COMPUTE".into()),
                capacity: Some("多".into()),
            },
            "facilityType capacity",
        ),
        (
            "expert:a",
            Properties::Expert {
                title_class: Some("PROFESSOR".into()),
                fields: vec!["AI".into()],
                contact: Some("a@example.org".into()),
            },
            "titleClass fields contact",
        ),
        (
            "project:a",
            Properties::Project {
                stage: Some(hukun::model::entity::ProjectStage::Landed),
            },
            "stage",
        ),
        (
            "company:a",
            Properties::Company {
                listing_board: Some("STAR".into()),
            },
            "listingBoard",
        ),
        (
            "organization:a",
            Properties::Organization {
                org_type: Some("GOVERNMENT".into()),
            },
            "orgType",
        ),
        (
            "program:a",
            Properties::Program {
                family: Some(hukun::model::entity::ProgramFamily::Talent),
            },
            "family",
        ),
        (
            "claim:a",
            Properties::Claim {
                claim_type: Some(hukun::model::entity::ClaimType::Problem),
            },
            "claimType",
        ),
    ];
    let full = properties.iter().fold(graph(), |graph, (id, properties, _)| {
        graph.entity(entity(id).properties(properties.clone()))
    });
    let app = TestApp::with(full).await;
    let type_of = |id: &str| {
        let kind = id.split(':').next().unwrap();
        format!("{}{}", kind[..1].to_uppercase(), &kind[1..])
    };
    let fields: Vec<String> = properties
        .iter()
        .enumerate()
        .map(|(n, (id, _, fields))| {
            format!(
                r#"a{n}: node(id: "{id}") {{ ... on {} {{ {fields} }} }}"#,
                type_of(id)
            )
        })
        .collect();
    let data = app.query(&format!("{{ {} }}", fields.join(" "))).await.good();
    let rows: Vec<Value> = data.as_object().unwrap().values().cloned().collect();
    assert_json_snapshot!(json!(rows), @r#"
    [
      {
        "level": "CITY",
        "longitude": "120.98",
        "latitude": "31.38"
      },
      {
        "scheme": "SEI",
        "code": "1"
      },
      {
        "parkType": "ENCLAVE",
        "level": "NATIONAL"
      },
      {
        "labType": "JOINT"
      },
      {
        "facilityType": "COMPUTE",
        "capacity": "多"
      },
      {
        "titleClass": "PROFESSOR",
        "fields": [
          "AI"
        ],
        "contact": null
      },
      {
        "stage": "LANDED"
      },
      {
        "listingBoard": "STAR"
      },
      {
        "orgType": "GOVERNMENT"
      },
      {
        "family": "TALENT"
      },
      {
        "claimType": "PROBLEM"
      }
    ]
    "#);
}

#[tokio::test]
async fn named_connections_carry_the_relation() {
    let app = TestApp::with(
        graph()
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().amount(cny(70).invested()),
            )
            .relation(InvestsIn, "fund:f", "company:c", ())
            .relation(ContributesTo, "region:s", "fund:f", ())
            .relation(
                CoBuilds,
                "university:u",
                "lab:l",
                relation().resource(Resource::Technology),
            )
            .relation(CoBuilds, "university:u", "park:k", ())
            .relation(HostedAt, "company:c", "park:k", ())
            .relation(PartOf, "region:z", "region:s", ()),
    )
    .await;
    let data = app.query(r"{
        funds { nodes { investments { totalCount edges { node { id } relation { kind quantity { lower status } } } }
            onlyProjects: investments(entities: { kinds: [PROJECT] }) { nodes { id } } contributions { nodes { id } } } }
        universities { nodes { labs { edges { node { id ... on Lab { labType } } relation { resource flow } } } coBuilt { nodes { id } } } }
        parks { nodes { tenants { nodes { id } } builders { nodes { id } } } }
        regions { nodes { children { nodes { id } } } }
    }").await.good();
    assert_json_snapshot!(data, @r#"
    {
      "funds": {
        "nodes": [
          {
            "investments": {
              "totalCount": 2,
              "edges": [
                {
                  "node": {
                    "id": "project:p"
                  },
                  "relation": {
                    "kind": "INVESTS_IN",
                    "quantity": {
                      "lower": "70",
                      "status": "REALISED"
                    }
                  }
                },
                {
                  "node": {
                    "id": "company:c"
                  },
                  "relation": {
                    "kind": "INVESTS_IN",
                    "quantity": null
                  }
                }
              ]
            },
            "onlyProjects": {
              "nodes": [
                {
                  "id": "project:p"
                }
              ]
            },
            "contributions": {
              "nodes": [
                {
                  "id": "region:s"
                }
              ]
            }
          }
        ]
      },
      "universities": {
        "nodes": [
          {
            "labs": {
              "edges": [
                {
                  "node": {
                    "id": "lab:l",
                    "labType": null
                  },
                  "relation": {
                    "resource": "TECHNOLOGY",
                    "flow": "UNSTATED"
                  }
                }
              ]
            },
            "coBuilt": {
              "nodes": [
                {
                  "id": "lab:l"
                },
                {
                  "id": "park:k"
                }
              ]
            }
          }
        ]
      },
      "parks": {
        "nodes": [
          {
            "tenants": {
              "nodes": [
                {
                  "id": "company:c"
                }
              ]
            },
            "builders": {
              "nodes": [
                {
                  "id": "university:u"
                }
              ]
            }
          }
        ]
      },
      "regions": {
        "nodes": [
          {
            "children": {
              "nodes": [
                {
                  "id": "region:z"
                }
              ]
            }
          },
          {
            "children": {
              "nodes": []
            }
          }
        ]
      }
    }
    "#);
}

#[tokio::test]
async fn what_is_leveraged_is_claimed_whatever_its_basis() {
    let app = TestApp::with(
        graph()
            .relation(Leverages, "fund:f", "industry:i", cny(5).invested())
            .relation(InvestsIn, "fund:f", "project:p", cny(5).invested()),
    )
    .await;
    let data = app
        .query("{ relations { nodes { kind conserved quantity { status basis } } } }")
        .await
        .good();
    assert_json_snapshot!(data["relations"]["nodes"], @r#"
    [
      {
        "kind": "LEVERAGES",
        "conserved": false,
        "quantity": {
          "status": "CLAIMED",
          "basis": "INVESTED"
        }
      },
      {
        "kind": "INVESTS_IN",
        "conserved": true,
        "quantity": {
          "status": "REALISED",
          "basis": "INVESTED"
        }
      }
    ]
    "#);
}

#[tokio::test]
async fn sources_that_differ_make_an_amount_contested() {
    let app = TestApp::with(
        graph()
            .entity(
                entity("expert:pool")
                    .size(&of(680, "PERSON"))
                    .size_said(&of(700, "PERSON")),
            )
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().amount(cny(10).invested()).said(&cny(12).invested()),
            ),
    )
    .await;
    let data = app
        .query(
            r"{ experts { nodes { size { lower upper contested qualifier } } }
        relations { nodes { quantity { lower upper contested } statements { quantity { lower } } } } }",
        )
        .await
        .good();
    assert_json_snapshot!(data, @r#"
    {
      "experts": {
        "nodes": [
          {
            "size": {
              "lower": "680",
              "upper": "700",
              "contested": true,
              "qualifier": "RANGE"
            }
          }
        ]
      },
      "relations": {
        "nodes": [
          {
            "quantity": {
              "lower": "10",
              "upper": "12",
              "contested": true
            },
            "statements": [
              {
                "quantity": null
              },
              {
                "quantity": {
                  "lower": "12"
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
async fn a_date_asked_at_the_root_holds_below_it() {
    let app = TestApp::with(
        graph()
            .entity(entity("region:old").valid(None, Some("2020")))
            .entity("region:new")
            .relation(
                LocatedIn,
                "fund:f",
                "region:old",
                relation().id("a").valid(None, Some("2020")),
            )
            .relation(
                LocatedIn,
                "fund:f",
                "region:new",
                relation().id("b").valid(Some("2020"), None),
            )
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().id("c").valid(Some("2021"), Some("2022")),
            ),
    )
    .await;
    let at = async |date: &str| {
        let query = "query ($on: Date) { funds(asOf: $on) { nodes { region { id } degree related { totalCount nodes { id } } investments { nodes { id degree related { nodes { id } } } } } } }";
        app.ask(query, json!({ "on": date })).await.good()["funds"]["nodes"][0].clone()
    };
    let (before, within) = (at("2019-06-30").await, at("2021-06-30").await);
    assert_eq!(
        (&before["region"]["id"], &before["degree"]),
        (&json!("region:old"), &json!(1))
    );
    assert_eq!(ids(&before["related"]), ["region:old"]);
    assert_eq!(
        (&within["region"]["id"], &within["degree"]),
        (&json!("region:new"), &json!(2))
    );
    assert_eq!(ids(&within["investments"]["nodes"][0]["related"]), ["fund:f"]);
    assert_eq!(at("2022-01-01").await["investments"]["nodes"], json!([]));
    let regions = app.query("{ regions(asOf: \"2021-01-01\") { totalCount nodes { id } } relations(asOf: \"2021-01-01\") { nodes { id } } }").await.good();
    assert_eq!(ids(&regions["regions"]), ["region:new"]);
    assert_eq!(ids(&regions["relations"]), ["b", "c"]);
}

#[tokio::test]
async fn a_neighborhood_counts_what_it_hides() {
    let app = TestApp::with(
        graph()
            .relation(InvestsIn, "fund:f", "project:p", "r1")
            .relation(InvestsIn, "fund:f", "project:q", "r2")
            .relation(ContributesTo, "region:a", "fund:f", "r3")
            .relation(LocatedIn, "project:q", "region:b", "r4"),
    )
    .await;
    let ask = async |args: &str| {
        app.query(&format!("{{ neighborhood({args}) {{ truncated entities {{ id }} relations {{ id }} hidden {{ entity {{ id }} kind count }} }} }}")).await
    };
    let whole = ask(r#"ids: ["fund:f"]"#).await.good()["neighborhood"].clone();
    assert_eq!(
        texts(&whole["entities"], "/id"),
        ["fund:f", "project:p", "project:q", "region:a"]
    );
    assert_eq!(
        (texts(&whole["relations"], "/id"), &whole["truncated"]),
        (vec!["r1".into(), "r2".into(), "r3".into()], &json!(false))
    );
    assert_eq!(
        whole["hidden"],
        json!([{ "entity": { "id": "project:q" }, "kind": "LOCATED_IN", "count": 1 }])
    );
    let cut = ask(r#"ids: ["fund:f"], maxEntities: 2"#).await.good()["neighborhood"].clone();
    assert_eq!(
        (texts(&cut["entities"], "/id"), &cut["truncated"]),
        (vec!["fund:f".into(), "project:p".into()], &json!(true))
    );
    assert_eq!(
        ask(r#"ids: ["fund:f"], depth: 7"#).await.bad().0,
        "BAD_USER_INPUT"
    );
    assert_eq!(
        ask(r#"ids: ["fund:f"], depth: -1"#).await.bad().0,
        "BAD_USER_INPUT"
    );
    assert_eq!(
        ask(r#"ids: ["fund:nowhere"]"#).await.bad(),
        (
            "NOT_FOUND".into(),
            "no entity `fund:nowhere` at revision 1; `search` finds ids by name".into()
        )
    );
}

#[tokio::test]
async fn the_ontology_is_the_models() {
    let app = TestApp::with(graph()).await;
    let data = app.query(r#"{ ontology { entityKinds { kind conduit label en: label(lang: "en") description } bases { basis status }
        relationKinds { kind ends { from to } flow resource resourceStated carrier structure conserved conservedUnit label description(lang: "en") } } }"#).await.good();
    let ontology = &data["ontology"];
    assert_eq!(ontology["entityKinds"].as_array().unwrap().len(), 13);
    assert_eq!(
        ontology["relationKinds"].as_array().unwrap().len(),
        hukun::model::ontology::RelationKind::ALL.len()
    );
    let kind = |name: &str| {
        ontology["relationKinds"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["kind"] == name)
            .unwrap()
            .clone()
    };
    assert_json_snapshot!(kind("TRANSFERS_TECH"), @r#"
    {
      "kind": "TRANSFERS_TECH",
      "ends": [
        {
          "from": [
            "UNIVERSITY",
            "LAB"
          ],
          "to": [
            "PROJECT",
            "COMPANY"
          ]
        }
      ],
      "flow": "FORWARD",
      "resource": "TECHNOLOGY",
      "resourceStated": false,
      "carrier": false,
      "structure": false,
      "conserved": true,
      "conservedUnit": "PROJECT",
      "label": "转化技术",
      "description": "Transfer of technology."
    }
    "#);
    assert_eq!(kind("CARRIED_BY")["carrier"], true);
    assert_eq!(kind("CO_BUILDS")["resourceStated"], true);
    assert_eq!(kind("PART_OF")["structure"], true);
}

#[tokio::test]
async fn search_finds_by_name_and_pages() {
    let app = TestApp::with(
        graph()
            .entity(entity("park:a").named("昆山园区"))
            .entity(entity("park:b").named("昆山高新区"))
            .entity(entity("region:k").named("昆山")),
    )
    .await;
    let page = async |after: Value| {
        app.ask("query ($after: String) { search(query: \"昆山\", first: 2, after: $after) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { score highlight node { id } } } }", json!({ "after": after })).await.good()["search"].clone()
    };
    let first = page(Value::Null).await;
    assert_eq!(
        (
            &first["totalCount"],
            &first["edges"][0]["node"]["id"],
            &first["edges"][0]["highlight"]
        ),
        (&json!(3), &json!("region:k"), &json!("⟦昆山⟧"))
    );
    let second = page(first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(second["edges"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &second["pageInfo"]["hasNextPage"],
            &second["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        ids(&app
            .query("{ search(query: \"昆山\", kinds: [REGION]) { nodes { id } } }")
            .await
            .good()["search"]),
        ["region:k"]
    );
    assert_eq!(
        app.query("{ search(query: \"  \") { nodes { id } } }")
            .await
            .bad()
            .0,
        "BAD_USER_INPUT"
    );
}
