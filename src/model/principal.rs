//! Principals: the clients that requests authenticate as, with their role and data sets.

use std::collections::BTreeSet;

use super::closed::closed_list;
use super::id::DatasetId;
use super::record::{Access, Dataset};

closed_list! {
    Role ["角色", "Role"]
        ["使用者的权限；后一级包含前一级。", "Permissions of a principal. Each role includes the one before."]
    {
        Reader "reader" ["只读", "Reader"] ["可以读取。", "Permission to read."],
        Editor "editor" ["编辑", "Editor"] ["可以读取和写入。", "Permission to read and write."],
        Admin "admin" ["管理员", "Administrator"] ["可以读取和写入所有数据集，包括受限的。", "Permission to read and write every data set, including restricted ones."],
    }
}

/// The data sets granted to a principal by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatasetScope {
    /// None: the principal has access to public data sets only.
    Unscoped,
    /// These, including restricted ones.
    Only(BTreeSet<DatasetId>),
}

/// A client as which a request authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name in the change log; never secret.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Whether it may read personal data.
    pub pii: bool,
    /// The data sets granted by name.
    pub scope: DatasetScope,
}

impl Principal {
    /// The principal of requests without a credential, which may read public data.
    pub fn anonymous() -> Self {
        Self {
            name: "anonymous".to_string(),
            role: Role::Reader,
            pii: false,
            scope: DatasetScope::Unscoped,
        }
    }

    /// Whether it may read a data set.
    pub fn may_see(&self, dataset: &Dataset) -> bool {
        self.role == Role::Admin || dataset.access == Access::Public || self.is_granted(&dataset.id)
    }

    /// Whether it may write a data set.
    pub fn may_write(&self, dataset: &Dataset) -> bool {
        match (self.role, &self.scope) {
            (Role::Reader, _) => false,
            (Role::Admin, _) => true,
            (Role::Editor, DatasetScope::Unscoped) => dataset.access == Access::Public,
            (Role::Editor, DatasetScope::Only(_)) => self.is_granted(&dataset.id),
        }
    }

    fn is_granted(&self, dataset: &DatasetId) -> bool {
        matches!(&self.scope, DatasetScope::Only(given) if given.contains(dataset))
    }

    /// The operator of the program, who may do everything; `name` is the name in the change log.
    pub fn operator(name: &str) -> Self {
        Self {
            name: name.to_string(),
            role: Role::Admin,
            pii: true,
            scope: DatasetScope::Unscoped,
        }
    }
}
