//! Locators: positions in a source, and their text form.

use std::fmt::Write as _;

/// A position in a source. Spans are code points of the raw file, `[start, end)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locator {
    /// Free text.
    pub text: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// First and last line, from 1.
    pub lines: Option<(u32, u32)>,
    /// Code points, `[start, end)`.
    pub span: Option<(u32, u32)>,
}

impl Locator {
    /// Parses the form that [`Locator::cell`] writes: `L43-45 [1433,1453) §"Results" "first sentence"`, each part optional. Any other
    /// text becomes free text.
    pub fn parse(text: &str) -> Self {
        Self::parse_parts(text).unwrap_or_else(|| Self {
            text: (!text.is_empty()).then(|| text.to_string()),
            ..Self::default()
        })
    }

    fn parse_parts(text: &str) -> Option<Self> {
        let mut rest = Some(text).filter(|text| !text.is_empty());
        let lines = take(&mut rest, lines);
        let span = take(&mut rest, span);
        let section = take(&mut rest, |text| quoted(text.strip_prefix('§')?));
        let text = take(&mut rest, quoted);
        rest.is_none()
            .then_some(Self {
                text,
                section,
                lines,
                span,
            })
            .filter(|locator| *locator != Self::default())
    }

    /// Its text form, which [`Locator::parse`] reads back. Free text is quoted if there are other parts or it looks like one.
    pub fn cell(&self) -> String {
        let Self {
            text,
            section,
            lines,
            span,
        } = self;
        let alone = (section, lines, span) == (&None, &None, &None);
        if let Some(text) = text
            .as_ref()
            .filter(|text| alone && Self::parse_parts(text).is_none())
        {
            return text.clone();
        }
        let parts = [
            lines.map(|(first, last)| {
                if first == last {
                    format!("L{first}")
                } else {
                    format!("L{first}-{last}")
                }
            }),
            span.map(|(start, end)| format!("[{start},{end})")),
            section.as_deref().map(|section| format!("§{}", quote(section))),
            text.as_deref().map(quote),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(" ")
    }
}

/// Takes the next part and the space after it, if it is of the expected form.
fn take<T>(rest: &mut Option<&str>, part: impl Fn(&str) -> Option<(T, &str)>) -> Option<T> {
    let (value, behind) = part((*rest)?)?;
    *rest = match behind {
        "" => None,
        _ => Some(behind.strip_prefix(' ').filter(|behind| !behind.is_empty())?),
    };
    Some(value)
}

/// Parses `L43-45` or `L5`; returns the rest too.
fn lines(text: &str) -> Option<((u32, u32), &str)> {
    let (first, rest) = number(text.strip_prefix('L')?)?;
    let (last, rest) = match rest.strip_prefix('-') {
        Some(rest) => number(rest)?,
        None => (first, rest),
    };
    (1 <= first && first <= last).then_some(((first, last), rest))
}

/// Parses `[14,33)`; returns the rest too.
fn span(text: &str) -> Option<((u32, u32), &str)> {
    let (start, rest) = number(text.strip_prefix('[')?.trim_start())?;
    let (end, rest) = number(rest.trim_start().strip_prefix(',')?.trim_start())?;
    let rest = rest.trim_start().strip_prefix(')')?;
    (start <= end).then_some(((start, end), rest))
}

fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// A text in quotation marks, with each mark in it doubled.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Writing to a string cannot fail.
    let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
    out
}

/// Parses a text in quotation marks; returns the rest too.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut value = String::new();
    loop {
        let (before, behind) = rest.split_once('"')?;
        value.push_str(before);
        match behind.strip_prefix('"') {
            Some(after) => {
                value.push('"');
                rest = after;
            }
            None => return Some((value, behind)).filter(|(value, _)| !value.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_round_trip() {
        for text in [
            "L43-45 [1433,1453)",
            "L5 [14,33)",
            "L5",
            "[14,33)",
            "Introduction, first sentence",
            "",
            "L5-3",
            "L0",
            "L5 first sentence",
            "§\"Results\"",
            "L5 §\"3 \"\"a\"\"\" \"first, second\"",
            "§ 3",
            "\"half",
        ] {
            assert_eq!(Locator::parse(text).cell(), text);
        }
        assert_eq!(Locator::parse("L43-45 [1433,1453)").span, Some((1433, 1453)));
        assert_eq!(Locator::parse("L5 [14, 33)").cell(), "L5 [14,33)");
        assert_eq!(Locator::parse("L5-3").text.as_deref(), Some("L5-3"));
        assert_eq!(Locator::parse("L5 \"a\"").lines, Some((5, 5)));
        assert_eq!(Locator::parse("L5 \"a\"").text.as_deref(), Some("a"));
    }

    fn part() -> impl Strategy<Value = Option<String>> {
        let piece = prop_oneof!["\"", "§", "L5", "\\[1,2\\)", " ", "L1-2 ", "a", "昆", "\"\"", ","];
        let text =
            proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat().trim().to_string());
        proptest::option::of(text.prop_filter("empty", |text| !text.is_empty()))
    }

    fn pair(from: u32) -> impl Strategy<Value = Option<(u32, u32)>> {
        proptest::option::of((from..50, 0..50_u32).prop_map(|(first, more)| (first, first + more)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_locator_is_read_as_it_was_written(text in part(), section in part(), lines in pair(1), span in pair(0)) {
            let locator = Locator { text, section, lines, span };
            prop_assert_eq!(Locator::parse(&locator.cell()), locator);
        }
    }
}
