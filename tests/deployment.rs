//! What is deployed, as far as it can be shown without a container engine: the Compose file, the image's build steps with
//! the program they lay out, and the passwords.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// A file of the project.
fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What stands between two texts.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let found = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(after));
    found.unwrap_or_else(|| panic!("no {before}…{after}")).0
}

#[track_caller]
fn good(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
    assert!(status.success(), "{command:?}: {told}");
    told
}

#[test]
fn the_compose_file_is_valid_and_publishes_nothing_but_the_api() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js");
    assert!(
        here.join("node_modules/dclint").exists(),
        "the linter is not installed: `npm ci --prefix tests/js`, as `make test` does"
    );
    let told = good(
        Command::new("node")
            .current_dir(here)
            .args(["compose.mjs", "../../docker-compose.yml"])
            .arg(between(
                &file("scripts/neo4j/pom.xml"),
                "<neo4j.version>",
                "</neo4j.version>",
            ))
            .arg(env!("CARGO_PKG_VERSION")),
    );
    assert!(told.contains("2 services, 0 complaints"), "{told}");
}

#[test]
fn the_image_is_built_by_the_pinned_compiler_on_the_system_it_runs_on() {
    let dockerfile = file("Dockerfile");
    let toolchain = file("rust-toolchain.toml");
    let channel = between(&toolchain, "channel = \"", "\"");
    let (compiler, system) = between(&dockerfile, "FROM rust:", " AS build")
        .split_once("-slim-")
        .unwrap();
    assert_eq!(compiler, channel);
    assert_eq!(between(&dockerfile, "ENV RUSTUP_TOOLCHAIN=", "\n"), channel);
    assert!(
        dockerfile.contains(&format!("\nFROM debian:{system}-slim\n")),
        "a program runs on the C library that it was built on"
    );
    let user = between(&dockerfile, "\nUSER ", "\n");
    assert_ne!(user.split(':').next(), Some("0"), "root");
    assert!(user.chars().all(|c| c.is_ascii_digit() || c == ':'), "{user}");
}

#[test]
fn the_settings_of_the_compose_file_are_settings_of_the_program() {
    let home = tempfile::tempdir().unwrap();
    let help = good(crate::command::hukun(home.path()).args(["serve", "--help"]));
    let compose = file("docker-compose.yml");
    let set = compose
        .lines()
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("HUKUN_"));
    let set: Vec<&str> = set.collect();
    assert!(set.len() >= 3, "{set:?}");
    for name in set {
        assert!(
            help.contains(&format!("[env: {name}=")),
            "{name} is not in:\n{help}"
        );
    }
}

#[tokio::test]
async fn what_the_image_holds_serves_and_knows_its_health() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path();
    let dockerfile = file("Dockerfile");
    let build = dockerfile
        .lines()
        .find_map(|line| line.trim().strip_suffix(" /out"))
        .expect("the build steps");
    let version = good(
        Command::new(build)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg(image)
            .arg(env!("CARGO_BIN_EXE_hukun")),
    );
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");

    let address = {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        free.local_addr().unwrap().to_string()
    };
    let program = |name: &str| {
        let mut command = Command::new(image.join("usr/local/bin").join(name));
        command
            .env_clear()
            .env("HUKUN_LISTEN", &address)
            .env("HUKUN_DATA_DIR", image.join("var/lib/hukun"));
        command
    };
    let check = between(&dockerfile, "HEALTHCHECK ", "\n");
    let healthy = || {
        let probe = between(check, "CMD [\"", "\"]");
        program(probe).output().unwrap().status.success()
    };
    assert!(!healthy(), "nothing runs yet");
    let mut server = program(between(&dockerfile, "ENTRYPOINT [\"", "\"]"))
        .arg(between(&dockerfile, "\nCMD [\"", "\"]"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_mins(1);
    let mut ready = healthy();
    while !ready && Instant::now() < until {
        sleep(Duration::from_millis(100)).await;
        ready = healthy();
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(ready, "it was not ready in time");
    assert!(!healthy(), "nothing runs any more");
}

#[test]
fn the_secrets_are_made_once_and_kept_from_others() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("scripts")).unwrap();
    let script = home.path().join("scripts/secrets.sh");
    fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/secrets.sh"),
        &script,
    )
    .unwrap();
    good(&mut Command::new(&script));
    let secrets = home.path().join("secrets");
    let read = |name: &str| fs::read_to_string(secrets.join(name)).unwrap();
    let password = read("neo4j_password");
    assert!(password.trim().len() >= 32, "guessed too soon");
    assert_eq!(read("neo4j_auth"), format!("neo4j/{password}"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&secrets), 0o700);
    assert_eq!(
        mode(&secrets.join("neo4j_password")),
        0o444,
        "the users of the containers read it"
    );
    let again = Command::new(&script).output().unwrap();
    assert!(!again.status.success(), "a password in use was made anew");
    assert_eq!(read("neo4j_password"), password);
}

/// Runs `make page` where there is no Node.js: `scripts/need.sh` installs it when it is told to. What was run, and what was printed.
fn page_without_node(environment: &[(&str, &str)]) -> (String, String) {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("Makefile", &file("Makefile"));
    for empty in [
        "web/package-lock.json",
        "web/src/a",
        "web/build/a",
        "seed/queries/a",
    ] {
        write(empty, "");
    }
    for empty in ["schema.graphql", "vocabulary.json", "ran"] {
        write(empty, "");
    }
    write(
        "scripts/need.sh",
        "#!/bin/sh\nif [ \"$1\" = --there ]; then exec test -e installed; fi\ntouch installed\n",
    );
    write(
        "bin/npm",
        "#!/bin/sh\ntest -e installed || exit 1\necho \"$1 $2\" >> ran\nmkdir -p web/node_modules web/dist\n\
         touch web/node_modules/.package-lock.json\nif [ \"$1\" = run ]; then touch web/dist/graphiql.html; fi\n",
    );
    let path = format!("{}:/usr/bin:/bin", home.path().join("bin").display());
    let told = good(
        Command::new("make")
            .arg("page")
            .current_dir(home.path())
            .env_clear()
            .env("PATH", path)
            .envs(environment.iter().copied()),
    );
    (fs::read_to_string(home.path().join("ran")).unwrap(), told)
}

#[test]
fn the_page_is_built_in_ci_even_where_node_must_be_installed_first() {
    let (ran, _) = page_without_node(&[("CI", "true")]);
    assert_eq!(ran, "ci --prefix\nrun build\n");
    let (ran, told) = page_without_node(&[]);
    assert_eq!(ran, "");
    assert!(told.contains("NOT BUILT: the explorer"), "{told}");
}
