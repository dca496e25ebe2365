//! The basis of an amount, and the status that follows from it.

use super::closed::closed_list;

closed_list! {
    QuantityStatus ["实现程度", "Status"]
        ["数额作为事实的分量。实现程度不同的数额从不相加。",
        "Status of an amount: realized, promised or claimed. Amounts of different status are never added."]
    {
        Realised "REALISED" ["已实现", "Realised"] ["已经发生。", "Amount that has been realized."],
        Promised "PROMISED" ["已承诺", "Promised"] ["已作出承诺，尚未发生。", "Amount that has been promised and not yet realized."],
        Claimed "CLAIMED" ["所宣称", "Claimed"] ["来源宣称的成效，未经证实。", "Effect that a source claims, without confirmation."],
    }
}

closed_list! {
    Basis ["口径", "Basis"]
        ["数额的口径，由此决定其实现程度。", "What an amount counts. The basis determines the status."]
    {
        PaidIn "PAID_IN" ["实缴", "Paid in"] ["已实际缴付的出资。", "Capital paid into a fund."],
        Invested "INVESTED" ["已投资", "Invested"] ["已投出的资金。", "Capital invested."],
        Reinvested "REINVESTED" ["返投", "Reinvested locally"]
            ["按返投要求投回约定地区的资金。",
            "Capital reinvested in the place that a local reinvestment requirement names."],
        Granted "GRANTED" ["资助", "Granted"] ["已拨付的无偿资助。", "Grant paid, which need not be repaid."],
        Returned "RETURNED" ["回流", "Returned"] ["已返还出资方的资金。", "Capital returned to the contributor."],
        Issued "ISSUED" ["已发放", "Issued"] ["已发放的创新券等。", "Amount issued, such as innovation vouchers."],
        Shared "SHARED" ["已分享", "Shared"] ["已按约定分享的税收等。", "Amount shared by agreement, such as taxes."],
        Delivered "DELIVERED" ["已落实", "Delivered"] ["已落实的人员、项目、算力等。", "People, projects, computing and the like that are in place."],
        Committed "COMMITTED" ["认缴", "Committed"] ["已承诺、尚未缴付的出资。", "Capital committed and not yet paid."],
        Earmarked "EARMARKED" ["已安排", "Earmarked"] ["已列入安排的资金。", "Funds set aside for a purpose."],
        CrowdedIn "CROWDED_IN" ["带动社会资本", "Private capital attracted"]
            ["据称跟进投入的社会资本。",
            "Private (non-government) capital that is claimed to have followed."],
        Output "OUTPUT" ["新增产值", "Added output"] ["据称新增的产值。", "Output that is claimed to have been added."],
        TaxYield "TAX_YIELD" ["税收", "Tax revenue"] ["据称由此产生的税收。", "Tax revenue that is claimed to have resulted."],
        Measured "MEASURED" ["计量值", "Measured"]
            ["规模或观测指标：没有实现程度，从不计入流量。",
            "Size or indicator; it has no status and is never part of a flow."],
    }
}

impl Basis {
    /// Its status; a measured amount has none.
    pub const fn status(self) -> Option<QuantityStatus> {
        match self {
            Self::PaidIn
            | Self::Invested
            | Self::Reinvested
            | Self::Granted
            | Self::Returned
            | Self::Issued
            | Self::Shared
            | Self::Delivered => Some(QuantityStatus::Realised),
            Self::Committed | Self::Earmarked => Some(QuantityStatus::Promised),
            Self::CrowdedIn | Self::Output | Self::TaxYield => Some(QuantityStatus::Claimed),
            Self::Measured => None,
        }
    }
}
