//! The reads of the table, each answered by the method of the same name on [`Neo4jReader`].
//!
//! A method of the type takes precedence over one of a trait, so that each call below calls the method of the type. A read without one
//! would call itself; the compiler rejects that, and names the read in `required by a bound in Reader::…`.

use super::reader::Neo4jReader;
use crate::model::change::Revision;
use crate::store::reads::for_each_read;
use crate::store::reads::prelude::*;
use crate::store::{Reader, StoreResult};

macro_rules! delegate {
    ($($(#[$doc:meta])* $session:ident fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        impl Reader for Neo4jReader {
            fn revision(&self) -> Revision {
                self.snapshot_revision()
            }
            $(
                async fn $name(&self, $($arg: $type),*) -> StoreResult<$answer> {
                    Neo4jReader::$name(self, $($arg),*).await
                }
            )+
        }
    };
}
for_each_read!(delegate);
