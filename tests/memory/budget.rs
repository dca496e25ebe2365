//! What one request holds, measured from outside: no more than it is charged for.

use serde_json::Value;

use super::server::{LONG, Server, code, message};

const MIB: u64 = 1024 * 1024;
const BUDGET_MIB: u64 = 128;
/// What a request takes beside the budget: threads, buffers, and what the allocator keeps of it.
const BESIDE_MIB: u64 = 40;
/// Limits that do not end a request before the budget does.
const OTHERS: [&str; 14] = [
    "--answer-bytes-max",
    "1000000000",
    "--document-bytes-max",
    "1000000",
    "--aliases-max",
    "100000",
    "--fields-max",
    "1000000",
    "--cost-max",
    "1000000000",
    "--rows-max",
    "100000000",
    "--ids-max",
    "10000",
];

/// Asks for more and more until the budget is used up, and checks what the server held on the way. `query` makes a query with a field so
/// many times.
async fn check(what: &str, step: usize, query: impl Fn(usize) -> String) {
    let budget = (BUDGET_MIB * MIB).to_string();
    let server = Server::start_with(&[&["--memory-max", &budget], &OTHERS[..]].concat());
    server.check_innocent().await;
    server.reset_peak();
    let before = server.peak_mib();
    let mut count = step;
    loop {
        let (_, answer) = server.ask(&query(count), Value::Null).await;
        if answer.get("errors").is_some() {
            assert_eq!(
                code(&answer),
                "LIMIT_EXCEEDED",
                "{what}: {:.300}",
                answer.to_string()
            );
            assert!(
                message(&answer).contains("memory-max"),
                "{what}: {}",
                message(&answer)
            );
            break;
        }
        count += step;
    }
    let peak = server.peak_mib();
    println!("{what}: {before} MiB before, peak {peak} MiB, refused with {count} fields");
    assert!(count > 2 * step, "{what}: refused with {count} fields");
    let most = before + BUDGET_MIB + BESIDE_MIB;
    assert!(peak < most, "{what}: {peak} MiB, of {most}");
}

/// A field under many names.
fn repeated(count: usize, field: &str) -> String {
    (0..count).map(|n| format!(" f{n}: {field}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn introspections_hold_what_they_are_charged_for() {
    let query = |count| {
        let fields = repeated(
            count,
            "fields { name args { name type { kind ofType { kind ofType { kind } } } } }",
        );
        format!("{{ __schema {{ types {{{fields} }} }} }}")
    };
    check("introspections", 5, query).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_hold_what_they_are_charged_for() {
    let query = |count| {
        let search = format!(
            "search(query: \"company\", first: {LONG}) {{ edges {{ cursor score highlight node {{ id name }} }} }}"
        );
        format!("{{{} }}", repeated(count, &search))
    };
    check("searches", 25, query).await;
}
