//! Who asks: a name, a role, and what of the graph is theirs to see and to write.

use std::collections::BTreeSet;

use super::closed::closed_list;
use super::id::DatasetId;
use super::record::{Access, Dataset};

closed_list! {
    Role ["角色", "Role"]
        ["使用者的权限；后一级包含前一级。", "What a principal may do; each role includes the one before."]
    {
        Reader "reader" ["只读", "Reader"] ["可以读取。", "Reads."],
        Editor "editor" ["编辑", "Editor"] ["可以读取和写入。", "Reads and writes."],
        Admin "admin" ["管理员", "Administrator"] ["可以读取和写入一切，并管理密钥。", "Reads and writes everything."],
    }
}

/// The data sets that a principal was given by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// None by name: what the role has is what is public.
    Unscoped,
    /// These; restricted ones among them may be seen.
    Only(BTreeSet<DatasetId>),
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// As the change log names them; never a secret.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may see personal data.
    pub pii: bool,
    /// The data sets given by name.
    pub scope: Scope,
}

impl Principal {
    /// Whoever asks without saying who they are: reads what is public.
    pub fn anonymous() -> Self {
        Self {
            name: "anonymous".to_string(),
            role: Role::Reader,
            pii: false,
            scope: Scope::Unscoped,
        }
    }

    /// Whether they may see a data set.
    pub fn may_see(&self, dataset: &Dataset) -> bool {
        self.role == Role::Admin || dataset.access == Access::Public || self.is_given(&dataset.id)
    }

    /// Whether they may write in a data set.
    pub fn may_write(&self, dataset: &Dataset) -> bool {
        match (self.role, &self.scope) {
            (Role::Reader, _) => false,
            (Role::Admin, _) => true,
            (Role::Editor, Scope::Unscoped) => dataset.access == Access::Public,
            (Role::Editor, Scope::Only(_)) => self.is_given(&dataset.id),
        }
    }

    fn is_given(&self, dataset: &DatasetId) -> bool {
        matches!(&self.scope, Scope::Only(given) if given.contains(dataset))
    }

    /// Whoever runs the program on its own data: may do everything. `name` is what the change log has of them.
    pub fn operator(name: &str) -> Self {
        Self {
            name: name.to_string(),
            role: Role::Admin,
            pii: true,
            scope: Scope::Unscoped,
        }
    }
}
