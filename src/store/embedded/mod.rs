//! (placeholder while the store is written)
