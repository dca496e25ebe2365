//! Checks of a document as text, before the parser reads it.
//!
//! The parser recurses, so that deep nesting would overflow its stack; it drops a key of an argument or input object that
//! has no value; and it does not skip commas and comments everywhere that it should.

use super::errors::{Failure, Result};
use super::limits::DocumentLimits;

/// The text for the parser: of the same length, with commas and comments replaced by spaces.
pub(super) fn prepare(text: &str, limits: &DocumentLimits) -> Result<String> {
    let max = limits.document_bytes_max;
    if text.len() > max {
        return Err(Failure::limit(format!(
            "the document has {} bytes, at most {max} allowed; send large values as variables",
            text.len()
        )));
    }
    let tokens = tokens(text);
    let deepest = nesting(&tokens);
    if deepest > limits.nesting_max {
        let max = limits.nesting_max;
        return Err(Failure::limit(format!(
            "the document nests brackets {deepest} deep, at most {max} allowed; split the request"
        )));
    }
    if let Some(key) = key_without_value(&tokens) {
        return Err(Failure::input(format!(
            "syntax error: expected `:` and a value after `{key}`"
        )));
    }
    Ok(without_ignored(text, &tokens))
}

/// The kinds of token that these checks distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenKind {
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
    kind: TokenKind,
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
            b'{' | b'[' | b'(' => (Some(TokenKind::Open(*byte)), 1),
            b'}' | b']' | b')' => (Some(TokenKind::Close), 1),
            b':' => (Some(TokenKind::Colon), 1),
            b'$' => (Some(TokenKind::Dollar), 1),
            b'@' => (Some(TokenKind::At), 1),
            b',' => (Some(TokenKind::Ignored), 1),
            b'#' => (
                Some(TokenKind::Ignored),
                run(|byte| !matches!(byte, b'\n' | b'\r')),
            ),
            b'"' => (Some(TokenKind::Other), string_length(rest)),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (
                Some(TokenKind::Name),
                run(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()),
            ),
            b'-' | b'.' | b'0'..=b'9' => {
                let number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.') || byte.is_ascii_alphanumeric();
                (Some(TokenKind::Other), run(number))
            }
            byte if byte.is_ascii_whitespace() => (None, 1),
            // The parser reports characters that are not allowed outside a string.
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

/// The length of the string that a text begins with, or of the whole text if the string does not end.
fn string_length(text: &[u8]) -> usize {
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
            TokenKind::Open(_) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The content of a pair of brackets, and the position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BracketContext {
    Selections,
    /// Variable definitions and lists, which have no keys.
    Plain,
    /// Arguments or an input object, before a key.
    Key,
    /// The same, before a value.
    Value,
}

/// The first key of an argument or input object without a colon after it.
fn key_without_value<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let significant: Vec<_> = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::Ignored)
        .collect();
    let kind = |at: Option<usize>| at.and_then(|at| significant.get(at)).map(|token| token.kind);
    let mut within: Vec<BracketContext> = Vec::new();
    for (at, token) in significant.iter().enumerate() {
        let outer = within.last_mut();
        match (token.kind, outer) {
            (TokenKind::Open(bracket), outer) => {
                let of_directive = kind(at.checked_sub(2)) == Some(TokenKind::At);
                let inner = match (bracket, outer.as_deref()) {
                    (b'(', Some(BracketContext::Selections)) => BracketContext::Key,
                    (b'(', _) if of_directive => BracketContext::Key,
                    (b'{', None | Some(BracketContext::Selections)) => BracketContext::Selections,
                    (b'{', _) => BracketContext::Key,
                    _ => BracketContext::Plain,
                };
                if let Some(outer) = outer.filter(|outer| **outer == BracketContext::Value) {
                    *outer = BracketContext::Key;
                }
                within.push(inner);
            }
            (TokenKind::Close, _) => drop(within.pop()),
            (TokenKind::Name, Some(outer @ BracketContext::Key)) => {
                if kind(Some(at + 1)) != Some(TokenKind::Colon) {
                    return Some(token.text);
                }
                *outer = BracketContext::Value;
            }
            (TokenKind::Name | TokenKind::Other, Some(outer @ BracketContext::Value)) => {
                *outer = BracketContext::Key;
            }
            _ => {}
        }
    }
    None
}

fn without_ignored(text: &str, tokens: &[Token<'_>]) -> String {
    let mut plain = String::with_capacity(text.len());
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Ignored) {
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
