//! The closed lists of the model as GraphQL enums: those of [`graphql_enums`], with the English descriptions of the
//! vocabulary. A list that is not among them is not a type of the schema, so that every enum is described.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned,
    ServerResult, Value,
};

use crate::model::vocabulary::TermList;
use crate::service::vocabulary::graphql_enums;

/// A closed list of values that is a GraphQL enum.
trait ClosedList: Copy + Send + Sync + 'static {
    const TERMS: &'static TermList;
    const VALUES: &'static [Self];
    fn spelling(self) -> &'static str;
}

fn register<T: ClosedList>() -> MetaType {
    let values = T::TERMS.terms.iter().map(|term| {
        let name = term.value.to_string();
        let meta = MetaEnumValue {
            name: name.clone(),
            description: Some(term.description.en.to_string()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        (name, meta)
    });
    MetaType::Enum {
        name: T::TERMS.name.to_string(),
        description: Some(T::TERMS.description.en.to_string()),
        enum_values: values.collect::<IndexMap<_, _>>(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// Parses a value that was coerced to this enum before.
fn parse_value<T: ClosedList + InputType>(value: Option<Value>) -> InputValueResult<T> {
    let value = value.unwrap_or_default();
    let found = match &value {
        Value::Enum(name) => T::VALUES
            .iter()
            .copied()
            .find(|one| one.spelling() == name.as_str()),
        _ => None,
    };
    found.ok_or_else(|| InputValueError::expected_type(value))
}

macro_rules! implement {
    ($($list:path),+ $(,)?) => { $(
        impl ClosedList for $list {
            const TERMS: &'static TermList = Self::VOCABULARY;
            const VALUES: &'static [Self] = Self::ALL;
            fn spelling(self) -> &'static str {
                self.name()
            }
        }

        impl InputType for $list {
            type RawValueType = Self;
            fn type_name() -> Cow<'static, str> {
                Self::TERMS.name.into()
            }
            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| register::<Self>())
            }
            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                parse_value(value)
            }
            fn to_value(&self) -> Value {
                Value::Enum(Name::new(self.spelling()))
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl OutputType for $list {
            fn type_name() -> Cow<'static, str> {
                Self::TERMS.name.into()
            }
            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| register::<Self>())
            }
            async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                Ok(Value::Enum(Name::new(self.spelling())))
            }
        }
    )+ };
}
graphql_enums!(implement);
