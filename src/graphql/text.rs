//! A document as text, held against what the parser can bear: before it is parsed, since parsing is what it would break.

use super::errors::{Failure, Result};
use super::limits::DocumentLimits;

/// Holds the text against the limits that the parser needs: it recurses, and a deep text would end its stack.
pub(super) fn check_text(text: &str, limits: &DocumentLimits) -> Result<()> {
    let max = limits.document_bytes_max;
    if text.len() > max {
        return Err(Failure::limit(format!(
            "the document has {} bytes, at most {max}; send large values as variables",
            text.len()
        )));
    }
    let deepest = nesting(text);
    if deepest > limits.nesting_max {
        let max = limits.nesting_max;
        return Err(Failure::limit(format!(
            "the document nests brackets {deepest} deep, at most {max}; ask in several requests"
        )));
    }
    Ok(())
}

/// The deepest nesting of brackets outside strings and comments.
fn nesting(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| !matches!(byte, b'\n' | b'\r'))
                    .count();
            }
            b'"' => at = end_of_string(bytes, at),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// The place of the last quote of the string that begins at `start`, or of the end of the text.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        match byte {
            b'\\' if block && rest.starts_with(b"\\\"\"\"") => at += 3,
            b'\\' if !block => at += 1,
            b'"' if block && rest.starts_with(b"\"\"\"") => return at + 2,
            b'"' | b'\n' | b'\r' if !block => return at,
            _ => {}
        }
        at += 1;
    }
    at
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
            assert_eq!(nesting(text), depth, "{text}");
        }
    }
}
