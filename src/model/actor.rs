//! Actors: the kinds of entity that act by themselves.

use super::entity::EntityKind;

impl EntityKind {
    /// Whether it is an actor. Regions, industries, programs, projects and claims are not.
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
