//! Open lists: known codes with labels and descriptions. Data may contain other codes, which are their own labels.

use super::{Term, TermList};
use crate::model::language::Bilingual;

macro_rules! open_list {
    (
        $constant:ident $name:literal [$list_zh:literal, $list_en:literal] [$about_list_zh:literal, $about_list_en:literal] {
            $($text:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?
        }
    ) => {
        #[doc = $about_list_en]
        pub const $constant: TermList = TermList {
            name: $name,
            label: Bilingual::new($list_zh, $list_en),
            description: Bilingual::new($about_list_zh, $about_list_en),
            is_open: true,
            terms: &[$(Term {
                value: $text,
                label: Bilingual::new($zh, $en),
                description: Bilingual::new($about_zh, $about_en),
            }),+],
        };
    };
}

open_list! {
    UNITS "Unit" ["单位", "Unit"]
        ["数额的单位：货币用 ISO 4217 代码，其余为计数单位。中文标签写在数字之后。",
        "Unit of an amount: the ISO 4217 code of a currency, or a unit of counting. Labels follow a number."]
    {
        "CNY" ["元", "CNY"] ["人民币元。", "Chinese yuan (renminbi)."],
        "EUR" ["欧元", "EUR"] ["欧元。", "Euro."],
        "USD" ["美元", "USD"] ["美元。", "United States dollar."],
        "HKD" ["港元", "HKD"] ["港元。", "Hong Kong dollar."],
        "MOP" ["澳门元", "MOP"] ["澳门元。", "Macanese pataca."],
        "TWD" ["新台币元", "TWD"] ["新台币元。", "New Taiwan dollar."],
        "JPY" ["日元", "JPY"] ["日元。", "Japanese yen."],
        "KRW" ["韩元", "KRW"] ["韩元。", "South Korean won."],
        "SGD" ["新加坡元", "SGD"] ["新加坡元。", "Singapore dollar."],
        "GBP" ["英镑", "GBP"] ["英镑。", "Pound sterling."],
        "CHF" ["瑞士法郎", "CHF"] ["瑞士法郎。", "Swiss franc."],
        "PERSON" ["人", "person"] ["人。", "Persons."],
        "REGION" ["个地区", "region"] ["地区。", "Regions."],
        "INDUSTRY" ["个产业", "industry"] ["产业。", "Industries."],
        "PARK" ["个园区", "park"] ["园区。", "Parks."],
        "UNIVERSITY" ["所高校", "university"] ["高校。", "Universities."],
        "LAB" ["个平台", "lab"] ["研发平台。", "Labs."],
        "FACILITY" ["个设施", "facility"] ["科研设施。", "Facilities."],
        "FUND" ["只基金", "fund"] ["基金。", "Funds."],
        "PROJECT" ["个项目", "project"] ["项目。", "Projects."],
        "COMPANY" ["家企业", "company"] ["企业。", "Companies."],
        "ORGANIZATION" ["家机构", "organization"] ["机构。", "Organizations."],
        "PROGRAM" ["项机制", "program"] ["机制或政策。", "Programs."],
        "CLAIM" ["条论断", "claim"] ["论断。", "Claims."],
        "ITEM" ["项", "item"] ["不另归类的事项。", "Items that have no unit of their own."],
        "MONTH" ["个月", "month"] ["月。", "Months."],
        "PERCENT" ["%", "%"] ["百分比。", "Percent."],
        "CORE_HOUR" ["核时", "core hour"] ["一个处理器核工作一小时的算力。", "Computing power of one processor core for one hour."],
        "CARD" ["张卡", "card"] ["卡证。", "Cards."],
        "COMPONENT" ["项内容", "component"] ["组成部分。", "Components."],
        "MECHANISM" ["项机制", "mechanism"] ["来源所计的机制。", "Mechanisms as counted by a source."],
        "PATH" ["条路径", "path"] ["来源所计的路径。", "Paths as counted by a source."],
        "MODEL" ["种模式", "model"] ["模式。", "Models."],
    }
}

open_list! {
    LEVELS "Level" ["级别", "Level"]
        ["地区或园区的行政级别。",
        "Administrative level of a region or park."]
    {
        "NATIONAL" ["国家级", "National"] ["国家级。", "National."],
        "MACRO_REGION" ["区域", "Macro-region"] ["跨省的区域。", "Region that spans several provinces."],
        "PROVINCE" ["省", "Province"] ["省级行政区。", "Province."],
        "PROVINCIAL" ["省级", "Provincial"] ["省级。", "Provincial."],
        "MUNICIPALITY" ["直辖市", "Municipality"] ["中央直辖市。", "Municipality directly under the central government."],
        "PREFECTURE_LEVEL_CITY" ["地级市", "Prefecture-level city"] ["地级市。", "Prefecture-level city."],
        "COUNTY_LEVEL_CITY" ["县级市", "County-level city"] ["县级市。", "County-level city."],
        "DISTRICT" ["区", "District"] ["市辖区。", "District of a city."],
    }
}

open_list! {
    PARK_TYPES "ParkType" ["园区类型", "Park type"]
        ["园区的类型。",
        "Type of a park."]
    {
        "HIGH_TECH_ZONE" ["高新区", "High-tech zone"] ["高新技术产业开发区。", "High-tech industrial development zone."],
        "ENCLAVE" ["飞地园区", "Enclave park"] ["设在另一地区的园区。", "Park that one region operates in another."],
        "SCIENCE_PARK" ["科技园", "Science park"] ["科技园。", "Science park."],
    }
}

open_list! {
    LAB_TYPES "LabType" ["研发平台类型", "Lab type"]
        ["研发平台的类型。",
        "Type of a lab."]
    {
        "JOINT_LAB" ["联合实验室", "Joint lab"] ["共建的实验室。", "Lab built jointly by several parties."],
        "RESEARCH_INSTITUTE" ["研究院", "Research institute"] ["研究院。", "Research institute."],
        "TRAINING_BASE" ["培养基地", "Training base"] ["人才培养基地。", "Base for the training of people."],
    }
}

open_list! {
    FACILITY_TYPES "FacilityType" ["设施类型", "Facility type"]
        ["科研设施的类型。",
        "Type of a facility."]
    {
        "COMPUTING_CENTRE" ["算力中心", "Computing centre"] ["提供算力的中心。", "Center that provides computing power."],
        "NETWORK" ["网络", "Network"] ["连接各方的网络。", "Network that connects several parties."],
    }
}

open_list! {
    FUND_TYPES "FundType" ["基金类型", "Fund type"]
        ["基金的类型。",
        "Type of a fund."]
    {
        "JOINT" ["联合基金", "Joint fund"] ["各方共同出资的基金。", "Fund to which several parties contribute."],
        "FUND_OF_FUNDS" ["母基金", "Fund of funds"] ["投资于其他基金的基金。", "Fund that invests in other funds."],
        "SUB_FUND" ["子基金", "Sub-fund"] ["母基金所投的基金。", "Fund in which a fund of funds invests."],
        "ANGEL" ["天使基金", "Angel fund"] ["投资早期项目的基金。", "Fund for early-stage projects."],
        "THEMATIC" ["主题基金", "Thematic fund"] ["专注某一产业或主题的基金。", "Fund for one industry or theme."],
        "PROOF_OF_CONCEPT" ["概念验证基金", "Proof-of-concept fund"] ["资助概念验证的基金。", "Fund for proofs of concept."],
    }
}

open_list! {
    LISTING_BOARDS "ListingBoard" ["上市板块", "Listing board"]
        ["企业上市的板块。",
        "Stock exchange board on which a company is listed."]
    {
        "STAR" ["科创板", "STAR Market"] ["上海证券交易所科创板。", "STAR Market of the Shanghai Stock Exchange."],
        "CHINEXT" ["创业板", "ChiNext"] ["深圳证券交易所创业板。", "ChiNext of the Shenzhen Stock Exchange."],
        "MAIN" ["主板", "Main board"] ["证券交易所主板。", "Main board of a stock exchange."],
        "BSE" ["北交所", "Beijing Stock Exchange"] ["北京证券交易所。", "Beijing Stock Exchange."],
    }
}

open_list! {
    ORG_TYPES "OrgType" ["机构类型", "Organization type"]
        ["机构的类型。",
        "Type of an organization."]
    {
        "GOVERNMENT" ["政府部门", "Government body"] ["政府或其部门。", "Government or one of its bodies."],
        "FUND_MANAGER" ["基金管理人", "Fund manager"] ["管理基金的机构。", "Organization that manages funds."],
        "INVESTOR" ["投资机构", "Investor"] ["出资的机构。", "Organization that invests."],
        "INSTITUTE" ["研究机构", "Institute"] ["研究机构。", "Research institute."],
        "ASSOCIATION" ["协会", "Association"] ["协会、联盟等。", "Association, alliance or similar body."],
        "SERVICE_PROVIDER" ["服务机构", "Service provider"] ["提供服务的机构。", "Organization that provides services."],
    }
}

open_list! {
    INDUSTRY_SCHEMES "IndustryScheme" ["产业分类标准", "Industry classification"]
        ["产业代码所依据的分类标准。",
        "Classification to which the code of an industry belongs."]
    {
        "GB/T 4754" ["国民经济行业分类", "GB/T 4754"] ["国家标准《国民经济行业分类》（GB/T 4754）。", "Chinese national standard for the classification of economic activities."],
        "SEI" ["战略性新兴产业分类", "SEI"] ["国家统计局《战略性新兴产业分类》。", "Classification of strategic emerging industries, issued by the National Bureau of Statistics."],
        "LABEL" ["原文用语", "Label in the text"] ["来源自己的叫法，不属于任何标准。", "The source's own label, which belongs to no standard."],
    }
}

open_list! {
    OBSERVATION_INDICATORS "ObservationIndicator" ["观测指标", "Observed indicator"]
        ["对实体的观测所衡量的内容。",
        "Indicator that an observation of an entity measures."]
    {
        "innovation_efficiency" ["创新效率", "Innovation efficiency"] ["创新投入产出效率。", "Innovation output per input."],
        "rd_efficiency" ["研发效率", "R&D efficiency"] ["研发投入产出效率。", "Research and development output per input."],
        "conversion_rate" ["成果转化率", "Conversion rate"] ["科技成果得到转化的比例。", "Share of research results that are put to use."],
        "retention_rate" ["留存率", "Retention rate"] ["留在当地的比例。", "Share that remains in the place."],
        "senior_or_doctorate_share" ["高级职称或博士占比", "Share with senior title or doctorate"] ["具有高级职称或博士学位者所占比例。", "Share of people with a senior title or a doctorate."],
        "commuting_talent_growth" ["通勤人才增幅", "Growth of commuting talent"] ["跨城通勤人才的增长幅度。", "Growth in the number of people who commute between cities."],
        "same_city_cards" ["同城卡证数", "Same-city cards"] ["发放的同城待遇卡证数量。", "Number of issued cards that grant same-city treatment."],
        "time_to_complete" ["办理时长", "Time to complete"] ["办结一项事务所需时间。", "Time needed to complete an administrative procedure."],
        "components" ["组成内容数", "Components"] ["组成内容的数量。", "Number of components."],
        "mechanisms" ["机制数", "Mechanisms"] ["机制的数量。", "Number of mechanisms."],
        "paths" ["路径数", "Paths"] ["路径的数量。", "Number of paths."],
        "models" ["模式数", "Models"] ["模式的数量。", "Number of models."],
        "earmarked" ["已安排资金", "Earmarked funds"] ["列入安排的资金。", "Funds set aside."],
        "added_output" ["新增产值", "Added output"] ["据称新增的产值。", "Output that is claimed to have been added."],
        "tax_yield" ["税收", "Tax revenue"] ["据称由此产生的税收。", "Tax revenue that is claimed to have resulted."],
        "tax_shared" ["分享的税收", "Tax shared"] ["按约定分享的税收。", "Tax shared by agreement."],
    }
}

/// Every open list.
pub const ALL: &[TermList] = &[
    UNITS,
    LEVELS,
    PARK_TYPES,
    LAB_TYPES,
    FACILITY_TYPES,
    FUND_TYPES,
    LISTING_BOARDS,
    ORG_TYPES,
    INDUSTRY_SCHEMES,
    OBSERVATION_INDICATORS,
];
