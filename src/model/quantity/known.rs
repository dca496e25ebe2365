//! The day from which an amount is known, and the unknown amount before it.

use super::{Measure, Qualifier, Quantity};
use crate::model::closed::closed_list;
use crate::model::partial_date::Day;

closed_list! {
    UnknownReason ["数额未知的原因", "Reason for an unknown amount"]
        ["有记录的数额为何在所问日期未知。", "Reason why a recorded amount is unknown at the requested date."]
    {
        StatedLater "STATED_LATER" ["当时尚无说明", "Not stated by then"]
            ["存量或累计额；关于它的全部陈述（已弃用者除外）都晚于所问日期。没有日期的陈述不算晚于。",
            "Stock or cumulative amount of which every statement, except deprecated ones, is dated later than the requested date. A statement without a date never counts as later."],
    }
}

impl Quantity {
    /// The same quantity, known from a day on; none means always. Only stocks and cumulative amounts have such a day.
    #[must_use]
    pub fn known_since(self, day: Option<Day>) -> Self {
        let is_at_a_time = matches!(self.effective().measure, Measure::Stock | Measure::Cumulative);
        let effective = self.effective();
        let is_known = effective.lower.is_some() || effective.upper.is_some();
        Self {
            known_from: day.filter(|_| is_at_a_time && is_known),
            ..self
        }
    }

    /// The first day on which it is known, which is the earliest of its statements; none means always.
    pub fn known_from(&self) -> Option<Day> {
        self.known_from
    }

    /// The quantity as known on a day: if every statement on it is later, an unknown amount of the same unit and basis with
    /// [`UnknownReason::StatedLater`].
    #[must_use]
    pub fn known_on(self, day: Option<Day>) -> Self {
        let is_later = self.known_from.zip(day).is_some_and(|(from, day)| day < from);
        if !is_later {
            return self;
        }
        let effective = self.effective().clone();
        Self {
            lower: None,
            upper: None,
            qualifier: Qualifier::Unknown,
            original_text: None,
            contested: false,
            stated_later: true,
            resolved: None,
            ..effective
        }
    }

    /// Why a recorded amount is unknown, if it is.
    pub fn unknown_reason(&self) -> Option<UnknownReason> {
        self.stated_later.then_some(UnknownReason::StatedLater)
    }
}
