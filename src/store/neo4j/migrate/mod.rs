//! Opening a Neo4j store: waiting for the server, and upgrading its schema to the version of this program. A newer
//! schema is refused.

mod known_from;
mod names;
pub(in crate::store) mod relationship_keys;

use std::sync::Arc;
use std::time::Duration;

use neo4rs::{Error, Graph, query};
use tokio::time::Instant;

use crate::store::OpenError;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::connection::{direct, gather, within};
use crate::store::neo4j::driver::error::{
    ErrorClass, Neo4jError, Neo4jResult, STOPPED_ADVICE, class_of, is_expired, reason_without_address,
};
use crate::store::neo4j::driver::options::Neo4jOptions;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::SCHEMA_VERSION;
use crate::store::neo4j::write::restrictions;

/// The migrations: each upgrades the schema from the version that is its index to the next. Statements are separated by a semicolon at
/// the end of a line, and repeating one has no further effect.
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
    "a new migration needs a new SCHEMA_VERSION"
);

/// The oldest supported version of Neo4j.
const NEO4J_VERSION_MIN: (u32, u32) = (5, 23);

/// The first schema in which every record stores the restricted data sets with which it is hidden.
const RESTRICTED_MARKS: usize = 3;

/// The first schema that stores the day from which each amount is known.
const KNOWN_FROM: usize = 5;

/// The first schema whose stored names, by which searches filter, have the current folding (case, width, accents).
const FOLDED_NAMES: usize = 6;

/// The first schema in which no step of a staged write, which is applied in several transactions, can be applied twice.
const FENCED_WRITES: usize = 7;

/// The pause between two tries to reach a server that does not answer yet.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

/// What opening a graph of the current schema does about constraints of relationships that are missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum MissingKeys {
    /// They are created.
    Create,
    /// They stay missing, so that a check can name them.
    Keep,
}

/// Connects and upgrades the schema. Waits for a server that does not answer yet; an error of the server ends the wait.
pub(in crate::store) async fn connect(
    options: Neo4jOptions,
    missing_keys: MissingKeys,
) -> Result<Arc<Client>, OpenError> {
    let place = options.place();
    let waiting = StartupWait::new(&place, options.limits.startup_ms_max);
    let to_open_error = |error: neo4rs::Error| waiting.open_error(&Neo4jError::Driver(error));

    // First at the given address, without routing, so that the server says why it refuses a connection.
    let password = options.password.first()?;
    let direct_connection = direct(&options, &password).map_err(to_open_error)?;
    let ServerInfo { database, version } = waiting
        .until(|| async { server_info(&direct_connection, &options).await })
        .await?;
    if is_too_old(&version) {
        return Err(OpenError::Unreachable {
            place,
            reason: format!(
                "it is Neo4j {version}, and the oldest supported version is {}.{}",
                NEO4J_VERSION_MIN.0, NEO4J_VERSION_MIN.1
            ),
        });
    }
    // With the name of the database, the driver caches the routing table; without, it reads it before each statement.
    let options = Neo4jOptions {
        database: options.database.or(Some(database)),
        ..options
    };

    // Then at the address that the server, or its cluster, advertises.
    let client = Arc::new(Client::new(options, password).map_err(to_open_error)?);
    waiting
        .until(|| async {
            client
                .run_once::<(i64,)>(query("RETURN [1] AS row"))
                .await
                .map(|_| ())
        })
        .await?;
    client.open_probe_connection();
    migrate(&client, &place, missing_keys).await?;
    Ok(client)
}

/// The database and the version of a server.
#[derive(Default)]
struct ServerInfo {
    /// The name of the database.
    database: String,
    version: String,
}

/// Reads the name of the database and the version of the server; both are empty if the server returns no row.
async fn server_info(graph: &Graph, options: &Neo4jOptions) -> Neo4jResult<ServerInfo> {
    let query = query(
        "CALL db.info() YIELD name CALL dbms.components() YIELD name AS component, versions \
         RETURN [name, versions[0]] AS row",
    );
    let reply = tokio::time::timeout(
        Duration::from_millis(options.limits.connect_ms_max),
        Box::pin(gather(graph, query)),
    );
    let rows = reply
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

/// Whether a version is too old; an unknown version is not.
fn is_too_old(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < NEO4J_VERSION_MIN,
        _ => false,
    }
}

/// The wait for a server at the start. All attempts together have one deadline.
struct StartupWait<'a> {
    /// The address of the server, for messages.
    place: &'a str,
    /// The time from the start to the deadline, for messages.
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

    /// Repeats an attempt until it succeeds, fails with an error that a later attempt cannot mend, or the deadline is
    /// reached.
    async fn until<T, F: Future<Output = Neo4jResult<T>>>(
        &self,
        attempt: impl Fn() -> F,
    ) -> Result<T, OpenError> {
        let mut is_logged = false;
        loop {
            // The deadline is tested after an attempt, not before it, so that at least one is made.
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let may_pass = match &error {
                Neo4jError::Driver(error) => {
                    matches!(class_of(error), ErrorClass::Unavailable | ErrorClass::Transient)
                }
                Neo4jError::Timeout | Neo4jError::Unavailable | Neo4jError::Busy => true,
                Neo4jError::Stopped | Neo4jError::Store(_) => false,
            };
            if !may_pass || Instant::now() + RETRY_PAUSE >= self.deadline {
                return Err(self.open_error(&error));
            }
            if !is_logged {
                is_logged = true;
                tracing::info!("waiting for Neo4j at {}, up to {} ms", self.place, self.ms_max);
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// The error with which opening fails, with a reason that tells the operator what to do.
    fn open_error(&self, error: &Neo4jError) -> OpenError {
        let reason = match error {
            Neo4jError::Driver(Error::IOError { detail }) if was_closed_by_server(detail.kind()) => {
                self.closed().into()
            }
            Neo4jError::Driver(error)
                if class_of(error) == ErrorClass::Unavailable && !is_unknown_database(error) =>
            {
                self.no_answer()
            }
            Neo4jError::Timeout | Neo4jError::Unavailable | Neo4jError::Busy => self.no_answer(),
            Neo4jError::Driver(_) | Neo4jError::Stopped | Neo4jError::Store(_) => reason(error),
        };
        OpenError::Unreachable {
            place: self.place.into(),
            reason,
        }
    }

    /// The reason if the server closed the connection.
    fn closed(&self) -> &'static str {
        let (scheme, _) = self.place.split_once("://").unwrap_or_default();
        if scheme.contains('+') {
            "it accepts the connection and closes it during the TLS handshake: it may not use TLS (neo4j:// or bolt://, without +s \
             or +ssc), or this is not its Bolt port"
        } else {
            "it accepts the connection and closes it before the handshake: it may require TLS (neo4j+s:// or bolt+s://; +ssc trusts \
             any certificate), or this is not its Bolt port"
        }
    }

    /// The reason if the server never answered.
    fn no_answer(&self) -> String {
        format!(
            "it did not answer within {} ms. Is it running, is this its Bolt port, and can its advertised address be reached \
             (server.bolt.advertised_address; bolt:// does not use that, and reaches a read-only database too)? \
             Use --store-startup-ms-max to wait longer",
            self.ms_max
        )
    }
}

/// Upgrades the schema to the version of this program.
async fn migrate(client: &Arc<Client>, place: &str, missing_keys: MissingKeys) -> Result<(), OpenError> {
    let to_open_error = |error: Neo4jError| match error {
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
        .run_once::<(i64,)>(cypher!("schema_version").query(ms_max))
        .await;
    let found = versions
        .map_err(to_open_error)?
        .first()
        .map_or(0, |(version,)| *version);
    if found > SCHEMA_VERSION {
        return Err(OpenError::NewerSchema {
            place: place.into(),
            found,
            known: SCHEMA_VERSION,
        });
    }
    migrate_from(client, usize::try_from(found).unwrap_or(0), missing_keys)
        .await
        .map_err(to_open_error)
}

/// Runs the migrations from a schema to that of this program. Schema 0 is a database without a graph.
async fn migrate_from(client: &Arc<Client>, schema: usize, missing_keys: MissingKeys) -> Neo4jResult<()> {
    let ms_max = client.options().limits.write_ms_max;
    for step in STEPS.iter().skip(schema) {
        let statements = step.split(";\n").map(without_comments);
        for statement in statements.filter(|statement| !statement.is_empty()) {
            client.execute(query(&statement)).await?;
        }
    }
    // The ranges begin at 1: a new graph, which is at schema 0, has no records to change.
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
    if schema < STEPS.len() || missing_keys == MissingKeys::Create {
        relationship_keys::ensure(client).await?;
    }
    if schema < STEPS.len() {
        let statement = cypher!("set_schema_version").with("version", SCHEMA_VERSION);
        client.execute(statement.query(ms_max)).await?;
    }
    Ok(())
}

/// The names of the constraints and indexes, each with the statement that creates it if it is missing.
pub(in crate::store) fn schema() -> impl Iterator<Item = (&'static str, String)> {
    let statements = STEPS.iter().flat_map(|step| step.split(";\n"));
    statements.filter_map(|statement| {
        let text = without_comments(statement);
        // The name of every constraint and index of Hukun has this prefix.
        let name = statement
            .split_whitespace()
            .find(|word| word.starts_with("hukun_"))?;
        text.starts_with("CREATE ").then_some((name, text))
    })
}

/// The lines of a Cypher text without comments, empty lines and indentation.
fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether the server accepted the connection and then closed it.
fn was_closed_by_server(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        kind,
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

/// Whether the server has no database of the requested name.
fn is_unknown_database(error: &Error) -> bool {
    matches!(error, Error::Neo4j(error) if error.code() == "Neo.ClientError.Database.DatabaseNotFound")
}

/// The reason why opening failed, with what the operator can do. The message of the driver is only logged.
fn reason(error: &Neo4jError) -> String {
    if error.class() == Some(ErrorClass::Stopped) {
        return format!("{STOPPED_ADVICE}, then start again");
    }
    let Neo4jError::Driver(error) = error else {
        return "it stopped answering: start again when it is available".into();
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
            "the database is read-only, and its schema must be created or upgraded: make it writable (server.databases.read_only and \
             server.databases.default_to_read_only in neo4j.conf, or ALTER DATABASE … SET ACCESS READ WRITE), then start again"
                .into()
        }
        (ErrorClass::DiskFull, _) => "its disk is full: free space on it, then start again".into(),
        (ErrorClass::Credentials, _) => {
            "it does not accept the user and password, or does not let the user read and write: give \
                                      others by --store-user and --store-password-file"
                .into()
        }
        (
            ErrorClass::Unavailable
            | ErrorClass::Stopped
            | ErrorClass::Transient
            | ErrorClass::OutOfMemory
            | ErrorClass::Timeout,
            _,
        ) => {
            "it stopped answering: start again when it is available".into()
        }
        (ErrorClass::Tls, error) => reason_without_address(error).into(),
        (ErrorClass::Internal, Error::ProtocolMismatch(_) | Error::UnsupportedVersion(..)) => {
            "it does not support Bolt 4.4: is this the Bolt port (7687) of a Neo4j 5?".into()
        }
        (ErrorClass::Internal, error) => {
            tracing::error!(%error, "a request to Neo4j failed");
            "a request failed; see the log for its message".into()
        }
    }
}
