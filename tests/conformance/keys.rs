//! API keys, in whichever store.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hukun::model::id::DatasetId;
use hukun::model::key::{ApiKey, KeyHash, KeyId};
use hukun::model::principal::{DatasetScope, Role};
use hukun::store::KeyStore;

fn id(text: &str) -> KeyId {
    KeyId::parse(&format!("{text:0>12}")).unwrap()
}

fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_000 + millis).unwrap()
}

/// A key with all there is, and one with as little as there can be.
fn full() -> ApiKey {
    let datasets = ["kunshan", "b-2"].map(|id| DatasetId::parse(id).unwrap());
    ApiKey {
        id: id("b"),
        hash: KeyHash([0xa7; 32]),
        label: Some("伙伴 “A”".into()),
        role: Role::Editor,
        pii: true,
        scope: DatasetScope::Only(BTreeSet::from(datasets)),
        created_at: time(1),
        expires_at: Some(time(5000)),
        last_used_at: None,
        revoked_at: None,
    }
}

fn bare() -> ApiKey {
    ApiKey {
        id: id("a"),
        hash: KeyHash([0; 32]),
        label: None,
        role: Role::Reader,
        pii: false,
        scope: DatasetScope::Unscoped,
        expires_at: None,
        ..full()
    }
}

pub async fn keys_are_kept<K: KeyStore>(keys: &K) {
    assert_eq!(keys.list().await.unwrap(), []);
    keys.record_use(&id("a"), time(0)).await.unwrap();
    assert_eq!(keys.revoke(&id("a"), time(0)).await.unwrap(), None);
    assert_eq!(keys.list().await.unwrap(), [], "what is not there is not made");

    let nobodys = ApiKey {
        id: id("c"),
        scope: DatasetScope::Only(BTreeSet::new()),
        ..bare()
    };
    for key in [full(), bare(), nobodys.clone()] {
        assert!(keys.add(&key).await.unwrap());
    }
    let other = ApiKey {
        role: Role::Admin,
        ..bare()
    };
    assert!(!keys.add(&other).await.unwrap(), "an id is taken once");
    assert_eq!(keys.list().await.unwrap(), [bare(), full(), nobodys.clone()]);

    keys.record_use(&id("a"), time(70)).await.unwrap();
    keys.record_use(&id("a"), time(60)).await.unwrap();
    let revoked = keys.revoke(&id("b"), time(80)).await.unwrap().unwrap();
    let again = keys.revoke(&id("b"), time(90)).await.unwrap();
    assert_eq!(
        again.as_ref(),
        Some(&revoked),
        "revoked is revoked since the first time"
    );
    let used = ApiKey {
        last_used_at: Some(time(70)),
        ..bare()
    };
    assert_eq!(
        revoked,
        ApiKey {
            revoked_at: Some(time(80)),
            ..full()
        }
    );
    assert_eq!(keys.list().await.unwrap(), [used, revoked, nobodys]);
}
