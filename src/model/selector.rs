//! Selectors and filters: how an asker picks entities and relations. Fields are joined by AND, the values of one by OR.

use super::closed::closed_list;
use super::entity::{EntityKind, ExternalId, ProgramFamily, ProjectStage};
use super::id::{DatasetId, EntityId, RelationId};
use super::ontology::RelationKind;
use super::period::When;
use super::quantity::{QuantityStatus, Unit};
use super::relation::{Driver, Resource};
use super::statement::EvidenceFilter;

closed_list! {
    RegionRole ["与地区的关系", "Region role"]
        ["由哪种关系判定实体属于哪个地区。", "Relation that decides to which region an entity belongs."]
    {
        Located "LOCATED" ["所在地", "Located in"]
            ["其 `LOCATED_IN` 的终点；没有时，取所在园区的地区。",
            "The target of its `LOCATED_IN`; where it has none, that of the park at which it is hosted."],
        Governed "GOVERNED" ["管辖地", "Governed by"] ["其 `GOVERNED_BY` 的终点。", "The target of its `GOVERNED_BY`."],
        Origin "ORIGIN" ["来源地", "Origin"] ["其 `ORIGINATES` 的起点。", "The origin of its `ORIGINATES`."],
    }
}

closed_list! {
    Direction ["方向", "Direction"]
        ["从一个实体看其关系的方向。", "Direction of relations seen from an entity."]
    {
        Out "OUT" ["由此发出", "Outgoing"] ["以该实体为起点的关系。", "Relations that begin there."],
        In "IN" ["指向这里", "Incoming"] ["以该实体为终点的关系。", "Relations that end there."],
        Both "BOTH" ["两者", "Both"] ["两种方向的关系。", "Both."],
    }
}

/// A region and the sense in which an entity is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRegion {
    /// The region; all below it count.
    pub region: EntityId,
    /// In which sense.
    pub role: RegionRole,
}

/// Picks the ends of a trace. One that exists says something: an empty selector is refused at the edge.
///
/// An Industry has no region: picked with one, it means the part of that industry located there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// These entities.
    pub ids: Option<Vec<EntityId>>,
    /// These kinds.
    pub kinds: Option<Vec<EntityKind>>,
    /// Of this region.
    pub region: Option<InRegion>,
    /// With one of these tags.
    pub tags: Option<Vec<String>>,
    /// Programmes of these families.
    pub families: Option<Vec<ProgramFamily>>,
}

impl Selector {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it may pick an Industry of a region: by id or kind, for a region alone picks none.
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

/// Picks entities in a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityFilter {
    /// These entities.
    pub ids: Option<Vec<EntityId>>,
    /// These kinds.
    pub kinds: Option<Vec<EntityKind>>,
    /// Of this region.
    pub region: Option<InRegion>,
    /// With one of these tags.
    pub tags: Option<Vec<String>>,
    /// Programmes of these families.
    pub families: Option<Vec<ProgramFamily>>,
    /// Projects at these stages.
    pub stages: Option<Vec<ProjectStage>>,
    /// In one of these data sets.
    pub datasets: Option<Vec<DatasetId>>,
    /// A name contains this, case- and width-insensitive.
    pub name: Option<String>,
    /// Known there by that key.
    pub external_id: Option<ExternalId>,
    /// Supported by a statement that passes.
    pub evidence: Option<EvidenceFilter>,
    /// Related so to others.
    pub related: Option<RelatedFilter>,
    /// All of these too.
    pub and: Vec<EntityFilter>,
    /// One of these at least, where there are any.
    pub or: Option<Vec<EntityFilter>>,
    /// Not this.
    pub not: Option<Box<EntityFilter>>,
}

/// What an entity's relations must be like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelatedFilter {
    /// One relation matches.
    pub some: Option<RelatedMatch>,
    /// No relation matches.
    pub none: Option<RelatedMatch>,
}

/// A relation and what stands at its other end.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedMatch {
    /// The relation.
    pub relation: RelationFilter,
    /// Seen from the entity.
    pub direction: Direction,
    /// The other end.
    pub entity: Option<Box<EntityFilter>>,
}

/// Picks relations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationFilter {
    /// These relations.
    pub ids: Option<Vec<RelationId>>,
    /// These kinds.
    pub kinds: Option<Vec<RelationKind>>,
    /// That carry one of these.
    pub resources: Option<Vec<Resource>>,
    /// That begin there.
    pub from_ids: Option<Vec<EntityId>>,
    /// That end there.
    pub to_ids: Option<Vec<EntityId>>,
    /// That fall under one of these programmes.
    pub under: Option<Vec<EntityId>>,
    /// So driven.
    pub drivers: Option<Vec<Driver>>,
    /// Whose amount has one of these units.
    pub units: Option<Vec<Unit>>,
    /// Whose amount has one of these statuses.
    pub statuses: Option<Vec<QuantityStatus>>,
    /// Supported by a statement that passes.
    pub evidence: Option<EvidenceFilter>,
}

closed_list! {
    EntityOrderField ["排序依据", "Sort key"]
        ["实体列表的排序依据；末位均按编号排序。", "Sort key of a list of entities; every order ends with the id."]
    {
        Id "ID" ["编号", "Id"] ["编号，按字节。", "The id, as bytes."],
        Name "NAME" ["名称", "Name"] ["名称：中文按拼音，与其他文字同一字母序。", "The name: Chinese by its pinyin, all in one alphabet."],
        Kind "KIND" ["类别", "Kind"] ["类别代码的拼写。", "The spelling of the kind."],
        Degree "DEGREE" ["关系数", "Number of relations"] ["关系的数量。", "Number of relations."],
        RecordedAt "RECORDED_AT" ["录入时间", "Time of recording"] ["最近一次写入的时间。", "Time of the last write."],
    }
}

closed_list! {
    SortDirection ["排序方向", "Sort direction"]
        ["列表的排序方向。", "Direction in which a list is sorted."]
    {
        Asc "ASC" ["升序", "Ascending"] ["从小到大。", "From the least up."],
        Desc "DESC" ["降序", "Descending"] ["从大到小。", "From the greatest down."],
    }
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityOrder {
    /// By what.
    pub field: EntityOrderField,
    /// From the greatest down.
    pub descending: bool,
}

closed_list! {
    GroupKey ["分组依据", "Group key"]
        ["实体分组的依据。", "What entities are grouped by."]
    {
        Kind "KIND" ["类别", "Kind"] ["实体类别。", "The kind."],
        Region "REGION" ["地区", "Region"] ["所在地区。", "The regions in which they lie."],
        Industry "INDUSTRY" ["产业", "Industry"] ["所属产业。", "The industries to which they belong."],
        Tag "TAG" ["标签", "Tag"] ["标签。", "The tags."],
        Family "FAMILY" ["机制类型", "Program family"] ["机制类型。", "The family of programs."],
        Stage "STAGE" ["项目阶段", "Project stage"] ["项目阶段。", "The stage of projects."],
        Dataset "DATASET" ["数据集", "Data set"] ["所属数据集。", "The data sets."],
    }
}

/// When facts must hold; none is all time.
pub type AsOf = Option<When>;
