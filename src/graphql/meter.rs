//! Memory accounting of a response: each value is charged when it is built, and each field while it waits.
//!
//! `async-graphql` resolves every field, and every item of a list, through this extension. Objects that are built without it
//! ([`super::plain_fields`]) are charged there.

use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, QueryPathSegment, ServerResult, Value};

use super::request_context::RequestContext;
use crate::model::memory::{Account, MemoryExhausted};

/// Bytes of an entry of an object: with its hash, its index entry, and the spare capacity of a growing table.
const ENTRY: u64 = 128;
/// Bytes of a value in a list.
const ITEM: u64 = 80;
/// Overhead of an allocation in bytes.
const ALLOCATION: u64 = 16;
/// Bytes of a field that is being resolved: its future with those inside it, and its entries in wait lists.
const PENDING: u64 = 8 * 1024;

/// Bytes of an error without its message: its path, its location and its code.
const ERROR: u64 = 512;

/// The extension that adds a meter to each request.
pub(super) struct MeterExtension;

impl ExtensionFactory for MeterExtension {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(MemoryMeter::default())
    }
}

#[derive(Default)]
struct MemoryMeter {
    account: OnceLock<Account>,
}

#[async_graphql::async_trait::async_trait]
impl Extension for MemoryMeter {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let account = self
            .account
            .get_or_init(|| ctx.data_unchecked::<Arc<RequestContext>>().account.clone());
        let (entry, key) = match info.path_node.segment {
            QueryPathSegment::Name(name) => (ENTRY, name.len() as u64 + 4),
            QueryPathSegment::Index(_) => (ITEM, 1),
        };
        let Ok(pending) = account.hold(PENDING) else {
            return wait_forever().await;
        };
        let value = match next.run(ctx, info).await {
            Ok(value) => value,
            Err(error) => {
                let length = error.message.len() as u64;
                return match charge(account, ERROR + length, length) {
                    Ok(()) => Err(error),
                    Err(_) => wait_forever().await,
                };
            }
        };
        drop(pending);
        let (memory, json) = match &value {
            // Their fields and items are already charged.
            Some(Value::Object(_)) => (2 * ALLOCATION, 2),
            Some(Value::List(_)) => (ALLOCATION, 2),
            Some(leaf) => size(leaf),
            None => (0, 4),
        };
        match charge(account, entry + memory, key + json) {
            Ok(()) => Ok(value),
            Err(_) => wait_forever().await,
        }
    }
}

/// Never returns: a field that reaches the memory limit waits until the response is dropped
/// ([`super::batch::BatchedExecution`]).
async fn wait_forever<T>() -> T {
    std::future::pending().await
}

fn charge(account: &Account, memory: u64, json: u64) -> Result<(), MemoryExhausted> {
    account.keep(memory)?;
    account.answer(json)
}

/// Charges the fields of an object that was built without resolvers.
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

/// Bytes that a value allocates, and bytes of its JSON.
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
