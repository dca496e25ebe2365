//! The `hukun` command.

use std::process::ExitCode;

// Answers are many small allocations that live as long as a request. This allocator gives their memory back after them: under load the
// process holds half of what it would hold with others (docs/limits.md). `.cargo/config.toml` has its settings.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    hukun::cli::main()
}
