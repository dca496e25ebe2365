//! More work than a server can do, half of it hostile, and it comes whether the server keeps up or not: memory stays within its
//! limit, every answer is an answer or a refusal, and afterwards all is as before. `make soak` goes on for ten minutes.

mod attacks;
mod innocents;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::command::hukun;
use crate::support::process::ServerProcess;
use crate::support::soak;

/// What the container of `docker-compose.yml` may hold.
const MEMORY_MAX: u64 = 1024 * 1024 * 1024;
/// What its requests may hold of that.
const REQUESTS_MAX: &str = "402653184";
/// Where the load comes from: several addresses, so that no limit of one address ends all of it.
const SOURCES: u8 = 8;
/// Companies and projects of the graph under attack.
const COMPANIES: usize = 1_500;
/// Characters of each description and quotation, near what they may have.
const TEXT: usize = 4_500;

/// How requests ended, by kind of request and of ending.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<(&'static str, String), u64>>);

impl Tally {
    fn note(&self, kind: &'static str, ending: String) {
        *self.0.lock().entry((kind, ending)).or_default() += 1;
    }
}

/// A graph whose every record is long, around one hub.
fn dataset(home: &Path) -> String {
    let directory = home.join("long");
    fs::create_dir_all(&directory).unwrap();
    let manifest = "id = \"long\"\ntitle = \"Long\"\nlicence = \"CC0-1.0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\naccess = \"public\"\n";
    fs::write(directory.join("dataset.toml"), manifest).unwrap();
    fs::write(directory.join("sources.csv"), "id,title\nsource:long,S\n").unwrap();
    let text = "创新".repeat(TEXT / 2);
    let evidence = format!("source:long,L1,{text},STATED,SYNTHETIC");
    let mut entities =
        "id,kind,name_zh,description,source_id,locator,quote,assertion,reliability\n".to_string();
    writeln!(entities, "region:centre,REGION,中心城市,,{evidence}").unwrap();
    writeln!(entities, "park:hub,PARK,园区,{text},{evidence}").unwrap();
    writeln!(entities, "fund:hub,FUND,基金,{text},{evidence}").unwrap();
    for n in 0..COMPANIES {
        writeln!(entities, "company:{n},COMPANY,企业{n},{text},{evidence}").unwrap();
    }
    let mut relations =
        "id,kind,from_id,to_id,amount,unit,basis,source_id,locator,quote,assertion,reliability\n".to_string();
    for n in 0..COMPANIES {
        writeln!(relations, "at-{n},HOSTED_AT,company:{n},park:hub,,,,{evidence}").unwrap();
        writeln!(
            relations,
            "in-{n},INVESTS_IN,fund:hub,company:{n},{n},CNY,INVESTED,{evidence}"
        )
        .unwrap();
    }
    fs::write(directory.join("entities.csv"), entities).unwrap();
    fs::write(directory.join("relations.csv"), relations).unwrap();
    directory.to_string_lossy().into_owned()
}

/// How many innocent requests a second the server answers when nobody else asks, sixteen at a time.
async fn saturation(client: &innocents::Client, length: Duration) -> f64 {
    let begun = Instant::now();
    let askers = (0..16).map(|asker| async move {
        let mut answered = 0_u32;
        for turn in asker.. {
            if begun.elapsed() >= length {
                break;
            }
            assert_eq!(client.ask(turn).await, "ok");
            answered += 1;
        }
        answered
    });
    let answered: u32 = futures_util::future::join_all(askers).await.into_iter().sum();
    f64::from(answered) / begun.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_what_it_can_do_and_half_of_it_hostile_ends_in_answers_and_refusals() {
    let home = tempfile::tempdir().unwrap();
    let imported = hukun(home.path())
        .args(["import", &dataset(home.path())])
        .output()
        .unwrap();
    assert!(
        imported.status.success(),
        "{}",
        String::from_utf8_lossy(&imported.stderr)
    );
    let mut server = ServerProcess::start(&mut hukun(home.path()), &["--memory-max", REQUESTS_MAX]);
    let innocents: Vec<_> = (1..=SOURCES)
        .map(|source| innocents::Client::new(&server.url, source))
        .collect();
    let rate = 2.0 * saturation(&innocents[0], Duration::from_secs(2)).await;
    // The graph and the program.
    let before = server.peak_bytes();
    let length = Duration::from_secs(if soak() { 600 } else { 12 });
    let between = Duration::from_secs_f64(1.0 / rate);
    let tally = Arc::new(Tally::default());
    let innocents = Arc::new(innocents);
    let begun = Instant::now();
    let mut clock = tokio::time::interval(between);
    // What is late is made up for: the load does not wait for the server.
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut open = tokio::task::JoinSet::new();
    for turn in 0_usize.. {
        clock.tick().await;
        if begun.elapsed() >= length {
            break;
        }
        let (tally, innocents, url) = (tally.clone(), innocents.clone(), server.url.clone());
        let source = u8::try_from(turn % usize::from(SOURCES)).unwrap();
        if turn % 2 == 0 {
            open.spawn(async move {
                let ending = innocents[usize::from(source)].ask(turn / 2).await;
                tally.note("innocent", ending);
            });
        } else {
            let (kind, attack) = attacks::of(turn / 2, url, source + 1 + SOURCES);
            open.spawn(async move { tally.note(kind, attack.await) });
        }
        while open.try_join_next().is_some() {}
    }
    while let Some(ended) = open.join_next().await {
        ended.unwrap();
    }
    assert!(server.runs(), "{}", server.log());
    let tally = std::mem::take(&mut *tally.0.lock());
    let peak = server.peak_bytes();
    println!(
        "{rate:.0} requests a second for {} s; {} MB before, {} MB at the peak",
        length.as_secs(),
        before / 1_000_000,
        peak / 1_000_000
    );
    for ((kind, ending), count) in &tally {
        println!("{count:>8} {kind}: {ending}");
    }
    let wrong: Vec<_> = tally
        .keys()
        .filter(|(kind, ending)| !attacks::is_fair(kind, ending))
        .collect();
    assert!(wrong.is_empty(), "neither answers nor refusals: {wrong:?}");
    assert!(peak < MEMORY_MAX, "{before} bytes before, {peak} at the peak");
    assert!(!server.log().contains("panicked"), "{}", server.log());
    // Afterwards all is as before: everything that was taken was given back.
    let one = &innocents[0];
    for turn in 0..200 {
        assert_eq!(one.ask(turn).await, "ok");
    }
}
