//! The cost of a field: declared where the field is, with a directive that the printed schema shows, and read from the
//! schema by the check of the limits.
//!
//! The directives are those of the GraphQL cost directives specification by IBM, in the form that Apollo uses.

use std::collections::HashMap;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use async_graphql::TypeDirective;

/// Number of values that the field counts as when the cost of a request is estimated, without the fields below it; 1 for a field
/// without this directive.
#[TypeDirective(location = "FieldDefinition")]
pub(super) fn cost(weight: u32) {}

/// Number of rows that the list is assumed to have when the cost of a request is estimated; 1 for a list without this directive,
/// unless its arguments say how many rows or ids are requested.
#[TypeDirective(location = "FieldDefinition", name = "listSize")]
pub(super) fn list_size(assumed_size: usize) {}

/// The cost of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FieldCost {
    /// Number of values that the field counts as, without the fields below it.
    pub(super) weight: u64,
    /// Number of rows of the field if its arguments do not say how many are requested.
    pub(super) assumed_size: u64,
}

impl Default for FieldCost {
    fn default() -> Self {
        Self {
            weight: 1,
            assumed_size: 1,
        }
    }
}

impl FieldCost {
    /// The cost that a field declares.
    ///
    /// **Errors.** A directive without a number.
    fn declared(field: &FieldDefinition) -> Result<Self, String> {
        let number = |directive: &str, argument: &str| {
            let Some(found) = field.directives.get(directive) else {
                return Ok(1);
            };
            let value = found.specified_argument_by_name(argument);
            let number = value.and_then(|value| u64::try_from(value.to_i32()?).ok());
            number.ok_or_else(|| format!("{}: @{directive} has no `{argument}`", field.name))
        };
        Ok(Self {
            weight: number("cost", "weight")?,
            assumed_size: number("listSize", "assumedSize")?,
        })
    }

    fn max(self, other: Self) -> Self {
        Self {
            weight: self.weight.max(other.weight),
            assumed_size: self.assumed_size.max(other.assumed_size),
        }
    }
}

/// The costs that the fields of a schema declare, by type and field.
pub(super) struct FieldCosts(HashMap<Name, HashMap<Name, FieldCost>>);

impl FieldCosts {
    /// Reads the costs of a schema. A field of an interface costs as much as in the most expensive of its types, because each of
    /// them may resolve it.
    ///
    /// **Errors.** A directive without a number.
    pub(super) fn read(schema: &Schema) -> Result<Self, String> {
        let mut costs: HashMap<Name, HashMap<Name, FieldCost>> = HashMap::new();
        for (name, extended) in &schema.types {
            let (fields, interfaces) = match extended {
                ExtendedType::Object(object) => (&object.fields, &object.implements_interfaces),
                ExtendedType::Interface(interface) => (&interface.fields, &interface.implements_interfaces),
                ExtendedType::Scalar(_)
                | ExtendedType::Union(_)
                | ExtendedType::Enum(_)
                | ExtendedType::InputObject(_) => continue,
            };
            for (field, definition) in fields {
                let declared = FieldCost::declared(definition)?;
                if declared == FieldCost::default() {
                    continue;
                }
                let interfaces = interfaces.iter().map(|interface| &interface.name);
                for of in std::iter::once(name).chain(interfaces) {
                    let fields = costs.entry(of.clone()).or_default();
                    let highest = fields.entry(field.clone()).or_insert(declared);
                    *highest = highest.max(declared);
                }
            }
        }
        Ok(Self(costs))
    }

    /// The cost of a field of a type.
    pub(super) fn of(&self, type_name: &str, field: &str) -> FieldCost {
        let of_type = self.0.get(type_name);
        let declared = of_type.and_then(|fields| fields.get(field));
        declared.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(sdl: &str) -> Result<FieldCosts, String> {
        FieldCosts::read(&Schema::parse(sdl, "test.graphql").unwrap())
    }

    const DIRECTIVES: &str = "directive @cost(weight: Int!) on FIELD_DEFINITION
        directive @listSize(assumedSize: Int!) on FIELD_DEFINITION";

    #[test]
    fn a_field_costs_what_it_declares_on_its_type_alone() {
        let costs = costs(&format!(
            "{DIRECTIVES}
            type Query {{ heavy: Int @cost(weight: 7) long: [Int] @listSize(assumedSize: 9) light: Int }}
            type Other {{ heavy: Int }}"
        ));
        let costs = costs.unwrap();
        let expected = |weight, assumed_size| FieldCost { weight, assumed_size };
        assert_eq!(costs.of("Query", "heavy"), expected(7, 1));
        assert_eq!(costs.of("Query", "long"), expected(1, 9));
        for (of, field) in [
            ("Query", "light"),
            ("Query", "none"),
            ("Other", "heavy"),
            ("None", "heavy"),
        ] {
            assert_eq!(costs.of(of, field), FieldCost::default(), "{of}.{field}");
        }
    }

    #[test]
    fn a_field_of_an_interface_costs_what_the_dearest_type_declares() {
        let costs = costs(&format!(
            "{DIRECTIVES}
            interface Node {{ walk: Int @cost(weight: 2) }}
            type One implements Node {{ walk: Int @cost(weight: 5) }}
            type Two implements Node {{ walk: Int }}"
        ));
        let costs = costs.unwrap();
        let weights = ["Node", "One", "Two"].map(|of| costs.of(of, "walk").weight);
        assert_eq!(weights, [5, 5, 1]);
    }

    #[test]
    fn a_directive_without_a_number_is_an_error() {
        let error = costs("directive @cost(weight: Int) on FIELD_DEFINITION type Query { a: Int @cost }");
        assert_eq!(error.err().unwrap(), "a: @cost has no `weight`");
    }
}
