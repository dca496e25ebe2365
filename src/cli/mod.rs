//! The command line: reads the settings and connects the layers. One file for each subcommand.
//!
//! Exit codes: 0 done; 1 failed, as when a file cannot be read or the store cannot be opened; 2 wrong usage; 3 rows rejected, or
//! problems found by a check.

mod auth;
mod auth_args;
mod backup;
mod check;
mod defaults;
mod export;
mod feed;
mod hosts;
mod import;
mod key;
mod limits;
mod native;
mod neo4j;
mod neo4j_args;
mod open;
mod progress;
mod query;
mod read_settings;
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

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::read_settings::read_settings;
use self::settings::{ServeOptions, StoreOptions};
use self::usage::UsageError;

/// A knowledge graph of how a centre city's resources reach a neighbouring zone's industries.
///
/// Every option can also be set as HUKUN_<OPTION> in the environment or, in lower case, in hukun.toml. The command line takes
/// precedence over the environment, and the environment over the file.
#[derive(Parser)]
#[command(name = "hukun", version, max_term_width = 100)]
struct Cli {
    /// Settings file [default: hukun.toml, if it exists]
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
    /// Import data sets, each completely or not at all
    Import {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        import: import::ImportArguments,
    },
    /// Export the data sets, one directory each
    Export {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        export: export::ExportArguments,
    },
    /// Check the stored records for consistency, and quotations against their sources
    Check {
        #[command(flatten)]
        store: StoreOptions,
        /// Directory with the files of sources; files are matched by SHA-256, not by name
        #[arg(long, env = "HUKUN_SOURCES", value_name = "DIR")]
        sources: Option<PathBuf>,
        /// Also compare the native graph in Neo4j with the records: relationships, names, degrees, counts, restricted marks
        #[arg(long, env = "HUKUN_NATIVE")]
        native: bool,
    },
    /// Rebuild what Neo4j derives from the records, where it differs; see `check --native`
    Repair {
        #[command(flatten)]
        store: StoreOptions,
        /// Report what would be done without writing
        #[arg(long, env = "HUKUN_DRY_RUN")]
        dry_run: bool,
    },
    /// Create, list and revoke API keys, also while a server runs
    Key {
        #[command(flatten)]
        store: StoreOptions,
        #[command(subcommand)]
        key: key::KeyCommand,
    },
    /// Run a saved question, or a GraphQL document of your own
    Query {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        query: query::QueryArguments,
    },
    /// Back up the whole store to one file, also while a server runs
    Backup {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        backup: backup::BackupArguments,
    },
    /// Restore a backup into an empty store of either kind
    Restore {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        restore: backup::RestoreArguments,
    },
    /// Print the GraphQL schema
    Schema,
    /// Print the labels of codes in Chinese and English: kinds, units, bases, statuses, reasons
    Vocabulary {
        #[command(flatten)]
        vocabulary: vocabulary::VocabularyArguments,
    },
}

/// The outcome of a command that did not fail.
enum CommandOutcome {
    Done,
    /// Rows were rejected, or a check found problems.
    Rejected,
}

/// Parses the command line and runs the command.
pub fn main() -> ExitCode {
    let matches = defaults::with_defaults(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    start_log();
    match run(&cli) {
        Ok(CommandOutcome::Done) => ExitCode::SUCCESS,
        Ok(CommandOutcome::Rejected) => ExitCode::from(3),
        Err(error) => {
            eprintln!("hukun: {error:#}");
            let usage = error.downcast_ref::<UsageError>().is_some();
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<CommandOutcome> {
    let config = cli.config.as_deref();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    report_file_size_limit(&runtime)?;
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
    let settings = read_settings(config, store, serve)?;
    let done = runtime.block_on(async {
        match &cli.command {
            Command::Schema | Command::Vocabulary { .. } => Ok(CommandOutcome::Done),
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
    done.map_err(|error| open::with_store_location(&settings, error))
}

/// Makes a write beyond the file size limit of the process (`ulimit -f`) fail with an error. By default the system ends the process
/// with a signal instead; once handled, the signal stays so.
#[cfg(unix)]
fn report_file_size_limit(runtime: &tokio::runtime::Runtime) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let _context = runtime.enter();
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}

/// Other systems have no such signal.
#[cfg(not(unix))]
fn report_file_size_limit(_: &tokio::runtime::Runtime) -> std::io::Result<()> {
    Ok(())
}

/// The filter of the log if `RUST_LOG` is not set.
const DEFAULT_FILTER: &str = "warn,hukun=info,neo4rs=off,rustls_platform_verifier=off";

/// Logs to stderr, so that the output of a command can be piped. `RUST_LOG` sets the filter. The Neo4j driver and its TLS are off by
/// default: they log an unreachable or untrusted server for each statement, and the store logs it once.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(DEFAULT_FILTER));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // No colors in a file.
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
