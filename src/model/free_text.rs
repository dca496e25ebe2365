//! Free text: the characters that a name, a title, a label or a quotation may contain. The rule is the same for GraphQL, imports and
//! backups, so that a text accepted by one can be exported and accepted by any other.

use super::refusal::Refusal;

/// The kind of free text in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// A line that is searched and compared: a name, a title, a label. It has no surrounding white space and no invisible characters.
    Line,
    /// Text copied from elsewhere: a quotation, a description. Line breaks, tabs and spaces are kept.
    Prose,
}

/// The longest corrected text that a hint shows, in characters.
const SHOWN_MAX: usize = 60;

/// Checks the characters of a text. An empty text passes; whether a field may be empty is checked elsewhere.
pub fn check_text(text: &str, kind: TextKind) -> Result<(), Refusal> {
    if is_plain(text, kind) {
        return Ok(());
    }
    let refuse = |reason: String, hint: &str| {
        let fixed = corrected(text, kind);
        let hint = match fixed.chars().count() {
            0 => "write a text with a visible character, or leave it empty".to_string(),
            1..=SHOWN_MAX if !fixed.contains(['\n', '\r', '\t']) => format!("{hint}: `{fixed}`"),
            _ => hint.to_string(),
        };
        Err(Refusal::new(reason, hint))
    };
    let found = text
        .chars()
        .find_map(|c| DisallowedChar::of(c, kind).map(|problem| (problem, c)));
    match found {
        Some((problem, c)) => refuse(
            format!("{} (U+{:04X}) is not allowed here", problem.noun(), u32::from(c)),
            problem.hint(),
        ),
        None if !text.chars().any(is_visible) => refuse("the text has no visible character".into(), ""),
        None => refuse("there is white space around the text".into(), "write it without"),
    }
}

/// Whether a text contains only allowed characters.
fn is_plain(text: &str, kind: TextKind) -> bool {
    let around = kind == TextKind::Line && text.trim() != text;
    text.is_empty()
        || !around
            && text.chars().all(|c| DisallowedChar::of(c, kind).is_none())
            && text.chars().any(is_visible)
}

/// The text that was probably meant.
fn corrected(text: &str, kind: TextKind) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match DisallowedChar::of(c, kind) {
            None => out.push(c),
            Some(DisallowedChar::LineBreak | DisallowedChar::Tab) => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            Some(DisallowedChar::Control | DisallowedChar::Direction | DisallowedChar::Invisible) => {}
        }
    }
    if !out.chars().any(is_visible) {
        return String::new();
    }
    match kind {
        TextKind::Line => out.trim().to_string(),
        TextKind::Prose => out,
    }
}

/// Why a character is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DisallowedChar {
    LineBreak,
    Tab,
    Control,
    Direction,
    Invisible,
}

impl DisallowedChar {
    fn of(c: char, kind: TextKind) -> Option<Self> {
        let is_line = kind == TextKind::Line;
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => is_line.then_some(Self::LineBreak),
            '\t' => is_line.then_some(Self::Tab),
            _ if c.is_control() || is_noncharacter(c) => Some(Self::Control),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Self::Direction),
            _ if is_line && is_ignored(c) => Some(Self::Invisible),
            _ => None,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::LineBreak => "a line break",
            Self::Tab => "a tab",
            Self::Control => "a control character",
            Self::Direction => "a bidirectional control character",
            Self::Invisible => "an invisible character",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::LineBreak => "write it on one line",
            Self::Tab => "write a space instead",
            Self::Control | Self::Invisible => "take it out",
            Self::Direction => "take it out, because the direction follows from the letters",
        }
    }
}

fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a character is invisible and has no effect on its neighbors, unlike joiners and variation selectors.
fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a character is visible.
fn is_visible(c: char) -> bool {
    let is_blank = c.is_whitespace()
        || c.is_control()
        || is_ignored(c)
        || matches!(
            c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}'
                | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
                | '\u{e0100}'..='\u{e01ef}'
        );
    !is_blank
}

/// The text on one line, with invisible and bidirectional control characters written as `<U+202E>`.
pub fn visible(text: &str) -> String {
    let shown = |c| match DisallowedChar::of(c, TextKind::Line) {
        None => c.to_string(),
        Some(_) => format!("<U+{:04X}>", u32::from(c)),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal_text(text: &str, kind: TextKind) -> String {
        check_text(text, kind).unwrap_err().to_string()
    }

    /// Texts that are not a line, with the refusal of each.
    const REFUSED_LINES: &[(&str, &str)] = &[
        (
            " F ",
            "there is white space around the text; write it without: `F`",
        ),
        (
            "F\u{3000}",
            "there is white space around the text; write it without: `F`",
        ),
        (
            "F\nG",
            "a line break (U+000A) is not allowed here; write it on one line: `F G`",
        ),
        (
            "F\r\nG",
            "a line break (U+000D) is not allowed here; write it on one line: `F G`",
        ),
        (
            "F\u{2028}G",
            "a line break (U+2028) is not allowed here; write it on one line: `F G`",
        ),
        (
            "F\tG",
            "a tab (U+0009) is not allowed here; write a space instead: `F G`",
        ),
        (
            "F\u{7}G",
            "a control character (U+0007) is not allowed here; take it out: `FG`",
        ),
        (
            "F\u{85}",
            "a control character (U+0085) is not allowed here; take it out: `F`",
        ),
        (
            "\u{ffff}F",
            "a control character (U+FFFF) is not allowed here; take it out: `F`",
        ),
        (
            "\u{202e}F",
            "a bidirectional control character (U+202E) is not allowed here; take it out, because the direction follows from the letters: `F`",
        ),
        (
            "F\u{200b}G",
            "an invisible character (U+200B) is not allowed here; take it out: `FG`",
        ),
        (
            "\u{feff}F",
            "an invisible character (U+FEFF) is not allowed here; take it out: `F`",
        ),
        (
            "\u{3164}",
            "the text has no visible character; write a text with a visible character, or leave it empty",
        ),
        (
            "\u{200d}",
            "the text has no visible character; write a text with a visible character, or leave it empty",
        ),
        (
            "\u{200b}",
            "an invisible character (U+200B) is not allowed here; write a text with a visible character, or leave it empty",
        ),
        (
            " ",
            "the text has no visible character; write a text with a visible character, or leave it empty",
        ),
    ];

    #[test]
    fn a_line_is_one_visible_line() {
        for text in [
            "",
            "F",
            "a\u{a0}b",
            "a  b",
            "🚀",
            "👨\u{200d}👩",
            "می\u{200c}خواهم",
            "A|B",
            "=1+1",
            "\"",
            "𠮷野家",
            "Mu\u{308}ller",
        ] {
            assert_eq!(check_text(text, TextKind::Line), Ok(()), "{text:?}");
        }
        for (text, message) in REFUSED_LINES {
            assert_eq!(refusal_text(text, TextKind::Line), *message, "{text:?}");
        }
    }

    #[test]
    fn prose_keeps_its_lines_and_spaces() {
        for text in ["", " a\r\n\tb ", "a\rb", "\u{feff}a", "a\u{ad}b", "שלום\u{200f}!"] {
            assert_eq!(check_text(text, TextKind::Prose), Ok(()), "{text:?}");
        }
        for text in ["a\u{0}", "a\u{1b}[31m", "\u{2067}a", "\n", "\u{200b}"] {
            assert!(check_text(text, TextKind::Prose).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_hint_is_a_text_that_is_accepted() {
        let odd = [
            'a', ' ', '\n', '\t', '\u{7}', '\u{202e}', '\u{200b}', '\u{3164}', '字', '\u{301}',
        ];
        let pairs: Vec<String> = odd
            .iter()
            .flat_map(|a| odd.map(|b| String::from_iter([*a, b])))
            .collect();
        let texts = pairs.iter().flat_map(|pair| odd.map(|c| format!("{pair}{c}")));
        for text in texts {
            for kind in [TextKind::Line, TextKind::Prose] {
                assert_eq!(check_text(&corrected(&text, kind), kind), Ok(()), "{text:?}");
                if check_text(&text, kind).is_ok() {
                    assert_eq!(corrected(&text, kind), text);
                }
            }
        }
    }
}
