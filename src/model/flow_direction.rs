//! The direction in which a relation carries its resource.

use super::closed::closed_list;

closed_list! {
    FlowDirection ["流向", "Direction of flow"]
        ["关系所带资源的流向。", "Direction in which a relation carries a resource."]
    {
        Forward "FORWARD" ["正向", "Forward"] ["由 `from` 流向 `to`。", "From `from` to `to`."],
        Backward "BACKWARD" ["反向", "Backward"] ["由 `to` 流向 `from`。", "From `to` to `from`."],
        Both "BOTH" ["双向", "Both ways"] ["两个方向都有。", "In both directions."],
        None "NONE" ["不流动", "Carries nothing"] ["不带任何资源。", "No resource is carried."],
        Unstated "UNSTATED" ["流向未说明", "Direction not stated"]
            ["带有资源，但流向未说明；只有明确要求时才沿其追踪。",
            "Unstated direction: the relation carries a resource, but the direction is not stated. A trace follows it only on request."],
    }
}

impl FlowDirection {
    /// The direction of the same flow from the opposite end.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
            Self::Both | Self::None | Self::Unstated => self,
        }
    }
}
