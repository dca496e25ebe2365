//! How large the answer to an introspection is, before it is made: types point at each other, so that a short document may ask for
//! each of them many times over.
//!
//! The same walk as that of the answer, without making it, and with an end where the memory does.

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use apollo_compiler::schema::{DirectiveDefinition, ExtendedType, Implementers};
use apollo_compiler::{Name, Node};

use crate::model::memory::{Account, MemoryExhausted};

/// Bytes of a value: the compiler's answer, JSON, and the values that are sent stand beside each other for a while.
const VALUE: u64 = 400;
/// Copies of a text meanwhile.
const COPIES: u64 = 3;

/// What is introspected.
#[derive(Clone, Copy)]
enum Part<'a> {
    Schema,
    Type(&'a Type),
    /// A list of these, without what stands around it.
    List(&'a Type),
    Named(&'a ExtendedType),
    Field(&'a FieldDefinition),
    Input(&'a InputValueDefinition),
    Directive(&'a DirectiveDefinition),
    Leaf,
}

/// Charges the answers to introspections.
pub(super) struct Size<'a> {
    pub(super) schema: &'a Schema,
    pub(super) implementers: &'a HashMap<Name, Implementers>,
    pub(super) document: &'a ExecutableDocument,
    pub(super) account: &'a Account,
}

impl<'a> Size<'a> {
    /// Charges all root fields of introspection in a selection.
    pub(super) fn charge(&self, root: &SelectionSet) -> Result<(), MemoryExhausted> {
        for field in root.root_fields(self.document) {
            let part = match field.name.as_str() {
                "__schema" => Part::Schema,
                "__type" => {
                    let name = field
                        .specified_argument_by_name("name")
                        .and_then(|name| name.as_str());
                    let named = name.and_then(|name| self.schema.types.get(name));
                    named.map_or(Part::Leaf, Part::Named)
                }
                _ => continue,
            };
            self.part(&field.selection_set, part)?;
        }
        Ok(())
    }

    fn part(&self, set: &SelectionSet, part: Part<'a>) -> Result<(), MemoryExhausted> {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    self.value(VALUE, COPIES * text(part, &field.name))?;
                    self.below(&field.selection_set, part, &field.name)?;
                }
                Selection::InlineFragment(inline) => self.part(&inline.selection_set, part)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.part(&fragment.selection_set, part)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn value(&self, bytes: u64, text: u64) -> Result<(), MemoryExhausted> {
        self.account.keep(bytes + text)?;
        self.account.answer(bytes / 8 + text / COPIES)
    }

    fn all(
        &self,
        set: &SelectionSet,
        parts: impl IntoIterator<Item = Part<'a>>,
    ) -> Result<(), MemoryExhausted> {
        for part in parts {
            self.value(VALUE, 0)?;
            self.part(set, part)?;
        }
        Ok(())
    }

    fn named(&self, name: &str) -> Part<'a> {
        self.schema.types.get(name).map_or(Part::Leaf, Part::Named)
    }

    fn below(&self, set: &SelectionSet, part: Part<'a>, field: &str) -> Result<(), MemoryExhausted> {
        if set.selections.is_empty() {
            return Ok(());
        }
        match (part, field) {
            (Part::Schema, "types") => self.all(set, self.schema.types.values().map(Part::Named)),
            (Part::Schema, "directives") => {
                let directives = self.schema.directive_definitions.values();
                self.all(set, directives.map(|directive| Part::Directive(directive)))
            }
            (Part::Schema, "queryType") => self.part(set, self.named("Query")),
            (Part::Schema, "mutationType") => self.part(set, self.named("Mutation")),
            (Part::Schema, "subscriptionType") => self.part(set, self.named("Subscription")),
            (Part::Field(of), "args") => self.all(set, of.arguments.iter().map(|one| Part::Input(one))),
            (Part::Directive(of), "args") => self.all(set, of.arguments.iter().map(|one| Part::Input(one))),
            (Part::Field(of), "type") => self.part(set, self.of(&of.ty)),
            (Part::Input(of), "type") => self.part(set, self.of(&of.ty)),
            (Part::Type(ty), "ofType") => self.part(set, self.inner(ty)),
            (Part::List(item), "ofType") => self.part(set, self.of(item)),
            (Part::Named(named), _) => self.below_type(set, named, field),
            _ => Ok(()),
        }
    }

    fn below_type(
        &self,
        set: &SelectionSet,
        of: &'a ExtendedType,
        field: &str,
    ) -> Result<(), MemoryExhausted> {
        let fields = |fields: &'a apollo_compiler::collections::IndexMap<
            Name,
            apollo_compiler::schema::Component<FieldDefinition>,
        >| fields.values().map(|field| Part::Field(field));
        let names =
            |names: Vec<&Name>| -> Vec<Part<'a>> { names.into_iter().map(|name| self.named(name)).collect() };
        match (of, field) {
            (ExtendedType::Object(of), "fields") => self.all(set, fields(&of.fields)),
            (ExtendedType::Interface(of), "fields") => self.all(set, fields(&of.fields)),
            (ExtendedType::Object(of), "interfaces") => self.all(
                set,
                names(of.implements_interfaces.iter().map(|one| &one.name).collect()),
            ),
            (ExtendedType::Interface(of), "interfaces") => self.all(
                set,
                names(of.implements_interfaces.iter().map(|one| &one.name).collect()),
            ),
            (ExtendedType::Interface(of), "possibleTypes") => {
                let all = self.implementers.get(&of.name);
                self.all(
                    set,
                    names(all.map_or_else(Vec::new, |all| all.objects.iter().collect())),
                )
            }
            (ExtendedType::Union(of), "possibleTypes") => {
                self.all(set, names(of.members.iter().map(|one| &one.name).collect()))
            }
            (ExtendedType::Enum(of), "enumValues") => self.all(set, of.values.values().map(|_| Part::Leaf)),
            (ExtendedType::InputObject(of), "inputFields") => {
                self.all(set, of.fields.values().map(|field| Part::Input(field)))
            }
            _ => Ok(()),
        }
    }

    /// A type as it is introspected: with what wraps it, or the named one.
    fn of(&self, ty: &'a Type) -> Part<'a> {
        match ty {
            Type::Named(name) => self.named(name),
            wrapped => Part::Type(wrapped),
        }
    }

    /// What a type wraps.
    fn inner(&self, ty: &'a Type) -> Part<'a> {
        match ty {
            Type::Named(_) => Part::Leaf,
            Type::NonNullNamed(name) => self.named(name),
            Type::List(item) => self.of(item),
            // A non-null list wraps the list of the same items.
            Type::NonNullList(item) => Part::List(item),
        }
    }
}

/// Bytes of a text that is introspected.
fn text(part: Part<'_>, field: &str) -> u64 {
    let length = |text: Option<&Node<str>>| text.map_or(0, |text| text.len() as u64);
    if field != "description" {
        return 0;
    }
    match part {
        Part::Named(of) => length(of.description()),
        Part::Field(of) => length(of.description.as_ref()),
        Part::Input(of) => length(of.description.as_ref()),
        Part::Directive(of) => length(of.description.as_ref()),
        Part::Schema | Part::Type(_) | Part::List(_) | Part::Leaf => 0,
    }
}
