//! Closed lists: enums whose values have one spelling, used in GraphQL, import files and messages, and labels and
//! descriptions in both languages.

/// Declares an enum with `ALL`, `name`, `parse` and its part of the vocabulary. Each row has the spelling of a value and its
/// labels and descriptions in Chinese and English, so that a value without them does not compile.
macro_rules! closed_list {
    (
        $list:ident [$list_zh:literal, $list_en:literal] [$about_list_zh:literal, $about_list_en:literal] {
            $($value:ident $text:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?
        }
    ) => {
        #[doc = $about_list_en]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $list { $(#[doc = $about_en] $value),+ }

        impl $list {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The spelling in GraphQL, in import files and in messages.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $text),+ }
            }

            /// The value spelled `text`; case matters.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$value),)+ _ => None }
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        $crate::model::closed::vocabulary! {
            $list [$list_zh, $list_en] [$about_list_zh, $about_list_en] {
                $($value $text [$zh, $en] [$about_zh, $about_en]),+
            }
        }
    };
}
pub(crate) use closed_list;

/// Implements `VOCABULARY`, `label` and `description` for an enum.
macro_rules! vocabulary {
    (
        $list:ident [$list_zh:literal, $list_en:literal] [$about_list_zh:literal, $about_list_en:literal] {
            $($value:ident $text:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?
        }
    ) => {
        impl $list {
            /// The labels and descriptions of the list and of each value, in the order of the declaration.
            pub const VOCABULARY: &'static $crate::model::vocabulary::TermList = &$crate::model::vocabulary::TermList {
                name: stringify!($list),
                label: $crate::model::language::Bilingual::new($list_zh, $list_en),
                description: $crate::model::language::Bilingual::new($about_list_zh, $about_list_en),
                is_open: false,
                terms: &[$($crate::model::vocabulary::Term {
                    value: $text,
                    label: $crate::model::language::Bilingual::new($zh, $en),
                    description: $crate::model::language::Bilingual::new($about_zh, $about_en),
                }),+],
            };

            /// The label of the value.
            pub const fn label(self) -> $crate::model::language::Bilingual<&'static str> {
                match self { $(Self::$value => $crate::model::language::Bilingual::new($zh, $en)),+ }
            }

            /// The description of the value.
            pub const fn description(self) -> $crate::model::language::Bilingual<&'static str> {
                match self { $(Self::$value => $crate::model::language::Bilingual::new($about_zh, $about_en)),+ }
            }
        }
    };
}
pub(crate) use vocabulary;
