//! What a trace is asked, and whether it makes sense.

use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::selector::Selector;
use crate::model::walk::{Conversion, Walk};
use crate::service::{Result, ServiceError, Session};
use crate::trace::{TraceMode, WAYPOINTS_MAX};

/// The most relations on a path that may be asked for.
pub const LENGTH_MAX: u32 = 12;
/// The most relations on a path where it is not said.
pub const LENGTH_DEFAULT: u32 = 6;

/// A question for the paths from some entities to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceInput {
    /// Where paths begin.
    pub from: Selector,
    /// Where they end.
    pub to: Selector,
    /// What they meet on the way, in any order.
    pub through: Vec<Selector>,
    /// What is walked, and when: with the resources, kinds, evidence, date, and the entities left out.
    pub walk: Walk,
    /// Whether the resource may change along a path.
    pub conversion: Conversion,
    /// Whether a path may pass further sources.
    pub pass_sources: bool,
    /// Whether a path may pass further targets.
    pub pass_targets: bool,
    /// The most relations on a path, 1 … [`LENGTH_MAX`].
    pub max_length: u32,
    /// Which of the paths are kept.
    pub mode: TraceMode,
}

impl TraceInput {
    /// The question between two selectors, all else as where nothing is said.
    pub fn between(from: Selector, to: Selector) -> Self {
        Self {
            from,
            to,
            through: Vec::new(),
            walk: Walk::default(),
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
            let problem = "an empty selector picks nothing: give ids, kinds, regionId, tags or families";
            return Err(ServiceError::Input(problem.into()));
        }
        if !(1..=LENGTH_MAX).contains(&self.max_length) {
            let problem = format!("maxLength is {}: give 1 to {LENGTH_MAX}", self.max_length);
            return Err(ServiceError::Input(problem));
        }
        at_most("waypoints in `through`", self.through.len(), WAYPOINTS_MAX)?;
        at_most("ids in `exclude`", self.walk.exclude.len(), ids_max)?;
        let mut lists = self.selectors().filter_map(|selector| selector.ids.as_ref());
        lists.try_for_each(|ids| at_most("ids in a selector", ids.len(), ids_max))
    }

    /// Every id it names, and what each should be; in one order with [`TraceInput::replace`].
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

    /// Puts what each id stands for now in its place.
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
    /// Follows the ids of a question that was checked to what they stand for now, in one call of the store.
    pub(in crate::service) async fn settle(&self, mut input: TraceInput) -> Result<TraceInput> {
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
                    "`{id}` is no region: regionId takes the id of a REGION"
                )));
            }
            now.push(known);
        }
        input.replace(now.into_iter());
        Ok(input)
    }
}
