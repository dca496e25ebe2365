//! What a writer may write: whose a record is, what of the graph a writer may see, and what keeps a restricted data set apart.

pub(super) mod ownership;
pub(super) mod restriction;
pub(super) mod visibility;
