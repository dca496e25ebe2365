//! Opening: waiting for the server, and bringing its schema up to what this program knows. A newer one is refused.

use std::time::{Duration, Instant};

use neo4rs::query;

use super::client::{Client, Failed};
use super::error::{Meaning, meaning};
use super::options::Neo4jOptions;
use super::statement::cypher;
use crate::store::OpenError;

/// Each step takes the schema from the version that is its place in the list to the next. Statements are separated by a semicolon at
/// the end of a line, and each can be run again.
const STEPS: [&str; 1] = [include_str!("cypher/migrations/1.cypher")];

/// Connects and migrates.
pub(super) async fn connect(options: Neo4jOptions) -> Result<Client, OpenError> {
    let place = place(&options);
    let until = Instant::now() + Duration::from_millis(options.limits.startup_ms_max);
    // First without routing: there the driver takes a password that is refused for a server that is away, and asks with
    // it again until the server locks the user out.
    if let Some(rest) = options.uri.strip_prefix("neo4j") {
        let direct = Neo4jOptions { uri: format!("bolt{rest}"), ..options.clone() };
        wait_for(direct, &place, until).await?;
    }
    let client = wait_for(options, &place, until).await?;
    migrate(&client, &place).await?;
    Ok(client)
}

/// A client whose server answers.
async fn wait_for(options: Neo4jOptions, place: &str, until: Instant) -> Result<Client, OpenError> {
    let refused = |reason: String| OpenError::Unreachable { place: place.into(), reason };
    let client = Client::new(options).map_err(|error| refused(plain(&error)))?;
    let mut tries = 0;
    loop {
        let failed = match client.raw::<(i64,)>(query("RETURN [1] AS row")).await {
            Ok(_) => return Ok(client),
            Err(failed) => failed,
        };
        let passes = match &failed {
            Failed::Driver(error) => matches!(meaning(error), Meaning::Away | Meaning::Passing),
            Failed::Late | Failed::Open => true,
        };
        if !passes || Instant::now() >= until {
            return Err(refused(reason(&failed)));
        }
        if tries == 0 {
            tracing::info!(%place, "waiting for Neo4j");
        }
        client.pause(tries.min(5)).await;
        tries += 1;
    }
}

async fn migrate(client: &Client, place: &str) -> Result<(), OpenError> {
    let io = |failed: &Failed| OpenError::Unreachable { place: place.into(), reason: reason(failed) };
    let found = client.raw::<(i64,)>(cypher!("schema_version").query(client.options.limits.write_ms_max)).await;
    let found = found.map_err(|failed| io(&failed))?.first().map_or(0, |(version,)| *version);
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { place: place.into(), found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        for statement in step.split(";\n").map(without_comments).filter(|statement| !statement.is_empty()) {
            client.execute(query(&statement)).await.map_err(|failed| io(&failed))?;
        }
    }
    if done < STEPS.len() {
        let statement = cypher!("set_schema_version").with("version", known);
        let set = client.execute(statement.query(client.options.limits.write_ms_max)).await;
        set.map_err(|failed| io(&failed))?;
    }
    Ok(())
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The address without what may be secret in it.
fn place(options: &Neo4jOptions) -> String {
    match options.uri.split_once('@') {
        Some((front, host)) => {
            let scheme = front.split_once("://").map_or("neo4j", |(scheme, _)| scheme);
            format!("{scheme}://{host}")
        }
        None => options.uri.clone(),
    }
}

/// What the operator can do something about.
fn reason(failed: &Failed) -> String {
    match failed {
        Failed::Driver(error) => plain(error),
        Failed::Late | Failed::Open => "it does not answer: is it running, and is this its Bolt port?".into(),
    }
}

fn plain(error: &neo4rs::Error) -> String {
    match meaning(error) {
        Meaning::Credentials => {
            "it does not accept the user and password: give them by HUKUN_STORE_USER and HUKUN_STORE_PASSWORD_FILE".into()
        }
        Meaning::Away => "it does not answer: is it running, and is this its Bolt port?".into(),
        Meaning::Passing | Meaning::Slow | Meaning::Fault => error.to_string(),
    }
}
