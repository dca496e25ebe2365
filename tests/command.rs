//! The command line, as it is typed: the real binary, its output and its exit codes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The `hukun` command on a data directory of its own, untouched by the settings of whoever runs the tests.
pub fn hukun(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hukun"));
    command
        .env_clear()
        .env("HUKUN_DATA_DIR", home.join("data"))
        .current_dir(home);
    command
}

pub fn seed() -> String {
    format!("{}/seed/kunshan", env!("CARGO_MANIFEST_DIR"))
}

/// Runs the command. Returns its exit code, standard output and standard error.
pub fn run(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = hukun(home).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A data set directory with one entity, whose row is this.
fn dataset(home: &Path, id: &str, row: &str) -> String {
    let directory = home.join(id);
    fs::create_dir_all(&directory).unwrap();
    let manifest = format!(
        "id = \"{id}\"\ntitle = \"T\"\nlicence = \"CC0-1.0\"\nsynthetic = false\ncoverage = \"SAMPLE\"\naccess = \"public\"\n"
    );
    fs::write(directory.join("dataset.toml"), manifest).unwrap();
    fs::write(
        directory.join("sources.csv"),
        format!("id,title\nsource:{id},S\n"),
    )
    .unwrap();
    fs::write(
        directory.join("entities.csv"),
        format!("id,kind,name_zh,source_id,locator,quote,assertion,reliability\n{row}\n"),
    )
    .unwrap();
    directory.to_string_lossy().into_owned()
}

#[test]
fn an_import_says_what_it_did_and_a_second_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (code, _, told) = run(home.path(), &["import", &seed()]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("kunshan: 352 created, 0 updated, 0 unchanged, 0 deleted, revision 1"),
        "{told}"
    );
    let (code, _, told) = run(home.path(), &["import", &seed()]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("kunshan: 0 created, 0 updated, 352 unchanged, 0 deleted, revision 1"),
        "{told}"
    );
    let (code, told, _) = run(home.path(), &["check"]);
    assert_eq!((code, told.as_str()), (0, "352 records clean at revision 1\n"));
}

#[test]
fn files_in_another_encoding_and_with_another_separator_are_taken_in_when_named() {
    let home = tempfile::tempdir().unwrap();
    let path = dataset(home.path(), "gbk", "");
    let header = "id;kind;name_zh;source_id;locator;quote;assertion;reliability\n";
    // 天使 in GBK.
    let row = [
        b"fund:a;FUND;\xcc\xec\xca\xb9;source:gbk;L1;".as_slice(),
        b"\xcc\xec\xca\xb9;STATED;AUDITED\n",
    ]
    .concat();
    let file = Path::new(&path).join("entities.csv");
    fs::write(&file, [header.as_bytes(), &row].concat()).unwrap();
    fs::write(Path::new(&path).join("sources.csv"), "id;title\nsource:gbk;S\n").unwrap();
    let (code, _, told) = run(home.path(), &["import", &path]);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("sources.csv:1: the cells are separated by a semicolon"),
        "{told}"
    );
    assert!(told.contains("`--separator semicolon`"), "{told}");
    let (code, _, told) = run(home.path(), &["import", &path, "--separator", "semicolon"]);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("entities.csv:2: the file is not UTF-8; it looks like GB18030"),
        "{told}"
    );
    assert!(told.contains("`--encoding gb18030`"), "{told}");
    let whole = [
        "import",
        &path,
        "--separator",
        "semicolon",
        "--encoding",
        "gb18030",
    ];
    let (code, _, told) = run(home.path(), &whole);
    assert_eq!(code, 0, "{told}");
    let out = home.path().join("out");
    let (code, ..) = run(
        home.path(),
        &["export", "--format", "csv", "--out", &out.to_string_lossy()],
    );
    assert_eq!(code, 0);
    let exported = fs::read_to_string(out.join("gbk/entities.csv")).unwrap();
    assert!(exported.contains("fund:a,FUND,天使,"), "{exported}");
    for wrong in [["--separator", "|"], ["--encoding", "gb"]] {
        let (code, _, told) = run(home.path(), &["import", &path, wrong[0], wrong[1]]);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("expected "), "{told}");
    }
}

#[test]
fn a_dry_run_reports_and_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (code, _, told) = run(home.path(), &["import", "--dry-run", &seed()]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("kunshan: would be 352 created, 0 updated, 0 unchanged, 0 deleted, nothing written"),
        "{told}"
    );
    assert_eq!(run(home.path(), &["check"]).1, "0 records clean at revision 0\n");
}

#[test]
fn rows_rejected_end_with_3_and_other_data_sets_are_written() {
    let home = tempfile::tempdir().unwrap();
    let bad = dataset(
        home.path(),
        "bad",
        "fund:a,FOND,天使,source:bad,L1,天使,STATED,SELF_REPORTED",
    );
    let good = dataset(
        home.path(),
        "good",
        "fund:b,FUND,绿色,source:good,L1,绿色,STATED,SELF_REPORTED",
    );
    let (code, _, told) = run(home.path(), &["import", &bad, &good]);
    assert_eq!(code, 3, "{told}");
    assert!(
        told.contains("bad: 1 row rejected, nothing of this data set was written"),
        "{told}"
    );
    assert!(told.contains("entities.csv:2  kind = FOND"), "{told}");
    assert!(told.contains("good: 2 created"), "{told}");
    let report = home.path().join("report.jsonl");
    let (code, ..) = run(
        home.path(),
        &["import", "--report", &report.to_string_lossy(), &bad],
    );
    assert_eq!(code, 3);
    let line: serde_json::Value =
        serde_json::from_str(fs::read_to_string(report).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["file"], &line["line"], &line["column"], &line["value"]),
        (&"entities.csv".into(), &2.into(), &"kind".into(), &"FOND".into())
    );
    assert!(line["reason"].is_string() && line["hint"].is_string());
}

#[test]
fn what_cannot_be_read_ends_with_1_and_wrong_usage_with_2() {
    let home = tempfile::tempdir().unwrap();
    let (code, _, told) = run(home.path(), &["import", "nowhere"]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("nowhere"), "{told}");
    assert_eq!(run(home.path(), &["import"]).0, 2);
    assert_eq!(
        run(home.path(), &["export", "--format", "xml", "--out", "x"]).0,
        2
    );
    let (code, _, told) = run(home.path(), &["check", "--store", "redis://x"]);
    assert_eq!(
        (code, told.as_str()),
        (
            2,
            "hukun: --store redis://x: not a valid store (expected `embedded`, or neo4j://HOST:PORT, neo4j+s://HOST:PORT, neo4j+ssc://HOST:PORT, bolt://HOST:PORT, bolt+s://HOST:PORT, bolt+ssc://HOST:PORT)\n"
        )
    );
    fs::write(home.path().join("hukun.toml"), "listem = \"127.0.0.1:1\"\n").unwrap();
    let (code, _, told) = run(home.path(), &["check"]);
    assert_eq!(code, 1);
    assert!(told.contains("listem"), "{told}");
}

#[test]
fn the_file_counts_after_the_environment_and_that_after_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("hukun.toml"), "data_dir = \"from-file\"\n").unwrap();
    let check = |arguments: &[&str], env: Option<&str>| {
        let mut command = hukun(home.path());
        command
            .env_remove("HUKUN_DATA_DIR")
            .envs(env.map(|dir| ("HUKUN_DATA_DIR", dir)));
        assert!(command.arg("check").args(arguments).status().unwrap().success());
    };
    check(&[], None);
    check(&[], Some("from-environment"));
    check(&["--data-dir", "from-line"], Some("other"));
    let made = |name: &str| home.path().join(name).join("hukun.db").is_file();
    assert_eq!(
        ["from-file", "from-environment", "from-line", "other", "data"].map(made),
        [true, true, true, false, false]
    );
}

#[test]
fn export_and_import_are_the_same_to_the_byte() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["import", &seed()]).0, 0);
    for format in ["csv", "jsonl"] {
        let first = home.path().join(format!("{format}-1"));
        assert_eq!(
            run(
                home.path(),
                &["export", "--format", format, "--out", &first.to_string_lossy()]
            )
            .0,
            0
        );
        let again = tempfile::tempdir().unwrap();
        assert_eq!(
            run(
                again.path(),
                &["import", &first.join("kunshan").to_string_lossy()]
            )
            .0,
            0
        );
        let second = again.path().join("second");
        assert_eq!(
            run(
                again.path(),
                &["export", "--format", format, "--out", &second.to_string_lossy()]
            )
            .0,
            0
        );
        let files = |directory: &Path| {
            let mut files: Vec<_> = fs::read_dir(directory.join("kunshan"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            files.sort();
            files
                .into_iter()
                .map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap()))
                .collect::<Vec<_>>()
        };
        let (first, second) = (files(&first), files(&second));
        assert!(first.len() > 5);
        assert_eq!(first, second);
        let (code, _, told) = run(
            home.path(),
            &[
                "export",
                "--format",
                format,
                "--out",
                &home.path().join(format!("{format}-1")).to_string_lossy(),
            ],
        );
        assert_eq!(code, 1, "what is there is not written over");
        assert!(
            told.contains("is not empty; export to another directory"),
            "{told}"
        );
    }
}

#[test]
fn a_part_is_given_out_that_stands_by_itself() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["import", &seed()]).0, 0);
    let export = |region: &str, format: &str| {
        let place = format!("{format}-out");
        run(
            home.path(),
            &[
                "export", "--format", format, "--out", &place, "--region", region, "--as-of", "2024-06",
            ],
        )
    };
    for format in ["csv", "jsonl"] {
        let (code, _, told) = export("region:kunshan", format);
        assert_eq!(code, 0, "{told}");
        let again = tempfile::tempdir().unwrap();
        let part = home.path().join(format!("{format}-out/kunshan"));
        let (code, _, told) = run(again.path(), &["import", &part.to_string_lossy()]);
        assert_eq!(code, 0, "{told}");
        assert!(told.contains(" created, 0 updated"), "{told}");
        assert!(!told.contains(" 352 created"), "that was all of it: {told}");
        assert_eq!(run(again.path(), &["check"]).0, 0);
    }
    let (code, _, told) = export("region:nowhere", "csv");
    assert_eq!(code, 1);
    assert!(told.contains("no region `region:nowhere`"), "{told}");
    assert_eq!(export("fund:angel", "csv").0, 2);
    assert_eq!(
        run(
            home.path(),
            &["export", "--format", "csv", "--out", "x", "--as-of", "soon"]
        )
        .0,
        2
    );
}

/// A year is its last day, and a range all its days; what has no date is left out where that is asked.
#[test]
fn a_part_of_a_time_is_given_out() {
    let home = tempfile::tempdir().unwrap();
    let dated = home.path().join("dated");
    std::fs::create_dir(&dated).unwrap();
    for (name, text) in [
        (
            "dataset.toml",
            "id = \"dated\"\ntitle = \"Dated\"\nlicence = \"CC0-1.0\"\ncoverage = \"SAMPLE\"\nsynthetic = true\n",
        ),
        ("sources.csv", "id,title\nsource:s,S\n"),
        (
            "entities.csv",
            "id,kind,name_en,valid_from,source_id,reliability\nfund:f,FUND,F,2010,source:s,SYNTHETIC\nproject:p,PROJECT,P,2010,source:s,SYNTHETIC\n",
        ),
        (
            "relations.csv",
            "id,kind,from_id,to_id,valid_from,valid_to,source_id,reliability\n\
             r/past,INVESTS_IN,fund:f,project:p,2020,2022,source:s,SYNTHETIC\n\
             r/since,INVESTS_IN,fund:f,project:p,2023-06,,source:s,SYNTHETIC\n\
             r/undated,INVESTS_IN,fund:f,project:p,,,source:s,SYNTHETIC\n",
        ),
    ] {
        std::fs::write(dated.join(name), text).unwrap();
    }
    assert_eq!(run(home.path(), &["import", &dated.to_string_lossy()]).0, 0);
    for (number, (arguments, expected)) in [
        (&["--as-of", "2023"][..], "r/since r/undated"),
        (&["--as-of", "2021"], "r/past r/undated"),
        (&["--as-of", "2023-05", "--undated", "exclude"], ""),
        (
            &["--during", "2021/2023", "--undated", "exclude"],
            "r/past r/since",
        ),
        (&["--during", "/2019"], "r/undated"),
        (&["--during", "2022/"], "r/since r/undated"),
    ]
    .into_iter()
    .enumerate()
    {
        let out = home.path().join(format!("out{number}"));
        let place = out.to_string_lossy();
        let all = [&["export", "--format", "csv", "--out", &place], arguments].concat();
        let (code, _, told) = run(home.path(), &all);
        assert_eq!(code, 0, "{told}");
        let relations = std::fs::read_to_string(out.join("dated/relations.csv")).unwrap_or_default();
        let ids: Vec<&str> = relations
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next())
            .collect();
        assert_eq!(ids.join(" "), expected, "{arguments:?}");
    }
    let refused = run(
        home.path(),
        &["export", "--format", "csv", "--out", "x", "--during", "2023/2022"],
    );
    assert_eq!(refused.0, 2, "{}", refused.2);
}

#[test]
fn the_second_process_on_a_directory_is_refused_and_the_first_named() {
    let home = tempfile::tempdir().unwrap();
    let store = hukun::store::embedded::EmbeddedStore::open(&home.path().join("data")).unwrap();
    let (code, _, told) = run(home.path(), &["check"]);
    assert_eq!(code, 1);
    let expected = format!(
        "is in use by process {}: stop that process, or choose another --data-dir",
        std::process::id()
    );
    assert!(told.contains(&expected), "{told}");
    drop(store);
    assert_eq!(run(home.path(), &["check"]).0, 0);
}

#[cfg(unix)]
#[test]
fn a_server_says_where_it_is_ends_when_told_and_logs_plain_text_to_a_file() {
    let home = tempfile::tempdir().unwrap();
    let mut serving = hukun(home.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(serving.stdout.take().unwrap()).lines();
    let mut next = || said.next().unwrap().unwrap();
    assert!(next().contains("the built-in data set was imported (kunshan: 352 records)"));
    assert!(next().starts_with("Hukun listens on http://127.0.0.1:"));
    // Once it answers, it also hears the signal.
    let page = next();
    let address = page.split("//").nth(1).unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let kill = Command::new("kill")
        .args(["-TERM", &serving.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let ended = serving.wait_with_output().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{log}");
    assert!(log.contains("stopping") && !log.contains('\u{1b}'), "{log:?}");
}

#[test]
fn the_schema_is_printed() {
    let home = tempfile::tempdir().unwrap();
    let (code, printed, _) = run(home.path(), &["schema"]);
    assert_eq!(code, 0);
    assert!(printed.contains("type Query"));
}

#[test]
fn a_server_whose_greeting_nobody_reads_serves_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut server = hukun(home.path())
        .args(["serve", "--listen", &address.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(server.stdout.take());
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let answered = loop {
        assert!(server.try_wait().unwrap().is_none(), "it ended");
        assert!(std::time::Instant::now() < deadline, "it does not answer");
        let Ok(mut stream) = TcpStream::connect(address) else {
            continue;
        };
        stream
            .write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        if stream.read_to_string(&mut answer).is_ok() && !answer.is_empty() {
            break answer;
        }
    };
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    server.kill().unwrap();
    server.wait().unwrap();
}
