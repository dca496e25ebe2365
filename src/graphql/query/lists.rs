//! `entities`, and a list for each kind.

use async_graphql::{Context, Object, OutputType};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::{EntityFilter, EntityOrder};
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::time::{DateRange, when};
use crate::graphql::scalars::Date;
use crate::graphql::schema::asker;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds;
use crate::graphql::types::page::{Connection, Edge, Total, edges, wants_rows};
use crate::model::entity::EntityKind;
use crate::model::page::{Page, PageRequest};
use crate::model::period::UndatedFacts;
use crate::model::selector;
use crate::service::{EntityKey, EntityQuery};

/// What each list of entities takes.
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
    /// Entities of every kind, by id where no other order is asked for.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entities.")] filter: Option<EntityFilter>,
        #[graphql(desc = "Sorted by these, then by id.")] order_by: Option<Vec<EntityOrder>>,
        #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last. Holds below it.")]
        as_of: Option<Date>,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
        #[graphql(desc = "So many from the beginning; 100 where not given, at most 1000.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, in list order.")] last: Option<i32>,
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
                #[graphql(desc = "Which of them.")] filter: Option<EntityFilter>,
                #[graphql(desc = "Sorted by these, then by id.")] order_by: Option<Vec<EntityOrder>>,
                #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last. Holds below it.")]
        as_of: Option<Date>,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
                #[graphql(desc = "So many from the beginning; 100 where not given, at most 1000.")] first: Option<i32>,
                #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
                #[graphql(desc = "So many from the end, in list order.")] last: Option<i32>,
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
    /// Branches of industry.
    industries: Industry;
    /// High-tech zones, enclave parks and science parks.
    parks: Park;
    /// Universities.
    universities: University;
    /// Joint labs, research institutes and training bases.
    labs: Lab;
    /// Shared scientific facilities, computing centres and networks.
    facilities: Facility;
    /// Funds.
    funds: Fund;
    /// Experts, and pools of them.
    experts: Expert;
    /// Projects, and cohorts of them.
    projects: Project;
    /// Companies.
    companies: Company;
    /// Government bodies, fund managers, associations and institutes.
    organizations: Organization;
    /// Mechanisms and policies.
    programs: Program;
    /// Problems, lessons and findings that a source states.
    claims: Claim;
}

async fn list<N: OutputType + From<Record>>(
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
    let at = when(as_of, during, undated)?;
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
            "the cursor has another number of keys than the order: begin without a cursor",
        ));
    }
    let filter = follow(
        ctx,
        filter.map(EntityFilter::parse).transpose()?.unwrap_or_default(),
    )
    .await?;
    let query = EntityQuery {
        filter: of_kind(kind, filter),
        at,
        order,
    };
    let asker = asker(ctx);
    let rows = if wants_rows(ctx) {
        asker.session.list_entities(&query, &page).await?
    } else {
        Page::empty()
    };
    asker.spend_rows(rows.items.len())?;
    asker
        .loaders
        .prime_entities(rows.items.iter().map(|(_, entity)| entity));
    let total = Total::Entities(Box::new(query.filter), at);
    Ok(Connection {
        page: edges(rows, &scope, |(key, entity)| {
            (key, N::from(Record { entity, at }))
        }),
        total,
    })
}

fn of_kind(kind: Option<EntityKind>, filter: selector::EntityFilter) -> selector::EntityFilter {
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

/// A cursor belongs to a list and its order; which rows were filtered out makes no difference to a key.
fn scope(kind: Option<EntityKind>, order: &[selector::EntityOrder]) -> String {
    let mut scope = kind.map_or("entities", EntityKind::name).to_string();
    for selector::EntityOrder { field, descending } in order {
        scope.extend([" ", field.name(), if *descending { " DESC" } else { " ASC" }]);
    }
    scope
}
