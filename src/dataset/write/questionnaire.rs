//! The unknown amounts of a flow as a questionnaire: a CSV file for spreadsheets.

use crate::dataset::format::formula;
use crate::model::language::{Bilingual, Language};
use crate::model::vocabulary::open;
use crate::service::flow::QuestionnaireColumn;

/// A row of the questionnaire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionRow {
    /// The question.
    pub question: String,
    /// The entities to ask.
    pub ask: Vec<String>,
    /// What is unknown now.
    pub why: String,
    /// The most by which the answer can narrow the total; `None` if the total has no upper end yet.
    pub narrows: Option<String>,
    /// The relation or entity that the question is about.
    pub about: String,
}

/// The questions as CSV in a language, with a column for the answers. It begins with a byte-order mark, which spreadsheets need
/// for Chinese.
pub fn questionnaire(rows: &[QuestionRow], unit: &str, language: Language) -> std::io::Result<String> {
    let no_end = Bilingual::new("总量尚无上限", "the total has no upper end yet");
    let between = Bilingual::new("；", "; ");
    let unit = open::UNITS.label_of(unit);
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let header = QuestionnaireColumn::ALL.iter();
    writer.write_record(header.map(|column| column.label().of(language)))?;
    for (at, row) in rows.iter().enumerate() {
        let number = (at + 1).to_string();
        let ask = row.ask.join(between.of(language));
        let narrows = row.narrows.as_deref().unwrap_or(no_end.of(language));
        let cell = |column: &QuestionnaireColumn| match column {
            QuestionnaireColumn::Number => &number,
            QuestionnaireColumn::Question => &row.question,
            QuestionnaireColumn::Ask => &ask,
            QuestionnaireColumn::Why => &row.why,
            QuestionnaireColumn::Narrows => narrows,
            QuestionnaireColumn::Unit => unit.of(language),
            QuestionnaireColumn::Answer => "",
            QuestionnaireColumn::Relation => &row.about,
        };
        let cells = QuestionnaireColumn::ALL.iter().map(cell).map(formula::escape);
        writer.write_record(cells.collect::<Vec<_>>().iter().map(AsRef::as_ref))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
