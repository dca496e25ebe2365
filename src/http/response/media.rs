//! Content negotiation between the two media types of GraphQL over HTTP.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use mediatype::{MediaType, MediaTypeList, Name, ReadParams as _, names};

/// The media type of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Media {
    /// `application/graphql-response+json`: the status says whether the request was executed.
    Response,
    /// `application/json`, for older clients: every well-formed request gets status 200.
    Json,
}

impl Media {
    pub(in crate::http) const fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The media type of an error: the preferred one, or JSON for a client that accepts neither.
    pub(in crate::http) fn of(headers: &HeaderMap) -> Self {
        Self::negotiate(headers).unwrap_or(Self::Json)
    }

    /// The media type that a client prefers; none if it accepts neither.
    pub(in crate::http) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(ACCEPT) {
            return Some(Self::Json);
        }
        let given = headers.get_all(ACCEPT).iter();
        let ranges: Vec<AcceptRange<'_>> = given
            .filter_map(|value| value.to_str().ok())
            .flat_map(MediaTypeList::new)
            .filter_map(|range| AcceptRange::new(range.ok()?))
            .collect();
        let quality = |of: &MediaType<'_>| {
            let closest = ranges.iter().max_by_key(|range| range.specificity(of));
            closest.map_or(0.0, |range| range.quality_for(of))
        };
        let is_named = ranges
            .iter()
            .any(|range| range.media.essence() == GRAPHQL_RESPONSE);
        let (response, json) = (quality(&GRAPHQL_RESPONSE), quality(&JSON));
        if response <= 0.0 && json <= 0.0 {
            return None;
        }
        // A client that only sends `*/*` may be an older one.
        let is_preferred = response > json || (response >= json && is_named);
        Some(if is_preferred { Self::Response } else { Self::Json })
    }
}

/// `application/json`, which is also the media type of a request body.
pub(in crate::http) const JSON: MediaType<'_> = MediaType::new(names::APPLICATION, names::JSON);
const GRAPHQL_RESPONSE: MediaType<'_> = MediaType::from_parts(
    names::APPLICATION,
    Name::new_unchecked("graphql-response"),
    Some(names::JSON),
    &[],
);

/// One range of an `Accept` header.
struct AcceptRange<'a> {
    media: MediaType<'a>,
    /// From 0, not accepted, to 1.
    quality: f32,
}

impl<'a> AcceptRange<'a> {
    /// None if its quality is not a number from 0 to 1.
    fn new(media: MediaType<'a>) -> Option<Self> {
        let quality = match media.get_param(Name::new_unchecked("q")) {
            Some(quality) => quality.as_str().parse().ok()?,
            None => 1.0,
        };
        (0.0..=1.0).contains(&quality).then_some(Self { media, quality })
    }

    /// How specifically it matches a media type; 0 means not at all.
    fn specificity(&self, of: &MediaType<'_>) -> u8 {
        match (self.media.ty.as_str(), self.media.subty.as_str()) {
            ("*", "*") => 1,
            (_, "*") if self.media.ty == of.ty => 2,
            _ if self.media.essence() == *of => 3,
            _ => 0,
        }
    }

    fn quality_for(&self, of: &MediaType<'_>) -> f32 {
        if self.specificity(of) > 0 {
            self.quality
        } else {
            0.0
        }
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
}
