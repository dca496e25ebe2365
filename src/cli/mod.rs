//! The command line: where settings are read and the parts are put together. One file a subcommand.
//!
//! Exit codes: 0 done; 1 failed: what cannot be read at all, a store that cannot be opened; 2 wrong usage; 3 rows rejected,
//! or findings of a check.

mod auth;
mod backup;
mod check;
mod edges;
mod export;
mod feed;
mod import;
mod key;
mod limits;
mod native;
mod neo4j;
mod open;
mod progress;
mod query;
mod schema;
mod seed;
mod serve;
mod settings;
mod table;
mod usage;
mod vocabulary;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::settings::{ServeOptions, Settings, StoreOptions};

/// A knowledge graph of how a centre city's resources reach a neighbouring zone's industries.
///
/// Every option can also be set as HUKUN_<OPTION> in the environment or, in lower case, in hukun.toml; the command line
/// counts before the environment, and that before the file.
#[derive(Parser)]
#[command(name = "hukun", version, max_term_width = 100)]
struct Cli {
    /// The settings file [default: hukun.toml, where there is one]
    #[arg(long, env = "HUKUN_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the graph over GraphQL
    Serve {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        serve: Box<ServeOptions>,
    },
    /// Take data sets in: each whole, or not at all
    Import {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        import: import::ImportArguments,
    },
    /// Write the data sets out, one directory each
    Export {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        export: export::ExportArguments,
    },
    /// Check that what is stored fits, and every quotation its source
    Check {
        #[command(flatten)]
        store: StoreOptions,
        /// Where the sources' files are; a file is known by its sha256, not its name
        #[arg(long, env = "HUKUN_SOURCES", value_name = "DIR")]
        sources: Option<PathBuf>,
        /// Also hold the native graph in Neo4j against the records: relationships, names, degrees, counts, restricted marks
        #[arg(long, env = "HUKUN_NATIVE")]
        native: bool,
    },
    /// Make anew what Neo4j derives from the records, where it differs: see `check --native`
    Repair {
        #[command(flatten)]
        store: StoreOptions,
        /// Report what would be done, and write nothing
        #[arg(long, env = "HUKUN_DRY_RUN")]
        dry_run: bool,
    },
    /// Make, list and revoke API keys, also while a server runs
    Key {
        #[command(flatten)]
        store: StoreOptions,
        #[command(subcommand)]
        key: key::KeyCommand,
    },
    /// Ask a saved question, or one of your own
    Query {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        query: query::QueryArguments,
    },
    /// Write all that there is into one file, also while a server runs
    Backup {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        backup: backup::BackupArguments,
    },
    /// Take a backup back, into an empty store of either sort
    Restore {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        restore: backup::RestoreArguments,
    },
    /// Print the GraphQL schema
    Schema,
    /// Print what codes are called in Chinese and English: kinds, units, bases, statuses, reasons
    Vocabulary {
        #[command(flatten)]
        vocabulary: vocabulary::VocabularyArguments,
    },
}

/// How a command ended that did not fail.
enum Ended {
    Done,
    Rejected,
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    match run(&cli) {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Rejected) => ExitCode::from(3),
        Err(error) => {
            eprintln!("hukun: {error:#}");
            let usage = error.downcast_ref::<settings::UsageError>().is_some();
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Ended> {
    let config = cli.config.as_deref();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (store, serve) = match &cli.command {
        Command::Schema => return Ok(schema::run()),
        Command::Vocabulary { vocabulary } => return vocabulary::run(vocabulary),
        Command::Serve { store, serve } => (store, Some(&**serve)),
        Command::Import { store, .. }
        | Command::Export { store, .. }
        | Command::Query { store, .. }
        | Command::Check { store, .. }
        | Command::Repair { store, .. }
        | Command::Backup { store, .. }
        | Command::Restore { store, .. }
        | Command::Key { store, .. } => (store, None),
    };
    let settings = Settings::gather(config, store, serve)?;
    let done = runtime.block_on(async {
        match &cli.command {
            Command::Schema | Command::Vocabulary { .. } => Ok(Ended::Done),
            Command::Serve { .. } => serve::run(&settings).await,
            Command::Import { import, .. } => import::run(&settings, import).await,
            Command::Export { export, .. } => export::run(&settings, export).await,
            Command::Query { query, .. } => query::run(&settings, query).await,
            Command::Check { sources, native, .. } => {
                check::run(&settings, sources.as_deref(), *native).await
            }
            Command::Repair { dry_run, .. } => native::repair(&settings, *dry_run).await,
            Command::Backup { backup, .. } => backup::back_up(&settings, backup).await,
            Command::Restore { restore, .. } => backup::restore(&settings, restore).await,
            Command::Key { key, .. } => key::run(&settings, key).await,
        }
    });
    done.map_err(|error| open::placed(&settings, error))
}

/// Logs to stderr, so that what a command prints can be piped. `RUST_LOG` chooses what. Not the driver of Neo4j: what it says of a
/// server that is away it says with each statement, and the store says it once.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,hukun=info,neo4rs=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // In a file, colours are noise.
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
