//! Objects of which nothing is asked but what is already at hand, built at once.
//!
//! In a long list, a future for each field of each row costs more than the field: a thousand rows of three fields take 1.9 ms
//! with them and 1.1 ms without (bench/README.md). Where every field asked for is a plain one, the object is put together
//! here, without any.

use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::indexmap::map::Entry;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{ContextSelectionSet, Name, Value};

use super::asker::Asker;
use super::meter;
use crate::model::job;

/// A type that has plain fields.
pub(super) trait Plain {
    /// Its name, or the names of what it implements.
    fn is_of(&self, type_name: &str) -> bool;
    /// The value of a plain field; none: it is not plain, or not as it is asked for.
    fn plain(&self, field: &Field) -> Option<Value>;
}

/// The object, where all that is asked of it is plain.
pub(super) fn object(ctx: &ContextSelectionSet<'_>, of: &impl Plain) -> Option<Value> {
    // A row of a list is worth some looks at a record.
    job::steps(8);
    let mut fields = IndexMap::with_capacity(ctx.item.node.items.len());
    fill(ctx, &ctx.item.node, of, &mut fields)?;
    // What does not fit ends the answer, whatever comes of this object.
    let account = &ctx.data_unchecked::<Arc<Asker>>().account;
    let _ = meter::charge_fields(account, &fields);
    Some(Value::Object(fields))
}

fn fill(
    ctx: &ContextSelectionSet<'_>,
    set: &SelectionSet,
    of: &impl Plain,
    fields: &mut IndexMap<Name, Value>,
) -> Option<()> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => match fields.entry(field.node.response_key().node.clone()) {
                Entry::Vacant(place) => {
                    place.insert(of.plain(&field.node)?);
                }
                // Asked for twice, as validation saw, it is the same.
                Entry::Occupied(_) => {}
            },
            Selection::InlineFragment(inline) => {
                let condition = inline
                    .node
                    .type_condition
                    .as_ref()
                    .map(|condition| &condition.node.on.node);
                if condition.is_none_or(|condition| of.is_of(condition)) {
                    fill(ctx, &inline.node.selection_set.node, of, fields)?;
                }
            }
            Selection::FragmentSpread(spread) => {
                let fragment = ctx.query_env.fragments.get(&spread.node.fragment_name.node)?;
                if of.is_of(&fragment.node.type_condition.node.on.node) {
                    fill(ctx, &fragment.node.selection_set.node, of, fields)?;
                }
            }
        }
    }
    Some(())
}
