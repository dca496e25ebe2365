//! The explorer in a real browser over real servers; tests/js/explorer has what is checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use hukun::dataset::{ImportOptions, SourceFiles, import, read_directory};
use hukun::http::{AuthConfig, Config};
use hukun::model::principal::Role;
use hukun::service;
use sha2::{Digest as _, Sha256};

use crate::support::keys::key;
use crate::support::{Seed, TestApp, graph};

/// The text that the source of the large data set stands for.
const TEXT: &str = "标题\n\n此前一句。中枢园\n区共有企业一万家。此后一句。\n";
const COMPANIES: usize = 10_000;
const TIED: usize = 3_000;

/// Where the pages are, once they are built.
pub fn built() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist");
    assert!(
        built.join("index.html").exists(),
        "the pages are not built: `make web`, as `make test` does"
    );
    built
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_get_their_answers_in_a_browser() -> Result<(), String> {
    built();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js");
    assert!(
        here.join("node_modules/playwright-core").exists(),
        "the browser's driver is not installed: `npm ci --prefix tests/js`, as `make test` does"
    );
    let kunshan = TestApp::kunshan().await;
    let home = tempfile::tempdir().unwrap();
    let large = large(home.path()).await;
    let narrow = narrow().await;
    let locked = locked().await;
    let issued = locked.issue(key(Role::Reader)).await;
    let mut browser = Command::new("node");
    browser
        .arg(here.join("explorer/main.mjs"))
        .args([&kunshan.url, &large.url, &narrow.url])
        .env("LOCKED_URL", &locked.url)
        .env("LOCKED_KEY", issued.reveal());
    if let Some(directory) = images() {
        browser.arg("--images").arg(directory);
    }
    let run = move || browser.output();
    let told = tokio::task::spawn_blocking(run)
        .await
        .unwrap()
        .expect("node runs: see CONTRIBUTING.md for what the tests need");
    let report = String::from_utf8_lossy(&told.stdout);
    println!("{report}");
    if told.status.success() && report.contains(" checks, 0 failed") {
        return Ok(());
    }
    // Last, and an error rather than a panic: no backtrace stands between the failures and the end of the output.
    for failure in report.lines().filter(|line| !line.starts_with("ok ")) {
        println!("{failure}");
    }
    println!("{}", String::from_utf8_lossy(&told.stderr));
    Err("checks in the browser failed; they are listed above".into())
}

/// Where pictures of the views go, where they were asked for instead of checks.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no options; `make images` asks for it"
)]
fn images() -> Option<std::ffi::OsString> {
    std::env::var_os("HUKUN_IMAGES")
}

/// The first data set on a server that answers nobody unknown.
async fn locked() -> TestApp {
    let config = Config {
        auth: AuthConfig {
            anonymous: false,
            ..AuthConfig::default()
        },
        ..Config::default()
    };
    let app = TestApp::with_config(graph(), config).await;
    app.replace_kunshan(&Seed::read()).await;
    app
}

/// The first data set behind a budget that is spent before a trace is done.
async fn narrow() -> TestApp {
    let limits = service::Limits {
        trace_work_max: 12,
        ..service::Limits::default()
    };
    let app = TestApp::with_limits(graph(), Config::default(), limits).await;
    app.replace_kunshan(&Seed::read()).await;
    app
}

/// More than a page can show, a hostile name, and a source whose text is there.
async fn large(home: &Path) -> TestApp {
    let (data, texts) = (home.join("data"), home.join("texts"));
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(&texts).unwrap();
    fs::write(texts.join("text.txt"), TEXT).unwrap();
    write_large(&data);
    let config = Config {
        sources: Arc::new(SourceFiles::open(&texts).unwrap()),
        ..Config::default()
    };
    let app = TestApp::with_config(graph(), config).await;
    let done = import(
        &app.service,
        read_directory(&data).unwrap(),
        &ImportOptions::new(hukun::model::principal::Principal::operator("test")),
    )
    .await
    .unwrap();
    done.result.unwrap_or_else(|report| panic!("{report}"));
    app
}

fn write_large(data: &Path) {
    let manifest = "id = \"large\"\ntitle = \"Large\"\nlicence = \"CC0-1.0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\naccess = \"public\"\n";
    fs::write(data.join("dataset.toml"), manifest).unwrap();
    let digest = Sha256::digest(TEXT.as_bytes());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(
        data.join("sources.csv"),
        format!("id,title,sha256\nsource:text,文本,{hash}\n"),
    )
    .unwrap();
    let evidence = "source:text,,中枢园区共有企业,STATED,SYNTHETIC";
    let companies = (0..COMPANIES).map(|at| format!("company:c{at:05},COMPANY,样本企业{at:05},{evidence}"));
    let named = [
        "id,kind,name_zh,source_id,locator,quote,assertion,reliability".to_string(),
        format!("park:hub,PARK,中枢园区,{evidence}"),
        format!(
            "company:hostile,COMPANY,<script>window.hit=1</script><img src=x onerror=window.hit=1>,{evidence}"
        ),
    ];
    let entities: Vec<String> = named.into_iter().chain(companies).collect();
    let tie =
        |from: &str, to: &str| format!("tie:{from}-{to},COLLABORATES_WITH,{from},{to},TALENT,{evidence}");
    let ties = (0..TIED).flat_map(|at| {
        let (company, other) = (
            format!("company:c{at:05}"),
            format!("company:c{:05}", at * 7 % TIED + TIED),
        );
        [tie("park:hub", &company), tie(&company, &other)]
    });
    let first = [
        "id,kind,from_id,to_id,resource,source_id,locator,quote,assertion,reliability".to_string(),
        tie("park:hub", "company:hostile"),
    ];
    let relations: Vec<String> = first.into_iter().chain(ties).collect();
    fs::write(data.join("entities.csv"), entities.join("\n")).unwrap();
    fs::write(data.join("relations.csv"), relations.join("\n")).unwrap();
}
