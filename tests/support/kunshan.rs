//! The first data set behind a real server: whole, or changed.

use hukun::dataset::{ImportOptions, import, read_directory};
use hukun::model::principal::Principal;

use super::TestApp;
use super::seed::Seed;

impl TestApp {
    /// The data set as it is delivered.
    pub async fn kunshan() -> Self {
        Self::kunshan_without(&[]).await
    }

    /// The data set without the records of these keys, and without what rests on them.
    pub async fn kunshan_without(keys: &[&str]) -> Self {
        let mut seed = Seed::read();
        for key in keys {
            seed.remove(key);
        }
        Self::kunshan_as(&seed).await
    }

    /// The data set as it was changed.
    pub async fn kunshan_as(seed: &Seed) -> Self {
        let app = Self::with(super::graph()).await;
        app.replace_kunshan(seed).await;
        app
    }

    /// Puts the data set, as it was changed, in the place of the one that is there.
    pub async fn replace_kunshan(&self, seed: &Seed) {
        let home = tempfile::tempdir().unwrap();
        seed.write(home.path());
        let options = ImportOptions {
            replace: true,
            ..ImportOptions::new(Principal::operator("test"))
        };
        let done = import(&self.service, read_directory(home.path()).unwrap(), &options)
            .await
            .unwrap();
        done.result.unwrap_or_else(|report| panic!("{report}"));
    }
}
