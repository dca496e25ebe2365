//! Readers that ask over HTTP without a pause, and what they were told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::app::App;

const QUESTION: &str = "{ entities(first: 5) { nodes { id name } } }";

/// Readers at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    readers: Vec<JoinHandle<Tally>>,
}

/// What readers were told.
#[derive(Debug, Default)]
pub struct Tally {
    pub good: usize,
    pub errors: BTreeMap<String, usize>,
    pub longest: Duration,
}

impl Load {
    pub fn begin(app: &Arc<App>, readers: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let reader = || {
            let (app, stop) = (app.clone(), stop.clone());
            tokio::spawn(async move {
                let mut tally = Tally::default();
                while !stop.load(Ordering::Relaxed) {
                    let told = app.ask(QUESTION).await;
                    tally.longest = tally.longest.max(told.after);
                    match told.code() {
                        None => {
                            tally.good += 1;
                            // The server shares its cores with whoever asks.
                            tokio::time::sleep(Duration::from_millis(2)).await;
                        }
                        Some(code) => {
                            assert!(["STORE_UNAVAILABLE", "TIMEOUT"].contains(&code), "{told:?}");
                            *tally.errors.entry(code.to_string()).or_default() += 1;
                            // A client that is refused waits a little.
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    }
                }
                tally
            })
        };
        Self {
            readers: (0..readers).map(|_| reader()).collect(),
            stop,
        }
    }

    pub async fn end(self) -> Tally {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Tally::default();
        for reader in self.readers {
            let tally = reader.await.unwrap();
            all.good += tally.good;
            all.longest = all.longest.max(tally.longest);
            for (code, count) in tally.errors {
                *all.errors.entry(code).or_default() += count;
            }
        }
        all
    }
}
