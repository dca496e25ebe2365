//! Opening: waiting for the server, and bringing its schema up to what this program knows. A newer one is refused.

use std::sync::Arc;
use std::time::Duration;

use neo4rs::{Error, Graph, query};
use tokio::time::Instant;

use super::client::Client;
use super::connection::{direct, gather, within};
use super::error::{Failed, Meaning, meaning};
use super::options::Neo4jOptions;
use super::restricted;
use super::statement::cypher;
use crate::store::OpenError;

/// Each step takes the schema from the version that is its place in the list to the next. Statements are separated by a semicolon at
/// the end of a line, and each can be run again.
const STEPS: [&str; 4] = [
    include_str!("cypher/migrations/1.cypher"),
    include_str!("cypher/migrations/2.cypher"),
    include_str!("cypher/migrations/3.cypher"),
    include_str!("cypher/migrations/4.cypher"),
];

/// The first schema that keeps with every record what it is hidden with.
const SETTLED: usize = 3;

/// How long to wait between two looks at a server that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Connects and migrates. Waits for a server that is not there yet; one that is there and lets nobody in is not asked again.
pub(super) async fn connect(options: Neo4jOptions) -> Result<Arc<Client>, OpenError> {
    let place = place(&options);
    let waiting = Waiting::new(&place, options.limits.startup_ms_max);
    let refused = |error: neo4rs::Error| waiting.refused(&Failed::Driver(error));

    // First at the very address that was given.
    let there = direct(&options).map_err(refused)?;
    let name = waiting.until(|| async { named(&there, &options).await }).await?;
    // By its name, the driver keeps the routing table; without, it asks for it before each statement.
    let options = Neo4jOptions {
        database: options.database.or(Some(name)),
        ..options
    };

    // Then where that server, or its cluster, says that it is to be reached.
    let client = Arc::new(Client::new(options).map_err(refused)?);
    waiting
        .until(|| async { client.raw::<(i64,)>(query("RETURN [1] AS row")).await.map(|_| ()) })
        .await?;
    client.make_ready();
    migrate(&client, &place).await?;
    Ok(client)
}

/// The name of the database.
async fn named(graph: &Graph, options: &Neo4jOptions) -> Result<String, Failed> {
    let query = query("CALL db.info() YIELD name RETURN name AS row");
    let asked = tokio::time::timeout(
        Duration::from_millis(options.limits.connect_ms_max),
        Box::pin(gather(graph, query)),
    );
    let rows = asked.await.map_err(|_| Failed::Late)?.map_err(Failed::Driver)?;
    let name = rows.first().map(|row| row.get("row")).transpose();
    Ok(name
        .map_err(|error| Failed::Driver(error.into()))?
        .unwrap_or_default())
}

/// Waiting for a server to come up.
struct Waiting<'a> {
    place: &'a str,
    ms_max: u64,
    deadline: Instant,
}

impl<'a> Waiting<'a> {
    fn new(place: &'a str, ms_max: u64) -> Self {
        Self {
            place,
            ms_max,
            deadline: within(ms_max),
        }
    }

    /// Tries until it succeeds, fails for a reason that does not pass, or the time is over.
    async fn until<T, F: Future<Output = Result<T, Failed>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, OpenError> {
        let mut told = false;
        loop {
            // A try that has begun in time may end: one at least is made, however short the time.
            let failed = match attempt().await {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            let passes = match &failed {
                Failed::Driver(error) => matches!(meaning(error), Meaning::Away | Meaning::Passing),
                Failed::Late | Failed::Away | Failed::Busy => true,
            };
            if !passes || Instant::now() + LOOK_AGAIN >= self.deadline {
                return Err(self.refused(&failed));
            }
            if !told {
                told = true;
                tracing::info!("waiting for Neo4j at {}, up to {} ms", self.place, self.ms_max);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn refused(&self, failed: &Failed) -> OpenError {
        let reason = match failed {
            Failed::Driver(error) if meaning(error) == Meaning::Away && !is_unknown_database(error) => {
                self.silent()
            }
            Failed::Late | Failed::Away | Failed::Busy => self.silent(),
            Failed::Driver(_) => reason(failed),
        };
        OpenError::Unreachable {
            place: self.place.into(),
            reason,
        }
    }

    fn silent(&self) -> String {
        format!(
            "it did not answer within {} ms. Is it running, is this its Bolt port, and can the address be reached by which it \
             calls itself (server.bolt.advertised_address; bolt:// asks no server for that)? --store-startup-ms-max waits longer",
            self.ms_max
        )
    }
}

async fn migrate(client: &Arc<Client>, place: &str) -> Result<(), OpenError> {
    let io = |failed: &Failed| OpenError::Unreachable {
        place: place.into(),
        reason: reason(failed),
    };
    let found = client
        .raw::<(i64,)>(cypher!("schema_version").query(client.options.limits.write_ms_max))
        .await;
    let found = found
        .map_err(|failed| io(&failed))?
        .first()
        .map_or(0, |(version,)| *version);
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer {
            place: place.into(),
            found,
            known,
        });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        for statement in step
            .split(";\n")
            .map(without_comments)
            .filter(|statement| !statement.is_empty())
        {
            client
                .execute(query(&statement))
                .await
                .map_err(|failed| io(&failed))?;
        }
    }
    if (1..SETTLED).contains(&done) {
        // This schema keeps with every record what it is hidden with; a graph that is new has none.
        for statement in restricted::settling() {
            let settled = client.execute(statement.query(client.options.limits.write_ms_max));
            settled.await.map_err(|failed| io(&failed))?;
        }
    }
    if done < STEPS.len() {
        let statement = cypher!("set_schema_version").with("version", known);
        let set = client
            .execute(statement.query(client.options.limits.write_ms_max))
            .await;
        set.map_err(|failed| io(&failed))?;
    }
    Ok(())
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"));
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

fn is_unknown_database(error: &Error) -> bool {
    matches!(error, Error::Neo4j(error) if error.code() == "Neo.ClientError.Database.DatabaseNotFound")
}

/// What the operator can do something about. The driver's own words are in the log.
fn reason(failed: &Failed) -> String {
    let Failed::Driver(error) = failed else {
        return "it stopped answering: start again when it is back".into();
    };
    if is_unknown_database(error) {
        return "it has no database of that name: choose another --store-database".into();
    }
    match (meaning(error), error) {
        (Meaning::Credentials, _) => {
            "it does not accept the user and password, or does not let the user read and write: give \
                                      others by --store-user and --store-password-file"
                .into()
        }
        (Meaning::Away | Meaning::Passing | Meaning::Memory | Meaning::Slow, _) => {
            "it stopped answering: start again when it is back".into()
        }
        (Meaning::Fault, Error::IOError { .. }) => {
            "TLS fails: its certificate is not trusted here (+ssc in place of +s trusts \
                                                    any), or it speaks no TLS (leave out the +s)"
                .into()
        }
        (Meaning::Fault, Error::ProtocolMismatch(_) | Error::UnsupportedVersion(..)) => {
            "it does not speak Bolt 4.4: is this the Bolt port (7687) of a Neo4j 5?".into()
        }
        (Meaning::Fault, error) => {
            tracing::error!(%error, "Neo4j did not do what was asked");
            "it did not do what was asked; the log has its words".into()
        }
    }
}
