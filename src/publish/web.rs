//! Published logs and witnesses on the web. Must bound what it reads and how long it waits, and must
//! never follow a server to another one.

use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};

use crate::publish::error::SourceError;
use crate::publish::source::Source;

/// How often a server may send us to another place of its own.
const REDIRECTS_MAX: u32 = 3;

/// A place on the web, and how long one request to it may take from beginning to end.
#[derive(Debug, Clone)]
pub struct Website {
    address: String,
    agent: Agent,
}

/// What a server answers to what it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Website {
    /// Takes an `http://` or `https://` address; nothing is asked yet.
    ///
    /// # Errors
    /// [`SourceError::Address`].
    pub fn new(address: &str, timeout: Duration) -> Result<Self, SourceError> {
        let wrong = |reason| SourceError::Address { address: address.to_owned(), reason };
        let uri: Uri = address.parse().map_err(|_| wrong("it cannot be read"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(wrong("it begins neither with http:// nor with https://"));
        }
        let Some(authority) = uri.authority() else { return Err(wrong("it names no server")) };
        if authority.as_str().contains('@') {
            return Err(wrong("it holds a name or password, which would be kept in the copy"));
        }
        if uri.query().is_some() || address.contains('#') {
            return Err(wrong("it ends with a question, where names of files are to follow"));
        }
        // The authorities of an institution are those that its machines know.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("chancery/", env!("CARGO_PKG_VERSION")))
            .build();
        let address = address.trim_end_matches('/').to_owned();
        Ok(Self { address, agent: config.new_agent() })
    }

    /// Sends a body, and reads an answer of at most so many bytes.
    ///
    /// # Errors
    /// [`SourceError`]; any status is an answer, save one that sends us elsewhere.
    pub fn post(&self, name: &str, body: &str, bytes_max: usize) -> Result<Answer, SourceError> {
        let url = format!("{}/{name}", self.address);
        let sent = self.agent.post(&url).header("content-type", "text/plain").send(body);
        let mut response = sent.map_err(|error| unreachable(&url, &error))?;
        if let Some(to) = redirected(&response) {
            return Err(SourceError::Redirected { url, to });
        }
        let status = response.status().as_u16();
        let bytes = read_body(&url, &mut response, bytes_max)?;
        Ok(Answer { status, bytes })
    }
}

impl Source for Website {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn read(&self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let mut url = format!("{}/{name}", self.address);
        for _ in 0..=REDIRECTS_MAX {
            let got = self.agent.get(&url).call();
            let mut response = got.map_err(|error| unreachable(&url, &error))?;
            if let Some(to) = redirected(&response) {
                url = own_place(&url, &to).ok_or(SourceError::Redirected { url, to })?;
                continue;
            }
            return match response.status().as_u16() {
                200 => read_body(&url, &mut response, bytes_max).map(Some),
                404 | 410 => Ok(None),
                status => Err(SourceError::Status { url, status }),
            };
        }
        Err(SourceError::Unreachable { url, reason: "it sends us round in circles".to_owned() })
    }
}

fn read_body(
    url: &str,
    response: &mut Response<ureq::Body>,
    bytes_max: usize,
) -> Result<Vec<u8>, SourceError> {
    let limit = bytes_max as u64 + 1;
    let read = response.body_mut().with_config().limit(limit).read_to_vec();
    let too_long = || SourceError::TooLong { url: url.to_owned(), bytes_max };
    match read {
        Ok(bytes) if bytes.len() <= bytes_max => Ok(bytes),
        Ok(_) | Err(ureq::Error::BodyExceedsLimit(_)) => Err(too_long()),
        Err(error) => Err(unreachable(url, &error)),
    }
}

fn unreachable(url: &str, error: &ureq::Error) -> SourceError {
    SourceError::Unreachable { url: url.to_owned(), reason: error.to_string() }
}

/// Where a response sends us.
fn redirected(response: &Response<ureq::Body>) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let to = response.headers().get("location").map(|to| String::from_utf8_lossy(to.as_bytes()));
    Some(to.map_or_else(|| "nowhere".to_owned(), std::borrow::Cow::into_owned))
}

/// The address that a server sends us to, if it is its own.
fn own_place(from: &str, to: &str) -> Option<String> {
    let from: Uri = from.parse().ok()?;
    let (scheme, authority) = (from.scheme_str()?, from.authority()?);
    let to: Uri = if to.starts_with('/') && !to.starts_with("//") {
        format!("{scheme}://{authority}{to}").parse().ok()?
    } else {
        to.parse().ok()?
    };
    let is_own = to.scheme() == from.scheme() && to.authority() == from.authority();
    is_own.then(|| to.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_sends_us_within_itself_or_nowhere() {
        let own = |to| own_place("https://a.example/log/checkpoint", to);
        assert_eq!(own("/other/checkpoint").as_deref(), Some("https://a.example/other/checkpoint"));
        assert_eq!(own("https://a.example/x").as_deref(), Some("https://a.example/x"));
        for elsewhere in [
            "http://a.example/x",
            "https://b.example/x",
            "https://a.example:444/x",
            "https://u@a.example/x",
            "//b.example/x",
            "file:///etc/passwd",
            "x",
            "",
        ] {
            assert_eq!(own(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn an_address_is_that_of_a_place_on_the_web() {
        let site = |address| Website::new(address, Duration::from_secs(1));
        assert_eq!(site("https://a.example/log/").unwrap().address(), "https://a.example/log");
        for wrong in [
            "",
            "a.example",
            "ftp://a.example",
            "http://",
            "http://u:p@a.example",
            "http://a.example/?x",
            "http://a.example/#x",
            "http://a example",
        ] {
            assert!(matches!(site(wrong), Err(SourceError::Address { .. })), "{wrong}");
        }
    }
}
