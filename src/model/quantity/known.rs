//! From which day an amount is known, and what is known of it before.

use super::{Measure, Qualifier, Quantity};
use crate::model::closed::closed_list;
use crate::model::period::Day;

closed_list! {
    UnknownReason ["数额未知的原因", "Reason for an unknown amount"]
        ["有记录的数额为何在所问日期未知。", "Why a recorded amount is not known at the date asked."]
    {
        StatedLater "STATED_LATER" ["当时尚无说明", "Not stated by then"]
            ["存量或累计额；关于它的全部陈述（已弃用者除外）都晚于所问日期。没有日期的陈述不算晚于。",
            "A stock or a cumulative amount of which every statement, deprecated ones aside, is dated later than the day asked. A statement without a date is never later."],
    }
}

impl Quantity {
    /// The same, known from a day on; none: ever since. What is no amount at a time has no such day.
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

    /// The first day on which it is known: the earliest on which any statement says that it is so. None: ever since.
    pub fn known_from(&self) -> Option<Day> {
        self.known_from
    }

    /// The quantity as it is known on a day: where every statement on it is later, an unknown amount of the same unit and basis,
    /// marked so.
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

    /// Why it is not known though it is recorded; none where that is not so.
    pub fn unknown_reason(&self) -> Option<UnknownReason> {
        self.stated_later.then_some(UnknownReason::StatedLater)
    }
}
