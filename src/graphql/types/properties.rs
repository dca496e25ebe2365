//! What each kind of entity has of its own. Anything not recorded is null.

use async_graphql::registry::Registry;
use async_graphql::{ContainerType, Context, Object, ServerResult, Value};

use super::entity::Record;
use super::kinds::{Fields, fields_of};
use super::quantity::Quantity;
use crate::graphql::scalars::Decimal;
use crate::graphql::schema::asker;
use crate::model::entity::{ClaimType, EntityKind, ProgramFamily, ProjectStage, Properties};
use crate::model::statement::Property;

macro_rules! own {
    ($self:ident, $kind:ident.$field:ident) => {
        match &$self.0.0.entity.properties {
            Properties::$kind { $field, .. } => $field.clone(),
            _ => None,
        }
    };
}

macro_rules! properties {
    ($($kind:ident { $($(#[$doc:meta])* $name:ident: $type:ty = $value:expr;)* })+; none: $($bare:ident)+; |$this:ident|) => {
        $(
            struct $kind(Record);
            #[Object(name_type)]
            impl $kind { $($(#[$doc])* async fn $name(&self, ctx: &Context<'_>) -> $type { let $this = (self, ctx); $value })* }
            impl async_graphql::TypeName for $kind {
                fn type_name() -> std::borrow::Cow<'static, str> {
                    concat!(stringify!($kind), "Properties").into()
                }
            }
        )+

        /// The fields of a kind's own.
        pub(super) fn fields(kind: EntityKind, registry: &mut Registry) -> Fields {
            match kind {
                $(EntityKind::$kind => fields_of::<$kind>(registry),)+
                $(EntityKind::$bare)|+ => Fields::new(),
            }
        }

        /// The value of one of them.
        pub(super) async fn resolve(record: &Record, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
            if record.entity.kind() == EntityKind::Expert && ctx.item.node.name.node == "contact" {
                asker(ctx).asks_personal("Expert.contact");
            }
            match record.entity.kind() {
                $(EntityKind::$kind => $kind(record.clone()).resolve_field(ctx).await,)+
                $(EntityKind::$bare)|+ => Ok(None),
            }
        }
    };
}

properties! {
    Region {
        /// The administrative level.
        level: Option<String> = own!(this, Region.level);
        /// Degrees east of its middle.
        longitude: Option<Decimal> = own!(this, Region.centroid).map(|middle| Decimal(middle.longitude));
        /// Degrees north of its middle.
        latitude: Option<Decimal> = own!(this, Region.centroid).map(|middle| Decimal(middle.latitude));
    }
    Industry {
        /// The classification: `GB/T 4754`, `SEI`, `LABEL`.
        scheme: Option<String> = own!(this, Industry.scheme);
        /// The code in it.
        code: Option<String> = own!(this, Industry.code);
    }
    Park {
        /// High-tech zone, enclave park, science park.
        park_type: Option<String> = own!(this, Park.park_type);
        /// National, provincial …
        level: Option<String> = own!(this, Park.level);
    }
    Lab {
        /// Joint lab, institute, training base.
        lab_type: Option<String> = own!(this, Lab.lab_type);
    }
    Facility {
        /// Computing centre, network …
        facility_type: Option<String> = own!(this, Facility.facility_type);
        /// What it can do, in the words of the source.
        capacity: Option<String> = own!(this, Facility.capacity);
    }
    Fund {
        /// Joint, fund of funds, angel …
        fund_type: Option<String> = own!(this, Fund.fund_type);
        /// What was promised to it, as it is known on the day asked.
        committed: Option<Quantity> = this.0.0.amount(this.1, Property::Committed);
        /// What was paid into it, as it is known on the day asked.
        paid_in: Option<Quantity> = this.0.0.amount(this.1, Property::PaidIn);
    }
    Expert {
        /// The class of title.
        title_class: Option<String> = own!(this, Expert.title_class);
        /// Fields of work.
        fields: Vec<String> = match &this.0.0.entity.properties {
            Properties::Expert { fields, .. } => fields.clone(),
            _ => Vec::new(),
        };
        /// Personal data: null unless the asker may see it; `extensions.withheld` says so.
        contact: Option<String> = own!(this, Expert.contact);
    }
    Project {
        /// How far it has come.
        stage: Option<ProjectStage> = this.0.0.entity.stage();
    }
    Company {
        /// Where it is listed.
        listing_board: Option<String> = own!(this, Company.listing_board);
    }
    Organization {
        /// Government body, fund manager, association …
        org_type: Option<String> = own!(this, Organization.org_type);
    }
    Program {
        /// Its family of measures.
        family: Option<ProgramFamily> = this.0.0.entity.family();
    }
    Claim {
        /// Problem, lesson or finding.
        claim_type: Option<ClaimType> = own!(this, Claim.claim_type);
    };
    none: University;
    |this|
}
