//! What a flow does not know, as a list to send to those who may know it: a CSV that spreadsheets open.

use std::borrow::Cow;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionRow {
    /// What to ask.
    pub question: String,
    /// Of whom.
    pub ask: Vec<String>,
    /// What is not known now.
    pub why: String,
    /// By how much the answer would narrow the total at most; none where the total has no upper end yet.
    pub narrows: Option<String>,
    /// The relation that it is about.
    pub relation: String,
}

const ZH: [&str; 8] = [
    "序号",
    "问题",
    "问谁",
    "现在不知道的",
    "最多能把总量的区间缩小",
    "单位",
    "答复",
    "关系",
];
const EN: [&str; 8] = [
    "no",
    "question",
    "ask",
    "not known now",
    "would narrow the total by at most",
    "unit",
    "answer",
    "relation",
];

/// The questions in a language (`en`, else Chinese), in their order, with a column for the answers. It begins with a byte order mark, so
/// that spreadsheets read Chinese.
pub fn questionnaire(rows: &[QuestionRow], unit: &str, lang: &str) -> std::io::Result<String> {
    let english = lang == "en";
    let no_end = if english {
        "the total has no upper end yet"
    } else {
        "总量尚无上限"
    };
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(if english { EN } else { ZH })?;
    for (at, row) in rows.iter().enumerate() {
        let number = (at + 1).to_string();
        let ask = row.ask.join(if english { "; " } else { "；" });
        let narrows = row.narrows.as_deref().unwrap_or(no_end);
        let cells = [
            &number,
            &row.question,
            &ask,
            &row.why,
            narrows,
            unit,
            "",
            &row.relation,
        ];
        writer.write_record(cells.map(as_text).iter().map(AsRef::as_ref))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A cell that no spreadsheet takes for a formula: names come from whoever wrote the record, and the list is opened elsewhere.
fn as_text(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}
