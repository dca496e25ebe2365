//! Properties that are specific to a kind of entity. A property that is not recorded is null.

use async_graphql::registry::Registry;
use async_graphql::{ContainerType, Context, Object, ServerResult, Value};

use super::entity::EntityAtDate;
use super::kinds::{FieldMap, fields_of};
use super::quantity::Quantity;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Decimal;
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
            struct $kind(EntityAtDate);
            #[Object(name_type)]
            impl $kind { $($(#[$doc])* async fn $name(&self, ctx: &Context<'_>) -> $type { let $this = (self, ctx); $value })* }
            impl async_graphql::TypeName for $kind {
                fn type_name() -> std::borrow::Cow<'static, str> {
                    concat!(stringify!($kind), "Properties").into()
                }
            }
        )+

        /// The properties of a kind as fields.
        pub(super) fn fields(kind: EntityKind, registry: &mut Registry) -> FieldMap {
            match kind {
                $(EntityKind::$kind => fields_of::<$kind>(registry),)+
                $(EntityKind::$bare)|+ => FieldMap::new(),
            }
        }

        /// Resolves a property of an entity.
        pub(super) async fn resolve(record: &EntityAtDate, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
            if record.entity.kind() == EntityKind::Expert && ctx.item.node.name.node == "contact" {
                request_context(ctx).note_personal_field("Expert.contact");
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
        /// Administrative level.
        level: Option<String> = own!(this, Region.level);
        /// Longitude of the center, in degrees east.
        longitude: Option<Decimal> = own!(this, Region.centroid).map(|middle| Decimal(middle.longitude));
        /// Latitude of the center, in degrees north.
        latitude: Option<Decimal> = own!(this, Region.centroid).map(|middle| Decimal(middle.latitude));
    }
    Industry {
        /// Classification to which the code belongs: `GB/T 4754`, `SEI` or `LABEL`.
        scheme: Option<String> = own!(this, Industry.scheme);
        /// Code in the classification.
        code: Option<String> = own!(this, Industry.code);
    }
    Park {
        /// Type of park: high-tech zone, enclave park, science park and so on.
        park_type: Option<String> = own!(this, Park.park_type);
        /// Administrative level of the park: national, provincial and so on.
        level: Option<String> = own!(this, Park.level);
    }
    Lab {
        /// Type of lab: joint lab, research institute, training base and so on.
        lab_type: Option<String> = own!(this, Lab.lab_type);
    }
    Facility {
        /// Type of facility: computing center, network and so on.
        facility_type: Option<String> = own!(this, Facility.facility_type);
        /// Capacity of the facility, in the words of the source.
        capacity: Option<String> = own!(this, Facility.capacity);
    }
    Fund {
        /// Type of fund: joint fund, fund of funds, angel fund and so on.
        fund_type: Option<String> = own!(this, Fund.fund_type);
        /// Amount committed to the fund, as known at the requested date.
        committed: Option<Quantity> = this.0.0.amount(this.1, Property::Committed);
        /// Amount paid into the fund, as known at the requested date.
        paid_in: Option<Quantity> = this.0.0.amount(this.1, Property::PaidIn);
    }
    Expert {
        /// Class of the professional title.
        title_class: Option<String> = own!(this, Expert.title_class);
        /// Fields of expertise.
        fields: Vec<String> = match &this.0.0.entity.properties {
            Properties::Expert { fields, .. } => fields.clone(),
            _ => Vec::new(),
        };
        /// Contact details (personal data). Null if the principal may not see them; `extensions.withheld` then says so.
        contact: Option<String> = own!(this, Expert.contact);
    }
    Project {
        /// Stage that the project has reached.
        stage: Option<ProjectStage> = this.0.0.entity.stage();
    }
    Company {
        /// Stock exchange board on which the company is listed.
        listing_board: Option<String> = own!(this, Company.listing_board);
    }
    Organization {
        /// Type of organization: government body, fund manager, association and so on.
        org_type: Option<String> = own!(this, Organization.org_type);
    }
    Program {
        /// Family of programs to which it belongs.
        family: Option<ProgramFamily> = this.0.0.entity.family();
    }
    Claim {
        /// Type of claim: problem, lesson or finding.
        claim_type: Option<ClaimType> = own!(this, Claim.claim_type);
    };
    none: University;
    |this|
}
