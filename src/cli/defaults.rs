//! Default values in the help of numeric options. They come from [`Settings::default`], which takes them from the limits of each
//! layer, so that no help text repeats a number.

use clap::Command;
use serde_json::{Map, Value};

use super::settings::Settings;

/// The command with `[default: …]` appended to the help of each option whose default is a number.
pub(super) fn with_defaults(command: Command) -> Command {
    let defaults = match serde_json::to_value(Settings::default()) {
        Ok(Value::Object(defaults)) => defaults,
        _ => Map::new(),
    };
    append_defaults(command, &defaults)
}

fn append_defaults(command: Command, defaults: &Map<String, Value>) -> Command {
    let command = command.mut_args(|argument| {
        let default = defaults.get(argument.get_id().as_str());
        let (Some(Value::Number(number)), Some(help)) = (default, argument.get_help()) else {
            return argument;
        };
        let help = help.to_string();
        if help.contains("[default:") {
            return argument;
        }
        argument.help(format!("{help} [default: {number}]"))
    });
    command.mut_subcommands(|subcommand| append_defaults(subcommand, defaults))
}
