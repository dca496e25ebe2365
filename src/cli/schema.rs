//! `hukun schema`: the contract, as the code has it.

use super::Ended;

pub(super) fn run() -> Ended {
    print!("{}", crate::graphql::sdl());
    Ended::Done
}
