//! The meter of an answer: each value is charged when it is made, and each field that waits while it does.
//!
//! `async-graphql` resolves every field, and every item of a list, through this hook. What is put together without it
//! ([`super::plain`]) is charged there.

use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, QueryPathSegment, ServerResult, Value};

use super::asker::Asker;
use crate::model::memory::{Account, MemoryExhausted};

/// Bytes of a value in an object: the entry with its hash, its place in the index, and what a growing table has spare.
const ENTRY: u64 = 128;
/// Bytes of a value in a list.
const ITEM: u64 = 80;
/// Bytes of an allocation beside what it holds.
const ALLOCATION: u64 = 16;
/// Bytes of a field that is being resolved: its future with those inside it, and its places among those that wait.
const PENDING: u64 = 8 * 1024;

/// Bytes of an error beside its message: its path, its place and its code.
const ERROR: u64 = 512;

/// Puts the meter into a schema.
pub(super) struct Metering;

impl ExtensionFactory for Metering {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Meter::default())
    }
}

#[derive(Default)]
struct Meter {
    account: OnceLock<Account>,
}

#[async_graphql::async_trait::async_trait]
impl Extension for Meter {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let account = self
            .account
            .get_or_init(|| ctx.data_unchecked::<Arc<Asker>>().account.clone());
        let (entry, key) = match info.path_node.segment {
            QueryPathSegment::Name(name) => (ENTRY, name.len() as u64 + 4),
            QueryPathSegment::Index(_) => (ITEM, 1),
        };
        let Ok(pending) = account.hold(PENDING) else {
            return ended().await;
        };
        let value = match next.run(ctx, info).await {
            Ok(value) => value,
            Err(error) => {
                let length = error.message.len() as u64;
                return match charge(account, ERROR + length, length) {
                    Ok(()) => Err(error),
                    Err(_) => ended().await,
                };
            }
        };
        drop(pending);
        let (memory, json) = match &value {
            // Their fields and items were charged as they came.
            Some(Value::Object(_)) => (2 * ALLOCATION, 2),
            Some(Value::List(_)) => (ALLOCATION, 2),
            Some(leaf) => size(leaf),
            None => (0, 4),
        };
        match charge(account, entry + memory, key + json) {
            Ok(()) => Ok(value),
            Err(_) => ended().await,
        }
    }
}

/// The end of a field whose answer came to its limit: it waits until the answer is dropped ([`super::batch::Batched`]).
async fn ended<T>() -> T {
    std::future::pending().await
}

fn charge(account: &Account, memory: u64, json: u64) -> Result<(), MemoryExhausted> {
    account.keep(memory)?;
    account.answer(json)
}

/// Charges the fields of an object that was put together at once.
pub(super) fn charge_fields(
    account: &Account,
    fields: &IndexMap<Name, Value>,
) -> Result<(), MemoryExhausted> {
    let (mut memory, mut json) = (0, 0);
    for (key, value) in fields {
        let (value_memory, value_json) = size(value);
        memory += ENTRY + value_memory;
        json += key.len() as u64 + 4 + value_json;
    }
    charge(account, memory, json)
}

/// Bytes that a value takes up beside its place, and bytes of its JSON.
pub(super) fn size(value: &Value) -> (u64, u64) {
    match value {
        Value::Null | Value::Boolean(_) => (0, 5),
        Value::Number(_) => (0, 8),
        Value::String(text) => (text.len() as u64 + ALLOCATION, text.len() as u64 + 2),
        Value::Enum(name) => (name.len() as u64 + 2 * ALLOCATION, name.len() as u64 + 2),
        Value::Binary(bytes) => (bytes.len() as u64 + ALLOCATION, bytes.len() as u64),
        Value::List(items) => items.iter().fold((ALLOCATION, 2), |(memory, json), item| {
            let (item_memory, item_json) = size(item);
            (memory + ITEM + item_memory, json + 1 + item_json)
        }),
        Value::Object(fields) => fields
            .iter()
            .fold((2 * ALLOCATION, 2), |(memory, json), (key, value)| {
                let (value_memory, value_json) = size(value);
                (
                    memory + ENTRY + value_memory,
                    json + key.len() as u64 + 4 + value_json,
                )
            }),
    }
}
