//! `hukun key`: creates, lists and revokes API keys.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::{Args, Subcommand};
use serde_json::json;

use super::CommandOutcome;
use super::settings::Settings;
use super::usage::UsageError;
use crate::model::id::DatasetId;
use crate::model::key::{ApiKey, KeyId};
use crate::model::partial_date::PartialDate;
use crate::model::principal::{DatasetScope, Role};
use crate::service::{NewKey, ServiceError};

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Create a key and show it once
    Create(CreateArguments),
    /// List all keys, without their secrets
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key permanently; a running server rejects it within a second
    Revoke {
        /// Id of the key, as `hukun key list` shows it
        id: String,
    },
}

#[derive(Args)]
pub(super) struct CreateArguments {
    /// Role: reader, editor or admin
    #[arg(long, env = "HUKUN_ROLE", value_parser = parse_role)]
    role: Role,
    /// Permit reading personal data
    #[arg(long, env = "HUKUN_PII")]
    pii: bool,
    /// Data set granted by name; repeat for more. An editor can write only these, and restricted ones become visible
    #[arg(long, env = "HUKUN_DATASET", value_name = "ID", value_delimiter = ',', value_parser = parse_dataset)]
    dataset: Vec<DatasetId>,
    /// Owner or purpose
    #[arg(long, env = "HUKUN_LABEL")]
    label: Option<String>,
    /// Time until it expires: 12h, 90d
    #[arg(long, env = "HUKUN_EXPIRES_IN", value_name = "TIME", value_parser = parse_duration, conflicts_with = "expires_at")]
    expires_in: Option<TimeDelta>,
    /// Time at which it expires: 2027-01-31, or 2027-01-31T12:00:00Z
    #[arg(long, env = "HUKUN_EXPIRES_AT", value_name = "DATE", value_parser = parse_time)]
    expires_at: Option<DateTime<Utc>>,
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "not a valid role (expected reader, editor or admin)".into())
}

fn parse_dataset(text: &str) -> Result<DatasetId, String> {
    DatasetId::parse(text).map_err(|error| error.to_string())
}

fn parse_duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "not a valid duration (expected a number and m, h or d, as in 90d)".to_string();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let count: i64 = text
        .strip_suffix(unit)
        .and_then(|count| count.parse().ok())
        .filter(|count| *count > 0)
        .ok_or_else(wrong)?;
    let span = match unit {
        'm' => TimeDelta::try_minutes(count),
        'h' => TimeDelta::try_hours(count),
        'd' => TimeDelta::try_days(count),
        _ => return Err(wrong()),
    };
    span.filter(|span| Utc::now().checked_add_signed(*span).is_some())
        .ok_or_else(|| "the duration is too long; give a shorter one".into())
}

fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.to_utc());
    }
    let day = PartialDate::parse(text)
        .map_err(|error| error.to_string())?
        .first_day();
    Ok(day.and_time(chrono::NaiveTime::MIN).and_utc())
}

pub(super) async fn run(settings: &Settings, command: &KeyCommand) -> anyhow::Result<CommandOutcome> {
    match command {
        KeyCommand::Create(arguments) => create(settings, arguments).await?,
        KeyCommand::List { json } => list(settings, *json).await?,
        KeyCommand::Revoke { id } => revoke(settings, id).await?,
    }
    Ok(CommandOutcome::Done)
}

async fn create(settings: &Settings, arguments: &CreateArguments) -> anyhow::Result<()> {
    let now = Utc::now();
    let expires_at = arguments
        .expires_at
        .or(arguments.expires_in.map(|span| now + span));
    if expires_at.is_some_and(|end| end <= now) {
        return Err(UsageError::new("--expires-at is in the past; give a future time").into());
    }
    let new = NewKey {
        label: arguments.label.clone(),
        role: arguments.role,
        pii: arguments.pii,
        scope: if arguments.dataset.is_empty() {
            DatasetScope::Unscoped
        } else {
            DatasetScope::Only(arguments.dataset.iter().cloned().collect())
        },
        expires_at,
    };
    let issued = super::open::keys(settings).await?.issue(new).await;
    let issued = issued.map_err(|error| match error {
        ServiceError::Input(problem) => UsageError::new(problem).into(),
        other => anyhow::Error::from(other),
    })?;
    println!("Key hk_{} created: {}.", issued.key.id, permissions(&issued.key));
    println!("It is shown only once; send it as `Authorization: Bearer <key>`:");
    println!("{}", issued.reveal());
    Ok(())
}

/// The permissions of a key, in words.
fn permissions(key: &ApiKey) -> String {
    let mut words = vec![key.role.name().to_string()];
    if key.pii {
        words.push("sees personal data".into());
    }
    if let Some(names) = datasets(&key.scope) {
        words.push(format!("granted {names}"));
    }
    words.push(match key.expires_at {
        Some(end) => format!("expires {}", time_text(end)),
        None => "never expires".into(),
    });
    words.join(", ")
}

async fn list(settings: &Settings, as_json: bool) -> anyhow::Result<()> {
    let keys = super::open::keys(settings).await?.list().await?;
    if as_json {
        let keys: Vec<_> = keys.iter().map(key_json).collect();
        println!("{:#}", serde_json::Value::Array(keys));
        return Ok(());
    }
    let header = [
        "ID",
        "LABEL",
        "ROLE",
        "DATA SETS",
        "PII",
        "CREATED",
        "EXPIRES",
        "LAST USED",
        "REVOKED",
    ];
    let mut rows = vec![header.map(String::from)];
    rows.extend(keys.iter().map(|key| {
        let time = |time: Option<DateTime<Utc>>| time.map_or_else(|| "–".into(), time_text);
        [
            format!("hk_{}", key.id),
            key.label.clone().unwrap_or_else(|| "–".into()),
            key.role.name().into(),
            datasets(&key.scope).unwrap_or_else(|| "–".into()),
            if key.pii { "yes" } else { "no" }.into(),
            time_text(key.created_at),
            time(key.expires_at),
            time(key.last_used_at),
            time(key.revoked_at),
        ]
    }));
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    for row in &rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    Ok(())
}

fn key_json(key: &ApiKey) -> serde_json::Value {
    let datasets = match &key.scope {
        DatasetScope::Unscoped => None,
        DatasetScope::Only(ids) => Some(ids.iter().map(DatasetId::as_str).collect::<Vec<_>>()),
    };
    json!({
        "id": format!("hk_{}", key.id),
        "label": key.label,
        "role": key.role.name(),
        "datasets": datasets,
        "pii": key.pii,
        "createdAt": time_text(key.created_at),
        "expiresAt": key.expires_at.map(time_text),
        "lastUsedAt": key.last_used_at.map(time_text),
        "revokedAt": key.revoked_at.map(time_text),
    })
}

fn datasets(scope: &DatasetScope) -> Option<String> {
    match scope {
        DatasetScope::Unscoped => None,
        DatasetScope::Only(ids) => Some(ids.iter().map(DatasetId::as_str).collect::<Vec<_>>().join(",")),
    }
}

fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

async fn revoke(settings: &Settings, id: &str) -> anyhow::Result<()> {
    // The argument may be a whole key, so it is not repeated.
    let id = KeyId::parse(id.strip_prefix("hk_").unwrap_or(id)).ok_or_else(|| {
        UsageError::new(
            "not a valid key id (expected hk_ and 12 letters and digits, as `hukun key list` shows it)",
        )
    })?;
    match super::open::keys(settings).await?.revoke(&id).await? {
        Some(key) => {
            let at = key.revoked_at.map(time_text).unwrap_or_default();
            println!("Key hk_{id} is revoked since {at}.");
            Ok(())
        }
        None => anyhow::bail!("no key hk_{id}; `hukun key list` shows the existing ones"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_a_number_and_a_unit() {
        assert_eq!(parse_duration("90d"), Ok(TimeDelta::days(90)));
        assert_eq!(parse_duration("12h"), Ok(TimeDelta::hours(12)));
        for wrong in ["", "d", "0d", "-1d", "90", "90y", "9d9", "９d", "999999999999d"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_end_is_a_day_or_a_moment() {
        assert_eq!(
            parse_time("2027-01-31").map(time_text),
            Ok("2027-01-31T00:00:00Z".into())
        );
        assert_eq!(
            parse_time("2027-01-31T12:00:00+08:00").map(time_text),
            Ok("2027-01-31T04:00:00Z".into())
        );
        assert!(parse_time("soon").is_err());
    }
}
