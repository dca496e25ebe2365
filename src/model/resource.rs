//! The resources that relations carry.

use super::closed::closed_list;

closed_list! {
    Resource ["资源", "Resource"]
        ["在关系中流动的东西。", "Resource that a relation carries."]
    {
        Capital "CAPITAL" ["资金", "Capital"] ["资金。", "Money."],
        Talent "TALENT" ["人才", "Talent"] ["人才及其技能。", "People and their skills."],
        Technology "TECHNOLOGY" ["技术", "Technology"] ["付诸应用的科技成果。", "Research results put to use."],
        Compute "COMPUTE" ["算力", "Computing"] ["算力。", "Computing power."],
        Service "SERVICE" ["服务", "Service"] ["科技服务、政务服务等。", "Technical, administrative and other services."],
        Tax "TAX" ["税收", "Tax"] ["按约定分享的税收。", "Tax revenue shared by agreement."],
        Enterprise "ENTERPRISE" ["企业", "Enterprise"] ["迁入或设立分支的企业。", "Companies that relocate or open a branch."],
        Demand "DEMAND" ["需求", "Demand"] ["需求：向供应方开放的应用场景。", "Demand, as application scenarios opened to suppliers."],
    }
}
