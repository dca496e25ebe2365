//! Opening: waiting for the server, and raising its schema to the version of this program. A newer schema is refused.

mod known_from;
mod names;
mod relationship_keys;

use std::sync::Arc;
use std::time::Duration;

use neo4rs::{Error, Graph, query};
use tokio::time::Instant;

use crate::store::OpenError;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::connection::{direct, gather, within};
use crate::store::neo4j::driver::error::{ErrorClass, Neo4jError, Neo4jResult, class_of, is_expired};
use crate::store::neo4j::driver::options::Neo4jOptions;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::SCHEMA_VERSION;
use crate::store::neo4j::write::restrictions;

/// Each step takes the schema from the version that is its place in the list to the next. Statements are separated by a semicolon at
/// the end of a line, and each can be run again.
const STEPS: [&str; 7] = [
    include_str!("../cypher/migrations/1.cypher"),
    include_str!("../cypher/migrations/2.cypher"),
    include_str!("../cypher/migrations/3.cypher"),
    include_str!("../cypher/migrations/4.cypher"),
    include_str!("../cypher/migrations/5.cypher"),
    include_str!("../cypher/migrations/6.cypher"),
    include_str!("../cypher/migrations/7.cypher"),
];

const _: () = assert!(
    STEPS.len() == 7 && SCHEMA_VERSION == 7,
    "another step makes another schema: raise SCHEMA_VERSION"
);

/// The oldest Neo4j whose Cypher has all that the statements use.
const NEO4J_MIN: (u32, u32) = (5, 23);

/// The first schema that marks every record with the restricted data sets with which it is hidden.
const RESTRICTED_MARKS: usize = 3;

/// The first schema that stores the day from which each amount is known.
const KNOWN_FROM: usize = 5;

/// The first schema whose names are folded as they are now.
const FOLDED_NAMES: usize = 6;

/// The first schema under which no step of a large write is applied twice.
const FENCED_WRITES: usize = 7;

/// How long to wait between two looks at a server that is not there yet.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Connects and raises the schema. Waits for a server that is not there yet; an error of one that is there ends the wait.
pub(in crate::store) async fn connect(options: Neo4jOptions) -> Result<Arc<Client>, OpenError> {
    let place = options.place();
    let waiting = StartupWait::new(&place, options.limits.startup_ms_max);
    let refused = |error: neo4rs::Error| waiting.refused(&Neo4jError::Driver(error));

    // First at the very address that was given.
    let password = options.password.first()?;
    let there = direct(&options, &password).map_err(refused)?;
    let ServerInfo { database, version } = waiting.until(|| async { named(&there, &options).await }).await?;
    if is_too_old(&version) {
        return Err(OpenError::Unreachable {
            place,
            reason: format!(
                "it is Neo4j {version}, and {}.{} is the oldest that will do",
                NEO4J_MIN.0, NEO4J_MIN.1
            ),
        });
    }
    // By its name, the driver keeps the routing table; without, it asks for it before each statement.
    let options = Neo4jOptions {
        database: options.database.or(Some(database)),
        ..options
    };

    // Then where that server, or its cluster, says that it is to be reached.
    let client = Arc::new(Client::new(options, password).map_err(refused)?);
    waiting
        .until(|| async { client.raw::<(i64,)>(query("RETURN [1] AS row")).await.map(|_| ()) })
        .await?;
    client.make_ready();
    migrate(&client, &place).await?;
    Ok(client)
}

/// The name of a server's database, and its version.
#[derive(Default)]
struct ServerInfo {
    /// The name of the database.
    database: String,
    version: String,
}

/// The name of the database, and the server's version.
async fn named(graph: &Graph, options: &Neo4jOptions) -> Neo4jResult<ServerInfo> {
    let query = query(
        "CALL db.info() YIELD name CALL dbms.components() YIELD name AS component, versions \
         RETURN [name, versions[0]] AS row",
    );
    let asked = tokio::time::timeout(
        Duration::from_millis(options.limits.connect_ms_max),
        Box::pin(gather(graph, query)),
    );
    let rows = asked
        .await
        .map_err(|_| Neo4jError::Timeout)?
        .map_err(Neo4jError::Driver)?;
    let row: Option<(String, String)> = rows
        .first()
        .map(|row| row.get("row"))
        .transpose()
        .map_err(|error| Neo4jError::Driver(error.into()))?;
    Ok(
        row.map_or_else(ServerInfo::default, |(database, version)| ServerInfo {
            database,
            version,
        }),
    )
}

/// Whether a version is older than will do; one that cannot be read is not.
fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < NEO4J_MIN,
        _ => false,
    }
}

/// The wait for a server to come up.
struct StartupWait<'a> {
    place: &'a str,
    ms_max: u64,
    deadline: Instant,
}

impl<'a> StartupWait<'a> {
    fn new(place: &'a str, ms_max: u64) -> Self {
        Self {
            place,
            ms_max,
            deadline: within(ms_max),
        }
    }

    /// Tries until it succeeds, fails for a reason that does not pass, or the time is over.
    async fn until<T, F: Future<Output = Neo4jResult<T>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, OpenError> {
        let mut told = false;
        loop {
            // A try that has begun in time may end: one at least is made, however short the time.
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let passes = match &error {
                Neo4jError::Driver(error) => {
                    matches!(class_of(error), ErrorClass::Unavailable | ErrorClass::Transient)
                }
                Neo4jError::Timeout | Neo4jError::Unavailable | Neo4jError::Busy => true,
                Neo4jError::Store(_) => false,
            };
            if !passes || Instant::now() + LOOK_AGAIN >= self.deadline {
                return Err(self.refused(&error));
            }
            if !told {
                told = true;
                tracing::info!("waiting for Neo4j at {}, up to {} ms", self.place, self.ms_max);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn refused(&self, error: &Neo4jError) -> OpenError {
        let reason = match error {
            Neo4jError::Driver(Error::IOError { detail }) if is_hung_up(detail.kind()) => "it takes the connection and closes it before \
                 it greets: it may demand TLS (neo4j+s:// or bolt+s://; +ssc trusts any certificate), or this is not its Bolt port"
                .into(),
            Neo4jError::Driver(error) if class_of(error) == ErrorClass::Unavailable && !is_unknown_database(error) => {
                self.silent()
            }
            Neo4jError::Timeout | Neo4jError::Unavailable | Neo4jError::Busy => self.silent(),
            Neo4jError::Driver(_) | Neo4jError::Store(_) => reason(error),
        };
        OpenError::Unreachable {
            place: self.place.into(),
            reason,
        }
    }

    fn silent(&self) -> String {
        format!(
            "it did not answer within {} ms. Is it running, is this its Bolt port, and can the address be reached by which it \
             calls itself (server.bolt.advertised_address; bolt:// asks no server for that, and reaches a read-only database too)? \
             --store-startup-ms-max waits longer",
            self.ms_max
        )
    }
}

/// Raises the schema to the version of this program.
async fn migrate(client: &Arc<Client>, place: &str) -> Result<(), OpenError> {
    let failed = |error: Neo4jError| match error {
        Neo4jError::Store(error) => OpenError::Damaged {
            place: place.into(),
            reason: error.to_string(),
        },
        error => OpenError::Unreachable {
            place: place.into(),
            reason: reason(&error),
        },
    };
    let ms_max = client.options().limits.write_ms_max;
    let versions = client
        .raw::<(i64,)>(cypher!("schema_version").query(ms_max))
        .await;
    let found = versions.map_err(failed)?.first().map_or(0, |(version,)| *version);
    if found > SCHEMA_VERSION {
        return Err(OpenError::Newer {
            place: place.into(),
            found,
            known: SCHEMA_VERSION,
        });
    }
    raise_from(client, usize::try_from(found).unwrap_or(0))
        .await
        .map_err(failed)
}

/// Takes the steps from the schema of a graph to that of this program. Schema 0 is a database without a graph.
async fn raise_from(client: &Arc<Client>, schema: usize) -> Neo4jResult<()> {
    let ms_max = client.options().limits.write_ms_max;
    for step in STEPS.iter().skip(schema) {
        let statements = step.split(";\n").map(without_comments);
        for statement in statements.filter(|statement| !statement.is_empty()) {
            client.execute(query(&statement)).await?;
        }
    }
    // A new graph has no record to derive anything from.
    if (1..RESTRICTED_MARKS).contains(&schema) {
        for statement in restrictions::recompute_statements() {
            client.execute(statement.query(ms_max)).await?;
        }
    }
    if (1..KNOWN_FROM).contains(&schema) {
        known_from::derive_known_from(client).await?;
    }
    if (1..FOLDED_NAMES).contains(&schema) {
        names::rewrite_names(client).await?;
    }
    if (1..FENCED_WRITES).contains(&schema) {
        relationship_keys::delete_doubled(client).await?;
    }
    relationship_keys::ensure(client).await?;
    if schema < STEPS.len() {
        let statement = cypher!("set_schema_version").with("version", SCHEMA_VERSION);
        client.execute(statement.query(ms_max)).await?;
    }
    Ok(())
}

/// The constraints and indexes by their names, each with the statement that makes it where it is missing.
pub(in crate::store) fn schema() -> impl Iterator<Item = (&'static str, String)> {
    let statements = STEPS.iter().flat_map(|step| step.split(";\n"));
    statements.filter_map(|statement| {
        let text = without_comments(statement);
        let name = statement
            .split_whitespace()
            .find(|word| word.starts_with("hukun_"))?;
        text.starts_with("CREATE ").then_some((name, text))
    })
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a connection was made and then closed from the other side.
fn is_hung_up(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        kind,
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

fn is_unknown_database(error: &Error) -> bool {
    matches!(error, Error::Neo4j(error) if error.code() == "Neo.ClientError.Database.DatabaseNotFound")
}

/// The reason, for the operator. The driver's own text is in the log.
fn reason(error: &Neo4jError) -> String {
    let Neo4jError::Driver(error) = error else {
        return "it stopped answering: start again when it is back".into();
    };
    if is_unknown_database(error) {
        return "it has no database of that name: choose another --store-database".into();
    }
    match (class_of(error), error) {
        (ErrorClass::Credentials, error) if is_expired(error) => {
            "the password has expired: change it in Neo4j (`ALTER CURRENT USER SET PASSWORD FROM 'old' TO 'new'` on the database \
             system), then give the new one by --store-password-file or HUKUN_STORE_PASSWORD"
                .into()
        }
        (ErrorClass::ReadOnly, _) => {
            "the database is read-only, and its schema must be made or raised: make it writable (server.databases.read_only and \
             server.databases.default_to_read_only in neo4j.conf, or ALTER DATABASE … SET ACCESS READ WRITE), then start again"
                .into()
        }
        (ErrorClass::DiskFull, _) => "its disk is full: free space on it, then start again".into(),
        (ErrorClass::Credentials, _) => {
            "it does not accept the user and password, or does not let the user read and write: give \
                                      others by --store-user and --store-password-file"
                .into()
        }
        (ErrorClass::Unavailable | ErrorClass::Transient | ErrorClass::OutOfMemory | ErrorClass::Timeout, _) => {
            "it stopped answering: start again when it is back".into()
        }
        (ErrorClass::Internal, Error::IOError { .. }) => {
            "TLS fails: its certificate is not trusted here (+ssc in place of +s trusts \
                                                    any), or it speaks no TLS (leave out the +s)"
                .into()
        }
        (ErrorClass::Internal, Error::ProtocolMismatch(_) | Error::UnsupportedVersion(..)) => {
            "it does not speak Bolt 4.4: is this the Bolt port (7687) of a Neo4j 5?".into()
        }
        (ErrorClass::Internal, error) => {
            tracing::error!(%error, "Neo4j did not do what was asked");
            "it did not do what was asked; see the log for its message".into()
        }
    }
}
