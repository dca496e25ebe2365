//! The `hukun` command.

use std::process::ExitCode;

// Answers are many small allocations that live as long as a request; the system's allocator is slower at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hukun::cli::main()
}
