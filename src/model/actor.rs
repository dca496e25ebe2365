//! Actors: which kinds of entity act by themselves, and so are counted where actors are.

use super::entity::EntityKind;

impl EntityKind {
    /// Whether it is an actor. Places, industries, programs, projects and claims are none.
    pub const fn is_actor(self) -> bool {
        match self {
            Self::University
            | Self::Lab
            | Self::Facility
            | Self::Park
            | Self::Company
            | Self::Organization
            | Self::Fund
            | Self::Expert => true,
            Self::Region | Self::Industry | Self::Program | Self::Project | Self::Claim => false,
        }
    }
}
