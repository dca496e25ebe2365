//! A document as text: what must be known before the parser reads it.
//!
//! The parser recurses, so that a deep text would end its stack; it drops a key of an argument or an input object that has no
//! value; and it does not look past commas and comments everywhere that it should.

use super::errors::{Failure, Result};
use super::limits::DocumentLimits;

/// The text for the parser, of the same length: without commas and comments, which mean nothing.
pub(super) fn prepare(text: &str, limits: &DocumentLimits) -> Result<String> {
    let max = limits.document_bytes_max;
    if text.len() > max {
        return Err(Failure::limit(format!(
            "the document has {} bytes, at most {max}; send large values as variables",
            text.len()
        )));
    }
    let tokens = tokens(text);
    let deepest = nesting(&tokens);
    if deepest > limits.nesting_max {
        let max = limits.nesting_max;
        return Err(Failure::limit(format!(
            "the document nests brackets {deepest} deep, at most {max}; ask in several requests"
        )));
    }
    if let Some(key) = key_without_value(&tokens) {
        return Err(Failure::input(format!(
            "syntax error: expected `:` and a value after `{key}`"
        )));
    }
    Ok(without_ignored(text, &tokens))
}

/// A token, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Name,
    Open(u8),
    Close,
    Colon,
    Dollar,
    At,
    /// Numbers, strings and all other punctuation.
    Other,
    /// Commas and comments.
    Ignored,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let (mut tokens, mut start) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(start) {
        let rest = &bytes[start..];
        let run = |part: fn(&u8) -> bool| rest.iter().take_while(|byte| part(byte)).count();
        let (kind, length) = match byte {
            b'{' | b'[' | b'(' => (Some(Kind::Open(*byte)), 1),
            b'}' | b']' | b')' => (Some(Kind::Close), 1),
            b':' => (Some(Kind::Colon), 1),
            b'$' => (Some(Kind::Dollar), 1),
            b'@' => (Some(Kind::At), 1),
            b',' => (Some(Kind::Ignored), 1),
            b'#' => (Some(Kind::Ignored), run(|byte| !matches!(byte, b'\n' | b'\r'))),
            b'"' => (Some(Kind::Other), string(rest)),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (
                Some(Kind::Name),
                run(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()),
            ),
            b'-' | b'.' | b'0'..=b'9' => {
                let number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.') || byte.is_ascii_alphanumeric();
                (Some(Kind::Other), run(number))
            }
            byte if byte.is_ascii_whitespace() => (None, 1),
            // What has no place outside a string, the parser reports.
            _ => (None, 1),
        };
        if let Some(kind) = kind {
            let text = text.get(start..start + length).unwrap_or_default();
            tokens.push(Token { kind, text, start });
        }
        start += length;
    }
    tokens
}

/// The length of the string that a text begins with; of all the text, where it does not end.
fn string(text: &[u8]) -> usize {
    let block = text.starts_with(b"\"\"\"");
    let mut at = if block { 3 } else { 1 };
    while let Some(byte) = text.get(at) {
        let rest = &text[at..];
        match byte {
            b'\\' if block && rest.starts_with(b"\\\"\"\"") => at += 3,
            b'\\' if !block => at += 1,
            b'"' if block && rest.starts_with(b"\"\"\"") => return at + 3,
            b'"' if !block => return at + 1,
            b'\n' | b'\r' if !block => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The deepest nesting of brackets.
fn nesting(tokens: &[Token<'_>]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for token in tokens {
        match token.kind {
            Kind::Open(_) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What a pair of brackets holds, and in the midst of what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Selections,
    /// Variable definitions and lists: no keys.
    Plain,
    /// Arguments or an input object, before a key.
    Key,
    /// The same, before a value.
    Value,
}

/// A key of an argument or an input object with no colon behind it.
fn key_without_value<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let told: Vec<_> = tokens
        .iter()
        .filter(|token| token.kind != Kind::Ignored)
        .collect();
    let kind = |at: Option<usize>| at.and_then(|at| told.get(at)).map(|token| token.kind);
    let mut within: Vec<Within> = Vec::new();
    for (at, token) in told.iter().enumerate() {
        let outer = within.last_mut();
        match (token.kind, outer) {
            (Kind::Open(bracket), outer) => {
                let of_directive = kind(at.checked_sub(2)) == Some(Kind::At);
                let inner = match (bracket, outer.as_deref()) {
                    (b'(', Some(Within::Selections)) => Within::Key,
                    (b'(', _) if of_directive => Within::Key,
                    (b'{', None | Some(Within::Selections)) => Within::Selections,
                    (b'{', _) => Within::Key,
                    _ => Within::Plain,
                };
                if let Some(outer) = outer.filter(|outer| **outer == Within::Value) {
                    *outer = Within::Key;
                }
                within.push(inner);
            }
            (Kind::Close, _) => drop(within.pop()),
            (Kind::Name, Some(outer @ Within::Key)) => {
                if kind(Some(at + 1)) != Some(Kind::Colon) {
                    return Some(token.text);
                }
                *outer = Within::Value;
            }
            (Kind::Name | Kind::Other, Some(outer @ Within::Value)) => *outer = Within::Key,
            _ => {}
        }
    }
    None
}

fn without_ignored(text: &str, tokens: &[Token<'_>]) -> String {
    let mut plain = String::with_capacity(text.len());
    for token in tokens.iter().filter(|token| token.kind == Kind::Ignored) {
        plain.push_str(text.get(plain.len()..token.start).unwrap_or_default());
        plain.extend(std::iter::repeat_n(' ', token.text.len()));
    }
    plain.push_str(text.get(plain.len()..).unwrap_or_default());
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        for (text, depth) in [
            ("{ a(b: [{ c: 1 }]) { d } }", 4),
            ("{ a(b: \"{{{{\") }", 2),
            ("{ a(b: \"\\\"{{{{\") }", 2),
            ("{ a(b: \"\"\"{{ \\\"\"\" {{\"\"\") }", 2),
            ("{ a # {{{{\n }", 1),
            ("}}}} { a }", 1),
            ("{ a(b: \"unended {{", 2),
            ("", 0),
        ] {
            assert_eq!(nesting(&tokens(text)), depth, "{text}");
        }
    }

    #[test]
    fn a_key_needs_a_value() {
        for (text, key) in [
            ("{ a(b) }", Some("b")),
            ("{ a(b: 1, c) { d } }", Some("c")),
            ("{ a(b: { c: $d, e }) }", Some("e")),
            ("{ a(b: [{ c: D }, { e }]) }", Some("e")),
            ("query ($a: B = { c }) { a }", Some("c")),
            ("query @a(b) { c }", Some("b")),
            (
                "query ($a: [B!] = [C, D] @e(f: \"g\"), $h: I) @j(k: {}) { a(b: C, d: -1.5, e: {}, f: []) @g(h: $i) { b: a } }",
                None,
            ),
            ("{ a(b: \"c\", d # e\n : 1) }", None),
        ] {
            assert_eq!(key_without_value(&tokens(text)), key, "{text}");
        }
    }

    #[test]
    fn what_is_ignored_becomes_blank() {
        let plain = |text: &str| without_ignored(text, &tokens(text));
        assert_eq!(
            plain("{ a,: b # ä, c\n \"d, # e\" }"),
            "{ a : b        \n \"d, # e\" }"
        );
        assert_eq!(plain(""), "");
    }
}
