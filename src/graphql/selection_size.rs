//! The size of a selection set, as the check of the limits sums it.

/// The size and cost of a selection set, with all its fragments spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SelectionSize {
    pub(super) fields: u64,
    pub(super) aliases: u64,
    pub(super) directives: u64,
    /// Estimated number of values in the response; a field counts as many as it declares.
    pub(super) cost: u64,
    /// The cost if the selection set is below the rows of a connection: then a connection without `first` or `last` is
    /// assumed to return fewer rows than a default page.
    pub(super) nested_cost: u64,
    pub(super) depth: usize,
    /// Nesting of lists in an introspection: types refer to each other, so that the lengths of these lists multiply.
    pub(super) introspection_nesting: usize,
    /// Whether the selection set contains `nodes` or `edges`, which makes the field above it a connection.
    pub(super) has_rows: bool,
}

impl SelectionSize {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            cost: self.cost.saturating_add(other.cost),
            nested_cost: self.nested_cost.saturating_add(other.nested_cost),
            depth: self.depth.max(other.depth),
            introspection_nesting: self.introspection_nesting.max(other.introspection_nesting),
            has_rows: self.has_rows || other.has_rows,
        }
    }

    /// The same size; for `__schema` and `__type`, with a cost of 1 and no depth: every introspection is
    /// deep, and its nesting has a limit of its own.
    pub(super) fn exempt_introspection(self, name: &str) -> Self {
        if name == "__schema" || name == "__type" {
            Self {
                depth: 0,
                cost: 1,
                nested_cost: 1,
                ..self
            }
        } else {
            self
        }
    }
}
