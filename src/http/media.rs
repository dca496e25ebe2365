//! Which media type an answer has: what the asker accepts, of the two that GraphQL over HTTP knows.

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};

use super::answer::Problem;

/// A media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request was executed.
    Response,
    /// `application/json`, for older clients: whatever was understood as a request is answered 200.
    Json,
}

impl Media {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The best of the two for an asker; none where it takes neither.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        let Some(first) = ranges.next() else {
            return Some(Self::Json);
        };
        let ranges: Vec<Range> = std::iter::once(first)
            .chain(ranges)
            .filter_map(Range::parse)
            .collect();
        let quality = |name: &str| {
            let fits = ranges.iter().filter(|range| range.specificity(name) > 0);
            fits.max_by_key(|range| range.specificity(name))
                .map_or(0, |range| range.quality)
        };
        let named = ranges
            .iter()
            .any(|range| range.name == "application/graphql-response+json");
        let (response, json) = (
            quality("application/graphql-response+json"),
            quality("application/json"),
        );
        match (response, json) {
            (0, 0) => None,
            // Who only says `*/*` may be an older client.
            (response, json) if response > json || (response == json && named) => Some(Self::Response),
            _ => Some(Self::Json),
        }
    }
}

/// One range of an `Accept` header.
struct Range {
    name: String,
    /// In thousandths.
    quality: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts
            .next()
            .filter(|name| name.contains('/'))?
            .to_ascii_lowercase();
        let quality = parts
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case("q"));
        let quality = quality.map_or(Some(1000), |(_, value)| thousandths(value.trim()))?;
        Some(Self { name, quality })
    }

    /// How closely it names a media type; 0: not at all.
    fn specificity(&self, name: &str) -> u8 {
        match self.name.as_str() {
            "*/*" => 1,
            "application/*" => 2,
            exact if exact == name => 3,
            _ => 0,
        }
    }
}

/// `1`, `0.8`, `0.25` in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let value =
        whole.parse::<u16>().ok()?.checked_mul(1000)? + format!("{fraction:0<3}").parse::<u16>().ok()?;
    (value <= 1000).then_some(value)
}

/// Refuses a body that is not JSON in UTF-8. A form or plain text can be sent by any page on the web without asking
/// first; JSON cannot, so a browser protects its user.
pub(super) fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |message: &str| {
        Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "BAD_USER_INPUT",
            message,
        ))
    };
    let Some(given) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return refuse("send the request as JSON, with the header `Content-Type: application/json`");
    };
    let mut parts = given.split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("application/json"))
    {
        return refuse("send the request as JSON, with the header `Content-Type: application/json`");
    }
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case("charset"));
    match charset.map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase()) {
        Some(other) if other != "utf-8" && other != "utf8" => refuse("send the JSON in UTF-8"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        Media::negotiate(&headers)
    }

    #[test]
    fn the_media_type_is_the_one_preferred() {
        assert_eq!(Media::negotiate(&HeaderMap::new()), Some(Media::Json));
        for (accept, media) in [
            ("*/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("application/graphql-response+json", Some(Media::Response)),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(Media::Response),
            ),
            (
                "application/json, application/graphql-response+json;q=0.5",
                Some(Media::Json),
            ),
            (
                "application/json; charset=utf-8, application/graphql-response+json",
                Some(Media::Response),
            ),
            ("APPLICATION/*", Some(Media::Json)),
            ("application/json, multipart/mixed", Some(Media::Json)),
            ("text/html,*/*;q=0.8", Some(Media::Json)),
            ("application/graphql-response+json;q=0, */*", Some(Media::Json)),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(accepting(accept), media, "{accept}");
        }
    }

    #[test]
    fn only_json_in_utf_8_is_taken() {
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
