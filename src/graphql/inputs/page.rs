//! The page arguments of a connection: `first`, `after`, `last`, `before`.

use async_graphql::Context;

use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::{Failure, Result};
use crate::model::page::{PAGE_DEFAULT, PAGE_MAX, PageRequest};

/// The page arguments of a connection, as they were sent.
#[derive(Clone, Debug, Default)]
pub(in crate::graphql) struct PageArgs {
    pub(in crate::graphql) first: Option<i32>,
    pub(in crate::graphql) after: Option<String>,
    pub(in crate::graphql) last: Option<i32>,
    pub(in crate::graphql) before: Option<String>,
}

impl PageArgs {
    /// The arguments of a field whose `first` has a default in the schema; the default applies only without `last`.
    pub(in crate::graphql) fn defaulted(self, ctx: &Context<'_>) -> Self {
        let given = || ctx.param_value::<Option<i32>>("first", None).ok()?.1;
        let first = if self.last.is_some() { given() } else { self.first };
        Self { first, ..self }
    }

    /// The requested page of the connection (and order) that `scope` names.
    pub(in crate::graphql) fn parse<K: CursorKey>(&self, scope: &str) -> Result<PageRequest<K>> {
        let (argument, asked) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(Failure::input(
                    "`first` and `last` cannot be combined; send one of them",
                ));
            }
            (None, Some(last)) => ("last", Some(last)),
            (first, None) => ("first", first),
        };
        let key = |argument, text: &Option<String>| {
            text.as_ref()
                .map(|text| cursor::decode(scope, argument, text))
                .transpose()
        };
        Ok(PageRequest {
            limit: asked.map_or(Ok(PAGE_DEFAULT), |asked| size(argument, asked))?,
            from_end: self.last.is_some(),
            after: key("after", &self.after)?,
            before: key("before", &self.before)?,
        })
    }
}

fn size(argument: &str, asked: i32) -> Result<usize> {
    let size = usize::try_from(asked).ok().filter(|size| *size <= PAGE_MAX);
    let (key, side) = if argument == "last" {
        ("before", "previous")
    } else {
        ("after", "next")
    };
    size.ok_or_else(|| {
        Failure::input(format!(
            "`{argument}: {asked}` is out of range (expected 0 to {PAGE_MAX}); `{key}` gets the {side} page"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::RelationId;

    fn parse(first: Option<i32>, last: Option<i32>) -> Result<PageRequest<RelationId>> {
        PageArgs {
            first,
            last,
            ..PageArgs::default()
        }
        .parse("relations")
    }

    #[test]
    fn a_page_is_refused_and_never_clamped() {
        assert_eq!(parse(None, None).unwrap().limit, 100);
        assert_eq!(parse(Some(1000), None).unwrap().limit, 1000);
        assert!(parse(None, Some(3)).unwrap().from_end);
        for (first, last) in [
            (Some(1), Some(1)),
            (Some(-1), None),
            (Some(1001), None),
            (None, Some(-1)),
            (None, Some(1001)),
        ] {
            assert!(parse(first, last).is_err(), "{first:?} {last:?}");
        }
    }
}
