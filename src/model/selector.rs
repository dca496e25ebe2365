//! Selectors and filters of entities and relations. Fields are combined with AND, the values of a field with OR.

use super::closed::closed_list;
use super::entity::{EntityKind, ExternalId, ProgramFamily, ProjectStage};
use super::id::{DatasetId, EntityId, RelationId};
use super::ontology::RelationKind;
use super::period::TimeFilter;
use super::quantity::{QuantityStatus, Unit};
use super::relation::Driver;
use super::resource::Resource;
use super::statement::EvidenceFilter;

closed_list! {
    RegionRole ["与地区的关系", "Region role"]
        ["由哪种关系判定实体属于哪个地区。", "Relation that determines to which region an entity belongs."]
    {
        Located "LOCATED" ["所在地", "Located in"]
            ["其 `LOCATED_IN` 的终点；没有时，取所在园区的地区。",
            "Target of its `LOCATED_IN` relation; if it has none, the region of the park at which it is hosted."],
        Governed "GOVERNED" ["管辖地", "Governed by"] ["其 `GOVERNED_BY` 的终点。", "Target of its `GOVERNED_BY` relation."],
        Origin "ORIGIN" ["来源地", "Origin"] ["其 `ORIGINATES` 的起点。", "Source of the `ORIGINATES` relation that ends at it."],
    }
}

closed_list! {
    Direction ["方向", "Direction"]
        ["从一个实体看其关系的方向。", "Direction of relations seen from an entity."]
    {
        Out "OUT" ["由此发出", "Outgoing"] ["以该实体为起点的关系。", "Relations that start at the entity."],
        In "IN" ["指向这里", "Incoming"] ["以该实体为终点的关系。", "Relations that end at the entity."],
        Both "BOTH" ["两者", "Both"] ["两种方向的关系。", "Relations in both directions."],
    }
}

/// Selects the entities of a region, in one role of the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionSelector {
    /// The region, with all regions below it.
    pub region: EntityId,
    /// The role of the region for the entity.
    pub role: RegionRole,
}

/// Selects the ends of a trace. An empty selector is rejected when a request is parsed.
///
/// An industry has no region: selected with one, it stands for the part of the industry located there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Entities with these ids.
    pub ids: Option<Vec<EntityId>>,
    /// Entities of these kinds.
    pub kinds: Option<Vec<EntityKind>>,
    /// Entities of this region.
    pub region: Option<RegionSelector>,
    /// Entities with one of these tags.
    pub tags: Option<Vec<String>>,
    /// Programs of these families.
    pub families: Option<Vec<ProgramFamily>>,
}

impl Selector {
    /// Whether it has no criterion.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it can select an industry of a region, by id or kind; a region alone selects none.
    pub fn picks_industries_of_a_region(&self) -> bool {
        let by_id = self
            .ids
            .as_ref()
            .is_some_and(|ids| ids.iter().any(|id| id.kind() == EntityKind::Industry));
        let by_kind = self
            .kinds
            .as_ref()
            .is_some_and(|kinds| kinds.contains(&EntityKind::Industry));
        self.region.is_some() && (by_id || by_kind)
    }
}

/// Filters a list of entities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityFilter {
    /// Entities with these ids.
    pub ids: Option<Vec<EntityId>>,
    /// Entities of these kinds.
    pub kinds: Option<Vec<EntityKind>>,
    /// Entities of this region.
    pub region: Option<RegionSelector>,
    /// Entities with one of these tags.
    pub tags: Option<Vec<String>>,
    /// Programs of these families.
    pub families: Option<Vec<ProgramFamily>>,
    /// Projects at these stages.
    pub stages: Option<Vec<ProjectStage>>,
    /// Entities of these data sets.
    pub datasets: Option<Vec<DatasetId>>,
    /// Entities with this text in a name, ignoring case and width.
    pub name: Option<String>,
    /// The entity with this external id.
    pub external_id: Option<ExternalId>,
    /// Entities with a statement that passes this filter.
    pub evidence: Option<EvidenceFilter>,
    /// Entities with such relations.
    pub related: Option<RelatedFilter>,
    /// All of these filters must match too.
    pub and: Vec<EntityFilter>,
    /// At least one of these filters must match, if there are any.
    pub or: Option<Vec<EntityFilter>>,
    /// This filter must not match.
    pub not: Option<Box<EntityFilter>>,
}

/// Filters entities by their relations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelatedFilter {
    /// At least one relation matches.
    pub some: Option<RelatedMatch>,
    /// No relation matches.
    pub none: Option<RelatedMatch>,
}

/// A relation and the entity at its other end.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedMatch {
    /// The relation.
    pub relation: RelationFilter,
    /// The direction, as seen from the filtered entity.
    pub direction: Direction,
    /// The entity at the other end.
    pub entity: Option<Box<EntityFilter>>,
}

/// Filters relations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationFilter {
    /// Relations with these ids.
    pub ids: Option<Vec<RelationId>>,
    /// Relations of these kinds.
    pub kinds: Option<Vec<RelationKind>>,
    /// Relations that carry one of these resources.
    pub resources: Option<Vec<Resource>>,
    /// Relations that begin at one of these entities.
    pub from_ids: Option<Vec<EntityId>>,
    /// Relations that end at one of these entities.
    pub to_ids: Option<Vec<EntityId>>,
    /// Relations that belong to one of these programs.
    pub under: Option<Vec<EntityId>>,
    /// Relations with one of these drivers.
    pub drivers: Option<Vec<Driver>>,
    /// Relations whose amount has one of these units.
    pub units: Option<Vec<Unit>>,
    /// Relations whose amount has one of these statuses.
    pub statuses: Option<Vec<QuantityStatus>>,
    /// Relations with a statement that passes this filter.
    pub evidence: Option<EvidenceFilter>,
}

closed_list! {
    EntityOrderField ["排序依据", "Sort key"]
        ["实体列表的排序依据；末位均按编号排序。", "Sort key of a list of entities; every order ends with the id."]
    {
        Id "ID" ["编号", "Id"] ["编号，按字节。", "Id, compared as bytes."],
        Name "NAME" ["名称", "Name"] ["名称：中文按拼音，与其他文字同一字母序。", "Name; Chinese names are sorted by pinyin, in one alphabet with all others."],
        Kind "KIND" ["类别", "Kind"] ["类别代码的拼写。", "Code of the kind, in alphabetical order."],
        Degree "DEGREE" ["关系数", "Number of relations"] ["关系的数量。", "Number of relations."],
        RecordedAt "RECORDED_AT" ["录入时间", "Time of recording"] ["最近一次写入的时间。", "Time of the last write."],
    }
}

closed_list! {
    SortDirection ["排序方向", "Sort direction"]
        ["列表的排序方向。", "Direction in which a list is sorted."]
    {
        Asc "ASC" ["升序", "Ascending"] ["从小到大。", "Smallest first."],
        Desc "DESC" ["降序", "Descending"] ["从大到小。", "Largest first."],
    }
}

/// A sort key of a list of entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityOrder {
    /// The field to sort by.
    pub field: EntityOrderField,
    /// Whether to sort in descending order.
    pub descending: bool,
}

closed_list! {
    GroupKey ["分组依据", "Group key"]
        ["实体分组的依据。", "Key by which entities are grouped."]
    {
        Kind "KIND" ["类别", "Kind"] ["实体类别。", "Kind of entity."],
        Region "REGION" ["地区", "Region"] ["所在地区。", "Regions in which the entities are located."],
        Industry "INDUSTRY" ["产业", "Industry"] ["所属产业。", "Industries to which the entities belong."],
        Tag "TAG" ["标签", "Tag"] ["标签。", "Tags of the entities."],
        Family "FAMILY" ["机制类型", "Program family"] ["机制类型。", "Family of programs."],
        Stage "STAGE" ["项目阶段", "Project stage"] ["项目阶段。", "Stage of projects."],
        Dataset "DATASET" ["数据集", "Data set"] ["所属数据集。", "Data sets that contain the entities."],
    }
}

/// The time at which facts must hold; none means all time.
pub type AsOf = Option<TimeFilter>;
