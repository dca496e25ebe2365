//! Every computation ends soon after its job was cancelled, wherever it was.
//!
//! What is computed is not listed here by function but by question: each kind of question is asked whole, from the text
//! to the last byte of the answer, so that nothing in between is left out.

use std::backtrace::Backtrace;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hukun::graphql::{DocumentLimits, Engine};
use hukun::model::job::{Job, JobCancelled};
use hukun::model::principal::Principal;
use hukun::service::{Limits, Service};
use hukun::store::embedded::EmbeddedStore;
use parking_lot::Mutex;
use serde_json::Map;
use tokio::runtime::Runtime;

use super::world::{questions, world};

/// How long a thread may compute from one checkpoint to the next, without optimisation, with two thousand relations and more: a
/// loop over all of them that does anything without a checkpoint takes longer. Counted is the time of the thread, so a machine with much else
/// to do does not fail it.
const BETWEEN_CHECKPOINTS_MAX: Duration = Duration::from_millis(100);

struct Asked {
    runtime: Runtime,
    engine: Engine,
}

impl Asked {
    fn new(companies: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let limits = Limits {
            trace_ms_max: 600_000,
            flow_ms_max: 600_000,
            ..Limits::default()
        };
        let service = Service::new(EmbeddedStore::temporary().unwrap(), limits);
        runtime.block_on(world(companies).write(&service));
        let engine = Engine::new(service, DocumentLimits::default(), true, 1);
        Self { runtime, engine }
    }

    /// Asks in a job on this thread.
    fn ask(&self, question: &str, job: &Arc<Job>) -> Result<String, JobCancelled> {
        let answered = async {
            let question = match self.engine.prepare(question, None, Map::new()) {
                Ok(question) => question,
                Err(refused) => panic!("{question}: {:?}", refused.response.errors),
            };
            let answer = self.engine.execute(question, &Principal::anonymous()).await;
            assert_eq!(answer.response.errors, [], "a question of this test is refused");
            serde_json::to_string(&answer.response).unwrap()
        };
        job.run(|| self.runtime.block_on(answered))
    }
}

/// A job that counts its checkpoints, and is cancelled at one of them.
fn cancelled_at(checkpoint: u64) -> (Arc<Job>, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let job = Job::probed(move || counted.fetch_add(1, Ordering::Relaxed) + 1 >= checkpoint);
    (job, count)
}

/// How long this thread has computed.
fn computed() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

#[test]
fn a_question_that_is_cancelled_anywhere_ends_there() {
    let asked = Asked::new(150);
    let mut random = fastrand::Rng::with_seed(7);
    for (name, question) in questions() {
        let (job, count) = cancelled_at(u64::MAX);
        let whole = asked.ask(&question, &job).unwrap();
        let all = count.load(Ordering::Relaxed);
        assert!(all > 0, "{name} passes no checkpoint");
        // Tables are hashed anew each time, so the last steps may be a few more or less.
        let most = (all * 9 / 10).max(1);
        let random = (0..3).map(|_| random.u64(1..=most));
        for at in [1, most].into_iter().chain(random) {
            let (job, count) = cancelled_at(at);
            assert_eq!(
                asked.ask(&question, &job),
                Err(JobCancelled),
                "{name}, at {at} of {all}"
            );
            let passed = count.load(Ordering::Relaxed);
            assert_eq!(
                passed, at,
                "{name} went on after it was cancelled at {at} of {all}"
            );
        }
        // What was cancelled left nothing half done behind.
        let (job, _) = cancelled_at(u64::MAX);
        assert_eq!(asked.ask(&question, &job).unwrap().len(), whole.len(), "{name}");
    }
}

#[test]
fn no_question_computes_long_without_a_checkpoint() {
    let asked = Asked::new(250);
    let mut long = Vec::new();
    for (name, question) in questions() {
        let state = Arc::new(Mutex::new((computed(), Vec::new())));
        let probe = {
            let state = state.clone();
            move || {
                let (last, long) = &mut *state.lock();
                let took = computed().saturating_sub(*last);
                if took > BETWEEN_CHECKPOINTS_MAX {
                    long.push(format!("{took:?}, before {}", Backtrace::capture()));
                }
                *last = computed();
                false
            }
        };
        let answer = asked.ask(&question, &Job::probed(probe)).unwrap();
        let (last, stretches) = std::mem::take(&mut *state.lock());
        let rest = computed().saturating_sub(last);
        if rest > BETWEEN_CHECKPOINTS_MAX {
            long.push(format!(
                "{name}: {rest:?} after the last ({} bytes)",
                answer.len()
            ));
        }
        long.extend(stretches.into_iter().map(|stretch| format!("{name}: {stretch}")));
    }
    assert!(
        long.is_empty(),
        "checkpoints are missing (RUST_BACKTRACE=1 says where):\n{}",
        long.join("\n")
    );
}
