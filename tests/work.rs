//! Work: that every second of it has an owner, ends with its owner, and is in nobody's way.

mod cancelled;
mod served;
mod world;
