//! Hukun: a knowledge graph of how a centre city's resources reach a neighbouring zone's industries.
//!
//! The modules in the order of their layers; `ARCHITECTURE.md` has the table, and a test holds it.

pub mod cli;
pub mod dataset;
pub mod flow;
pub mod graphql;
pub mod http;
pub mod indicators;
pub mod model;
pub mod service;
pub mod store;
pub mod trace;
