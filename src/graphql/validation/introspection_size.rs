//! The size of an introspection response, measured before it is built: types refer to each other, so a short document
//! can select each of them many times over.
//!
//! The walk is the same as the one that builds the response, and ends where the memory limit does.

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use apollo_compiler::schema::{DirectiveDefinition, ExtendedType, Implementers};
use apollo_compiler::{Name, Node};

use crate::model::memory::{Account, MemoryExhausted};

/// Bytes of a value: of a field, and of an item of a list.
///
/// In the compiler's response, a field takes an entry of 112 bytes, 16 to 64 of the object's index, 8 to 32 of its key and as many of a
/// short text; an item takes 72 to 144 bytes of the list, which may have twice the places that it needs. Converted, a field takes 96 and
/// again 16 to 64 and 8 to 32 bytes, an item 72. The response is freed while it is converted, object by object, but a list only as a
/// whole: 240 and 216 bytes at most, and the same share of what the allocator rounds up and keeps.
const VALUE: u64 = 400;
/// Copies of a text: in the compiler's response, and converted.
const COPIES: u64 = 2;

/// An element of the schema that is introspected.
#[derive(Clone, Copy)]
enum SchemaItem<'a> {
    Schema,
    Type(&'a Type),
    /// A list of these, without the non-null type around it.
    List(&'a Type),
    Named(&'a ExtendedType),
    Field(&'a FieldDefinition),
    Input(&'a InputValueDefinition),
    Directive(&'a DirectiveDefinition),
    Leaf,
}

/// Charges introspection responses to an account.
pub(super) struct IntrospectionMeter<'a> {
    pub(super) schema: &'a Schema,
    pub(super) implementers: &'a HashMap<Name, Implementers>,
    pub(super) document: &'a ExecutableDocument,
    pub(super) account: &'a Account,
}

impl<'a> IntrospectionMeter<'a> {
    /// Charges all root fields of introspection in a selection.
    pub(super) fn charge(&self, root: &SelectionSet) -> Result<(), MemoryExhausted> {
        for field in root.root_fields(self.document) {
            let item = match field.name.as_str() {
                "__schema" => SchemaItem::Schema,
                "__type" => {
                    let name = field
                        .specified_argument_by_name("name")
                        .and_then(|name| name.as_str());
                    let named = name.and_then(|name| self.schema.types.get(name));
                    named.map_or(SchemaItem::Leaf, SchemaItem::Named)
                }
                _ => continue,
            };
            self.charge_selection(&field.selection_set, item)?;
        }
        Ok(())
    }

    fn charge_selection(&self, set: &SelectionSet, item: SchemaItem<'a>) -> Result<(), MemoryExhausted> {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    self.charge_value(VALUE, COPIES * text_bytes(item, &field.name))?;
                    self.charge_nested(&field.selection_set, item, &field.name)?;
                }
                Selection::InlineFragment(inline) => self.charge_selection(&inline.selection_set, item)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.charge_selection(&fragment.selection_set, item)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn charge_value(&self, bytes: u64, text: u64) -> Result<(), MemoryExhausted> {
        self.account.keep(bytes + text)?;
        self.account.answer(bytes / 8 + text / COPIES)
    }

    fn charge_items(
        &self,
        set: &SelectionSet,
        items: impl IntoIterator<Item = SchemaItem<'a>>,
    ) -> Result<(), MemoryExhausted> {
        for item in items {
            self.charge_value(VALUE, 0)?;
            self.charge_selection(set, item)?;
        }
        Ok(())
    }

    fn named_type(&self, name: &str) -> SchemaItem<'a> {
        self.schema
            .types
            .get(name)
            .map_or(SchemaItem::Leaf, SchemaItem::Named)
    }

    fn charge_nested(
        &self,
        set: &SelectionSet,
        item: SchemaItem<'a>,
        field: &str,
    ) -> Result<(), MemoryExhausted> {
        if set.selections.is_empty() {
            return Ok(());
        }
        match (item, field) {
            (SchemaItem::Schema, "types") => {
                self.charge_items(set, self.schema.types.values().map(SchemaItem::Named))
            }
            (SchemaItem::Schema, "directives") => {
                let directives = self.schema.directive_definitions.values();
                self.charge_items(set, directives.map(|directive| SchemaItem::Directive(directive)))
            }
            (SchemaItem::Schema, "queryType") => self.charge_selection(set, self.named_type("Query")),
            (SchemaItem::Schema, "mutationType") => self.charge_selection(set, self.named_type("Mutation")),
            (SchemaItem::Schema, "subscriptionType") => {
                self.charge_selection(set, self.named_type("Subscription"))
            }
            (SchemaItem::Field(of), "args") => {
                self.charge_items(set, of.arguments.iter().map(|one| SchemaItem::Input(one)))
            }
            (SchemaItem::Directive(of), "args") => {
                self.charge_items(set, of.arguments.iter().map(|one| SchemaItem::Input(one)))
            }
            (SchemaItem::Field(of), "type") => self.charge_selection(set, self.type_item(&of.ty)),
            (SchemaItem::Input(of), "type") => self.charge_selection(set, self.type_item(&of.ty)),
            (SchemaItem::Type(ty), "ofType") => self.charge_selection(set, self.wrapped_item(ty)),
            (SchemaItem::List(item), "ofType") => self.charge_selection(set, self.type_item(item)),
            (SchemaItem::Named(named), _) => self.charge_nested_of_type(set, named, field),
            _ => Ok(()),
        }
    }

    fn charge_nested_of_type(
        &self,
        set: &SelectionSet,
        of: &'a ExtendedType,
        field: &str,
    ) -> Result<(), MemoryExhausted> {
        let fields = |fields: &'a apollo_compiler::collections::IndexMap<
            Name,
            apollo_compiler::schema::Component<FieldDefinition>,
        >| fields.values().map(|field| SchemaItem::Field(field));
        let names = |names: Vec<&Name>| -> Vec<SchemaItem<'a>> {
            names.into_iter().map(|name| self.named_type(name)).collect()
        };
        match (of, field) {
            (ExtendedType::Object(of), "fields") => self.charge_items(set, fields(&of.fields)),
            (ExtendedType::Interface(of), "fields") => self.charge_items(set, fields(&of.fields)),
            (ExtendedType::Object(of), "interfaces") => self.charge_items(
                set,
                names(of.implements_interfaces.iter().map(|one| &one.name).collect()),
            ),
            (ExtendedType::Interface(of), "interfaces") => self.charge_items(
                set,
                names(of.implements_interfaces.iter().map(|one| &one.name).collect()),
            ),
            (ExtendedType::Interface(of), "possibleTypes") => {
                let all = self.implementers.get(&of.name);
                self.charge_items(
                    set,
                    names(all.map_or_else(Vec::new, |all| all.objects.iter().collect())),
                )
            }
            (ExtendedType::Union(of), "possibleTypes") => {
                self.charge_items(set, names(of.members.iter().map(|one| &one.name).collect()))
            }
            (ExtendedType::Enum(of), "enumValues") => {
                self.charge_items(set, of.values.values().map(|_| SchemaItem::Leaf))
            }
            (ExtendedType::InputObject(of), "inputFields") => {
                self.charge_items(set, of.fields.values().map(|field| SchemaItem::Input(field)))
            }
            _ => Ok(()),
        }
    }

    /// The item of a type: the named type, or a wrapping type.
    fn type_item(&self, ty: &'a Type) -> SchemaItem<'a> {
        match ty {
            Type::Named(name) => self.named_type(name),
            wrapped => SchemaItem::Type(wrapped),
        }
    }

    /// The item of the type that a type wraps.
    fn wrapped_item(&self, ty: &'a Type) -> SchemaItem<'a> {
        match ty {
            Type::Named(_) => SchemaItem::Leaf,
            Type::NonNullNamed(name) => self.named_type(name),
            Type::List(item) => self.type_item(item),
            // A non-null list wraps the list of the same items.
            Type::NonNullList(item) => SchemaItem::List(item),
        }
    }
}

/// Bytes of the description, if that is the selected field.
fn text_bytes(item: SchemaItem<'_>, field: &str) -> u64 {
    let length = |text: Option<&Node<str>>| text.map_or(0, |text| text.len() as u64);
    if field != "description" {
        return 0;
    }
    match item {
        SchemaItem::Named(of) => length(of.description()),
        SchemaItem::Field(of) => length(of.description.as_ref()),
        SchemaItem::Input(of) => length(of.description.as_ref()),
        SchemaItem::Directive(of) => length(of.description.as_ref()),
        SchemaItem::Schema | SchemaItem::Type(_) | SchemaItem::List(_) | SchemaItem::Leaf => 0,
    }
}
