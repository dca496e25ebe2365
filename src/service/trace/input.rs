//! The input of a trace query, and its checks.

use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::selector::Selector;
use crate::model::walk::{Conversion, WalkRules};
use crate::service::{Result, ServiceError, Session};
use crate::trace::{TraceMode, WAYPOINTS_MAX};

/// The largest maximum length of paths that may be requested.
pub const LENGTH_MAX: u32 = 12;
/// The default maximum length of paths.
pub const LENGTH_DEFAULT: u32 = 6;

/// A query for the paths from some entities to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceInput {
    /// The sources.
    pub from: Selector,
    /// The targets.
    pub to: Selector,
    /// The waypoints, in any order.
    pub through: Vec<Selector>,
    /// The rules of the walk: resources, kinds, evidence, date, and excluded entities.
    pub walk: WalkRules,
    /// Whether the resource may change along a path.
    pub conversion: Conversion,
    /// Whether paths may pass other sources.
    pub pass_sources: bool,
    /// Whether paths may pass other targets.
    pub pass_targets: bool,
    /// The maximum number of relations on a path, 1 … [`LENGTH_MAX`].
    pub max_length: u32,
    /// Whether all paths are returned, or the first of each pair.
    pub mode: TraceMode,
}

impl TraceInput {
    /// The query between two selectors, with defaults for everything else.
    pub fn between(from: Selector, to: Selector) -> Self {
        Self {
            from,
            to,
            through: Vec::new(),
            walk: WalkRules::default(),
            conversion: Conversion::None,
            pass_sources: false,
            pass_targets: false,
            max_length: LENGTH_DEFAULT,
            mode: TraceMode::All,
        }
    }

    /// All its selectors.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        [&self.from, &self.to].into_iter().chain(&self.through)
    }

    fn selectors_mut(&mut self) -> impl Iterator<Item = &mut Selector> {
        [&mut self.from, &mut self.to]
            .into_iter()
            .chain(&mut self.through)
    }

    pub(in crate::service) fn check(&self, ids_max: usize) -> Result<()> {
        if self.selectors().any(Selector::is_empty) {
            let problem = "an empty selector selects nothing: give ids, kinds, regionId, tags or families";
            return Err(ServiceError::Input(problem.into()));
        }
        if !(1..=LENGTH_MAX).contains(&self.max_length) {
            let problem = format!(
                "maxLength is {}: give a number from 1 to {LENGTH_MAX}",
                self.max_length
            );
            return Err(ServiceError::Input(problem));
        }
        at_most("waypoints in `through`", self.through.len(), WAYPOINTS_MAX)?;
        at_most("ids in `exclude`", self.walk.exclude.len(), ids_max)?;
        let mut lists = self.selectors().filter_map(|selector| selector.ids.as_ref());
        lists.try_for_each(|ids| at_most("ids in a selector", ids.len(), ids_max))
    }

    /// The ids in the input with the expected kind of each, in the order of [`TraceInput::replace`].
    fn ids(&self) -> Vec<(&'static str, EntityId)> {
        let in_selector = |selector: &Selector| {
            let ids = selector.ids.iter().flatten().map(|id| ("entity", id.clone()));
            let region = selector
                .region
                .iter()
                .map(|place| ("region", place.region.clone()));
            ids.chain(region).collect::<Vec<_>>()
        };
        let excluded = self.walk.exclude.iter().map(|id| ("entity", id.clone()));
        self.selectors().flat_map(in_selector).chain(excluded).collect()
    }

    /// Replaces every id by its canonical id.
    fn replace(&mut self, mut now: impl Iterator<Item = EntityId>) {
        for selector in self.selectors_mut() {
            let ids = selector.ids.iter_mut().flatten();
            let region = selector.region.iter_mut().map(|place| &mut place.region);
            for id in ids.chain(region) {
                if let Some(now) = now.next() {
                    *id = now;
                }
            }
        }
        self.walk.exclude = now.collect();
    }
}

fn at_most(what: &'static str, asked: usize, max: usize) -> Result<()> {
    let over = || ServiceError::OverLimit {
        what,
        asked: asked as u64,
        max: max as u64,
    };
    if asked > max { Err(over()) } else { Ok(()) }
}

impl Session {
    /// Resolves the ids of a checked input to canonical ids, in one store call.
    pub(in crate::service) async fn resolve_input_ids(&self, mut input: TraceInput) -> Result<TraceInput> {
        let (what, ids): (Vec<&'static str>, Vec<EntityId>) = input.ids().into_iter().unzip();
        if ids.is_empty() {
            return Ok(input);
        }
        let mut now = Vec::with_capacity(ids.len());
        for ((what, id), known) in what.into_iter().zip(&ids).zip(self.resolve(&ids).await?) {
            let revision = self.revision();
            let known = known.ok_or_else(|| ServiceError::UnknownId {
                what,
                id: id.to_string(),
                revision,
            })?;
            if what == "region" && known.kind() != EntityKind::Region {
                return Err(ServiceError::Input(format!(
                    "`{id}` is not a region: regionId takes the id of a REGION"
                )));
            }
            now.push(known);
        }
        input.replace(now.into_iter());
        Ok(input)
    }
}
