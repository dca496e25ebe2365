//! `hukun schema`: prints the GraphQL schema.

use super::CommandOutcome;

pub(super) fn run() -> CommandOutcome {
    print!("{}", crate::graphql::sdl());
    CommandOutcome::Done
}
