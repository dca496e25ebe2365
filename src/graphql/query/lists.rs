//! `entities`, and one list for each kind of entity.

use async_graphql::{Context, Object, OutputType};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::{EntityFilter, EntityOrder};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::graphql::inputs::time::{DateRange, time_filter};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Date;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds;
use crate::graphql::types::page::{Connection, Edge, TotalCount, edges, wants_rows};
use crate::model::entity::EntityKind;
use crate::model::page::{Page, PageRequest};
use crate::model::period::UndatedFacts;
use crate::model::selector;
use crate::service::{EntityKey, EntityQuery};

/// The arguments of a list of entities.
struct ListArgs {
    filter: Option<EntityFilter>,
    order_by: Option<Vec<EntityOrder>>,
    as_of: Option<Date>,
    during: Option<DateRange>,
    undated: Option<UndatedFacts>,
    page: PageArgs,
}

#[derive(Default)]
pub(super) struct EntityFields;

#[Object]
impl EntityFields {
    /// Entities of every kind, sorted by id unless `orderBy` is given.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the entities must meet.")] filter: Option<EntityFilter>,
        #[graphql(desc = "Sort keys; entities with equal keys are sorted by id.")] order_by: Option<
            Vec<EntityOrder>,
        >,
        #[graphql(
            desc = "Day on which facts must be valid. A year or month, such as `2023`, means its last day. Default: any time. Also applies to nested fields."
        )]
        as_of: Option<Date>,
        #[graphql(
            desc = "Range of days; facts must be valid on at least one of them, and on `asOf` if both are given."
        )]
        during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count. Has no effect without `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Edge<kinds::Entity>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        list(
            ctx,
            None,
            ListArgs {
                filter,
                order_by,
                as_of,
                during,
                undated,
                page,
            },
        )
        .await
    }
}

macro_rules! kind_lists {
    ($($(#[$doc:meta])* $field:ident: $kind:ident;)+) => {
        #[derive(Default)]
        pub(super) struct KindFields;

        #[Object]
        impl KindFields { $(
            $(#[$doc])*
            #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
            async fn $field(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "Conditions that the entities must meet.")] filter: Option<EntityFilter>,
                #[graphql(desc = "Sort keys; entities with equal keys are sorted by id.")] order_by: Option<Vec<EntityOrder>>,
                #[graphql(desc = "Day on which facts must be valid. A year or month, such as `2023`, means its last day. Default: any time. Also applies to nested fields.")]
        as_of: Option<Date>,
        #[graphql(desc = "Range of days; facts must be valid on at least one of them, and on `asOf` if both are given.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count. Has no effect without `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
                #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
                #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
                #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
                #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
            ) -> Result<Connection<Edge<kinds::$kind>>> {
                let page = PageArgs { first, after, last, before };
                list(ctx, Some(EntityKind::$kind), ListArgs { filter, order_by, as_of, during, undated, page }).await
            }
        )+ }
    };
}

kind_lists! {
    /// Regions: places and administrative areas.
    regions: Region;
    /// Industries.
    industries: Industry;
    /// High-tech zones, enclave parks and science parks.
    parks: Park;
    /// Universities.
    universities: University;
    /// Joint labs, research institutes and training bases.
    labs: Lab;
    /// Shared scientific facilities, computing centers and networks.
    facilities: Facility;
    /// Funds.
    funds: Fund;
    /// Experts and pools of experts.
    experts: Expert;
    /// Projects and cohorts of projects.
    projects: Project;
    /// Companies.
    companies: Company;
    /// Government bodies, fund managers, associations and institutes.
    organizations: Organization;
    /// Programs: mechanisms and policies.
    programs: Program;
    /// Problems, lessons and findings that a source states.
    claims: Claim;
}

async fn list<N: OutputType + From<EntityAtDate>>(
    ctx: &Context<'_>,
    kind: Option<EntityKind>,
    args: ListArgs,
) -> Result<Connection<Edge<N>>> {
    let ListArgs {
        filter,
        order_by,
        as_of,
        during,
        undated,
        page,
    } = args;
    let at = time_filter(as_of, during, undated)?;
    let order: Vec<selector::EntityOrder> =
        order_by.unwrap_or_default().into_iter().map(Into::into).collect();
    let scope = scope(kind, &order);
    let page: PageRequest<EntityKey> = page.parse(&scope)?;
    if page
        .after
        .iter()
        .chain(&page.before)
        .any(|key| key.values.len() != order.len())
    {
        return Err(Failure::input(
            "the cursor has a different number of keys than `orderBy`; start again without a cursor",
        ));
    }
    let filter = resolve_redirects(
        ctx,
        filter.map(EntityFilter::parse).transpose()?.unwrap_or_default(),
    )
    .await?;
    let query = EntityQuery {
        filter: with_kind(kind, filter),
        at,
        order,
    };
    let context = request_context(ctx);
    let rows = if wants_rows(ctx) {
        context.session.list_entities(&query, &page).await?
    } else {
        Page::empty()
    };
    context.spend_rows(rows.items.len())?;
    context
        .loaders
        .prime_entities(rows.items.iter().map(|(_, entity)| entity));
    let total = TotalCount::Entities(Box::new(query.filter), at);
    Ok(Connection {
        page: edges(rows, &scope, |(key, entity)| {
            (key, N::from(EntityAtDate { entity, at }))
        }),
        total,
    })
}

fn with_kind(kind: Option<EntityKind>, filter: selector::EntityFilter) -> selector::EntityFilter {
    let Some(kind) = kind else { return filter };
    let kinds = match filter.kinds {
        Some(kinds) => kinds.into_iter().filter(|one| *one == kind).collect(),
        None => vec![kind],
    };
    selector::EntityFilter {
        kinds: Some(kinds),
        ..filter
    }
}

/// The scope of the cursors of a list: its kind and order. The filter is not part of it, because keys do not depend on it.
fn scope(kind: Option<EntityKind>, order: &[selector::EntityOrder]) -> String {
    let mut scope = kind.map_or("entities", EntityKind::name).to_string();
    for selector::EntityOrder { field, descending } in order {
        scope.extend([" ", field.name(), if *descending { " DESC" } else { " ASC" }]);
    }
    scope
}
