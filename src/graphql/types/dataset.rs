//! The GraphQL type of data sets.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{DateTime, int};
use crate::model::change::Subject;
use crate::model::id::DatasetId;
use crate::model::record::Coverage;
use crate::service::DatasetInfo;

/// A data set, as the list of all data sets and its index in it: the list is read once per request and shared.
#[derive(Clone)]
pub(in crate::graphql) struct Dataset(Arc<[DatasetInfo]>, usize);

impl Dataset {
    fn get(&self) -> &DatasetInfo {
        &self.0[self.1]
    }
}

/// Loads all data sets. There are few, and they are read once per request.
pub(in crate::graphql) async fn datasets(ctx: &Context<'_>) -> Result<Vec<Dataset>> {
    let loaders = &request_context(ctx).loaders;
    let all = loaders.one(&loaders.datasets, ()).await?;
    request_context(ctx).spend_rows(all.len())?;
    Ok((0..all.len()).map(|index| Dataset(all.clone(), index)).collect())
}

/// Loads a data set by id.
pub(in crate::graphql) async fn dataset(ctx: &Context<'_>, id: &str) -> Result<Option<Dataset>> {
    let loaders = &request_context(ctx).loaders;
    let all = loaders.one(&loaders.datasets, ()).await?;
    let index = all.iter().position(|info| info.dataset.id.as_str() == id);
    Ok(index.map(|index| Dataset(all, index)))
}

/// Loads the data sets that contain a row for a record.
pub(in crate::graphql) async fn datasets_of(ctx: &Context<'_>, subject: Subject) -> Result<Vec<Dataset>> {
    let loaders = &request_context(ctx).loaders;
    let ids: Arc<[DatasetId]> = loaders.one(&loaders.memberships, subject).await?;
    request_context(ctx).spend_rows(ids.len())?;
    let all = loaders.one(&loaders.datasets, ()).await?;
    let index_of = |id: &DatasetId| all.iter().position(|info| info.dataset.id == *id);
    Ok(ids
        .iter()
        .filter_map(index_of)
        .map(|index| Dataset(all.clone(), index))
        .collect())
}

/// A named set of facts with a licence.
#[Object]
impl Dataset {
    /// Id of the data set.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.get().dataset.id.as_str().into()
    }
    /// Title of the data set.
    async fn title(&self) -> &str {
        &self.get().dataset.title
    }
    /// Licence under which the data set may be used.
    async fn licence(&self) -> &str {
        &self.get().dataset.licence
    }
    /// Whether the data is synthetic.
    async fn synthetic(&self) -> bool {
        self.get().dataset.synthetic
    }
    /// Part of the world that the data set covers. Indicators over a `SINGLE_DOCUMENT` data set describe that document.
    async fn coverage(&self) -> Coverage {
        self.get().dataset.coverage
    }
    /// Visibility: `public` (every principal that may read) or `restricted` (principals to whom it was granted).
    async fn access(&self) -> &'static str {
        self.get().dataset.access.name()
    }
    /// Time of the last import.
    #[expect(clippy::unused_async, reason = "every field is")]
    async fn imported_at(&self) -> Result<DateTime> {
        let dataset = &self.get().dataset;
        let imported_at = dataset.imported_at.map(DateTime);
        imported_at.ok_or_else(|| {
            Failure::internal(&format!(
                "the data set `{}` is stored without the time of its import",
                dataset.id
            ))
        })
    }
    /// Number of entities for which the data set contains a row.
    async fn entity_count(&self) -> i32 {
        int(self.get().entity_count)
    }
    /// Number of relations for which the data set contains a row.
    async fn relation_count(&self) -> i32 {
        int(self.get().relation_count)
    }
}
