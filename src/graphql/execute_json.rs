//! Execution of requests from within the program, with JSON as input and output.

use serde_json::{Map, Value};

use super::schema::Engine;
use crate::model::principal::Principal;

impl Engine {
    /// Executes a request; `variables` is an object or null. Returns the response as it is sent over HTTP: `data`, `errors`
    /// and `extensions`, as far as present.
    pub async fn execute_json(&self, query: &str, variables: Value, principal: &Principal) -> Value {
        let variables = match variables {
            Value::Object(variables) => variables,
            _ => Map::new(),
        };
        let answer = match self.prepare(query, None, variables) {
            Ok(request) => self.execute(request, principal).await,
            Err(refused) => *refused,
        };
        serde_json::to_value(&answer.response).unwrap_or_default()
    }
}
