//! Inputs for what must never panic: valid ones that are flipped, cut, repeated and put together, for noise alone gets no further
//! than the first check.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::soak;

/// The longest input that is made.
const LENGTH_MAX: usize = 64 * 1024;

/// One step away from a valid input. Places are shares of what is there.
#[derive(Clone, Debug)]
enum Step {
    Flip(Index, u8),
    Set(Index, u8),
    Cut(Index),
    Delete(Index, usize),
    Repeat(Index, usize, usize),
    /// A part of another input is put in.
    Splice(Index, Index, usize, Index),
    /// A word that means something is put in.
    Word(Index, Index),
}

fn step() -> impl Strategy<Value = Step> {
    let place = any::<Index>;
    prop_oneof![
        (place(), 0_u8..8).prop_map(|(at, bit)| Step::Flip(at, bit)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Step::Set(at, byte)),
        place().prop_map(Step::Cut),
        (place(), 1_usize..40).prop_map(|(at, length)| Step::Delete(at, length)),
        (place(), 1_usize..40, 2_usize..60).prop_map(|(at, length, times)| Step::Repeat(at, length, times)),
        (place(), place(), 1_usize..200, place())
            .prop_map(|(other, from, length, at)| Step::Splice(other, from, length, at)),
        (place(), place()).prop_map(|(word, at)| Step::Word(word, at)),
    ]
}

impl Step {
    fn apply(&self, to: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str]) {
        let part = |of: &[u8], from: &Index, length: usize| {
            let from = from.index(of.len().max(1)).min(of.len());
            of[from..of.len().min(from + length)].to_vec()
        };
        let put = |to: &mut Vec<u8>, at: &Index, part: Vec<u8>| {
            let at = at.index(to.len() + 1);
            to.splice(at..at, part);
        };
        match self {
            Self::Flip(at, bit) if !to.is_empty() => {
                let at = at.index(to.len());
                to[at] ^= 1 << bit;
            }
            Self::Set(at, byte) if !to.is_empty() => {
                let at = at.index(to.len());
                to[at] = *byte;
            }
            Self::Flip(..) | Self::Set(..) => {}
            Self::Cut(at) => to.truncate(at.index(to.len() + 1)),
            Self::Delete(at, length) => {
                let at = at.index(to.len() + 1);
                to.drain(at..to.len().min(at + length));
            }
            Self::Repeat(at, length, times) => {
                let repeated = part(to, at, *length).repeat(*times);
                put(to, at, repeated);
            }
            Self::Splice(other, from, length, at) => {
                let part = part(&corpus[other.index(corpus.len())], from, *length);
                put(to, at, part);
            }
            Self::Word(word, at) => {
                let word = words[word.index(words.len())];
                put(to, at, word.as_bytes().to_vec());
            }
        }
        to.truncate(LENGTH_MAX);
    }
}

/// Inputs that are up to some steps away from those of a corpus; one in eight is of the corpus itself.
pub fn mutated(corpus: Vec<Vec<u8>>, words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let steps = prop_oneof![1 => Just(Vec::new()), 7 => proptest::collection::vec(step(), 1..6)];
    (any::<Index>(), steps).prop_map(move |(one, steps)| {
        let mut input = corpus[one.index(corpus.len())].clone();
        for step in steps {
            step.apply(&mut input, &corpus, words);
        }
        input
    })
}

/// The same as texts.
pub fn mutated_texts(
    corpus: impl IntoIterator<Item = impl Into<String>>,
    words: &'static [&'static str],
) -> impl Strategy<Value = String> {
    let corpus = corpus.into_iter().map(|text| text.into().into_bytes()).collect();
    mutated(corpus, words).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// How many inputs are tried: many more in a soak.
pub fn rounds(short: u32) -> u32 {
    if soak() { short * 50 } else { short }
}

/// How a property is tried with them.
pub fn config(short: u32) -> Config {
    Config {
        cases: rounds(short),
        failure_persistence: None,
        ..Config::default()
    }
}

/// Inputs for a test that cannot be a property, for it waits: always the same in short, others each time in a soak.
pub fn samples<T: std::fmt::Debug>(of: &impl Strategy<Value = T>, short: u32) -> Vec<T> {
    let mut runner = if soak() {
        TestRunner::default()
    } else {
        TestRunner::deterministic()
    };
    (0..rounds(short))
        .map(|_| of.new_tree(&mut runner).unwrap().current())
        .collect()
}
