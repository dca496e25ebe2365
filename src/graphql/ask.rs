//! Asking from within the program: JSON in, JSON out, by the way that every question takes.

use serde_json::{Map, Value};

use super::schema::Engine;
use crate::model::principal::Principal;

impl Engine {
    /// Asks a question; `variables` is an object, or null. What comes back is the answer as it goes over the wire: `data`,
    /// `errors` and `extensions`, where there are any.
    pub async fn ask(&self, query: &str, variables: Value, principal: &Principal) -> Value {
        let variables = match variables {
            Value::Object(variables) => variables,
            _ => Map::new(),
        };
        let answer = match self.read(query, None, variables) {
            Ok(question) => self.answer(question, principal).await,
            Err(refused) => *refused,
        };
        serde_json::to_value(&answer.response).unwrap_or_default()
    }
}
