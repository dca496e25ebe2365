//! `hukun schema`: the contract, as the code has it.

use super::Ended;

pub(super) fn run() -> anyhow::Result<Ended> {
    print!("{}", crate::graphql::sdl());
    Ok(Ended::Done)
}
