//! Decodes files, and guesses the encoding of those that are not UTF-8.

use chardetng::EncodingDetector;
use encoding_rs::{Encoding, GB18030, GBK, UTF_16BE, UTF_16LE};

use super::csv::count_lines;

/// A text encoding, named by a label of the WHATWG Encoding Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextEncoding(&'static Encoding);

impl TextEncoding {
    /// Parses a label: `gb18030`, `utf-16le`, `windows-1252`.
    pub fn parse(label: &str) -> Option<Self> {
        Encoding::for_label(label.as_bytes()).map(Self)
    }

    fn decode(self, bytes: &[u8]) -> Option<String> {
        let (text, _, broken) = self.0.decode(bytes);
        (!broken).then(|| text.into_owned())
    }
}

/// Why a file cannot be decoded.
pub(super) struct EncodingError {
    pub(super) line: u32,
    pub(super) reason: String,
    pub(super) hint: String,
}

/// Decodes a file as UTF-8, or else in the encoding that was named.
pub(super) fn decode(bytes: Vec<u8>, named: Option<TextEncoding>) -> Result<String, EncodingError> {
    let bytes = match guess_wide(&bytes) {
        None => match String::from_utf8(bytes) {
            Ok(text) => return Ok(text),
            Err(error) => error.into_bytes(),
        },
        Some(_) => bytes,
    };
    if let Some(text) = named.and_then(|encoding| encoding.decode(&bytes)) {
        return Ok(text);
    }
    let found = guess_encoding(&bytes);
    let looks = found
        .map(|name| format!("; it looks like {name}"))
        .unwrap_or_default();
    let reason = match named {
        None => format!("the file is not UTF-8{looks}"),
        Some(named) => format!("the file is neither UTF-8 nor {}{looks}", named.0.name()),
    };
    let hint = match found.filter(|name| TextEncoding::parse(name).is_some()) {
        Some(name) => {
            format!(
                "run the import again with `--encoding {}`, or save the file as UTF-8",
                name.to_lowercase()
            )
        }
        None => {
            "save the file as UTF-8, or run the import again with its encoding, such as `--encoding gb18030`"
                .into()
        }
    };
    let line = first_invalid_line(&bytes);
    Err(EncodingError { line, reason, hint })
}

/// The line with the first byte that is not UTF-8.
fn first_invalid_line(bytes: &[u8]) -> u32 {
    let before = match std::str::from_utf8(bytes) {
        Err(error) if guess_wide(bytes).is_none() => &bytes[..error.valid_up_to()],
        // In UTF-16 it is the first line.
        _ => return 1,
    };
    1 + std::str::from_utf8(before).map_or(0, count_lines)
}

/// The likely encoding of a file that is not UTF-8; `None` if no encoding fits.
fn guess_encoding(bytes: &[u8]) -> Option<&'static str> {
    guess_wide(bytes).or_else(|| guess_narrow(bytes))
}

/// Detects UTF-16 and UTF-32 by the byte-order mark, or UTF-16 by the zeros of ASCII characters: without a mark it is also valid UTF-8.
fn guess_wide(bytes: &[u8]) -> Option<&'static str> {
    const LOOKED_AT: usize = 1 << 10;
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return Some("UTF-32LE"),
        [0xff, 0xfe, ..] => return Some(UTF_16LE.name()),
        [0xfe, 0xff, ..] => return Some(UTF_16BE.name()),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let many = head.len() / 8;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > many => Some(UTF_16LE.name()),
        (even, 0) if even > many => Some(UTF_16BE.name()),
        _ => None,
    }
}

/// Guesses among encodings of one or two bytes a character, by the frequency of letters.
fn guess_narrow(bytes: &[u8]) -> Option<&'static str> {
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, true);
    let guess = detector.guess(None, false);
    let text = decode_text(guess, bytes)?;
    // One Chinese character is too little for frequencies. Accented letters occur singly between plain ones, Chinese ones as pairs.
    if is_latin(&text) && !are_mostly_single(bytes) && decode_text(GB18030, bytes).is_some() {
        return Some(GB18030_NAME);
    }
    // GB18030 is a superset of GBK.
    Some(if guess == GBK { GB18030_NAME } else { guess.name() })
}

const GB18030_NAME: &str = "GB18030";

/// Decodes the bytes; `None` if they are invalid in the encoding or contain control characters.
fn decode_text(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let is_stray = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    TextEncoding(encoding)
        .decode(bytes)
        .filter(|text| !text.contains(is_stray))
}

/// Whether all letters are Latin.
fn is_latin(text: &str) -> bool {
    text.chars().all(|c| !c.is_alphabetic() || c < '\u{250}')
}

/// Whether bytes above ASCII mostly occur singly, as accented letters do.
fn are_mostly_single(bytes: &[u8]) -> bool {
    let runs = || bytes.chunk_by(|a, b| a.is_ascii() == b.is_ascii());
    let odd_runs = || runs().filter(|run| run.iter().all(|byte| !byte.is_ascii()));
    let single = odd_runs().filter(|run| run.len() == 1).count();
    let all: usize = odd_runs().map(<[u8]>::len).sum();
    single * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    impl std::fmt::Debug for EncodingError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{}: {}; {}", self.line, self.reason, self.hint)
        }
    }

    #[test]
    fn encodings_are_told_by_what_they_would_say() {
        let header = "id,kind,name_zh,source_id,reliability\ncompany:a,COMPANY,";
        for (label, text) in [
            ("gb18030", "甲公司"),
            ("gb18030", "吉行"),
            ("gb18030", "你"),
            ("gb18030", "天使"),
            ("gb18030", "昆山高新技术产业开发区管委会，“强化协同”"),
            ("big5", "臺灣積體電路製造股份有限公司"),
            ("big5", "臺灣"),
            ("shift_jis", "トヨタ自動車株式会社"),
            ("euc-kr", "삼성전자 주식회사"),
            ("euc-kr", "서울대학교"),
            ("windows-1252", "Müller & Söhne, Café, François"),
            ("windows-1252", "Müller"),
            ("windows-1251", "Пример Университет"),
            ("windows-1251", "ПРИМЕР"),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let (bytes, ..) = encoding.encode(text);
            let bytes = [header.as_bytes(), &bytes, b",source:s,SYNTHETIC\n"].concat();
            assert_eq!(
                guess_encoding(&bytes).map(str::to_lowercase).as_deref(),
                Some(label),
                "{text}"
            );
            let fault = decode(bytes.clone(), None).unwrap_err();
            assert_eq!(fault.line, 2);
            assert!(
                fault
                    .hint
                    .starts_with(&format!("run the import again with `--encoding {label}`")),
                "{}",
                fault.hint
            );
            let named = TextEncoding::parse(label);
            assert_eq!(
                decode(bytes, named).ok(),
                Some(format!("{header}{text},source:s,SYNTHETIC\n"))
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_look_like_nothing() {
        for bytes in [&b"id,kind\n\x81\x00\x01\xff"[..], b"\x89PNG\r\n\x1a\n\x00\x01"] {
            assert_eq!(guess_encoding(bytes), None);
            let fault = decode(bytes.to_vec(), None).unwrap_err();
            assert_eq!(fault.reason, "the file is not UTF-8");
            assert!(fault.hint.starts_with("save the file as UTF-8"), "{}", fault.hint);
        }
    }

    #[test]
    fn utf_16_is_told_with_and_without_its_mark() {
        let text = "id,kind,name_zh\ncompany:a,COMPANY,甲公司\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, name) in [(&little, "UTF-16LE"), (&big, "UTF-16BE")] {
            let mark: &[u8] = if name == "UTF-16LE" {
                &[0xff, 0xfe]
            } else {
                &[0xfe, 0xff]
            };
            for whole in [bytes.clone(), [mark, bytes].concat()] {
                assert_eq!(guess_encoding(&whole), Some(name));
                assert_eq!(decode(whole.clone(), None).unwrap_err().line, 1);
                assert_eq!(
                    decode(whole, TextEncoding::parse(name)).ok().as_deref(),
                    Some(text)
                );
            }
        }
        for text in ["", "a,b\n", text] {
            assert_eq!(
                decode(text.as_bytes().to_vec(), TextEncoding::parse("gb18030"))
                    .ok()
                    .as_deref(),
                Some(text)
            );
        }
    }
}
