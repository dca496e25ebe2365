//! The question that a trace answers, and what is refused of it.

use crate::model::id::EntityId;
use crate::model::selector::Selector;
use crate::model::walk::{Conversion, Walk};
use crate::service::{Result, ServiceError, Session};
use crate::trace::{TraceMode, WAYPOINTS_MAX};

/// The longest path that may be asked for, in relations.
const LENGTH_MAX: u32 = 12;

/// A question: from where to where, by which ways.
#[derive(Clone, Debug)]
pub struct TraceInput {
    /// Where paths begin.
    pub from: Selector,
    /// Where they end.
    pub to: Selector,
    /// Each is met by some intermediate entity, in any order.
    pub through: Vec<Selector>,
    /// What is walked.
    pub walk: Walk,
    /// Whether the resource may change along a path.
    pub conversion: Conversion,
    /// Whether a source may be passed.
    pub pass_sources: bool,
    /// Whether a target may be passed.
    pub pass_targets: bool,
    /// The most relations on a path, 1 to 12.
    pub max_length: u32,
    /// Which paths are kept.
    pub mode: TraceMode,
}

impl TraceInput {
    /// The question with the ids of merged entities led to those kept; refused where it makes no sense, or names what is
    /// not there: an empty answer would look like "no path".
    pub(super) async fn checked(mut self, session: &Session) -> Result<Self> {
        let refuse = |message: String| Err(ServiceError::Input(message));
        if !(1..=LENGTH_MAX).contains(&self.max_length) {
            return refuse(format!("maxLength is {}: give 1 to {LENGTH_MAX}", self.max_length));
        }
        if self.through.len() > WAYPOINTS_MAX {
            return refuse(format!("through has {} selectors: give at most {WAYPOINTS_MAX}", self.through.len()));
        }
        let named = [("from", &self.from), ("to", &self.to)].into_iter().chain(self.through.iter().map(|s| ("through", s)));
        for (name, selector) in named {
            if selector.is_empty() {
                return refuse(format!("{name} is {{}}, which picks nothing in particular: give ids, kinds, regionId, tags or families"));
            }
        }
        let mut ids: Vec<EntityId> = self.walk.exclude.iter().cloned().collect();
        let excluded = ids.len();
        self.selectors().for_each(|selector| ids.extend(named_by(selector)));
        let max = session.limits().ids_max;
        if ids.len() > max {
            return Err(ServiceError::OverLimit { what: "ids in a trace", asked: ids.len() as u64, max: max as u64 });
        }
        let mut known = session.known("entity", &ids).await?.into_iter();
        self.walk.exclude = known.by_ref().take(excluded).collect();
        for selector in self.selectors() {
            if let Some(ids) = &mut selector.ids {
                ids.iter_mut().zip(&mut known).for_each(|(id, known)| *id = known);
            }
            if let Some(place) = &mut selector.region {
                known.by_ref().take(1).for_each(|known| place.region = known);
            }
        }
        Ok(self)
    }

    /// All selectors of the question.
    fn selectors(&mut self) -> impl Iterator<Item = &mut Selector> {
        [&mut self.from, &mut self.to].into_iter().chain(&mut self.through)
    }
}

/// The ids that a selector names, in the order in which [`TraceInput::checked`] takes them back.
fn named_by(selector: &Selector) -> Vec<EntityId> {
    let region = selector.region.iter().map(|place| place.region.clone());
    selector.ids.iter().flatten().cloned().chain(region).collect()
}
