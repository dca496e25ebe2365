//! Amounts from a file or a mutation to the answer: ends that are open or closed, what a size may be, and money in its currency.

use hukun::dataset::ExportFormat;
use hukun::model::principal::Role;
use serde_json::{Value, json};

use crate::import_support::{Files, Graph};
use crate::support::{TestApp, graph};

/// What a refused import says, without its first line.
async fn refused(files: &Files) -> String {
    let report = Graph::empty().await.import(files).await.unwrap_err();
    report.split_once('\n').unwrap().1.to_string()
}

async fn taken_in(files: &Files) -> TestApp {
    let app = TestApp::with(graph()).await;
    Graph::counts(Graph::over(app.service.clone()).import(files).await);
    app
}

#[tokio::test]
async fn not_less_and_not_more_are_said_and_read() {
    let columns = "id,kind,from_id,to_id,amount,amount_max,qualifier,unit,basis,original_text";
    let row = |id: &str, cells: &str| format!("r:{id},INVESTS_IN,fund:f,company:{id},{cells}");
    let rows = [
        row("a", "500000000,,AT_LEAST,CNY,INVESTED,不少于5亿元"),
        row("b", "500000000,,AT_MOST,CNY,INVESTED,不超过5亿元"),
        row("c", ",500000000,AT_MOST,CNY,INVESTED,不超过5亿元"),
        row("d", "500000000,,LESS_THAN,CNY,INVESTED,不足5亿元"),
        row("e", "300000000,500000000,LESS_THAN,CNY,INVESTED,3亿至不足5亿元"),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let entities = [
        "fund:f",
        "company:a",
        "company:b",
        "company:c",
        "company:d",
        "company:e",
    ];
    let files = Files::new()
        .entities(&entities)
        .table("relations", columns, &rows);
    let app = taken_in(&files).await;
    let question =
        r#"{ relations { nodes { id quantity { lower upper lowerExclusive upperExclusive qualifier } } } }"#;
    let data = app.query(question).await.good();
    let told = |node: &Value| {
        let q = &node["quantity"];
        let text = |name: &str| q[name].as_str().unwrap_or("-").to_string();
        let open = |name: &str| q[name] == true;
        format!(
            "{} {}{}, {}{} {}",
            node["id"].as_str().unwrap(),
            if open("lowerExclusive") { "(" } else { "[" },
            text("lower"),
            text("upper"),
            if open("upperExclusive") { ")" } else { "]" },
            text("qualifier"),
        )
    };
    let told: Vec<String> = data["relations"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(told)
        .collect();
    assert_eq!(
        told,
        [
            "r:a [500000000, -] AT_LEAST",
            "r:b [0, 500000000] AT_MOST",
            "r:c [0, 500000000] AT_MOST",
            "r:d [0, 500000000) LESS_THAN",
            "r:e [300000000, 500000000) LESS_THAN",
        ]
    );
    // A flow takes each interval as closed.
    let flow = |to: &str| {
        format!(
            r#"{{ flow(input: {{ from: {{ ids: ["fund:f"] }}, to: {{ ids: ["company:{to}"] }}, resource: CAPITAL, unit: "CNY" }}) {{ total {{ min max }} }} }}"#
        )
    };
    let total = async |to: &str| app.query(&flow(to)).await.good()["flow"]["total"].clone();
    assert_eq!(total("a").await, json!({ "min": "500000000", "max": null }));
    assert_eq!(total("b").await, json!({ "min": "0", "max": "500000000" }));
    assert_eq!(
        total("e").await,
        json!({ "min": "300000000", "max": "500000000" })
    );
    // A sum is strictly below its upper end where one of its amounts is; one without an end leaves none.
    let layers = r#"{ flowLayers { total { lower upper upperExclusive } } }"#;
    let layer = app.query(layers).await.good()["flowLayers"][0]["total"].clone();
    assert_eq!(
        layer,
        json!({ "lower": "800000000", "upper": null, "upperExclusive": false })
    );
    // What is given out means the same when it is taken in.
    let world = Graph::over(app.service.clone());
    let first = world.export("d", ExportFormat::Csv).await;
    let other = Graph::empty().await;
    Graph::counts(other.import(&first).await);
    assert_eq!(other.export("d", ExportFormat::Csv).await.texts(), first.texts());
}

#[tokio::test]
async fn a_range_with_one_end_says_which_qualifier_to_write() {
    let columns = "id,kind,from_id,to_id,amount,amount_max,qualifier,unit,basis";
    let rows = [
        "r1,INVESTS_IN,fund:f,company:c,500000000,,RANGE,CNY,INVESTED",
        "r2,INVESTS_IN,fund:f,company:c,,500000000,RANGE,CNY,INVESTED",
    ];
    let files = Files::new()
        .entities(&["fund:f", "company:c"])
        .table("relations", columns, &rows);
    assert_eq!(
        refused(&files).await,
        "relations.csv:2  amount_max is empty\n    RANGE needs both amount and amount_max → write AT_LEAST where only the lower end is stated\n\
         relations.csv:3  amount is empty\n    RANGE needs both amount and amount_max → write AT_MOST where only the upper end is stated\n"
    );
}

#[tokio::test]
async fn employees_are_no_members() {
    let rows = [
        "company:a,COMPANY,甲,250,",
        "company:b,COMPANY,乙,10..49,x",
        "university:u,UNIVERSITY,丙,30000,",
        "fund:f,FUND,丁,500000000,",
        "company:c,COMPANY,戊,?,",
    ];
    let files = Files::new().table("entities", "id,kind,name_zh,size,tags", &rows);
    let tag = "if the entity stands for several of its kind, tag it `cohort`";
    let reason = |kind: &str| {
        format!("`size` is the number of members of a cohort; this {kind} is not tagged `cohort`")
    };
    let observed = "record employees, students and turnover as observations: entity_id";
    let (company, university, fund) = (reason("COMPANY"), reason("UNIVERSITY"), reason("FUND"));
    assert_eq!(
        refused(&files).await,
        format!(
            "entities.csv:2  size = 250\n    {company} → {observed} company:a, indicator EMPLOYEES, amount 250, qualifier EXACT, unit PERSON, basis MEASURED; {tag}\n\
             entities.csv:3  size = 10..49\n    {company} → {observed} company:b, indicator EMPLOYEES, amount 10, amount_max 49, qualifier RANGE, unit PERSON, basis MEASURED; {tag}\n\
             entities.csv:4  size = 30000\n    {university} → {observed} university:u, indicator STUDENTS, amount 30000, qualifier EXACT, unit PERSON, basis MEASURED; {tag}\n\
             entities.csv:5  size = 500000000\n    {fund} → write what was promised to or paid into the fund in `committed` or `paid_in`; {tag}\n\
             entities.csv:6  size = an unknown number\n    {company} → {observed} company:c, indicator EMPLOYEES, qualifier UNKNOWN, unit PERSON, basis MEASURED; {tag}\n"
        )
    );
}

#[tokio::test]
async fn cohorts_count_by_their_sizes_and_firms_with_employees_as_one_each() {
    let rows = [
        "company:a,COMPANY,甲,,",
        "company:b,COMPANY,乙,,",
        "company:listed,COMPANY,丙,8,cohort",
    ];
    let files = Files::new()
        .table("entities", "id,kind,name_zh,size,tags", &rows)
        .table(
            "observations",
            "id,entity_id,indicator,amount,unit,basis",
            &["o1,company:a,EMPLOYEES,250,PERSON,MEASURED"],
        );
    let app = taken_in(&files).await;
    let question =
        "{ aggregate(filter: { kinds: [COMPANY] }, groupBy: [KIND]) { count members { lower upper } } }";
    let data = app.query(question).await.good();
    assert_eq!(
        data["aggregate"],
        json!([{ "count": 3, "members": { "lower": "8", "upper": "10" } }])
    );
    // A statement makes no cohort of a firm either.
    let said = Files::of("e").file(
        "statements.csv",
        "subject_id,property,amount,source_id,quote,reliability\ncompany:a,size,250,source:s,二百五十人,AUDITED\n",
    );
    let world = Graph::over(app.service.clone());
    let report = world.import(&said).await.unwrap_err();
    assert!(
        report.contains(
            "only a cohort has `size`, the number of its members; this COMPANY has no tag `cohort`"
        ),
        "{report}"
    );
    assert_eq!(app.query(question).await.good(), data);
}

#[tokio::test]
async fn money_is_in_the_currency_that_is_said_and_in_no_other() {
    let columns = "id,kind,name_zh,committed,paid_in";
    let rows = ["fund:a,FUND,甲,100000000,", "fund:b,FUND,乙,5 RMB,>=6 EUR"];
    assert_eq!(
        refused(&Files::new().table("entities", columns, &rows)).await,
        "entities.csv:2  committed = 100000000\n    an amount of money needs a currency → write it after the amount, as in `100000000 EUR`, or \
         set `currency = \"EUR\"` in dataset.toml for all such cells\n\
         entities.csv:3  committed = 5 RMB\n    `RMB` is not a currency → write its ISO 4217 code, as CNY, EUR, USD\n"
    );
    let rows = [
        "fund:a,FUND,甲,100000000,",
        "fund:b,FUND,乙,<5000000 EUR,>=6000 JPY",
        "fund:c,FUND,丙,?,",
    ];
    let files = Files::new().currency("USD").table("entities", columns, &rows).file(
        "statements.csv",
        "subject_id,property,amount,source_id,quote,reliability\nfund:b,paid_in,7000,source:s,七千,AUDITED\nfund:c,paid_in,9,source:s,九,AUDITED\n",
    );
    let app = taken_in(&files).await;
    let data = app
        .query("{ funds { nodes { committed { lower upper unit } paidIn { lower upper unit } } } }")
        .await
        .good();
    assert_eq!(
        data["funds"]["nodes"],
        json!([
            { "committed": { "lower": "100000000", "upper": "100000000", "unit": "USD" }, "paidIn": null },
            { "committed": { "lower": "0", "upper": "5000000", "unit": "EUR" }, "paidIn": { "lower": "6000", "upper": null, "unit": "JPY" } },
            { "committed": { "lower": null, "upper": null, "unit": "USD" }, "paidIn": { "lower": "9", "upper": "9", "unit": "USD" } },
        ])
    );
    let exported = Graph::over(app.service.clone())
        .export("d", ExportFormat::Csv)
        .await;
    let entities = exported.text("entities.csv");
    for cells in ["100000000 USD,", "<5000000 EUR,>=6000 JPY", ",? USD,"] {
        assert!(entities.contains(cells), "no {cells} in {entities}");
    }
    assert!(!exported.text("dataset.toml").contains("currency"));
    let other = Graph::empty().await;
    Graph::counts(other.import(&exported.currency("USD")).await);
    assert_eq!(
        other.export("d", ExportFormat::Csv).await.text("entities.csv"),
        entities
    );
}

#[tokio::test]
async fn what_is_written_through_graphql_is_held_to_the_same() {
    let app = TestApp::with(graph().entities(["fund:f", "company:a"])).await;
    let admin = app.as_role(Role::Admin, true).await;
    let write = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { nodes { ... on Fund { committed { lower upper \
        upperExclusive qualifier unit } } ... on Entity { size { lower } } } } }";
    let said = json!([{ "sourceId": "source:s", "quote": "x", "reliability": "AUDITED" }]);
    let one = |id: &str, kind: &str, more: Value| {
        let mut one =
            json!({ "id": id, "kind": kind, "names": [{ "value": "x", "lang": "en" }], "statements": said });
        one.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        one
    };
    let committed = |amount: Value| one("fund:g", "FUND", json!({ "properties": { "committed": amount } }));
    let first_problem = async |input: Value| {
        let reply = admin.ask(write, json!({ "input": [input] })).await;
        let problem = reply.body["errors"][0]["extensions"]["problems"][0].clone();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_string();
        format!("{}: {} → {}", text("path"), text("reason"), text("hint"))
    };
    let sized = |size: Value, tags: Value| one("company:b", "COMPANY", json!({ "size": size, "tags": tags }));
    for (input, expected) in [
        (
            committed(json!({ "lower": "5" })),
            "input[0].properties.committed.unit: an amount of money needs a currency",
        ),
        (
            committed(json!({ "lower": "5", "unit": "PERSON" })),
            "input[0].properties.committed.unit: `PERSON` is not a currency",
        ),
        (
            committed(json!({ "lower": "5", "qualifier": "AT_MOST", "unit": "EUR" })),
            "input[0].properties.committed.lower: AT_MOST needs an upper end → give `upper`",
        ),
        (
            committed(json!({ "lower": "5", "qualifier": "RANGE", "unit": "EUR" })),
            "input[0].properties.committed: RANGE needs both amount and amount_max → write AT_LEAST where only the lower end is stated",
        ),
        (
            committed(json!({ "upper": "5", "qualifier": "AT_MOST", "upperExclusive": true, "unit": "EUR" })),
            "input[0].properties.committed.upperExclusive: does not match the qualifier AT_MOST: only LESS_THAN is exclusive at this end",
        ),
        (
            committed(
                json!({ "lower": "5", "qualifier": "MORE_THAN", "lowerExclusive": false, "unit": "EUR" }),
            ),
            "input[0].properties.committed.lowerExclusive: does not match the qualifier MORE_THAN, which is exclusive at this end → leave lowerExclusive out, or write AT_LEAST",
        ),
        (
            committed(
                json!({ "lower": "3", "upper": "5", "qualifier": "LESS_THAN", "upperExclusive": false, "unit": "EUR" }),
            ),
            "input[0].properties.committed.upperExclusive: does not match the qualifier LESS_THAN, which is exclusive at this end → leave upperExclusive out, or write RANGE",
        ),
        (
            sized(json!({ "lower": "250" }), json!(["x"])),
            "input[0].size: `size` is the number of members of a cohort; this COMPANY is not tagged `cohort` → record employees, students and turnover as observations: entity_id company:b, indicator EMPLOYEES, amount 250",
        ),
        (
            sized(json!({ "lower": "250", "unit": "PERSON" }), json!(["cohort"])),
            "input[0].size.unit: the unit of this amount is COMPANY",
        ),
    ] {
        let found = first_problem(input).await;
        assert!(found.starts_with(expected), "{found}\nis not\n{expected}");
    }
    let written = async |amount: Value| {
        let data = admin
            .ask(write, json!({ "input": [committed(amount)] }))
            .await
            .good();
        data["upsertEntities"]["nodes"][0]["committed"].clone()
    };
    let quantity = |lower: &str, upper: Value, below: bool, qualifier: &str| json!({ "lower": lower, "upper": upper, "upperExclusive": below, "qualifier": qualifier, "unit": "EUR" });
    for (input, expected) in [
        (
            json!({ "upper": "5", "unit": "EUR" }),
            quantity("0", json!("5"), false, "AT_MOST"),
        ),
        (
            json!({ "upper": "5", "upperExclusive": true, "unit": "EUR" }),
            quantity("0", json!("5"), true, "LESS_THAN"),
        ),
        (
            json!({ "lower": "3", "upper": "5", "upperExclusive": true, "unit": "EUR" }),
            quantity("3", json!("5"), true, "LESS_THAN"),
        ),
        (
            json!({ "lower": "5", "qualifier": "AT_LEAST", "unit": "EUR" }),
            quantity("5", Value::Null, false, "AT_LEAST"),
        ),
    ] {
        let answer = written(input).await;
        assert_eq!(answer, expected);
        // What an answer gives can be sent again.
        assert_eq!(written(answer).await, expected);
    }
    let cohort = sized(json!({ "lower": "250", "unit": "COMPANY" }), json!(["cohort"]));
    let data = admin.ask(write, json!({ "input": [cohort] })).await.good();
    assert_eq!(data["upsertEntities"]["nodes"][0]["size"]["lower"], "250");
}
