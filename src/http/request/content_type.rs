//! The check of the content type of a request body.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use mediatype::{MediaType, ReadParams as _, names};

use crate::http::response::answer::HttpError;
use crate::http::response::media::JSON;

/// Rejects a body that is not JSON in UTF-8. Any web page can send a form or plain text without a CORS preflight; JSON needs
/// one, so the browser protects its user.
pub(in crate::http) fn check_content_type(headers: &HeaderMap) -> Result<(), HttpError> {
    let reject = |message: &str| {
        Err(HttpError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "BAD_USER_INPUT",
            message,
        ))
    };
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| MediaType::parse(value).ok());
    let Some(given) = given.filter(|given| given.essence() == JSON) else {
        return reject("Send the request as JSON with the header `Content-Type: application/json`.");
    };
    match given.get_param(names::CHARSET) {
        Some(charset)
            if !["utf-8", "utf8"]
                .iter()
                .any(|name| charset.unquoted_str().eq_ignore_ascii_case(name)) =>
        {
            reject("Send the JSON in UTF-8.")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf_8_is_accepted() {
        let check = |content_type: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            check_content_type(&headers).is_ok()
        };
        assert!(
            check("application/json")
                && check("Application/JSON; Charset=UTF-8")
                && check("application/json;charset=\"utf-8\"")
        );
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json; charset=gbk",
        ] {
            assert!(!check(other), "{other}");
        }
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }
}
