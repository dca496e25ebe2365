//! Entities: the nodes of the graph, of thirteen kinds, with their names and keys elsewhere.

mod properties;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use self::properties::{Centroid, ClaimType, ProgramFamily, ProjectStage, Properties};
use super::closed::closed_list;
pub use super::entity_kind::EntityKind;
pub(crate) use super::entity_kind::entity_kinds;
use super::free_text::{TextKind, check_text, visible};
use super::id::EntityId;
use super::language::Bilingual;
use super::period::Validity;
use super::quantity::Quantity;
use super::refusal::Refusal;

closed_list! {
    NameRole ["名称类型", "Name role"]
        ["名称的性质。", "Role of a name."]
    {
        Official "OFFICIAL" ["正式名称", "Official"] ["法定名称或其自身文件所用名称。", "Legal name, or the name used in its own documents."],
        Alias "ALIAS" ["别名", "Alias"] ["通行的其他名称。", "Another name in common use."],
        Abbreviation "ABBREVIATION" ["简称", "Abbreviation"] ["简称或缩写。", "Short form or abbreviation of a name."],
        Transliteration "TRANSLITERATION" ["音译", "Transliteration"]
            ["名称在另一种文字中的读音。",
            "Sound of a name written in another script."],
    }
}

/// A name in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The name, as it is written.
    pub value: String,
    /// A BCP 47 language tag: `zh`, `en`.
    pub lang: String,
    /// Its role.
    pub role: NameRole,
}

/// A key in a register elsewhere: `ror`, `wikidata`, `gbt2260`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId {
    /// The register.
    pub scheme: String,
    /// The key there.
    pub value: String,
}

impl ExternalId {
    /// Reads `scheme:value`; the scheme ends at the first colon.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let (scheme, value) = text.split_once(':').unwrap_or((text, ""));
        let id = Self {
            scheme: scheme.into(),
            value: value.into(),
        };
        id.check()?;
        Ok(id)
    }

    /// Checks that it can be written to an import file as `scheme:value` in a list.
    pub fn check(&self) -> Result<(), Refusal> {
        let Self { scheme, value } = self;
        if scheme.is_empty() || value.is_empty() || scheme.contains(':') {
            let reason = format!(
                "`{}` is not a valid external id (expected `scheme:value`)",
                visible(&self.to_string())
            );
            return Err(Refusal::new(reason, "write it as gbt2260:320583"));
        }
        if scheme.contains('|') || value.contains('|') {
            let reason = "an external id cannot contain the character |, which separates items";
            return Err(Refusal::new(reason, "write it without"));
        }
        check_text(scheme, TextKind::Line)?;
        check_text(value, TextKind::Line)
    }
}

impl std::fmt::Display for ExternalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.value.is_empty() {
            return f.write_str(&self.scheme);
        }
        write!(f, "{}:{}", self.scheme, self.value)
    }
}

/// A node of the graph. Its statements are stored separately and read on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its key.
    pub id: EntityId,
    /// Its names, at least one.
    pub names: Vec<Name>,
    /// A description of one sentence.
    pub description: Option<String>,
    /// Free labels, sorted, each once.
    pub tags: Vec<String>,
    /// Keys elsewhere, sorted, each once.
    pub external_ids: Vec<ExternalId>,
    /// Ids of entities merged into this one, sorted.
    pub former_ids: Vec<EntityId>,
    /// The number of members that it stands for; set for a cohort.
    pub size: Option<Quantity>,
    /// The period in which it existed.
    pub validity: Validity,
    /// The properties of its kind, which is the one in `id`.
    pub properties: Properties,
    /// When it was last written.
    pub recorded_at: DateTime<Utc>,
}

impl Entity {
    /// The contact of an expert, which is personal data; none for other kinds.
    pub fn contact(&self) -> Option<&str> {
        match &self.properties {
            Properties::Expert { contact, .. } => contact.as_deref(),
            Properties::Region { .. }
            | Properties::Industry { .. }
            | Properties::Park { .. }
            | Properties::University
            | Properties::Lab { .. }
            | Properties::Facility { .. }
            | Properties::Fund { .. }
            | Properties::Project { .. }
            | Properties::Company { .. }
            | Properties::Organization { .. }
            | Properties::Program { .. }
            | Properties::Claim { .. } => None,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> EntityKind {
        self.id.kind()
    }

    /// The name in a language: an official one first, then any of that language, then any official one, then the first.
    pub fn name(&self, lang: &str) -> &str {
        let best = self.names.iter().min_by_key(|name| {
            (
                name.lang != lang,
                name.role != NameRole::Official,
                name.role == NameRole::Transliteration,
            )
        });
        best.map_or(self.id.as_str(), |name| name.value.as_str())
    }

    /// The names in Chinese and in English, each as [`Self::name`] gives it.
    pub fn names_in_both(&self) -> Bilingual {
        Bilingual::new(self.name("zh"), self.name("en")).to_owned()
    }

    /// The stage of a project.
    pub fn stage(&self) -> Option<ProjectStage> {
        match self.properties {
            Properties::Project { stage } => stage,
            _ => None,
        }
    }

    /// The family of a program.
    pub fn family(&self) -> Option<ProgramFamily> {
        match self.properties {
            Properties::Program { family } => family,
            _ => None,
        }
    }
}

/// An entity shared between readers.
pub type SharedEntity = Arc<Entity>;
