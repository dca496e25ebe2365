//! The ontology: the kinds of relation, with their permitted ends and their meaning for a trace. One row for each kind.
//!
//! All users of the kinds are macros over the rows or loops over [`RelationKind::ALL`]: the importer's check of ends, the trace, the
//! GraphQL enum, the `ontology` query. To add a kind, add a row here and nothing else.

use super::closed::vocabulary;
use super::entity::EntityKind;
use super::flow_direction::FlowDirection;
use super::quantity::{Quantity, QuantityStatus};
use super::resource::Resource;

/// The resource that a kind of relation carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarriedResource {
    /// Always this resource.
    Own(Resource),
    /// The resource that the relation states; unknown if it states none.
    Stated,
    /// The resource that comes in: the kind is a carrier.
    Incoming,
    /// No resource, so that it is never walked.
    Nothing,
}

/// Whether amounts add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conservation {
    /// They do not.
    No,
    /// In any unit.
    InAnyUnit,
    /// In this unit only.
    In(&'static str),
    /// A carrier passes on a share of the amount that its giver would keep.
    Share,
}

impl Conservation {
    /// Whether amounts of a unit add up; with no unit, whether any could.
    pub fn in_unit(self, unit: Option<&str>) -> bool {
        match self {
            Self::No => false,
            Self::InAnyUnit | Self::Share => true,
            Self::In(only) => unit.is_none_or(|unit| unit == only),
        }
    }
}

/// The kinds of entity permitted at the two ends of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermittedEnds {
    /// Kinds that it may begin at.
    pub from: &'static [EntityKind],
    /// Kinds that it may end at.
    pub to: &'static [EntityKind],
    /// Whether both ends must be of one kind.
    pub same_kind: bool,
}

impl PermittedEnds {
    /// Whether a relation may go from one kind to another.
    pub fn allow(&self, from: EntityKind, to: EntityKind) -> bool {
        self.from.contains(&from) && self.to.contains(&to) && (!self.same_kind || from == to)
    }
}

/// One row of the ontology.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// Its spelling.
    pub name: &'static str,
    /// The permitted ends.
    pub ends: &'static [PermittedEnds],
    /// The direction in which it carries; none if each relation states it.
    pub flow: Option<FlowDirection>,
    /// The resource it carries.
    pub carries: CarriedResource,
    /// Whether amounts add up.
    pub conserved: Conservation,
    /// Whether it describes location or membership, and no activity.
    pub structure: bool,
    /// Whether it forms a hierarchy, which must be free of cycles.
    pub acyclic: bool,
    /// Whether its amounts are claimed effects, whatever their basis.
    pub claimed: bool,
}

impl KindInfo {
    /// Whether it passes on the resource that comes in.
    pub fn is_carrier(&self) -> bool {
        self.carries == CarriedResource::Incoming
    }
    /// Whether it can carry a resource.
    pub fn can_carry(&self) -> bool {
        self.carries != CarriedResource::Nothing
    }
    /// Whether a relation may go from one kind of entity to another.
    pub fn allows(&self, from: EntityKind, to: EntityKind) -> bool {
        self.ends.iter().any(|ends| ends.allow(from, to))
    }
}

macro_rules! kinds {
    (ANY) => { EntityKind::ALL };
    (PLACED) => { &[
        EntityKind::Park, EntityKind::University, EntityKind::Lab, EntityKind::Facility, EntityKind::Fund, EntityKind::Expert,
        EntityKind::Project, EntityKind::Company, EntityKind::Organization, EntityKind::Program,
    ] };
    ($($kind:ident)+) => { &[$(EntityKind::$kind),+] };
}

/// The rows. `ends`: `[from => to]`, any number of them; `ANY` is every kind, `PLACED` every kind that can be located in a
/// region, `same` requires one kind at both ends. `flow: Stated` leaves the direction to the relation.
macro_rules! relation_kinds {
    ($then:ident) => {
        $then! {
            ContributesTo "CONTRIBUTES_TO" ["出资", "contributes to"] ["出资人向基金出资。", "Contribution of money to a fund."]
                { ends: [Organization Region Company Fund => Fund], flow: Forward, carries: Own(Resource::Capital), conserved: InAnyUnit }
            InvestsIn "INVESTS_IN" ["投资", "invests in"] ["对项目、企业或基金的投资。", "Investment of money in a project, company, fund or lab."]
                { ends: [Fund Organization Company => Project Company Fund Lab], flow: Forward, carries: Own(Resource::Capital), conserved: InAnyUnit }
            Grants "GRANTS" ["资助", "grants"] ["无偿资助。", "Grant of money."]
                { ends: [Program Organization Fund => Project Company Lab], flow: Forward, carries: Own(Resource::Capital), conserved: InAnyUnit }
            ReturnsTo "RETURNS_TO" ["回流", "returns to"] ["收益返还出资方。", "Return of proceeds to a contributor."]
                { ends: [Project Company Fund => Fund Region Organization], flow: Forward, carries: Own(Resource::Capital), conserved: InAnyUnit }
            IssuesVoucher "ISSUES_VOUCHER" ["发放创新券", "issues vouchers"] ["发放或兑付创新券。", "Issue or redemption of innovation vouchers."]
                { ends: [Organization Region => Program] [Program => Company Project], flow: Forward, carries: Own(Resource::Capital), conserved: InAnyUnit }
            ProvidesService "PROVIDES_SERVICE" ["提供服务", "provides a service to"] ["提供科技或政务服务。", "Provision of a technical or administrative service."]
                { ends: [Organization University Lab Facility Program => Company Project Expert], flow: Forward, carries: Own(Resource::Service), conserved: No }
            SharesTax "SHARES_TAX" ["分享税收", "shares tax"] ["按约定分享税收。", "Sharing of tax revenue by agreement."]
                { ends: [Company Project => Program] [Program => Region], flow: Forward, carries: Own(Resource::Tax), conserved: InAnyUnit }
            CoBuilds "CO_BUILDS" ["共建", "co-builds"] ["参与共建，所带资源由来源说明。", "Participation in building; each relation states which resource is contributed."]
                { ends: [University Organization Region Park => Lab Park Facility Fund], flow: Stated, carries: Stated, conserved: No }
            TransfersTech "TRANSFERS_TECH" ["转化技术", "transfers technology to"] ["科技成果转化。", "Transfer of technology."]
                { ends: [University Lab => Project Company], flow: Forward, carries: Own(Resource::Technology), conserved: In("PROJECT") }
            SuppliesTalent "SUPPLIES_TALENT" ["输送人才", "supplies talent to"] ["输送或培养人才。", "Supply or training of people."]
                { ends: [Region University Lab Program => Expert Program Park Company Lab], flow: Forward, carries: Own(Resource::Talent), conserved: In("PERSON") }
            AffiliatedWith "AFFILIATED_WITH" ["任职于", "is affiliated with"] ["专家所属单位。", "Affiliation of an expert with an employer."]
                { ends: [Expert => University Organization Company], flow: Backward, carries: Own(Resource::Talent), conserved: No }
            Serves "SERVES" ["服务于", "serves"] ["专家服务的对象。", "Service of an expert."]
                { ends: [Expert => Program Project Company Lab Park], flow: Forward, carries: Own(Resource::Talent), conserved: No }
            Commutes "COMMUTES" ["通勤", "commutes"] ["跨城通勤的人才。", "Commuting of talent between two places."]
                { ends: [Region => Park Region] [Park => Region], flow: Both, carries: Own(Resource::Talent), conserved: No }
            ProvidesCompute "PROVIDES_COMPUTE" ["提供算力", "provides computing to"] ["提供算力。", "Provision of computing."]
                { ends: [Facility => Facility Organization Company Project Lab], flow: Forward, carries: Own(Resource::Compute), conserved: InAnyUnit }
            CollaboratesWith "COLLABORATES_WITH" ["协同", "collaborates with"] ["协同合作，方向未说明。", "Collaboration without a stated direction."]
                { ends: [ANY => ANY], flow: Unstated, carries: Stated, conserved: No }
            SpillsOverTo "SPILLS_OVER_TO" ["溢出到", "spills over to"] ["资源溢出。", "Spillover of resources."]
                { ends: [Region => Park Region], flow: Forward, carries: Stated, conserved: No }
            Originates "ORIGINATES" ["来源地", "is the origin of"] ["企业或项目的来源地。", "Origin of a company or project."]
                { ends: [Region Park => Company Project], flow: Forward, carries: Own(Resource::Enterprise), conserved: No }
            OpensScenario "OPENS_SCENARIO" ["开放场景", "opens a scenario to"] ["向企业开放应用场景。", "Application scenario opened to suppliers."]
                { ends: [Program Region Park Organization => Company Project], flow: Forward, carries: Own(Resource::Demand), conserved: No }
            Incubates "INCUBATES" ["孵化", "incubates"] ["孵化项目或企业。", "Incubation of a project or company."]
                { ends: [Park Lab Program => Project Company], flow: Forward, carries: Own(Resource::Service), conserved: No }
            CarriedBy "CARRIED_BY" ["落地为", "is carried by"] ["项目的承载企业及其份额或数额。", "Company that carries out a project, with its share or amount."]
                { ends: [Project => Company], flow: Forward, carries: Incoming, conserved: Share }
            InIndustry "IN_INDUSTRY" ["属于产业", "is in the industry"] ["所属产业及其份额。", "Industry to which an entity belongs, with its share."]
                { ends: [Project Company Fund Lab => Industry], flow: Forward, carries: Incoming, conserved: Share }
            Leverages "LEVERAGES" ["撬动", "leverages"] ["所称的带动效果。", "Claimed leverage effect."]
                { ends: [Fund Program => ANY], flow: None, carries: Nothing, conserved: No, claimed }
            HostedAt "HOSTED_AT" ["位于园区", "is hosted at"] ["所在园区或高校。", "Park or university at which an entity is hosted."]
                { ends: [ANY => Park University], flow: None, carries: Nothing, conserved: No, structure }
            LocatedIn "LOCATED_IN" ["位于", "is located in"] ["所在地区。", "Region in which an entity is located."]
                { ends: [PLACED => Region], flow: None, carries: Nothing, conserved: No, structure }
            GovernedBy "GOVERNED_BY" ["隶属于", "is governed by"] ["管辖地区。", "Region that governs an entity."]
                { ends: [ANY => Region], flow: None, carries: Nothing, conserved: No, structure }
            PartOf "PART_OF" ["属于", "is part of"] ["上级。", "Whole of which an entity is a part."]
                { ends: [Region => Region] [Industry => Industry] [Program => Program] [Facility => Facility],
                  flow: None, carries: Nothing, conserved: No, structure, acyclic }
            SubsetOf "SUBSET_OF" ["子集", "is a subset of"] ["一组之中的一部分。", "Larger cohort of which a cohort is a subset."]
                { ends: [same ANY => ANY], flow: None, carries: Nothing, conserved: No, structure, acyclic }
            MemberOf "MEMBER_OF" ["成员", "is a member of"] ["一组之中具名的一员。", "Cohort of which an entity is a named member."]
                { ends: [same ANY => ANY], flow: None, carries: Nothing, conserved: No, structure, acyclic }
            PartyTo "PARTY_TO" ["参与", "is a party to"] ["机制或基金的参与方。", "Participation as a party to a program or fund."]
                { ends: [Region Park Organization University Company => Program Fund], flow: None, carries: Nothing, conserved: No }
            Operates "OPERATES" ["运营", "operates"] ["运营或管理。", "Operation or management of an entity."]
                { ends: [Organization Company Park University => Program Fund Park Lab Facility], flow: None, carries: Nothing, conserved: No }
            RecognisedBy "RECOGNISED_BY" ["获认定", "is recognised by"] ["由谁认定。", "Organization or program that recognizes an entity."]
                { ends: [ANY => Organization Program], flow: None, carries: Nothing, conserved: No }
            FocusesOn "FOCUSES_ON" ["聚焦", "focuses on"] ["聚焦的产业。", "Industry on which an entity focuses."]
                { ends: [Park Fund Program => Industry], flow: None, carries: Nothing, conserved: No }
            Addresses "ADDRESSES" ["回应", "addresses"] ["机制所回应的问题或启示。", "Problem or lesson that a program addresses."]
                { ends: [Program => Claim], flow: None, carries: Nothing, conserved: No }
            Supports "SUPPORTS" ["支持", "supports"] ["支持某一论断。", "Support for a claim."]
                { ends: [ANY => Claim], flow: None, carries: Nothing, conserved: No }
        }
    };
}

macro_rules! flow_of {
    (Stated) => {
        None
    };
    ($flow:ident) => {
        Some(FlowDirection::$flow)
    };
}

macro_rules! ends_of {
    ([same $($from:ident)+ => $($to:ident)+]) => { PermittedEnds { from: kinds!($($from)+), to: kinds!($($to)+), same_kind: true } };
    ([$($from:ident)+ => $($to:ident)+]) => { PermittedEnds { from: kinds!($($from)+), to: kinds!($($to)+), same_kind: false } };
}

macro_rules! flag {
    ($wanted:ident) => { false };
    ($wanted:ident $first:ident $($rest:ident)*) => { flag!(@ $wanted $first) || flag!($wanted $($rest)*) };
    (@ structure structure) => { true };
    (@ acyclic acyclic) => { true };
    (@ claimed claimed) => { true };
    (@ $wanted:ident $other:ident) => { false };
}

macro_rules! define {
    ($($kind:ident $name:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal] {
        ends: $($ends:tt)+
    })+) => {
        define!(@rows $([$kind $name $zh $en $about_zh $about_en { $($ends)+ }])+);
    };
    (@rows $([$kind:ident $name:literal $zh:literal $en:literal $about_zh:literal $about_en:literal {
        $([$($end:tt)+])+, flow: $flow:ident, carries: $carries:ident $(($resource:expr))?, conserved: $conserved:ident $(($unit:literal))?
        $(, $flag:ident)*
    }])+) => {
        /// A kind of relation: one value per row of the ontology.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RelationKind { $(#[doc = $about_en] $kind),+ }

        impl RelationKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Its row.
            pub fn info(self) -> &'static KindInfo {
                match self { $(Self::$kind => const { &KindInfo {
                    name: $name,
                    ends: &[$(ends_of!([$($end)+])),+], flow: flow_of!($flow), carries: CarriedResource::$carries $(($resource))?,
                    conserved: Conservation::$conserved $(($unit))?,
                    structure: flag!(structure $($flag)*), acyclic: flag!(acyclic $($flag)*),
                    claimed: flag!(claimed $($flag)*),
                } }),+ }
            }

            /// The kind spelled `text`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($name => Some(Self::$kind),)+ _ => None }
            }
        }

        vocabulary! {
            RelationKind ["关系类别", "Relation kind"]
                ["实体之间的关系；每种关系对追踪的含义见 `ontology`。",
                "Kind of relation, one value per row of the ontology. `ontology` describes the meaning of each kind for a trace."]
            { $($kind $name [$zh, $en] [$about_zh, $about_en]),+ }
        }
    };
}
relation_kinds!(define);

impl RelationKind {
    /// Its spelling in GraphQL, in import files and in messages.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The status of an amount on a relation of this kind.
    pub fn status_of(self, quantity: Option<&Quantity>) -> Option<QuantityStatus> {
        if self.info().claimed {
            quantity.map(|_| QuantityStatus::Claimed)
        } else {
            quantity.and_then(Quantity::status)
        }
    }
}

impl std::fmt::Display for RelationKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_carries_exactly_where_it_has_a_flow() {
        for kind in RelationKind::ALL {
            let info = kind.info();
            assert_eq!(info.can_carry(), info.flow != Some(FlowDirection::None), "{kind}");
            assert!(!info.structure || !info.can_carry(), "{kind}");
            assert_eq!(RelationKind::parse(info.name), Some(*kind));
        }
    }

    #[test]
    fn ends_are_as_the_table_says() {
        use EntityKind::{Claim, Company, Fund, Industry, Program, Project, Region, University};
        let allows = |kind: RelationKind, from, to| kind.info().allows(from, to);
        assert!(allows(RelationKind::InvestsIn, Fund, Project));
        assert!(!allows(RelationKind::InvestsIn, University, Project));
        assert!(
            allows(RelationKind::SharesTax, Program, Region)
                && !allows(RelationKind::SharesTax, Company, Region)
        );
        assert!(
            allows(RelationKind::SubsetOf, Company, Company)
                && !allows(RelationKind::SubsetOf, Company, Fund)
        );
        assert!(
            !allows(RelationKind::LocatedIn, Industry, Region)
                && !allows(RelationKind::LocatedIn, Claim, Region)
        );
        assert!(
            allows(RelationKind::PartOf, Program, Program) && !allows(RelationKind::PartOf, Program, Region)
        );
    }
}
