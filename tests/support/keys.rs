//! Askers with a key.

use hukun::model::principal::{DatasetScope, Role};
use hukun::service::{IssuedKey, NewKey};

use super::{Asker, TestApp};

/// What a key of a role allows.
pub fn key(role: Role) -> NewKey {
    NewKey {
        label: None,
        role,
        pii: false,
        scope: DatasetScope::Unscoped,
        expires_at: None,
    }
}

impl TestApp {
    /// A new key.
    pub async fn issue(&self, new: NewKey) -> IssuedKey {
        self.service.keys().issue(new).await.unwrap()
    }

    /// A client with a key or token.
    pub fn with_token(&self, token: &str) -> Asker<'_> {
        Asker {
            token: Some(token.to_string()),
            ..self.anonymous()
        }
    }

    /// A client with a key of a role.
    pub async fn as_role(&self, role: Role, pii: bool) -> Asker<'_> {
        let issued = self.issue(NewKey { pii, ..key(role) }).await;
        self.with_token(issued.reveal())
    }
}
