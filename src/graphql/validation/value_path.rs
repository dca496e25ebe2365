//! Paths of input values, for messages.

use std::fmt;

/// The path of an input value: its root, then fields and items.
#[derive(Clone, Copy)]
pub(super) enum ValuePath<'a> {
    /// An argument of a field or of a directive.
    Argument { owner: &'a str, name: &'a str },
    /// A variable's value.
    Variable(&'a str),
    /// A variable's default value.
    Default(&'a str),
    /// A field of an input object.
    Field(&'a ValuePath<'a>, &'a str),
    /// An item of a list.
    Item(&'a ValuePath<'a>, usize),
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root() {
            ValuePath::Argument { owner, .. } => write!(f, "argument `{}` of `{owner}`", PathSteps(self)),
            ValuePath::Default(_) => write!(f, "default value of `{}`", PathSteps(self)),
            _ => write!(f, "variable `{}`", PathSteps(self)),
        }
    }
}

impl ValuePath<'_> {
    /// The path alone, without the `$` of a variable: `input[0].kind`.
    pub(super) fn input_path(&self) -> String {
        PathSteps(self).to_string().trim_start_matches('$').to_string()
    }

    fn root(&self) -> &Self {
        match self {
            Self::Field(outer, _) | Self::Item(outer, _) => outer.root(),
            root => root,
        }
    }
}

/// The path without its owner: `$input[0].kind`.
struct PathSteps<'a>(&'a ValuePath<'a>);

impl fmt::Display for PathSteps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ValuePath::Argument { name, .. } => f.write_str(name),
            ValuePath::Variable(name) | ValuePath::Default(name) => write!(f, "${name}"),
            ValuePath::Field(outer, name) => write!(f, "{}.{name}", PathSteps(outer)),
            ValuePath::Item(outer, index) => write!(f, "{}[{index}]", PathSteps(outer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_root_and_its_steps() {
        let input = ValuePath::Variable("input");
        let item = ValuePath::Item(&input, 2);
        assert_eq!(
            ValuePath::Field(&item, "kind").to_string(),
            "variable `$input[2].kind`"
        );
        let filter = ValuePath::Argument {
            owner: "entities",
            name: "filter",
        };
        assert_eq!(
            ValuePath::Field(&filter, "ids").to_string(),
            "argument `filter.ids` of `entities`"
        );
    }
}
