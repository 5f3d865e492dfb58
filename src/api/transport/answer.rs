//! What came back: its head and its body.

use std::time::Duration;

use reqwest::Response;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::Call;
use crate::api::error::{Error, Head, Kind, Malformed};
use crate::model::time::{Timestamp, parse_twilio};

/// A 2xx answer. Its bytes are wiped when dropped; what the TLS and HTTP libraries buffered of them is theirs.
pub(in crate::api) struct Answer {
    pub(in crate::api) head: Head,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// Reads the answer if it has one of the statuses documented for the call.
    pub(in crate::api) fn read<'a, T: Deserialize<'a>>(
        &'a self,
        call: &Call<'_>,
        statuses: &[u16],
    ) -> Result<T, Error> {
        if !statuses.contains(&self.head.status) {
            return Err(self.unusable(call, None));
        }
        serde_json::from_slice(&self.body).map_err(|error| self.unusable(call, Some(&error)))
    }

    /// Takes an answer without a body, which has this status and no other: a portal's 200 page deletes nothing.
    pub(in crate::api) fn expect_empty(&self, call: &Call<'_>) -> Result<(), Error> {
        if self.head.status == 204 { Ok(()) } else { Err(self.unusable(call, None)) }
    }

    /// The answer is not what is documented. Of the reader's error only the place is kept: its words quote values.
    pub(in crate::api) fn unusable(&self, call: &Call<'_>, error: Option<&serde_json::Error>) -> Error {
        let at = error.filter(|error| error.is_data()).map(|error| (error.line(), error.column()));
        Error::unusable(Kind::Malformed(Malformed::NotTwilios { at }), call.asked(), &self.head)
    }
}
/// Reads seconds, or a date counted from the answer's own `Date`, so that a wrong clock here does not matter.
pub(super) fn retry_after(value: &str, answered: Option<Timestamp>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(crate::model::time::since(answered?, parse_twilio(value)?))
}

pub(super) async fn read_body(
    mut response: Response,
    call: &Call<'_>,
    head: &Head,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let too_large = || Error::unusable(Kind::Malformed(Malformed::TooLarge { limit: call.cap }), call.asked(), head);
    let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > call.cap {
        return Err(too_large());
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced));
    while let Some(chunk) =
        response.chunk().await.map_err(|error| Error::unreachable(&error, call.asked(), Some(head)))?
    {
        let length = body.len() + chunk.len();
        if length > call.cap {
            return Err(too_large());
        }
        if length > body.capacity() {
            // Growing in place would leave the old bytes, perhaps a secret, in freed memory.
            let mut larger = Zeroizing::new(Vec::with_capacity(length.max(body.capacity() * 2)));
            larger.extend_from_slice(&body);
            body = larger;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
