//! Pure: who supplied how much, and what is certain of it where amounts are not.

pub mod linear;
