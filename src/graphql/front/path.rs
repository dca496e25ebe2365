//! Where a value stands, for messages.

use std::fmt;

/// The path of an input value: where it starts, then fields and items.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// An argument of a field or of a directive.
    Argument { owner: &'a str, name: &'a str },
    /// A variable's value.
    Variable(&'a str),
    /// A variable's default value.
    Default(&'a str),
    /// A field of an input object.
    Field(&'a Path<'a>, &'a str),
    /// An item of a list.
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.root() {
            Path::Argument { owner, .. } => write!(f, "argument `{}` of `{owner}`", Steps(self)),
            Path::Default(_) => write!(f, "default value of `{}`", Steps(self)),
            _ => write!(f, "variable `{}`", Steps(self)),
        }
    }
}

impl Path<'_> {
    /// The place alone, without the sign of a variable: `input[0].kind`.
    pub(super) fn place(&self) -> String {
        Steps(self).to_string().trim_start_matches('$').to_string()
    }

    fn root(&self) -> &Self {
        match self {
            Self::Field(outer, _) | Self::Item(outer, _) => outer.root(),
            root => root,
        }
    }
}

/// The path without what it belongs to: `$input[0].kind`.
struct Steps<'a>(&'a Path<'a>);

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Path::Argument { name, .. } => f.write_str(name),
            Path::Variable(name) | Path::Default(name) => write!(f, "${name}"),
            Path::Field(outer, name) => write!(f, "{}.{name}", Steps(outer)),
            Path::Item(outer, index) => write!(f, "{}[{index}]", Steps(outer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_root_and_its_steps() {
        let input = Path::Variable("input");
        let item = Path::Item(&input, 2);
        assert_eq!(
            Path::Field(&item, "kind").to_string(),
            "variable `$input[2].kind`"
        );
        let filter = Path::Argument {
            owner: "entities",
            name: "filter",
        };
        assert_eq!(
            Path::Field(&filter, "ids").to_string(),
            "argument `filter.ids` of `entities`"
        );
    }
}
