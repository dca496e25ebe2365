//! Quotations held against source files: whatever the encoding of a text, and with the quotation marks that it has.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::command::hukun;

fn run(home: &Path, arguments: &[&str]) -> (i32, String) {
    let output = hukun(home).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), text.concat())
}

fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
    let bytes = |unit: u16| {
        if big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        }
    };
    units.flat_map(bytes).collect()
}

/// A data set with one source, whose file has these bytes, and a quotation of it.
fn files(home: &Path, name: &str, bytes: &[u8], quote: &str, locator: &str) {
    let (data, texts) = (home.join("set"), home.join("texts"));
    for directory in [&data, &texts] {
        let _ = fs::remove_dir_all(directory);
        fs::create_dir_all(directory).unwrap();
    }
    fs::write(texts.join(name), bytes).unwrap();
    let hash: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let manifest =
        "id = \"set\"\ntitle = \"T\"\nlicence = \"CC0-1.0\"\ncoverage = \"SAMPLE\"\nsynthetic = true\n";
    fs::write(data.join("dataset.toml"), manifest).unwrap();
    fs::write(
        data.join("sources.csv"),
        format!("id,title,sha256\nsource:s,S,{hash}\n"),
    )
    .unwrap();
    let cell = format!("\"{}\"", quote.replace('"', "\"\""));
    let row = format!("project:a,PROJECT,Alpha,source:s,{cell},\"{locator}\",SYNTHETIC");
    let head = "id,kind,name_en,source_id,quote,locator,reliability";
    fs::write(data.join("entities.csv"), format!("{head}\n{row}\n")).unwrap();
}

const TEXT: &str = "第一行\n截至目前,昆山高新区的“专家库”有 12 人。\n";

#[test]
fn a_text_in_any_usual_encoding_is_read() {
    let gb18030 = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let texts = [
        ("utf8", TEXT.as_bytes().to_vec()),
        ("utf8 with a mark", ["\u{FEFF}", TEXT].concat().into_bytes()),
        ("gb18030", gb18030(TEXT)),
        // A character that only the four-byte part has.
        (
            "gb18030, four bytes",
            gb18030(&TEXT.replace("第一行", "第一行 㐀😀")),
        ),
        ("utf16le with a mark", utf16(TEXT, true, false)),
        ("utf16be with a mark", utf16(TEXT, true, true)),
        ("utf16le", utf16(TEXT, false, false)),
        ("utf16be", utf16(TEXT, false, true)),
    ];
    for (name, bytes) in texts {
        let home = tempfile::tempdir().unwrap();
        files(home.path(), "a.txt", &bytes, "昆山高新区的“专家库”", "L2");
        let (code, told) = run(home.path(), &["import", "set", "--sources", "texts"]);
        assert_eq!(code, 0, "{name}: {told}");
        assert!(
            told.contains("1 quotations found in their sources"),
            "{name}: {told}"
        );
        let (code, told) = run(home.path(), &["check", "--sources", "texts"]);
        assert_eq!(code, 0, "{name}: {told}");
        assert!(
            told.contains("1 quotations checked against their sources"),
            "{name}: {told}"
        );
        // And what it does not have is said of each.
        files(home.path(), "a.txt", &bytes, "南京", "L2");
        let (code, told) = run(home.path(), &["import", "set", "--sources", "texts"]);
        assert_eq!(code, 3, "{name}: {told}");
        assert!(
            told.contains("on lines 2 to 2, the source reads: 截至目前,昆山"),
            "{name}: {told}"
        );
    }
}

#[test]
fn a_source_that_cannot_be_read_fails_the_check() {
    let binary: Vec<u8> = [
        b"\x89PNG\r\n\x1a\n".as_slice(),
        &[0, 0, 0, 13, 73, 72, 68, 82, 0, 216, 1, 2],
    ]
    .concat();
    for bytes in [binary.as_slice(), b"caf\xe9 \x81", &[0xFF, 0xFE, 0x41]] {
        let home = tempfile::tempdir().unwrap();
        files(home.path(), "a.bin", bytes, "Alpha", "");
        assert_eq!(run(home.path(), &["import", "set"]).0, 0);
        let (code, told) = run(home.path(), &["check", "--sources", "texts"]);
        assert_eq!(code, 3, "{told}");
        assert!(
            told.contains("source:s: the file a.bin of this source cannot be read: it is not text in UTF-8, UTF-16 or GB18030; 1 of its quotations not checked"),
            "{told}"
        );
        assert!(told.contains("1 findings at revision 1"), "{told}");
        let (code, told) = run(home.path(), &["import", "set", "--sources", "texts"]);
        assert_eq!(code, 3, "{told}");
        assert!(
            told.contains("the file a.bin of this source cannot be read") && told.contains("sha256"),
            "{told}"
        );
    }
    // One that nothing quotes is no source, whatever it is.
    let home = tempfile::tempdir().unwrap();
    files(home.path(), "a.txt", b"Alpha", "Alpha", "");
    fs::write(home.path().join("texts/other.png"), &binary).unwrap();
    assert_eq!(run(home.path(), &["import", "set", "--sources", "texts"]).0, 0);
    assert_eq!(run(home.path(), &["check", "--sources", "texts"]).0, 0);
}

#[test]
fn a_quotation_with_quotation_marks_is_found() {
    let table = "id,title,note\n1,\"The \"\"Alpha\"\" project\",\"a, b\"\n2,\"\"\"Beta\"\"\",\"“curly” 「角」 'single'\"\n";
    let json = "{\"title\": \"The \\\"Alpha\\\" project\"}\n";
    let holds = [
        ("a.csv", table, "The \"Alpha\" project", "L2"),
        ("a.CSV", table, "The \"Alpha\" project", ""),
        ("a.csv", table, "\"Alpha\"", "L2"),
        ("a.csv", table, "\"Beta\"", "L3"),
        ("a.csv", table, "“curly” 「角」 'single'", "L3"),
        ("a.csv", table, "The \"Alpha\" project", "L2 [17,38)"),
        // As it is written in the file, too.
        ("a.csv", table, "\"The \"\"Alpha\"\" project\"", "L2"),
        (
            "a.txt",
            "Der „Alpha“-Verein, «Bêta», “Γ”, \"D\" 『己』\n",
            "„Alpha“-Verein, «Bêta», “Γ”, \"D\" 『己』",
            "L1",
        ),
        ("a.json", json, "\\\"Alpha\\\"", "L1"),
    ];
    for (name, text, quote, locator) in holds {
        let home = tempfile::tempdir().unwrap();
        files(home.path(), name, text.as_bytes(), quote, locator);
        let (code, told) = run(home.path(), &["import", "set", "--sources", "texts"]);
        assert_eq!(code, 0, "{name} {quote} {locator}: {told}");
        let (code, told) = run(home.path(), &["check", "--sources", "texts"]);
        assert_eq!(code, 0, "{name} {quote} {locator}: {told}");
        assert!(told.contains("1 quotations checked"), "{told}");
    }
    let differs = [
        ("a.csv", "The 'Alpha' project", "L2"),
        ("a.csv", "The \"Alpha\" project", "L3"),
        ("a.csv", "The \"Alpha\" project", "[17,30)"),
        // Only a table has its marks doubled.
        ("a.txt", "The \"Alpha\" project", "L2"),
    ];
    for (name, quote, locator) in differs {
        let home = tempfile::tempdir().unwrap();
        files(home.path(), name, table.as_bytes(), quote, locator);
        let (code, told) = run(home.path(), &["import", "set", "--sources", "texts"]);
        assert_eq!(code, 3, "{name} {quote} {locator}: {told}");
    }
}
