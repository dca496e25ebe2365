//! Search and `filter.name` take for the same what a reader takes for the same: case, accents, ligatures, letters written in several
//! ways. Both find the same names by a whole name.

use serde_json::{Value, json};

use crate::support::graph::entity;
use crate::support::{TestApp, graph, ids};

/// Names, and what is asked for to find each of them alone.
const NAMES: [(&str, &[&str]); 14] = [
    ("Łódź Works", &["lodz", "ŁÓDŹ", "Lo\u{301}dz"]),
    ("Københavns Værk", &["kobenhavn", "koebenhavn", "vaerk"]),
    (
        "Großbau Süßwaren",
        &["grossbau", "GROSSBAU", "GROẞBAU", "suesswaren", "susswaren"],
    ),
    (
        "ΔΟΚΙΜΑΣΤΙΚΟΣ ΠΑΝΕΠΙΣΤΗΜΙΟ",
        &["πανεπιστήμιο", "Δοκιμαστικός", "δοκιμαστικοσ"],
    ),
    ("Королёв Институт", &["Королев", "КОРОЛЁВ"]),
    ("Йошкар Завод", &["Иошкар", "йошкар"]),
    (
        "الجامعة الأمريكية المثال",
        &["الجامعة الامريكية", "الجامعـــة الأمريكيه"],
    ),
    ("جامعة المستشفى الآخر", &["جامعه المستشفي", "جَامِعَة الاخر"]),
    ("Iğdır Works", &["igdir", "IĞDIR", "ığdır"]),
    ("İzmir Fabrika", &["izmir", "İZMİR", "IZMIR"]),
    ("Đại học Mẫu", &["dai hoc", "đại học", "DAI HOC MAU"]),
    (
        "Müller Werke",
        &["mueller", "muller", "MÜLLER", "mu\u{308}ller werke"],
    ),
    ("交大昆山研究院", &["交大 研究院", "研究院 交大", "研究院　交大"]),
    ("ﬁne Œuvre", &["fine oeuvre", "FINE"]),
];

async fn app() -> TestApp {
    let mut all = graph();
    for (place, (name, _)) in NAMES.iter().enumerate() {
        all = all.entity(entity(&format!("company:n{place:02}")).named(name));
    }
    TestApp::with(all.entity(entity("company:z").named("别的"))).await
}

async fn found(app: &TestApp, text: &str) -> (Value, Value) {
    let query = "query($text: String!) {
        search(query: $text) { nodes { id } }
        entities(filter: { name: $text, kinds: [COMPANY] }) { nodes { id } } }";
    let data = app.ask(query, json!({ "text": text })).await.good();
    (json!(ids(&data["search"])), json!(ids(&data["entities"])))
}

#[tokio::test]
async fn search_and_the_filter_by_name_fold_alike() {
    let app = app().await;
    for (place, (name, asked)) in NAMES.iter().enumerate() {
        let expected = json!([format!("company:n{place:02}")]);
        let alone = |text: &str| text != "Works";
        for text in asked.iter().copied().chain([*name]).filter(|text| alone(text)) {
            let (search, filter) = found(&app, text).await;
            assert_eq!(search, expected, "search: {text}");
            assert_eq!(filter, expected, "filter: {text}");
        }
    }
    // Marks that are letters of their own elsewhere stay: ガ is not カ, and 交 研 is not a name here.
    for text in ["カ", "别 交大"] {
        assert_eq!(found(&app, text).await, (json!([]), json!([])), "{text}");
    }
}
