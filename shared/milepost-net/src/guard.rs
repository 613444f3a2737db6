//! The address guard: which hosts a name from outside may lead to.
//!
//! A tenant writes webhook URLs and FTP hosts, and the hub runs inside an AWS account: an unguarded connection would
//! let anyone read the account's metadata service or its private network. So a URL is checked when it is saved and
//! again when it is used ([`AddressPolicy::check_url`]), and a name is resolved once, filtered after resolution, and
//! only the allowed addresses are connected to ([`Guard`]). A second lookup, which an attacker could answer
//! otherwise, never happens.

mod names;
mod public;

use std::net::IpAddr;

pub use ipnet::IpNet;
pub use names::Guard;
pub use public::is_public;
use url::{Host, Url};

use crate::error::ErrorClass;

/// The longest URL accepted, in bytes: the common limit of servers and proxies.
pub const MAX_URL: usize = 2_048;

/// The ports of public HTTPS services. Others would turn the hub into a port scanner.
const HTTPS_PORTS: [u16; 2] = [443, 8443];

/// The ports of plain HTTP, where that is allowed at all.
const HTTP_PORTS: [u16; 2] = [80, 8080];

/// What the hub may connect to. The default is public addresses, HTTPS, ports 443 and 8443.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    /// Loopback addresses, on any port. For a hub on one's own machine; never inside a Lambda function, whose runtime
    /// API listens there.
    pub allow_loopback: bool,
    /// `http://` as well as `https://`, on ports 80 and 8080.
    pub allow_plain_http: bool,
    /// Ranges that are not public and may be reached all the same, such as the operator's own network. Loopback,
    /// link-local and metadata addresses stay refused whatever is written here.
    pub extra_ranges: Vec<IpNet>,
    /// Ports beyond the usual ones.
    pub extra_ports: Vec<u16>,
}

/// Why a host or URL was refused. No variant repeats what was written, since a URL may carry a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// The text is not an absolute URL.
    #[error("not a valid URL")]
    Url,
    /// The URL is longer than [`MAX_URL`].
    #[error("the URL is longer than {MAX_URL} bytes")]
    TooLong,
    /// The scheme is not `https` (or `http` where allowed).
    #[error("the URL scheme is not allowed")]
    Scheme,
    /// The URL carries a user name or a password.
    #[error("the URL carries a user name or a password")]
    UserInfo,
    /// The text is not a host name or an address.
    #[error("not a valid host")]
    Host,
    /// The port is not allowed.
    #[error("port {0} is not allowed")]
    Port(u16),
    /// The address is not one that may be reached.
    #[error("the address is not public")]
    Address,
    /// The name resolves, but to no address that may be reached.
    #[error("the name leads to no public address")]
    NoPublicAddress,
    /// The name does not resolve at present.
    #[error("the name does not resolve")]
    Unresolved,
}

impl GuardError {
    /// What a caller can do about it. A name that does not resolve may do so later; all else is written wrongly.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unresolved => ErrorClass::Retry,
            _ => ErrorClass::Caller,
        }
    }
}

impl AddressPolicy {
    /// Whether a connection to this address may be made.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() {
            return self.allow_loopback;
        }
        is_public(address)
            || (!public::is_never_allowed(address) && self.extra_ranges.iter().any(|range| range.contains(&address)))
    }

    /// Parses a URL and refuses what no answer of a name server could make right.
    ///
    /// A host written as a number (decimal, octal or hexadecimal) counts as the address it stands for.
    ///
    /// # Errors
    ///
    /// Any [`GuardError`] except [`GuardError::NoPublicAddress`] and [`GuardError::Unresolved`]: no name is resolved.
    pub fn check_url(&self, text: &str) -> Result<Url, GuardError> {
        if text.len() > MAX_URL {
            return Err(GuardError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| GuardError::Url)?;
        let usual_ports = match url.scheme() {
            "https" => HTTPS_PORTS,
            "http" if self.allow_plain_http => HTTP_PORTS,
            _ => return Err(GuardError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(GuardError::UserInfo);
        }
        let host = url.host().ok_or(GuardError::Host)?;
        self.check(&host)?;
        let port = url.port_or_known_default().ok_or(GuardError::Url)?;
        let usual = usual_ports.contains(&port) || self.extra_ports.contains(&port);
        if !usual && !is_loopback(&host) {
            return Err(GuardError::Port(port));
        }
        Ok(url)
    }

    /// Parses a host without a URL around it, as in the settings of an FTP connection, and refuses what
    /// [`check_url`](Self::check_url) would refuse in its place.
    ///
    /// # Errors
    ///
    /// [`GuardError::Host`] or [`GuardError::Address`].
    pub fn check_host(&self, text: &str) -> Result<Host, GuardError> {
        let host = match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => Host::Ipv4(address),
            Ok(IpAddr::V6(address)) => Host::Ipv6(address),
            Err(_) => Host::parse(text).map_err(|_| GuardError::Host)?,
        };
        self.check(&host)?;
        Ok(host)
    }

    fn check<S: AsRef<str>>(&self, host: &Host<S>) -> Result<(), GuardError> {
        let allowed = match host {
            Host::Ipv4(address) => self.allows((*address).into()),
            Host::Ipv6(address) => self.allows((*address).into()),
            // Other names are judged by what they resolve to.
            Host::Domain(_) => self.allow_loopback || !is_loopback(host),
        };
        if allowed { Ok(()) } else { Err(GuardError::Address) }
    }
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
        Host::Domain(name) => {
            // RFC 6761 section 6.3: `localhost` and every name below it.
            let name = name.as_ref().trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> AddressPolicy {
        AddressPolicy {
            allow_loopback: true,
            allow_plain_http: true,
            ..AddressPolicy::default()
        }
    }

    #[test]
    fn urls_under_the_default_policy() {
        let check = |text: &str, expect: Result<(), GuardError>| {
            assert_eq!(AddressPolicy::default().check_url(text).map(|_| ()), expect, "{text}");
        };
        check("https://hooks.example.com/milepost?x=1", Ok(()));
        check("https://hooks.example.com:8443/", Ok(()));
        check("HTTPS://93.184.215.14/", Ok(()));
        check("https://[2606:2800:220:1::1]/", Ok(()));

        check("", Err(GuardError::Url));
        check("hooks.example.com", Err(GuardError::Url));
        check("https://", Err(GuardError::Url));
        check("https://ho st/", Err(GuardError::Url));
        check("https://hooks.example.com:99999/", Err(GuardError::Url));
        check(
            &format!("https://hooks.example.com/{}", "x".repeat(MAX_URL)),
            Err(GuardError::TooLong),
        );

        check("http://hooks.example.com/", Err(GuardError::Scheme));
        check("ftp://hooks.example.com/", Err(GuardError::Scheme));
        check("file:///etc/passwd", Err(GuardError::Scheme));
        check("gopher://hooks.example.com/", Err(GuardError::Scheme));
        check("javascript:alert(1)", Err(GuardError::Scheme));

        check("https://user@hooks.example.com/", Err(GuardError::UserInfo));
        check("https://:pass@hooks.example.com/", Err(GuardError::UserInfo));
        check("https://hooks.example.com@127.0.0.1/", Err(GuardError::UserInfo));

        check("https://hooks.example.com:22/", Err(GuardError::Port(22)));
        check("https://hooks.example.com:80/", Err(GuardError::Port(80)));
        check("https://hooks.example.com:9443/", Err(GuardError::Port(9443)));
    }

    #[test]
    fn a_literal_address_is_refused_however_it_is_written() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://0/",
            "https://169.254.169.254/latest/meta-data/",
            "https://0xa9fea9fe/",
            "https://10.0.0.5/",
            "https://192.168.1.1:8443/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::7f00:1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:7f00:1::]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://hub.localhost/",
        ] {
            assert_eq!(
                AddressPolicy::default().check_url(text),
                Err(GuardError::Address),
                "{text}"
            );
        }
    }

    #[test]
    fn urls_under_the_policy_of_a_local_hub() {
        let check = |text: &str, expect: Result<(), GuardError>| {
            assert_eq!(local().check_url(text).map(|_| ()), expect, "{text}");
        };
        check("http://127.0.0.1:40123/hook", Ok(()));
        check("http://[::1]:40123/hook", Ok(()));
        check("http://localhost:40123/hook", Ok(()));
        check("http://hooks.example.com/", Ok(()));
        check("http://hooks.example.com:40123/", Err(GuardError::Port(40123)));
        check("http://10.0.0.5/", Err(GuardError::Address));
        check("http://169.254.169.254/", Err(GuardError::Address));
    }

    #[test]
    fn extra_ranges_and_ports_are_added_but_metadata_stays_refused() {
        let policy = AddressPolicy {
            extra_ranges: ["10.1.0.0/16", "169.254.0.0/16", "fc00::/7", "0.0.0.0/0"]
                .map(|net| net.parse().unwrap())
                .into(),
            extra_ports: vec![9443],
            ..AddressPolicy::default()
        };
        let check = |text: &str, expect: Result<(), GuardError>| {
            assert_eq!(policy.check_url(text).map(|_| ()), expect, "{text}");
        };
        check("https://10.1.2.3:9443/", Ok(()));
        check("https://[fd12::1]/", Ok(()));
        check("https://[::ffff:10.1.2.3]/", Ok(()));
        check("https://10.1.2.3:9444/", Err(GuardError::Port(9444)));
        check("https://169.254.169.254/", Err(GuardError::Address));
        check("https://169.254.100.1/", Err(GuardError::Address));
        check("https://127.0.0.1/", Err(GuardError::Address));
        check("https://0.0.0.0/", Err(GuardError::Address));
        check("https://[fd00:ec2::254]/", Err(GuardError::Address));
    }

    #[test]
    fn hosts_without_a_url() {
        let check = |text: &str, expect: Result<(), GuardError>| {
            assert_eq!(AddressPolicy::default().check_host(text).map(|_| ()), expect, "{text}");
        };
        check("ftp.example.com", Ok(()));
        check("93.184.215.14", Ok(()));
        check("2606:2800:220:1::1", Ok(()));
        check("[2606:2800:220:1::1]", Ok(()));
        check("0x7f.1", Err(GuardError::Address));
        check("::ffff:10.0.0.1", Err(GuardError::Address));
        check("localhost", Err(GuardError::Address));
        check("", Err(GuardError::Host));
        check("ftp.example.com:21", Err(GuardError::Host));
        check("ftp example", Err(GuardError::Host));
        check("user@ftp.example.com", Err(GuardError::Host));
    }

    #[test]
    fn no_error_repeats_the_url() {
        let error = AddressPolicy::default()
            .check_url("https://token-4711@10.0.0.1/?token=4711")
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("4711"));
    }
}
